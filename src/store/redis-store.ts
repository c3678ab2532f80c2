// Models of many replicas: which versions there are, and which one is current, is in Redis; their files are in a place that
// all replicas share (model-files.ts). While Redis is away reading goes on from what was seen last, or from the notes beside
// the files; nothing is written. A Redis that has lost everything is filled again from the notes (redis-restore.ts).
// The keys are drawn in redis-store-keys.ts.
import { SparrowError } from '../errors.ts';
import { emptyBook, type ModelFiles } from './model-files.ts';
import {
  checkExpected,
  describeVersion,
  inUse,
  type ModelStore,
  mergeState as mergedState,
  type NewVersion,
  noSuchVersion,
  surplusOf,
  type VersionRecord,
} from './model-store.ts';
import { storeFormat } from './project-folder.ts';
import { projectNameOf } from './project-name.ts';
import { type RedisConnection, type Script, valuesOf } from './redis-connection.ts';
import { isAway } from './redis-errors.ts';
import { ProjectNotes } from './redis-notes.ts';
import { formatKey, newsChannel, storeKeys } from './redis-store-keys.ts';
import {
  addVersion,
  dropVersions,
  forgetProject,
  mergeState,
  movePointer,
  pinVersion,
  reserveCounter,
} from './redis-store-scripts.ts';
import { counterOf, newestFirst, versionNameOf } from './version-name.ts';

export interface RedisStoreOptions {
  redis: RedisConnection;
  files: ModelFiles;
  now?: () => number;
  onWarning?: (message: string) => void;
  /** How long a deleted project's files stay. Default 7 days. */
  graceMs?: number;
}

/** Lets something be written only while a lock in Redis holds a token, and the project was not deleted since. */
export interface Fence {
  lock: string;
  token: string;
  deletions: number;
}

/** What replicas tell each other about a project. */
export interface ProjectNews {
  kind: 'project';
  project: string;
}

const mostRemembered = 10_000;
const defaultGraceMs = 7 * 24 * 3600 * 1000;

export class RedisStore implements ModelStore {
  readonly #redis: RedisConnection;
  readonly #files: ModelFiles;
  readonly #now: () => number;
  readonly #graceMs: number;
  /** What was seen last of each project, for the time when Redis is away. */
  readonly #seen = new Map<string, { record?: VersionRecord | null; state?: State }>();
  readonly #records = new Map<string, VersionRecord>();
  readonly #notes: ProjectNotes;

  constructor({ redis, files, now = Date.now, onWarning = () => {}, graceMs = defaultGraceMs }: RedisStoreOptions) {
    this.#redis = redis;
    this.#files = files;
    this.#now = now;
    this.#notes = new ProjectNotes(redis, files, onWarning);
    this.#graceMs = graceMs;
  }

  async put(project: string, version: NewVersion, fence?: Fence): Promise<VersionRecord> {
    const { digest, ...description } = await describeVersion(version);
    const counter = await this.#nextCounter(project);
    const time = this.#now();
    const name = versionNameOf(counter, time, digest);
    const record = { version: name, project, createdAt: new Date(time).toISOString(), ...description };
    if (counter === 1) await this.#files.writeBook(project, emptyBook(project, storeFormat));
    await this.#files.write(record, version.files);
    await this.#index(record, fence).catch(async (error: unknown) => {
      await this.#files.remove(record).catch(() => {});
      throw error;
    });
    return record;
  }

  async setCurrent(project: string, version: string, expected?: string | null, fence?: Fence): Promise<void> {
    const keys = this.#keys(project);
    const compare = expected === undefined ? '' : '1';
    const answer = await this.#run(
      'make the model current',
      movePointer,
      [keys.model, keys.versions, keys.stamps, fence?.lock ?? keys.model],
      [version, compare, expected ?? '', keys.name, this.#channel, this.#news(project), fence?.token ?? ''],
    );
    if (answer === 'missing') throw noSuchVersion(project, version);
    if (answer === 'late') throw late(project);
    if (answer !== 'done') checkExpected(project, expected, String(answer).slice(2) || null);
    this.#notes.write(project);
  }

  async current(project: string): Promise<VersionRecord | null> {
    const keys = this.#keys(project);
    const known = await this.#read('look up the current model', async (client) => {
      const current = await client.hget(keys.model, 'current');
      if (current === null) return { record: null };
      const text = await client.hget(keys.versions, current);
      return text === null ? 'lost' : { record: JSON.parse(text) as VersionRecord };
    });
    if (known === 'away') return this.#currentWithoutRedis(project);
    this.#remember(project, known);
    return known.record;
  }

  async versions(project: string): Promise<VersionRecord[]> {
    const texts = await this.#read('list the models', (client) => client.hvals(this.#keys(project).versions));
    const records =
      texts === 'away'
        ? await this.#recordsWithoutRedis(project)
        : texts.map((text) => JSON.parse(text) as VersionRecord);
    return records.sort((a, b) => newestFirst(a.version, b.version));
  }

  /** The record of a version; null when there is none. */
  async find(project: string, version: string): Promise<VersionRecord | null> {
    const { name, versions } = this.#keys(project);
    const text = await this.#read('look up a model', (client) => client.hget(versions, version));
    if (text === 'away') {
      const known = this.#records.get(`${name} ${version}`);
      return known ?? (counterOf(version) > 0 ? this.#files.record(project, version) : null);
    }
    const record = text === null ? null : (JSON.parse(text) as VersionRecord);
    if (record) remember(this.#records, `${name} ${version}`, record);
    return record;
  }

  async read(project: string, version: string, file: string): Promise<Uint8Array> {
    const record = await this.find(project, version);
    if (!record) throw noSuchVersion(project, version);
    if (Object.hasOwn(record.files, file)) return this.#files.read(record, file);
    throw new SparrowError(
      'NOT_FOUND',
      `Version ${version} of project "${project}" has no file ${JSON.stringify(file)}.`,
    );
  }

  async remove(project: string, version: string): Promise<void> {
    const record = await this.find(project, version);
    if (!record) throw noSuchVersion(project, version);
    const gone = await this.#drop(project, [version]);
    if (gone.length === 0) {
      throw inUse(version, (await this.pinned(project)).includes(version) ? 'pinned' : 'current');
    }
    await this.#files.remove(record);
  }

  async pin(project: string, version: string, isPinned: boolean): Promise<void> {
    const keys = this.#keys(project);
    const args = [version, isPinned ? '1' : '0'];
    const done = await this.#run('pin a model', pinVersion, [keys.versions, keys.pins], args);
    if (done !== 1) throw noSuchVersion(project, version);
    this.#notes.write(project);
  }

  async pinned(project: string): Promise<string[]> {
    const pins = await this.#read('list the pinned models', (client) => client.smembers(this.#keys(project).pins));
    return pins === 'away' ? ((await this.#files.notes(project)).book?.pinned ?? []) : pins.sort();
  }

  async prune(project: string, keep: number): Promise<string[]> {
    const [records, pinned, current] = await Promise.all([
      this.versions(project),
      this.pinned(project),
      this.current(project),
    ]);
    const names = records.map(({ version }) => version);
    const gone = await this.#drop(project, surplusOf(names, keep, current?.version ?? null, pinned));
    const removed = names.filter((name) => gone.includes(name));
    for (const record of records) if (gone.includes(record.version)) await this.#files.remove(record);
    return removed;
  }

  async projects(): Promise<string[]> {
    const projects = this.#redis.key('projects');
    const ids = await this.#read('list the projects', (client) => client.hvals(projects));
    if (ids === 'away') return (await this.#files.projects()).sort();
    return ids.map((text) => JSON.parse(text) as string).sort();
  }

  async deleteProject(project: string): Promise<void> {
    const keys = this.#keys(project);
    const done = await this.#run(
      'delete a project',
      forgetProject,
      [keys.model, keys.versions, keys.pins, keys.state, keys.projects, keys.stamps],
      [keys.name, this.#now(), this.#channel, this.#news(project)],
    );
    this.#seen.delete(project);
    if (done === 1) this.#notes.write(project);
  }

  async copyCurrent(from: string, to: string): Promise<void> {
    const source = await this.current(from);
    if (!source) throw new SparrowError('NOT_FOUND', `Project ${JSON.stringify(from)} has no current version to copy.`);
    const files = new Map<string, Uint8Array>();
    for (const name of Object.keys(source.files)) files.set(name, await this.read(from, source.version, name));
    const copy = await this.put(to, { parent: null, meta: source.meta, files });
    await this.setCurrent(to, copy.version);
  }

  async getState(project: string): Promise<State> {
    const { state: key } = this.#keys(project);
    const known = await this.#read('look up what is known about a project', async (client) => {
      const fields = Object.entries(await client.hgetall(key));
      return Object.fromEntries(fields.map(([name, text]) => [name, JSON.parse(text) as unknown]));
    });
    if (known === 'away') return this.#seen.get(project)?.state ?? (await this.#files.notes(project)).state;
    this.#remember(project, { state: known });
    return known;
  }

  async setState(project: string, patch: State): Promise<void> {
    const keys = this.#keys(project);
    const whole = mergedState({}, patch); // as JSON keeps it, or BAD_INPUT
    const set = Object.entries(whole).flatMap(([name, value]) => [name, JSON.stringify(value)]);
    const gone = Object.keys(patch).filter((name) => !Object.hasOwn(whole, name));
    await this.#run(
      'keep what is known about a project',
      mergeState,
      [keys.state, keys.projects, keys.stamps],
      [keys.name, JSON.stringify(project), this.#channel, this.#news(project), set.length / 2, ...set, ...gone],
    );
    this.#notes.write(project);
  }

  /** How often the project was deleted; a fence compares it. */
  async deletions(project: string): Promise<number> {
    const { model } = this.#keys(project);
    return Number((await this.#redis.call('look up a project', (client) => client.hget(model, 'deletions'))) ?? 0);
  }

  /** A number for each project that grows with whatever replicas should know; null when Redis has lost the index. */
  async stamps(projects: readonly string[]): Promise<number[] | null> {
    const names = projects.map(projectNameOf);
    const key = this.#redis.key('stamps');
    const [format, stamps] = await this.#redis.call('look for news', (client) =>
      client
        .pipeline()
        .get(this.#redis.key(formatKey))
        .hmget(key, '', ...names)
        .exec()
        .then(valuesOf),
    );
    if (format !== null) return (stamps as (string | null)[]).slice(1).map(Number);
    this.#redis.lookAgain();
    return null;
  }

  /** Takes the files of deleted projects away once their grace time is over. */
  async purge(): Promise<void> {
    for (const project of await this.#files.projects()) {
      const { book } = await this.#files.notes(project);
      if (!book?.deleted || this.#now() - book.deleted.at < this.#graceMs) continue;
      for (const name of await this.#files.versions(project)) {
        if (counterOf(name) > book.deleted.through) continue;
        const record = await this.#files.record(project, name);
        if (record) await this.#files.remove(record);
      }
    }
  }

  /** One sentence about why files of models cannot be kept at the moment, or null. */
  filesProblem(): Promise<string | null> {
    return this.#files.problem();
  }

  async close(): Promise<void> {
    await this.#notes.settled();
  }

  async #nextCounter(project: string): Promise<number> {
    const { model } = this.#keys(project);
    const counter = Number(await this.#run('name the new model', reserveCounter, [model], ['']));
    if (counter > 0) return counter;
    const { book } = await this.#files.notes(project);
    const seed = Math.max(book?.highWater ?? 0, ...(await this.#files.versions(project)).map(counterOf));
    return Number(await this.#run('name the new model', reserveCounter, [model], [seed]));
  }

  /** A script that writes; when Redis turns out to have lost the index, it is filled again. */
  async #run(doing: string, script: Script, keys: string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#redis.run(doing, script, [...keys, this.#redis.key(formatKey)], args);
    } catch (error) {
      if (isAway(error)) this.#redis.lookAgain();
      throw error;
    }
  }

  async #index(record: VersionRecord, fence?: Fence): Promise<void> {
    const { project, version } = record;
    const keys = this.#keys(project);
    const answer = await this.#run(
      'keep the new model',
      addVersion,
      [keys.model, keys.versions, keys.projects, fence?.lock ?? keys.model],
      [version, JSON.stringify(record), keys.name, JSON.stringify(project), fence?.token ?? '', fence?.deletions ?? ''],
    );
    if (answer === 0) throw late(project);
    if (answer === -1) throw new SparrowError('GONE', 'The project was deleted.');
  }

  async #drop(project: string, versions: readonly string[]): Promise<string[]> {
    if (versions.length === 0) return [];
    const keys = this.#keys(project);
    const gone = await this.#run('remove models', dropVersions, [keys.model, keys.versions, keys.pins], versions);
    for (const version of gone as string[]) this.#records.delete(`${keys.name} ${version}`);
    return gone as string[];
  }

  /** `away` when Redis cannot be used, or has lost the index and is about to be filled again. */
  async #read<T>(doing: string, work: (client: RedisConnection['client']) => Promise<T | 'lost'>): Promise<T | 'away'> {
    const key = this.#redis.key(formatKey);
    try {
      // Looked at last: what was found before is the truth if the index is there even now.
      const all = (client: RedisConnection['client']) => Promise.all([work(client), client.exists(key)]);
      const [found, isThere] = await this.#redis.call(doing, all);
      if (found !== 'lost' && isThere === 1) return found;
      this.#redis.lookAgain();
      return 'away';
    } catch (error) {
      if (isAway(error)) return 'away';
      throw error;
    }
  }

  async #currentWithoutRedis(project: string): Promise<VersionRecord | null> {
    const seen = this.#seen.get(project)?.record;
    if (seen !== undefined) return seen;
    const { book, pointer } = await this.#files.notes(project);
    const isGone = pointer === null || counterOf(pointer) <= (book?.deleted?.through ?? 0);
    return isGone ? null : this.#files.record(project, pointer);
  }

  async #recordsWithoutRedis(project: string): Promise<VersionRecord[]> {
    const { book } = await this.#files.notes(project);
    const names = (await this.#files.versions(project)).filter(
      (name) => counterOf(name) > (book?.deleted?.through ?? 0),
    );
    const records = await Promise.all(names.map((name) => this.#files.record(project, name)));
    return records.filter((record) => record !== null);
  }

  #remember(project: string, more: { record?: VersionRecord | null; state?: State }): void {
    remember(this.#seen, project, { ...this.#seen.get(project), ...more });
  }

  get #channel(): string {
    return this.#redis.key(newsChannel);
  }

  #news(project: string): string {
    return JSON.stringify({ kind: 'project', project } satisfies ProjectNews);
  }

  #keys(project: string) {
    return storeKeys(this.#redis, project);
  }
}

type State = { [key: string]: unknown };

function late(project: string): SparrowError {
  const message = `Another worker has taken over the training of project "${project}"; this result comes too late.`;
  return new SparrowError('GONE', message);
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  if (!map.has(key) && map.size >= mostRemembered) map.clear();
  map.set(key, value);
}
