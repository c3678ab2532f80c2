// The README's commands and its library example, run as they stand there, on files of the names it uses.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { corpus, jsonl } from '../cli/corpus.ts';

const dist = fileURLToPath(new URL(process.env.DIST ?? '../../dist/', import.meta.url));
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'sparrow-readme-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

symlinkSync(dist, join(folder, 'dist'), 'dir');
for (const [name, count] of [
  ['reviews.jsonl.gz', 90],
  ['test.jsonl.gz', 30],
] as const) {
  writeFileSync(join(folder, name), gzipSync(jsonl(corpus(count))));
}
writeFileSync(join(folder, 'new.jsonl'), jsonl(corpus(5).map(({ text }) => ({ text }))));

/** Commands of the README, but for those that stay until they are told to end. */
const commands = [...readme.matchAll(/^node dist\/cli\.js (.*)$/gm)]
  .map(([, command]) => command!)
  .filter((command) => !/^(demo|start|worker)\b/.test(command));

describe('the README', () => {
  test('names every command that reads data', () => {
    const named = new Set(commands.map((command) => command.split(' ')[0]));
    for (const name of ['train', 'evaluate', 'predict', 'explain', 'audit', 'vectorize', 'inspect', 'export']) {
      expect(named).toContain(name);
    }
  });

  test.each(commands)('node dist/cli.js %s', (command) => {
    const env = { ...process.env, PORT: '0', HOST: '127.0.0.1', MODEL_DIR: join(folder, 'models') };
    const run = spawnSync('bash', ['-euc', `node dist/cli.js ${command}`], {
      cwd: folder,
      env,
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect([run.stderr, run.status]).toEqual([expect.any(String), 0]);
    if (command.includes('>')) expect(existsSync(join(folder, command.split('> ')[1]!))).toBe(true);
    else expect(`${run.stdout}${run.stderr}`.length).toBeGreaterThan(10);
  });

  test('its library example does what it says', () => {
    const [, example = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(example).toContain('TextClassifier.fit(texts, labels');
    const own = example.replace("'sparrow-ml'", JSON.stringify(join(dist, 'index.js')));
    const data =
      "const texts = ['the team won', 'a loan of the bank', 'a goal of the team', 'the bank'];\n" +
      "const labels = ['Sports', 'Money', 'Sports', 'Money'];\n";
    const shown =
      "\nconsole.log(classifier.predict(['the team won'])[0], classifier.report.gap < 1e-5, bytes.length > 500);";
    writeFileSync(join(folder, 'example.mjs'), own.replace(';\n', `;\n${data}`) + shown);
    const run = spawnSync(process.execPath, ['example.mjs'], { cwd: folder, encoding: 'utf8' });
    expect([run.stderr, run.stdout]).toEqual(['', 'Sports true true\n']);
  });
});
