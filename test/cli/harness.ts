// A command line in process: streams that remember, a directory that is removed, no child process and no terminal.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll } from 'vitest';
import { main } from '../../src/cli/main.ts';
import type { Io, OutputStream } from '../../src/cli/session.ts';
import { SparrowError } from '../../src/errors.ts';

/** A stream that keeps what is written; `onWrite` may fail the write by returning an error. */
export function collector(onWrite?: (text: string) => Error | undefined): OutputStream & { text: string } {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      const error = onWrite?.(String(chunk));
      if (error === undefined) collected.text += chunk;
      done(error);
    },
  });
  const collected = Object.assign(stream, { text: '' });
  return collected;
}

export interface Run {
  code: number;
  out: string;
  err: string;
}

export interface RunOptions {
  stdin?: string | Buffer | Readable;
  io?: Partial<Io>;
}

/** A directory for a test file, gone when its tests are done. */
export class Desk {
  readonly dir = mkdtempSync(join(tmpdir(), 'sparrow-cli-'));

  constructor() {
    afterAll(() => rmSync(this.dir, { recursive: true, force: true }));
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return name;
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** Names of files that a command left under a temporary name. */
  leftovers(): string[] {
    return readdirSync(this.dir).filter((name) => name.endsWith('.tmp'));
  }

  io(options: RunOptions = {}): Io {
    const { stdin = '' } = options;
    return {
      stdin: stdin instanceof Readable ? stdin : Readable.from([Buffer.from(stdin as string)]),
      stdout: collector(),
      stderr: collector(),
      env: {},
      cwd: this.dir,
      ...options.io,
    };
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<Run> {
    const io = this.io(options);
    const code = await main(argv, io);
    const { stdout, stderr } = io as {
      stdout: OutputStream & { text?: string };
      stderr: OutputStream & { text?: string };
    };
    return { code, out: stdout.text ?? '', err: stderr.text ?? '' };
  }
}

/** The sentence and exit code of a refusal. */
export async function refusal(work: Promise<unknown>): Promise<{ message: string; exit: number }> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SparrowError) return { message: error.message, exit: error.exitCode };
    throw error;
  }
  throw new Error('nothing was refused');
}
