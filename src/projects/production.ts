// Puts the parts of production together: a replica is a registry whose trainings are done elsewhere; a worker does them. Both
// are made of the same stores (shared-stores.ts), and know nothing of ports, files of settings or processes.
import { SparrowError } from '../errors.ts';
import { newsChannel } from '../store/redis-store-keys.ts';
import { openSharedStores, type SharedStores, type SharedStoresOptions } from '../store/shared-stores.ts';
import type { JobNews } from '../training/bullmq-job.ts';
import { BullmqQueue } from '../training/bullmq-queue.ts';
import { BullmqWorker, type BullmqWorkerOptions } from '../training/bullmq-worker.ts';
import { Ledger } from '../training/ledger.ts';
import type { TrainingRunner } from '../training/runner.ts';
import { Registry, type RegistryOptions } from './registry.ts';
import { Replica } from './replica.ts';
import { ServingProjects, type ServingProjectsOptions } from './serving-projects.ts';
import { SharedTrainings } from './shared-trainings.ts';
import { TrainingHost, type TrainingSetup } from './training-host.ts';

export interface ReplicaParts {
  stores: SharedStoresOptions;
  registry: Omit<RegistryOptions, 'store' | 'journal' | 'runner' | 'trainer' | 'queue'>;
  /** How often a replica looks for what it did not hear of. Default 1 s. */
  pollMs?: number;
}

export interface RunningReplica {
  registry: Registry;
  stores: SharedStores;
  /** One sentence about what does not work, or null. */
  problem(): Promise<string | null>;
  close(): Promise<void>;
}

/** Nothing is trained in a replica. */
const noRunner: TrainingRunner = {
  run: () => Promise.reject(new SparrowError('BUSY', 'Trainings are done by workers.')),
  close: async () => {},
};

export async function openReplica({
  stores: places,
  registry: options,
  pollMs,
}: ReplicaParts): Promise<RunningReplica> {
  const stores = await openSharedStores(places);
  const { redis, store, journal } = stores;
  const queue = await BullmqQueue.open({ redis, channel: redis.key(newsChannel) });
  const eachUpdates = options.trainEachUpdates ?? 1;
  const parts = { redis, store, journal, ledger: new Ledger(redis), queue, eachUpdates };
  const registry = new Registry({
    ...options,
    store,
    journal,
    runner: noRunner,
    trainer: (onEnd) => new SharedTrainings({ ...parts, onEnd }),
  });
  const log = (project: string, message: string) => options.onNote?.({ kind: 'model', project, message });
  const replica = new Replica({ redis, store, queue, registry, log, ...(pollMs !== undefined && { pollMs }) });
  await replica.start();
  return {
    registry,
    stores,
    problem: () => replica.problem(),
    close: async () => {
      replica.close();
      await registry.close();
      await stores.close();
    },
  };
}

/** The jobs are the affair of the replica that a serving process belongs to. */
const noJobs = { hear: async () => {}, look: async () => {} };

/** A process that only predicts, beside a replica: it hears for itself what was changed. */
export async function openServing({
  stores: places,
  projects,
}: {
  stores: SharedStoresOptions;
  projects: Omit<ServingProjectsOptions, 'store'>;
}): Promise<{ projects: ServingProjects; close(): Promise<void> }> {
  const stores = await openSharedStores(places);
  const { redis, store } = stores;
  const serving = new ServingProjects({ ...projects, store });
  const replica = new Replica({ redis, store, queue: noJobs, registry: serving, log: projects.log });
  await replica.start();
  return {
    projects: serving,
    close: async () => {
      replica.close();
      await serving.close();
      await stores.close();
    },
  };
}

export interface WorkerParts extends TrainingSetup {
  stores: SharedStoresOptions;
  /** Trainings at one time, their time limit, and how long a killed worker keeps its job. */
  jobs?: Pick<BullmqWorkerOptions, 'concurrency' | 'timeLimitMs' | 'lockMs' | 'longestPauseMs' | 'onEnd'>;
  /** How often it looks for trainings that are owed and that nobody asked for. Default 1 minute. */
  lookEachMs?: number;
}

export interface RunningWorker {
  stores: SharedStores;
  /** Takes nothing more, puts back what is not done. */
  close(): Promise<void>;
}

/** Nobody waits for a worker as they do for a server: it is patient with Redis. */
const patientMs = 3000;
const defaultLookMs = 60_000;
const dayMs = 24 * 3_600_000;

export async function openTrainingWorker(parts: WorkerParts): Promise<RunningWorker> {
  const { jobs = {}, lookEachMs = defaultLookMs, log } = parts;
  const onWarning = (message: string) => log('', message);
  const stores = await openSharedStores({ patienceMs: patientMs, onWarning, ...parts.stores });
  const { redis, store, journal } = stores;
  const channel = redis.key(newsChannel);
  const queue = await BullmqQueue.open({ redis, channel });
  const { modelDir } = parts.stores;
  const host = new TrainingHost({ ...parts, modelDir, redis, store, journal, ledger: new Ledger(redis), queue });
  const worker = await BullmqWorker.open((job, signal, hold) => host.train(job, signal, hold), {
    ...jobs,
    redis,
    channel,
    onWarning,
    onEnd: (job, why) => {
      jobs.onEnd?.(job, why);
      if (job.endedAt !== null) void host.askIfOwed(job.project).catch(() => {});
    },
  });
  const look = () => void lookAlone(stores, lookEachMs, () => host.lookForOwed()).catch(() => {});
  const timer = setInterval(look, lookEachMs);
  redis.onReady(look);
  await redis.listen(channel, (message) => worker.hear(JSON.parse(message) as JobNews));
  return {
    stores,
    close: async () => {
      clearInterval(timer);
      await worker.close();
      await parts.runner.close();
      await queue.stop();
      await stores.close();
    },
  };
}

/** One of several workers looks, and the others leave it to that one. */
async function lookAlone({ redis, store }: SharedStores, eachMs: number, look: () => Promise<void>): Promise<void> {
  const take = () => redis.client.set(redis.key('looking'), '1', 'PX', Math.ceil(eachMs / 2), 'NX');
  if ((await redis.call('look for trainings that are owed', take)) === null) return;
  await look();
  const purge = () => redis.client.set(redis.key('purging'), '1', 'PX', dayMs, 'NX');
  if ((await redis.call('look for what was deleted', purge)) !== null) await store.purge();
}
