// Metrics where a document may carry several labels or none: each class is its own yes-or-no question, yes from 0.5 on.
// Same names as for single labels; each says what it means here.
import { byCodePoint } from '../classifier/targets.ts';
import { Calibration, type ClassMetrics, clip, type Metrics, mean, rates, ratio } from './metrics.ts';

/** As `Metrics`, but `confusion` holds [[true no, false yes], [false no, true yes]] for each class. */
export interface MultiLabelMetrics extends Omit<Metrics, 'confusion'> {
  confusion: number[][][];
}

import type { ReliabilityBin } from './reliability.ts';

interface Counts {
  hits: number;
  predicted: number;
  support: number;
}

/** Labels that a row of probabilities says yes to. */
export function labelsAbove(row: Float64Array, classes: readonly string[], threshold = 0.5): string[] {
  return classes.filter((_, k) => row[k]! >= threshold);
}

/** Adds up documents; accuracy counts documents whose whole label set is right, loss and calibration every question. */
export class MultiLabelMetricsSum {
  readonly #classes: readonly string[];
  readonly #counts: Map<string, Counts>;
  readonly #calibration = new Calibration();
  #docs = 0;
  #right = 0;
  #loss = 0;

  constructor(classes: readonly string[]) {
    this.#classes = classes;
    this.#counts = new Map(classes.map((label) => [label, { hits: 0, predicted: 0, support: 0 }]));
  }

  add(targets: readonly (readonly string[])[], proba: Float64Array): void {
    const width = this.#classes.length;
    targets.forEach((labels, i) => {
      this.#addOne(new Set(labels), proba.subarray(i * width, (i + 1) * width));
    });
  }

  /** How often answers, yes or no, of each confidence were right. */
  reliability(): ReliabilityBin[] {
    return this.#calibration.bins();
  }

  result(): MultiLabelMetrics {
    const entries = [...this.#counts].sort(([a], [b]) => byCodePoint(a, b));
    const perClass: ClassMetrics[] = entries.map(([label, { hits, predicted, support }]) => ({
      label,
      ...rates(hits, predicted, support),
      support,
    }));
    return {
      docs: this.#docs,
      accuracy: ratio(this.#right, this.#docs),
      // Every class counts here: with one question a class, scikit-learn leaves none out.
      macroF1: mean(perClass.map(({ f1 }) => f1)),
      logLoss: ratio(this.#loss, this.#docs * this.#classes.length),
      ece: this.#calibration.error(),
      perClass,
      confusion: entries.map(([, { hits, predicted, support }]) => [
        [this.#docs - predicted - support + hits, predicted - hits],
        [support - hits, hits],
      ]),
    };
  }

  #addOne(labels: ReadonlySet<string>, row: Float64Array): void {
    let isRight = true;
    this.#classes.forEach((label, k) => {
      const p = row[k] ?? 0;
      const isYes = p >= 0.5;
      const isTrue = labels.has(label);
      const counts = this.#counts.get(label)!;
      if (isYes) counts.predicted++;
      if (isTrue) counts.support++;
      if (isYes && isTrue) counts.hits++;
      if (isYes !== isTrue) isRight = false;
      this.#loss -= Math.log(clip(isTrue ? p : 1 - p));
      this.#calibration.add(isYes ? p : 1 - p, isYes === isTrue);
    });
    for (const label of labels) {
      if (this.#classes.includes(label)) continue;
      isRight = false;
      const counts = this.#counts.get(label) ?? { hits: 0, predicted: 0, support: 0 };
      counts.support++;
      this.#counts.set(label, counts);
    }
    this.#docs++;
    if (isRight) this.#right++;
  }
}
