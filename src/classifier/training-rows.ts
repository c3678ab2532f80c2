// Rows that many regressions are fitted to: texts are vectorized once, stay in the kernels, and some of the rows or all
// with scaled columns are taken without leaving them. What cross-validation does instead of vectorizing again for each
// fold: document frequencies then come from all texts, held-out ones included; no label does, and columns that only
// held-out texts have get no weight.
import { KeptRows, multiplyRows } from '../wasm/kept-rows.ts';
import { Kernels } from '../wasm/kernels.ts';
import type { DualPoint, RowsInMemory } from '../wasm/problem.ts';
import { sumByLabel } from '../wasm/row-entries.ts';
import { batches, joinRows, type SolverRows } from '../wasm/term-counts.ts';
import { FeatureUnion } from './feature-union.ts';
import { LabelSums } from './naive-bayes.ts';
import {
  checkRegressionOptions,
  checkVectorizerOptions,
  type RegressionOptions,
  type VectorizerOptions,
} from './options.ts';
import { regress } from './solve.ts';
import type { Scheme, TargetTable } from './targets.ts';

export type { DualPoint } from '../wasm/problem.ts';

/** A regression on rows. */
export interface RowsFit {
  readonly scheme: Scheme;
  /** (outputs, features) row-major. */
  readonly coef: Float32Array | Float64Array;
  readonly intercept: Float64Array;
  /** Where the solver ended, for the next fit to the same rows and targets; nothing where it has no dual. */
  readonly end: DualPoint | undefined;
}

/** The same texts in several sets of columns: each vectorizer counts them once. Has kernels of its own, to be given back. */
export class VectorizedTexts {
  #kernels: Kernels | undefined;
  readonly #texts: readonly string[];
  readonly #blocks = new Map<string, { readonly features: FeatureUnion; readonly rows: SolverRows }>();

  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  /** The texts in the columns of all `blocks`; `dispose` gives up what is theirs alone. */
  rowsOf(blocks: readonly VectorizerOptions[]): { rows: TrainingRows; dispose: () => void } {
    this.#kernels ??= Kernels.borrow();
    const kernels = this.#kernels;
    const parts = blocks.map((block) => this.#block(kernels, block));
    const rows = joinRows(kernels, parts);
    return { rows: new TrainingRows(kernels, rows), dispose: () => rows.dispose() };
  }

  #block(kernels: Kernels, options: VectorizerOptions): SolverRows {
    const key = JSON.stringify(options);
    const known = this.#blocks.get(key);
    if (known) return known.rows;
    const features = new FeatureUnion(kernels, [checkVectorizerOptions(options)]);
    for (const batch of batches(this.#texts)) features.count(batch);
    const { rows } = features.finish();
    this.#blocks.set(key, { features, rows });
    return rows;
  }

  /** Give up the rows of every vectorizer but this one, if any: sets of one vectorizer are not to be used any more. */
  forget(kept?: VectorizerOptions): void {
    const keptKey = JSON.stringify(kept);
    for (const [key, { features }] of this.#blocks) {
      if (key === keptKey) continue;
      features.dispose();
      this.#blocks.delete(key);
    }
  }

  dispose(): void {
    this.forget();
    if (this.#kernels) Kernels.giveBack(this.#kernels);
    this.#kernels = undefined;
  }
}

export class TrainingRows {
  readonly #kernels: Kernels;
  readonly #rows: RowsInMemory;

  constructor(kernels: Kernels, rows: RowsInMemory) {
    this.#kernels = kernels;
    this.#rows = rows;
  }

  get rows(): number {
    return this.#rows.rows;
  }

  get features(): number {
    return this.#rows.features;
  }

  /** The rows at `wanted`, in that order; they are gone when `use` returns. */
  withSome<T>(wanted: ArrayLike<number>, use: (rows: TrainingRows) => T): T {
    return this.#with(KeptRows.pick(this.#kernels, this.#rows, wanted), use);
  }

  /** All rows, every value times the scale of its feature; they are gone when `use` returns. */
  withScaled<T>(scale: Float32Array, use: (rows: TrainingRows) => T): T {
    return this.#with(KeptRows.scaled(this.#kernels, this.#rows, scale), use);
  }

  #with<T>(rows: KeptRows, use: (rows: TrainingRows) => T): T {
    try {
      return use(new TrainingRows(this.#kernels, rows));
    } finally {
      rows.dispose();
    }
  }

  /** What the columns have to do with labels; labels of row i: labels[labelEnds[i]] … labels[labelEnds[i + 1]]. */
  labelSums(classes: number, labelEnds: Uint32Array, labels: Uint32Array): LabelSums {
    const sums = sumByLabel(this.#kernels, this.#rows, classes, labelEnds, labels);
    return new LabelSums(sums, classes, labels, this.rows);
  }

  /** Raw predictions (rows × outputs) of weights (features × outputs) and intercepts. */
  multiply(weights: Float32Array, intercept: Float64Array): Float64Array {
    return multiplyRows(this.#kernels, this.#rows, weights, intercept);
  }

  /**
   * Fit to these rows, whose targets `table` has. `start` is where another fit to rows of the same texts and targets
   * ended, by the same scheme.
   */
  fit(table: TargetTable, options: RegressionOptions, start?: (scheme: Scheme) => DualPoint | undefined): RowsFit {
    const checked = checkRegressionOptions(options);
    const own = { kernels: this.#kernels, rows: this.#rows };
    const { scheme, solution, end } = regress({ ...own, table, options: checked, featureOf: null, start });
    return { scheme, coef: solution.coef, intercept: solution.intercept, end };
  }
}
