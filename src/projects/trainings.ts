// When projects are trained: by themselves after enough changes, at once when somebody asks, again when the disk was
// full, and after a restart when one was promised. How a training goes is in train-project.ts.
import { messageOf, SparrowError } from '../errors.ts';
import { type Clock, systemClock } from '../training/clock.ts';
import type { Job } from '../training/job.ts';
import { type QueueOptions, type SubmitOptions, TrainingQueue } from '../training/queue.ts';
import { isPassing } from './label-sync.ts';
import type { LoadedProjects } from './loaded-projects.ts';
import type { Project } from './project.ts';
import { leftUndone, type TrainParts, trainProject } from './train-project.ts';

export interface TrainingsOptions extends Omit<TrainParts, 'log' | 'note' | 'settled' | 'read' | 'clock'> {
  queue: Omit<QueueOptions, 'onEnd'>;
  projects(): LoadedProjects;
  /** Changes until a training starts by itself; 0: only when asked. */
  eachUpdates: number;
  log(project: string, message: string): void;
  /** One line about reading from Label Studio. */
  note(project: string, message: string): void;
  onEnd(job: Job): void;
}

const firstRetryMs = 5000;
const longestRetryMs = 15 * 60_000;
/** So long after the last training a project counts as quiet, and its mark is taken away. */
const quietMs = 30_000;

export class Trainings {
  readonly queue: TrainingQueue;
  readonly #options: TrainingsOptions;
  readonly #clock: Clock;
  /** Project → pause before the last retry. */
  readonly #retries = new Map<string, number>();
  /** Projects whose labels could not be read from Label Studio; it is asked again later. */
  readonly #unread = new Map<string, { pauseMs: number; cancel(): void }>();
  /** Projects that owe nothing but still bear their mark; each with the way to take it away now, or never. */
  readonly #quiet = new Map<string, { clear(): Promise<void>; cancel(): void }>();
  /** Project → why it should be trained, of those that found the queue full: they come when others have ended. */
  readonly #refused = new Map<string, string>();

  constructor(options: TrainingsOptions) {
    this.#options = options;
    this.#clock = options.queue.clock ?? systemClock;
    this.queue = new TrainingQueue((job, signal) => this.#train(job, signal), {
      ...options.queue,
      onEnd: (job) => {
        options.onEnd(job);
        // Kept with the version: a thousand jobs are remembered, and may not hold a thousand reports.
        if (job.result) job.result = { ...job.result, trainOutput: null };
        this.#retryLater(job);
        // Only then does the queue have room again.
        queueMicrotask(() => this.#takeRefused());
      },
    });
  }

  get isAutomatic(): boolean {
    return this.#options.eachUpdates > 0;
  }

  isActive(key: string): boolean {
    return this.queue.running(key) !== null || this.queue.waiting(key) !== null;
  }

  /** Whether a project must stay in memory. */
  isBusy(key: string): boolean {
    return this.isActive(key) || this.#quiet.has(key);
  }

  /** The project was deleted: nothing more is written about it. */
  forget(key: string): void {
    this.#quiet.get(key)?.cancel();
    this.#quiet.delete(key);
    this.#unread.get(key)?.cancel();
    this.#unread.delete(key);
    this.#refused.delete(key);
  }

  async stop(): Promise<void> {
    await this.queue.stop();
    const quiet = [...this.#quiet.values()];
    for (const { cancel } of quiet) cancel();
    await Promise.all(quiet.map(({ clear }) => clear()));
  }

  /** The training set changed: remember it, and train when it is enough. Without a job, `why` says why. */
  async changed(project: Project, updates: number, reason: string): Promise<{ job: Job | null; why: string | null }> {
    const { eachUpdates, disk } = this.#options;
    project.revision++;
    project.updates += updates;
    await disk.write(() => project.setMark('due'));
    if (eachUpdates === 0) return { job: null, why: 'training starts only when asked' };
    const missing = eachUpdates - project.updates;
    if (missing > 0) return { job: null, why: `training starts after ${missing} more changes` };
    const job = await this.#submit(project, reason);
    return { job, why: job ? null : 'too many trainings wait; it is trained later' };
  }

  /** Somebody asked. Where a training would find nothing new, the one that knows it all is the answer. */
  async ask(project: Project, reason: string): Promise<Job> {
    const done = this.#doneAlready(project);
    if (done) return done;
    await this.#options.disk.write(() => project.setMark(project.wantsLabels ? 'read' : 'asked'));
    // Many may have waited for the mark: the first starts a training, which by now may even be over.
    const doneMeanwhile = this.#doneAlready(project);
    if (doneMeanwhile) await this.#options.disk.write(() => project.setMark('none'));
    return doneMeanwhile ?? this.#covering(project) ?? (await this.#enqueue(project.key, { reason }));
  }

  /** Take up what a stop or a crash left undone. */
  async resume(key: string): Promise<void> {
    await this.#enqueue(key, { reason: leftUndone, isAutomatic: true }).catch(nullWhenFull);
  }

  /** An automatic training; null where the queue is full. */
  async #submit(project: Project, reason: string): Promise<Job | null> {
    const { key } = project;
    return this.#covering(project) ?? this.#enqueue(key, { reason, isAutomatic: true }).catch(nullWhenFull);
  }

  /** Where the queue is full, the training comes later by itself, whatever the caller is told. */
  async #enqueue(key: string, options: SubmitOptions): Promise<Job> {
    try {
      const job = await this.queue.submit(key, options);
      this.#refused.delete(key);
      return job;
    } catch (error) {
      this.#refused.set(key, options.reason);
      throw error;
    }
  }

  #takeRefused(): void {
    const [first] = this.#refused;
    if (!first) return;
    const [key, reason] = first;
    void this.#enqueue(key, { reason, isAutomatic: true }).catch(() => {});
  }

  /** The last training, when it ended well or for good and nothing has changed since: another would end the same. */
  #doneAlready({ key, lastJob, revision, wantsLabels }: Project): Job | null {
    if (lastJob?.revision !== revision || wantsLabels || this.isActive(key)) return null;
    return lastJob.job.state === 'finished' || lastJob.job.errorCode === 'TOO_FEW_LABELS' ? lastJob.job : null;
  }

  /** The running training, when it sees all that is known now. */
  #covering({ key, lastJob, revision, wantsLabels }: Project): Job | null {
    const running = this.queue.running(key);
    const hasLooked = lastJob?.job === running;
    return running && (!hasLooked || (lastJob?.revision === revision && !wantsLabels)) ? running : null;
  }

  #train(job: Job, signal: AbortSignal): ReturnType<typeof trainProject> {
    const { log, note, ...parts } = this.#options;
    const work = (project: Project) =>
      trainProject(project, job, signal, {
        ...parts,
        clock: this.#clock,
        log: (message) => log(project.key, message),
        note: (message) => note(project.key, message),
        read: (error) => this.#noteRead(project.key, error),
        settled: (revision) => this.#settled(project, revision),
      });
    return this.#options.projects().use(job.project, work);
  }

  /**
   * Nothing is owed any more, so the mark can go. While annotations keep coming it stays, as the next one would only set
   * it again, which is a second durable write for each; a crash meanwhile costs a training that changes nothing.
   */
  async #settled(project: Project, revision: number): Promise<void> {
    if (project.revision !== revision) return;
    if (project.mark !== 'due' || !this.isAutomatic) return project.setMark('none');
    const { key } = project;
    this.#quiet.get(key)?.cancel();
    const clear = async () => {
      this.#quiet.delete(key);
      const isOwed = project.revision !== revision || this.isActive(key);
      if (!isOwed) await project.setMark('none').catch(() => {});
    };
    this.#quiet.set(key, { clear, cancel: this.#clock.later(quietMs, () => void clear()) });
  }

  /** A Label Studio that is away comes back: ask again, ever less often. What people must mend waits for them. */
  #noteRead(key: string, error: unknown): void {
    const before = this.#unread.get(key);
    before?.cancel();
    this.#unread.delete(key);
    if (error === null) return;
    const isAgain = isPassing(error);
    const pauseMs = Math.min(longestRetryMs, before ? 2 * before.pauseMs : firstRetryMs);
    const then = isAgain ? `; it is asked again in ${Math.round(pauseMs / 1000)} seconds` : '';
    const what = 'The labels could not be read from Label Studio, so what is known already is used';
    this.#options.note(key, `${what}${then}: ${messageOf(error)}`);
    if (!isAgain) return;
    const ask = (project: Project) => {
      project.wantsLabels = true;
      return this.ask(project, 'Label Studio could not be read the last time');
    };
    const retry = () =>
      void this.#options
        .projects()
        .use(key, ask)
        .catch(() => {});
    this.#unread.set(key, { pauseMs, cancel: this.#clock.later(pauseMs, retry) });
  }

  /**
   * A full or absent disk is mended by people, and another process that writes there may be about to end: try again,
   * ever less often, until it works.
   */
  #retryLater(job: Job): void {
    if (job.state === 'canceled') return;
    const isDisk = job.errorCode === 'NO_SPACE' || job.errorCode === 'IO_FAILED' || job.errorCode === 'CONFLICT';
    const pauseMs = Math.min(longestRetryMs, 2 * (this.#retries.get(job.project) ?? firstRetryMs / 2));
    this.#retries.delete(job.project);
    if (!isDisk) return;
    this.#retries.set(job.project, pauseMs);
    this.#clock.later(pauseMs, () => {
      this.#enqueue(job.project, { reason: 'the disk failed the last time', isAutomatic: true }).catch(() => {});
    });
  }
}

function nullWhenFull(error: unknown): null {
  if (error instanceof SparrowError && error.code === 'BUSY') return null;
  throw error;
}
