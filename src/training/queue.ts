// Which training runs when: at most one at a time for a project, at most one more waiting, which every further
// request joins; projects take turns, and one whose trainings hang or break is kept from holding up the rest. The
// queue knows nothing of models: the work is a function it is given.
import { randomUUID } from 'node:crypto';
import { messageOf, SparrowError } from '../errors.ts';
import { type Clock, systemClock } from './clock.ts';
import { isOver, type Job, type JobResult } from './job.ts';

/** Does one job. Reports progress by writing `job.progress`; stops when the signal is aborted. */
export type Work = (job: Job, signal: AbortSignal) => Promise<JobResult>;

export interface QueueOptions {
  /** Trainings at one time, of different projects. Default 1. */
  concurrency?: number;
  /** Projects that may wait. Default 1000. */
  mostWaiting?: number;
  /** A training that takes longer is stopped. Default 30 minutes. */
  timeLimitMs?: number;
  /** Jobs remembered after their end. Default 1000. */
  mostKept?: number;
  /** Longest pause between two trainings that nobody pressed a button for. Default 30 s. */
  longestPauseMs?: number;
  /** Longest such pause after trainings that broke one after another. Default 1 hour. */
  longestFailurePauseMs?: number;
  /** A training that takes longer no longer counts as one of `concurrency`: as many again may run. Default 1 minute. */
  patienceMs?: number;
  clock?: Clock;
  /** Called at the end of each job, whatever its end. */
  onEnd?: (job: Job) => void;
}

export interface SubmitOptions {
  reason: string;
  /** False when a person asked: then no pause is kept. */
  isAutomatic?: boolean;
}

interface Waiting {
  job: Job;
  notBefore: number;
}

interface Running {
  job: Job;
  controller: AbortController;
  ended: Promise<void>;
  /** It has taken longer than others should have to wait. */
  isSlow: boolean;
}

/** What breaks at once is taken for having taken so long. */
const leastFailureMs = 1000;
/** Ends that say something is wrong with the training itself; null is a bug. */
const brokenCodes: ReadonlySet<Job['errorCode']> = new Set([null, 'TRAINING_FAILED', 'MODEL_FAILED', 'OUT_OF_MEMORY']);

export class TrainingQueue {
  readonly #work: Work;
  readonly #options: Required<Omit<QueueOptions, 'onEnd'>>;
  readonly #onEnd: (job: Job) => void;
  /** In the order of their turns: a project that was served joins the end. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #running = new Map<string, Running>();
  readonly #jobs = new Map<string, Job>();
  /** Until when, on the clock that nobody sets, a project pauses before its next automatic training. */
  readonly #pauses = new Map<string, number>();
  /** How many trainings of a project broke since the last that did not. */
  readonly #failures = new Map<string, number>();
  #cancelTimer: (() => void) | null = null;
  #isStopped = false;

  constructor(work: Work, options: QueueOptions = {}) {
    this.#work = work;
    this.#onEnd = options.onEnd ?? (() => {});
    this.#options = {
      concurrency: options.concurrency ?? 1,
      mostWaiting: options.mostWaiting ?? 1000,
      timeLimitMs: options.timeLimitMs ?? 30 * 60_000,
      mostKept: options.mostKept ?? 1000,
      longestPauseMs: options.longestPauseMs ?? 30_000,
      longestFailurePauseMs: options.longestFailurePauseMs ?? 3_600_000,
      patienceMs: options.patienceMs ?? 60_000,
      clock: options.clock ?? systemClock,
    };
  }

  /** Ask for a training of the project; joins the one that waits already. */
  async submit(project: string, { reason, isAutomatic = false }: SubmitOptions): Promise<Job> {
    if (this.#isStopped) throw new SparrowError('BUSY', 'The server is stopping and starts no training.');
    const { clock, mostWaiting } = this.#options;
    const notBefore = isAutomatic ? (this.#pauses.get(project) ?? 0) : 0;
    let waiting = this.#waiting.get(project);
    if (waiting) {
      waiting.notBefore = Math.min(waiting.notBefore, notBefore);
    } else {
      if (this.#waiting.size >= mostWaiting) {
        throw new SparrowError('BUSY', `${mostWaiting} projects wait for their training already; try again later.`);
      }
      waiting = { job: newJob(project, reason, clock.now()), notBefore };
      this.#waiting.set(project, waiting);
      this.#keep(waiting.job);
    }
    this.#startNext();
    return waiting.job;
  }

  /** A job that runs, waits, or ended not too long ago. */
  async job(id: string): Promise<Job | null> {
    return this.#jobs.get(id) ?? null;
  }

  running(project: string): Job | null {
    return this.#running.get(project)?.job ?? null;
  }

  waiting(project: string): Job | null {
    return this.#waiting.get(project)?.job ?? null;
  }

  /** Numbers for metrics. */
  get size(): { running: number; waiting: number } {
    return { running: this.#running.size, waiting: this.#waiting.size };
  }

  /** End the project's jobs: nobody wants their result. */
  cancel(project: string, why: string): void {
    const waiting = this.#waiting.get(project);
    this.#waiting.delete(project);
    this.#failures.delete(project);
    if (waiting) {
      this.#end(waiting.job, 'canceled', new SparrowError('GONE', why));
      this.#onEnd(waiting.job);
    }
    this.#running.get(project)?.controller.abort(new SparrowError('GONE', why));
  }

  /** Do all that waits, without pauses; resolves when nothing runs and nothing waits. */
  async drain(): Promise<void> {
    while (this.#running.size > 0 || this.#waiting.size > 0) {
      for (const waiting of this.#waiting.values()) waiting.notBefore = 0;
      this.#startNext();
      const [first] = this.#running.values();
      if (!first) return;
      await first.ended;
    }
  }

  /** Start nothing more and end what runs. What was waiting is done after the next start, by the project's own mark. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer?.();
    const why = 'The server stopped; the training starts again with it.';
    for (const project of [...this.#waiting.keys(), ...this.#running.keys()]) this.cancel(project, why);
    await Promise.all([...this.#running.values()].map((running) => running.ended));
  }

  /** Start what may start now, and set the timer for what may start later. */
  #startNext(): void {
    const { clock } = this.#options;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#isStopped) return;
    const now = clock.elapsed();
    let next = Number.POSITIVE_INFINITY;
    for (const [project, { job, notBefore }] of this.#waiting) {
      if (this.#isFull) return;
      if (this.#running.has(project)) continue;
      if (notBefore > now) {
        next = Math.min(next, notBefore);
        continue;
      }
      this.#waiting.delete(project);
      this.#start(job);
    }
    if (Number.isFinite(next)) this.#cancelTimer = clock.later(next - now, () => this.#startNext());
  }

  /** What hangs must not hold up the rest, nor may it pile up: each place is given away once more, and no further. */
  get #isFull(): boolean {
    const { concurrency } = this.#options;
    const slow = [...this.#running.values()].filter(({ isSlow }) => isSlow).length;
    return this.#running.size - Math.min(slow, concurrency) >= concurrency;
  }

  #start(job: Job): void {
    const { clock, timeLimitMs, patienceMs } = this.#options;
    const controller = new AbortController();
    const limit = timeLimitMs < 60_000 ? `${timeLimitMs / 1000} s` : `${Math.round(timeLimitMs / 6000) / 10} min`;
    const cancelLimit = clock.later(timeLimitMs, () => {
      const why = `The training was stopped at its time limit of ${limit}.`;
      controller.abort(new SparrowError('TRAINING_FAILED', why));
    });
    const cancelPatience = clock.later(patienceMs, () => {
      running.isSlow = true;
      this.#startNext();
    });
    const began = clock.elapsed();
    job.state = 'started';
    job.startedAt = clock.now();
    const ended = this.#runOne(job, controller.signal).finally(() => {
      cancelLimit();
      cancelPatience();
      this.#running.delete(job.project);
      this.#pause(job, clock.elapsed() - began);
      this.#onEnd(job);
      this.#startNext();
    });
    const running: Running = { job, controller, ended, isSlow: false };
    this.#running.set(job.project, running);
  }

  async #runOne(job: Job, signal: AbortSignal): Promise<void> {
    try {
      // One turn later, so that whoever submitted has the job in hand before the work begins.
      await null;
      signal.throwIfAborted();
      // The race matters for work that does not listen to its signal: it may go on, but nobody waits for it.
      const result = await Promise.race([this.#work(job, signal), rejectionOf(signal)]);
      job.result = result;
      this.#end(job, 'finished', null);
    } catch (error) {
      // Also when the work itself finds that there is nobody left to train for.
      const isCanceled = error instanceof SparrowError && error.code === 'GONE';
      this.#end(job, isCanceled ? 'canceled' : 'failed', error);
    }
  }

  #end(job: Job, state: Job['state'], error: unknown): void {
    if (isOver(job)) return;
    job.state = state;
    job.endedAt = this.#options.clock.now();
    job.progress = null;
    if (error === null) return;
    job.error = messageOf(error);
    job.errorCode = error instanceof SparrowError ? error.code : null;
  }

  /**
   * Pause as long as the training took, so that a busy project leaves half of a core to the rest; twice, four times … as
   * long when trainings break, so that one that always hangs or runs out of memory takes ever less of it.
   */
  #pause(job: Job, took: number): void {
    const { clock, longestPauseMs, longestFailurePauseMs } = this.#options;
    const now = clock.elapsed();
    for (const [project, until] of this.#pauses) if (until <= now) this.#pauses.delete(project);
    const isBroken = job.state === 'failed' && brokenCodes.has(job.errorCode);
    const failures = isBroken ? (this.#failures.get(job.project) ?? 0) + 1 : 0;
    if (isBroken) this.#failures.set(job.project, failures);
    else this.#failures.delete(job.project);
    const pause = isBroken
      ? Math.min(longestFailurePauseMs, Math.max(took, leastFailureMs) * 2 ** failures)
      : Math.min(longestPauseMs, took);
    if (pause > 0) this.#pauses.set(job.project, now + pause);
  }

  #keep(job: Job): void {
    this.#jobs.set(job.id, job);
    if (this.#jobs.size <= this.#options.mostKept) return;
    for (const [id, kept] of this.#jobs) {
      if (!isOver(kept)) continue;
      this.#jobs.delete(id);
      if (this.#jobs.size <= this.#options.mostKept) return;
    }
  }
}

function newJob(project: string, reason: string, now: number): Job {
  return {
    id: randomUUID(),
    project,
    reason,
    createdAt: now,
    state: 'queued',
    startedAt: null,
    endedAt: null,
    progress: null,
    result: null,
    error: null,
    errorCode: null,
  };
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
