// What Label Studio told us, as records whose order and repetition do not matter: of two about one annotation the later
// `at` wins, a deletion is remembered, a deleted task stays deleted. The rules are here, once, for every journal; the
// state they build holds ids, times and flags, and no text.
import { checksumOf, encodeLine } from './journal-line.ts';

export type JournalRecord =
  | { t: 'task'; id: string; data: unknown }
  /** `at` is the annotation's updated_at; one that cannot be read counts as the earliest. */
  | { t: 'annotation'; id: string; task: string; at: string; body: unknown }
  | { t: 'annotation-deleted'; id: string; at: string }
  | { t: 'task-deleted'; id: string }
  /** Everything before it no longer counts. Put it and what follows it in one `append`: that is kept whole or not at all. */
  | { t: 'reset' };

export interface LabelledTask {
  id: string;
  /** Null when the task itself never arrived. */
  data: unknown;
  annotations: unknown[];
}

export interface Appended {
  /** Records that altered the state; repeated and late ones do not. */
  changed: number;
  /** Of these, the ones that altered what a training would read: a skipped annotation or an unlabelled task does not. */
  forTraining: number;
}

/** A new content for one project, kept as it comes: nothing of it counts before the commit, and then all of it. */
export interface JournalDraft {
  add(records: readonly JournalRecord[]): Promise<void>;
  /** Durable when it resolves, as an append that begins with a reset. */
  commit(project: string): Promise<Appended>;
  /** Throws it away; it was never there. Does nothing after a commit. */
  abandon(): Promise<void>;
}

export interface Journal {
  /** Durable when it resolves, all of it or (after a crash) none. BUSY when too much waits to be written. */
  append(project: string, records: readonly JournalRecord[]): Promise<Appended>;
  /**
   * Begins a new content for a project, in place of all that is known now; what is appended from now on is kept on top of
   * it. Without the project, which may be told only at the end, what is appended before the commit is replaced as well.
   * A journal without drafts of its own is given one by `draftOf`.
   */
  draft?(project?: string): Promise<JournalDraft>;
  /** Live annotations (not deleted, not cancelled, with a result), and the tasks that have one. */
  counts(project: string): Promise<{ tasks: number; annotations: number }>;
  /** The tasks with a live annotation, in the order first seen, as they are when the reading begins. */
  tasks(project: string): AsyncIterable<LabelledTask>;
  deleteProject(project: string): Promise<void>;
  close(): Promise<void>;
}

/** A draft of the journal's own making or, where it has none, one that is gathered in memory. */
export async function draftOf(journal: Journal, project?: string): Promise<JournalDraft> {
  if (journal.draft) return journal.draft(project);
  const gathered: JournalRecord[] = [{ t: 'reset' }];
  return {
    add: async (records) => {
      for (const record of records) gathered.push(record);
    },
    commit: (to) => journal.append(to, gathered),
    abandon: async () => void gathered.splice(0),
  };
}

/** What a commit tells: for a training, the same again is no change. */
export function replaced(before: number, after: number, changed: number): Appended {
  return { changed, forTraining: before === after ? 0 : Math.max(1, changed) };
}

/** Where a record lies (a journal's own affair), how long its line is, and the checksum of its JSON. */
export interface Line {
  place: number;
  bytes: number;
  sum: number;
}

/** `line` is the last record that still says something about the entry. */
interface TaskEntry {
  id: string;
  line: Line | null;
  isDeleted: boolean;
  annotations: AnnotationEntry[];
  liveAnnotations: number;
}

interface AnnotationEntry {
  id: string;
  at: number;
  /** Checksum of what counts for training, to tell a changed label from a touched annotation. */
  sum: number;
  isLive: boolean;
  isDeleted: boolean;
  task: TaskEntry | null;
  line: Line;
}

export interface JournalState {
  tasks: Map<string, TaskEntry>;
  annotations: Map<string, AnnotationEntry>;
  liveTasks: number;
  liveAnnotations: number;
  /** Length of all the lines that still count. */
  bytes: number;
}

/** What a record did: nothing; something to remember; something that a training sees. */
export type Effect = 'none' | 'kept' | 'training';

export function emptyState(): JournalState {
  return {
    tasks: new Map(),
    annotations: new Map(),
    liveTasks: 0,
    liveAnnotations: 0,
    bytes: 0,
  };
}

/** Applies one record to the state. */
export function apply(state: JournalState, record: JournalRecord, line: Line = lineOf(record)): Effect {
  switch (record.t) {
    case 'task':
      return applyTask(state, record.id, line);
    case 'annotation':
      return applyAnnotation(state, record, line);
    case 'annotation-deleted':
      return applyDeletion(state, record.id, instantOf(record.at), line);
    case 'task-deleted':
      return applyTaskDeletion(state, record.id, line);
    case 'reset':
      return applyReset(state);
  }
}

/** The line that a record would have, at no place. */
function lineOf(record: JournalRecord): Line {
  const { bytes, sum } = encodeLine(record);
  return { place: -1, bytes: bytes.length, sum };
}

function applyTask(state: JournalState, id: string, line: Line): Effect {
  const task = taskOf(state, id);
  const known = task.line;
  if (task.isDeleted || (known && known.sum === line.sum && known.bytes === line.bytes)) return 'none';
  state.bytes += line.bytes - (known?.bytes ?? 0);
  task.line = line;
  return task.liveAnnotations > 0 ? 'training' : 'kept';
}

function applyAnnotation(
  state: JournalState,
  record: { id: string; task: string; at: string; body: unknown },
  line: Line,
): Effect {
  const task = state.tasks.get(record.task);
  if (task?.isDeleted) return 'none';
  const at = instantOf(record.at);
  const sum = trainingSumOf(record.body);
  const known = state.annotations.get(record.id);
  // Equal times with different labels: the greater checksum wins, so that the order of arrival does not decide.
  const isLater = !known || at > known.at || (at === known.at && !known.isDeleted && sum > known.sum);
  if (!isLater) return 'none';
  const isLive = isLearnable(record.body);
  const isSame = known?.isLive === isLive && known.sum === sum && known.task?.id === record.task;
  const wasLive = known?.isLive ?? false;
  const entry = known ?? {
    id: record.id,
    at,
    sum,
    isLive: false,
    isDeleted: false,
    task: null,
    line,
  };
  setLive(state, entry, false);
  if (entry.task?.id !== record.task) moveTo(entry, taskOf(state, record.task));
  state.annotations.set(record.id, entry);
  state.bytes += line.bytes - (known?.line.bytes ?? 0);
  Object.assign(entry, { at, sum, isDeleted: false, line });
  setLive(state, entry, isLive);
  return (isLive || wasLive) && !isSame ? 'training' : 'kept';
}

function applyDeletion(state: JournalState, id: string, at: number, line: Line): Effect {
  const known = state.annotations.get(id);
  if (known && (at < known.at || (at === known.at && known.isDeleted))) return 'none';
  const wasLive = known?.isLive ?? false;
  const entry = known ?? {
    id,
    at,
    sum: 0,
    isLive: false,
    isDeleted: true,
    task: null,
    line,
  };
  setLive(state, entry, false);
  moveTo(entry, null);
  state.annotations.set(id, entry);
  state.bytes += line.bytes - (known?.line.bytes ?? 0);
  Object.assign(entry, { at, sum: 0, isDeleted: true, line });
  return wasLive ? 'training' : 'kept';
}

/** Task ids are not given twice, so a deletion is final until the next reset, and takes the annotations with it. */
function applyTaskDeletion(state: JournalState, id: string, line: Line): Effect {
  const task = taskOf(state, id);
  if (task.isDeleted) return 'none';
  const wasLive = task.liveAnnotations > 0;
  for (const entry of task.annotations) {
    setLive(state, entry, false);
    state.annotations.delete(entry.id);
    state.bytes -= entry.line.bytes;
  }
  state.bytes += line.bytes - (task.line?.bytes ?? 0);
  Object.assign(task, { annotations: [], isDeleted: true, line });
  return wasLive ? 'training' : 'kept';
}

function applyReset(state: JournalState): Effect {
  const effect =
    state.liveAnnotations > 0 ? 'training' : state.tasks.size + state.annotations.size > 0 ? 'kept' : 'none';
  Object.assign(state, emptyState());
  return effect;
}

function taskOf(state: JournalState, id: string): TaskEntry {
  const known = state.tasks.get(id);
  if (known) return known;
  const task = {
    id,
    line: null,
    isDeleted: false,
    annotations: [],
    liveAnnotations: 0,
  };
  state.tasks.set(id, task);
  return task;
}

/** Hangs a dead entry under another task, or under none. */
function moveTo(entry: AnnotationEntry, task: TaskEntry | null): void {
  if (entry.task) entry.task.annotations = entry.task.annotations.filter((other) => other !== entry);
  if (task) task.annotations = [...task.annotations, entry]; // `push` would make room for sixteen more
  entry.task = task;
}

function setLive(state: JournalState, entry: AnnotationEntry, isLive: boolean): void {
  if (entry.isLive === isLive) return;
  const step = isLive ? 1 : -1;
  entry.isLive = isLive;
  state.liveAnnotations += step;
  if (!entry.task) return;
  entry.task.liveAnnotations += step;
  if (entry.task.liveAnnotations === (isLive ? 1 : 0)) state.liveTasks += step;
}

/** What an annotation must have to be learnt from. */
function isLearnable(body: unknown): boolean {
  const { result, was_cancelled, skipped } = (body ?? {}) as {
    [key: string]: unknown;
  };
  return Array.isArray(result) && result.length > 0 && !was_cancelled && !skipped;
}

function trainingSumOf(body: unknown): number {
  const { result, was_cancelled, skipped, ground_truth } = (body ?? {}) as {
    [key: string]: unknown;
  };
  return checksumOf(Buffer.from(JSON.stringify([result, !!was_cancelled, !!skipped, !!ground_truth])));
}

const timePattern = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?\s*(Z|[+-]\d\d:?\d\d)?$/i;

/** Microseconds since 1970; times without a zone are UTC. `Date` alone would drop Label Studio's last three digits. */
function instantOf(time: string): number {
  const match = timePattern.exec(time);
  if (!match) return Number.NEGATIVE_INFINITY;
  const [, date, clock, fraction = '', zone = 'Z'] = match;
  const ms = Date.parse(`${date}T${clock}${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase()}`);
  return Number.isNaN(ms) ? Number.NEGATIVE_INFINITY : ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** A number that is equal for two states a training would read the same from, whatever the order of arrival. */
export function fingerprintOf(state: JournalState): number {
  let sum = state.liveAnnotations;
  for (const { task, isLive, sum: label } of state.annotations.values()) {
    if (!isLive) continue;
    // The task's checksum covers its id. Multiplying by odd constants keeps pairs that exchange parts apart.
    const pair = Math.imul(label, 0x9e3779b1) ^ Math.imul(task?.line?.sum ?? 0, 0x85ebca6b);
    sum = (sum + Math.imul(pair ^ (pair >>> 15), 0xc2b2ae35)) >>> 0;
  }
  return sum;
}
