// A thread of a crew: texts where the main thread has them, and the parts of them that it was told to work on.
import { answerQuestions } from '../threads/answering.ts';
import type { FeatureSet } from './candidates.ts';
import type { FoldTask } from './folded-rows.ts';
import { type PartPlan, PartWork } from './part-work.ts';
import { type SharedTexts, TextStore } from './text-store.ts';
import type { Labelling } from './truth.ts';

/** What the thread is born with. */
export interface CrewThreadData {
  readonly texts: SharedTexts;
  readonly labelling: Labelling;
}

/** Of a part, by its number: begin it; do a task, which is answered; keep one set of features, or nothing of it. */
export type CrewQuestion =
  | { readonly part: number; readonly plan: PartPlan }
  | { readonly part: number; readonly features: FeatureSet; readonly task: FoldTask }
  | { readonly part: number; readonly kept: FeatureSet | null };

answerQuestions(({ texts, labelling }: CrewThreadData) => {
  const store = TextStore.of(texts);
  const parts = new Map<number, PartWork>();
  return (question: CrewQuestion): Float64Array | undefined => {
    const { part } = question;
    if ('plan' in question) parts.set(part, new PartWork(store, labelling, question.plan));
    const work = parts.get(part)!;
    if ('task' in question) return work.do(question.features, question.task);
    if ('kept' in question && question.kept) work.keepOnly(question.kept);
    else if ('kept' in question) {
      work.dispose();
      parts.delete(part);
    }
    return undefined;
  };
});
