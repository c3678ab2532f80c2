// Out-of-fold raw predictions of many regressions on the same rows: what auto selection compares, what temperatures are
// fitted on, and what a report is made from. Every row is predicted by a model that has not seen it.
//
// A fold's next fit goes on from where its last one ended: along C, and from one set of columns to another.
import { type ColumnStrength, columnScale, type LabelSums } from '../classifier/naive-bayes.ts';
import type { RegressionOptions } from '../classifier/options.ts';
import type { TargetTable } from '../classifier/targets.ts';
import type { DualPoint, TrainingRows } from '../classifier/training-rows.ts';
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

/** Raw prediction for a class that a fold's training rows lack, relative to the least of the others. */
const missingBelow = 1;

export class FoldedRows {
  readonly labelling: Labelling;
  readonly rows: TrainingRows;
  readonly #folds: Fold[];
  /** Where the last fit of each fold ended, by the shape of its dual. */
  readonly #ends: WarmStarts;
  /** What naive Bayes knows: strengths of columns by fold, and its raw predictions. */
  #naive: { strengths: ColumnStrength[]; raw: Float64Array } | undefined;

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
    const all = Uint32Array.from({ length: rows.rows }, (_, i) => i);
    this.#folds = Array.from({ length: k }, (_, fold) => ({
      outside: all.filter((i) => folds[i] !== fold),
      inside: all.filter((i) => folds[i] === fold),
    }));
  }

  get #classes(): number {
    return this.labelling.classes.length;
  }

  /** Raw predictions (rows, classes) of naive Bayes' log ratios alone. */
  naiveBayes(): Float64Array {
    return this.#learnNaive().raw;
  }

  /** Raw predictions (rows, classes) of a regression; nothing when `isLate` says between folds that time is up. */
  predict({ columnPower, ...options }: Fit, isLate?: () => boolean): Float64Array | undefined {
    const strengths = columnPower === 0 ? undefined : this.#learnNaive().strengths;
    return this.#gather((fold, at) => {
      if (at > 0 && isLate?.()) return undefined;
      const strength = strengths?.[at];
      if (!strength) return this.#predictFold(this.rows, fold, at, options);
      return this.rows.withScaled(columnScale(strength, columnPower), (rows) =>
        this.#predictFold(rows, fold, at, options),
      );
    });
  }

  #learnNaive(): { strengths: ColumnStrength[]; raw: Float64Array } {
    if (this.#naive) return this.#naive;
    const strengths: ColumnStrength[] = [];
    const raw = this.#gather(({ outside, inside }) => {
      const sums = this.#sumsOf(outside);
      strengths.push(sums.columnStrength());
      const own = this.rows.withSome(inside, (rows) => {
        return rows.multiply(sums.logRatios(), new Float64Array(this.#classes));
      });
      return this.#isTwoSided ? halves(own, 2, 1) : own;
    });
    this.#naive = { strengths, raw: raw! };
    return this.#naive;
  }

  #sumsOf(wanted: Uint32Array): LabelSums {
    const { classes, labelEnds, labels } = labellingAt(this.labelling, wanted);
    return this.rows.withSome(wanted, (rows) => rows.labelSums(classes.length, labelEnds, labels));
  }

  /** Single labels of two classes: one output, whose halves are the two raw predictions. */
  get #isTwoSided(): boolean {
    return this.labelling.truth.kind === 'single' && this.#classes === 2;
  }

  #predictFold(all: TrainingRows, fold: Fold, at: number, options: RegressionOptions): Float64Array {
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

  #gather(predict: (fold: Fold, at: number) => Float64Array | undefined): Float64Array | undefined {
    const classes = this.#classes;
    const all = new Float64Array(this.rows.rows * classes);
    for (const [at, fold] of this.#folds.entries()) {
      const raw = predict(fold, at);
      if (!raw) return undefined;
      for (const [i, row] of fold.inside.entries()) {
        all.set(raw.subarray(i * classes, (i + 1) * classes), row * classes);
      }
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
