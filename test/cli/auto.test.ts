// `train --auto`: what it chooses, what it leaves alone, and what it tells.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { languages } from '../evaluation/languages.ts';
import { corpus, jsonl } from './corpus.ts';
import { Desk } from './harness.ts';

const desk = new Desk();
const samples = corpus(120);
desk.write('data.jsonl', jsonl(samples));

async function auto(...argv: string[]) {
  const { code, out, err } = await desk.run(['train', '--auto', '--budget', '20', ...argv, '--json']);
  return { code, err, json: out === '' ? undefined : JSON.parse(out) };
}

describe('train --auto', () => {
  test('adds what was chosen and why to the keys of the contract', async () => {
    const { code, err, json } = await auto('data.jsonl', '-m', 'm');
    expect([code, err]).toEqual([0, '']);
    expect(Object.keys(json)).toEqual(
      'docs classes features nnz bytes solver iterations objective gap converged version model seconds auto'.split(' '),
    );
    expect(Object.keys(json.seconds)).toEqual(['read', 'choose', 'vectorize', 'fit', 'save', 'total']);
    expect(json.auto.chosen).toMatchObject({ verdict: 'chosen', name: expect.any(String), C: expect.any(Number) });
    expect(json.auto.table).toContainEqual(json.auto.chosen);
    expect(json.auto.heldOut).toMatchObject({ docs: 120, folds: 5 });
    const { accuracy, low, high, ece } = json.auto.heldOut;
    expect(accuracy).toBeGreaterThan(0.95);
    expect(low < accuracy && accuracy <= high && ece < 0.1).toBe(true);
  });

  test('fits the model with what it chose, and inspect shows it', async () => {
    const { json } = await auto('data.jsonl', '-m', 'm');
    const { options } = JSON.parse((await desk.run(['inspect', 'm', '--json'])).out);
    expect(options.vectorizers).toHaveLength(json.auto.options.features.length);
    expect(options.regression.C).toBe(json.auto.options.C);
    expect(options.refinement.temperature).toBe(json.auto.options.refinement.temperature);
    const classifier = TextClassifier.load(readFileSync(desk.path('m')));
    expect(classifier.predict([samples[4]!.text])).toEqual([samples[4]!.label]);
  });

  test('leaves alone what an option says', async () => {
    const { json } = await auto('data.jsonl', '-m', 'm', '--analyzer', 'char', '--ngram-range', '1,2', '--C', '3');
    expect(json.auto.options).toMatchObject({ C: 3, features: [{ analyzer: 'char', ngramRange: [1, 2] }] });
    expect(json.auto.table.every(({ C, name }: { C: number; name: string }) => C === 3 && name.includes('given'))).toBe(
      true,
    );
  });

  test('says for people what it chose, how good that is, and what else it tried', async () => {
    const { out } = await desk.run(['train', 'data.jsonl', '-m', 'm', '--auto', '--budget', '20']);
    expect(out).toMatch(
      /^chosen: .+, C \d+.*, temperature .+\n120 texts in 5 folds: accuracy \d\.\d{4} \(.+\), .+ ece/,
    );
    expect(out).toMatch(
      /\ntried +C +texts +accuracy +log loss +behind\n(.+ (chosen|as good|worse|dropped early).*\n)+/,
    );
    expect(out).toMatch(/choose \d+\.\d\d, vectorize/);
  });

  test('says where time was too short to compare on all texts', async () => {
    desk.write('large.jsonl', jsonl(corpus(4000)));
    const { json } = await auto('large.jsonl', '-m', 'm', '--budget', '0.01');
    expect(json.auto.notes.join(' ')).toMatch(/Candidates were compared on 1500 of 4000 texts/);
    expect(json.auto.heldOut).toMatchObject({ folds: 1 });
  });

  test('takes lists of labels', async () => {
    const rows = samples.map(({ text, label }, i) => ({ text, label: i % 4 === 0 ? [label, 'extra'] : [label] }));
    desk.write('multi.jsonl', jsonl(rows));
    expect((await auto('multi.jsonl', '-m', 'm')).json).toMatchObject({ classes: 4, auto: { heldOut: { docs: 120 } } });
  });

  test('a wrong budget, or one without --auto, is wrong usage', async () => {
    const run = async (...argv: string[]) => {
      const { code, err } = await desk.run(['train', 'data.jsonl', '-m', 'm', ...argv]);
      return [code, err];
    };
    expect(await run('--auto', '--budget', '0')).toEqual([
      2,
      'sparrow: --budget must be a number of seconds above 0, not "0".\n',
    ]);
    expect(await run('--budget', '5')).toEqual([2, 'sparrow: --budget is the time for --auto, which was not given.\n']);
  });
});

describe.each(languages)('in $language', ({ texts, labels, probe, spacing }) => {
  const data = 'language.jsonl';

  test('the command line learns, predicts, audits and explains', async () => {
    desk.write(data, jsonl(texts.map((text, i) => ({ text, label: labels[i]! }))));
    const { json } = await auto(data, '-m', 'm');
    expect(json.auto.heldOut.accuracy).toBeGreaterThan(0.95);
    const isByCharacters = json.auto.chosen.name.startsWith('characters');
    if (spacing === 'unspaced') expect(isByCharacters).toBe(true);
    const told = await desk.run(['explain', 'm', probe.text, '--json']);
    const { label, words } = JSON.parse(told.out);
    expect(label).toBe(probe.label);
    for (const { start, end, text } of words) expect(probe.text.slice(start, end)).toBe(text);
    const { out } = await desk.run(['explain', 'm', probe.text]);
    // Whatever its direction, a word stands isolated on its line.
    expect(out.split('\n').filter((line) => /^ +[+−]\d\.\d\d {2}\u2068[^\u2068\u2069]+\u2069$/.test(line))).not.toEqual(
      [],
    );
    await desk.run(['explain', 'm', probe.text, '--html', 'page.html', '--force']);
    expect(desk.read('page.html')).toContain('<p dir="auto"');
    const turned = texts.map((text, i) => ({ text, label: i === 0 ? 'food' : labels[i]! }));
    desk.write('turned.jsonl', jsonl(turned));
    const audit = JSON.parse((await desk.run(['audit', 'turned.jsonl', '--budget', '20', '--json'])).out);
    expect(audit.suspects[0]).toMatchObject({ given: 'food', suggested: 'weather', text: texts[0] });
  });
});
