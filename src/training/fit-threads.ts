// Threads beside the one that fits. Each counts some of the texts with a vocabulary of its own; when all are counted, terms and
// rows are taken over by the first. Then each solves some of the outputs, where they are many and independent. The model is
// what it would be on one thread, to the last bit: columns are in the order of their terms, rows are put in the order of the
// texts, and outputs are solved in the same groups.
import type { FeatureUnion } from '../classifier/feature-union.ts';
import type { CountState, FitHelp, SolveTask, TextRange } from '../classifier/fit.ts';
import type { CountedTexts, MovedRows } from '../classifier/side-counts.ts';
import type { Solution } from '../classifier/solve.ts';
import { AskedThread } from '../threads/asked-thread.ts';
import type { FitAnswer, FitQuestion, LotsDone } from './fit-thread.ts';

/** Lots of texts that wait for a thread, so that it has something to do while whoever gives them reads or counts. */
const mostWaiting = 8;
/** Taking over is done by one, and takes about a quarter of the time of counting: more threads would wait for it. */
const mostCounting = 3;
/** Counting that takes no longer than this is not worth the start of a thread. */
const patienceMs = 100;
/** Entries times outputs, from which on solving takes a few times as long as the start of a thread. */
const leastWork = 1e8;

const threadUrl = new URL('./fit-thread.js', import.meta.url);

interface Helper {
  readonly thread: AskedThread<FitQuestion, FitAnswer>;
  readonly done: LotsDone;
  /** The texts that it was given to count. */
  readonly ranges: TextRange[];
}

export class FitThreads implements FitHelp {
  readonly #most: number;
  readonly #helpers: Helper[] = [];

  /** `cores` is how many threads may work at a time, the one that fits among them. */
  constructor(cores: number) {
    this.#most = cores - 1;
  }

  take(texts: readonly string[], { vectorizers, first, spentMs }: CountState): boolean {
    if (spentMs < patienceMs) return false;
    const free = this.#helpers.find(({ done, ranges }) => ranges.length - Atomics.load(done, 0) < mostWaiting);
    if (!free && this.#helpers.length >= Math.min(this.#most, mostCounting)) return false;
    const { thread, ranges } = free ?? this.#start();
    if (!free) thread.tell({ vectorizers });
    thread.tell({ texts });
    ranges.push({ first, count: texts.length });
    return true;
  }

  async handOver(features: FeatureUnion): Promise<TextRange[]> {
    for (const { thread } of this.#helpers) await takeOver(thread, features);
    return this.#helpers.flatMap(({ ranges }) => ranges);
  }

  solve({ parts, entries, pieces, features, featureOf, options }: SolveTask): Promise<Solution>[] {
    const outputs = parts.reduce((sum, part) => sum + part.outputs, 0);
    // Each copies all rows, and has weights and dual variables of one part.
    const samples = parts[0]!.labelEnds.length - 1;
    const bytes = 8 * entries + 4 * (features + samples) * Math.ceil(outputs / parts.length);
    const held = Math.floor(process.availableMemory() / 2 / bytes);
    const threads = Math.min(this.#most, parts.length - 1, held);
    if (threads < 1 || entries * outputs < leastWork) return [];
    while (this.#helpers.length < threads) this.#start();
    const helpers = this.#helpers.slice(0, threads);
    for (const { thread } of helpers) thread.tell({ setting: { features, featureOf, options } });
    for (const rows of pieces()) for (const { thread } of helpers) thread.tell({ rows });
    const theirs = parts.slice(0, Math.floor((parts.length * threads) / (threads + 1)));
    return theirs.map((part, i) => helpers[i % threads]!.thread.ask({ part }) as Promise<Solution>);
  }

  /** End the threads, whatever they are doing. */
  async end(): Promise<void> {
    await Promise.all(this.#helpers.splice(0).map(({ thread }) => thread.end()));
  }

  #start(): Helper {
    const done = new Int32Array(new SharedArrayBuffer(4));
    const helper: Helper = { thread: new AskedThread(threadUrl, done), done, ranges: [] };
    this.#helpers.push(helper);
    return helper;
  }
}

async function takeOver(thread: Helper['thread'], features: FeatureUnion): Promise<void> {
  const { terms, bytes } = (await thread.ask('all')) as CountedTexts;
  for (const [part, own] of terms.entries()) {
    const next = () => {
      const rows = thread.ask({ rowsOf: part }) as Promise<MovedRows | null>;
      // Nobody waits for it when taking over fails.
      rows.catch(() => {});
      return rows;
    };
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
