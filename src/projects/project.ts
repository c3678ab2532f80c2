// One project while it is loaded: its label config, the version that serves, and what has changed since the last
// training. The version and its loaded models are one object, exchanged in one assignment: an answer is never mixed.
import { createHash } from 'node:crypto';
import { messageOf, SparrowError } from '../errors.ts';
import { isBlankConfig } from '../labelstudio/label-config.ts';
import type { Prediction, Task } from '../labelstudio/types.ts';
import type { BackendSettings, ControlExplanation, PredictContext } from '../sdk/backend.ts';
import type { BackendModule } from '../sdk/backend-module.ts';
import { createContext } from '../sdk/context.ts';
import type { ModelStore, VersionRecord } from '../store/model-store.ts';
import type { Job } from '../training/job.ts';
import type { ConfigReadings } from './config-readings.ts';
import { ServedModel } from './served-model.ts';

/** What a project reads, and the little that it writes. */
export type ProjectStore = Pick<ModelStore, 'current' | 'versions' | 'read' | 'getState' | 'setState'>;

/** What a project works with; shared by all. */
export interface ProjectParts {
  store: ProjectStore;
  backend: BackendModule;
  settings: BackendSettings;
  readings: ConfigReadings;
  log(project: string, message: string): void;
}

/**
 * Kept with the project, so that a restart knows of a training that is due, was asked for, or was asked for with the
 * labels as Label Studio has them. Each says more than the one before it.
 */
const trainingMarks = ['none', 'due', 'asked', 'read'] as const;
export type TrainingMark = (typeof trainingMarks)[number];

interface Serving {
  readonly record: VersionRecord | null;
  /** Label config → model of this version for it; mostly one, two while a config changes. */
  readonly models: Map<string, Promise<ServedModel>>;
  /** The version stands in for the current one, which is damaged. */
  readonly isStandIn: boolean;
}

export interface Answered {
  results: Prediction[];
  modelVersion: string;
  /** Why there may be nothing in the results. */
  notes: readonly string[];
}

const mostConfigs = 4;

export class Project {
  readonly key: string;
  readonly #parts: ProjectParts;
  #labelConfig: string | null;
  #details: { title: string | null; hostname: string | null; configuredAt: string | null };
  #createdAt: string | null;
  #syncedAt: string | null;
  /** False while the store has not taken what is known; the next request tries again. */
  #isKept = true;
  #serving: Serving;
  #mark: TrainingMark;
  #markKept: Promise<void> = Promise.resolve();
  /** Grows with each change that a training should know of. */
  revision = 0;
  /** Changes since the last training began. */
  updates = 0;
  /** Requests that work with the project at the moment; it is not unloaded under them. */
  users = 0;
  lastJob: { job: Job; revision: number } | null = null;
  /** The next training first reads the labelled tasks from Label Studio. */
  wantsLabels = false;
  /** When the last webhook about annotations came, since the project was loaded. */
  webhookAt: string | null = null;
  /** Ids of tasks whose annotation came without the text; a later request may bring it. */
  readonly waitingTasks = new Set<string>();

  private constructor(key: string, parts: ProjectParts, state: State, record: VersionRecord | null) {
    this.key = key;
    this.#parts = parts;
    this.#labelConfig = state.labelConfig;
    this.#details = { title: state.title, hostname: state.hostname, configuredAt: state.configuredAt };
    this.#createdAt = state.createdAt;
    this.#syncedAt = state.syncedAt;
    this.#mark = state.training;
    this.wantsLabels = state.training === 'read';
    this.#serving = { record, models: new Map(), isStandIn: false };
  }

  static async open(key: string, parts: ProjectParts): Promise<Project> {
    const [state, record] = await Promise.all([parts.store.getState(key), parts.store.current(key)]);
    return new Project(key, parts, readState(state), record);
  }

  get labelConfig(): string | null {
    return this.#labelConfig;
  }

  get title(): string | null {
    return this.#details.title;
  }

  get hostname(): string | null {
    return this.#details.hostname;
  }

  /** Second of its creation; null where nobody told it. */
  get createdAt(): string | null {
    return this.#createdAt;
  }

  /** When all labels were last read from Label Studio; null for never. */
  get syncedAt(): string | null {
    return this.#syncedAt;
  }

  get record(): VersionRecord | null {
    return this.#serving.record;
  }

  get isStandIn(): boolean {
    return this.#serving.isStandIn;
  }

  /** The name that the next prediction will bear. */
  get modelVersion(): string {
    return this.#versionFor(this.#labelConfig);
  }

  /** Before the first training: a name that tells the config and the settings that such predictions rest on. */
  #versionFor(labelConfig: string | null, record = this.#serving.record): string {
    if (record) return record.version;
    if (labelConfig === null) return 'untrained';
    const digest = createHash('sha256').update(labelConfig).update('\0').update(JSON.stringify(this.#parts.settings));
    return `untrained-${digest.digest('hex').slice(0, 8)}`;
  }

  /**
   * Take note of what the project is now; answers whether its label config changed. A webhook's `updatedAt` keeps an
   * event that comes late from bringing an old config back.
   */
  async describe(now: ProjectDetails): Promise<boolean> {
    const isLate =
      now.updatedAt != null && this.#details.configuredAt !== null && now.updatedAt < this.#details.configuredAt;
    if (isLate) return false;
    const labelConfig = isBlankConfig(now.labelConfig) ? this.#labelConfig : (now.labelConfig ?? null);
    const isChanged = labelConfig !== this.#labelConfig;
    const details = {
      title: now.title ?? this.#details.title,
      hostname: now.hostname ?? this.#details.hostname,
      configuredAt: isChanged && now.updatedAt != null ? now.updatedAt : this.#details.configuredAt,
    };
    // What is not known now must not wipe out what was known before.
    const createdAt = now.createdAt ?? this.#createdAt;
    const isSame =
      details.title === this.#details.title &&
      details.hostname === this.#details.hostname &&
      createdAt === this.#createdAt;
    if (!isChanged && isSame && this.#isKept) return false;
    const isFirst = this.#labelConfig === null;
    this.#labelConfig = labelConfig;
    this.#details = details;
    this.#isKept = false;
    if (isChanged) this.revision++;
    this.#createdAt = createdAt;
    await this.#parts.store.setState(this.key, { labelConfig, ...details, ...(createdAt !== null && { createdAt }) });
    this.#isKept = true;
    return isChanged && !isFirst;
  }

  get mark(): TrainingMark {
    return this.#mark;
  }

  /** Remember across restarts that a training is due or asked for; resolves when that is kept. */
  setMark(mark: TrainingMark): Promise<void> {
    const before = this.#mark;
    const isCovered =
      mark === before || (mark !== 'none' && trainingMarks.indexOf(mark) < trainingMarks.indexOf(before));
    if (isCovered) return this.#markKept;
    this.#mark = mark;
    const write = () => this.#parts.store.setState(this.key, { training: mark === 'none' ? undefined : mark });
    const kept = this.#markKept.then(write, write);
    this.#markKept = kept;
    // Whoever waits is told of a failure, and the next one tries again.
    kept.catch(() => {
      if (this.#markKept !== kept) return;
      this.#mark = before;
      this.#markKept = Promise.resolve();
    });
    return kept;
  }

  /** All labels were read from Label Studio. */
  async noteSync(at: string): Promise<void> {
    this.#syncedAt = at;
    await this.#parts.store.setState(this.key, { syncedAt: at });
  }

  async predict(tasks: readonly Task[], labelConfig: string | null, context: PredictContext): Promise<Answered> {
    const config = labelConfig ?? this.#labelConfig;
    if (config === null) return this.#nothing(tasks, ['No label config has come for this project yet.']);
    const reading = this.#parts.readings.of(config);
    if (!reading.isServable) return this.#nothing(tasks, reading.notes);
    return this.#withModel(config, async (model) => {
      const results = await model.predict(tasks, context);
      return { results, modelVersion: model.modelVersion, notes: reading.notes };
    });
  }

  /** What each control says about a text and why; null where the model class does not say. */
  async explain(text: string): Promise<{ modelVersion: string; controls: ControlExplanation[] | null }> {
    const config = this.#labelConfig;
    if (config === null) throw new SparrowError('CONFLICT', 'No label config has come for this project yet.');
    return this.#withModel(config, async (model) => {
      return { modelVersion: model.modelVersion, controls: await model.explain(text) };
    });
  }

  /** Work with the model that serves; it is not given back meanwhile. */
  async #withModel<T>(labelConfig: string, work: (model: ServedModel) => Promise<T>): Promise<T> {
    for (;;) {
      const model = await this.#modelFor(labelConfig);
      if (!model.acquire()) continue;
      try {
        return await work(model);
      } finally {
        model.release();
      }
    }
  }

  /** An answer without an opinion, under the version that a setup would name. */
  #nothing(tasks: readonly Task[], notes: readonly string[]): Answered {
    const { modelVersion } = this;
    const reason = notes.join(' ');
    const results = tasks.map(() => ({ result: [], score: 0, model_version: modelVersion, reason }));
    return { results, modelVersion, notes };
  }

  #modelFor(labelConfig: string): Promise<ServedModel> {
    const { models } = this.#serving;
    const known = models.get(labelConfig);
    if (known) return known;
    const loading = this.#loadSound(labelConfig);
    models.set(labelConfig, loading);
    // A failure is told to whoever asked, and tried anew at the next request.
    loading.catch(() => models.delete(labelConfig));
    this.#dropOldest(models, labelConfig);
    return loading;
  }

  #dropOldest(models: Map<string, Promise<ServedModel>>, kept: string): void {
    for (const [config, model] of models) {
      if (models.size <= mostConfigs) return;
      if (config === this.#labelConfig || config === kept) continue;
      models.delete(config);
      void model.then((one) => one.retire()).catch(() => {});
    }
  }

  /** Load the version that serves; where its files are damaged, the newest sound one before it. */
  async #loadSound(labelConfig: string): Promise<ServedModel> {
    const serving = this.#serving;
    const { record } = serving;
    try {
      return await this.openModel(record, labelConfig);
    } catch (error) {
      if (record === null || !isDamage(error)) throw error;
      this.#parts.log(this.key, `Version ${record.version} cannot be loaded: ${messageOf(error)}`);
      const versions = await this.#parts.store.versions(this.key);
      for (const older of [...versions.filter(({ version }) => version < record.version), null]) {
        const model = await this.openModel(older, labelConfig).catch((cause: unknown) => {
          if (!isDamage(cause)) throw cause;
        });
        if (!model) continue;
        this.#parts.log(this.key, `Version ${model.modelVersion} serves in its place.`);
        if (this.#serving === serving) {
          const models = new Map([[labelConfig, Promise.resolve(model)]]);
          this.#serving = { record: older, models, isStandIn: true };
        }
        return model;
      }
      throw error;
    }
  }

  /** Load one version for a label config, without letting it serve. */
  openModel(record: VersionRecord | null, labelConfig: string): Promise<ServedModel> {
    const { store, backend, settings, readings } = this.#parts;
    const reading = readings.of(labelConfig);
    if (!reading.isServable) return Promise.reject(new SparrowError('BAD_INPUT', reading.notes.join(' ')));
    const context = createContext({
      project: this.key,
      labelConfig,
      trainOutput: record?.meta.trainOutput ?? null,
      modelVersion: this.#versionFor(labelConfig, record),
      settings,
      readFile: (name) => {
        if (record) return store.read(this.key, record.version, name);
        return Promise.reject(new SparrowError('NOT_FOUND', `There is no file ${name}: nothing is trained yet.`));
      },
      log: (message) => this.#parts.log(this.key, message),
      values: {
        read: () => store.getState(this.key),
        write: (patch) => store.setState(this.key, patch),
      },
    });
    return ServedModel.open(backend, context);
  }

  /** Let a version serve from the next request on. `model`, when given, is it, loaded for the label config. */
  serve(record: VersionRecord | null, model: { labelConfig: string; model: ServedModel } | null): void {
    const before = this.#serving;
    const models = new Map<string, Promise<ServedModel>>();
    if (model) models.set(model.labelConfig, Promise.resolve(model.model));
    this.#serving = { record, models, isStandIn: false };
    retireAll(before);
  }

  /**
   * Take over what another process changed: what is known, and which version serves. A version serves here only once it
   * is loaded. False when nothing is known of the project any more.
   */
  async refresh(): Promise<boolean> {
    const { store } = this.#parts;
    const before = this.#serving;
    const [state, record] = await Promise.all([store.getState(this.key), store.current(this.key)]);
    if (Object.keys(state).length === 0 && record === null) {
      this.unload();
      return false;
    }
    if (this.#isKept) {
      const { labelConfig, title, hostname, configuredAt, createdAt, syncedAt } = readState(state);
      this.#labelConfig = labelConfig;
      this.#details = { title, hostname, configuredAt };
      this.#createdAt = createdAt;
      this.#syncedAt = syncedAt;
    }
    if (record?.version === before.record?.version || this.#serving !== before) return true;
    const { labelConfig } = this;
    const isServable = record !== null && labelConfig !== null && this.#parts.readings.of(labelConfig).isServable;
    const model = isServable ? await this.openModel(record, labelConfig) : null;
    if (this.#serving === before) this.serve(record, model && labelConfig !== null ? { labelConfig, model } : null);
    else model?.retire();
    return true;
  }

  /** Give back what the loaded models take. */
  unload(): void {
    retireAll(this.#serving);
    this.#serving = { ...this.#serving, models: new Map() };
  }
}

export interface ProjectDetails {
  labelConfig?: string | null | undefined;
  title?: string | null | undefined;
  hostname?: string | null | undefined;
  /** When Label Studio changed the project, as it writes it; missing where the request does not say. */
  updatedAt?: string | null | undefined;
  /** Second of the project's creation. */
  createdAt?: string | null | undefined;
}

interface State {
  labelConfig: string | null;
  title: string | null;
  hostname: string | null;
  configuredAt: string | null;
  createdAt: string | null;
  syncedAt: string | null;
  training: TrainingMark;
}

function readState(state: { [key: string]: unknown }): State {
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    labelConfig: text(state.labelConfig),
    title: text(state.title),
    hostname: text(state.hostname),
    configuredAt: text(state.configuredAt),
    createdAt: text(state.createdAt),
    syncedAt: text(state.syncedAt),
    training: trainingMarks.find((mark) => mark === state.training) ?? 'none',
  };
}

function isDamage(error: unknown): boolean {
  return error instanceof SparrowError && (error.code === 'BAD_MODEL' || error.code === 'NOT_FOUND');
}

function retireAll(serving: Serving): void {
  for (const model of serving.models.values()) void model.then((one) => one.retire()).catch(() => {});
}
