// `evaluate`: a model against data, and cross-validation.
import { describe, expect, test } from 'vitest';
import { corpus, jsonl } from './corpus.ts';
import { Desk } from './harness.ts';

const desk = new Desk();
desk.write('train.jsonl', jsonl(corpus(90)));
desk.write('test.jsonl', jsonl(corpus(31)));

const keys = 'docs accuracy macroF1 logLoss ece perClass confusion seconds'.split(' ');

async function evaluate(...argv: string[]) {
  const { code, out, err } = await desk.run(['evaluate', ...argv, '--json']);
  return { code, err, json: out === '' ? undefined : JSON.parse(out) };
}

describe('a model', () => {
  test('--json prints one object with the keys of the contract', async () => {
    await desk.run(['train', 'train.jsonl', '-m', 'model']);
    const { code, err, json } = await evaluate('model', 'test.jsonl');
    expect([code, err]).toEqual([0, '']);
    expect(Object.keys(json)).toEqual(keys);
    expect(Object.keys(json.seconds)).toEqual(['read', 'predict', 'total']);
    expect(json.docs).toBe(31);
    expect(json.accuracy).toBe(1);
    expect(json.perClass.map((of: { label: string }) => of.label)).toEqual(['money', 'sport', 'weather']);
    expect(json.confusion).toEqual([
      [10, 0, 0],
      [0, 11, 0],
      [0, 0, 10],
    ]);
  });

  test('without --json there is a table', async () => {
    const { out } = await desk.run(['evaluate', 'model', 'test.jsonl', 'train.jsonl']);
    expect(out).toMatch(/^121 documents in .+ s\naccuracy 1\.0000 {2}macro-F1 1\.0000/);
    expect(out).toMatch(/^weather +1\.0000 +1\.0000 +1\.0000 +40$/m);
  });

  test('the report says how far accuracy is known, and whether scores mean what they say', async () => {
    const { out } = await desk.run(['evaluate', 'model', 'test.jsonl']);
    expect(out).toContain('\naccuracy lies between 0.8897 and 1.0000, with 95 % certainty\n');
    expect(out).toMatch(/\n +sure to +right +answers\n( +\d+\.\d % +100\.0 % +\d+ {2}█+\n)+$/);
  });

  test('--html writes one page with tables and plots that loads nothing', async () => {
    desk.write('odd.jsonl', jsonl(corpus(31).map((row, i) => ({ ...row, label: i === 0 ? '<script>x' : row.label }))));
    const { code, json } = await evaluate('model', 'odd.jsonl', '--html', 'report.html');
    expect([code, json.docs]).toEqual([0, 31]);
    const page = desk.read('report.html');
    for (const part of ['How good is it?', 'Classes', 'What is taken for what', 'Can its probabilities be trusted?']) {
      expect(page).toContain(part);
    }
    expect(page).toContain('Words that speak for a class');
    expect(page.match(/<svg class="plot"/g)).toHaveLength(1);
    expect(page).not.toMatch(/<script|src=|href=|url\(|@import/);
    expect(page).toContain('&lt;script&gt;x');
    expect((await desk.run(['evaluate', 'model', 'test.jsonl', '--html', 'report.html'])).err).toBe(
      'sparrow: --html report.html: the file exists; give --force to overwrite it.\n',
    );
    expect((await desk.run(['evaluate', '--cv', '3', 'train.jsonl', '--html', 'report.html', '--force'])).code).toBe(0);
    expect(desk.read('report.html')).toContain('by 3 models');
  });

  test('a label that the model does not know counts as an error', async () => {
    desk.write('new.jsonl', jsonl([...corpus(3), { text: 'rain', label: 'new' }]));
    const { json } = await evaluate('model', 'new.jsonl');
    expect(json.accuracy).toBe(0.75);
    expect(json.confusion).toHaveLength(4);
  });

  test.each([
    [['model'], 'evaluate needs a model and data; to cross-validate data alone, give --cv.'],
    [['model', 'test.jsonl', '--C', '2'], '--C belongs to a fit, and the model is fitted; it goes with --cv.'],
    [['no-model', 'test.jsonl'], 'no-model: there is no such file.'],
    [['--cv', '1', 'train.jsonl'], '--cv must be a whole number of at least 2, not "1".'],
    [['--cv', 'five', 'train.jsonl'], '--cv must be a whole number of at least 2, not "five".'],
  ])('%j is refused', async (argv, message) => {
    const { code, err } = await evaluate(...argv);
    expect([code, err]).toEqual([2, `sparrow: ${message}\n`]);
  });

  test('data in the place of the model is said to be no model', async () => {
    const { code, err } = await evaluate('test.jsonl', 'test.jsonl');
    expect(code).toBe(1);
    expect(err).toMatch(/^sparrow: test\.jsonl is not a .+\n$/);
  });

  test('several labels a row are measured by class, and refused by a model that gives one', async () => {
    const rows = corpus(60).map(({ text, label }, i) => ({ text, label: i % 5 === 0 ? [label, 'fifth'] : [label] }));
    desk.write('multi.jsonl', jsonl(rows));
    await desk.run(['train', 'multi.jsonl', '-m', 'multi']);
    const { json } = await evaluate('multi', 'multi.jsonl');
    expect(Object.keys(json)).toEqual(keys);
    expect(json.confusion[0]).toHaveLength(2);
    const { code, err } = await evaluate('model', 'multi.jsonl');
    expect([code, err]).toEqual([
      2,
      'sparrow: The model gives one label, but the data hold a row with several labels ("sport", "fifth").\n',
    ]);
  });
});

describe('cross-validation', () => {
  test('every document is predicted once by a model that has not seen it', async () => {
    const { code, err, json } = await evaluate('--cv', '5', 'train.jsonl', 'test.jsonl');
    expect([code, err]).toEqual([0, '']);
    expect(Object.keys(json)).toEqual(keys);
    expect(json.docs).toBe(121);
    expect(json.confusion.flat().reduce((a: number, b: number) => a + b)).toBe(121);
    expect(json.accuracy).toBeGreaterThan(0.9);
  });

  test('it takes the options of a fit, and the seed makes the folds', async () => {
    const noisy = corpus(60).map((row, i) => ({ ...row, label: i % 4 === 0 ? 'money' : row.label }));
    desk.write('noisy.jsonl', jsonl(noisy));
    const lossOf = async (...argv: string[]) => (await evaluate('--cv', '3', 'noisy.jsonl', ...argv)).json.logLoss;
    expect(await lossOf()).toBe(await lossOf('--seed', '0'));
    expect(await lossOf()).not.toBe(await lossOf('--seed', '1'));
    expect(await lossOf()).not.toBe(await lossOf('--C', '0.1'));
  });

  test('classes with fewer documents than folds are named', async () => {
    desk.write('rare.jsonl', jsonl([...corpus(30), { text: 'one of its kind', label: 'rare' }]));
    const { code, err, json } = await evaluate('--cv', '5', 'rare.jsonl');
    expect([code, err]).toEqual([0, 'sparrow: 1 class has fewer than 5 documents, so some folds lack them: "rare".\n']);
    expect(json.perClass).toHaveLength(4);
  });

  test('more folds than documents end in a sentence', async () => {
    desk.write('few.jsonl', jsonl(corpus(4)));
    expect(await evaluate('--cv', '10', 'few.jsonl')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/Cannot make 10 folds of 4 documents\.\n$/),
    });
  });
});
