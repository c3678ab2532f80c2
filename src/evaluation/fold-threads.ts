// Cross-validation on several threads: whoever is done with a fold gets the next. The figures are those of one thread, to
// the last bit: a fold is fitted in the same way wherever, and they are added up in order.
import { Worker } from 'node:worker_threads';
import type { Target } from '../classifier/text-classifier.ts';
import { SparrowError } from '../errors.ts';
import {
  type CrossValidation,
  type CrossValidationOptions,
  type FoldResult,
  metricsOf,
  planFolds,
} from './cross-validate.ts';
import type { FoldMessage, FoldThreadData } from './fold-thread.ts';
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
  const workerData: FoldThreadData = { texts: texts.share(), targets, plan };
  const results: FoldResult[] = [];
  const workers = Array.from({ length: Math.min(options.threads, options.k) }, () => {
    return new Worker(threadUrl, { workerData });
  });
  let next = 0;
  const { signal } = options;
  let giveUp = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal?.reason);
  });
  givenUp.catch(() => {});
  signal?.addEventListener('abort', giveUp);
  try {
    const work = workers.map(async (worker) => {
      for (let fold = next++; fold < options.k; fold = next++) {
        const result = await foldOn(worker, fold);
        results[fold] = result;
        options.onFold?.(Object.keys(results).length - 1, result.report);
      }
    });
    await Promise.race([Promise.all(work), givenUp]);
  } finally {
    signal?.removeEventListener('abort', giveUp);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return metricsOf(targets, plan, results, options.multiLabel);
}

function foldOn(worker: Worker, fold: number): Promise<FoldResult> {
  return new Promise((resolve, reject) => {
    // Only its own listeners: whoever ends the thread meanwhile waits for its exit too.
    const settle = (act: () => void): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      act();
    };
    const onMessage = (message: FoldMessage): void => {
      if ('result' in message) settle(() => resolve(message.result));
      else {
        const { code, message: why } = message.failure;
        settle(() => reject(code === null ? new Error(why) : new SparrowError(code, why)));
      }
    };
    const onError = (error: unknown): void => settle(() => reject(error));
    const onExit = (): void => settle(() => reject(new Error(`the thread of fold ${fold} ended by itself`)));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(fold);
  });
}
