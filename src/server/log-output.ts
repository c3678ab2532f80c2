// Where the log goes: standard output, never waited for. Lines wait here while nobody reads, up to a limit; beyond it,
// and when the reader is gone, they are dropped and counted. A log must neither hold up a request nor end the server.
import { createWriteStream, fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';

const mostWaitingBytes = 4 * 2 ** 20;

export class LogOutput {
  readonly #stream: Writable;
  readonly #most: number;
  readonly #onDropped: () => void;
  #lines: string[] = [];
  /** Length of the lines that wait and of those being written. */
  #length = 0;
  #isWriting = false;
  #isBroken = false;

  constructor(stream: Writable, options: { mostBytes?: number; onDropped?: () => void } = {}) {
    this.#stream = stream;
    this.#most = options.mostBytes ?? mostWaitingBytes;
    this.#onDropped = options.onDropped ?? (() => {});
    stream.on('error', () => {
      this.#isBroken = true;
      this.#lines = [];
    });
  }

  /** What pino calls with each line, which is JSON. */
  write(given: string): void {
    if (this.#isBroken || this.#length + given.length > this.#most) {
      this.#onDropped();
      return;
    }
    const line = given.replace(commands, escaped);
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#isWriting) return;
    this.#isWriting = true;
    // All lines of this turn go out together.
    setImmediate(() => this.#writeAll());
  }

  /** Resolves when all is written, or after `ms`, whatever is left. */
  async end(ms: number): Promise<void> {
    const until = performance.now() + ms;
    while (this.#isWriting && !this.#isBroken && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #writeAll(): void {
    const lines = this.#lines.join('');
    this.#lines = [];
    this.#stream.write(lines, () => {
      this.#length -= lines.length;
      if (this.#lines.length > 0) this.#writeAll();
      else this.#isWriting = false;
    });
  }
}

/** What JSON lets stand and a terminal may obey, or an editor take for a line end. */
const commands = /[\u007f-\u009f\u2028\u2029]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Standard output; a file behind it is written on the side, as Node's own stream would make every request wait. */
export function standardOutput(): Writable {
  const isFile = fstatSync(1).isFile();
  return isFile ? createWriteStream('', { fd: 1, autoClose: false }) : process.stdout;
}
