// Bulk prediction as it is sharded: a file cut in parts, `sparrow predict` on each, as many at a time as are asked for.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TextClassifier } from '../src/classifier/text-classifier.ts';
import type { Settings } from './finding.ts';
import { root } from './machine.ts';
import type { News } from './news-project.ts';

export interface Sharded {
  readonly shards: number;
  readonly texts: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The most that one process had. */
  readonly memoryBytes: number;
}

export async function runShards(folder: string, news: News, texts: number, say: Settings['say']): Promise<Sharded[]> {
  const place = join(folder, 'shards');
  mkdirSync(place);
  const model = join(place, 'model.safetensors');
  const { train } = news;
  writeFileSync(model, TextClassifier.fit(train.texts.slice(0, 20_000), train.labels.slice(0, 20_000)).save());
  const found: Sharded[] = [];
  for (const shards of [1, 2]) {
    say(`${texts} texts in ${shards} shards`);
    const files = Array.from({ length: shards }, (_, shard) => {
      const path = join(place, `part-${shards}-${shard}.jsonl`);
      const lines = Array.from({ length: texts / shards }, (_, i) => {
        return JSON.stringify({ text: news.test.texts[(i * shards + shard) % news.test.texts.length] });
      });
      writeFileSync(path, `${lines.join('\n')}\n`);
      return path;
    });
    const start = performance.now();
    const spent = await Promise.all(files.map((file) => predictFile(model, file)));
    const seconds = (performance.now() - start) / 1000;
    for (const file of files) checkLength(`${file}.out`, texts / shards);
    const cpuSeconds = spent.reduce((sum, one) => sum + one.cpuSeconds, 0);
    found.push({ shards, texts, seconds, cpuSeconds, memoryBytes: Math.max(...spent.map((one) => one.memoryBytes)) });
  }
  return found;
}

/** What a process used is read from its own last word, as nobody can ask it afterwards. */
function predictFile(model: string, file: string): Promise<{ cpuSeconds: number; memoryBytes: number }> {
  const script = `
    process.on('exit', () => {
      const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
      process.stderr.write('\\n' + JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, memoryBytes: maxRSS * 1024 }));
    });
    process.argv.splice(1, 0, 'cli');
    await import(${JSON.stringify(`file://${join(root, 'dist/cli.js')}`)});`;
  const argv = ['--input-type=module', '--eval', script, '--', 'predict', model, file];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.pipe(createWriteStream(`${file}.out`));
    child.stderr.on('data', (data) => {
      said += data;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(said.split('\n').at(-1) ?? '{}'));
      else reject(new Error(`sparrow predict ended with ${code}: ${said}`));
    });
  });
}

function checkLength(path: string, expected: number): void {
  const lines = statSync(path).size === 0 ? 0 : readFileSync(path, 'utf8').trimEnd().split('\n').length;
  if (lines !== expected) throw new Error(`${path} has ${lines} lines, expected ${expected}`);
}
