// The built server on a disk that is full, limited, read-only, gone, or somebody else's.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { annotated, newsEvents, newsTexts, predictBody } from '../server/try-app.ts';
import { type BuiltServer, dist, isBuilt, modelDirectory, pause, settled, startBuilt } from './built-server.ts';

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

/** Whether another user may read the built server at all. */
function canOthersRun(): boolean {
  const file = fileURLToPath(new URL('server.js', dist));
  const script = `require('node:fs').accessSync(${JSON.stringify(file)})`;
  return spawnSync(process.execPath, ['-e', script], { uid: nobody, gid: nobody }).status === 0;
}

async function label(server: BuiltServer): Promise<void> {
  for (const event of newsEvents()) expect((await server.post('/webhook', event)).status).toBe(201);
  await settled(server);
}

async function versionOf(server: BuiltServer): Promise<string> {
  const { status, body } = await server.post('/predict', predictBody(['Rain and wind']));
  expect([status, body.results[0].result[0].value.choices]).toEqual([200, ['Weather']]);
  return body.model_version;
}

/** Annotate long texts until one is refused; how many were kept, and the refusal. */
async function fill(server: BuiltServer, from: number): Promise<{ kept: number; error: string; status: number }> {
  for (let kept = 0; ; kept++) {
    const [text, topic] = newsTexts[kept % newsTexts.length]!;
    const event = annotated(from + kept, `${text} ${'and so on '.repeat(1500)}`, topic);
    const { status, body } = await server.post('/webhook', event);
    if (status !== 201) return { kept, error: body.error, status };
  }
}

function temporaryFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'));
}

/** A disk of one megabyte; null where none can be had. */
function smallDisk(): string | null {
  const dir = join(modelDirectory(), 'disk');
  mkdirSync(dir);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir]).status !== 0) return null;
  onTestFinished(() => void spawnSync('umount', ['-l', dir]));
  return dir;
}

describe.skipIf(!isBuilt)('the disk', () => {
  test.skipIf(!isRoot)(
    'F5 that is full refuses labels, keeps the model serving, and goes on when there is room',
    async (c) => {
      const dir = smallDisk();
      if (dir === null) return c.skip();
      const server = await startBuilt({ dir });
      await label(server);
      const version = await versionOf(server);
      const { kept, error, status } = await fill(server, 100);
      expect([status, error]).toEqual([507, expect.stringContaining('no space left')]);
      expect((await versionOf(server)) >= version).toBe(true);
      const { body } = await server.get('/ready');
      expect(body).toMatchObject({ ready: true, training: false });
      expect(body.problems[0]).toContain('no space left');
      execFileSync('mount', ['-o', 'remount,size=32m', dir]);
      expect((await server.post('/webhook', annotated(1000, 'Rain again', 'Weather'))).status).toBe(201);
      expect((await settled(server)).body.annotations).toBe(8 + kept + 1);
      expect((await versionOf(server)) > version).toBe(true);
      expect((await server.get('/ready')).body.problems).toEqual([]);
      expect(temporaryFiles(dir)).toEqual([]);
      expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null });
    },
  );

  test('F6 whose files may not grow is as a full one, and the process lives', async () => {
    const dir = modelDirectory();
    const limited = await startBuilt({ dir, limits: 'ulimit -f 300' });
    await label(limited);
    const { kept, error, status } = await fill(limited, 100);
    expect([status, error]).toEqual([507, expect.stringContaining('EFBIG')]);
    await versionOf(limited);
    await limited.end('SIGTERM');
    const free = await startBuilt({ dir });
    expect((await settled(free)).body.annotations).toBe(8 + kept);
    await versionOf(free);
  });

  test.skipIf(!isRoot)('F7 that becomes read-only is said, and written again when it may be', async (c) => {
    if (!canOthersRun()) return c.skip();
    const dir = modelDirectory();
    chownSync(dir, nobody, nobody);
    const server = await startBuilt({ dir, user: nobody });
    await label(server);
    const version = await versionOf(server);
    const within = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
    const directories = [dir, ...within.map(({ parentPath, name }) => join(parentPath, name))];
    for (const path of directories) chmodSync(path, 0o500);
    const { body } = await server.get('/ready');
    expect(body.problems[0]).toContain('give the user who runs Sparrow the right to write there');
    const refusedOrKept = await server.post('/webhook', annotated(100, 'Rain again', 'Weather'));
    expect((await versionOf(server)) >= version).toBe(true);
    for (const path of directories) chmodSync(path, 0o700);
    expect((await server.get('/ready')).body.problems.join()).not.toContain('the right to write');
    expect((await server.post('/webhook', annotated(101, 'Wind again', 'Weather'))).status).toBe(201);
    const annotations = refusedOrKept.status === 201 ? 10 : 9;
    expect((await settled(server)).body.annotations).toBe(annotations);
    await expect.poll(async () => (await server.get('/ready')).body.problems, { timeout: 20_000 }).toEqual([]);
  });

  test('F7 whose directory is taken away is used again from the next label on', async () => {
    const dir = join(modelDirectory(), 'models');
    mkdirSync(dir);
    const server = await startBuilt({ dir });
    await label(server);
    const version = await versionOf(server);
    rmSync(dir, { recursive: true });
    expect(await versionOf(server)).toBe(version);
    for (const [i, [text, topic]] of newsTexts.entries()) {
      expect((await server.post('/webhook', annotated(100 + i, text, topic))).status).toBe(201);
    }
    await expect.poll(() => server.get('/ready'), { timeout: 10_000 }).toMatchObject({ body: { problems: [] } });
    await settled(server);
    await server.end('SIGKILL');
    const next = await startBuilt({ dir });
    expect((await settled(next)).body.annotations).toBe(newsTexts.length);
    await versionOf(next);
  });

  test('F16 that another process writes to is read until that one is gone', async () => {
    const dir = modelDirectory();
    const first = await startBuilt({ dir });
    await label(first);
    const version = await versionOf(first);
    const second = await startBuilt({ dir });
    expect(await versionOf(second)).toBe(version);
    const refused = await second.post('/webhook', annotated(100, 'Rain again', 'Weather'));
    expect(refused.status).toBe(409);
    expect(refused.body.error).toContain(`is being written by process ${first.child.pid}`);
    expect((await second.get('/ready')).body).toMatchObject({ ready: true, training: false });
    await first.end('SIGKILL');
    await expect
      .poll(async () => (await second.post('/webhook', annotated(101, 'Wind again', 'Weather'))).status, {
        timeout: 10_000,
      })
      .toBe(201);
    expect((await settled(second)).body.annotations).toBe(9);
    await expect.poll(async () => (await second.get('/ready')).body.problems, { timeout: 10_000 }).toEqual([]);
  });

  test('F156 a server that has no more files to open refuses connections, and goes on when they close', async (c) => {
    const dir = modelDirectory();
    const server = await startBuilt({ dir });
    await label(server);
    const limit = spawnSync('prlimit', ['--nofile=64', '--pid', String(server.child.pid)]);
    if (limit.status !== 0) return c.skip();
    const sockets = Array.from({ length: 200 }, () => connect(server.port, '127.0.0.1').on('error', () => {}));
    await pause(300);
    for (const socket of sockets) socket.destroy();
    await expect
      .poll(() => server.get('/health').catch(() => null), { timeout: 10_000 })
      .toMatchObject({ status: 200 });
    await versionOf(server);
    expect((await server.post('/webhook', annotated(100, 'Rain again', 'Weather'))).status).toBe(201);
    expect((await settled(server)).body.annotations).toBe(9);
  });
});
