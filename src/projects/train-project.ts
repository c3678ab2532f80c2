// One training from start to finish: run it, keep the version, load it, and only then let it serve. A version that
// cannot be loaded, or that somebody's choice has overtaken, is kept but does not serve.
import { messageOf, SparrowError } from '../errors.ts';
import type { BackendSettings } from '../sdk/backend.ts';
import type { Journal, JournalRecord } from '../store/journal.ts';
import type { ModelStore, VersionRecord } from '../store/model-store.ts';
import type { Job, JobResult } from '../training/job.ts';
import type { TrainingResult, TrainingRunner } from '../training/runner.ts';
import type { DiskWatch } from './disk-watch.ts';
import { type LabelSource, numberOf, readLabels } from './label-source.ts';
import type { Project } from './project.ts';

export interface TrainParts {
  store: ModelStore;
  journal: Journal;
  source: LabelSource | null;
  runner: TrainingRunner;
  settings: BackendSettings;
  keptVersions: number;
  disk: DiskWatch;
  log(message: string): void;
}

export async function trainProject(
  project: Project,
  job: Job,
  signal: AbortSignal,
  parts: TrainParts,
): Promise<JobResult> {
  const before = project.lastJob;
  const isFromLabelStudio = project.wantsLabels && (await bringLabels(project, job, signal, parts));
  const { revision, labelConfig } = project;
  project.lastJob = { job, revision };
  project.updates = 0;
  try {
    if (labelConfig === null) {
      const why = 'There is nothing to train: no label config has come for this project yet.';
      throw new SparrowError('TOO_FEW_LABELS', why);
    }
    const isSame = isFromLabelStudio && before?.revision === revision && before.job.state === 'finished';
    const result = isSame
      ? { modelVersion: project.modelVersion, isCurrent: true, note: 'Nothing has changed since the last training.' }
      : await makeVersion(project, labelConfig, job, signal, parts);
    await afterwards(project, revision, parts);
    return { trainOutput: null, ...result };
  } catch (error) {
    // Trying again would end the same way until something changes.
    const isFinal = error instanceof SparrowError && (error.code === 'TOO_FEW_LABELS' || error.code === 'BAD_INPUT');
    if (isFinal && project.revision === revision) await project.setMark('none').catch(() => {});
    throw error;
  }
}

/** Read the labels from Label Studio first; where that fails, what webhooks brought must do. True when they were read. */
async function bringLabels(project: Project, job: Job, signal: AbortSignal, parts: TrainParts): Promise<boolean> {
  const { source, journal, disk, log } = parts;
  const number = numberOf(project.key);
  project.wantsLabels = false;
  if (source === null || number === null) return false;
  job.progress = { phase: 'read from Label Studio', done: 0, total: 1 };
  try {
    const append = (records: readonly JournalRecord[]) => disk.write(() => journal.append(project.key, records));
    const known = journal.tasks(project.key);
    const changed = await readLabels(source.exportTasks(number), known, append, signal);
    if (changed > 0) project.revision++;
    return true;
  } catch (error) {
    signal.throwIfAborted();
    log(`Labelled tasks could not be read from Label Studio, so what is known already is used: ${messageOf(error)}`);
    return false;
  }
}

async function makeVersion(
  project: Project,
  labelConfig: string,
  job: Job,
  signal: AbortSignal,
  parts: TrainParts,
): Promise<JobResult> {
  const before = project.record;
  const trained = await parts.runner.run(
    {
      job: job.id,
      project: project.key,
      labelConfig,
      modelVersion: before?.version ?? project.modelVersion,
      trainOutput: before?.meta.trainOutput ?? null,
      settings: parts.settings,
    },
    {
      signal,
      onLog: (message) => parts.log(message),
      onProgress: (phase, done, total) => {
        job.progress = { phase, done, total };
      },
    },
  );
  const record = await keep(project, job, { ...trained, labelConfig, before }, signal, parts);
  return { ...(await serve(project, record, before, parts)), trainOutput: trained.trainOutput };
}

interface Trained extends TrainingResult {
  labelConfig: string;
  before: VersionRecord | null;
}

/** Keep the version; a result that nobody wants any more is taken away again. */
async function keep(
  project: Project,
  job: Job,
  { labelConfig, trainOutput, files, before }: Trained,
  signal: AbortSignal,
  { store, disk }: TrainParts,
): Promise<VersionRecord> {
  signal.throwIfAborted();
  job.progress = { phase: 'save', done: 0, total: 1 };
  const seconds = (Date.now() - (job.startedAt ?? Date.now())) / 1000;
  const meta = { trainOutput, labelConfig, reason: job.reason, seconds };
  const record = await disk.write(() => store.put(project.key, { parent: before?.version ?? null, meta, files }));
  if (!signal.aborted) return record;
  await store.remove(project.key, record.version).catch(() => {});
  throw signal.reason;
}

async function serve(
  project: Project,
  record: VersionRecord,
  before: VersionRecord | null,
  parts: TrainParts,
): Promise<Omit<JobResult, 'trainOutput'>> {
  const { labelConfig } = project;
  const model = labelConfig === null ? null : await project.openModel(record, labelConfig);
  const isOvertaken = project.record?.version !== before?.version;
  if (isOvertaken || !(await makeCurrent(project, record, before, parts))) {
    model?.retire();
    const note = `${record.version} was trained while another version was chosen; it is kept as a candidate.`;
    return { modelVersion: record.version, isCurrent: false, note };
  }
  project.serve(record, model && labelConfig !== null ? { labelConfig, model } : null);
  return { modelVersion: record.version, isCurrent: true };
}

/** Move the pointer, unless somebody else, perhaps in another process, moved it since the training began. */
async function makeCurrent(
  project: Project,
  record: VersionRecord,
  before: VersionRecord | null,
  { store }: TrainParts,
): Promise<boolean> {
  // Where a damaged version is current, the one that stands in for it is not what the pointer says.
  const expected = project.isStandIn ? undefined : (before?.version ?? null);
  try {
    await store.setCurrent(project.key, record.version, expected);
    return true;
  } catch (error) {
    if (error instanceof SparrowError && error.code === 'CONFLICT') return false;
    throw error;
  }
}

/** What may fail without harm: the version serves already. */
async function afterwards(project: Project, revision: number, { store, keptVersions, log }: TrainParts): Promise<void> {
  try {
    if (project.revision === revision) await project.setMark('none');
    await store.prune(project.key, keptVersions);
  } catch (error) {
    log(`Could not clean up after the training: ${messageOf(error)}`);
  }
}
