// What a worker does with a job: it loads the project as it is now, trains it as an embedded server would, and lets the result
// serve, provided the job is still its own. It also looks, now and then, for trainings that are owed and that nobody asked for:
// because Redis went away in between, or the one who would have asked was killed.
import { messageOf, SparrowError } from '../errors.ts';
import type { BackendSettings } from '../sdk/backend.ts';
import type { BackendModule } from '../sdk/backend-module.ts';
import type { RedisConnection } from '../store/redis-connection.ts';
import type { RedisJournal } from '../store/redis-journal.ts';
import { forgetLoss, isLost } from '../store/redis-restore.ts';
import type { Fence, RedisStore } from '../store/redis-store.ts';
import type { BullmqQueue } from '../training/bullmq-queue.ts';
import type { Hold } from '../training/bullmq-worker.ts';
import { systemClock } from '../training/clock.ts';
import type { Job, JobResult } from '../training/job.ts';
import { digestOf, type Ledger, type Look } from '../training/ledger.ts';
import type { TrainingRunner } from '../training/runner.ts';
import { ConfigReadings } from './config-readings.ts';
import { DiskWatch } from './disk-watch.ts';
import { type LabelSource, numberOf } from './label-source.ts';
import { Project } from './project.ts';
import { Sources } from './sources.ts';
import { takeOverAnnotations } from './take-over.ts';
import { TextCache } from './text-cache.ts';
import { type TrainParts, trainProject } from './train-project.ts';

/** What trainings are done with, and what becomes of them. */
export interface TrainingSetup {
  backend: BackendModule;
  settings: BackendSettings;
  runner: TrainingRunner;
  source: LabelSource | null;
  keptVersions: number;
  hasGate: boolean;
  eachUpdates: number;
  log(project: string, message: string): void;
}

export interface TrainingHostOptions extends TrainingSetup {
  redis: RedisConnection;
  store: RedisStore;
  journal: RedisJournal;
  ledger: Ledger;
  queue: BullmqQueue;
  /** MODEL_DIR, which may hold annotations of a time before Redis; null where there is none. */
  modelDir: string | null;
}

/** Tried again in vain these would be, until something changes. */
const finalCodes = ['TOO_FEW_LABELS', 'BAD_INPUT', 'BAD_OPTION'];

export class TrainingHost {
  readonly #options: TrainingHostOptions;
  readonly #readings = new ConfigReadings();
  readonly #texts = new TextCache();

  constructor(options: TrainingHostOptions) {
    this.#options = options;
  }

  async train(job: Job, signal: AbortSignal, hold: Hold): Promise<JobResult> {
    const { store, journal, ledger, backend, settings, source, log, redis } = this.#options;
    const key = job.project;
    // Before anything is read: what is deleted from here on must not come back with the result.
    const fence = { ...hold, deletions: await store.deletions(key) };
    const changes = await journal.changes(key);
    const parts = { store, backend, settings, readings: this.#readings, log };
    const project = await Project.open(key, parts);
    project.wantsLabels = source !== null && (await ledger.takeWish(key));
    const isLostNow = await isLost(redis, key);
    const looked = { isDone: false };
    try {
      return await trainProject(project, job, signal, {
        ...this.#partsFor(key, fence, looked),
        read: (error) => {
          if (error === null) void forgetLoss(redis, key).catch(() => {});
          else if (isLostNow)
            throw error; // what is there is too little to learn from
          else log(key, `The labels could not be read from Label Studio: ${messageOf(error)}`);
        },
      });
    } catch (error) {
      const isFinal = error instanceof SparrowError && finalCodes.includes(error.code);
      if (isFinal && !looked.isDone) {
        await ledger.look(key, { job: job.id, changes, config: digestOf(project.labelConfig) });
      } else if (!isFinal && looked.isDone) await ledger.unlook(key).catch(() => {});
      throw error;
    } finally {
      project.unload();
    }
  }

  /** Ask for the trainings that are owed and that nobody has asked for. */
  async lookForOwed(): Promise<void> {
    const { store } = this.#options;
    for (const key of await store.projects()) await this.askIfOwed(key);
  }

  async askIfOwed(key: string): Promise<void> {
    const { redis, ledger, queue, source } = this.#options;
    if ((await isLost(redis, key)) && !(await this.#takeOver(key))) {
      // Label Studio may have what Redis has lost. Without a key it takes a person to say so.
      if (source === null || numberOf(key) === null) return;
      await ledger.wishForLabels(key);
    }
    const look = await ledger.read(key);
    const isWanted = look.wantsLabels && source !== null;
    if (!isWanted && !(await this.#isOwed(key, look))) return;
    const active = await queue.active(key);
    // One that waits, or that has not looked yet, will see it all.
    const isComing = active === null ? await queue.isOwed(key) : look.job !== active.id;
    if (!isComing) await queue.submit(key, { reason: 'changes that no training has seen', isAutomatic: true });
  }

  /** Annotations from before Redis, where the directory was an embedded server's. */
  async #takeOver(key: string): Promise<boolean> {
    const { redis, journal, modelDir, log } = this.#options;
    if (modelDir === null || !(await takeOverAnnotations(key, modelDir, journal))) return false;
    await forgetLoss(redis, key);
    log(key, 'The annotations that were kept under MODEL_DIR are in Redis now.');
    return true;
  }

  /** Whether so much has changed since the last training that another is due. */
  async #isOwed(key: string, look: Look): Promise<boolean> {
    const { store, journal, eachUpdates } = this.#options;
    const [changes, { annotations }] = await Promise.all([journal.changes(key), journal.counts(key)]);
    if (eachUpdates === 0 || annotations === 0) return false;
    if (changes - look.changes >= eachUpdates) return true;
    const { labelConfig } = await store.getState(key);
    return look.config !== null && look.config !== digestOf(typeof labelConfig === 'string' ? labelConfig : null);
  }

  #partsFor(key: string, fence: Fence, looked: { isDone: boolean }): Omit<TrainParts, 'read'> {
    const { store, journal, source, runner, settings, keptVersions, hasGate, ledger, log } = this.#options;
    return {
      journal,
      sources: new Sources({ source }),
      texts: this.#texts,
      readings: this.#readings,
      clock: systemClock,
      note: (message) => log(key, message),
      settings,
      keptVersions,
      hasGate,
      disk: new DiskWatch(),
      log: (message) => log(key, message),
      settled: async () => {},
      store: fenced(store, fence),
      runner: {
        run: async (request, hooks) => {
          const changes = await journal.changes(key);
          await ledger.look(key, { job: request.job, changes, config: digestOf(request.labelConfig) });
          looked.isDone = true;
          return runner.run(request, hooks);
        },
        close: async () => {},
      },
    };
  }
}

/** The store as one job may use it: it puts and moves the pointer only while the job is held. */
function fenced(store: RedisStore, fence: Fence): TrainParts['store'] {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'put')
        return (project: string, version: Parameters<RedisStore['put']>[1]) => target.put(project, version, fence);
      if (name === 'setCurrent') {
        return (project: string, version: string, expected?: string | null) =>
          target.setCurrent(project, version, expected, fence);
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
