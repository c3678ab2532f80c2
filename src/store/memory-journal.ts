// The journal in memory: for tests and for dry runs. Nothing is durable; the rules are those of every journal.
import {
  type Appended,
  apply,
  type Effect,
  emptyState,
  fingerprintOf,
  type Journal,
  type JournalDraft,
  type JournalRecord,
  type JournalState,
  type LabelledTask,
  replaced,
} from './journal.ts';
import { decodeLine, encodeLine } from './journal-line.ts';

interface Project {
  state: JournalState;
  /** Encoded as in a file, so that nobody can change a record after the fact; a line's place is its index. */
  lines: Buffer[];
}

export class MemoryJournal implements Journal {
  readonly #projects = new Map<string, Project>();

  async append(id: string, records: readonly JournalRecord[]): Promise<Appended> {
    const project = this.#project(id);
    const { state } = project;
    const before = records.some(({ t }) => t === 'reset') ? fingerprintOf(state) : null;
    const appended = { changed: 0, forTraining: 0 };
    for (const record of records) {
      const effect = put(project, record);
      if (effect === 'none') continue;
      appended.changed++;
      if (effect === 'training') appended.forTraining++;
    }
    return before !== null && before === fingerprintOf(state) ? { ...appended, forTraining: 0 } : appended;
  }

  async draft(project?: string): Promise<JournalDraft> {
    const from = project === undefined ? null : this.#project(project).lines.length;
    const draft: Project = { state: emptyState(), lines: [] };
    let changed = 0;
    return {
      add: async (records) => {
        for (const record of records) if (put(draft, record) !== 'none') changed++;
      },
      commit: async (to) => {
        const { state, lines } = this.#project(to);
        for (const line of lines.slice(from ?? lines.length)) put(draft, recordOf(line));
        this.#projects.set(to, draft);
        return replaced(fingerprintOf(state), fingerprintOf(draft.state), changed);
      },
      abandon: async () => {},
    };
  }

  async counts(project: string): Promise<{ tasks: number; annotations: number }> {
    const { liveTasks, liveAnnotations } = this.#project(project).state;
    return { tasks: liveTasks, annotations: liveAnnotations };
  }

  async *tasks(project: string): AsyncGenerator<LabelledTask> {
    const { state, lines } = this.#project(project);
    const tasks: LabelledTask[] = [];
    for (const { id, line, annotations, liveAnnotations } of state.tasks.values()) {
      if (liveAnnotations === 0) continue;
      const task = line ? recordOf<{ data: unknown }>(lines[line.place]!) : null;
      const live = annotations.filter(({ isLive }) => isLive);
      const bodies = live.map((annotation) => recordOf<{ body: unknown }>(lines[annotation.line.place]!).body);
      tasks.push({ id, data: task?.data ?? null, annotations: bodies });
    }
    yield* tasks;
  }

  async deleteProject(project: string): Promise<void> {
    this.#projects.delete(project);
  }

  async close(): Promise<void> {}

  #project(project: string): Project {
    const known = this.#projects.get(project) ?? { state: emptyState(), lines: [] };
    this.#projects.set(project, known);
    return known;
  }
}

function put({ state, lines }: Project, record: JournalRecord): Effect {
  const { bytes, sum } = encodeLine(record);
  const effect = apply(state, record, { place: lines.length, bytes: bytes.length, sum });
  if (effect !== 'none') lines.push(bytes);
  return effect;
}

function recordOf<T>(line: Buffer): T {
  return decodeLine(line.subarray(0, -1))?.record as T;
}
