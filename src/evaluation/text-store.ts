// All texts of a training set as UTF-8, out of the garbage collector's sight: kept as strings, tens of thousands of them
// would be copied about while they are read, and take longer than the reading. Threads may read them where they are.

interface Chunk {
  bytes: Buffer;
  /** Where each text of the chunk ends. */
  ends: number[];
  /** Number of the chunk's first text among all. */
  first: number;
}

/** A store as another thread gets it: its texts stay where they are. */
export interface SharedTexts {
  readonly chunks: readonly {
    readonly bytes: SharedArrayBuffer;
    readonly ends: readonly number[];
    readonly first: number;
  }[];
  readonly odd: ReadonlyMap<number, string>;
  readonly length: number;
}

const chunkBytes = 1024 * 1024;

/** Texts by number. */
export class TextStore implements Iterable<string> {
  #chunks: Chunk[] = [];
  /** Texts with a lone surrogate, which UTF-8 cannot hold; rare enough to be kept as they are. */
  readonly #odd = new Map<number, string>();
  #used = 0;
  #length = 0;

  /** The store that another thread shared. */
  static of({ chunks, odd, length }: SharedTexts): TextStore {
    const store = new TextStore();
    store.#chunks = chunks.map(({ bytes, ends, first }) => ({ bytes: Buffer.from(bytes), ends: [...ends], first }));
    for (const [index, text] of odd) store.#odd.set(index, text);
    store.#length = length;
    // Nothing is to be written behind texts that others read.
    store.#used = Number.POSITIVE_INFINITY;
    return store;
  }

  get length(): number {
    return this.#length;
  }

  /** What another thread can read the texts from. */
  share(): SharedTexts {
    const chunks = this.#chunks.map(({ bytes, ends, first }) => {
      return { bytes: bytes.buffer as unknown as SharedArrayBuffer, ends, first };
    });
    return { chunks, odd: this.#odd, length: this.#length };
  }

  push(text: string): void {
    const isOdd = !text.isWellFormed();
    if (isOdd) this.#odd.set(this.#length, text);
    const stored = isOdd ? '' : text;
    let chunk = this.#chunks.at(-1);
    // Three bytes a UTF-16 unit are the most; only near the end of a chunk is the exact size worth counting.
    if (chunk === undefined || this.#used + stored.length * 3 > chunk.bytes.length) {
      const size = Buffer.byteLength(stored);
      if (chunk === undefined || this.#used + size > chunk.bytes.length) chunk = this.#add(Math.max(size, chunkBytes));
    }
    this.#used += chunk.bytes.write(stored, this.#used, 'utf8');
    chunk.ends.push(this.#used);
    this.#length++;
  }

  at(index: number): string {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#chunks[middle]!.first <= index) low = middle;
      else high = middle - 1;
    }
    return this.#textIn(this.#chunks[low]!, index);
  }

  *[Symbol.iterator](): Generator<string> {
    for (const chunk of this.#chunks) yield* this.#textsOf(chunk);
  }

  /** All texts once; each chunk is given up when it has been gone through, and the store is empty from the start. */
  *drain(): Generator<string> {
    const chunks = this.#chunks.reverse();
    this.#chunks = [];
    this.#length = 0;
    for (let chunk = chunks.pop(); chunk !== undefined; chunk = chunks.pop()) yield* this.#textsOf(chunk);
  }

  *#textsOf(chunk: Chunk): Generator<string> {
    for (let i = 0; i < chunk.ends.length; i++) yield this.#textIn(chunk, chunk.first + i);
  }

  #textIn({ bytes, ends, first }: Chunk, index: number): string {
    const at = index - first;
    const start = at === 0 ? 0 : ends[at - 1]!;
    const text = bytes.toString('utf8', start, ends[at]);
    return text === '' ? (this.#odd.get(index) ?? text) : text;
  }

  #add(bytes: number): Chunk {
    const chunk = { bytes: Buffer.from(new SharedArrayBuffer(bytes)), ends: [], first: this.#length };
    this.#chunks.push(chunk);
    this.#used = 0;
    return chunk;
  }
}
