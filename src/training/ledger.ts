// What the last training of each project has looked at, in Redis, so that any process can tell whether another is owed: the
// job, how many changes the journal counted by then, and the label config. It also holds the wish that labels be read from
// Label Studio first.
import { createHash } from 'node:crypto';
import { projectNameOf } from '../store/project-name.ts';
import type { RedisConnection } from '../store/redis-connection.ts';

export interface Look {
  /** Id of the job that looked; null before the first. */
  job: string | null;
  /** The journal's count of changes when it did. */
  changes: number;
  /** Digest of the label config it trained for. */
  config: string | null;
  /** Whether the next training should read the labels from Label Studio. */
  wantsLabels: boolean;
}

const doing = 'look up the last training';

export class Ledger {
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  async read(project: string): Promise<Look> {
    const hash = await this.#redis.call(doing, (client) => client.hgetall(this.#key(project)));
    return {
      job: hash.job ?? null,
      changes: Number(hash.changes ?? 0),
      config: hash.config ?? null,
      wantsLabels: hash.wantsLabels === '1',
    };
  }

  /** A training begins to read: from now on whatever comes is not seen by it any more. */
  async look(project: string, look: Pick<Look, 'job' | 'changes' | 'config'>): Promise<void> {
    const fields = { job: look.job ?? '', changes: look.changes, config: look.config ?? '' };
    await this.#redis.call(doing, (client) => client.hset(this.#key(project), fields));
  }

  /** What was looked at came to nothing: it counts as not seen. */
  async unlook(project: string): Promise<void> {
    await this.#redis.call(doing, (client) => client.hdel(this.#key(project), 'changes', 'config'));
  }

  async wishForLabels(project: string): Promise<void> {
    await this.#redis.call(doing, (client) => client.hset(this.#key(project), 'wantsLabels', '1'));
  }

  /** Whether there was a wish; it is granted by whoever asks. */
  async takeWish(project: string): Promise<boolean> {
    return (await this.#redis.call(doing, (client) => client.hdel(this.#key(project), 'wantsLabels'))) === 1;
  }

  async forget(project: string): Promise<void> {
    await this.#redis.call(doing, (client) => client.del(this.#key(project)));
  }

  #key(project: string): string {
    return this.#redis.key('ledger', projectNameOf(project));
  }
}

export function digestOf(labelConfig: string | null): string {
  return createHash('sha256')
    .update(labelConfig ?? '')
    .digest('hex')
    .slice(0, 16);
}
