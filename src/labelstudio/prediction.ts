// Predictions as Label Studio takes them: `result` a list, `score` a finite number in [0, 1], the version a string.
// With anything else it shows "retrieved" and keeps nothing.
import { entryOf, typeOf } from './choices.ts';
import type { Pair } from './pairs.ts';
import type { Prediction, ResultItem } from './types.ts';

/** The item of a result that says these labels; an `id` is wanted in interactive use. */
export function choiceResult(pair: Pair, labels: readonly string[], id?: string): ResultItem {
  const type = typeOf(pair);
  return {
    ...(id === undefined ? {} : { id }),
    from_name: pair.fromName,
    to_name: pair.toName,
    type,
    value: { [type]: labels.map((label) => entryOf(label, pair)) },
  };
}

/** "No opinion", which is not an error. */
export function emptyPrediction(modelVersion: string): Prediction {
  return { result: [], score: 0, model_version: modelVersion };
}

/** A score that Label Studio does not refuse: what is no number is 0. */
export function safeScore(score: number): number {
  return Number.isFinite(score) ? Math.min(1, Math.max(0, score)) : 0;
}
