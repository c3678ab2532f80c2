// How often predictions of each confidence are right: the picture behind a calibration error.
import type { Truth } from './scale-fit.ts';

/** Predictions whose confidence lies in (from, to]. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly confidence: number;
  readonly accuracy: number;
}

const bins = 10;

/** Bins with predictions in them; with several labels a text each label is a prediction, yes or no. */
export function reliability(proba: Float64Array, truth: Truth): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0 }));
  const add = (confidence: number, isRight: boolean) => {
    const sum = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))]!;
    sum.count++;
    sum.confidence += confidence;
    if (isRight) sum.right++;
  };
  if (truth.kind === 'multi') {
    for (const [at, p] of proba.entries()) add(Math.max(p, 1 - p), p >= 0.5 === (truth.of[at] === 1));
  } else {
    for (let i = 0; i < truth.of.length; i++) {
      const row = proba.subarray(i * truth.classes, (i + 1) * truth.classes);
      const confidence = Math.max(...row);
      add(confidence, row.indexOf(confidence) === truth.of[i]);
    }
  }
  return sums.flatMap(({ count, confidence, right }, bin) => {
    if (count === 0) return [];
    return [{ from: bin / bins, to: (bin + 1) / bins, count, confidence: confidence / count, accuracy: right / count }];
  });
}
