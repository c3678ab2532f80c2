// The part of Label Studio's client that projects need: what is asked of Label Studio itself, when there is a key.
import type { Task } from '../labelstudio/types.ts';

export interface SourceOptions {
  signal?: AbortSignal | undefined;
}

/** One page of a project's tasks. */
export interface SourcePage {
  page: number;
  tasks: readonly Task[];
  /** Tasks in all pages; infinite where Label Studio does not say. */
  total: number;
  totalAnnotations: number | null;
}

export interface LabelSource {
  project(
    id: string,
    options?: SourceOptions,
  ): Promise<{ title: string; labelConfig: string; createdAt: string | null }>;
  /** All tasks page by page, from a page on; throws in the middle when they cannot be had whole. */
  taskPages(project: string, options: SourceOptions & { from: number; size: number }): AsyncIterable<SourcePage>;
  /** All annotated tasks in one stream; throws in the middle when they cannot be had whole. */
  exportTasks(project: string, options?: SourceOptions): AsyncIterable<Task>;
  task(id: number | string, options?: SourceOptions): Promise<Task>;
  /** The text behind an address in a task; throws where that is not Label Studio's own. */
  fetchUri(uri: string, taskId?: number | string, options?: SourceOptions): Promise<string>;
}

/** The number that Label Studio knows a project by; null for a project that has none. */
export function numberOf(key: string): string | null {
  return /^(\d{1,20})(\.\d+)?$/.exec(key)?.[1] ?? null;
}
