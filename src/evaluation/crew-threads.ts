// A crew of threads, each with kernels and memory of its own: every one vectorizes all texts of a part, which takes no
// longer than one of them doing so, and does its folds.
import { AskedThread } from '../threads/asked-thread.ts';
import type { FeatureSet } from './candidates.ts';
import type { Crew, CrewPart } from './crew.ts';
import type { CrewQuestion, CrewThreadData } from './crew-thread.ts';
import type { FoldTask } from './folded-rows.ts';
import type { PartPlan } from './part-work.ts';

/** What a thread takes, about: rows of words and characters, some of them twice, for each UTF-16 unit of the texts. */
const bytesPerUnit = 200;
const bytesPerThread = 128 * 2 ** 20;
/** More threads than folds would have nothing to do. */
const mostThreads = 5;

/** Threads for texts of so many UTF-16 units together: as many as there are cores and half of the free memory holds. */
export function crewSize(cores: number, units: number, freeBytes = process.availableMemory()): number {
  const held = Math.floor(freeBytes / 2 / (bytesPerThread + bytesPerUnit * units));
  return Math.max(1, Math.min(cores, held, mostThreads));
}

const threadUrl = new URL('./crew-thread.js', import.meta.url);

type CrewThread = AskedThread<CrewQuestion, Float64Array>;

export class CrewOfThreads implements Crew {
  readonly #threads: readonly CrewThread[];
  #parts = 0;

  /** When `signal` is aborted, the threads end and what was asked is refused with its reason. */
  constructor(data: CrewThreadData, threads: number, signal?: AbortSignal) {
    signal?.throwIfAborted();
    this.#threads = Array.from({ length: threads }, () => new AskedThread(threadUrl, data));
    signal?.addEventListener('abort', () => this.end(signal.reason));
  }

  get size(): number {
    return this.#threads.length;
  }

  open(plan: PartPlan): CrewPart {
    const part = this.#parts++;
    const tell = (order: CrewQuestion): void => {
      for (const thread of this.#threads) thread.tell(order);
    };
    tell({ part, plan });
    return {
      do: (features: FeatureSet, task: FoldTask) => this.#threadFor(task).ask({ part, features, task }),
      keepOnly: (kept: FeatureSet) => tell({ part, kept }),
      dispose: () => tell({ part, kept: null }),
    };
  }

  /** End the threads, whatever they are doing. */
  async end(reason?: unknown): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end(reason)));
  }

  /** A fold goes on from where its last fit ended, which one thread knows. */
  #threadFor({ held }: FoldTask): CrewThread {
    return this.#threads[typeof held === 'number' ? held % this.size : 0]!;
  }
}
