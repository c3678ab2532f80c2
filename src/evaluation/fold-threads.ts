// Cross-validation on several threads: whoever is done with a fold gets the next. The figures are those of one thread, to
// the last bit: a fold is fitted in the same way wherever, and they are added up in order.
import type { Target } from '../classifier/text-classifier.ts';
import { AskedThread } from '../threads/asked-thread.ts';
import {
  type CrossValidation,
  type CrossValidationOptions,
  type FoldResult,
  metricsOf,
  planFolds,
} from './cross-validate.ts';
import type { FoldThreadData } from './fold-thread.ts';
import type { TextStore } from './text-store.ts';

export interface FoldThreadsOptions extends CrossValidationOptions {
  /** Most threads at one time. */
  threads: number;
  signal?: AbortSignal | undefined;
}

const threadUrl = new URL('./fold-thread.js', import.meta.url);

export async function crossValidateOnThreads(
  texts: TextStore,
  targets: readonly Target[],
  options: FoldThreadsOptions,
): Promise<CrossValidation> {
  const plan = planFolds(targets, options);
  const data: FoldThreadData = { texts: texts.share(), targets, plan };
  const results: FoldResult[] = [];
  const { signal, k } = options;
  signal?.throwIfAborted();
  const threads = Array.from({ length: Math.min(options.threads, k) }, () => {
    return new AskedThread<number, FoldResult>(threadUrl, data);
  });
  const end = () => Promise.all(threads.map((thread) => thread.end(signal?.reason)));
  signal?.addEventListener('abort', end);
  let next = 0;
  try {
    const work = threads.map(async (thread) => {
      for (let fold = next++; fold < k; fold = next++) {
        const result = await thread.ask(fold);
        results[fold] = result;
        options.onFold?.(Object.keys(results).length - 1, result.report);
      }
    });
    await Promise.all(work);
  } finally {
    signal?.removeEventListener('abort', end);
    await end();
  }
  return metricsOf(targets, plan, results, options.multiLabel);
}
