// One training from start to finish: run it, keep the version, load it, and only then let it serve. A version that
// cannot be loaded, is much worse, or was overtaken by somebody's choice is kept but does not serve.
import { messageOf, SparrowError } from '../errors.ts';
import type { BackendSettings } from '../sdk/backend.ts';
import type { ModelStore, VersionRecord } from '../store/model-store.ts';
import type { Job, JobResult } from '../training/job.ts';
import type { TrainingResult, TrainingRunner } from '../training/runner.ts';
import { type BringParts, bringLabels } from './bring-labels.ts';
import { objectionTo } from './gate.ts';
import type { Project } from './project.ts';
import type { Sources } from './sources.ts';
import { textsFileOf, textsForTraining } from './task-texts.ts';
import type { TextCache } from './text-cache.ts';

export interface TrainParts extends BringParts {
  store: ModelStore;
  sources: Sources;
  texts: TextCache;
  runner: TrainingRunner;
  settings: BackendSettings;
  keptVersions: number;
  /** Whether a version that is much worse than the one before it is kept from serving. Default true. */
  hasGate?: boolean;
  log(message: string): void;
  /** Told when the labels were read from Label Studio, or why they were not. */
  read(error: unknown): void;
  /** Told when a training has seen all there is: until something changes, none is owed. */
  settled(revision: number): Promise<void>;
}

export async function trainProject(
  project: Project,
  job: Job,
  signal: AbortSignal,
  parts: TrainParts,
): Promise<JobResult> {
  const before = project.lastJob;
  const isFromLabelStudio = project.wantsLabels && (await haveLabels(project, job, signal, parts));
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
    if (isFinal) await parts.settled(revision).catch(() => {});
    throw error;
  }
}

/** Read the labels from Label Studio first; where that fails, what webhooks brought must do. True when they were read. */
async function haveLabels(project: Project, job: Job, signal: AbortSignal, parts: TrainParts): Promise<boolean> {
  const source = parts.sources.of(project);
  project.wantsLabels = false;
  if (source === null) return false;
  try {
    await bringLabels(project, source, job, signal, parts);
    parts.read(null);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SparrowError && error.code === 'GONE') throw error;
    parts.read(error);
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
  const progress = (phase: string, done: number, total: number) => {
    job.progress = { phase, done, total };
  };
  const fetched = await textsForTraining(project.key, parts.readings.of(labelConfig), before, {
    ...parts,
    source: parts.sources.of(project),
    signal,
    onProgress: (done, total) => progress('fetch texts from Label Studio', done, total),
  });
  const trained = await parts.runner.run(
    {
      job: job.id,
      reason: job.reason,
      project: project.key,
      labelConfig,
      modelVersion: before?.version ?? project.modelVersion,
      trainOutput: before?.meta.trainOutput ?? null,
      settings: parts.settings,
      ...(fetched && { fetched }),
    },
    { signal, onLog: (message) => parts.log(message), onProgress: progress },
  );
  if (job.reason === leftUndone && isKnown(before, labelConfig, trained, parts)) {
    return {
      modelVersion: project.modelVersion,
      isCurrent: true,
      note: 'Nothing has changed since the last training.',
      trainOutput: null,
    };
  }
  const files = new Map([...trained.files, ...textsFileOf(fetched)]);
  const record = await keep(project, job, { ...trained, files, labelConfig, before }, signal, parts);
  if (Object.keys(trained.values).length > 0) await parts.store.setState(project.key, trained.values);
  return { ...(await serve(project, record, before, parts)), trainOutput: trained.trainOutput };
}

/** The reason of a training that a crash may have cut off, or not: it may have been through but for its mark. */
export const leftUndone = 'left undone by the last stop';

/** Whether the version that serves was made of the same. */
function isKnown(
  before: VersionRecord | null,
  labelConfig: string,
  { digest }: TrainingResult,
  { settings }: TrainParts,
): boolean {
  const meta = before?.meta;
  const isSame = JSON.stringify([meta?.trainingSet, meta?.settings]) === JSON.stringify([digest, settings]);
  return digest !== undefined && isSame && meta?.labelConfig === labelConfig;
}

interface Trained extends TrainingResult {
  labelConfig: string;
  before: VersionRecord | null;
}

/** Keep the version; a result that nobody wants any more is taken away again. */
async function keep(
  project: Project,
  job: Job,
  { labelConfig, trainOutput, files, digest, before }: Trained,
  signal: AbortSignal,
  { store, disk, settings }: TrainParts,
): Promise<VersionRecord> {
  signal.throwIfAborted();
  job.progress = { phase: 'save', done: 0, total: 1 };
  const seconds = (Date.now() - (job.startedAt ?? Date.now())) / 1000;
  const meta = { trainOutput, labelConfig, reason: job.reason, seconds, settings, trainingSet: digest };
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
  const objection = parts.hasGate === false || project.isStandIn ? null : objectionTo(record, before);
  if (objection !== null) return { modelVersion: record.version, isCurrent: false, note: objection };
  const model =
    labelConfig === null
      ? null
      : await project.openModel(record, labelConfig).catch((error) => Promise.reject(told(error)));
  const isOvertaken = project.record?.version !== before?.version;
  if (isOvertaken || !(await makeCurrent(project, record, before, parts))) {
    model?.retire();
    const note = `${record.version} was trained while another version was chosen; it is kept as a candidate.`;
    return { modelVersion: record.version, isCurrent: false, note };
  }
  project.serve(record, model && labelConfig !== null ? { labelConfig, model } : null);
  return { modelVersion: record.version, isCurrent: true };
}

/** What a model's own code said: whoever looks after a training is told, who asks for a prediction is not. */
function told(error: unknown): unknown {
  if (!(error instanceof SparrowError && error.code === 'MODEL_FAILED')) return error;
  return new SparrowError(error.code, `${error.message} ${messageOf(error.cause)}`, { cause: error.cause });
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
    if (!(error instanceof SparrowError && error.code === 'CONFLICT')) throw error;
    if (before === null || !(await isForgotten(project.key, before.version, store))) return false;
    await store.setCurrent(project.key, record.version);
    return true;
  }
}

/** Whether the store was emptied, or an older copy of it put in its place: then nobody has chosen another version. */
async function isForgotten(key: string, version: string, store: ModelStore): Promise<boolean> {
  const [current, versions] = await Promise.all([store.current(key), store.versions(key)]);
  const isThere = versions.some((one) => one.version === version);
  return !isThere && (current === null || current.version < version);
}

/** What may fail without harm: the version serves already. */
async function afterwards(project: Project, revision: number, parts: TrainParts): Promise<void> {
  const { store, keptVersions, log } = parts;
  try {
    await parts.settled(revision);
    await store.prune(project.key, keptVersions);
  } catch (error) {
    log(`Could not clean up after the training: ${messageOf(error)}`);
  }
}
