// All projects of this server: finds the one a request is about and carries out what the request asks of it.
import { SparrowError } from '../errors.ts';
import type { Pair } from '../labelstudio/label-config.ts';
import { isObject, type Task } from '../labelstudio/types.ts';
import type { BackendSettings, ControlExplanation } from '../sdk/backend.ts';
import type { BackendModule } from '../sdk/backend-module.ts';
import { draftOf, type Journal } from '../store/journal.ts';
import type { ModelStore } from '../store/model-store.ts';
import type { Job } from '../training/job.ts';
import type { QueueOptions } from '../training/queue.ts';
import type { TrainingRunner } from '../training/runner.ts';
import { ConfigReadings } from './config-readings.ts';
import type { Direction } from './directions.ts';
import { DiskWatch } from './disk-watch.ts';
import { Examinations } from './examination.ts';
import { Intake, type Outcome } from './intake.ts';
import { type LabelSource, numberOf } from './label-source.ts';
import { LoadedProjects } from './loaded-projects.ts';
import { missingWebhook } from './missing-webhook.ts';
import type { Answered, Project, ProjectDetails, ProjectParts } from './project.ts';
import { numberIn, ProjectKeys, type ProjectRef } from './project-ref.ts';
import { Sources, type SourcesOptions } from './sources.ts';
import { type ProjectSummary, summaryOf } from './summary.ts';
import { TaskDraft } from './task-draft.ts';
import { textsForPrediction } from './task-texts.ts';
import { TextCache } from './text-cache.ts';
import { type Trainer, withOutput } from './trainer.ts';
import { Trainings } from './trainings.ts';
import { Versions } from './versions.ts';

export interface RegistryOptions {
  store: ModelStore;
  journal: Journal;
  backend: BackendModule;
  settings?: BackendSettings;
  runner: TrainingRunner;
  /** Label Studio, where there is a key to read labelled tasks with. */
  source?: LabelSource | null;
  /** Label Studio by a token that it sent itself, where there is no key. */
  sourceWith?: SourcesOptions['sourceWith'];
  queue?: Omit<QueueOptions, 'onEnd'>;
  /** Whoever trains in place of this process; `onEnd` is to be told of each job that ended. */
  trainer?: (onEnd: (job: Job) => void) => Trainer;
  /** Train by itself after this many changed annotations; 0: only when asked. Default 1. */
  trainEachUpdates?: number;
  /** Projects kept in memory. Default 100. */
  mostLoaded?: number;
  /** Versions kept of each project. Default 10. */
  keptVersions?: number;
  /** Keep a version that is much worse than the one before it from serving. Default true. */
  hasGate?: boolean;
  /** Told of what happens by itself: trainings, damaged versions, models that complain. */
  onNote?: (note: ProjectNote) => void;
  /** Told of what processes that only predict must know. */
  onDirection?: (direction: Direction) => void;
}

export interface ProjectNote {
  kind: 'training' | 'model' | 'sync';
  project: string;
  message: string;
  job?: Job;
}

export interface ModelFacts {
  modelVersion: string;
  /** Whether there is a label config that can be read. */
  isServable: boolean;
  pairs: readonly Pair[];
}

export class Registry {
  readonly versions: Versions;
  readonly #parts: ProjectParts & { store: ModelStore };
  readonly #journal: Journal;
  readonly #sources: Sources;
  readonly #runner: TrainingRunner;
  readonly #projects: LoadedProjects;
  readonly #keys: ProjectKeys;
  readonly #trainings: Trainer;
  readonly #intake: Intake;
  readonly #examinations: Examinations;
  readonly #texts = new TextCache();
  readonly #disk = new DiskWatch();
  readonly #note: (project: string, message: string) => void;
  readonly #direct: (direction: Direction) => void;
  /** Projects whose annotations wait for the texts of their tasks. */
  readonly #waiting = new Set<string>();

  constructor(options: RegistryOptions) {
    const { store, journal, backend, runner, settings = {}, source = null, onNote = () => {} } = options;
    const log = (project: string, message: string) => onNote({ kind: 'model', project, message });
    this.#note = (project, message) => onNote({ kind: 'sync', project, message });
    this.#direct = options.onDirection ?? (() => {});
    this.#parts = { store, backend, settings, readings: new ConfigReadings(), log };
    this.#journal = journal;
    this.#examinations = new Examinations(journal, settings.agreement);
    const sources = new Sources({ source, sourceWith: options.sourceWith });
    this.#sources = sources;
    this.#runner = runner;
    this.#projects = new LoadedProjects({
      parts: this.#parts,
      most: options.mostLoaded ?? 100,
      isBusy: (key) => this.#trainings.isBusy(key),
    });
    this.versions = new Versions({
      store,
      disk: this.#disk,
      check: (key) => this.#check(key),
      useKnown: (key, use) => this.#useKnown(key, use),
    });
    this.#keys = new ProjectKeys({
      createdAt: async (key) => textOrNull((await store.getState(key)).createdAt),
      exists: (key) => this.exists(key),
    });
    const onEnd = (job: Job) => {
      if (options.trainer) void this.#noteEnd(job).catch(() => {});
      onNote({ kind: 'training', project: job.project, message: endOf(job), job });
    };
    const trainHere = () =>
      new Trainings({
        queue: options.queue ?? {},
        projects: () => this.#projects,
        disk: this.#disk,
        eachUpdates: options.trainEachUpdates ?? 1,
        store,
        journal,
        readings: this.#parts.readings,
        sources,
        texts: this.#texts,
        runner,
        settings,
        keptVersions: options.keptVersions ?? 10,
        hasGate: options.hasGate ?? true,
        log,
        note: this.#note,
        onEnd,
      });
    this.#trainings = options.trainer?.(onEnd) ?? trainHere();
    this.#intake = new Intake({
      journal,
      sources,
      disk: this.#disk,
      trainings: this.#trainings,
      readings: this.#parts.readings,
      agreement: settings.agreement,
      onWaiting: (project) => this.#noteWaiting(project),
      log,
    });
  }

  get modelClass(): string {
    return this.#parts.backend.Backend.name;
  }

  /** Where the model class comes from. */
  get modelUrl(): string {
    return this.#parts.backend.url;
  }

  /** Let another model class answer and train from the next request on. What runs is brought to its end by the old one. */
  async exchangeBackend(backend: BackendModule): Promise<void> {
    this.#parts.backend = backend;
    this.#runner.exchange?.(backend.url);
    await this.#projects.unloadModels();
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
      if (isDue || training === 'asked' || training === 'read') await this.#trainings.resume(key);
    }
  }

  async close(): Promise<void> {
    await this.#trainings.stop();
    await this.#runner.close();
    await this.#projects.unloadAll();
  }

  /** Resolves when no training runs or waits. */
  drain(): Promise<void> {
    return this.#trainings.queue.drain();
  }

  async job(id: string): Promise<Job | null> {
    return withOutput(await this.#trainings.queue.job(id), this.#parts.store);
  }

  activity(key: string): { running: Job | null; waiting: Job | null } {
    const { queue } = this.#trainings;
    return { running: queue.running(key), waiting: queue.waiting(key) };
  }

  keyOf(ref: ProjectRef): Promise<string> {
    return this.#keys.keyOf(ref);
  }

  /** Label Studio connects, or asks what will predict: take note of the config, answer the version. */
  async setup(ref: ProjectRef, details: ProjectDetails, token: string | null = null): Promise<Connected> {
    const key = await this.#keys.connect(ref);
    if (ref.createdAt !== null) this.#direct({ kind: 'latest', number: numberIn(ref), key });
    this.#runner.warm?.();
    return this.#projects.use(key, async (project) => {
      const { labelConfig: given } = details;
      this.#sources.note(project, token, details.hostname ?? null);
      const reading = given == null ? null : this.#parts.readings.of(given);
      if (reading && !reading.isServable) {
        return { project: key, modelVersion: project.modelVersion, notes: reading.notes };
      }
      const isNew = project.labelConfig === null;
      // A store that cannot write is no reason to be "disconnected": predictions go on from memory.
      await this.#describe(project, { ...details, createdAt: ref.createdAt }).catch(() => {});
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
  ): Promise<Answered & { project: string; hint: string | null }> {
    const key = await this.keyOf(ref);
    return this.#projects.use(key, async (project) => {
      const whole = tasks.map((task): Task => (isObject(task) ? (task as Task) : { data: null }));
      if (project.waitingTasks.size > 0) await this.#intake.bringTexts(project, whole).catch(() => {});
      const { context, params, labelConfig } = request;
      const config = labelConfig ?? project.labelConfig;
      const fetched = await textsForPrediction(key, whole, config === null ? null : this.#parts.readings.of(config), {
        texts: this.#texts,
        source: this.#sources.of(project),
        note: (message) => this.#note(key, message),
      });
      const asked = { context, params, ...(fetched && { fetched }) };
      const hint = await missingWebhook(project, whole, this.#journal).catch(() => null);
      return { ...(await project.predict(whole, labelConfig, asked)), project: key, hint };
    });
  }

  /** Predictions for other programs than Label Studio: for the project of a key, with the label config that is known. */
  async infer(key: string, tasks: readonly Task[]): Promise<Answered> {
    return this.#useKnown(key, (project) => project.predict(tasks, null, { context: null, params: {} }));
  }

  /** What the model of a project takes and gives. */
  async modelFacts(key: string): Promise<ModelFacts> {
    return this.#useKnown(key, async ({ labelConfig, modelVersion }) => {
      const reading = labelConfig === null ? null : this.#parts.readings.of(labelConfig);
      return { modelVersion, isServable: reading?.isServable ?? false, pairs: reading?.pairs ?? [] };
    });
  }

  /** What the project's controls say about a text, and why; null where the model class does not say. */
  async explain(key: string, text: string): Promise<{ modelVersion: string; controls: ControlExplanation[] | null }> {
    return this.#useKnown(key, (project) => project.explain(text));
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

  /** Begin to write down all labelled tasks of a project, which may be named at the end only. */
  async draft(): Promise<TaskDraft> {
    return new TaskDraft(await this.#disk.write(() => draftOf(this.#journal)), { inventIds: true });
  }

  /** All labelled tasks in one body: they replace what was known. */
  async train(ref: ProjectRef, draft: TaskDraft, details: ProjectDetails): Promise<Job> {
    return this.#projects.use(await this.keyOf(ref), async (project) => {
      await this.#describe(project, details, false);
      const { forTraining } = await this.#disk.write(() => draft.commit(project.key));
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

  /** Bring the labels to what Label Studio has, and train if that changed anything. */
  async sync(key: string): Promise<Job> {
    return this.#useKnown(key, async (project) => {
      if (numberOf(key) === null)
        throw new SparrowError('BAD_INPUT', 'Label Studio numbers its projects; this is none.');
      if (!this.#canRead(project)) {
        const why = 'There is no key to read labels with: set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY.';
        throw new SparrowError('BAD_OPTION', why);
      }
      project.wantsLabels = true;
      return this.#trainings.ask(project, 'a sync was asked for');
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

  summary(key: string): Promise<ProjectSummary> {
    const parts = {
      examinations: this.#examinations,
      readings: this.#parts.readings,
      activity: this.activity(key),
    };
    return this.#useKnown(key, (project) => summaryOf(project, parts));
  }

  /** The project was removed from Label Studio: what is known of it is marked deleted. */
  async delete(ref: ProjectRef): Promise<void> {
    const key = await this.keyOf(ref);
    await this.#trainings.queue.cancel(key, 'The project was deleted.');
    this.#trainings.forget(key);
    await this.#projects.use(key, async (project) => {
      await this.#disk.write(() => this.#parts.store.deleteProject(key));
      await this.#disk.write(() => this.#journal.deleteProject(key));
      project.unload();
    });
    this.#projects.forget(key);
    this.#keys.forget(key);
  }

  /** What a process that begins to predict must know, as far as it is told of at all. */
  directions(): Direction[] {
    const latest = [...this.#keys.latest()].map(([number, key]): Direction => ({ kind: 'latest', number, key }));
    return [...latest, ...[...this.#waiting].map((key): Direction => ({ kind: 'waiting', key, isWaiting: true }))];
  }

  /** Throws NOT_FOUND where nothing is known of the project. */
  async #check(key: string): Promise<void> {
    if (!(await this.exists(key))) throw noSuchProject(key);
  }

  async #useKnown<T>(key: string, use: (project: Project) => Promise<T>): Promise<T> {
    await this.#check(key);
    return this.#projects.use(key, use);
  }

  #noteWaiting({ key, waitingTasks }: Project): void {
    const isWaiting = waitingTasks.size > 0;
    if (isWaiting === this.#waiting.has(key)) return;
    if (isWaiting) this.#waiting.add(key);
    else this.#waiting.delete(key);
    this.#direct({ kind: 'waiting', key, isWaiting });
  }

  /** Keys of the projects in memory. */
  loadedKeys(): string[] {
    return [...this.#projects.keys()];
  }

  /** Another process changed something about a project: take it over, if the project is in memory. */
  async refresh(key: string): Promise<void> {
    this.#keys.recheck(key);
    if (!(await this.#projects.refresh(key))) this.#keys.forget(key);
  }

  /** Other processes may have changed what is not in memory. */
  recheck(): void {
    this.#keys.recheckAll();
  }

  /** A training that was done elsewhere is the last one here too; of what it saw, nothing is known. */
  async #noteEnd(job: Job): Promise<void> {
    if (!this.#projects.has(job.project)) return;
    await this.#projects.use(job.project, async (project) => {
      project.lastJob = { job, revision: -1 };
    });
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
    const createdAt = details.createdAt ?? this.#keys.createdAt(project.key);
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
    return this.#sources.of(project) !== null && numberOf(project.key) !== null;
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
