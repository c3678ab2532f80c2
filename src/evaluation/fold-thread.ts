// A thread of cross-validation: texts where the main thread has them, kernels and memory of its own; one fold at a time.
import { parentPort, workerData } from 'node:worker_threads';
import type { Target } from '../classifier/text-classifier.ts';
import { messageOf, SparrowError } from '../errors.ts';
import { type FoldPlan, type FoldResult, runFold } from './cross-validate.ts';
import { type SharedTexts, TextStore } from './text-store.ts';

/** What the thread is born with. */
export interface FoldThreadData {
  texts: SharedTexts;
  targets: readonly Target[];
  plan: FoldPlan;
}

/** What it says of a fold it was told to do by its number. */
export type FoldMessage =
  | { fold: number; result: FoldResult }
  | { fold: number; failure: { code: SparrowError['code'] | null; message: string } };

if (parentPort) {
  const port = parentPort;
  const { texts, targets, plan } = workerData as FoldThreadData;
  const store = TextStore.of(texts);
  port.on('message', (fold: number) => {
    try {
      const result = runFold(store, targets, plan, fold);
      port.postMessage({ fold, result } satisfies FoldMessage, [result.proba.buffer as ArrayBuffer]);
    } catch (error) {
      const failure = { code: error instanceof SparrowError ? error.code : null, message: messageOf(error) };
      port.postMessage({ fold, failure } satisfies FoldMessage);
    }
  });
}
