// Does the trainings that servers ask for: takes jobs off Redis, as many at a time as it is told, and gives a job back when it
// is stopped. If it is killed, its lock runs out and another worker takes the job over; if it was only stopped for a while,
// it finds the lock lost, and nothing of what it has made counts.
import { randomUUID } from 'node:crypto';
import type { Worker } from 'bullmq';
import { messageOf, SparrowError } from '../errors.ts';
import { projectNameOf } from '../store/project-name.ts';
import type { RedisConnection } from '../store/redis-connection.ts';
import {
  isHopeless,
  type JobNews,
  loadBullmq,
  queueName,
  readJob,
  readReason,
  reasonText,
  type TrainingData,
  type TrainingJob,
  type TrainingReturn,
} from './bullmq-job.ts';
import type { Job, JobProgress, JobResult } from './job.ts';

/** The right to publish: while `lock` in Redis holds `token`, the job is this worker's. */
export interface Hold {
  lock: string;
  token: string;
}

export type HeldWork = (job: Job, signal: AbortSignal, hold: Hold) => Promise<JobResult>;

export interface BullmqWorkerOptions {
  redis: RedisConnection;
  channel: string;
  /** Trainings at one time. Default 1. */
  concurrency?: number;
  /** A training that takes longer is stopped. Default 30 minutes. */
  timeLimitMs?: number;
  /** How long a killed worker keeps its job, at most twice. Default 15 s. */
  lockMs?: number;
  /** Longest pause of a project after its training, before another that nobody asked for. Default 30 s. */
  longestPauseMs?: number;
  /** Told of each job that ended, or failed and will be tried again, and then why. */
  onEnd?: (job: Job, why: string | null) => void;
  onWarning?: (message: string) => void;
}

/** Workers that are there: each a member, by the time it last said so. */
export const workersKey = 'workers';
export const heartbeatMs = 5000;
const progressEachMs = 200;
const mostStalls = 3;
const longestCloseMs = 4000;
const stopping = Symbol('the worker stops');

type Bullmq = typeof import('bullmq');

export class BullmqWorker {
  readonly #worker: Worker<TrainingData, TrainingReturn>;
  readonly #work: HeldWork;
  readonly #redis: RedisConnection;
  readonly #options: Required<Omit<BullmqWorkerOptions, 'redis' | 'concurrency'>>;
  readonly #name = randomUUID();
  readonly #running = new Map<string, { project: string; controller: AbortController }>();
  readonly #connection: RedisConnection['client'];
  /** That one, and the one that BullMQ makes like it to wait for work with. */
  readonly #clients: RedisConnection['client'][];
  readonly #heartbeat: NodeJS.Timeout;
  readonly #errors: Pick<Bullmq, 'UnrecoverableError' | 'WaitingError'>;
  #isClosing = false;

  static async open(work: HeldWork, options: BullmqWorkerOptions): Promise<BullmqWorker> {
    return new BullmqWorker(await loadBullmq(), work, options);
  }

  private constructor(bullmq: Bullmq, work: HeldWork, options: BullmqWorkerOptions) {
    const { redis, concurrency = 1, ...rest } = options;
    const defaults = {
      timeLimitMs: 30 * 60_000,
      lockMs: 15_000,
      longestPauseMs: 30_000,
      onEnd: () => {},
      onWarning: () => {},
    };
    this.#options = { ...defaults, ...rest };
    this.#work = work;
    this.#redis = redis;
    this.#errors = bullmq;
    const { lockMs } = this.#options;
    // A worker may wait for Redis as long as it takes.
    this.#connection = redis.client.duplicate({
      enableOfflineQueue: true,
      maxRetriesPerRequest: null,
      autoResendUnfulfilledCommands: true,
      socketTimeout: undefined,
    });
    this.#clients = clientsMadeOf(this.#connection);
    this.#worker = new bullmq.Worker<TrainingData, TrainingReturn>(
      queueName,
      (job, token) => this.#run(job, token ?? ''),
      {
        connection: this.#connection,
        prefix: redis.prefix,
        concurrency,
        lockDuration: lockMs,
        stalledInterval: lockMs / 2,
        maxStalledCount: mostStalls,
        runRetryDelay: Math.min(2000, lockMs),
        skipVersionCheck: true,
      },
    );
    this.#listen();
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs);
    redis.onReady(() => this.#beat());
  }

  /** Somebody said something to all workers. */
  hear(news: JobNews): void {
    if (news.kind !== 'cancel') return;
    for (const { project, controller } of this.#running.values()) {
      if (project === news.project) controller.abort(new SparrowError('GONE', news.why));
    }
  }

  /** Takes nothing more, and puts back what is not done. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#isClosing = true;
    // First of all, or what is put back would be taken again.
    const closed = this.#closeQueue();
    for (const { controller } of this.#running.values()) controller.abort(stopping);
    const signedOff = this.#redis
      .call('sign off', (client) => client.zrem(this.#redis.key(workersKey), this.#name))
      .catch(() => {});
    const ended = Promise.all([signedOff, closed]);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, longestCloseMs).unref())]);
    for (const client of this.#clients) client.disconnect();
  }

  /**
   * Asked to close in peace, BullMQ ends the connection that waits for work and then waits for its end; ioredis never tells it
   * of one that was just about to be made anew. So that counts only while all stand; otherwise what runs is put back, and the
   * connections are cut.
   */
  async #closeQueue(): Promise<void> {
    const isCut = this.#redis.problem !== null || this.#clients.some(({ status }) => status !== 'ready');
    const putBack = (isCut ? Promise.resolve() : anyLost(this.#clients)).then(async () => {
      while (this.#running.size > 0) await new Promise((resolve) => setTimeout(resolve, 10).unref());
    });
    // From here on it takes nothing more.
    const closed = this.#worker.close(isCut).catch(() => {});
    await (isCut ? putBack : Promise.race([closed, putBack]));
  }

  async #run(bull: TrainingJob, token: string): Promise<TrainingReturn> {
    const id = bull.id ?? '';
    const { project } = bull.data;
    const { timeLimitMs } = this.#options;
    const controller = new AbortController();
    const minutes = Math.round(timeLimitMs / 6000) / 10;
    const limit = setTimeout(() => {
      const why = `The training was stopped at its time limit of ${minutes} min.`;
      controller.abort(new SparrowError('TRAINING_FAILED', why));
    }, timeLimitMs);
    this.#running.set(id, { project, controller });
    // It may have been taken just before the close.
    if (this.#isClosing) controller.abort(stopping);
    const startedAt = Date.now();
    let isOurs = true;
    try {
      const job = liveJob(bull, readJob(bull, 'active'));
      this.#tell(bull, 'started');
      controller.signal.throwIfAborted();
      const hold = { lock: `${this.#redis.key(queueName)}:${id}:lock`, token };
      const result = await Promise.race([this.#work(job, controller.signal, hold), rejectionOf(controller.signal)]);
      const { trainOutput: _, ...kept } = result;
      return kept;
    } catch (error) {
      isOurs = error !== stopping && !(error instanceof SparrowError && error.code === 'GONE');
      if (error === stopping) await this.#putBack(bull, token);
      // BullMQ, too, finds that the job is not this worker's any more, and then tells nobody how it ended.
      const isLate = error instanceof SparrowError && error.code === 'GONE' && !controller.signal.aborted;
      if (isLate) this.#options.onWarning(error.message);
      throw isHopeless(error, bull.attemptsMade)
        ? new this.#errors.UnrecoverableError(reasonText(error))
        : new Error(reasonText(error), { cause: error });
    } finally {
      clearTimeout(limit);
      this.#running.delete(id);
      // What was taken over by another worker, or put back, was no work of this one, however long it was held up.
      if (isOurs) this.#pause(project, Date.now() - startedAt);
    }
  }

  async #putBack(bull: TrainingJob, token: string): Promise<never> {
    await bull.moveToWait(token);
    throw new this.#errors.WaitingError();
  }

  #listen(): void {
    const worker = this.#worker;
    worker.on('completed', (bull) => void this.#ended(bull));
    worker.on('failed', (bull) => bull && void this.#ended(bull));
    worker.on('lockRenewalFailed', (ids: string[]) => {
      for (const id of ids) {
        const running = this.#running.get(id);
        const why = `This worker has lost its hold on a training of project "${running?.project}"; another one does it.`;
        if (running) this.#options.onWarning(why);
        running?.controller.abort(new SparrowError('GONE', why));
      }
    });
    worker.on('error', (error) => {
      const isOurs = this.#redis.problem === null && !/lock|Connection is closed/i.test(error.message);
      if (isOurs) this.#options.onWarning(`The worker’s queue failed: ${error.message}`);
    });
  }

  async #ended(bull: TrainingJob): Promise<void> {
    try {
      const job = readJob(bull, await bull.getState());
      this.#options.onEnd(job, bull.failedReason ? readReason(bull.failedReason).error : null);
      this.#tell(bull, job.endedAt === null ? 'queued' : 'ended');
    } catch (error) {
      this.#options.onWarning(`How a training ended could not be looked up: ${messageOf(error)}`);
    }
  }

  /** Pause as long as the training took, so that a busy project leaves half of a core to the rest. */
  #pause(project: string, took: number): void {
    const ms = Math.min(this.#options.longestPauseMs, took);
    const key = this.#redis.key('pause', projectNameOf(project));
    if (ms > 0) this.#redis.call('pause a project', (client) => client.set(key, '1', 'PX', ms)).catch(() => {});
  }

  #beat(): void {
    const key = this.#redis.key(workersKey);
    const beat = (client: RedisConnection['client']) => client.zadd(key, Date.now(), this.#name);
    this.#redis.call('sign on', beat).catch(() => {});
  }

  #tell({ id = '', data }: TrainingJob, state: 'queued' | 'started' | 'ended'): void {
    const news: JobNews = { kind: 'job', id, project: data.project, state };
    const { channel } = this.#options;
    this.#redis.call('tell the servers', (client) => client.publish(channel, JSON.stringify(news))).catch(() => {});
  }
}

/** A client, and from now on all that are made like it. */
function clientsMadeOf(client: RedisConnection['client']): RedisConnection['client'][] {
  const clients = [client];
  const duplicate = client.duplicate.bind(client);
  client.duplicate = (...settings) => {
    const made = duplicate(...settings);
    clients.push(made);
    return made;
  };
  return clients;
}

/** Resolves when one of the connections is lost. */
function anyLost(clients: readonly RedisConnection['client'][]): Promise<void> {
  return new Promise((resolve) => {
    for (const client of clients) client.once('reconnecting', () => resolve());
  });
}

/** A job whose progress is told to Redis as it is written, though not too often. */
function liveJob(bull: TrainingJob, job: Job): Job {
  let progress: JobProgress | null = null;
  let last = 0;
  return Object.defineProperty(job, 'progress', {
    enumerable: true,
    get: () => progress,
    set: (next: JobProgress | null) => {
      const isNewPhase = next?.phase !== progress?.phase;
      progress = next;
      const now = performance.now();
      if (next === null || (!isNewPhase && now - last < progressEachMs)) return;
      last = now;
      void bull.updateProgress({ ...next }).catch(() => {});
    },
  });
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
