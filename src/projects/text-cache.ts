// Texts that tasks only name by an address (valueType="url"): fetched from the configured Label Studio and from nobody
// else, a few at a time, within a time and a size. What was fetched once is kept, as the same task comes again and again.
import { messageOf } from '../errors.ts';
import type { Pair } from '../labelstudio/label-config.ts';
import { addressesOf } from '../labelstudio/task.ts';
import type { Task } from '../labelstudio/types.ts';
import type { LabelSource } from './label-source.ts';

export interface TextCacheOptions {
  /** Texts kept in memory, for all projects together. Default 64 MiB. */
  mostBytes?: number;
  now?: () => number;
}

export interface FetchParts {
  source: LabelSource;
  signal: AbortSignal;
  /** Texts that are known from elsewhere. */
  known?: ReadonlyMap<string, string>;
  onProgress?(done: number, total: number): void;
}

export interface Fetched {
  /** Address as it stands in the task → text. */
  texts: Map<string, string>;
  /** Addresses whose text could not be had, and why the first one could not. */
  missing: number;
  why: string | null;
}

const defaultMostBytes = 64 * 2 ** 20;
const atATime = 6;
/** What failed is not asked again for this long. */
const refusedMs = 60_000;
const mostRefused = 10_000;

/** Whether a config has texts that must be fetched. */
export function hasAddresses(pairs: readonly Pair[]): boolean {
  return pairs.some((pair) => [pair, ...(pair.more ?? [])].some(({ valueType }) => valueType?.toLowerCase() === 'url'));
}

export class TextCache {
  readonly #mostBytes: number;
  readonly #now: () => number;
  /** Project and address → text, least used first. */
  readonly #texts = new Map<string, string>();
  readonly #refused = new Map<string, { why: string; until: number }>();
  #bytes = 0;

  constructor({ mostBytes = defaultMostBytes, now = Date.now }: TextCacheOptions = {}) {
    this.#mostBytes = mostBytes;
    this.#now = now;
  }

  /** The texts that these tasks need. What cannot be had within the signal's time is left out. */
  async forTasks(
    project: string,
    tasks: Iterable<Task> | AsyncIterable<Task>,
    pairs: readonly Pair[],
    parts: FetchParts,
  ): Promise<Fetched> {
    const fetched: Fetched = { texts: new Map(), missing: 0, why: null };
    const wanted = new Map<string, Task['id']>();
    for await (const task of tasks) {
      for (const uri of pairs.flatMap((pair) => addressesOf(task, pair))) {
        const text = parts.known?.get(uri) ?? this.#known(project, uri);
        if (text !== undefined) fetched.texts.set(uri, text);
        else if (!wanted.has(uri)) wanted.set(uri, task.id);
      }
    }
    const waiting = [...wanted];
    const total = waiting.length;
    let done = 0;
    const work = async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        await this.#fetch(project, next, parts, fetched);
        parts.onProgress?.(++done, total);
      }
    };
    await Promise.all(Array.from({ length: Math.min(atATime, total) }, work));
    return fetched;
  }

  async #fetch(
    project: string,
    [uri, taskId]: [string, Task['id']],
    { source, signal }: FetchParts,
    fetched: Fetched,
  ): Promise<void> {
    try {
      signal.throwIfAborted();
      const refused = this.#refused.get(keyOf(project, uri));
      if (refused && refused.until > this.#now()) throw new Error(refused.why);
      const text = await source.fetchUri(uri, taskId, { signal });
      this.#keep(project, uri, text);
      fetched.texts.set(uri, text);
    } catch (error) {
      const why = signal.aborted ? 'there was not enough time' : messageOf(error);
      if (!signal.aborted) this.#refuse(project, uri, why);
      fetched.missing++;
      fetched.why ??= why;
    }
  }

  #known(project: string, uri: string): string | undefined {
    const key = keyOf(project, uri);
    const text = this.#texts.get(key);
    if (text === undefined) return undefined;
    this.#texts.delete(key);
    this.#texts.set(key, text);
    return text;
  }

  #keep(project: string, uri: string, text: string): void {
    const bytes = sizeOf(text);
    // One text must not take the place of all others.
    if (bytes * 8 > this.#mostBytes) return;
    this.#texts.set(keyOf(project, uri), text);
    this.#bytes += bytes;
    for (const [key, oldest] of this.#texts) {
      if (this.#bytes <= this.#mostBytes) return;
      this.#texts.delete(key);
      this.#bytes -= sizeOf(oldest);
    }
  }

  #refuse(project: string, uri: string, why: string): void {
    if (this.#refused.size >= mostRefused) this.#refused.clear();
    this.#refused.set(keyOf(project, uri), { why, until: this.#now() + refusedMs });
  }
}

function keyOf(project: string, uri: string): string {
  return `${project}\n${uri}`;
}

function sizeOf(text: string): number {
  return 2 * text.length + 200;
}
