// Two ways to read a journal file: from one end to the other, line by line, and single lines by their place.
// Both hold a window of the file in memory and no more, unless one line is longer than that.
import { type OpenFile, readUpTo } from './files.ts';

const lineFeed = 0x0a;
const scanBytes = 256 * 1024;

/**
 * Calls `each` with every line from `start` on that ends in a line feed before `end`, without it, and the line's place.
 * The bytes are only valid during the call. Other work runs between windows.
 */
export async function scanLines(
  file: OpenFile,
  end: number,
  each: (line: Buffer, place: number) => void,
  start = 0,
): Promise<void> {
  let window = Buffer.allocUnsafe(scanBytes);
  let held = 0; // bytes at the start of the window that belong to an unfinished line
  let position = start; // of the window's first byte in the file
  while (position + held < end) {
    if (held === window.length) window = Buffer.concat([window], window.length * 2);
    const wanted = Math.min(window.length - held, end - position - held);
    const read = await readUpTo(file, window.subarray(held), wanted, position + held);
    if (read === 0) return; // shorter than it was said to be
    const length = held + read;
    let next = 0;
    for (;;) {
      const stop = window.subarray(0, length).indexOf(lineFeed, Math.max(next, held));
      if (stop < 0) break;
      each(window.subarray(next, stop), position + next);
      next = stop + 1;
    }
    window.copyWithin(0, next, length);
    held = length - next;
    position += next;
  }
}

const smallestWindow = 16 * 1024;
const largestWindow = 1024 * 1024;

/** Reads pieces by place. Reading forward makes the window grow, a jump makes it small again. */
export class PlaceReader {
  readonly #file: OpenFile;
  #window: Buffer = Buffer.alloc(0);
  #start = 0;
  #length = 0;
  #size = smallestWindow;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  /** The bytes, valid until the next read; fewer only at the end of the file. */
  async read(place: number, bytes: number): Promise<Buffer> {
    const end = this.#start + this.#length;
    if (place < this.#start || place + bytes > end) {
      const isForward = place >= this.#start && place <= end + this.#size;
      this.#size = isForward ? Math.min(this.#size * 2, largestWindow) : smallestWindow;
      const wanted = Math.max(bytes, this.#size);
      if (this.#window.length < wanted) this.#window = Buffer.allocUnsafe(wanted);
      this.#length = await readUpTo(this.#file, this.#window, wanted, place);
      this.#start = place;
    }
    const from = place - this.#start;
    return this.#window.subarray(from, Math.min(from + bytes, this.#length));
  }
}
