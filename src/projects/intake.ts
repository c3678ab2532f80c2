// What Label Studio tells about tasks and annotations, on its way into the journal: kept first, then, when it changes
// what a training would learn, trained on.
import { messageOf } from '../errors.ts';
import type { Task } from '../labelstudio/types.ts';
import type { Journal, JournalRecord } from '../store/journal.ts';
import type { Job } from '../training/job.ts';
import { verdictOn } from './acceptance.ts';
import type { ConfigReadings } from './config-readings.ts';
import type { DiskWatch } from './disk-watch.ts';
import { whyLeftOut } from './left-out.ts';
import type { Project } from './project.ts';
import { idOf, recordsOf } from './records.ts';
import type { Sources } from './sources.ts';
import type { Trainer } from './trainer.ts';

/** What became of something that Label Studio told us. */
export interface Outcome {
  /** Records that changed what is known. */
  changed: number;
  job: Job | null;
  /** Why nothing was done, or no training follows. */
  why: string | null;
  /** Annotations that were made on a prediction, and the ones that left it as it was. */
  judged?: number;
  accepted?: number;
}

export interface IntakeOptions {
  journal: Journal;
  sources: Sources;
  disk: DiskWatch;
  trainings: Pick<Trainer, 'changed'>;
  readings: ConfigReadings;
  /** The setting of whose word counts. */
  agreement: unknown;
  /** Annotations began to wait for the text of their task, or have got it. */
  onWaiting?(project: Project): void;
  log(project: string, message: string): void;
}

export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Annotations that came, were changed, or were skipped; kept before this resolves. */
  async annotated(project: Project, tasks: readonly Task[]): Promise<Outcome> {
    project.webhookAt = new Date().toISOString();
    const { records, waiting, withoutId } = recordsOf(tasks);
    for (const id of waiting) project.waitingTasks.add(id);
    if (waiting.length > 0) this.#options.onWaiting?.(project);
    if (!records.some(({ t }) => t === 'annotation')) {
      const why = withoutId > 0 ? 'its annotations have no id' : 'it has no annotation';
      return { changed: 0, job: null, why };
    }
    const outcome = { ...(await this.#remember(project, records, 'changed annotations')), ...judgedIn(tasks) };
    if (waiting.length === 0)
      return { ...outcome, why: outcome.changed > 0 ? this.#why(project, tasks, outcome) : outcome.why };
    void this.#fetchTexts(project, waiting);
    return { ...outcome, why: outcome.why ?? 'the text of its task did not come with it and is waited for' };
  }

  /** Being left out says more than what follows for the next training. */
  #why(project: Project, tasks: readonly Task[], outcome: Outcome): string | null {
    const { readings, agreement } = this.#options;
    const { labelConfig } = project;
    return whyLeftOut(tasks, labelConfig === null ? null : readings.of(labelConfig), agreement) ?? outcome.why;
  }

  async annotationsDeleted(project: Project, ids: readonly (string | number)[]): Promise<Outcome> {
    project.webhookAt = new Date().toISOString();
    // These events bear no time of their own; now is later than whatever they delete.
    const at = new Date().toISOString();
    const records = knownIds(ids).map((id): JournalRecord => ({ t: 'annotation-deleted', id, at }));
    return this.#remember(project, records, 'deleted annotations');
  }

  async tasksDeleted(project: Project, ids: readonly (string | number)[]): Promise<Outcome> {
    const records = knownIds(ids).map((id): JournalRecord => ({ t: 'task-deleted', id }));
    return this.#remember(project, records, 'deleted tasks');
  }

  /** Texts for annotations that came without. */
  async bringTexts(project: Project, tasks: readonly Task[]): Promise<Outcome> {
    const records = tasks.flatMap((task): JournalRecord[] => {
      const id = idOf(task.id);
      const isWanted = id !== null && project.waitingTasks.has(id) && task.data !== null && task.data !== undefined;
      return isWanted ? [{ t: 'task', id, data: task.data }] : [];
    });
    if (records.length === 0) return { changed: 0, job: null, why: 'no annotation waits for these texts' };
    const outcome = await this.#remember(project, records, 'texts of annotations came');
    for (const record of records) if (record.t === 'task') project.waitingTasks.delete(record.id);
    this.#options.onWaiting?.(project);
    return outcome;
  }

  /** Into the journal first; then a training, when enough has changed. */
  async #remember(project: Project, records: readonly JournalRecord[], reason: string): Promise<Outcome> {
    if (records.length === 0) return { changed: 0, job: null, why: 'it names none' };
    const { journal, disk, trainings } = this.#options;
    const { changed, forTraining } = await disk.write(() => journal.append(project.key, records));
    if (forTraining === 0) {
      return { changed, job: null, why: changed === 0 ? 'it is known already' : 'it does not change the training set' };
    }
    return { changed, ...(await trainings.changed(project, forTraining, reason)) };
  }

  /** Ask Label Studio for texts that did not come; where that fails, a later request may still bring them. */
  async #fetchTexts(project: Project, ids: readonly string[]): Promise<void> {
    const { sources, log } = this.#options;
    const source = sources.of(project);
    if (!source) return;
    try {
      for (const id of ids) await this.bringTexts(project, [await source.task(id)]);
    } catch (error) {
      log(project.key, `A task’s text could not be read from Label Studio: ${messageOf(error)}`);
    }
  }
}

function judgedIn(tasks: readonly Task[]): { judged: number; accepted: number } {
  const verdicts = tasks.flatMap(({ annotations }) => (annotations ?? []).map(verdictOn));
  const judged = verdicts.filter((verdict) => verdict !== null);
  return { judged: judged.length, accepted: judged.filter(Boolean).length };
}

function knownIds(ids: readonly (string | number)[]): string[] {
  return ids.flatMap((id) => idOf(id) ?? []);
}
