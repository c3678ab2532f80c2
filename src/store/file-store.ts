// Models in directories under MODEL_DIR, one process writing and any number reading; project-folder.ts draws the layout.
// Every write is temporary name, fsync, rename, fsync of the directory; a crash between any two steps leaves the old state
// or the new one, and litter that the next writer sweeps up.
import { join } from 'node:path';
import { messageOf, SparrowError } from '../errors.ts';
import { encodeChecked } from './checked-json.ts';
import { discard, type FileSystem, nodeFiles, replaceFile, storeError, temporaryPath, writeNew } from './files.ts';
import {
  checkExpected,
  describeVersion,
  inUse,
  type ModelStore,
  mergeState,
  type NewVersion,
  noSuchVersion,
  recordFile,
  surplusOf,
  type VersionRecord,
} from './model-store.ts';
import type { Processes } from './process-identity.ts';
import {
  type Book,
  bookFile,
  FolderMemory,
  type ProjectFolder,
  pointerFile,
  stateFile,
  storeFormat,
} from './project-folder.ts';
import { StoreRoot } from './store-root.ts';
import { counterOf, versionNameOf } from './version-name.ts';
import { WriterLock } from './writer-lock.ts';

export interface FileStoreOptions {
  /** MODEL_DIR. Made when it is not there. */
  dir: string;
  files?: FileSystem;
  now?: () => number;
  onWarning?: (message: string) => void;
  /** Told of each project about which something was written. */
  onChange?: (project: string) => void;
  /** Never take the lock; every write fails with CONFLICT. Default false. */
  readOnly?: boolean;
  /** How long a deleted project's files stay on the disk. Default 7 days. */
  graceMs?: number;
  /** For tests: who holds locks, and how often the lock is touched. */
  processes?: Processes;
  heartbeatMs?: number;
}

const defaultGraceMs = 7 * 24 * 3600 * 1000;

export class FileStore implements ModelStore {
  /** Null when read-only. The journal of the same MODEL_DIR shares it. */
  readonly lock: WriterLock | null;
  readonly #dir: string;
  readonly #files: FileSystem;
  readonly #now: () => number;
  readonly #graceMs: number;
  readonly #onChange: (project: string) => void;
  readonly #memory: FolderMemory;
  readonly #root: StoreRoot;
  /** The last write of each project: writes of one project follow each other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Counters given out by this process, should the directory be emptied under it. */
  readonly #counters = new Map<string, number>();
  #purging: Promise<void> = Promise.resolve();
  #swept = { epoch: 0, done: Promise.resolve() };

  static async open(options: FileStoreOptions): Promise<FileStore> {
    const lock = options.readOnly ? null : await WriterLock.open(options);
    const store = new FileStore(options, lock);
    await store.#root.warnOfStrangers();
    const isWriter = await store.#holdLock().then(
      () => true,
      () => false, // the lock has said why; reading goes on
    );
    if (isWriter) store.#purging = store.purge().catch(() => {}); // what cannot go now goes another time
    return store;
  }

  private constructor(options: FileStoreOptions, lock: WriterLock | null) {
    this.lock = lock;
    this.#dir = options.dir;
    this.#files = options.files ?? nodeFiles;
    this.#now = options.now ?? Date.now;
    this.#graceMs = options.graceMs ?? defaultGraceMs;
    this.#onChange = options.onChange ?? (() => {});
    this.#memory = new FolderMemory(options.onWarning ?? (() => {}));
    this.#root = new StoreRoot(this.#dir, this.#files, this.#memory);
  }

  async put(project: string, version: NewVersion): Promise<VersionRecord> {
    const { digest, ...description } = await describeVersion(version);
    return this.#write(project, 'keep the new model', async (folder) => {
      await this.#root.make(folder);
      const book = await folder.book();
      const spent = Math.max(book.highWater, this.#counters.get(project) ?? 0, await folder.highestCounter());
      const counter = spent + 1;
      // The number is spent before anything bears it: a crash from here on wastes it and never reuses it.
      await this.#writeBook(folder, { ...book, highWater: counter });
      this.#counters.set(project, counter);
      const time = this.#now();
      const name = versionNameOf(counter, time, digest);
      const record = {
        version: name,
        project,
        createdAt: new Date(time).toISOString(),
        ...description,
      };
      await this.#writeVersion(folder, record, version.files);
      return record;
    });
  }

  setCurrent(project: string, version: string, expected?: string | null): Promise<void> {
    return this.#write(project, 'make the model current', async (folder) => {
      const book = await folder.book();
      await this.#find(folder, book, version);
      if (expected !== undefined) {
        checkExpected(project, expected, (await folder.current(book, version))?.version ?? null);
      }
      await replaceFile(this.#files, join(folder.path, pointerFile), encodeChecked({ format: storeFormat, version }));
      if (!book.activated) await this.#writeBook(folder, { ...book, activated: true });
    });
  }

  async current(project: string): Promise<VersionRecord | null> {
    const folder = await this.#root.existing(project);
    return folder ? folder.current(await folder.book()) : null;
  }

  async versions(project: string): Promise<VersionRecord[]> {
    const folder = await this.#root.existing(project);
    return folder ? folder.records(await folder.book()) : [];
  }

  async read(project: string, version: string, file: string): Promise<Uint8Array> {
    const folder = await this.#root.existing(project);
    const deletedThrough = folder ? ((await folder.book()).deleted?.through ?? 0) : 0;
    if (!folder || counterOf(version) <= deletedThrough) throw noSuchVersion(project, version);
    return folder.read(version, file);
  }

  remove(project: string, version: string): Promise<void> {
    return this.#write(project, 'remove a model', async (folder) => {
      const book = await folder.book();
      const record = await this.#find(folder, book, version);
      if ((await folder.current(book))?.version === version) throw inUse(version, 'current');
      if (book.pinned.includes(version)) throw inUse(version, 'pinned');
      if (await this.#removeVersion(folder, record)) return;
      throw new SparrowError('CONFLICT', `Version ${version} was left: its directory holds files that are not ours.`);
    });
  }

  pin(project: string, version: string, isPinned: boolean): Promise<void> {
    return this.#write(project, 'pin a model', async (folder) => {
      const book = await folder.book();
      await this.#find(folder, book, version);
      const others = book.pinned.filter((name) => name !== version);
      await this.#writeBook(folder, {
        ...book,
        pinned: isPinned ? [...others, version].sort() : others,
      });
    });
  }

  async pinned(project: string): Promise<string[]> {
    const folder = await this.#root.existing(project);
    return folder ? (await folder.book()).pinned : [];
  }

  prune(project: string, keep: number): Promise<string[]> {
    return this.#write(project, 'remove old models', async (folder) => {
      const book = await folder.book();
      const records = await folder.records(book);
      const current = (await folder.current(book))?.version ?? null;
      const names = records.map((record) => record.version);
      const surplus = surplusOf(names, keep, current, book.pinned);
      return this.#removeVersions(
        folder,
        records.filter((record) => surplus.includes(record.version)),
      );
    });
  }

  async projects(): Promise<string[]> {
    const ids = await this.#root.each(async (folder) => {
      const book = await folder.book();
      const isUsed = (await folder.names(book)).length > 0 || Object.keys(await folder.state()).length > 0;
      return isUsed ? folder.identify(book) : null;
    });
    return ids.filter((id) => id !== null).sort();
  }

  deleteProject(project: string): Promise<void> {
    return this.#write(project, 'delete a project', async (folder) => {
      const book = await folder.book();
      const through = Math.max(book.highWater, await folder.highestCounter());
      const isEmpty = through === 0 && Object.keys(await folder.state()).length === 0;
      if (isEmpty) return;
      const deleted = { at: this.#now(), through };
      await this.#writeBook(folder, {
        ...book,
        highWater: through,
        activated: false,
        pinned: [],
        deleted,
      });
      await replaceFile(this.#files, join(folder.path, stateFile), encodeChecked({}));
    });
  }

  async copyCurrent(from: string, to: string): Promise<void> {
    const source = await this.current(from);
    if (!source) throw new SparrowError('NOT_FOUND', `Project ${JSON.stringify(from)} has no current version to copy.`);
    const files = new Map<string, Uint8Array>();
    for (const name of Object.keys(source.files)) files.set(name, await this.read(from, source.version, name));
    const copy = await this.put(to, { parent: null, meta: source.meta, files });
    await this.setCurrent(to, copy.version);
  }

  async getState(project: string): Promise<{ [key: string]: unknown }> {
    const folder = await this.#root.existing(project);
    return folder ? folder.state() : {};
  }

  setState(project: string, patch: { [key: string]: unknown }): Promise<void> {
    return this.#write(project, 'keep what is known about a project', async (folder) => {
      await this.#root.make(folder);
      const book = await folder.book();
      if (await folder.isNew()) await this.#writeBook(folder, book); // it holds the id
      const state = mergeState(await folder.state(), patch);
      await replaceFile(this.#files, join(folder.path, stateFile), encodeChecked(state));
    });
  }

  /** Takes the files of deleted projects off the disk once their grace time is over. Done at start; call it daily. */
  async purge(): Promise<void> {
    await this.#root.each(async (candidate) => {
      const book = await candidate.book();
      const { deleted } = book;
      if (!deleted || this.#now() - deleted.at < this.#graceMs) return;
      const id = await candidate.identify(book);
      if (id === null) return;
      await this.#write(id, 'remove a deleted project', async (folder) => {
        const records = await folder.records({ ...book, deleted: null });
        const gone = records.filter((record) => counterOf(record.version) <= deleted.through);
        await this.#removeVersions(folder, gone);
      });
    });
  }

  /** One sentence about why models cannot be kept at the moment, or null. For a readiness check: it tries a write. */
  async problem(): Promise<string | null> {
    const probe = temporaryPath(this.#dir);
    try {
      await this.#holdLock();
      await (await this.#files.open(probe, 'create')).close();
      await this.#files.unlink(probe);
      return null;
    } catch (error) {
      return messageOf(storeError(error, 'try a write', this.#dir));
    }
  }

  async close(): Promise<void> {
    await this.#purging;
    await Promise.all(this.#turns.values());
    await this.lock?.release();
  }

  /** A version's directory appears under its name with everything in it, or not at all. */
  async #writeVersion(folder: ProjectFolder, record: VersionRecord, files: NewVersion['files']): Promise<void> {
    const temporary = temporaryPath(folder.path);
    try {
      await this.#files.mkdir(temporary);
      for (const [name, bytes] of files) await writeNew(this.#files, join(temporary, name), bytes);
      await writeNew(this.#files, join(temporary, recordFile), encodeChecked({ format: storeFormat, ...record }));
      await this.#files.syncDirectory(temporary);
      await this.#files.rename(temporary, join(folder.path, record.version));
    } catch (error) {
      await discard(this.#files, temporary);
      throw error;
    }
    await this.#files.syncDirectory(folder.path);
  }

  async #removeVersions(folder: ProjectFolder, records: readonly VersionRecord[]): Promise<string[]> {
    const removed: string[] = [];
    for (const record of records) if (await this.#removeVersion(folder, record)) removed.push(record.version);
    return removed;
  }

  /** The name goes first, in one step; a reader that has a file open keeps it until it is done. */
  async #removeVersion(folder: ProjectFolder, record: VersionRecord): Promise<boolean> {
    const path = join(folder.path, record.version);
    const strangers = await folder.strangers(record);
    if (strangers.length > 0) {
      this.#memory.warn(`${path} holds ${strangers.join(', ')}, which is not ours, and is left alone.`);
      return false;
    }
    const temporary = temporaryPath(folder.path);
    await this.#files.rename(path, temporary);
    await this.#files.syncDirectory(folder.path);
    await discard(this.#files, temporary);
    return true;
  }

  #writeBook(folder: ProjectFolder, book: Book): Promise<void> {
    return replaceFile(this.#files, join(folder.path, bookFile), encodeChecked(book));
  }

  async #find(folder: ProjectFolder, book: Book, version: string): Promise<VersionRecord> {
    const isKnown = (await folder.names(book)).includes(version);
    const record = isKnown ? await folder.record(version) : null;
    if (!record) throw noSuchVersion(folder.project, version);
    return record;
  }

  /** Runs `work` after the project's earlier writes, with the right to write. */
  #write<T>(project: string, doing: string, work: (folder: ProjectFolder) => Promise<T>): Promise<T> {
    const before = this.#turns.get(project) ?? Promise.resolve();
    const result = before.then(async () => {
      try {
        await this.#holdLock();
        const written = await work(await this.#root.writable(project));
        this.#onChange(project);
        return written;
      } catch (error) {
        throw storeError(error, doing, this.#dir);
      }
    });
    const turn = result.then(
      () => {},
      () => {},
    );
    this.#turns.set(project, turn);
    void turn.then(() => this.#turns.get(project) === turn && this.#turns.delete(project));
    return result;
  }

  async #holdLock(): Promise<void> {
    if (!this.lock) {
      throw new SparrowError('CONFLICT', `MODEL_DIR (${this.#dir}) was opened for reading only.`);
    }
    const epoch = await this.lock.hold();
    if (epoch !== this.#swept.epoch) {
      const done = this.#root.sweep().catch((error) => {
        this.#memory.warn(`Could not clean up ${this.#dir}: ${messageOf(error)}`);
      });
      this.#swept = { epoch, done };
    }
    await this.#swept.done; // or it would take another project's new temporary for litter
  }
}
