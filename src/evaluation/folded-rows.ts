// Out-of-fold raw predictions of many regressions on the same rows: what auto selection compares, what temperatures are
// fitted on, and what a report is made from. Every row is predicted by a model that has not seen it.
import type { CsrMatrix } from '../classifier/csr.ts';
import { LogisticRegression } from '../classifier/logistic-regression.ts';
import { type ColumnStrength, columnScale, LabelSums } from '../classifier/naive-bayes.ts';
import type { RegressionOptions } from '../classifier/options.ts';
import type { Target } from '../classifier/text-classifier.ts';
import { rowsAt } from './sparse-rows.ts';
import type { Labelling } from './truth.ts';

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
  readonly matrix: CsrMatrix;
  readonly #folds: Fold[];
  /** What naive Bayes knows: strengths of columns by fold, and its raw predictions. */
  #naive: { strengths: ColumnStrength[]; raw: Float64Array } | undefined;

  /** `folds[i]` is the fold that holds row i out; with `k` below the number of folds only the first k are held out. */
  constructor(rows: CsrMatrix, labelling: Labelling, folds: ArrayLike<number>, k: number) {
    this.matrix = rows;
    this.labelling = labelling;
    const all = Uint32Array.from({ length: rows.shape[0] }, (_, i) => i);
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
      return this.#predictFold(fold, options, strength && columnScale(strength, columnPower));
    });
  }

  #learnNaive(): { strengths: ColumnStrength[]; raw: Float64Array } {
    if (this.#naive) return this.#naive;
    const strengths: ColumnStrength[] = [];
    const raw = this.#gather(({ outside, inside }) => {
      const sums = sumsOf(this.matrix, this.labelling, outside);
      strengths.push(sums.columnStrength());
      const own = multiply(this.matrix, inside, sums.logRatios(), new Float64Array(this.#classes));
      return this.#isTwoSided ? halves(own, 2, 1) : own;
    });
    this.#naive = { strengths, raw: raw! };
    return this.#naive;
  }

  /** Single labels of two classes: one output, whose halves are the two raw predictions. */
  get #isTwoSided(): boolean {
    return this.labelling.truth.kind === 'single' && this.#classes === 2;
  }

  #predictFold(fold: Fold, options: RegressionOptions, scale: Float32Array | undefined): Float64Array {
    const classes = this.#classes;
    const targets = Array.from(fold.outside, (row) => this.#targetOf(row));
    const present = new Set(targets.flat());
    const isMulti = this.labelling.truth.kind === 'multi';
    if (present.size < (isMulti ? 1 : 2)) return new Float64Array(fold.inside.length * classes);
    const train = rowsAt(this.matrix, fold.outside, scale);
    const model = new LogisticRegression(this.#renamed(options)).fit(train, targets, { multiLabel: isMulti });
    const outputs = model.intercept.length;
    const weights = byColumn(model.coef, outputs, scale);
    const raw = multiply(this.matrix, fold.inside, weights, model.intercept);
    if (outputs === classes) return raw;
    const columns = model.classes.map(Number);
    return this.#spread(outputs === 1 && !isMulti ? halves(raw, 1, 0) : raw, columns, fold.outside.length);
  }

  /** Options whose class weights, if given by label, name the classes by number as the fit does. */
  #renamed(options: RegressionOptions): RegressionOptions {
    const { classWeight } = options;
    if (typeof classWeight !== 'object' || classWeight === null) return options;
    const entries = this.labelling.classes.map((label, k) => [numberName(k), classWeight[label] ?? 1]);
    return { ...options, classWeight: Object.fromEntries(entries) };
  }

  /** A row's labels by number. */
  #targetOf(row: number): Target {
    const { truth, labelEnds, labels } = this.labelling;
    const names = Array.from(labels.subarray(labelEnds[row], labelEnds[row + 1]), numberName);
    return truth.kind === 'multi' ? names : names[0]!;
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
    const all = new Float64Array(this.matrix.shape[0] * classes);
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

/** A class's number as a label, padded so that the order of such labels is the classes'. */
function numberName(k: number): string {
  return String(k).padStart(6, '0');
}

function sumsOf(rows: CsrMatrix, { classes, labelEnds, labels }: Labelling, wanted: Uint32Array): LabelSums {
  const ends = new Uint32Array(wanted.length + 1);
  const picked: number[] = [];
  for (const [i, row] of wanted.entries()) {
    for (let at = labelEnds[row]!; at < labelEnds[row + 1]!; at++) picked.push(labels[at]!);
    ends[i + 1] = picked.length;
  }
  const sums = new LabelSums(rows.shape[1], classes.length, ends, Uint32Array.from(picked));
  for (const [i, row] of wanted.entries()) {
    for (let e = rows.indptr[row]!; e < rows.indptr[row + 1]!; e++) sums.add(i, rows.indices[e]!, rows.data[e]!);
  }
  return sums;
}

/** Coefficients (outputs, columns) as (columns, outputs), times the scale of the column. */
function byColumn(coef: Float64Array, outputs: number, scale: Float32Array | undefined): Float32Array {
  const columns = coef.length / outputs;
  const weights = new Float32Array(coef.length);
  for (let k = 0; k < outputs; k++) {
    for (let j = 0; j < columns; j++) weights[j * outputs + k] = coef[k * columns + j]! * (scale ? scale[j]! : 1);
  }
  return weights;
}

/** The wanted rows times weights (columns, outputs), plus the intercepts. */
function multiply(rows: CsrMatrix, wanted: Uint32Array, weights: Float32Array, intercept: Float64Array): Float64Array {
  const outputs = intercept.length;
  const raw = new Float64Array(wanted.length * outputs);
  for (const [i, row] of wanted.entries()) {
    const out = i * outputs;
    raw.set(intercept, out);
    for (let e = rows.indptr[row]!; e < rows.indptr[row + 1]!; e++) {
      const value = rows.data[e]!;
      const from = rows.indices[e]! * outputs;
      for (let k = 0; k < outputs; k++) raw[out + k]! += value * weights[from + k]!;
    }
  }
  return raw;
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
