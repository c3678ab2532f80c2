// What of Label Studio's tasks and annotations goes into the journal: what a training reads, what the reports may ask
// later, and nothing else. People's names and addresses, tokens and old predictions stay out.
import { annotationTime } from '../labelstudio/annotation-time.ts';
import { type Annotation, isObject, type Task } from '../labelstudio/types.ts';
import type { JournalRecord } from '../store/journal.ts';

export interface TaskRecords {
  records: JournalRecord[];
  /** Tasks whose annotation is kept but whose text did not come with it. */
  waiting: string[];
  /** Annotations that bear no id, so that nobody could ever update or delete them. */
  withoutId: number;
}

export interface RecordOptions {
  /** Give ids to what has none, by its place in the list: for a list that replaces everything before it. */
  inventIds?: boolean;
  /** Places of the list that came before these tasks. */
  placesBefore?: number;
}

/** Each task with its annotations (`completions` in the tutorial's time). */
export function recordsOf(tasks: Iterable<Task>, options: RecordOptions = {}): TaskRecords {
  const { inventIds = false, placesBefore = 0 } = options;
  const found: TaskRecords = { records: [], waiting: [], withoutId: 0 };
  let place = placesBefore;
  for (const task of tasks) {
    place++;
    if (!isObject(task)) continue;
    const annotations = [task.annotations, task.completions].flatMap((list) => (Array.isArray(list) ? list : []));
    const first: unknown = annotations.find((annotation) => isObject(annotation));
    const id = idOf(task.id) ?? idOf(isObject(first) ? first.task : undefined) ?? (inventIds ? `#${place}` : null);
    if (id === null) {
      found.withoutId += annotations.length;
      continue;
    }
    const hasData = task.data !== undefined && task.data !== null;
    if (hasData) found.records.push({ t: 'task', id, data: task.data });
    else found.waiting.push(id);
    for (const [n, annotation] of annotations.entries()) {
      if (!isObject(annotation)) continue;
      const annotationId = idOf(annotation.id) ?? (inventIds ? `${id}#${n}` : null);
      if (annotationId === null) found.withoutId++;
      else found.records.push(annotationRecord(annotationId, id, annotation));
    }
  }
  return found;
}

function annotationRecord(id: string, task: string, annotation: Annotation): JournalRecord {
  return { t: 'annotation', id, task, at: annotationTime(annotation), body: keptOf(annotation) };
}

/** An id as the journal has it: Label Studio sends numbers, but nothing says it must. */
export function idOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' && value.length <= 100 ? value : null;
}

const keptKeys = [
  'id',
  'result',
  'was_cancelled',
  'skipped',
  'ground_truth',
  'created_at',
  'updated_at',
  'lead_time',
  'parent_prediction',
] as const;

function keptOf(annotation: Annotation): { [key: string]: unknown } {
  const kept: { [key: string]: unknown } = {};
  for (const key of keptKeys) if (annotation[key] !== undefined) kept[key] = annotation[key];
  const { completed_by: who, prediction } = annotation;
  const annotator = isObject(who) ? who.id : who;
  if (typeof annotator === 'number') kept.completed_by = annotator;
  // What the annotator saw, for the rate of accepted predictions.
  if (isObject(prediction) && prediction.model_version !== undefined) {
    kept.prediction = { model_version: prediction.model_version, score: prediction.score, result: prediction.result };
  }
  return kept;
}
