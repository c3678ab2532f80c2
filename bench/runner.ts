// A peer in a process of its own that is asked in JSON, one line a request and one line an answer. It stays alive
// between requests, so neither start-up nor reading the corpus is ever inside a measured time.
import { type ChildProcessWithoutNullStreams, execFile, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { root } from './machine.ts';

/** One thread each: the comparison is core against core. */
export const singleThread = {
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  PYTHONWARNINGS: 'ignore',
};

interface Waiting {
  resolve(answer: Record<string, unknown>): void;
  reject(error: Error): void;
}

export class Runner {
  readonly #child: ChildProcessWithoutNullStreams;
  #waiting: Waiting | undefined;
  #errors = '';

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { env: { ...process.env, ...singleThread } });
    this.#child.stderr.on('data', (chunk) => {
      this.#errors = (this.#errors + chunk).slice(-2000);
    });
    createInterface(this.#child.stdout).on('line', (line) => this.#answer(line));
    this.#child.on('error', (error) => this.#fail(error.message));
    this.#child.on('close', (code) => this.#fail(`it ended with ${code}: ${this.#errors.trim()}`));
    this.#child.stdin.on('error', () => {});
  }

  /** Ask one thing and wait for its answer; one at a time. */
  ask<Answer>(request: { op: string; [key: string]: unknown }): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve: (answer) => resolve(answer as Answer), reject };
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  }

  stop(): void {
    this.#child.kill();
  }

  #answer(line: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    const answer = JSON.parse(line);
    if (typeof answer.error === 'string') waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer);
  }

  #fail(why: string): void {
    this.#waiting?.reject(new Error(why));
    this.#waiting = undefined;
  }
}

/** A Python that has the modules: PYTHON, the first on the path, or the system's; undefined when none has. */
export function findPython(modules: string): string | undefined {
  const candidates = [process.env['PYTHON'], 'python3', '/usr/bin/python3'];
  return candidates.find(
    (candidate) => candidate && spawnSync(candidate, ['-c', `import ${modules}`], { stdio: 'ignore' }).status === 0,
  );
}

/** Run a program to its end and return what it printed. */
export function runCommand(command: string, args: readonly string[], env: Record<string, string> = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    env: { ...process.env, ...singleThread, ...env },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}

/** The same, while other things may go on here. */
export async function awaitCommand(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  return (
    await promisify(execFile)(command, args, { env: { ...process.env, ...singleThread, ...env }, maxBuffer: 2 ** 28 })
  ).stdout;
}

export function findCommand(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0;
}

/** The source of a peer that is not TypeScript. */
export function peerPath(name: string): string {
  return join(root, 'bench/peers', name);
}
