// All labelled tasks of a project, written down while they come: nothing of them counts before the last one is there,
// and then they take the place of everything that was known.
import type { Task } from '../labelstudio/types.ts';
import type { Appended, JournalDraft } from '../store/journal.ts';
import { type RecordOptions, recordsOf } from './records.ts';

export class TaskDraft {
  readonly #draft: JournalDraft;
  readonly #options: RecordOptions;
  #tasks = 0;
  #annotations = 0;

  constructor(draft: JournalDraft, options: RecordOptions = {}) {
    this.#draft = draft;
    this.#options = options;
  }

  /** How many tasks came. */
  get tasks(): number {
    return this.#tasks;
  }

  /** How many annotations came with them. */
  get annotations(): number {
    return this.#annotations;
  }

  async add(tasks: readonly Task[]): Promise<void> {
    const { records } = recordsOf(tasks, { ...this.#options, placesBefore: this.#tasks });
    this.#tasks += tasks.length;
    for (const record of records) if (record.t === 'annotation') this.#annotations++;
    await this.#draft.add(records);
  }

  /** Let it count, for the project that it turns out to be of. */
  commit(project: string): Promise<Appended> {
    return this.#draft.commit(project);
  }

  /** Nobody wants it. Does nothing after a commit. */
  abandon(): Promise<void> {
    return this.#draft.abandon();
  }
}
