// `sparrow start` and `sparrow demo` as processes of the build: what is started, what is said, and an orderly end.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';

const cli = fileURLToPath(new URL('cli.js', new URL(process.env.DIST ?? '../../dist/', import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'sparrow-start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Process {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  ended: Promise<number>;
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function sparrow(argv: readonly string[], env: { [name: string]: string } = {}): Process {
  const child = spawn(process.execPath, [cli, ...argv], {
    cwd: folder,
    env: { PATH: process.env.PATH, TMPDIR: folder, ...env },
  });
  children.push(child);
  let [out, err] = ['', ''];
  child.stdout?.on('data', (data) => {
    out += data;
  });
  child.stderr?.on('data', (data) => {
    err += data;
  });
  const ended = once(child, 'close').then(([code]) => code as number);
  return { child, out: () => out, err: () => err, ended };
}

async function until<T>(read: () => T | null | undefined | false): Promise<T> {
  for (;;) {
    const value = read();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.skipIf(!existsSync(cli))('sparrow start', () => {
  test('serves until it is told to stop, and flags win over the environment', async () => {
    const flags = [
      '--port',
      '0',
      '--host',
      '127.0.0.1',
      '--model-dir',
      'kept',
      '--basic-auth-user',
      'u',
      '--basic-auth-pass',
      'p',
    ];
    const server = sparrow(['start', ...flags, '--debug'], { PORT: '1', MODEL_DIR: 'other', LOG_LEVEL: 'error' });
    const port = await until(() => /listening on 127\.0\.0\.1:(\d+)/.exec(server.err())?.[1]);
    expect(await (await fetch(`http://127.0.0.1:${port}/health`)).json()).toMatchObject({ status: 'UP' });
    expect((await fetch(`http://127.0.0.1:${port}/api/projects`)).status).toBe(401);
    expect(existsSync(join(folder, 'kept'))).toBe(true);
    expect(existsSync(join(folder, 'other'))).toBe(false);
    await until(() => server.out().includes('"level":20'));
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(server.err()).toContain('stopping');
  });

  test('serves a model of one’s own from its directory', async () => {
    const source = `export class Mine {
      predict(tasks) { return tasks.map(() => ({ result: [], score: 0.25 })); }
      fit() { return {}; }
    }`;
    writeFileSync(join(folder, 'model.mjs'), source);
    const server = sparrow(['start', '.', '--port', '0', '--host', '127.0.0.1']);
    const port = await until(() => /listening on 127\.0\.0\.1:(\d+)/.exec(server.err())?.[1]);
    expect(await (await fetch(`http://127.0.0.1:${port}/health`)).json()).toMatchObject({ model_class: 'Mine' });
    server.child.kill('SIGINT');
    expect(await server.ended).toBe(0);
  });

  test.each([
    [['--port', '99999'], 'PORT must be a whole number from 0 to 65535'],
    [['nowhere'], 'There is no model in nowhere'],
    [['--basic-auth-user', 'u'], 'BASIC_AUTH_PASS must be set too'],
  ])('refuses %j with a sentence', async (argv, sentence) => {
    const server = sparrow(['start', ...argv]);
    expect(await server.ended).toBe(2);
    expect(server.err()).toContain(sentence);
    expect(server.err().trim().split('\n').length).toBe(1);
  });
});

describe.skipIf(!existsSync(cli))('sparrow demo', () => {
  test('labels, gets better, reports, and leaves nothing behind', async () => {
    const before = readdirSync(folder).length;
    const demo = sparrow(['demo', '--fast', '--texts', '120', '--port', '0']);
    expect([await demo.ended, demo.err()]).toEqual([0, '']);
    const shares = [...demo.out().matchAll(/(\d+) labelled .* (\d+) % right/g)].map(([, labelled, share]) => [
      Number(labelled),
      Number(share),
    ]);
    const english = shares.slice(
      0,
      shares.findIndex(([labelled], i) => i > 0 && labelled === 0),
    );
    expect(english[0]?.[1]).toBeLessThan(45);
    expect(english.at(-1)?.[1]).toBeGreaterThan(70);
    expect(demo.out()).toContain('Nachrichten: 84 texts to label');
    expect(demo.out()).toMatch(/% of the predictions shown while labelling were left as they were/);
    expect(readdirSync(folder).length).toBe(before);
  });

  test('stops at once when it is told to', async () => {
    const demo = sparrow(['demo', '--port', '0', '--rate', '1']);
    await until(() => demo.out().includes('labelled'));
    demo.child.kill('SIGINT');
    expect(await demo.ended).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith('sparrow-demo-'))).toEqual([]);
  });
});
