// Reads a JSON array item by item while its bytes arrive, so that an export of any size needs the memory of one task.
// Brackets and quotes are ASCII and never part of another character in UTF-8, so bytes are enough to find the ends.

/** Where the stream is not an array of JSON; `start` holds its first characters, for the one who explains. */
export class NotAnArray extends Error {
  readonly start: string;

  constructor(message: string, start: string) {
    super(message);
    this.name = 'NotAnArray';
    this.start = start;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const START_BYTES = 2000;
const MAX_DEPTH = 1000;

/** The items of the array, in order. Throws NotAnArray for anything else, and for an array that breaks off. */
export async function* arrayItems(
  chunks: AsyncIterable<Uint8Array>,
  maxItemBytes: number,
): AsyncGenerator<unknown, void, undefined> {
  const scanner = new Scanner(maxItemBytes);
  for await (const chunk of chunks) for (const item of scanner.read(chunk)) yield item;
  scanner.end();
}

class Scanner {
  readonly #maxItemBytes: number;
  #state: 'before' | 'inside' | 'after' = 'before';
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #hasComma = false;
  #count = 0;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #start = '';

  constructor(maxItemBytes: number) {
    this.#maxItemBytes = maxItemBytes;
  }

  /** The items that end in this chunk. */
  read(chunk: Uint8Array): unknown[] {
    if (this.#start.length < START_BYTES) this.#start += Buffer.from(chunk.subarray(0, START_BYTES)).toString('latin1');
    const items: unknown[] = [];
    let from = this.#state === 'before' ? this.#findOpening(chunk) : 0;
    while (this.#state === 'inside') {
      const end = this.#itemEnd(chunk, from);
      this.#keep(chunk.subarray(from, end));
      if (end === chunk.length) return items;
      from = end + 1;
      const text = this.#take();
      if (text.trim() !== '') items.push(this.#parse(text));
      else if (chunk[end] === COMMA || this.#hasComma) throw this.#broken('it has a comma without a value');
      this.#hasComma = chunk[end] === COMMA;
      if (chunk[end] === CLOSE_ARRAY) this.#state = 'after';
    }
    if (this.#state === 'after') this.#expectBlank(chunk, from);
    return items;
  }

  end(): void {
    if (this.#state === 'before') throw this.#broken(this.#start.trim() === '' ? 'it is empty' : 'it is not an array');
    if (this.#state === 'inside') throw this.#broken(`it breaks off after ${this.#count} items`);
  }

  // The array may stand after white space and a byte order mark.
  #findOpening(chunk: Uint8Array): number {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0;
      if (isBlank(byte) || byte === 0xef || byte === 0xbb || byte === 0xbf) continue;
      if (byte !== OPEN_ARRAY) throw this.#broken('it is not an array');
      this.#state = 'inside';
      return i + 1;
    }
    return chunk.length;
  }

  // The place of the comma or bracket after an item, or the end of the chunk. The one loop that sees every byte, so its
  // state is in variables.
  #itemEnd(chunk: Uint8Array, from: number): number {
    let [depth, inString, isEscaped] = [this.#depth, this.#inString, this.#isEscaped];
    let i = from;
    for (; i < chunk.length; i++) {
      const byte = chunk[i];
      if (inString) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth++;
      else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
        if (depth === 0 && byte === CLOSE_ARRAY) break;
        depth = Math.max(0, depth - 1);
      } else if (byte === COMMA && depth === 0) break;
      if (depth > MAX_DEPTH) throw this.#broken(`it is nested more than ${MAX_DEPTH} deep`);
    }
    [this.#depth, this.#inString, this.#isEscaped] = [depth, inString, isEscaped];
    return i;
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#bytes += bytes.length;
    if (this.#bytes > this.#maxItemBytes)
      throw this.#broken(`item ${this.#count} has more than ${this.#maxItemBytes} bytes`);
    this.#parts.push(bytes);
  }

  #take(): string {
    const text = Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    this.#bytes = 0;
    return text;
  }

  #parse(text: string): unknown {
    try {
      const item: unknown = JSON.parse(text);
      this.#count++;
      return item;
    } catch {
      throw this.#broken(`item ${this.#count} is not JSON`);
    }
  }

  #expectBlank(chunk: Uint8Array, from: number): void {
    for (let i = from; i < chunk.length; i++) {
      if (!isBlank(chunk[i] ?? 0)) throw this.#broken('something follows the array');
    }
  }

  #broken(what: string): NotAnArray {
    return new NotAnArray(what, this.#start);
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
