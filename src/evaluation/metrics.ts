// How good predictions are, in scikit-learn's terms, added up one document at a time so that memory stays constant.
// Single label only; several labels a document are in multi-label-metrics.ts.

import { byCodePoint } from '../classifier/targets.ts';
import type { ReliabilityBin } from './reliability.ts';

/** One class against the rest; a ratio with nothing below the line is 0, as scikit-learn's. */
export interface ClassMetrics {
  label: string;
  precision: number;
  recall: number;
  f1: number;
  /** Documents that carry the label. */
  support: number;
}

export interface Metrics {
  docs: number;
  /** Share of documents whose prediction is right in full. */
  accuracy: number;
  /** Mean F1 over the labels that occur in the truth or among the predictions. */
  macroF1: number;
  /** Mean negative natural logarithm of the probability given to the truth. */
  logLoss: number;
  /** Expected calibration error: how far confidence and accuracy lie apart, over 15 bins of equal width. */
  ece: number;
  /** In code point order of the label. */
  perClass: ClassMetrics[];
  /** Counts; rows are the truth and columns the prediction, both in the order of `perClass`. */
  confusion: number[][];
}

const calibrationBins = 15;

/** Adds up documents and their probabilities. Labels that the model does not know count as errors, with probability 0. */
export class MetricsSum {
  readonly #classes: readonly string[];
  readonly #labels: string[];
  readonly #indices: Map<string, number>;
  /** Truth × prediction; a row is made when its label first occurs. */
  readonly #confusion: number[][] = [];
  readonly #calibration = new Calibration();
  #docs = 0;
  #right = 0;
  #loss = 0;

  /** `classes` are the columns of the probabilities. */
  constructor(classes: readonly string[]) {
    this.#classes = classes;
    this.#labels = [...classes];
    this.#indices = new Map(classes.map((label, index) => [label, index]));
  }

  /** Add documents; `proba` holds a row of class probabilities for each of `targets`, one after the other. */
  add(targets: readonly string[], proba: Float64Array): void {
    const width = this.#classes.length;
    targets.forEach((target, i) => {
      this.#addOne(this.#indexOf(target), proba.subarray(i * width, (i + 1) * width));
    });
  }

  /** How often answers of each confidence were right. */
  reliability(): ReliabilityBin[] {
    return this.#calibration.bins();
  }

  result(): Metrics {
    const order = this.#labels.map((_, index) => index).sort((a, b) => this.#compare(a, b));
    const confusion = order.map((truth) => order.map((predicted) => this.#confusion[truth]?.[predicted] ?? 0));
    const perClass = order.map((index, at) => classMetrics(this.#labels[index] as string, confusion, at));
    const present = perClass.filter((_, at) => confusion[at]?.some(Boolean) || confusion.some((row) => row[at]));
    return {
      docs: this.#docs,
      accuracy: ratio(this.#right, this.#docs),
      macroF1: mean(present.map(({ f1 }) => f1)),
      logLoss: ratio(this.#loss, this.#docs),
      ece: this.#calibration.error(),
      perClass,
      confusion,
    };
  }

  #addOne(truth: number, row: Float64Array): void {
    const predicted = indexOfLargest(row);
    const isRight = predicted === truth;
    this.#docs++;
    if (isRight) this.#right++;
    this.#loss += logLossOf(row, truth);
    this.#calibration.add(row[predicted] ?? 0, isRight);
    this.#confusion[truth] ??= [];
    const counts = this.#confusion[truth];
    counts[predicted] = (counts[predicted] ?? 0) + 1;
  }

  #indexOf(label: string): number {
    let index = this.#indices.get(label);
    if (index === undefined) {
      index = this.#labels.push(label) - 1;
      this.#indices.set(label, index);
    }
    return index;
  }

  #compare(a: number, b: number): number {
    return byCodePoint(this.#labels[a] as string, this.#labels[b] as string);
  }
}

/** Confidences in bins of equal width, (0, 1/15], (1/15, 2/15] and so on, with how often they were right. */
export class Calibration {
  readonly #counts = new Float64Array(calibrationBins);
  readonly #confidence = new Float64Array(calibrationBins);
  readonly #right = new Float64Array(calibrationBins);

  add(confidence: number, isRight: boolean): void {
    const bin = Math.min(calibrationBins - 1, Math.max(0, Math.ceil(confidence * calibrationBins) - 1));
    this.#counts[bin]! += 1;
    this.#confidence[bin]! += confidence;
    if (isRight) this.#right[bin]! += 1;
  }

  /** The bins that hold anything. */
  bins(): ReliabilityBin[] {
    return [...this.#counts.keys()].flatMap((bin) => {
      const count = this.#counts[bin]!;
      if (count === 0) return [];
      const means = { confidence: this.#confidence[bin]! / count, accuracy: this.#right[bin]! / count };
      return [{ from: bin / calibrationBins, to: (bin + 1) / calibrationBins, count, ...means }];
    });
  }

  /** Σ over bins of |right − confidence| / documents. */
  error(): number {
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    const distance = this.#right.reduce((sum, right, bin) => sum + Math.abs(right - this.#confidence[bin]!), 0);
    return ratio(distance, total);
  }
}

/** scikit-learn's: probabilities are clipped to [ε, 1 − ε] of a double and the row is scaled to sum to one again. */
function logLossOf(row: Float64Array, truth: number): number {
  let sum = 0;
  for (const p of row) sum += clip(p);
  return Math.log(sum) - Math.log(clip(row[truth] ?? 0));
}

export function clip(p: number): number {
  return Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, p));
}

/** The first of the largest, as NumPy's argmax. */
export function indexOfLargest(row: Float64Array): number {
  let largest = 0;
  for (let k = 1; k < row.length; k++) if (row[k]! > row[largest]!) largest = k;
  return largest;
}

function classMetrics(label: string, confusion: readonly number[][], at: number): ClassMetrics {
  const hits = confusion[at]![at]!;
  const support = confusion[at]!.reduce((sum, count) => sum + count, 0);
  const predicted = confusion.reduce((sum, row) => sum + row[at]!, 0);
  return { label, ...rates(hits, predicted, support), support };
}

/** Precision, recall and F1 from hits, documents predicted and documents that carry the label. */
export function rates(
  hits: number,
  predicted: number,
  support: number,
): Pick<ClassMetrics, 'precision' | 'recall' | 'f1'> {
  return { precision: ratio(hits, predicted), recall: ratio(hits, support), f1: ratio(2 * hits, predicted + support) };
}

export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

export function mean(values: readonly number[]): number {
  return ratio(
    values.reduce((sum, value) => sum + value, 0),
    values.length,
  );
}
