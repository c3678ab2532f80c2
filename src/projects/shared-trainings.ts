// When projects are trained, where workers do it: what is owed is told from the journal's count of changes and the ledger of
// what the last training saw, both in Redis, so it makes no difference which replica heard of what.

import type { RedisConnection } from '../store/redis-connection.ts';
import type { RedisJournal } from '../store/redis-journal.ts';
import { forgetLoss, isLost } from '../store/redis-restore.ts';
import type { RedisStore } from '../store/redis-store.ts';
import type { BullmqQueue } from '../training/bullmq-queue.ts';
import type { Job } from '../training/job.ts';
import { digestOf, type Ledger, type Look } from '../training/ledger.ts';
import { MergedCalls } from '../training/merged-calls.ts';
import type { Project } from './project.ts';
import type { JobBoard, Trainer } from './trainer.ts';

export interface SharedTrainingsOptions {
  redis: RedisConnection;
  store: RedisStore;
  journal: RedisJournal;
  ledger: Ledger;
  queue: BullmqQueue;
  /** Changes until a training starts by itself; 0: only when asked. */
  eachUpdates: number;
  /** Told of each job that ended, wherever it ran. */
  onEnd(job: Job): void;
}

const lostWhy =
  'Redis has lost the project’s earlier annotations, so it is not trained by itself: press Start training to train on ' +
  'what there is';

/** What follows from a change: a training, or why there is none yet. */
interface Follows {
  job: Job | null;
  why: string | null;
}

export class SharedTrainings implements Trainer {
  readonly queue: JobBoard;
  readonly #deciding = new MergedCalls<Follows>();
  readonly #options: SharedTrainingsOptions;

  constructor(options: SharedTrainingsOptions) {
    const { queue, onEnd } = options;
    this.#options = options;
    queue.onEnd((job) => void this.#withOutput(job).then(onEnd, () => onEnd(job)));
    this.queue = {
      get size() {
        return queue.size;
      },
      running: (project) => queue.running(project),
      waiting: (project) => queue.waiting(project),
      job: (id) => this.#job(id),
      cancel: (project, why) => queue.cancel(project, why),
      drain: () => queue.drain(),
    };
  }

  get isAutomatic(): boolean {
    return this.#options.eachUpdates > 0;
  }

  async changed(project: Project, updates: number, reason: string): Promise<Follows> {
    const { eachUpdates } = this.#options;
    if (eachUpdates === 0) return { job: null, why: 'training starts only when asked' };
    const decide = () => this.#decide(project, updates, reason);
    // A change that is enough by itself, such as another label config, does not share its answer with smaller ones.
    return updates >= eachUpdates && eachUpdates > 1 ? decide() : this.#deciding.run(project.key, decide);
  }

  async #decide(project: Project, updates: number, reason: string): Promise<Follows> {
    const { redis, journal, ledger, queue, eachUpdates } = this.#options;
    const { key } = project;
    const [isIncomplete, changes, look] = await Promise.all([
      isLost(redis, key),
      journal.changes(key),
      ledger.read(key),
    ]);
    if (isIncomplete) return { job: null, why: lostWhy };
    const missing = updates >= eachUpdates ? 0 : eachUpdates - Math.max(updates, changes - look.changes);
    if (missing > 0) return { job: null, why: `training starts after ${missing} more changes` };
    const covering = await this.#covering(key, changes, digestOf(project.labelConfig), look);
    return { job: covering ?? (await queue.submit(key, { reason, isAutomatic: true })), why: null };
  }

  async ask(project: Project, reason: string): Promise<Job> {
    const { redis, journal, ledger, queue } = this.#options;
    const { key, wantsLabels } = project;
    project.wantsLabels = false;
    await forgetLoss(redis, key);
    if (wantsLabels) await ledger.wishForLabels(key);
    const [changes, look] = await Promise.all([journal.changes(key), ledger.read(key)]);
    const config = digestOf(project.labelConfig);
    const known =
      (await this.#covering(key, changes, config, look)) ?? (await this.#doneAlready(key, changes, config, look));
    return known ?? queue.submit(key, { reason });
  }

  /** In production nothing is marked: workers look by themselves for what is owed. */
  async resume(): Promise<void> {}

  isBusy(): boolean {
    return false;
  }

  forget(key: string): void {
    this.#options.ledger.forget(key).catch(() => {}); // then the next training finds it out of date
  }

  stop(): Promise<void> {
    return this.#options.queue.stop();
  }

  /** The running training, when it has not looked yet or has seen all that is known now. */
  async #covering(key: string, changes: number, config: string, look: Look): Promise<Job | null> {
    const active = await this.#options.queue.active(key);
    if (!active || look.job !== active.id) return active;
    return look.changes === changes && look.config === config && !look.wantsLabels ? active : null;
  }

  /** The last training, when it ended well or for good, its version serves, and nothing has changed since. */
  async #doneAlready(key: string, changes: number, config: string, look: Look): Promise<Job | null> {
    const isSame = look.job !== null && look.changes === changes && look.config === config && !look.wantsLabels;
    if (!isSame || (await this.#options.queue.isOwed(key))) return null;
    const last = await this.#job(look.job ?? '');
    if (last?.errorCode === 'TOO_FEW_LABELS') return last;
    const current = await this.#options.store.current(key);
    return last?.result && last.result.modelVersion === current?.version ? last : null;
  }

  /** A job, with what its training said, which is kept with the version. */
  async #job(id: string): Promise<Job | null> {
    const job = await this.#options.queue.job(id);
    return job && this.#withOutput(job);
  }

  async #withOutput(job: Job): Promise<Job> {
    if (!job.result) return job;
    const record = await this.#options.store.find(job.project, job.result.modelVersion);
    return { ...job, result: { ...job.result, trainOutput: record?.meta.trainOutput ?? null } };
  }
}
