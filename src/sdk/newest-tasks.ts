// The labelled tasks that were annotated last, where a setting bounds how many are learnt from. They are read as a stream, of
// which never more than twice the bound are held.
import { annotationTime } from '../labelstudio/annotation-time.ts';
import { isObject, type Task } from '../labelstudio/types.ts';

export interface NewestTasks {
  /** In the order in which they came. */
  kept: Task[];
  dropped: number;
}

interface Dated {
  readonly task: Task;
  readonly time: string;
}

/** `most` null keeps all. */
export async function newestTasks(
  tasks: AsyncIterable<Task> | Iterable<Task>,
  most: number | null,
): Promise<NewestTasks> {
  const held: Dated[] = [];
  let dropped = 0;
  const cut = (limit: number) => {
    if (held.length <= limit) return;
    dropped += held.length - limit;
    const newest = new Set([...held].sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0)).slice(0, limit));
    held.splice(0, held.length, ...held.filter((one) => newest.has(one)));
  };
  for await (const task of tasks) {
    held.push({ task, time: most === null ? '' : lastAnnotated(task) });
    if (most !== null && held.length >= 2 * most) cut(most);
  }
  if (most !== null) cut(most);
  return { kept: held.map(({ task }) => task), dropped };
}

function lastAnnotated({ annotations, completions }: Task): string {
  const given: unknown = annotations ?? completions;
  let last = '';
  for (const annotation of Array.isArray(given) ? given : []) {
    const time = isObject(annotation) ? annotationTime(annotation) : '';
    if (time > last) last = time;
  }
  return last;
}
