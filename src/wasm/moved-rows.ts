// Rows on their way from one instance of the kernels to another, which may be in another thread: in pieces, in memory that
// threads share.
import type { Kernels } from './kernels.ts';
import { type Address, addressOf, allocate, type Block, release, view } from './memory.ts';
import type { RowsInMemory } from './problem.ts';

/** Some rows: entries of two words each, and the number of entries up to the end of each row. */
export interface MovedRows {
  readonly entries: Uint32Array<SharedArrayBuffer>;
  readonly ends: Uint32Array;
}

/** Entries of a piece: enough to be worth a message, few enough for V8 to optimise what takes them over. */
const entriesAtOnce = 1 << 19;
const entryBytes = 8;

/** Rows that stand where a table says, (begin, end) of each, a piece at a time in their order. */
export function* rowsToMove(kernels: Kernels, tableAt: Address, rows: number): Generator<MovedRows> {
  const table = view(kernels, Uint32Array, tableAt, rows * 2).slice();
  const entriesOf = (row: number) => (table[2 * row + 1]! - table[2 * row]!) / entryBytes;
  for (let first = 0; first < rows; ) {
    const ends: number[] = [];
    let total = 0;
    do {
      total += entriesOf(first + ends.length);
      ends.push(total);
    } while (first + ends.length < rows && total < entriesAtOnce);
    const entries = new Uint32Array(new SharedArrayBuffer(total * entryBytes));
    let used = 0;
    for (let row = first; row < first + ends.length; row++) {
      const words = entriesOf(row) * 2;
      entries.set(view(kernels, Uint32Array, addressOf(table[2 * row]!), words), used);
      used += words;
    }
    yield { entries, ends: Uint32Array.from(ends) };
    first += ends.length;
  }
}

/** The rows of a problem, a piece at a time. */
export function problemRowsToMove(kernels: Kernels, { at, rows }: RowsInMemory): Generator<MovedRows> {
  return rowsToMove(kernels, tableOf(kernels, at), rows);
}

/** Rows that came in pieces. */
export class ArrivedRows implements RowsInMemory {
  readonly at: Address;
  readonly rows: number;
  readonly features: number;
  readonly #kernels: Kernels;
  readonly #blocks: readonly Block[];

  constructor(kernels: Kernels, pieces: readonly MovedRows[], features: number) {
    this.#kernels = kernels;
    this.features = features;
    this.rows = pieces.reduce((sum, { ends }) => sum + ends.length, 0);
    const places = new Uint32Array(this.rows * 2);
    let word = 0;
    const blocks = pieces.map(({ entries, ends }) => {
      const block = allocate(kernels, entries.byteLength);
      view(kernels, Uint32Array, block.at, entries.length).set(entries);
      let begin = block.at as number;
      for (const end of ends) {
        places[word++] = begin;
        begin = block.at + end * entryBytes;
        places[word++] = begin;
      }
      return block;
    });
    const table = allocate(kernels, places.byteLength);
    view(kernels, Uint32Array, table.at, places.length).set(places);
    this.#blocks = [...blocks, table];
    this.at = addressOf(kernels.call((k) => k.createCsr(this.rows, features, table.at, 0)));
  }

  dispose(): void {
    if (this.#kernels.isLost) return;
    this.#kernels.call((k) => k.destroyCsr(this.at));
    release(this.#kernels, ...this.#blocks);
  }
}

/** Where the table of rows stands that a record of rows names. */
function tableOf(kernels: Kernels, at: Address): Address {
  return addressOf(view(kernels, Uint32Array, at, 4)[2]!);
}
