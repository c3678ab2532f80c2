// Out-of-fold raw predictions of many regressions on the same rows: what auto selection compares, what temperatures are
// fitted on, and what a report is made from. Every row is predicted by a model that has not seen it.
//
// A fold's next fit goes on from where its last one ended: along C, and from one set of columns to another.
import { type ColumnStrength, columnScale, type LabelSums } from '../classifier/naive-bayes.ts';
import type { RegressionOptions } from '../classifier/options.ts';
import type { TargetTable } from '../classifier/targets.ts';
import type { DualPoint, TrainingRows } from '../classifier/training-rows.ts';
import { whereFold } from './folds.ts';
import { type Labelling, labellingAt } from './truth.ts';

/** A regression and how its columns are scaled first. */
export interface Fit extends RegressionOptions {
  readonly columnPower: number;
}

/** One fold: the rows that train and those that are held out. */
interface Fold {
  readonly outside: Uint32Array;
  readonly inside: Uint32Array;
}

/** Raw predictions of held-out rows, asked for: by a regression, or where `fit` is null by naive Bayes' log ratios alone. */
export interface FoldTask {
  /** A fold by its number; or the first `count` of the rows at `wanted`, predicted by a fit to the others of these. */
  readonly held: number | { readonly wanted: readonly number[]; readonly count: number };
  readonly fit: Fit | null;
}

/** Raw prediction for a class that a fold's training rows lack, relative to the least of the others. */
const missingBelow = 1;

export class FoldedRows {
  readonly labelling: Labelling;
  readonly rows: TrainingRows;
  readonly #folds: Fold[];
  /** Where the last fit of each fold ended, by the shape of its dual. */
  readonly #ends: WarmStarts;
  /** What naive Bayes knows of each fold: strengths of columns, and its raw predictions. */
  readonly #naive: { strength: ColumnStrength; raw: Float64Array }[] = [];

  /**
   * `folds[i]` is the fold that holds row i out; with `k` below the number of folds only the first k are held out.
   * `ends` are shared by sets of columns for the same texts and folds. The rows stay the caller's.
   */
  constructor(
    rows: TrainingRows,
    labelling: Labelling,
    folds: ArrayLike<number>,
    k: number,
    ends: WarmStarts = new WarmStarts(),
  ) {
    this.rows = rows;
    this.labelling = labelling;
    this.#ends = ends;
    this.#folds = Array.from({ length: k }, (_, fold) => ({
      outside: whereFold(folds, (of) => of !== fold),
      inside: whereFold(folds, (of) => of === fold),
    }));
  }

  get #classes(): number {
    return this.labelling.classes.length;
  }

  /** Raw predictions (rows, classes) of naive Bayes' log ratios alone. */
  naiveBayes(): Float64Array {
    return this.#gather(null);
  }

  /** Raw predictions (rows, classes) of a regression. */
  predict(fit: Fit, onFold?: () => void): Float64Array {
    return this.#gather(fit, onFold);
  }

  /** Raw predictions (held-out rows, classes). Folds may be done in any order: each goes on from its own last fit. */
  do({ held, fit }: FoldTask): Float64Array {
    if (typeof held === 'number') return fit ? this.#predictFold(held, fit) : this.#learnNaive(held).raw;
    const { wanted, count } = held;
    const labelling = labellingAt(this.labelling, wanted);
    const isTrained = Uint8Array.from(wanted, (_, at) => (at < count ? 0 : 1));
    return this.rows.withSome(wanted, (some) => new FoldedRows(some, labelling, isTrained, 1).do({ held: 0, fit }));
  }

  #gather(fit: Fit | null, onFold?: () => void): Float64Array {
    const raw = new Float64Array(this.rows.rows * this.#classes);
    for (const [held, { inside }] of this.#folds.entries()) {
      putRows(raw, inside, this.do({ held, fit }));
      onFold?.();
    }
    return raw;
  }

  #learnNaive(at: number): { strength: ColumnStrength; raw: Float64Array } {
    const known = this.#naive[at];
    if (known) return known;
    const { outside, inside } = this.#folds[at]!;
    const sums = this.#sumsOf(outside);
    const own = this.rows.withSome(inside, (rows) => {
      return rows.multiply(sums.logRatios(), new Float64Array(this.#classes));
    });
    const learned = { strength: sums.columnStrength(), raw: this.#isTwoSided ? halves(own, 2, 1) : own };
    this.#naive[at] = learned;
    return learned;
  }

  #sumsOf(wanted: Uint32Array): LabelSums {
    const { classes, labelEnds, labels } = labellingAt(this.labelling, wanted);
    return this.rows.withSome(wanted, (rows) => rows.labelSums(classes.length, labelEnds, labels));
  }

  /** Single labels of two classes: one output, whose halves are the two raw predictions. */
  get #isTwoSided(): boolean {
    return this.labelling.truth.kind === 'single' && this.#classes === 2;
  }

  #predictFold(at: number, { columnPower, ...options }: Fit): Float64Array {
    if (columnPower === 0) return this.#predictRows(this.rows, at, options);
    const { strength } = this.#learnNaive(at);
    return this.rows.withScaled(columnScale(strength, columnPower), (rows) => this.#predictRows(rows, at, options));
  }

  #predictRows(all: TrainingRows, at: number, options: RegressionOptions): Float64Array {
    const fold = this.#folds[at]!;
    const { table, columns } = this.#tableOf(fold.outside);
    const isMulti = table.multiLabel;
    if (columns.length < (isMulti ? 1 : 2)) return new Float64Array(fold.inside.length * this.#classes);
    const { scheme, coef, intercept, end } = all.withSome(fold.outside, (rows) => {
      return rows.fit(table, options, (scheme) => this.#ends.of(`${at} ${scheme}`));
    });
    this.#ends.keep(`${at} ${scheme}`, end);
    const weights = byFeature(coef, intercept.length);
    const raw = all.withSome(fold.inside, (rows) => rows.multiply(weights, intercept));
    if (intercept.length === this.#classes) return raw;
    const isOneOutput = intercept.length === 1 && !isMulti;
    return this.#spread(isOneOutput ? halves(raw, 1, 0) : raw, columns, fold.outside.length);
  }

  /** What is true of some rows, of the classes that they have; `columns` are these among all classes. */
  #tableOf(wanted: Uint32Array): { table: TargetTable; columns: number[] } {
    const { classes, truth, labelEnds, labels } = labellingAt(this.labelling, wanted);
    const columns = [...new Set(labels)].sort((a, b) => a - b);
    const place = new Uint32Array(classes.length);
    for (const [k, column] of columns.entries()) place[column] = k;
    const table = {
      classes: columns.map((column) => classes[column]!),
      multiLabel: truth.kind === 'multi',
      labelEnds,
      labels: labels.map((label) => place[label]!),
      weights: null,
    };
    return { table, columns };
  }

  /** Raw predictions for the classes that a fold knows, among all classes. */
  #spread(raw: Float64Array, columns: readonly number[], trained: number): Float64Array {
    const classes = this.#classes;
    const width = columns.length;
    const all = new Float64Array((raw.length / width) * classes);
    const isMulti = this.labelling.truth.kind === 'multi';
    for (let at = 0, from = 0; from < raw.length; at += classes, from += width) {
      const known = raw.subarray(from, from + width);
      all.fill(isMulti ? -Math.log(2 * trained) : Math.min(...known) - missingBelow, at, at + classes);
      for (const [j, k] of columns.entries()) all[at + k] = known[j]!;
    }
    return all;
  }
}

/** Where the last fit of each fold ended. */
export class WarmStarts {
  readonly #points = new Map<string, DualPoint>();

  of(key: string): DualPoint | undefined {
    return this.#points.get(key);
  }

  keep(key: string, point: DualPoint | undefined): void {
    if (point) this.#points.set(key, point);
  }
}

/** Coefficients (outputs, features) as (features, outputs). */
function byFeature(coef: Float32Array | Float64Array, outputs: number): Float32Array {
  const features = coef.length / outputs;
  const weights = new Float32Array(coef.length);
  for (let k = 0; k < outputs; k++) {
    for (let j = 0; j < features; j++) weights[j * outputs + k] = coef[k * features + j]!;
  }
  return weights;
}

/** One raw prediction a row (at `offset`, every `step`) as two, half for the second class and half against the first. */
function halves(raw: Float64Array, step: number, offset: number): Float64Array {
  const both = new Float64Array((raw.length / step) * 2);
  for (let i = 0; i < both.length / 2; i++) {
    both[2 * i] = -raw[i * step + offset]! / 2;
    both[2 * i + 1] = raw[i * step + offset]! / 2;
  }
  return both;
}

/** Put raw predictions of some rows where they belong among those of all. */
export function putRows(all: Float64Array, rows: Uint32Array, raw: Float64Array): void {
  const width = raw.length / rows.length;
  for (const [i, row] of rows.entries()) all.set(raw.subarray(i * width, (i + 1) * width), row * width);
}
