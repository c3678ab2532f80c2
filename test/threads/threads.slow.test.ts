// Cross-validation, auto selection and fits on threads, which are compiled code: by the built command, against the same
// in this thread.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { chooseOptions } from '../../src/evaluation/auto.ts';
import { crossValidate } from '../../src/evaluation/cross-validate.ts';
import { corpus, jsonl } from '../cli/corpus.ts';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sparrow-folds-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

describe.skipIf(!existsSync(cli) || availableParallelism() < 2)('evaluate --cv on several cores', () => {
  test('gives the figures of one thread, to the last bit', () => {
    // A lone surrogate is kept apart from the others, and must reach the thread as it is.
    const rows = [...corpus(300), { text: 'odd \ud800 rain', label: 'weather' }];
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [cli, 'evaluate', '--cv', '5', '--json', file('a', jsonl(rows))],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    const { seconds, ...metrics } = JSON.parse(stdout);
    const expected = crossValidate(
      rows.map(({ text }) => text),
      rows.map(({ label }) => label),
      { k: 5, multiLabel: false, seed: 0, optionsFor: () => ({}) },
    );
    expect(metrics).toEqual(JSON.parse(JSON.stringify(expected.metrics)));
    expect(Object.keys(seconds)).toEqual(['read', 'fit', 'predict', 'total']);
  });

  test('a fold that cannot be fitted is one sentence', () => {
    const data = file('b', jsonl(corpus(30)));
    const { status, stderr } = spawnSync(process.execPath, [cli, 'evaluate', '--cv', '3', '--min-df', '1000', data], {
      encoding: 'utf8',
    });
    expect([status, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toContain('below minDf');
  });

  test('Ctrl-C ends it at once', async () => {
    const words = Array.from({ length: 400 }, (_, i) => `word${i}`).join(' ');
    const rows = Array.from({ length: 4000 }, (_, i) => ({
      text: `${words} ${i * 7919} x${i % 97}`,
      label: `${i % 40}`,
    }));
    const child = spawn(process.execPath, [cli, 'evaluate', '--cv', '50', file('c', jsonl(rows))], { stdio: 'ignore' });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(child.exitCode).toBe(null);
    const asked = performance.now();
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code).toBe(130);
    expect(performance.now() - asked).toBeLessThan(5000);
  });
});

describe.skipIf(!existsSync(cli) || availableParallelism() < 2)('train --auto on several cores', () => {
  const rows = [...corpus(120), { text: 'odd \ud800 rain', label: 'weather' }];

  test('chooses what one thread does, for the same figures to the last bit', async () => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [cli, 'train', '--auto', '--json', '-m', join(folder, 'auto.safetensors'), file('d', jsonl(rows))],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    const { options, table } = JSON.parse(stdout).auto;
    const expected = await chooseOptions(
      rows.map(({ text }) => text),
      rows.map(({ label }) => label),
      { budgetMs: Number.POSITIVE_INFINITY },
    );
    const untimed = (lines: readonly { seconds: number }[]) => lines.map((line) => ({ ...line, seconds: 0 }));
    expect(untimed(table)).toEqual(JSON.parse(JSON.stringify(untimed(expected.table))));
    expect(options).toEqual(JSON.parse(JSON.stringify(expected.options)));
  });

  test('what cannot be vectorized is one sentence', () => {
    const args = [
      'train',
      '--auto',
      '--min-df',
      '1000',
      '-m',
      join(folder, 'none.safetensors'),
      file('e', jsonl(rows)),
    ];
    const { status, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
    expect([status, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toContain('below minDf');
  });
});

test.skipIf(!existsSync(cli) || availableParallelism() < 2)('train fits on several cores as on one', async () => {
  const words = corpus(400).map(({ text }) => text);
  const rows = Array.from({ length: 4000 }, (_, i) => ({
    text: Array.from({ length: 20 }, (_, j) => words[(i * (j + 1) + 7 * j) % words.length]).join(' '),
    label: `label ${i % 99}`,
  }));
  const model = join(folder, 'counted.safetensors');
  const args = [
    'train',
    '--analyzer',
    'char_wb',
    '--ngram-range',
    '1,5',
    '--multi-class',
    'ovr',
    '-m',
    model,
    file('f', jsonl(rows)),
  ];
  const { stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const { report, ...found } = TextClassifier.load(readFileSync(model)).model;
  const { report: expectedReport, ...expected } = TextClassifier.fit(
    rows.map(({ text }) => text),
    rows.map(({ label }) => label),
    { analyzer: 'char_wb', ngramRange: [1, 5], multiClass: 'ovr' },
  ).model;
  expect(found).toEqual(expected);
  expect({ ...report, seconds: null }).toEqual({ ...expectedReport, seconds: null });
});
