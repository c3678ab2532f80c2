// What a prediction's score is: the probability of its label, or how sure the model is by another measure. Sorted by any
// of them, lowest first, texts stand in the order in which labelling them pays.
import { indexOfLargest } from '../evaluation/metrics.ts';
import { multiLabelScoreOf, type ScoreKind, scoreOf } from '../evaluation/rank.ts';

export const scoreKinds: readonly ScoreKind[] = ['probability', 'margin', 'entropy'];

/** The score of a row of probabilities; without a kind that of its likeliest label. */
export function scorer(kind: ScoreKind = 'probability', multiLabel = false): (row: Float64Array) => number {
  if (kind === 'probability') return (row) => row[indexOfLargest(row)]!;
  return multiLabel ? (row) => multiLabelScoreOf(row, kind) : (row) => scoreOf(row, kind);
}
