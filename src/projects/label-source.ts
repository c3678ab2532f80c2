// Reading the labelled tasks from Label Studio itself, when there is a key: what webhooks missed is made up for, and
// what was deleted meanwhile goes.
import { isObject, type Task } from '../labelstudio/types.ts';
import type { Appended, JournalRecord, LabelledTask } from '../store/journal.ts';
import { idOf, recordsOf } from './records.ts';

/** The part of Label Studio's client that is needed here. */
export interface LabelSource {
  /** All annotated tasks of a project; throws in the middle when they cannot be had whole. */
  exportTasks(project: string): AsyncIterable<Task>;
  task(id: number | string): Promise<Task>;
}

/** The number that Label Studio knows a project by; null for a project that has none. */
export function numberOf(key: string): string | null {
  return /^(\d{1,20})(\.\d+)?$/.exec(key)?.[1] ?? null;
}

const recordsAtATime = 1000;

/**
 * Bring the journal to what Label Studio has; the answer is how many records changed the training set. Events that
 * arrive meanwhile are newer than what is read, and stay. `known` is read only after the last exported task.
 */
export async function readLabels(
  exported: AsyncIterable<Task>,
  known: AsyncIterable<LabelledTask>,
  append: (records: readonly JournalRecord[]) => Promise<Appended>,
  signal: AbortSignal,
): Promise<number> {
  const startedAt = new Date().toISOString();
  const seen = new Set<string>();
  let batch: JournalRecord[] = [];
  let changed = 0;
  const flush = async () => {
    if (batch.length > 0) changed += (await append(batch)).forTraining;
    batch = [];
  };
  for await (const task of exported) {
    signal.throwIfAborted();
    const { records } = recordsOf([task]);
    for (const record of records) if (record.t === 'annotation') seen.add(record.id);
    batch.push(...records);
    if (batch.length >= recordsAtATime) await flush();
  }
  await flush();
  for await (const { annotations } of known) {
    for (const annotation of annotations) {
      const id = isObject(annotation) ? idOf(annotation.id) : null;
      if (id !== null && !seen.has(id)) batch.push({ t: 'annotation-deleted', id, at: startedAt });
    }
  }
  await flush();
  return changed;
}
