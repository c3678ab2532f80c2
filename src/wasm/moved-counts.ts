// Counts on their way from one instance of the kernels to another, which may be in another thread: terms first, then rows in
// pieces. Other counts that take them over know those documents as if they had counted them.
import { writeTerms } from './analyzer.ts';
import type { Kernels } from './kernels.ts';
import { addressOf, allocate, type Block, copyIn, release, view } from './memory.ts';
import { type MovedRows, rowsToMove } from './moved-rows.ts';
import type { TermCounts, TermTable } from './term-counts.ts';

/** Terms by id, and how many documents have each. */
export interface MovedTerms extends TermTable {
  readonly frequencies: Uint32Array;
}

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
export function countsToMove(kernels: Kernels, { at, documents }: TermCounts): Generator<MovedRows> {
  return rowsToMove(kernels, addressOf(kernels.call((k) => k.rowTable(at))), documents);
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
