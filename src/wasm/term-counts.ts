// Counting and weighing the terms of documents: a thin, typed face of the kernels' `features` room.
import { type Analyzer, writeTerms } from './analyzer.ts';
import type { Kernels } from './kernels.ts';
import { type Address, addressOf, allocate, type Block, copyIn, release, view } from './memory.ts';

/** Terms in column order: UTF-8 bytes end to end, and where each term ends. */
export interface TermTable {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

/** How counts become weights. */
export interface Weighing {
  readonly binary: boolean;
  readonly sublinearTf: boolean;
  readonly norm: 'l1' | 'l2' | 'none';
}

/** Sparse rows with columns ascending: row i is entries indptr[i] … indptr[i + 1]. */
export interface WeighedRows {
  readonly indptr: Uint32Array;
  readonly indices: Uint32Array;
  readonly data: Float64Array;
}

/** Rows in linear memory in the order a solver likes: features by falling document frequency. */
export interface SolverRows {
  readonly at: Address;
  readonly rows: number;
  readonly features: number;
  /** Feature of each column. */
  readonly featureOf: Uint32Array;
  readonly entries: number;
  /** Give back what is theirs alone. */
  dispose(): void;
}

/** Documents counted in one call: long enough to matter, short enough for V8 to optimise between calls. */
const batchDocuments = 512;
const batchUnits = 1 << 20;

/** The texts in lots of a size that suits the kernels. */
export function* batches(texts: Iterable<string>): Generator<readonly string[]> {
  if (Array.isArray(texts)) {
    yield* slices(texts);
    return;
  }
  let batch: string[] = [];
  let units = 0;
  for (const text of texts) {
    batch.push(text);
    units += text.length;
    if (batch.length < batchDocuments && units < batchUnits) continue;
    yield batch;
    batch = [];
    units = 0;
  }
  if (batch.length > 0) yield batch;
}

function* slices(texts: readonly string[]): Generator<readonly string[]> {
  let start = 0;
  let units = 0;
  for (let i = 0; i < texts.length; i++) {
    units += texts[i]!.length;
    if (i + 1 - start < batchDocuments && units < batchUnits) continue;
    yield texts.slice(start, i + 1);
    start = i + 1;
    units = 0;
  }
  if (start < texts.length) yield texts.slice(start);
}

export class TermCounts {
  readonly #kernels: Kernels;
  readonly #analyzer: Analyzer;
  readonly at: Address;
  #vocabulary: Address | undefined;
  #textBytes = 0;
  #idf: Block | undefined;
  #csr: Address | undefined;

  private constructor(kernels: Kernels, analyzer: Analyzer, at: Address) {
    this.#kernels = kernels;
    this.#analyzer = analyzer;
    this.at = at;
  }

  /** Counts every term, or with `fixed` those terms only, as columns in that order. */
  static of(kernels: Kernels, analyzer: Analyzer, fixed?: TermTable): TermCounts {
    const at = addressOf(kernels.call((k) => k.createCounts(analyzer.at)));
    if (fixed) {
      const terms = writeTerms(kernels, fixed.bytes, fixed.ends);
      let start = 0;
      for (const end of fixed.ends) {
        const from = start;
        kernels.call((k) => k.addTerm(at, terms.bytes + from, end - from));
        start = end;
      }
      terms.release();
    }
    return new TermCounts(kernels, analyzer, at);
  }

  /**
   * A copy of the documents at `wanted`, one perhaps several times, as if they alone had been counted in that order. To
   * be disposed of before more is counted here.
   */
  pick(wanted: Uint32Array): TermCounts {
    const rows = copyIn(this.#kernels, wanted);
    const at = this.#kernels.call((k) => k.pickCounts(this.at, rows.at, wanted.length));
    release(this.#kernels, rows);
    return new TermCounts(this.#kernels, this.#analyzer, addressOf(at));
  }

  /** UTF-8 bytes of the texts counted. */
  get textBytes(): number {
    return this.#textBytes;
  }

  get documents(): number {
    return this.#kernels.call((k) => k.documentCount(this.at)) >>> 0;
  }

  /** Count the terms of some more texts: see `batches` for how many at a time. */
  count(texts: readonly string[]): void {
    const { texts: at, ends, count, bytes } = this.#analyzer.write(texts);
    this.#kernels.call((k) => k.countDocuments(this.at, at, ends, count));
    this.#textBytes += bytes;
  }

  /** Choose the columns; returns how many there are. `maxFeatures` null keeps all. */
  select(minDf: number, maxDf: number, maxFeatures: number | null, binary: boolean): number {
    const at = this.#kernels.call((k) => k.selectTerms(this.at, minDf, maxDf, maxFeatures ?? 0, Number(binary)));
    this.#vocabulary = addressOf(at);
    return this.#columns();
  }

  /** Make every term a column, in the order of their ids: for a fixed vocabulary. */
  selectAll(): number {
    this.#vocabulary = addressOf(this.#kernels.call((k) => k.keepAllTerms(this.at)));
    return this.#columns();
  }

  terms(): TermTable {
    const vocabulary = this.#selected();
    const columns = this.#columns();
    const size = this.#kernels.call((k) => k.keptTermBytes(vocabulary)) >>> 0;
    const bytes = allocate(this.#kernels, size);
    const ends = allocate(this.#kernels, columns * 4);
    this.#kernels.call((k) => k.copyTerms(vocabulary, bytes.at, ends.at));
    const table = {
      bytes: view(this.#kernels, Uint8Array, bytes.at, size).slice(),
      ends: view(this.#kernels, Uint32Array, ends.at, columns).slice(),
    };
    release(this.#kernels, bytes, ends);
    return table;
  }

  /** Inverse document frequency of each column over the documents counted. */
  computeIdf(smooth: boolean): Float64Array {
    const vocabulary = this.#selected();
    release(this.#kernels, this.#idf);
    this.#idf = allocate(this.#kernels, this.#columns() * 8);
    const { at } = this.#idf;
    this.#kernels.call((k) => k.computeIdf(vocabulary, Number(smooth), at));
    return view(this.#kernels, Float64Array, at, this.#columns()).slice();
  }

  /** Weigh by this idf from now on. */
  setIdf(idf: Float64Array): void {
    release(this.#kernels, this.#idf);
    this.#idf = copyIn(this.#kernels, idf);
  }

  /** The weighed rows of the documents counted, which are then forgotten. */
  takeRows(weighing: Weighing): WeighedRows {
    const vocabulary = this.#selected();
    const rows = this.documents;
    const indptr = allocate(this.#kernels, (rows + 1) * 4);
    const entries = this.#kernels.call((k) => k.fillIndptr(vocabulary, indptr.at)) >>> 0;
    const indices = allocate(this.#kernels, entries * 4);
    const data = allocate(this.#kernels, entries * 8);
    this.#kernels.call((k) =>
      k.weighRows(vocabulary, this.#idf?.at ?? 0, ...weighingCodes(weighing), indices.at, data.at),
    );
    const result = {
      indptr: view(this.#kernels, Uint32Array, indptr.at, rows + 1).slice(),
      indices: view(this.#kernels, Uint32Array, indices.at, entries).slice(),
      data: view(this.#kernels, Float64Array, data.at, entries).slice(),
    };
    release(this.#kernels, indptr, indices, data);
    this.#kernels.call((k) => k.clearRows(this.at));
    return result;
  }

  /** Weigh the rows in place for a solver. The counts are used up; the rows live as long as they do. */
  takeSolverRows(weighing: Weighing): SolverRows {
    const vocabulary = this.#selected();
    const rows = this.documents;
    const features = this.#columns();
    const order = allocate(this.#kernels, features * 4);
    const codes = weighingCodes(weighing);
    const [at, entries] = this.#kernels.call((k) => {
      k.rankByFrequency(vocabulary, order.at);
      const kept = k.weighInPlace(vocabulary, this.#idf?.at ?? 0, ...codes, order.at);
      return [k.createCsr(rows, features, k.rowTable(this.at), 0), kept >>> 0] as const;
    });
    this.#csr = addressOf(at);
    const featureOf = view(this.#kernels, Uint32Array, order.at, features).slice();
    release(this.#kernels, order);
    return { at: this.#csr, rows, features, featureOf, entries, dispose: () => {} };
  }

  dispose(): void {
    if (this.#kernels.isLost) return;
    release(this.#kernels, this.#idf);
    this.#kernels.call((k) => {
      if (this.#csr !== undefined) k.destroyCsr(this.#csr);
      if (this.#vocabulary !== undefined) k.destroyVocabulary(this.#vocabulary);
      k.destroyCounts(this.at);
    });
  }

  #selected(): Address {
    if (this.#vocabulary === undefined) throw new Error('no columns are selected yet');
    return this.#vocabulary;
  }

  #columns(): number {
    const vocabulary = this.#selected();
    return this.#kernels.call((k) => k.columnCount(vocabulary)) >>> 0;
  }
}

const normCodes = { none: 0, l1: 1, l2: 2 } as const;

/** Binary, sublinear and norm as the kernels number them. */
export function weighingCodes({ binary, sublinearTf, norm }: Weighing): [number, number, number] {
  return [Number(binary), Number(sublinearTf), normCodes[norm]];
}

/** Rows of several counts side by side: features of the second after those of the first, and so on. */
export function joinRows(kernels: Kernels, parts: readonly SolverRows[]): SolverRows {
  return parts.reduce((left, right) => {
    const entries = left.entries + right.entries;
    const table = allocate(kernels, left.rows * 8);
    const block = allocate(kernels, entries * 8);
    const at = addressOf(kernels.call((k) => k.joinCsr(left.at, right.at, table.at, block.at)));
    const featureOf = new Uint32Array(left.features + right.features);
    featureOf.set(left.featureOf);
    for (const [j, feature] of right.featureOf.entries()) featureOf[left.features + j] = left.features + feature;
    left.dispose();
    const dispose = () => {
      if (kernels.isLost) return;
      kernels.call((k) => k.destroyCsr(at));
      release(kernels, table, block);
    };
    return { at, rows: left.rows, features: featureOf.length, featureOf, entries, dispose };
  });
}
