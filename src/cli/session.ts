// What a command may touch of the outside world: its streams, its directory, its interruption. A test hands in its own.
// Standard output carries data only; whatever is meant for a person goes to standard error, one line at a time.
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { SparrowError } from '../errors.ts';
import { Progress } from './progress.ts';
import { visible } from './visible.ts';

export type OutputStream = Writable & { isTTY?: boolean; columns?: number };

export interface Io {
  stdin: Readable;
  stdout: OutputStream;
  stderr: OutputStream;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Aborted by Ctrl-C and by SIGTERM; the reason is the signal's name. */
  signal?: AbortSignal;
  /** Runs work that does not return to the event loop for seconds, so that Ctrl-C still ends the process at once. */
  blocking?: <T>(work: () => T | Promise<T>) => T | Promise<T>;
  /** Threads that work may be spread over. Default 1. */
  threads?: number;
}

/** The reader of standard output has gone: no failure, only no reason to go on. */
export class ReaderGone extends Error {}

export class Session {
  readonly io: Io;
  readonly progress: Progress;
  /** Files under a temporary name, to be removed if the command does not reach its end. */
  readonly temporary = new Set<string>();
  #outputError: Error | undefined;

  constructor(io: Io) {
    this.io = io;
    this.progress = new Progress(io);
    io.stdout.on('error', (error: NodeJS.ErrnoException) => {
      this.#outputError = error.code === 'EPIPE' ? new ReaderGone() : outputFailure(error);
    });
    io.stdout.on('close', () => {
      this.#outputError ??= new ReaderGone();
    });
    // Nobody is left to be told.
    io.stderr.on('error', () => {});
  }

  /** The path of a file that an argument names. */
  path(name: string): string {
    return resolve(this.io.cwd, name);
  }

  /** Write to standard output, as slowly as its reader reads. */
  async write(text: string): Promise<void> {
    this.#checkOutput();
    this.io.signal?.throwIfAborted();
    if (this.io.stdout.write(text)) return;
    await new Promise<void>((done) => {
      const { stdout } = this.io;
      const settle = (): void => {
        for (const event of ['drain', 'error', 'close']) stdout.off(event, settle);
        done();
      };
      for (const event of ['drain', 'error', 'close']) stdout.on(event, settle);
    });
    this.#checkOutput();
  }

  /** Wait until all output has been handed on; a reader that went away is noticed here at the latest. */
  async flush(): Promise<void> {
    if (this.#outputError === undefined) await new Promise<void>((done) => this.io.stdout.write('', () => done()));
    this.#checkOutput();
  }

  /** Tell the person at the terminal one thing. */
  say(sentence: string): void {
    this.progress.clear();
    this.io.stderr.write(`sparrow: ${visible(sentence)}\n`);
  }

  /** Run work that blocks; a Ctrl-C that came before or meanwhile is obeyed before anything else is done. */
  async block<T>(work: () => T | Promise<T>): Promise<T> {
    await this.#turn();
    const result = await (this.io.blocking === undefined ? work() : this.io.blocking(work));
    await this.#turn();
    return result;
  }

  /** Take away what was not finished: temporary files and the progress line. */
  discard(): void {
    this.progress.clear();
    for (const path of this.temporary) rmSync(path, { force: true });
    this.temporary.clear();
  }

  /** Let the event loop turn once, so that a signal is heard. */
  async #turn(): Promise<void> {
    await new Promise((done) => setImmediate(done));
    this.io.signal?.throwIfAborted();
  }

  #checkOutput(): void {
    if (this.#outputError !== undefined) throw this.#outputError;
  }
}

function outputFailure(error: NodeJS.ErrnoException): SparrowError {
  const isFull = error.code === 'ENOSPC';
  const why = isFull ? 'no space is left' : error.message;
  return new SparrowError(isFull ? 'NO_SPACE' : 'IO_FAILED', `Cannot write standard output: ${why}.`, { cause: error });
}
