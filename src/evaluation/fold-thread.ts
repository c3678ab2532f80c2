// A thread of cross-validation: texts where the main thread has them, kernels and memory of its own; one fold at a time,
// told by its number.
import type { Target } from '../classifier/text-classifier.ts';
import { answerQuestions } from '../threads/answering.ts';
import { type FoldPlan, runFold } from './cross-validate.ts';
import { type SharedTexts, TextStore } from './text-store.ts';

/** What the thread is born with. */
export interface FoldThreadData {
  texts: SharedTexts;
  targets: readonly Target[];
  plan: FoldPlan;
}

answerQuestions(({ texts, targets, plan }: FoldThreadData) => {
  const store = TextStore.of(texts);
  return (fold: number) => runFold(store, targets, plan, fold);
});
