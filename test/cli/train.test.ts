// `train` and `inspect`: the contract's keys, what is refused, and what happens to files that exist.
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { corpus, csv, exported, jsonl } from './corpus.ts';
import { Desk } from './harness.ts';

const desk = new Desk();
const samples = corpus(90);
desk.write('data.jsonl', jsonl(samples));

async function train(...argv: string[]) {
  const { code, out, err } = await desk.run(['train', ...argv, '--json']);
  return { code, err, json: out === '' ? undefined : JSON.parse(out) };
}

async function complaint(...argv: string[]): Promise<[number, string]> {
  const { code, out, err } = await desk.run(['train', ...argv]);
  expect(out).toBe('');
  return [code, err];
}

describe('the summary', () => {
  test('--json prints one object with the keys of the contract and nothing else', async () => {
    const { code, err, json } = await train('data.jsonl', '--model', 'm.safetensors');
    expect([code, err]).toEqual([0, '']);
    expect(Object.keys(json)).toEqual(
      'docs classes features nnz bytes solver iterations objective gap converged version model seconds'.split(' '),
    );
    expect(Object.keys(json.seconds)).toEqual(['read', 'vectorize', 'fit', 'save', 'total']);
    expect(json).toMatchObject({ docs: 90, classes: 3, solver: 'sdca', converged: true, model: 'm.safetensors' });
    expect(json.bytes).toBe(samples.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0));
    expect(json.version).toMatch(/^[0-9a-f]{16}$/);
    const { read, vectorize, fit, save, total } = json.seconds;
    expect(read + vectorize + fit + save).toBeLessThanOrEqual(total);
  });

  test('without --json a few lines are for reading', async () => {
    const { out } = await desk.run(['train', 'data.jsonl', '--model', 'm.safetensors']);
    expect(out).toMatch(
      /^90 documents, 3 classes, \d+ features\nsdca: \d+ iterations, objective .+\n.+ bytes of text\nmodel m\.safetensors, version/,
    );
  });

  test('the model is what the library reads, and inspect says what it holds', async () => {
    const { json } = await train('data.jsonl', '--model', 'm.safetensors', '--ngram-range', '1,2', '--C', '3');
    const classifier = TextClassifier.load(readFileSync(desk.path('m.safetensors')));
    expect(classifier.classes).toEqual(['money', 'sport', 'weather']);
    expect(classifier.predict([samples[4]!.text])).toEqual([samples[4]!.label]);
    const inspected = JSON.parse((await desk.run(['inspect', 'm.safetensors', '--json'])).out);
    expect(inspected).toMatchObject({ version: json.version, docs: 90, features: json.features });
    expect(inspected.labels).toEqual(['money', 'sport', 'weather']);
    expect((await desk.run(['inspect', 'm.safetensors'])).out).toContain('3 classes: "money", "sport", "weather"');
  });
});

describe('data', () => {
  test('the same texts in any format make the same model', async () => {
    desk.write('data.csv', csv(samples));
    desk.write('data.tsv', csv(samples).replaceAll('",', '"\t').replace('text,', 'text\t'));
    desk.write('export.json', JSON.stringify(exported(samples)));
    desk.write('data.jsonl.gz', gzipSync(jsonl(samples)));
    desk.write('half1.jsonl', jsonl(samples.slice(0, 45)));
    desk.write('half2.csv', csv(samples.slice(45)));
    const reference = (await train('data.jsonl', '-m', 'm')).json;
    for (const files of [
      ['data.csv'],
      ['data.tsv'],
      ['export.json'],
      ['data.jsonl.gz'],
      ['half1.jsonl', 'half2.csv'],
    ]) {
      const { json } = await train(...files, '-m', 'm');
      expect([json.docs, json.nnz, json.objective]).toEqual([90, reference.nnz, reference.objective]);
    }
  });

  test('lists of labels make a classifier that may give several', async () => {
    const rows = samples.map(({ text, label }, i) => ({ text, label: i % 9 === 0 ? [label, 'extra'] : [label] }));
    desk.write('multi.jsonl', jsonl(rows));
    expect((await train('multi.jsonl', '-m', 'multi')).json.classes).toBe(4);
    expect(TextClassifier.load(readFileSync(desk.path('multi'))).multiLabel).toBe(true);
  });

  test('one class, no usable text and no rows end in one sentence each', async () => {
    desk.write('one.jsonl', jsonl(corpus(5, ['sport'])));
    expect(await complaint('one.jsonl', '-m', 'none')).toEqual([
      1,
      'sparrow: The data hold one label only, "sport"; a classifier needs at least two.\n',
    ]);
    desk.write('blank.jsonl', jsonl(samples.map(({ label }) => ({ text: ' ', label }))));
    const [code, err] = await complaint('blank.jsonl', '-m', 'none');
    expect(code).toBe(2);
    expect(err).toMatch(/^sparrow: .*vocabulary.*\n$/);
    desk.write('empty.csv', 'text,label\n');
    expect(await complaint('empty.csv', '-m', 'none')).toEqual([2, 'sparrow: empty.csv: there are no rows in it.\n']);
    expect(desk.has('none')).toBe(false);
  });

  test('a fit that did not converge is said and still saved', async () => {
    const { code, err, json } = await train('data.jsonl', '-m', 'early', '--max-iter', '1', '--tol', '1e-9');
    expect(code).toBe(0);
    expect(json.converged).toBe(false);
    expect(err).toMatch(
      /^sparrow: the fit did not converge: it reached a gap of .+ after \d+ iterations?; raise --max-iter/,
    );
    expect(desk.has('early')).toBe(true);
  });
});

describe('options', () => {
  async function features(...argv: string[]): Promise<number> {
    return (await train('data.jsonl', '-m', 'm', ...argv)).json.features;
  }

  test('1 is a count and 1.0 a share, as scikit-learn tells them apart', async () => {
    const all = await features();
    // "the", "and", "of" and "today" are in every document; each number is in one.
    expect(await features('--min-df', '1.0')).toBe(5);
    expect(await features('--min-df', '1')).toBe(all);
    expect(await features('--max-df', '1.0')).toBe(all);
    expect(await features('--max-df', '1')).toBe(80);
    expect(await features('--min-df', '2', '--max-df', '0.5')).toBe(all - 80 - 5);
  });

  test('lists come from files, in the form that vectorize writes or plain', async () => {
    desk.write('stop.txt', 'the\nand\r\n\nof\n');
    expect(await features('--stop-words', 'stop.txt')).toBe((await features()) - 3);
    expect(await features('--stop-words', 'english')).toBe((await features()) - 3);
    desk.write('terms.jsonl', '"goal"\n"rain"\n"bank"\n');
    expect(await features('--vocabulary', 'terms.jsonl')).toBe(3);
    desk.write('terms.json', '["goal", "rain"]');
    expect(await features('--vocabulary', 'terms.json')).toBe(2);
  });

  test('switches go both ways and the last one counts', async () => {
    const upper = samples.map(({ text, label }, i) => ({ text: i % 2 ? text : text.toUpperCase(), label }));
    desk.write('upper.jsonl', jsonl(upper));
    const count = async (...argv: string[]) => (await train('upper.jsonl', '-m', 'm', ...argv)).json.features;
    expect(await count('--no-lowercase')).toBeGreaterThan(await count());
    expect(await count('--no-lowercase', '--lowercase')).toBe(await count());
  });

  test('every option of vectorizer and regression is taken', async () => {
    const { code, err } = await train(
      ...['data.jsonl', '-m', 'm', '--analyzer', 'char_wb', '--ngram-range', '2,3', '--strip-accents', 'unicode'],
      ...['--max-features', '50', '--binary', '--norm', 'l1', '--no-use-idf', '--no-smooth-idf', '--sublinear-tf'],
      ...['--token-pattern', 'one', '--C', '2', '--tol', '1e-4', '--max-iter', '50', '--no-fit-intercept'],
      ...['--class-weight', 'sport=2,money=0.5', '--solver', 'lbfgs', '--multi-class', 'ovr', '--seed', '3'],
    );
    expect([code, err]).toEqual([0, '']);
    expect((await train('data.jsonl', '-m', 'm', '--class-weight', 'balanced')).code).toBe(0);
    expect((await train('data.jsonl', '-m', 'm', '--class-weight', '{"sport": 2}')).code).toBe(0);
  });
});

describe('F162 the model file', () => {
  test('a model is replaced, an empty file filled, anything else needs --force', async () => {
    await train('data.jsonl', '-m', 'again');
    expect((await train('data.jsonl', '-m', 'again')).code).toBe(0);
    desk.write('made-by-mktemp', '');
    expect((await train('data.jsonl', '-m', 'made-by-mktemp')).code).toBe(0);
    desk.write('thesis.txt', 'years of work');
    expect(await complaint('data.jsonl', '-m', 'thesis.txt')).toEqual([
      2,
      'sparrow: --model thesis.txt: the file exists; give --force to overwrite it.\n',
    ]);
    expect(desk.read('thesis.txt')).toBe('years of work');
    expect((await train('data.jsonl', '-m', 'thesis.txt', '--force')).code).toBe(0);
  });

  test('the input is never overwritten, by whatever name', async () => {
    desk.write('precious.jsonl', jsonl(samples));
    symlinkSync(desk.path('precious.jsonl'), desk.path('soft'));
    linkSync(desk.path('precious.jsonl'), desk.path('hard'));
    for (const name of ['precious.jsonl', './precious.jsonl', 'soft', 'hard']) {
      const [code, err] = await complaint('data.jsonl', 'precious.jsonl', '-m', name, '--force');
      expect([code, err]).toEqual([
        2,
        `sparrow: --model ${name}: this is also the input, which is never overwritten.\n`,
      ]);
    }
    expect(desk.read('precious.jsonl')).toBe(jsonl(samples));
  });

  test('a directory and a missing directory are refused before the work begins', async () => {
    mkdirSync(desk.path('dir'));
    expect(await complaint('none', '-m', 'dir')).toEqual([
      2,
      'sparrow: --model dir: this is a directory; expected the name of a file.\n',
    ]);
    expect(await complaint('none', '-m', 'no/such/m')).toEqual([
      2,
      'sparrow: --model no/such/m: there is no directory no/such.\n',
    ]);
    expect(await complaint('none', '-m', '')).toEqual([2, 'sparrow: --model : the name of a file is missing.\n']);
  });

  test('a link stays a link, permissions stay, a device is written to, nothing is left behind', async () => {
    await train('data.jsonl', '-m', 'real');
    chmodSync(desk.path('real'), 0o640);
    symlinkSync(desk.path('real'), desk.path('link'));
    const { json } = await train('data.jsonl', '-m', 'link', '--C', '7');
    expect((await desk.run(['inspect', 'real'])).out).toContain(json.version);
    expect(statSync(desk.path('real')).mode & 0o777).toBe(0o640);
    expect((await train('data.jsonl', '-m', '/dev/null')).code).toBe(0);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(desk.leftovers()).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('no space left is said', async () => {
    // A device that is always full stands in for a full disk.
    expect(await complaint('data.jsonl', '-m', '/dev/full')).toEqual([
      1,
      'sparrow: /dev/full: no space is left to write it.\n',
    ]);
  });
});
