// Counts on their way from one instance of the kernels to another, which may be in another thread: terms first, then rows in
// pieces. Other counts that take them over know those documents as if they had counted them.
import { writeTerms } from './analyzer.ts';
import type { Kernels } from './kernels.ts';
import { type Address, addressOf, allocate, type Block, copyIn, release, view } from './memory.ts';
import type { TermCounts, TermTable } from './term-counts.ts';

/** Terms by id, and how many documents have each. */
export interface MovedTerms extends TermTable {
  readonly frequencies: Uint32Array;
}

/** Some rows: entries (term id, count), and the number of entries up to the end of each row. */
export interface MovedRows {
  readonly entries: Uint32Array<SharedArrayBuffer>;
  readonly ends: Uint32Array;
}

/** Entries of a piece: enough to be worth a message, few enough for V8 to optimise what takes them over. */
const entriesAtOnce = 1 << 19;
/** Two words of four bytes. */
const entryBytes = 8;

/** The terms of counts that are to be moved. */
export function termsToMove(kernels: Kernels, { at }: TermCounts): MovedTerms {
  const count = kernels.call((k) => k.termCount(at)) >>> 0;
  const block = { at: addressOf(kernels.call((k) => k.documentFrequencies(at))), bytes: count * 4 };
  const frequencies = view(kernels, Uint32Array, block.at, count).slice();
  release(kernels, block);
  const [bytesAt, endsAt] = kernels.call((k) => [addressOf(k.termBytes(at)), addressOf(k.termEnds(at))] as const);
  const ends = view(kernels, Uint32Array, endsAt, count).slice();
  return { bytes: view(kernels, Uint8Array, bytesAt, ends.at(-1) ?? 0).slice(), ends, frequencies };
}

/** The rows of counts in their order, a piece at a time. */
export function* rowsToMove(kernels: Kernels, counts: TermCounts): Generator<MovedRows> {
  const table = view(kernels, Uint32Array, rowTable(kernels, counts), counts.documents * 2).slice();
  const entriesOf = (row: number) => (table[2 * row + 1]! - table[2 * row]!) / entryBytes;
  let first = 0;
  while (2 * first < table.length) {
    const ends: number[] = [];
    let total = 0;
    do {
      total += entriesOf(first + ends.length);
      ends.push(total);
    } while (2 * (first + ends.length) < table.length && total < entriesAtOnce);
    const entries = new Uint32Array(new SharedArrayBuffer(total * entryBytes));
    let used = 0;
    for (let row = first; row < first + ends.length; row++) {
      const size = entriesOf(row) * 2;
      entries.set(view(kernels, Uint32Array, addressOf(table[2 * row]!), size), used);
      used += size;
    }
    yield { entries, ends: Uint32Array.from(ends) };
    first += ends.length;
  }
}

/** Counts into which others are taken over. */
export class JoinedCounts {
  readonly #kernels: Kernels;
  readonly #counts: TermCounts;
  readonly #ids: Block;

  /** Take over the terms of others. */
  constructor(kernels: Kernels, counts: TermCounts, { bytes, ends, frequencies }: MovedTerms) {
    this.#kernels = kernels;
    this.#counts = counts;
    this.#ids = allocate(kernels, ends.length * 4);
    const terms = writeTerms(kernels, bytes, ends);
    const documents = copyIn(kernels, frequencies);
    kernels.call((k) => k.adoptTerms(counts.at, terms.bytes, terms.ends, documents.at, ends.length, this.#ids.at));
    terms.release();
    release(kernels, documents);
  }

  /** Take over some of their rows, after those that are here. */
  addRows({ entries, ends }: MovedRows): void {
    const kernels = this.#kernels;
    if (ends.length === 0) return;
    const rowEnds = copyIn(kernels, ends);
    const room = addressOf(kernels.call((k) => k.roomForRows(this.#counts.at, Math.max(1, entries.byteLength))));
    view(kernels, Uint32Array, room, entries.length).set(entries);
    kernels.call((k) => k.adoptRows(this.#counts.at, room, rowEnds.at, ends.length, this.#ids.at));
    release(kernels, rowEnds);
  }

  dispose(): void {
    release(this.#kernels, this.#ids);
  }
}

/** Put the rows in another order: row i becomes row places[i]. */
export function orderRows(kernels: Kernels, counts: TermCounts, places: Uint32Array): void {
  const block = copyIn(kernels, places);
  kernels.call((k) => k.orderRows(counts.at, block.at));
  release(kernels, block);
}

function rowTable(kernels: Kernels, counts: TermCounts): Address {
  return addressOf(kernels.call((k) => k.rowTable(counts.at)));
}
