// Reads the labelled tasks of a project from Label Studio: page by page, on from where it was when Label Studio was away
// for a moment. They count when the last one is there and not before: half of a project would be another project.
import { SparrowError } from '../errors.ts';
import { isObject, type Task } from '../labelstudio/types.ts';
import type { Clock } from '../training/clock.ts';
import type { LabelSource, SourcePage } from './label-source.ts';
import type { TaskDraft } from './task-draft.ts';

export interface SyncParts {
  source: LabelSource;
  clock: Clock;
  signal: AbortSignal;
  onProgress(done: number, total: number): void;
  /** Told why it waits, each time it does. */
  onWait(why: string): void;
}

const pageSize = 100;
/** Waits after a failure in the middle of the pages; after the last one it is given up. */
const waitsMs = [2000, 4000, 8000, 16_000, 30_000];
/** With fewer annotations than one for so many tasks the pages hold little to learn from: the export has nothing else. */
const sparse = 10;
const leastSparse = 2000;

/** Write all labelled tasks of a project into a draft. Throws where they cannot be had whole. */
export async function readLabels(project: string, draft: TaskDraft, parts: SyncParts): Promise<void> {
  const pages = new Pages(project, parts);
  for (;;) {
    const page = await pages.next();
    if (page === null) return;
    if (isSparse(page)) return readExport(project, draft, parts, page.totalAnnotations ?? 0);
    await draft.add(page.tasks.filter(isAnnotated));
    parts.onProgress(Math.min(page.page * pageSize, page.total), page.total);
  }
}

function isSparse({ page, total, totalAnnotations }: SourcePage): boolean {
  const isLarge = page === 1 && Number.isFinite(total) && total >= leastSparse;
  return isLarge && totalAnnotations !== null && totalAnnotations * sparse < total;
}

async function readExport(project: string, draft: TaskDraft, parts: SyncParts, annotations: number): Promise<void> {
  const { source, signal, onProgress } = parts;
  const atATime = 100;
  let batch: Task[] = [];
  for await (const task of source.exportTasks(project, { signal })) {
    signal.throwIfAborted();
    if (isAnnotated(task)) batch.push(task);
    if (batch.length < atATime) continue;
    await draft.add(batch);
    batch = [];
    onProgress(Math.min(draft.annotations, annotations), annotations);
  }
  await draft.add(batch);
}

/** All pages, each task of them once. */
class Pages {
  readonly #project: string;
  readonly #parts: SyncParts;
  readonly #seen = new Set<string>();
  #reading: AsyncIterator<SourcePage> | null = null;
  #next = 1;
  #total = Number.POSITIVE_INFINITY;
  #failures = 0;
  /** Tasks seen when the last page of a round was read. */
  #seenBefore = -1;

  constructor(project: string, parts: SyncParts) {
    this.#project = project;
    this.#parts = parts;
  }

  /** The next page with what is new in it; null after the last one. */
  async next(): Promise<SourcePage | null> {
    for (;;) {
      this.#parts.signal.throwIfAborted();
      const page = await this.#read();
      if (page) return page;
      if (!this.#hasMissed()) return null;
      this.#next = 1;
    }
  }

  async #read(): Promise<SourcePage | null> {
    for (;;) {
      try {
        const { signal } = this.#parts;
        const options = { from: this.#next, size: pageSize, signal };
        this.#reading ??= this.#parts.source.taskPages(this.#project, options)[Symbol.asyncIterator]();
        const { done, value } = await this.#reading.next();
        this.#failures = 0;
        if (!done) return await this.#take(value);
        this.#reading = null;
        return null;
      } catch (error) {
        this.#reading = null;
        await this.#wait(error);
      }
    }
  }

  async #take(page: SourcePage): Promise<SourcePage> {
    // Where tasks were deleted meanwhile, the ones behind them moved into pages that were read already.
    const gone = Number.isFinite(this.#total) ? Math.max(0, this.#total - page.total) : 0;
    this.#total = page.total;
    this.#next = page.page + 1;
    if (gone > 0) {
      this.#next = Math.max(1, page.page - Math.ceil(gone / Math.max(1, page.tasks.length)));
      await this.#reading?.return?.();
      this.#reading = null;
    }
    const tasks = page.tasks.filter(({ id }) => id === undefined || !this.#seen.has(String(id)));
    for (const { id } of page.tasks) this.#seen.add(String(id));
    return { ...page, tasks };
  }

  /** After the last page: whether there must be more tasks, and another round may find them. */
  #hasMissed(): boolean {
    const { size } = this.#seen;
    const isWorthwhile = Number.isFinite(this.#total) && size < this.#total && size > this.#seenBefore;
    this.#seenBefore = size;
    return isWorthwhile;
  }

  /** Nothing was read yet: whoever asked knows better what to do. In the middle it is worth a little patience. */
  async #wait(error: unknown): Promise<void> {
    const pauseMs = waitsMs[this.#failures++];
    if (!isPassing(error) || this.#next === 1 || pauseMs === undefined) throw error;
    this.#parts.onWait(error.message);
    await pause(pauseMs, this.#parts);
  }
}

/** Whether trying again later may help. */
export function isPassing(error: unknown): error is SparrowError {
  return error instanceof SparrowError && (error.code === 'IO_FAILED' || error.code === 'BUSY');
}

function pause(ms: number, { clock, signal }: SyncParts): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.later(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function isAnnotated(task: Task): boolean {
  if (!isObject(task)) return false;
  return [task.annotations, task.completions].some((list) => Array.isArray(list) && list.length > 0);
}
