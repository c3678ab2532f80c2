// Trainings as jobs on Redis, seen from a server: it asks for them and hears how they go; workers do them (bullmq-worker.ts).
// BullMQ's deduplication keeps one active job of a project and one that waits behind it, which every further request joins.
// As a project has no more than that, jobs in the order of their coming are projects in turn.
import { randomUUID } from 'node:crypto';
import { SparrowError } from '../errors.ts';
import { projectNameOf } from '../store/project-name.ts';
import type { RedisConnection } from '../store/redis-connection.ts';
import {
  type BullQueue,
  firstId,
  type JobNews,
  loadBullmq,
  predecessorOf,
  queuedJob,
  queueName,
  readJob,
  successorOf,
  type TrainingJob,
} from './bullmq-job.ts';
import { isOver, type Job } from './job.ts';
import { MergedCalls } from './merged-calls.ts';
import type { SubmitOptions } from './queue.ts';

export interface BullmqQueueOptions {
  redis: RedisConnection;
  /** Where jobs and projects are told about. */
  channel: string;
  /** Pause before the first repetition of a job that failed; it doubles. Default 5 s. */
  retryMs?: number;
}

/** Together about ten minutes; what fails still is found by the next look for what is owed. */
const attempts = 8;
const keptJobs = { age: 7 * 24 * 3600, count: 1000 };
const mostMirrored = 1000;
const mostTries = 10;

export class BullmqQueue {
  readonly #queue: BullQueue;
  readonly #options: Required<BullmqQueueOptions>;
  #onEnd: (job: Job) => void = () => {};
  /** What was seen last of each project's jobs. */
  readonly #running = new Map<string, Job>();
  readonly #waiting = new Map<string, Job>();
  readonly #submitting = new MergedCalls<Job>();

  static async open(options: BullmqQueueOptions): Promise<BullmqQueue> {
    const { Queue } = await loadBullmq();
    const { redis } = options;
    const queue: BullQueue = new Queue(queueName, {
      connection: redis.client,
      prefix: redis.prefix,
      skipVersionCheck: true,
      skipWaitingForReady: true,
      skipMetasUpdate: true,
    });
    queue.on('error', () => {}); // the connection says what is wrong
    return new BullmqQueue(queue, options);
  }

  private constructor(queue: BullQueue, { redis, channel, retryMs = 5000 }: BullmqQueueOptions) {
    this.#queue = queue;
    this.#options = { redis, channel, retryMs };
  }

  /** Who is told of the end of each job, wherever it ran. */
  onEnd(listener: (job: Job) => void): void {
    this.#onEnd = listener;
  }

  /** Ask for a training of the project; joins the one that waits already. */
  submit(project: string, options: SubmitOptions): Promise<Job> {
    const add = () => this.#add(project, options);
    return options.isAutomatic === true ? this.#submitting.run(project, add) : add();
  }

  /** A job that runs, waits, or ended not too long ago. */
  async job(id: string): Promise<Job | null> {
    if (!/^[0-9a-f]{32}-\d{1,9}$/.test(id)) return null;
    return this.#call('look up a training', async () => {
      const job = await this.#read(id);
      const before = predecessorOf(id);
      if (job || before === null) return job;
      const first = await this.#read(before);
      if (!first) return null;
      // It waits behind the running one; or its request came when that one had not begun, and is answered by it.
      if (first.state === 'started' && (await this.#nextId(first.project)) === id) return queuedJob(id, first);
      return (await this.#read(id)) ?? { ...first, id };
    });
  }

  running(project: string): Job | null {
    return this.#running.get(project) ?? null;
  }

  waiting(project: string): Job | null {
    return this.#waiting.get(project) ?? null;
  }

  /** The project's job that is at work now, as Redis has it. */
  async active(project: string): Promise<Job | null> {
    return this.#call('look up the running training', async () => {
      const id = await this.#queue.getDeduplicationJobId(projectNameOf(project));
      const job = id ? await this.#read(id) : null;
      return job?.state === 'started' ? job : null;
    });
  }

  /** Whether a job of the project runs or waits. */
  async isOwed(project: string): Promise<boolean> {
    const name = projectNameOf(project);
    return this.#call('look up the trainings', async () => {
      const id = await this.#queue.getDeduplicationJobId(name);
      return id ? (await this.#find(id)) !== null : false;
    });
  }

  get size(): { running: number; waiting: number } {
    return { running: this.#running.size, waiting: this.#waiting.size };
  }

  /** End the project's jobs: nobody wants their result. */
  async cancel(project: string, why: string): Promise<void> {
    await this.#call('cancel a training', async () => {
      const id = await this.#queue.getDeduplicationJobId(projectNameOf(project));
      const bull = id ? await this.#find(id) : null;
      if (bull && !(await bull.isActive())) await bull.remove().catch(() => {});
    });
    await this.#tell({ kind: 'cancel', project, why });
    this.#running.delete(project);
    this.#waiting.delete(project);
  }

  /** Resolves when nothing runs and nothing waits. */
  async drain(): Promise<void> {
    for (;;) {
      const counts = await this.#call('count the trainings', () =>
        this.#queue.getJobCounts('active', 'waiting', 'delayed', 'prioritized'),
      );
      if (Object.values(counts).every((count) => count === 0)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Trainings are the workers' affair and go on. */
  async stop(): Promise<void> {
    await this.#queue.close().catch(() => {});
  }

  /** Something happened to a job somewhere. */
  async hear(news: JobNews): Promise<void> {
    if (news.kind !== 'job') return;
    const job = await this.job(news.id);
    if (job) this.#mirror(job);
    if (job && news.state === 'ended' && isOver(job)) this.#onEnd(job);
  }

  /** See how the jobs go that are known here; with `all`, find also those that are not. */
  async look(all: boolean): Promise<void> {
    if (all) {
      const jobs = await this.#call('list the trainings', () =>
        this.#queue.getJobs(['active', 'waiting', 'delayed', 'prioritized'], 0, mostMirrored),
      );
      this.#running.clear();
      this.#waiting.clear();
      for (const bull of jobs) {
        const job = bull?.id ? await this.#read(bull.id) : null;
        if (job) this.#mirror(job);
      }
      return;
    }
    for (const job of [...this.#running.values(), ...[...this.#waiting.values()].slice(0, 50)]) {
      const now = await this.job(job.id);
      if (now) this.#mirror(now);
      else this.#forget(job);
    }
  }

  async #add(project: string, { reason, isAutomatic = false }: SubmitOptions): Promise<Job> {
    const { redis } = this.#options;
    const pause = redis.key('pause', projectNameOf(project));
    const job = await this.#call('ask for a training', async () => {
      const delay = isAutomatic ? Math.max(0, await redis.client.pttl(pause)) : 0;
      return this.#addTo(project, reason, delay);
    });
    this.#mirror(job);
    await this.#tell({ kind: 'job', id: job.id, project, state: 'queued' }).catch(() => {});
    return job;
  }

  /**
   * A job added while another of its project runs waits behind it under the id that it was added with, and the next one
   * that is added takes its place and its id. So all of them are added under one id, the successor of the running one's.
   */
  async #addTo(project: string, reason: string, delay: number): Promise<Job> {
    const dedup = projectNameOf(project);
    let last = await this.#queue.getDeduplicationJobId(dedup);
    for (let tries = 1; ; tries++) {
      const jobId = last ? successorOf(last) : firstId(randomUUID());
      const data = { project, reason };
      const added = await this.#queue.add('train', data, {
        jobId,
        delay,
        deduplication: { id: dedup, keepLastIfActive: true, reschedule: delay === 0 },
        attempts,
        backoff: { type: 'exponential', delay: this.#options.retryMs, jitter: 0.5 },
        removeOnComplete: keptJobs,
        removeOnFail: keptJobs,
        stackTraceLimit: 1,
      });
      const id = added.id ?? jobId;
      const job = await this.#read(id);
      if (id === jobId) return job ?? queuedJob(jobId, data);
      if (job && isOver(job)) return (await this.#read(jobId)) ?? job;
      const next = job?.state === 'started' ? await this.#nextId(project) : null;
      if (job && next === null) return job; // it had not begun when this request came
      if (next !== null && next === successorOf(id)) return queuedJob(next, data);
      if (tries >= mostTries)
        throw new SparrowError('BUSY', 'The trainings of this project change too fast; try again.');
      last = job ? id : null;
    }
  }

  #mirror(job: Job): void {
    this.#forget(job);
    if (isOver(job) || this.#running.size + this.#waiting.size >= mostMirrored) return;
    const isRunning = job.state === 'started';
    (isRunning ? this.#running : this.#waiting).set(job.project, job);
  }

  #forget({ id, project }: Job): void {
    if (this.#running.get(project)?.id === id) this.#running.delete(project);
    if (this.#waiting.get(project)?.id === id) this.#waiting.delete(project);
  }

  /** The job as it is now. What is read second is no older, so a state is never shown with what was before it. */
  async #read(id: string): Promise<Job | null> {
    const state = await this.#queue.getJobState(id);
    const bull = await this.#find(id);
    return bull ? readJob(bull, state) : null;
  }

  /** The id of what waits behind the project's running job; BullMQ makes it a job when that one ends. */
  async #nextId(project: string): Promise<string | null> {
    return this.#options.redis.client.hget(this.#queue.toKey(`dn:${projectNameOf(project)}`), 'jid');
  }

  async #find(id: string): Promise<TrainingJob | null> {
    return ((await this.#queue.getJob(id)) as TrainingJob | undefined) ?? null;
  }

  #tell(news: JobNews): Promise<unknown> {
    const { redis, channel } = this.#options;
    return redis.call('tell the workers', (client) => client.publish(channel, JSON.stringify(news)));
  }

  #call<T>(doing: string, work: () => Promise<T>): Promise<T> {
    return this.#options.redis.call(doing, work);
  }
}
