// A stretch of a byte stream in one buffer that is used over and over: fresh memory for every chunk would cost more than
// reading does. What has been read is dropped, the rest moves to the front, and the buffer grows only for a long row.
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** Something to read bytes from. */
export interface ByteReader {
  /** Put bytes into `target` from `at` on; how many, 0 at the end. */
  read(target: Buffer, at: number): Promise<number>;
  close(): Promise<void>;
}

const firstBytes = 256 * 1024;

export class ByteWindow {
  readonly #reader: ByteReader;
  #buffer = Buffer.allocUnsafeSlow(firstBytes);
  #start = 0;
  #end = 0;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  /** The bytes at hand; they stay what they are until `fill`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Drop bytes from the front. */
  skip(count: number): void {
    this.#start += count;
  }

  /** Read more behind the bytes at hand; false when there is no more. */
  async fill(): Promise<boolean> {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    if (this.#end === this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(this.#buffer.length * 2);
      this.#buffer.copy(larger);
      this.#buffer = larger;
    }
    const count = await this.#reader.read(this.#buffer, this.#end);
    this.#end += count;
    return count > 0;
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}

/** Reads a file into the caller's memory, without a stream in between. */
export async function fileReader(path: string): Promise<ByteReader> {
  const file = await open(path, 'r');
  return {
    read: async (target, at) => (await file.read(target, at, target.length - at)).bytesRead,
    close: () => file.close(),
  };
}

/** Reads a stream, whatever the size of its chunks. */
export function streamReader(stream: Readable): ByteReader {
  const chunks: AsyncIterator<Buffer | string> = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  return {
    async read(target, at) {
      while (rest.length === 0) {
        const { value, done } = await chunks.next();
        if (done) return 0;
        rest = typeof value === 'string' ? Buffer.from(value) : value;
      }
      const count = Math.min(rest.length, target.length - at);
      target.set(rest.subarray(0, count), at);
      rest = rest.subarray(count);
      return count;
    },
    async close() {
      await chunks.return?.();
    },
  };
}
