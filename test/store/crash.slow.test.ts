// A real process, really killed: whatever it said was kept is there afterwards. The stores are compiled to a directory of
// their own, because Node 20 does not run TypeScript.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { FileJournal } from '../../src/store/file-journal.ts';
import { FileStore } from '../../src/store/file-store.ts';
import { all, randomFrom } from '../conformance/journal.ts';
import { emptyDirectory } from './places.ts';

/** Appends as fast as it can and saves a model now and then; says each thing after it is durable. */
const program = `
import { writeSync } from 'node:fs';
import { FileJournal } from './store/file-journal.js';
import { FileStore } from './store/file-store.js';
const [dir, first] = process.argv.slice(2);
const store = await FileStore.open({ dir });
const journal = await FileJournal.open({ dir: dir + '/journal', lock: store.lock });
let number = Number(first);
async function append() {
  for (;;) {
    const id = String(number++);
    const result = [{ value: { choices: ['Sport'] } }];
    const at = '2026-11-24T12:00:00Z';
    await journal.append('7', [
      { t: 'task', id, data: { text: 'text ' + id + ' '.repeat(2000) } },
      { t: 'annotation', id, task: id, at, body: { id, result } },
    ]);
    writeSync(1, 'annotation ' + id + '\\n');
  }
}
async function save() {
  for (;;) {
    const files = new Map([['model', Buffer.alloc(300_000, 'x')]]);
    const { version } = await store.put('7', { parent: null, meta: {}, files });
    await store.setCurrent('7', version);
    await store.prune('7', 3);
    writeSync(1, 'version ' + version + '\\n');
  }
}
await Promise.all([append(), append(), append(), save()]);
`;

function compiledStores(): string {
  const out = emptyDirectory();
  const root = resolve(import.meta.dirname, '../..');
  const compilerOptions = { noEmit: false, noCheck: true, types: [], rootDir: join(root, 'src'), outDir: out };
  const files = ['file-store.ts', 'file-journal.ts'].map((name) => join(root, 'src/store', name));
  writeFileSync(join(out, 'package.json'), '{"type":"module"}');
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, files, include: [] };
  writeFileSync(join(out, 'tsconfig.json'), JSON.stringify(config));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', out]);
  writeFileSync(join(out, 'program.js'), program);
  return join(out, 'program.js');
}

/** Lets the child run until it has said so many things, then kills it; returns all it said. */
async function runAndKill(child: ChildProcess, lines: number, wait: number): Promise<string[]> {
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    said.push(line);
    if (said.length !== lines) continue;
    // Some turns later, so that it is hit at any moment and not always after a sentence.
    for (let turn = 0; turn < wait; turn++) await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return said;
}

test('F3 F4 kill -9 while annotations arrive and models are saved loses nothing that was acknowledged', async () => {
  const script = compiledStores();
  const dir = emptyDirectory();
  const random = randomFrom(20_261_124);
  const kept = new Set<string>();
  const versions = new Set<string>();
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, [script, dir, String(round * 100_000)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await runAndKill(child, 40 + random(200), random(400));
    expect(child.signalCode).toBe('SIGKILL');
    for (const line of said) {
      const [kind, name] = line.split(' ') as [string, string];
      if (kind === 'annotation') kept.add(name);
      else {
        expect(versions.has(name)).toBe(false);
        versions.add(name);
      }
    }
    await checkAfterwards(dir, kept, versions);
  }
  expect(kept.size).toBeGreaterThan(100);
  expect(versions.size).toBeGreaterThan(6);
}, 30_000);

async function checkAfterwards(dir: string, kept: ReadonlySet<string>, versions: ReadonlySet<string>): Promise<void> {
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const store = await FileStore.open({ dir, onWarning, heartbeatMs: 0 });
  const journal = await FileJournal.open({ dir: join(dir, 'journal'), lock: store.lock, onWarning });
  expect(await store.problem()).toBeNull(); // the dead one's lock was taken over
  const current = await store.current('7');
  expect(current === null || current.version >= ([...versions].sort().at(-1) ?? '')).toBe(true);
  if (current) expect(await store.read('7', current.version, 'model')).toHaveLength(300_000);
  const found = new Set((await all(journal)).map(({ id, data }) => data && id));
  for (const id of kept) expect(found.has(id), `annotation ${id}`).toBe(true);
  expect(readdirSync(dir, { recursive: true }).filter((name) => String(name).endsWith('.tmp'))).toEqual([]);
  const surprising = warnings.filter((warning) => !/Took over the lock|not wholly written/.test(warning));
  expect(surprising).toEqual([]);
  await journal.close();
  await store.close();
}
