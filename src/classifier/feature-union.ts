// Several vectorizers side by side, which count the same texts: each chooses its columns and scales its rows by itself,
// and the columns of the second follow those of the first (scikit-learn's FeatureUnion).
import { Analyzer } from '../wasm/analyzer.ts';
import type { Kernels } from '../wasm/kernels.ts';
import { countsToMove, JoinedCounts, type MovedTerms, orderRows, termsToMove } from '../wasm/moved-counts.ts';
import type { MovedRows } from '../wasm/moved-rows.ts';
import { joinRows, type SolverRows, type TermCounts } from '../wasm/term-counts.ts';
import type { ModelBlock } from './model-file.ts';
import { type CheckedVectorizerOptions, checkVectorizerOptions, type VectorizerOptions } from './options.ts';
import { analyzerSettings, learnColumns, startCounts, weighing } from './vectorizer.ts';

/** Bounds on the share or number of documents that have a term: the options that may hang on how many there are. */
export type DocumentBounds = Pick<VectorizerOptions, 'minDf' | 'maxDf'>;

interface Part {
  readonly counts: TermCounts;
  readonly analyzer: Analyzer;
  readonly vectorizer: CheckedVectorizerOptions;
}

export class FeatureUnion {
  readonly #kernels: Kernels;
  readonly #parts: readonly Part[];
  #rows: SolverRows | undefined;
  #bytesElsewhere = 0;

  constructor(kernels: Kernels, vectorizers: readonly CheckedVectorizerOptions[]) {
    this.#kernels = kernels;
    this.#parts = vectorizers.map((vectorizer) => {
      const analyzer = new Analyzer(kernels, analyzerSettings(vectorizer));
      return { counts: startCounts(kernels, analyzer, vectorizer), analyzer, vectorizer };
    });
  }

  /** UTF-8 bytes of the texts counted. */
  get textBytes(): number {
    return (this.#parts[0]?.counts.textBytes ?? 0) + this.#bytesElsewhere;
  }

  /** Count some more texts, once for each vectorizer. */
  count(texts: readonly string[]): void {
    for (const { counts } of this.#parts) counts.count(texts);
  }

  /** Terms of each vectorizer, for others to take over; nothing is to be counted here any more. */
  termsToMove(): MovedTerms[] {
    return this.#parts.map(({ counts }) => termsToMove(this.#kernels, counts));
  }

  /** Rows of one vectorizer, for others to take over. */
  rowsToMove(part: number): Generator<MovedRows> {
    return countsToMove(this.#kernels, this.#parts[part]!.counts);
  }

  /** Take over the terms that one vectorizer counted elsewhere; what is returned takes over its rows. */
  join(part: number, terms: MovedTerms): JoinedCounts {
    return new JoinedCounts(this.#kernels, this.#parts[part]!.counts, terms);
  }

  /** Bytes of texts that were counted elsewhere. */
  addTextBytes(bytes: number): void {
    this.#bytesElsewhere += bytes;
  }

  /** Put the rows in another order: row i becomes row places[i]. */
  order(places: Uint32Array): void {
    for (const { counts } of this.#parts) orderRows(this.#kernels, counts, places);
  }

  /**
   * Choose the columns and weigh the rows, which live as long as this does; `bounds` replace those of the first
   * vectorizer. Throws BAD_INPUT where no term is kept.
   */
  finish(bounds?: DocumentBounds): FeatureRows {
    const parts = this.#parts.map((part, i) => (i === 0 && bounds ? bounded(part, bounds) : part));
    const finished = finishParts(this.#kernels, parts);
    this.#rows = finished.rows;
    return finished;
  }

  /**
   * The same for the documents at `wanted` alone, one perhaps several times, as if no others had been counted. The counts
   * stay; the rows are gone when `use` returns.
   */
  withSome<T>(wanted: Uint32Array, use: (some: FeatureRows) => T): T {
    const parts = this.#parts.map((part) => ({ ...part, counts: part.counts.pick(wanted) }));
    let rows: SolverRows | undefined;
    try {
      const some = finishParts(this.#kernels, parts);
      rows = some.rows;
      return use(some);
    } finally {
      rows?.dispose();
      for (const { counts } of parts) counts.dispose();
    }
  }

  dispose(): void {
    this.#rows?.dispose();
    for (const { counts, analyzer } of this.#parts) {
      counts.dispose();
      analyzer.dispose();
    }
  }
}

/** Rows for a solver, and what a model keeps of how they came about. */
export interface FeatureRows {
  readonly blocks: ModelBlock[];
  readonly rows: SolverRows;
}

function finishParts(kernels: Kernels, parts: readonly Part[]): FeatureRows {
  const blocks = parts.map(({ counts, vectorizer }) => {
    return { vectorizer: { ...vectorizer, vocabulary: null }, ...learnColumns(counts, vectorizer) };
  });
  const rows = parts.map(({ counts, vectorizer }) => counts.takeSolverRows(weighing(vectorizer)));
  return { blocks, rows: joinRows(kernels, rows) };
}

function bounded(part: Part, bounds: DocumentBounds): Part {
  const { minDf, maxDf } = checkVectorizerOptions(bounds);
  return { ...part, vectorizer: { ...part.vectorizer, minDf, maxDf } };
}
