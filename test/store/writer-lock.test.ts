// Who may write: one process, until it is done or dead.
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FileStore } from '../../src/store/file-store.ts';
import { type Processes, systemProcesses } from '../../src/store/process-identity.ts';
import { WriterLock } from '../../src/store/writer-lock.ts';
import { codeOf, version } from '../conformance/model-store.ts';
import { Clock, emptyDirectory, processNumbered } from './places.ts';
import { StepFiles } from './step-files.ts';

async function openLock(dir: string, processes: Processes, more: Partial<Parameters<typeof WriterLock.open>[0]> = {}) {
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const lock = await WriterLock.open({ dir, processes, onWarning, heartbeatMs: 0, ...more });
  onTestFinished(() => lock.release());
  return { lock, warnings };
}

/** Makes the holder look silent for this long. */
function silence(dir: string, ms: number): void {
  const seconds = (Date.now() - ms) / 1000;
  utimesSync(join(dir, 'writer.lock'), seconds, seconds);
}

test('F16 a second process reads, and is told who writes', async () => {
  const dir = emptyDirectory();
  const first = await FileStore.open({ dir, processes: processNumbered(1), heartbeatMs: 0 });
  const put = await first.put('7', version('one'));
  await first.setCurrent('7', put.version);
  const second = await FileStore.open({ dir, processes: processNumbered(2), heartbeatMs: 0 });
  expect(await second.current('7')).toEqual(put);
  expect(await second.read('7', put.version, 'config.json')).toHaveLength(2);
  const refusal = { code: 'CONFLICT', message: expect.stringMatching(/MODEL_DIR .* process 1 on here/) };
  await expect(second.put('7', version('two'))).rejects.toMatchObject(refusal);
  await expect(second.setState('7', {})).rejects.toMatchObject(refusal);
  expect(await second.problem()).toContain('process 1 on here');
  const next = await first.put('7', version('three'));
  await first.setCurrent('7', next.version);
  expect(await second.current('7')).toEqual(next);
  await first.close();
  expect((await second.put('7', version('two'))).version).toMatch(/^v000003-/);
  await second.close();
  expect(existsSync(join(dir, 'writer.lock'))).toBe(false);
});

test('a store opened for reading only never asks for the lock', async () => {
  const dir = emptyDirectory();
  const store = await FileStore.open({ dir, readOnly: true });
  expect(await codeOf(store.put('7', version('one')))).toBe('CONFLICT');
  expect(await store.current('7')).toBeNull();
  await store.close();
});

test('F16 the lock of a dead process is taken over at once, with a warning', async () => {
  const dir = emptyDirectory();
  const first = await openLock(dir, processNumbered(1));
  const { lock, warnings } = await openLock(dir, processNumbered(2, [1]));
  expect(await lock.hold()).toBe(1);
  expect(warnings).toEqual([expect.stringContaining('process 1 on here')]);
  expect(await codeOf(first.lock.hold())).toBe('none'); // believed for a second
  const clock = new Clock();
  const late = await openLock(dir, processNumbered(3), { now: clock.now });
  expect(await codeOf(late.lock.hold())).toBe('CONFLICT');
});

test('a holder that was taken for dead notices before it writes again', async () => {
  const dir = emptyDirectory();
  const clock = new Clock();
  const first = await openLock(dir, processNumbered(1), { now: clock.now });
  const second = await openLock(dir, processNumbered(2, [1]));
  clock.advance(2000);
  expect(await codeOf(first.lock.hold())).toBe('CONFLICT');
  await second.lock.release();
  expect(await first.lock.hold()).toBe(2);
});

test('F37 a clock that jumps back does not make an old look at the lock count', async () => {
  const dir = emptyDirectory();
  const clock = new Clock();
  const first = await openLock(dir, processNumbered(1), { now: clock.now });
  await openLock(dir, processNumbered(2, [1]));
  clock.advance(-3_600_000);
  expect(await codeOf(first.lock.hold())).toBe('CONFLICT');
});

test('a process on another machine is believed while it shows that it lives', async () => {
  const dir = emptyDirectory();
  const first = await openLock(dir, processNumbered(1, [], 'there'));
  silence(dir, 60_000);
  await first.lock.beat();
  const { lock } = await openLock(dir, processNumbered(2));
  await expect(lock.hold()).rejects.toThrow('process 1 on there');
  silence(dir, 60_000);
  expect(await lock.hold()).toBe(1);
});

test('a beat of a process without the lock takes it once it is free', async () => {
  const dir = emptyDirectory();
  const first = await openLock(dir, processNumbered(1));
  const second = await openLock(dir, processNumbered(2));
  await second.lock.beat();
  await first.lock.release();
  await second.lock.beat();
  expect(readFileSync(join(dir, 'writer.lock'), 'utf8')).toContain('"pid":2');
});

test('a damaged lock is taken over when it is old', async () => {
  const dir = emptyDirectory();
  writeFileSync(join(dir, 'writer.lock'), '{"pid":');
  const { lock } = await openLock(dir, processNumbered(1));
  expect(await codeOf(lock.hold())).toBe('CONFLICT');
  silence(dir, 60_000);
  expect(await lock.hold()).toBe(1);
});

test('of many that find a stale lock one gets it', async () => {
  const dir = emptyDirectory();
  await openLock(dir, processNumbered(1));
  const clock = new Clock();
  const open = (pid: number) => openLock(dir, processNumbered(pid, [1]), { now: clock.now });
  const others = await Promise.all([2, 3, 4, 5, 6].map(open));
  clock.advance(2000);
  const codes = await Promise.all(others.map(({ lock }) => codeOf(lock.hold())));
  expect(codes.filter((code) => code === 'none')).toHaveLength(1);
  expect(readFileSync(join(dir, 'writer.lock'), 'utf8')).toMatch(/"pid":[2-6]/);
});

test('F1 a crash at any step of taking the lock over leaves it to be taken', async () => {
  for (let at = 1; ; at++) {
    const dir = emptyDirectory();
    await openLock(dir, processNumbered(1));
    const files = new StepFiles();
    files.arm({ kind: 'stop' }, at);
    const options = { dir, processes: processNumbered(2, [1]), files, heartbeatMs: 0 };
    await WriterLock.open(options).catch(() => {});
    if (!files.isDown) break;
    const { lock } = await openLock(dir, processNumbered(3, [1, 2]));
    expect(await lock.hold()).toBe(1);
  }
});

test('a file system without hard links will do', async () => {
  const dir = emptyDirectory();
  const files = new StepFiles();
  files.link = () => Promise.reject(Object.assign(new Error('no links here'), { code: 'ENOTSUP' }));
  const first = await openLock(dir, processNumbered(1), { files });
  expect(await first.lock.hold()).toBe(1);
  const second = await openLock(dir, processNumbered(2), { files });
  expect(await codeOf(second.lock.hold())).toBe('CONFLICT');
});

test('this very process is alive, its later namesake and a number not in use are not', () => {
  const { self, isAlive } = systemProcesses();
  expect(isAlive(self)).not.toBe(false);
  expect(isAlive({ ...self, pid: 2 ** 22 + 1 })).toBe(false);
  expect(isAlive({ ...self, host: 'elsewhere' })).toBe('unknown');
  if (self.start !== '') expect(isAlive({ ...self, start: '1' })).toBe(false);
});
