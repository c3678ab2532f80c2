// Servers under test as processes of their own: started on a free port, waited for, stopped.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.ts';
import { root } from './machine.ts';
import { peerPath, singleThread } from './runner.ts';

const startLimitMs = 30_000;

export interface ServerProcess {
  readonly name: string;
  readonly url: string;
  /** From the start of the process to the first answer, in seconds. */
  readonly startSeconds: number;
  /** Processor time of the process and its children so far; null where /proc is missing. */
  cpuSeconds(): number | null;
  /** Resident memory; null where /proc is missing. */
  memoryBytes(): number | null;
  stop(): Promise<void>;
}

/** Why Sparrow's server cannot be started here, or undefined. */
export function serverProblem(): string | undefined {
  return existsSync(join(root, 'dist/server.js')) ? undefined : 'dist/server.js is not built (npm run build)';
}

export async function startSparrow(
  folder: string,
  settings: Record<string, string> = {},
  name = 'sparrow',
): Promise<ServerProcess> {
  const port = await freePort();
  const modelDir = join(folder, 'models');
  mkdirSync(modelDir, { recursive: true });
  const env = { HOST: '127.0.0.1', PORT: String(port), MODEL_DIR: modelDir, LOG_LEVEL: 'error', ...settings };
  return start(name, port, process.execPath, [join(root, 'dist/server.js')], env);
}

/** A process without a port of its own to ask: a worker, or Redis. */
export function startBeside(name: string, command: string, args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  return {
    name,
    cpuSeconds: () => cpuSecondsOf(child.pid!),
    memoryBytes: () => memoryOf(child.pid!),
    stop: () => stop(child),
  };
}

export type BesideProcess = ReturnType<typeof startBeside>;

export function startWorker(folder: string, settings: Record<string, string>): BesideProcess {
  const env = { MODEL_DIR: join(folder, 'models'), LOG_LEVEL: 'error', ...settings };
  return startBeside('worker', process.execPath, [join(root, 'dist/cli.js'), 'worker'], env);
}

/** As the reference's own image runs it: one worker, eight threads; `folder` is for its cache, null leaves that out. */
export async function startReference(python: string, folder: string | null): Promise<ServerProcess> {
  const port = await freePort();
  const bind = ['--bind', `127.0.0.1:${port}`, '--workers', '1', '--threads', '8', '--timeout', '0'];
  const args = ['-m', 'gunicorn', '--preload', '--chdir', peerPath('.'), ...bind, 'reference-server:app'];
  const name = folder === null ? 'reference without its cache' : 'reference';
  const cache = folder === null ? {} : { CACHE_DIR: folder };
  return start(name, port, python, args, { ...singleThread, ...cache, PYTHONDONTWRITEBYTECODE: '1' });
}

async function start(
  name: string,
  port: number,
  command: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<ServerProcess> {
  const started = performance.now();
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-2000);
  });
  const url = `http://127.0.0.1:${port}`;
  const client = new Client(url, 1);
  while (!(await isUp(client))) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${errors.trim()}`);
    if (performance.now() - started > startLimitMs) throw new Error(`${name} did not start: ${errors.trim()}`);
    await sleep(2);
  }
  client.close();
  return {
    name,
    url,
    startSeconds: (performance.now() - started) / 1000,
    cpuSeconds: () => cpuSecondsOf(child.pid!),
    memoryBytes: () => memoryOf(child.pid!),
    stop: () => stop(child),
  };
}

async function isUp(client: Client): Promise<boolean> {
  try {
    return (await client.get('/health')).status === 200;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const isGone = await Promise.race([gone.then(() => true), sleep(10_000, false, { ref: false })]);
  if (!isGone) child.kill('SIGKILL');
}

function cpuSecondsOf(pid: number): number | null {
  const ticksPerSecond = 100;
  try {
    // The name, in brackets, may hold spaces; user and system time are the 14th and 15th field.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const own = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    const tasks = readdirSync(`/proc/${pid}/task`);
    const children = tasks.flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' '),
    );
    return children.filter(Boolean).reduce((sum, child) => sum + (cpuSecondsOf(Number(child)) ?? 0), own);
  } catch {
    return null;
  }
}

function memoryOf(pid: number): number | null {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  } catch {
    return null;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
