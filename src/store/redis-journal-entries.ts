// The state of one project's journal as Redis holds it: an entry for each task and annotation, so that an append reads and
// writes the few it is about. The rules are not here: what is read is made a small `JournalState`, `apply` does its work on
// it, and what has changed is written back.
//
//   sparrow:journal:<name>            hash: gen, lastGen, rev, seq, order, tasks, annotations, changes
//   sparrow:journal:<name>:<gen>:tasks         hash: id → [order, place, bytes, sum, isDeleted, live, [annotation ids]]
//   sparrow:journal:<name>:<gen>:annotations   hash: id → [at, sum, isLive, isDeleted, task, place, bytes, line's sum]
//   sparrow:journal:<name>:<gen>:lines         hash: place → line, as journal-line.ts has it
//   sparrow:journal:<name>:<gen>:dead          zset: place of a line that counts no more, by the second it ceased to
//
// `rev` grows with every write and is what a write is compared with; a new content begins a new generation, and whoever reads
// the old one has an hour to finish. A place is given once in a generation, to deletions too, which have no line: so it tells
// what is newer. Ids stand as JSON texts, which keep every string apart.
import { emptyState, type JournalRecord, type JournalState, type Line } from './journal.ts';

type TaskEntry = JournalState['tasks'] extends Map<string, infer Entry> ? Entry : never;
type AnnotationEntry = JournalState['annotations'] extends Map<string, infer Entry> ? Entry : never;

/** The counters of a project. */
export interface Head {
  gen: number;
  rev: number;
  /** The next line's place. */
  seq: number;
  /** The next task's place in the order first seen. */
  order: number;
  tasks: number;
  annotations: number;
  /** How many records ever changed what a training would read. */
  changes: number;
}

export function emptyHead(): Head {
  return { gen: 0, rev: 0, seq: 0, order: 0, tasks: 0, annotations: 0, changes: 0 };
}

export function readHead(hash: { [field: string]: string }): Head {
  const value = (name: string) => Number(hash[name] ?? 0);
  return {
    gen: value('gen'),
    rev: value('rev'),
    seq: value('seq'),
    order: value('order'),
    tasks: value('tasks'),
    annotations: value('annotations'),
    changes: value('changes'),
  };
}

export function fieldOf(id: string): string {
  return JSON.stringify(id);
}

export function idOf(field: string): string {
  return JSON.parse(field) as string;
}

/** Which entries a batch of records is about. */
export function namedIn(records: Iterable<JournalRecord>): { tasks: Set<string>; annotations: Set<string> } {
  const tasks = new Set<string>();
  const annotations = new Set<string>();
  for (const record of records) {
    if (record.t === 'task' || record.t === 'task-deleted') tasks.add(record.id);
    else if (record.t !== 'reset') annotations.add(record.id);
    if (record.t === 'annotation') tasks.add(record.task);
  }
  return { tasks, annotations };
}

interface StoredTask {
  text: string;
  order: number;
  place: number;
}

interface StoredAnnotation {
  text: string;
  place: number;
}

/** What has to be written after records were applied. */
export interface Changes {
  head: { [field: string]: string };
  tasks: [field: string, text: string][];
  annotations: [field: string, text: string][];
  goneAnnotations: string[];
  /** Places of the lines that count from now on, and of those that do no more. */
  newPlaces: Set<number>;
  deadPlaces: number[];
}

/** Some entries of a project, and the state made of them. */
export class Entries {
  readonly state: JournalState;
  readonly head: Head;
  readonly #tasks = new Map<string, StoredTask>();
  readonly #annotations = new Map<string, StoredAnnotation>();
  /** Task → ids of its annotations, of which only the loaded ones are entries. */
  readonly #lists = new Map<string, readonly string[]>();

  constructor(head: Head) {
    this.head = head;
    this.state = { ...emptyState(), liveTasks: head.tasks, liveAnnotations: head.annotations };
  }

  /** Takes entries in; `null` for one that is not there. */
  add(
    tasks: Iterable<[id: string, text: string | null]>,
    annotations: Iterable<[id: string, text: string | null]>,
  ): void {
    for (const [id, text] of tasks) if (text !== null) this.#addTask(id, text);
    for (const [id, text] of annotations) if (text !== null) this.#addAnnotation(id, text);
  }

  /** Entries that the records touch through others: the task an annotation hung under, the annotations of a deleted task. */
  missing(records: Iterable<JournalRecord>): { tasks: Set<string>; annotations: Set<string> } {
    const tasks = new Set<string>();
    const annotations = new Set<string>();
    for (const { text } of this.#annotations.values()) {
      const task = (JSON.parse(text) as unknown[])[4];
      if (typeof task === 'string' && !this.#tasks.has(task)) tasks.add(task);
    }
    for (const record of records) {
      if (record.t !== 'task-deleted') continue;
      for (const id of this.#lists.get(record.id) ?? []) if (!this.#annotations.has(id)) annotations.add(id);
    }
    return { tasks, annotations };
  }

  /** What came at a place from `from` on, in its order: a record, or the place of the line that holds it. */
  since(from: number): { place: number; record: JournalRecord | null }[] {
    const found: { place: number; record: JournalRecord | null }[] = [];
    for (const { id, line, isDeleted } of this.state.tasks.values()) {
      if (!line || line.place < from) continue;
      found.push({ place: line.place, record: isDeleted ? { t: 'task-deleted', id } : null });
    }
    for (const { id, at, line, isDeleted } of this.state.annotations.values()) {
      if (line.place < from) continue;
      found.push({ place: line.place, record: isDeleted ? { t: 'annotation-deleted', id, at: timeOf(at) } : null });
    }
    return found.sort((a, b) => a.place - b.place);
  }

  /** Ties tasks and annotations together; once, when all are there. */
  link(): void {
    for (const [id, task] of this.state.tasks) {
      const list = this.#lists.get(id) ?? [];
      task.annotations = list.map((one) => this.state.annotations.get(one) ?? unloaded(one, task));
    }
    for (const [id, { text }] of this.#annotations) {
      const task = (JSON.parse(text) as unknown[])[4];
      const entry = this.state.annotations.get(id)!;
      entry.task = typeof task === 'string' ? (this.state.tasks.get(task) ?? null) : null;
    }
  }

  /** What `apply` has changed; `training` is how many records changed what a training reads. */
  changes(training: number): Changes {
    const { state, head } = this;
    const changes: Changes = {
      head: {},
      tasks: [],
      annotations: [],
      goneAnnotations: [],
      newPlaces: new Set(),
      deadPlaces: [],
    };
    let { order } = head;
    for (const [id, task] of state.tasks) {
      const stored = this.#tasks.get(id);
      const text = taskText(task, stored?.order ?? order);
      if (!stored) order++;
      if (text === stored?.text) continue;
      changes.tasks.push([fieldOf(id), text]);
      notePlaces(changes, stored?.place ?? -1, task.isDeleted ? -1 : (task.line?.place ?? -1));
    }
    for (const [id, entry] of state.annotations) {
      const stored = this.#annotations.get(id);
      const text = annotationText(entry);
      if (text === stored?.text) continue;
      changes.annotations.push([fieldOf(id), text]);
      notePlaces(changes, stored?.place ?? -1, entry.isDeleted ? -1 : entry.line.place);
    }
    for (const [id, { place }] of this.#annotations) {
      if (state.annotations.has(id)) continue;
      changes.goneAnnotations.push(fieldOf(id));
      notePlaces(changes, place, -1);
    }
    changes.head = {
      order: String(order),
      tasks: String(state.liveTasks),
      annotations: String(state.liveAnnotations),
      changes: String(head.changes + training),
    };
    return changes;
  }

  /** What `changes` told is written: from here on it tells what has changed since. */
  written(): void {
    let { order } = this.head;
    for (const [id, task] of this.state.tasks) {
      const mine = this.#tasks.get(id)?.order ?? order++;
      const place = task.isDeleted ? -1 : (task.line?.place ?? -1);
      this.#tasks.set(id, { text: taskText(task, mine), order: mine, place });
    }
    this.#annotations.clear();
    for (const [id, entry] of this.state.annotations) {
      this.#annotations.set(id, { text: annotationText(entry), place: entry.isDeleted ? -1 : entry.line.place });
    }
    this.head.order = order;
  }

  #addTask(id: string, text: string): void {
    if (this.#tasks.has(id)) return;
    const [order, place, bytes, sum, isDeleted, live, list] = JSON.parse(text) as StoredTaskTuple;
    this.#tasks.set(id, { text, order, place: isDeleted === 1 ? -1 : place });
    this.#lists.set(id, list);
    const line = place < 0 ? null : { place, bytes, sum };
    const entry: TaskEntry = { id, line, isDeleted: isDeleted === 1, annotations: [], liveAnnotations: live };
    this.state.tasks.set(id, entry);
  }

  #addAnnotation(id: string, text: string): void {
    if (this.#annotations.has(id)) return;
    const [at, sum, isLive, isDeleted, , place, bytes, lineSum] = JSON.parse(text) as StoredAnnotationTuple;
    this.#annotations.set(id, { text, place: isDeleted === 1 ? -1 : place });
    this.state.annotations.set(id, {
      id,
      at: at ?? Number.NEGATIVE_INFINITY,
      sum,
      isLive: isLive === 1,
      isDeleted: isDeleted === 1,
      task: null,
      line: { place, bytes, sum: lineSum },
    });
  }
}

type StoredTaskTuple = [number, number, number, number, 0 | 1, number, string[]];
type StoredAnnotationTuple = [number | null, number, 0 | 1, 0 | 1, string | null, number, number, number];

function taskText({ line, isDeleted, liveAnnotations, annotations }: TaskEntry, order: number): string {
  const { place, bytes, sum } = line ?? nowhere;
  const list = annotations.map(({ id }) => id);
  const tuple: StoredTaskTuple = [order, place, bytes, sum, isDeleted ? 1 : 0, liveAnnotations, list];
  return JSON.stringify(tuple);
}

function annotationText({ at, sum, isLive, isDeleted, task, line }: AnnotationEntry): string {
  const time = Number.isFinite(at) ? at : null;
  const tuple: StoredAnnotationTuple = [
    time,
    sum,
    isLive ? 1 : 0,
    isDeleted ? 1 : 0,
    task?.id ?? null,
    line.place,
    line.bytes,
    line.sum,
  ];
  return JSON.stringify(tuple);
}

function notePlaces(changes: Changes, before: number, after: number): void {
  if (before === after) return;
  if (before >= 0) changes.deadPlaces.push(before);
  if (after >= 0) changes.newPlaces.add(after);
}

const nowhere: Line = { place: -1, bytes: 0, sum: 0 };

/** A time as `at` has it: microseconds since 1970, or what nobody could read. */
function timeOf(at: number): string {
  if (!Number.isFinite(at)) return '';
  const text = new Date(Math.floor(at / 1000)).toISOString();
  return `${text.slice(0, -1)}${String(at % 1000).padStart(3, '0')}Z`;
}

/** Keeps an annotation's place in its task's list while nothing is about it. */
function unloaded(id: string, task: TaskEntry): AnnotationEntry {
  return { id, at: 0, sum: 0, isLive: false, isDeleted: false, task, line: nowhere };
}

/** Where the lines of each task with a live annotation are, in the order first seen. */
export interface PlannedTask {
  id: string;
  place: number;
  annotations: number[];
}

/** Makes the reading plan from all entries of a project. */
export function planReading(
  tasks: { [field: string]: string },
  annotations: { [field: string]: string },
): PlannedTask[] {
  const planned: (PlannedTask & { order: number })[] = [];
  for (const [field, text] of Object.entries(tasks)) {
    const [order, place, , , , live, list] = JSON.parse(text) as StoredTaskTuple;
    if (live === 0) continue;
    const places = list.flatMap((id) => {
      const entry = annotations[fieldOf(id)];
      const [, , isLive, , , linePlace] = JSON.parse(entry ?? '[]') as StoredAnnotationTuple;
      return isLive === 1 ? [linePlace] : [];
    });
    planned.push({ id: idOf(field), place, annotations: places, order });
  }
  return planned.sort((a, b) => a.order - b.order);
}
