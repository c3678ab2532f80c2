// One of several servers on the same Redis: it hears what the others and the workers have done, and takes it over. What it
// did not hear, because the message was lost or Redis was away, it finds by looking, once a second, at a number for each
// project that grows with every change.
import { messageOf } from '../errors.ts';
import type { RedisConnection } from '../store/redis-connection.ts';
import { isAway } from '../store/redis-errors.ts';
import { lostProjects } from '../store/redis-restore.ts';
import type { ProjectNews, RedisStore } from '../store/redis-store.ts';
import { newsChannel } from '../store/redis-store-keys.ts';
import type { JobNews } from '../training/bullmq-job.ts';
import type { BullmqQueue } from '../training/bullmq-queue.ts';
import { heartbeatMs, workersKey } from '../training/bullmq-worker.ts';
import type { Registry } from './registry.ts';

export interface ReplicaOptions {
  redis: RedisConnection;
  store: RedisStore;
  queue: Pick<BullmqQueue, 'hear' | 'look'>;
  registry: Pick<Registry, 'loadedKeys' | 'recheck' | 'refresh'>;
  /** How often it looks for what it did not hear of. Default 1 s. */
  pollMs?: number;
  log(project: string, message: string): void;
}

const defaultPollMs = 1000;
/** Looks between two at what changes slowly: the workers, the list of jobs. */
const slowLooks = 5;
/** Of these, between two at the files, which may be in a store that counts requests. */
const filesLooks = 12;
const mostNamed = 5;

export class Replica {
  readonly #options: ReplicaOptions;
  /** The number of each project when it was last taken over. */
  readonly #stamps = new Map<string, number>();
  readonly #refreshing = new Map<string, Promise<void>>();
  readonly #complaints = new Map<string, string>();
  #problems: string[] = [];
  #filesProblem: string | null = null;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;
  #slowLooks = 0;
  #isClosed = false;

  constructor(options: ReplicaOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { redis, registry } = this.#options;
    // After a break everything may have changed.
    redis.onReady(() => {
      registry.recheck();
      void this.#lookSlowly();
    });
    await redis.listen(redis.key(newsChannel), (message) => this.#hear(message));
    this.#schedule();
  }

  /** One sentence about what does not work, or null. */
  async problem(): Promise<string | null> {
    const { redis } = this.#options;
    if (redis.problem !== null) return redis.problem;
    return this.#problems.length === 0 ? null : this.#problems.join(' ');
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isClosed) return;
    const pollMs = this.#options.pollMs ?? defaultPollMs;
    // Not all replicas at the same moment.
    this.#timer = setTimeout(
      () => void this.#look().finally(() => this.#schedule()),
      pollMs * (0.8 + Math.random() * 0.2),
    );
    this.#timer.unref();
  }

  #hear(message: string): void {
    let news: ProjectNews | JobNews;
    try {
      news = JSON.parse(message) as ProjectNews | JobNews;
    } catch {
      return; // not from us
    }
    if (news.kind === 'project') void this.#takeOver([news.project]).catch(() => {});
    else void this.#options.queue.hear(news).catch(() => {});
  }

  async #look(): Promise<void> {
    try {
      if (this.#looks++ % slowLooks === 0) await this.#lookSlowly();
      await this.#takeOver(this.#options.registry.loadedKeys());
      await this.#options.queue.look(false);
    } catch (error) {
      if (!isAway(error)) this.#complain('', `Could not look for news: ${messageOf(error)}`);
    }
  }

  async #lookSlowly(): Promise<void> {
    const { redis, queue } = this.#options;
    try {
      const since = Date.now() - 3 * heartbeatMs;
      const count = (client: RedisConnection['client']) => client.zcount(redis.key(workersKey), since, '+inf');
      const [workers, lost, files] = await Promise.all([
        redis.call('count the workers', count),
        redis.call('list the projects', () => lostProjects(redis)),
        this.#lookAtFiles(),
      ]);
      const named = lost.slice(0, mostNamed).join(', ') + (lost.length > mostNamed ? ' and others' : '');
      this.#problems = [
        ...(workers === 0 ? ['No worker is there to train: start one with `sparrow worker`.'] : []),
        ...(files === null ? [] : [files]),
        ...(lost.length === 0
          ? []
          : [`Redis has lost the annotations of project ${named}; press Start training there.`]),
      ];
      await queue.look(true);
    } catch (error) {
      if (!isAway(error)) this.#complain('', `Could not look at the state of things: ${messageOf(error)}`);
    }
  }

  async #lookAtFiles(): Promise<string | null> {
    const isDue = this.#filesProblem !== null || this.#slowLooks++ % filesLooks === 0;
    if (isDue) this.#filesProblem = await this.#options.store.filesProblem();
    return this.#filesProblem;
  }

  /** Refreshes the projects whose number has grown, each once at a time. */
  async #takeOver(projects: readonly string[]): Promise<void> {
    const { registry, store } = this.#options;
    const loaded = new Set(registry.loadedKeys());
    for (const key of this.#stamps.keys()) if (!loaded.has(key)) this.#stamps.delete(key);
    const keys = projects.filter((key) => loaded.has(key));
    for (const key of projects) if (!loaded.has(key)) await registry.refresh(key);
    if (keys.length === 0) return;
    const stamps = await store.stamps(keys);
    for (const [i, key] of keys.entries()) {
      const stamp = stamps?.[i];
      if (stamp !== undefined && stamp !== this.#stamps.get(key)) this.#refresh(key, stamp);
    }
  }

  #refresh(key: string, stamp: number): void {
    if (this.#refreshing.has(key)) return; // what comes meanwhile is seen at the next look
    const refreshing = this.#options.registry
      .refresh(key)
      .then(
        () => {
          this.#stamps.set(key, stamp);
          this.#complaints.delete(key);
        },
        (error: unknown) =>
          this.#complain(key, `What another replica changed is not taken over yet: ${messageOf(error)}`),
      )
      .finally(() => this.#refreshing.delete(key));
    this.#refreshing.set(key, refreshing);
  }

  /** The same thing once, however often it happens. */
  #complain(key: string, message: string): void {
    if (this.#complaints.get(key) === message) return;
    this.#complaints.set(key, message);
    this.#options.log(key, message);
  }
}
