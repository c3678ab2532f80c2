// The journal in files, one to a project (project-journal.ts, journal-file.ts), opened when it is first needed and closed
// when too many are open. One process writes; others, and other threads, read what is wholly written.
//
//   <dir>/
//     <name>-<digest>.journal                the lines (journal-line.ts)
//     <name>-<digest>.journal.aside          damaged or half-written lines, kept for people
//     <name>-<digest>.journal.deleted-<ms>   of a deleted project, until the grace time is over
import { join } from 'node:path';
import { messageOf, SparrowError } from '../errors.ts';
import { DraftFile } from './draft-file.ts';
import { discard, type FileStat, type FileSystem, isMissing, isTemporary, nodeFiles, storeError } from './files.ts';
import type { Appended, Journal, JournalDraft, JournalRecord, LabelledTask } from './journal.ts';
import { openToRead, openToWrite } from './journal-file.ts';
import { encodeRecords, ProjectJournal, StaleJournal } from './project-journal.ts';
import { projectNameOf } from './project-name.ts';
import { WriterLock } from './writer-lock.ts';

export interface FileJournalOptions {
  dir: string;
  /** Only read; appends fail with CONFLICT. For the training thread, which reads beside the server. Default false. */
  readOnly?: boolean;
  /** The lock of the store's directory; null, as a read-only store has it, means read-only. Without it: one of our own. */
  lock?: WriterLock | null;
  files?: FileSystem;
  now?: () => number;
  onWarning?: (message: string) => void;
  /** Projects whose index is in memory, and whose file is open, at a time. Default 32. */
  maxOpenProjects?: number;
  /** Appends are refused while so much waits for the disk. Defaults 10,000 records and 64 MiB. */
  maxWaitingRecords?: number;
  maxWaitingBytes?: number;
  /** How long the file of a deleted project stays. Default 7 days. */
  graceMs?: number;
}

interface Entry {
  opening: Promise<ProjectJournal>;
  /** Null until it is open. */
  journal: ProjectJournal | null;
  canWrite: boolean;
  /** Calls in progress: an entry in use is not closed to make room. */
  users: number;
  /** What a reader saw of the file, to notice that it has changed. */
  seen: string;
}

const suffix = '.journal';
const noFile = 'none';
/** A journal that turned out to be closed or exchanged is opened once more. */
const mostAttempts = 2;
const deletedPattern = /^.+\.journal\.deleted-([0-9]+)$/;
const defaults = {
  files: nodeFiles,
  now: Date.now,
  onWarning: (_: string) => {},
  readOnly: false,
  maxOpenProjects: 32,
  maxWaitingRecords: 10_000,
  maxWaitingBytes: 64 * 1024 * 1024,
  graceMs: 7 * 24 * 3600 * 1000,
};

export class FileJournal implements Journal {
  readonly #options: typeof defaults & { dir: string };
  readonly #lock: WriterLock | null;
  readonly #ownsLock: boolean;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  /** The last deletion of each project that is under way; others wait for it. */
  readonly #deletions = new Map<string, Promise<void>>();
  #waitingRecords = 0;
  #waitingBytes = 0;

  static async open(options: FileJournalOptions): Promise<FileJournal> {
    const settings = { ...defaults, ...options };
    if (settings.readOnly || options.lock === null) return new FileJournal(settings, null, false);
    const lock = options.lock ?? (await WriterLock.open(settings));
    const journal = new FileJournal(settings, lock, !options.lock);
    await journal.#prepare().catch((error: unknown) => settings.onWarning(messageOf(error))); // reading goes on
    return journal;
  }

  private constructor(options: typeof defaults & { dir: string }, lock: WriterLock | null, ownsLock: boolean) {
    this.#options = options;
    this.#lock = lock;
    this.#ownsLock = ownsLock;
  }

  async append(project: string, records: readonly JournalRecord[]): Promise<Appended> {
    const { maxWaitingRecords, maxWaitingBytes } = this.#options;
    if (this.#waitingRecords >= maxWaitingRecords || this.#waitingBytes >= maxWaitingBytes) {
      const message = `The disk does not keep up: ${this.#waitingRecords} records wait to be written. Try again in a moment.`;
      throw new SparrowError('BUSY', message);
    }
    let bytes = 0;
    const note = (more: number) => {
      bytes += more;
      this.#waitingBytes += more;
    };
    this.#waitingRecords += records.length;
    try {
      const encoded = await encodeRecords(records, note);
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#use(project, true, (journal) => journal.append(encoded));
        } catch (error) {
          if (!(error instanceof StaleJournal)) throw error;
          if (attempt < mostAttempts) continue;
          throw new SparrowError('BUSY', `The journal of project "${project}" keeps being exchanged; try again.`);
        }
      }
    } finally {
      this.#waitingRecords -= records.length;
      this.#waitingBytes -= bytes;
    }
  }

  async draft(project?: string): Promise<JournalDraft> {
    const held = project === undefined ? null : await this.#hold(project);
    const { dir, files } = this.#options;
    let isOpen = true;
    let file: DraftFile;
    try {
      await this.#holdLock();
      await files.mkdir(dir);
      file = await DraftFile.create(files, dir);
    } catch (error) {
      held?.release();
      throw storeError(error, 'write down what came', dir);
    }
    const end = () => {
      isOpen = false;
      held?.release();
    };
    return {
      add: (records) =>
        file.add(records).catch((error) => Promise.reject(storeError(error, 'write down what came', dir))),
      commit: async (to) => {
        try {
          await file.settle();
          const takeOver = (journal: ProjectJournal) => journal.takeOver(file, held?.from ?? null);
          const appended = await (held ? takeOver(held.journal) : this.#use(to, true, takeOver));
          end();
          return appended;
        } catch (error) {
          const isStale = error instanceof StaleJournal;
          if (isStale) throw new SparrowError('BUSY', `The journal of project "${to}" was exchanged; try again.`);
          throw storeError(error, `keep what came for project "${to}"`, dir);
        }
      },
      abandon: async () => {
        if (!isOpen) return;
        end();
        await file.abandon();
      },
    };
  }

  /** Keeps a project's journal open, and its places where they are. */
  async #hold(project: string): Promise<{ journal: ProjectJournal; from: number; release(): void }> {
    const entry = await this.#take(project, true);
    try {
      const journal = await entry.opening;
      const from = await journal.hold();
      const release = () => {
        journal.release();
        entry.users--;
      };
      return { journal, from, release };
    } catch (error) {
      entry.users--;
      throw error;
    }
  }

  counts(project: string): Promise<{ tasks: number; annotations: number }> {
    return this.#use(project, false, async (journal) => journal.counts);
  }

  async *tasks(project: string): AsyncGenerator<LabelledTask> {
    for (let attempt = 1; ; attempt++) {
      const entry = await this.#take(project, false);
      try {
        return yield* (await entry.opening).tasks();
      } catch (error) {
        if (error instanceof StaleJournal && attempt < mostAttempts) continue;
        throw storeError(error, `read the journal of project "${project}"`, this.#options.dir);
      } finally {
        entry.users--;
      }
    }
  }

  async deleteProject(project: string): Promise<void> {
    const { dir, files, now } = this.#options;
    const path = this.#pathOf(project);
    const before = this.#deletions.get(project) ?? Promise.resolve();
    const deletion = before.then(async () => {
      try {
        await this.#holdLock();
        await this.#close(project);
        await files.rename(path, `${path}.deleted-${now()}`);
        await files.syncDirectory(dir);
      } catch (error) {
        if (!isMissing(error)) throw storeError(error, `delete the journal of project "${project}"`, dir);
      }
    });
    const settled = deletion.catch(() => {});
    this.#deletions.set(project, settled);
    await deletion.finally(() => {
      if (this.#deletions.get(project) === settled) this.#deletions.delete(project);
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((project) => this.#close(project)));
    if (this.#ownsLock) await this.#lock?.release();
  }

  async #use<T>(project: string, toWrite: boolean, work: (journal: ProjectJournal) => Promise<T>): Promise<T> {
    const entry = await this.#take(project, toWrite);
    try {
      return await work(await entry.opening);
    } finally {
      entry.users--;
    }
  }

  /** The project's open journal, which the caller gives back by lowering `users`. */
  async #take(project: string, toWrite: boolean): Promise<Entry> {
    if (toWrite) await this.#holdLock();
    for (;;) {
      while (this.#deletions.has(project)) await this.#deletions.get(project);
      const known = this.#entries.get(project);
      const isWriter = known?.canWrite || toWrite;
      const seen = isWriter ? '' : await this.#look(project);
      // Asking about a project makes no file: one that has none is read, as empty.
      const canWrite = isWriter || (seen !== noFile && (await this.#mayWrite()));
      // Others may have run during the two looks: what follows holds only for what is still so, and does not wait.
      if (this.#deletions.has(project) || this.#entries.get(project) !== known) continue;
      const isFresh = known && known.canWrite === canWrite && (canWrite || known.seen === seen);
      if (known && !isFresh) this.#forget(project, known);
      const entry = isFresh ? known : this.#create(project, canWrite, seen);
      this.#entries.delete(project);
      this.#entries.set(project, entry); // now the most recently used
      entry.users++;
      this.#makeRoom();
      return entry;
    }
  }

  #create(project: string, canWrite: boolean, seen: string): Entry {
    const forget = () => this.#forget(project, entry);
    const opening = this.#open(project, canWrite, forget);
    const entry: Entry = { opening, journal: null, canWrite, users: 0, seen };
    opening.then((journal) => {
      entry.journal = journal;
    }, forget);
    return entry;
  }

  async #open(project: string, toWrite: boolean, onFailure: () => void): Promise<ProjectJournal> {
    const { dir, files, onWarning } = this.#options;
    const around = {
      dir,
      files,
      warn: onWarning,
      hold: () => this.#holdLock(),
    };
    const path = this.#pathOf(project);
    try {
      const epoch = toWrite ? await this.#holdLock() : 0;
      if (toWrite) await files.mkdir(dir); // it may have been taken away since the start
      const opened = await (toWrite ? openToWrite : openToRead)(around, path, project);
      return new ProjectJournal(around, path, project, opened, epoch, onFailure);
    } catch (error) {
      throw storeError(error, `open the journal of project "${project}"`, dir);
    }
  }

  /** Closes what was not used for longest, as far as nobody is using it. */
  #makeRoom(): void {
    let surplus = this.#entries.size - this.#options.maxOpenProjects;
    for (const [project, entry] of this.#entries) {
      if (surplus <= 0) return;
      if (entry.users > 0 || !entry.journal?.isIdle) continue;
      this.#forget(project, entry);
      surplus--;
    }
  }

  /** Takes an entry out of the index and closes its file once nothing is under way. */
  #forget(project: string, entry: Entry): void {
    if (this.#entries.get(project) === entry) this.#entries.delete(project);
    void entry.opening.then((journal) => journal.close()).catch(() => {});
  }

  async #close(project: string): Promise<void> {
    const entry = this.#entries.get(project);
    if (!entry) return;
    this.#entries.delete(project);
    await entry.opening.then((journal) => journal.close()).catch(() => {});
  }

  async #mayWrite(): Promise<boolean> {
    if (!this.#lock) return false;
    return this.#lock.hold().then(
      () => true,
      () => false,
    );
  }

  async #holdLock(): Promise<number> {
    if (this.#lock) return this.#lock.hold();
    throw new SparrowError('CONFLICT', `The journal in ${this.#options.dir} was opened for reading only.`);
  }

  async #look(project: string): Promise<string> {
    const stat = await this.#options.files.lstat(this.#pathOf(project)).catch((): FileStat | null => null);
    return stat ? `${stat.ino} ${stat.size}` : noFile;
  }

  #pathOf(project: string): string {
    return join(this.#options.dir, projectNameOf(project) + suffix);
  }

  /** Makes the directory, and removes the litter of a crash and what deleted projects left when its time is over. */
  async #prepare(): Promise<void> {
    const { dir, files, now, graceMs } = this.#options;
    await this.#holdLock();
    try {
      await files.mkdir(dir);
      for (const name of await files.readdir(dir)) {
        const deletedAt = Number(deletedPattern.exec(name)?.[1] ?? Number.POSITIVE_INFINITY);
        if (isTemporary(name) || now() - deletedAt >= graceMs) await discard(files, join(dir, name));
      }
    } catch (error) {
      throw storeError(error, 'prepare the journal', dir);
    }
  }
}
