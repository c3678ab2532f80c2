// Labelled tasks out of a journal file, one at a time: first a plan of places taken from the state, then reading by it.
// The plan holds numbers only, so the texts of a large project are never in memory together.
import type { OpenFile } from './files.ts';
import type { JournalRecord, JournalState, LabelledTask } from './journal.ts';
import { decodeLine } from './journal-line.ts';
import { PlaceReader } from './line-reader.ts';

/** For each task: place and length of its line (length 0: none), then how many annotations, and place and length of each. */
export type TaskPlan = number[];

/** Where to find each task with a live annotation. Numbers are copied: lines move when the file is written anew. */
export function planTasks(state: JournalState): TaskPlan {
  const plan: TaskPlan = [];
  for (const { line, annotations, liveAnnotations } of state.tasks.values()) {
    if (liveAnnotations === 0) continue;
    plan.push(line?.place ?? 0, line?.bytes ?? 0, liveAnnotations);
    for (const { isLive, line } of annotations) if (isLive) plan.push(line.place, line.bytes);
  }
  return plan;
}

/** A record that has become unreadable since the plan was made is left out with a warning. */
export async function* readTasks(
  file: OpenFile,
  plan: TaskPlan,
  warn: (message: string) => void,
): AsyncGenerator<LabelledTask> {
  const reader = new PlaceReader(file);
  let i = 0;
  const nextRecord = async (): Promise<JournalRecord | null> => {
    const place = plan[i++]!;
    const bytes = plan[i++]!;
    if (bytes === 0) return null;
    const line = decodeLine((await reader.read(place, bytes)).subarray(0, -1));
    if (!line) warn(`the record at byte ${place} is damaged and is left out.`);
    return (line?.record as JournalRecord | undefined) ?? null;
  };
  while (i < plan.length) {
    const task = await nextRecord();
    let id = '';
    const bodies: unknown[] = [];
    for (let left = plan[i++]!; left > 0; left--) {
      const record = await nextRecord();
      if (record?.t !== 'annotation') continue;
      id = record.task;
      bodies.push(record.body);
    }
    if (bodies.length > 0) yield { id, data: task?.t === 'task' ? (task.data ?? null) : null, annotations: bodies };
  }
}
