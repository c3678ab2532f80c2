// Threads that count texts beside the one that fits. Each has a vocabulary of its own; when all texts are counted their terms
// and rows are taken over by the first. The fit is what it would be on one thread, to the last bit: columns are in the order
// of their terms, and rows are put in the order of the texts.
import type { FeatureUnion } from '../classifier/feature-union.ts';
import type { CountHelp, CountState, TextRange } from '../classifier/fit.ts';
import type { CheckedVectorizerOptions } from '../classifier/options.ts';
import type { CountedTexts, MovedRows } from '../classifier/side-counts.ts';
import { AskedThread } from '../threads/asked-thread.ts';
import type { CountAnswer, CountQuestion, CountThreadData } from './count-thread.ts';

/** Lots of texts that wait for a thread, so that it has something to do while whoever gives them reads or counts. */
const mostWaiting = 8;
/** Taking over is done by one, and takes about a quarter of the time of counting: more threads would wait for it. */
const mostThreads = 3;

/** Counting that takes no longer than this is not worth the start of a thread. */
const patienceMs = 100;

const threadUrl = new URL('./count-thread.js', import.meta.url);

interface Counter {
  readonly thread: AskedThread<CountQuestion, CountAnswer>;
  readonly done: Int32Array<SharedArrayBuffer>;
  readonly ranges: TextRange[];
}

export class CountThreads implements CountHelp {
  readonly #most: number;
  readonly #counters: Counter[] = [];

  /** `cores` is how many threads may work at a time, the one that fits among them. */
  constructor(cores: number) {
    this.#most = Math.min(cores - 1, mostThreads);
  }

  take(texts: readonly string[], { vectorizers, first, spentMs }: CountState): boolean {
    if (spentMs < patienceMs) return false;
    const counter = this.#free() ?? this.#start(vectorizers);
    if (!counter) return false;
    counter.thread.tell({ texts });
    counter.ranges.push({ first, count: texts.length });
    return true;
  }

  async handOver(features: FeatureUnion): Promise<TextRange[]> {
    for (const { thread } of this.#counters) await takeOver(thread, features);
    return this.#counters.flatMap(({ ranges }) => ranges);
  }

  /** End the threads, whatever they are doing. */
  async end(): Promise<void> {
    await Promise.all(this.#counters.splice(0).map(({ thread }) => thread.end()));
  }

  #free(): Counter | undefined {
    return this.#counters.find(({ done, ranges }) => ranges.length - Atomics.load(done, 0) < mostWaiting);
  }

  #start(vectorizers: readonly CheckedVectorizerOptions[]): Counter | undefined {
    if (this.#counters.length >= this.#most) return undefined;
    const done = new Int32Array(new SharedArrayBuffer(4));
    const data: CountThreadData = { vectorizers, done };
    const counter: Counter = { thread: new AskedThread(threadUrl, data), done, ranges: [] };
    this.#counters.push(counter);
    return counter;
  }
}

async function takeOver(thread: Counter['thread'], features: FeatureUnion): Promise<void> {
  const { terms, bytes } = (await thread.ask('all')) as CountedTexts;
  for (const [part, own] of terms.entries()) {
    const next = async () => (await thread.ask({ rowsOf: part })) as MovedRows | null;
    // The thread makes the next piece ready while this one is taken over.
    let coming = next();
    const joined = features.join(part, own);
    for (let rows = await coming; rows !== null; rows = await coming) {
      coming = next();
      joined.addRows(rows);
    }
    joined.dispose();
  }
  features.addTextBytes(bytes);
}
