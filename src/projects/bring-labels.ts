// Before a training: the labels as Label Studio has them. What webhooks missed is made up for, and what was deleted
// meanwhile goes; events that arrive while it is read are newer, and stay.
import { messageOf, SparrowError } from '../errors.ts';
import { draftOf, type Journal } from '../store/journal.ts';
import type { Clock } from '../training/clock.ts';
import type { Job } from '../training/job.ts';
import type { ConfigReadings } from './config-readings.ts';
import type { DiskWatch } from './disk-watch.ts';
import { type LabelSource, numberOf } from './label-source.ts';
import { readLabels } from './label-sync.ts';
import type { Project } from './project.ts';
import { secondOf } from './project-ref.ts';
import { TaskDraft } from './task-draft.ts';

export interface BringParts {
  journal: Journal;
  readings: ConfigReadings;
  disk: DiskWatch;
  clock: Clock;
  /** One line about what was read, or why it waits. */
  note(message: string): void;
}

/** Read all labels of the project; they count when this resolves. Throws where they could not be had whole. */
export async function bringLabels(
  project: Project,
  source: LabelSource,
  job: Job,
  signal: AbortSignal,
  parts: BringParts,
): Promise<void> {
  const { journal, disk, clock, note } = parts;
  const number = numberOf(project.key);
  if (number === null)
    throw new SparrowError('BAD_INPUT', `Label Studio has no project ${JSON.stringify(project.key)}.`);
  const onProgress = (done: number, total: number) => {
    job.progress = { phase: 'read from Label Studio', done, total };
  };
  onProgress(0, 1);
  await describeAsThere(project, source, number, signal, parts);
  const draft = new TaskDraft(await disk.write(() => draftOf(journal, project.key)));
  try {
    const onWait = (why: string) => note(`Reading the labels waits: ${why}`);
    await readLabels(number, draft, { source, clock, signal, onProgress, onWait });
    signal.throwIfAborted();
    const { forTraining } = await disk.write(() => draft.commit(project.key));
    if (forTraining > 0) project.revision++;
    const change = forTraining > 0 ? 'they are not what was known before' : 'nothing in them is new';
    note(`Read ${draft.annotations} annotations of ${draft.tasks} tasks from Label Studio; ${change}.`);
  } finally {
    await draft.abandon();
  }
  await project.noteSync(new Date(clock.now()).toISOString());
}

/** The project as it is in Label Studio; it must be the one that connected, and not another one of the same number. */
async function describeAsThere(
  project: Project,
  source: LabelSource,
  number: string,
  signal: AbortSignal,
  { readings, disk }: BringParts,
): Promise<void> {
  const there = await source.project(number, { signal }).catch((error: unknown) => {
    const isGone = error instanceof SparrowError && error.code === 'NOT_FOUND' && project.syncedAt !== null;
    throw isGone ? new SparrowError('GONE', `The project was deleted in Label Studio: ${messageOf(error)}`) : error;
  });
  const second = secondOf({ created_at: there.createdAt });
  if (second !== null && project.createdAt !== null && second !== project.createdAt) {
    throw new SparrowError(
      'CONFLICT',
      `Project ${number} of the Label Studio at LABEL_STUDIO_URL is another one than the project ${number} that is ` +
        'connected: its labels are left alone.',
    );
  }
  const isReadable = there.labelConfig.trim() !== '' && readings.of(there.labelConfig).isServable;
  const labelConfig = isReadable ? there.labelConfig : null;
  await disk.write(() => project.describe({ title: there.title, labelConfig }));
}
