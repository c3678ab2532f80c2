// All projects of this server: finds the one a request is about and carries out what the request asks of it.
import { SparrowError } from '../errors.ts';
import { isObject, type Task } from '../labelstudio/types.ts';
import type { BackendSettings } from '../sdk/backend.ts';
import type { BackendModule } from '../sdk/backend-module.ts';
import type { Journal } from '../store/journal.ts';
import type { ModelStore, VersionRecord } from '../store/model-store.ts';
import type { Job } from '../training/job.ts';
import type { QueueOptions } from '../training/queue.ts';
import type { TrainingRunner } from '../training/runner.ts';
import { ConfigReadings } from './config-readings.ts';
import { DiskWatch } from './disk-watch.ts';
import { Intake, type Outcome } from './intake.ts';
import { type LabelSource, numberOf } from './label-source.ts';
import { LoadedProjects } from './loaded-projects.ts';
import type { Answered, Project, ProjectDetails, ProjectParts } from './project.ts';
import { ProjectKeys, type ProjectRef } from './project-ref.ts';
import { recordsOf } from './records.ts';
import { type ProjectSummary, summaryOf } from './summary.ts';
import { Trainings } from './trainings.ts';

export interface RegistryOptions {
  store: ModelStore;
  journal: Journal;
  backend: BackendModule;
  settings?: BackendSettings;
  runner: TrainingRunner;
  /** Label Studio, where there is a key to read labelled tasks with. */
  source?: LabelSource | null;
  queue?: Omit<QueueOptions, 'onEnd'>;
  /** Train by itself after this many changed annotations; 0: only when asked. Default 1. */
  trainEachUpdates?: number;
  /** Projects kept in memory. Default 100. */
  mostLoaded?: number;
  /** Versions kept of each project. Default 10. */
  keptVersions?: number;
  /** Told of what happens by itself: trainings, damaged versions, models that complain. */
  onNote?: (note: ProjectNote) => void;
}

export interface ProjectNote {
  kind: 'training' | 'model';
  project: string;
  message: string;
  job?: Job;
}

export class Registry {
  readonly #parts: ProjectParts;
  readonly #journal: Journal;
  readonly #source: LabelSource | null;
  readonly #runner: TrainingRunner;
  readonly #projects: LoadedProjects;
  readonly #keys: ProjectKeys;
  readonly #trainings: Trainings;
  readonly #intake: Intake;
  readonly #disk = new DiskWatch();

  constructor(options: RegistryOptions) {
    const { store, journal, backend, runner, settings = {}, source = null, onNote = () => {} } = options;
    const log = (project: string, message: string) => onNote({ kind: 'model', project, message });
    this.#parts = { store, backend, settings, readings: new ConfigReadings(), log };
    this.#journal = journal;
    this.#source = source;
    this.#runner = runner;
    this.#projects = new LoadedProjects({
      parts: this.#parts,
      most: options.mostLoaded ?? 100,
      isBusy: (key) => this.#trainings.isActive(key),
    });
    this.#keys = new ProjectKeys({
      createdAt: async (key) => textOrNull((await store.getState(key)).createdAt),
      exists: (key) => this.exists(key),
    });
    this.#trainings = new Trainings({
      queue: options.queue ?? {},
      projects: () => this.#projects,
      disk: this.#disk,
      eachUpdates: options.trainEachUpdates ?? 1,
      store,
      journal,
      source,
      runner,
      settings,
      keptVersions: options.keptVersions ?? 10,
      log,
      onEnd: (job) => onNote({ kind: 'training', project: job.project, message: endOf(job), job }),
    });
    this.#intake = new Intake({ journal, source, disk: this.#disk, trainings: this.#trainings, log });
  }

  get modelClass(): string {
    return this.#parts.backend.Backend.name;
  }

  get queueSize(): { running: number; waiting: number } {
    return this.#trainings.queue.size;
  }

  get loadedProjects(): number {
    return this.#projects.size;
  }

  /** The last write that failed and has not succeeded since, in words. */
  get problem(): string | null {
    return this.#disk.problem;
  }

  /** Take up the trainings that a stop or a crash left undone. */
  async start(): Promise<void> {
    for (const key of await this.#parts.store.projects()) {
      const { training } = await this.#parts.store.getState(key);
      const isDue = training === 'due' && this.#trainings.isAutomatic;
      if (isDue || training === 'asked') await this.#trainings.resume(key);
    }
  }

  async close(): Promise<void> {
    await this.#trainings.queue.stop();
    await this.#runner.close();
    await this.#projects.unloadAll();
  }

  /** Resolves when no training runs or waits. */
  drain(): Promise<void> {
    return this.#trainings.queue.drain();
  }

  job(id: string): Promise<Job | null> {
    return this.#trainings.queue.job(id);
  }

  activity(key: string): { running: Job | null; waiting: Job | null } {
    const { queue } = this.#trainings;
    return { running: queue.running(key), waiting: queue.waiting(key) };
  }

  keyOf(ref: ProjectRef): Promise<string> {
    return this.#keys.keyOf(ref);
  }

  /** Label Studio connects, or asks what will predict: take note of the config, answer the version. */
  async setup(ref: ProjectRef, details: ProjectDetails): Promise<Connected> {
    const key = await this.#keys.connect(ref);
    this.#runner.warm?.();
    return this.#projects.use(key, async (project) => {
      const { labelConfig: given } = details;
      const reading = given == null ? null : this.#parts.readings.of(given);
      if (reading && !reading.isServable) {
        return { project: key, modelVersion: project.modelVersion, notes: reading.notes };
      }
      const isNew = project.labelConfig === null;
      // A store that cannot write is no reason to be "disconnected": predictions go on from memory.
      await this.#describe(project, details).catch(() => {});
      if (isNew) await this.#readFirst(project).catch(() => {});
      const { labelConfig, modelVersion } = project;
      const notes =
        labelConfig === null ? ['The project has no label config yet.'] : this.#parts.readings.of(labelConfig).notes;
      return { project: key, modelVersion, notes };
    });
  }

  async predict(
    ref: ProjectRef,
    tasks: readonly unknown[],
    request: { labelConfig: string | null; context: unknown; params: { readonly [key: string]: unknown } },
  ): Promise<Answered & { project: string }> {
    const key = await this.keyOf(ref);
    return this.#projects.use(key, async (project) => {
      const whole = tasks.map((task): Task => (isObject(task) ? (task as Task) : { data: null }));
      if (project.waitingTasks.size > 0) await this.#intake.bringTexts(project, whole).catch(() => {});
      const { context, params, labelConfig } = request;
      return { ...(await project.predict(whole, labelConfig, { context, params })), project: key };
    });
  }

  /** Annotations that came, were changed, or were skipped; kept before this resolves. */
  async annotated(ref: ProjectRef, tasks: readonly Task[], details: ProjectDetails): Promise<Outcome> {
    return this.#projects.use(await this.keyOf(ref), async (project) => {
      // An event may come late, so it only tells a config where none is known.
      await this.#describe(project, project.labelConfig === null ? details : { ...details, labelConfig: undefined });
      return this.#intake.annotated(project, tasks);
    });
  }

  async annotationsDeleted(ref: ProjectRef, ids: readonly (string | number)[]): Promise<Outcome> {
    return this.#projects.use(await this.keyOf(ref), (project) => this.#intake.annotationsDeleted(project, ids));
  }

  async tasksDeleted(ref: ProjectRef, ids: readonly (string | number)[]): Promise<Outcome> {
    return this.#projects.use(await this.keyOf(ref), (project) => this.#intake.tasksDeleted(project, ids));
  }

  /** Texts for annotations that came without. */
  async tasksCreated(ref: ProjectRef, tasks: readonly Task[]): Promise<Outcome> {
    return this.#projects.use(await this.keyOf(ref), (project) => this.#intake.bringTexts(project, tasks));
  }

  /** The project's settings changed in Label Studio. */
  async updated(ref: ProjectRef, details: ProjectDetails): Promise<Outcome> {
    return this.#projects.use(await this.keyOf(ref), async (project) => {
      const job = await this.#describe(project, details);
      return { changed: job ? 1 : 0, job, why: job ? null : 'nothing to train follows from it' };
    });
  }

  /** All labelled tasks in one body: they replace what was known. */
  async train(ref: ProjectRef, tasks: Iterable<Task>, details: ProjectDetails): Promise<Job> {
    return this.#projects.use(await this.keyOf(ref), async (project) => {
      await this.#describe(project, details, false);
      const { records } = recordsOf(tasks, { inventIds: true });
      const append = () => this.#journal.append(project.key, [{ t: 'reset' }, ...records]);
      const { forTraining } = await this.#disk.write(append);
      if (forTraining > 0) project.revision++;
      return this.#trainings.ask(project, 'all annotations sent with /train');
    });
  }

  /** Somebody pressed "Start training". */
  async trainNow(ref: ProjectRef, details: ProjectDetails): Promise<Job> {
    return this.#projects.use(await this.keyOf(ref), async (project) => {
      await this.#describe(project, details, false);
      project.wantsLabels = this.#canRead(project);
      return this.#trainings.ask(project, 'Start training was pressed');
    });
  }

  async modelVersion(key: string): Promise<string> {
    return this.#projects.use(key, async (project) => project.modelVersion);
  }

  /** Keys of the projects that something is known of. */
  async projects(): Promise<string[]> {
    return [...new Set([...(await this.#parts.store.projects()), ...this.#projects.keys()])].sort();
  }

  async exists(key: string): Promise<boolean> {
    if (this.#projects.has(key)) return true;
    const { store } = this.#parts;
    return Object.keys(await store.getState(key)).length > 0 || (await store.current(key)) !== null;
  }

  async summary(key: string): Promise<ProjectSummary> {
    if (!(await this.exists(key))) throw noSuchProject(key);
    const parts = { journal: this.#journal, readings: this.#parts.readings, activity: this.activity(key) };
    return this.#projects.use(key, (project) => summaryOf(project, parts));
  }

  versions(key: string): Promise<VersionRecord[]> {
    return this.#parts.store.versions(key);
  }

  /** Let a version serve that was trained before, or kept as a candidate. */
  async activate(key: string, version: string): Promise<VersionRecord> {
    if (!(await this.exists(key))) throw noSuchProject(key);
    return this.#projects.use(key, async (project) => {
      const record = (await this.versions(key)).find((one) => one.version === version);
      if (!record) throw new SparrowError('NOT_FOUND', 'The project has no version of this name.');
      const { labelConfig } = project;
      const model = labelConfig === null ? null : await project.openModel(record, labelConfig);
      await this.#disk.write(() => this.#parts.store.setCurrent(key, version));
      project.serve(record, model && labelConfig !== null ? { labelConfig, model } : null);
      // Whoever asks for a training after this wants one, though nothing was labelled since the last.
      project.lastJob = null;
      return record;
    });
  }

  /** The project was removed from Label Studio: what is known of it is marked deleted. */
  async delete(ref: ProjectRef): Promise<void> {
    const key = await this.keyOf(ref);
    this.#trainings.queue.cancel(key, 'The project was deleted.');
    await this.#projects.use(key, async (project) => {
      await this.#disk.write(() => this.#parts.store.deleteProject(key));
      await this.#disk.write(() => this.#journal.deleteProject(key));
      project.unload();
    });
    this.#projects.forget(key);
    this.#keys.forget(key);
  }

  /** The destination starts with the source's label config and current version. */
  async duplicate(from: ProjectRef, to: ProjectRef): Promise<void> {
    const source = await this.keyOf(from);
    const target = await this.keyOf(to);
    await this.#projects.use(source, (project) =>
      this.#projects.use(target, async (copy) => {
        await this.#describe(copy, { labelConfig: project.labelConfig }, false);
        if (!project.record) return;
        await this.#disk.write(() => this.#parts.store.copyCurrent(source, target));
        copy.serve(await this.#parts.store.current(target), null);
      }),
    );
  }

  /** Keep what a request says of the project; a new label config asks for a new training. */
  async #describe(project: Project, details: ProjectDetails, isTrained = true): Promise<Job | null> {
    const createdAt = this.#keys.createdAt(project.key);
    const isChanged = await this.#disk.write(() => project.describe({ ...details, createdAt }));
    if (!isChanged || !isTrained) return null;
    const { annotations } = await this.#journal.counts(project.key);
    if (annotations === 0) return null;
    // However many updates a training waits for: a model of another config is wrong at once.
    const { job } = await this.#trainings.changed(project, Number.MAX_SAFE_INTEGER, 'the label config changed');
    return job;
  }

  /** A project that is connected for the first time may have been labelled long before. */
  async #readFirst(project: Project): Promise<void> {
    if (!this.#canRead(project) || project.labelConfig === null || !this.#trainings.isAutomatic) return;
    project.wantsLabels = true;
    await this.#trainings.ask(project, 'the project was connected');
  }

  #canRead(project: Project): boolean {
    return this.#source !== null && numberOf(project.key) !== null;
  }
}

export interface Connected {
  project: string;
  modelVersion: string;
  /** What of the label config is not served, or why nothing is. */
  notes: readonly string[];
}

function endOf(job: Job): string {
  const { result } = job;
  if (!result) return `The training ${job.state === 'canceled' ? 'was cancelled' : 'failed'}: ${job.error}`;
  return result.note ?? `${result.modelVersion} ${result.isCurrent ? 'serves' : 'is kept, but does not serve'}.`;
}

function noSuchProject(key: string): SparrowError {
  return new SparrowError('NOT_FOUND', `Nothing is known of a project ${JSON.stringify(key.slice(0, 80))}.`);
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
