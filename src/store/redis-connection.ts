// The connection to Redis, of which the one thing to know is that nobody waits for it: while Redis is away, silent or being
// looked over, a call fails at once with a sentence, and nothing queues up. It comes back by itself.
import { createHash } from 'node:crypto';
import type { Redis, RedisOptions } from 'ioredis';
import { messageOf, SparrowError } from '../errors.ts';
import { meaningOf, missingPackages, redisError, silent } from './redis-errors.ts';

export interface RedisConnectionOptions {
  /** REDIS_URL, as `redis://user:password@host:port/database`. */
  url: string;
  /** How long an ordinary call may take until Redis counts as silent. Default 150 ms: a webhook is answered in 200. */
  patienceMs?: number;
  /** A connection over which nothing comes for so long is given up for a new one. Default 5 s. */
  giveUpMs?: number;
  /** Every key and channel begins with it. Default `sparrow`. */
  prefix?: string;
  /** Done on each new connection, before any call is let through. */
  prepare?: (redis: RedisConnection) => Promise<void>;
  onWarning?: (message: string) => void;
}

/** What lengthens the time that a call may take: the bytes it carries, or another patience. */
export interface Patience {
  bytes?: number;
  patienceMs?: number;
}

/** A Lua script and the digest that Redis knows it by. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

export function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

const defaultPatienceMs = 150;
const firstWaitMs = 1500;
const probePauseMs = 200;
/** The network may have forgotten a connection without telling. */
const defaultGiveUpMs = 5000;
const longestRetryMs = 5000;
const leastBytesPerMs = 2000;
/** A call that gets answers may take so many times its patience. */
const mostTimesPatience = 10;

export class RedisConnection {
  readonly client: Redis;
  readonly prefix: string;
  /** Host and port, for sentences. */
  readonly place: string;
  readonly #options: RedisConnectionOptions;
  readonly #patienceMs: number;
  readonly #listeners = new Set<() => void>();
  /** Warnings about settings, each given once. */
  readonly #warned = new Set<string>();
  #complaint: string | null = null;
  /** Why no call is let through, completing "Redis …"; null when all is well. */
  #trouble: string | null = 'is not connected yet';
  /** When anything came from Redis last. */
  #heardAt = 0;
  #subscriber: Redis | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** Resolves when Redis can be used, or soon without it: it is tried again and again from then on. */
  static async open(options: RedisConnectionOptions): Promise<RedisConnection> {
    const { Redis } = await loadIoredis();
    const connection = new RedisConnection(new Redis(options.url, clientOptions(options)), options);
    await connection.#first();
    return connection;
  }

  private constructor(client: Redis, options: RedisConnectionOptions) {
    this.client = client;
    this.prefix = options.prefix ?? 'sparrow';
    this.place = placeOf(options.url);
    this.#options = options;
    this.#patienceMs = options.patienceMs ?? defaultPatienceMs;
    client.on('connect', () => {
      client.stream.on('data', () => {
        this.#heardAt = performance.now();
      });
    });
    client.on('ready', () => void this.#look());
    client.on('close', () => {
      this.#trouble ??= silent('the connection was lost');
    });
    client.on('error', (error: Error) => {
      if (client.status !== 'ready') this.#complain(error);
    });
  }

  /** One sentence about why Redis cannot be used now, or null. */
  get problem(): string | null {
    if (this.#trouble === null) return null;
    const what = 'Annotations are refused and trainings wait until it can be used; predictions go on.';
    return `Redis (REDIS_URL, ${this.place}) ${this.#trouble}. ${what}`;
  }

  key(...parts: readonly string[]): string {
    return [this.prefix, ...parts].join(':');
  }

  /** Called each time that Redis can be used again, and now if it can. */
  onReady(listener: () => void): void {
    this.#listeners.add(listener);
    if (this.#trouble === null) listener();
  }

  /** Runs one call; `doing` completes "Could not …". */
  async call<T>(doing: string, work: (client: Redis) => Promise<T>, patience: Patience = {}): Promise<T> {
    if (this.#trouble !== null) throw this.#away(doing, this.#trouble);
    const { bytes = 0, patienceMs = this.#patienceMs } = patience;
    try {
      return await this.#within(work(this.client), patienceMs + bytes / leastBytesPerMs);
    } catch (error) {
      if (error === nothingCame || meaningOf(error)?.isAway) this.#suspect(error);
      if (error !== nothingCame) throw redisError(error, doing, this.place);
      throw this.#away(doing, silent('nothing came in time'));
    }
  }

  /** Runs a Lua script: all of it happens, with nothing in between, or none of it. */
  run(
    doing: string,
    { source, sha }: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
    patience: Patience = {},
  ): Promise<unknown> {
    const work = async (client: Redis) => {
      try {
        return await client.evalsha(sha, keys.length, ...keys, ...args);
      } catch (error) {
        if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
        return client.eval(source, keys.length, ...keys, ...args);
      }
    };
    return this.call(doing, work, patience);
  }

  /** Hears what is published, until closed. What is said during a break is missed; `onReady` tells when one has ended. */
  async listen(channel: string, hear: (message: string) => void): Promise<void> {
    const subscriber = this.client.duplicate({ enableReadyCheck: false, lazyConnect: true, socketTimeout: undefined });
    this.#subscriber = subscriber;
    subscriber.on('error', () => {}); // the other connection says what is wrong
    subscriber.on('message', (_, message: string) => hear(message));
    const subscribe = () => subscriber.subscribe(channel).then(() => this.#tellReady());
    subscriber.on('ready', () => void subscribe().catch(() => {}));
    await subscriber.connect().catch(() => {});
  }

  /** Something does not fit: let no call through before Redis was prepared anew. */
  lookAgain(): void {
    if (this.#trouble !== null || this.#isClosed) return;
    this.#trouble = 'is looked over';
    void this.#look();
  }

  close(): void {
    this.#isClosed = true;
    this.#trouble = 'is not connected any more';
    clearTimeout(this.#timer);
    this.#listeners.clear();
    this.#subscriber?.disconnect();
    this.client.disconnect();
  }

  /** Waits for the first connection, but not for long. */
  async #first(): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.client.off('error', end);
        this.#listeners.delete(end);
        resolve();
      };
      const timer = setTimeout(end, firstWaitMs);
      this.client.once('error', end);
      this.onReady(end);
    });
  }

  /** Redis answers: see that it is fit for use, and let the calls through. */
  async #look(): Promise<void> {
    const { client } = this;
    try {
      this.#checkSettings(await client.info());
      await this.#options.prepare?.(this);
      if (this.#isClosed || client.status !== 'ready') return;
      this.#trouble = null;
      this.#complaint = null;
      this.#tellReady();
    } catch (error) {
      if (this.#isClosed) return;
      this.#complain(error);
      this.#later(1000 + Math.random() * 1000, () => client.status === 'ready' && void this.#look());
    }
  }

  /** F47, F48: settings under which Redis would lose or refuse what it is given. */
  #checkSettings(info: string): void {
    const value = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? null;
    const policy = value('maxmemory_policy');
    if (policy !== null && policy !== 'noeviction') {
      this.#warn(`has maxmemory-policy ${policy} and may drop annotations: set it to noeviction`);
    }
    if (value('aof_enabled') === '0') {
      this.#warn('has no append-only file and loses annotations when it restarts: set appendonly to yes');
    }
    if (value('role') === 'slave') throw Object.assign(new Error('READONLY'), { name: 'ReplyError' });
  }

  /** Nothing came in time, or nothing can go: until that is over calls fail at once instead of trying, each for itself. */
  #suspect(error: unknown): void {
    if (this.#trouble !== null || this.#isClosed) return;
    this.#complain(error);
    this.#ping();
  }

  /**
   * The promise, or `nothingCame` when Redis has been silent for `ms`. A call of several steps may take longer as long as
   * answers come; and an event loop that was held is no silence: what lies there is read first.
   */
  async #within<T>(promise: Promise<T>, ms: number): Promise<T> {
    const end = performance.now() + mostTimesPatience * ms;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const look = () => {
        const now = performance.now();
        const left = Math.min(this.#heardAt + ms, end) - now;
        if (left > 0) timer = setTimeout(wait, left);
        else reject(nothingCame);
      };
      const wait = () => setImmediate(() => setImmediate(look));
      timer = setTimeout(wait, ms);
    });
    promise.catch(() => {}); // whoever waited may have gone
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #ping(): void {
    if (this.client.status !== 'ready') return; // the new connection is looked at when it is there
    const started = performance.now();
    const again = () => this.#later(probePauseMs, () => this.#ping());
    const judge = () => (performance.now() - started > this.#patienceMs ? again() : void this.#look());
    this.client.ping().then(judge, again);
  }

  #later(ms: number, work: () => void): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(work, ms).unref();
  }

  #complain(error: unknown): void {
    const other = () => `cannot be used: ${messageOf(error).replace(/\.$/, '')}`;
    this.#trouble = error === nothingCame ? silent('nothing came in time') : (meaningOf(error)?.meaning ?? other());
    if (this.#complaint === this.#trouble) return; // once, until all is well again
    this.#complaint = this.#trouble;
    this.#options.onWarning?.(`Redis (REDIS_URL, ${this.place}) ${this.#trouble}.`);
  }

  #tellReady(): void {
    if (this.#trouble === null) for (const listener of [...this.#listeners]) listener();
  }

  #warn(meaning: string): void {
    if (this.#warned.has(meaning)) return;
    this.#warned.add(meaning);
    this.#options.onWarning?.(`Redis (REDIS_URL, ${this.place}) ${meaning}.`);
  }

  #away(doing: string, trouble: string): SparrowError {
    return new SparrowError('BUSY', `Could not ${doing}: Redis (REDIS_URL, ${this.place}) ${trouble}.`);
  }
}

/** Settings for a connection that fails rather than waits. */
function clientOptions({ patienceMs = defaultPatienceMs, giveUpMs = defaultGiveUpMs }: RedisConnectionOptions) {
  return {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    connectTimeout: 3000,
    socketTimeout: Math.max(giveUpMs, 2 * patienceMs),
    keepAlive: 10_000,
    retryStrategy: retryPause,
  } satisfies RedisOptions;
}

/** Twice as long each time, and never the same for two that lost their connection together. */
export function retryPause(times: number): number {
  return Math.min(longestRetryMs, 50 * 2 ** Math.min(times, 10)) * (0.5 + Math.random() / 2);
}

/** The answers to the commands of a pipeline or a transaction, of which none may have failed. */
export function valuesOf(answers: [error: Error | null, value: unknown][] | null): unknown[] {
  return (answers ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  });
}

async function loadIoredis(): Promise<Pick<typeof import('ioredis'), 'Redis'>> {
  try {
    return await import('ioredis');
  } catch (cause) {
    throw missingPackages('REDIS_URL', 'bullmq ioredis', cause);
  }
}

const nothingCame = Symbol('nothing came in time');

function placeOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname === '' ? 'localhost' : hostname}:${port === '' ? '6379' : port}`;
}
