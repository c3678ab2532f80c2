// The reading half of the file store: one project's directory, of which nothing is believed before it is checked.
// What is damaged, missing or somebody else's is passed over with one warning, never followed and never deleted.
//
//   <name>-<digest>/            the project, named by project-name.ts
//     project.json              the book: id, highest counter ever used, pinned versions, deletion mark
//     state.json                label config, title and the like
//     current.json              the pointer
//     v000012-20261124T211500-3fa9c1/
//       version.json            the record: checksum and size of each file beside it
//       model.safetensors  …    whatever the writer put
//
// All four JSON files carry their own checksum (checked-json.ts).
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { messageOf, SparrowError } from '../errors.ts';
import { decodeChecked } from './checked-json.ts';
import { codeOf, type FileSystem, isMissing, isTemporary, readUpTo, readWhole, storeError } from './files.ts';
import { fallbackOrder, noSuchVersion, recordFile, type VersionRecord } from './model-store.ts';
import { projectNameOf } from './project-name.ts';
import { counterOf, newestFirst } from './version-name.ts';

export const bookFile = 'project.json';
export const stateFile = 'state.json';
export const pointerFile = 'current.json';

/** The layout above; a directory written by a later layout is refused by its number. */
export const storeFormat = 1;

export interface Book {
  format: number;
  id: string;
  highWater: number;
  /** Whether a pointer was ever set: if so and it is gone, a version is looked for. */
  activated: boolean;
  pinned: string[];
  /** Versions up to `through` no longer exist for anybody; their files go when the grace time is over. */
  deleted: { at: number; through: number } | null;
}

const jsonLimitBytes = 64 * 1024 * 1024;
const readSliceBytes = 1024 * 1024;
const mostRemembered = 10_000;

/** What one store has learnt about its files. Shared by all folders of a store, so that a warning is given once. */
export class FolderMemory {
  readonly #warn: (message: string) => void;
  readonly #given = new Set<string>();
  readonly #sound = new Map<string, string>();

  constructor(onWarning: (message: string) => void) {
    this.#warn = onWarning;
  }

  warn(message: string): void {
    if (this.#given.has(message)) return;
    if (this.#given.size >= mostRemembered) this.#given.clear();
    this.#given.add(message);
    this.#warn(message);
  }

  /** Whether the files under `path` were already compared with their checksums in just this state. */
  isSound(path: string, signature: string): boolean {
    return this.#sound.get(path) === signature;
  }

  markSound(path: string, signature: string): void {
    if (this.#sound.size >= mostRemembered) this.#sound.clear();
    this.#sound.set(path, signature);
  }
}

export class ProjectFolder {
  readonly path: string;
  readonly project: string;
  readonly #root: string;
  readonly #files: FileSystem;
  readonly #memory: FolderMemory;

  constructor(path: string, project: string, root: string, files: FileSystem, memory: FolderMemory) {
    this.path = path;
    this.project = project;
    this.#root = root;
    this.#files = files;
    this.#memory = memory;
  }

  /** The book, or an empty one: the counter is then found from the names that are there. */
  async book(): Promise<Book> {
    const empty = {
      format: storeFormat,
      id: this.project,
      highWater: 0,
      activated: false,
      pinned: [],
      deleted: null,
    };
    const value = await this.#checked(bookFile);
    if (value === undefined) return empty;
    const book = value as Book;
    if (book.format === storeFormat) return book;
    const message = `${join(this.path, bookFile)} has format ${book.format}; this Sparrow reads ${storeFormat}. Update Sparrow or choose another MODEL_DIR.`;
    throw new SparrowError('BAD_MODEL', message);
  }

  /** Whether nothing was written about the project yet. */
  async isNew(): Promise<boolean> {
    return (await this.#files.lstat(join(this.path, bookFile)).catch(() => null)) === null;
  }

  /** The project's id from its book or, that being damaged, from a version; null when neither fits the directory. */
  async identify(book: Book): Promise<string | null> {
    const candidates = [book.id];
    if (book.id === '') candidates.push(...(await this.records(book)).map((record) => record.project));
    return candidates.find((id) => basename(this.path) === projectNameOf(id)) ?? null;
  }

  async state(): Promise<{ [key: string]: unknown }> {
    return ((await this.#checked(stateFile)) ?? {}) as {
      [key: string]: unknown;
    };
  }

  /** Names of the versions that are directories and not deleted, newest first. Others' things are warned about. */
  async names(book: Book): Promise<string[]> {
    const found: string[] = [];
    for (const name of await this.#list()) {
      if ([bookFile, stateFile, pointerFile].includes(name) || isTemporary(name)) continue;
      const path = join(this.path, name);
      const isVersion = counterOf(name) > 0;
      if (isVersion && (await this.#isDirectory(path))) found.push(name);
      else this.#memory.warn(`${path} is no model version and is ignored.`);
    }
    const deletedThrough = book.deleted?.through ?? 0;
    return found.filter((name) => counterOf(name) > deletedThrough).sort(newestFirst);
  }

  /** The highest counter that any trace of a version bears. */
  async highestCounter(): Promise<number> {
    const names = await this.#list();
    const pointer = (await this.pointer()) ?? '';
    return Math.max(0, counterOf(pointer), ...names.map(counterOf));
  }

  /** The record of a version whose files are all there in the right size; null, with a warning, when not. */
  async record(version: string): Promise<VersionRecord | null> {
    const path = join(this.path, version);
    const value = await this.#checked(join(version, recordFile));
    if (value === undefined) {
      if (await this.#isDirectory(path)) this.#memory.warn(`${join(path, recordFile)} is missing or damaged.`);
      return null;
    }
    const { format, ...record } = value as VersionRecord & { format: number };
    if (format !== storeFormat || record.version !== version) {
      this.#memory.warn(`${path} has format ${format} and name ${record.version}: not a version this Sparrow reads.`);
      return null;
    }
    for (const [name, { bytes }] of Object.entries(record.files)) {
      const stat = await this.#files.lstat(join(path, name)).catch(() => null);
      if (stat?.isFile() && stat.size === bytes) continue;
      this.#memory.warn(`${join(path, name)} is missing or has the wrong size; version ${version} is not used.`);
      return null;
    }
    return record;
  }

  async records(book: Book): Promise<VersionRecord[]> {
    const records: VersionRecord[] = [];
    for (const name of await this.names(book)) {
      const record = await this.record(name);
      if (record) records.push(record);
    }
    return records;
  }

  /**
   * Which version serves; see `fallbackOrder` for what happens when it is not the one that should. A `candidate` is a
   * version about to become current: it is not taken for the fallback that its training started from.
   */
  async current(book: Book, candidate?: string): Promise<VersionRecord | null> {
    const wanted = await this.pointer();
    if (wanted === undefined && !book.activated) return null;
    const deletedThrough = book.deleted?.through ?? 0;
    if (wanted != null && counterOf(wanted) <= deletedThrough && !book.activated) return null;
    for (const name of fallbackOrder(await this.names(book), wanted ?? null)) {
      if (name === candidate && name !== wanted) continue;
      const record = await this.record(name);
      if (!record || !(await this.#isSound(record))) continue;
      if (name !== wanted) {
        const reason = wanted == null ? 'the pointer is missing or damaged' : `${wanted} is missing or damaged`;
        this.#memory.warn(`${this.path}: ${reason}; version ${name} serves in its place.`);
      }
      return record;
    }
    this.#memory.warn(`${this.path} holds no sound version; the project starts untrained and its files are kept.`);
    return null;
  }

  /** One file of a version, whole and right, or BAD_MODEL. Its size is checked before memory is taken for it. */
  async read(version: string, name: string): Promise<Uint8Array> {
    const record = counterOf(version) > 0 ? await this.record(version) : null;
    if (!record) {
      const isThere = counterOf(version) > 0 && (await this.#isDirectory(join(this.path, version)));
      if (!isThere) throw noSuchVersion(this.project, version);
      throw new SparrowError('BAD_MODEL', `Version ${version} of project "${this.project}" is damaged.`);
    }
    const expected = Object.hasOwn(record.files, name) ? record.files[name] : undefined;
    if (!expected) {
      const message = `Version ${version} of project "${this.project}" has no file ${JSON.stringify(name)}.`;
      throw new SparrowError('NOT_FOUND', message);
    }
    const bytes = new Uint8Array(expected.bytes);
    const path = join(this.path, version, name);
    const sha256 = await this.#hash(path, expected.bytes, bytes);
    if (sha256 === expected.sha256) return bytes;
    if (sha256 === 'missing') throw noSuchVersion(this.project, version);
    throw new SparrowError('BAD_MODEL', `${path} is damaged: its checksum is not the one in ${recordFile}.`);
  }

  /** What lies in a version's directory and is not in its record. */
  async strangers(record: VersionRecord): Promise<string[]> {
    const names = await this.#files.readdir(join(this.path, record.version));
    return names.filter((name) => name !== recordFile && !Object.hasOwn(record.files, name));
  }

  /** Compares every file with its checksum, once for each state the files are seen in. */
  async #isSound(record: VersionRecord): Promise<boolean> {
    const path = join(this.path, record.version);
    const parts: string[] = [];
    for (const name of Object.keys(record.files)) {
      const stat = await this.#files.lstat(join(path, name)).catch(() => null);
      parts.push(`${name} ${stat?.ino} ${stat?.size} ${stat?.mtimeMs}`);
    }
    const signature = parts.join('\n');
    if (this.#memory.isSound(path, signature)) return true;
    for (const [name, { bytes, sha256 }] of Object.entries(record.files)) {
      const found = await this.#hash(join(path, name), bytes);
      if (found === sha256) continue;
      if (found !== 'missing')
        this.#memory.warn(`${join(path, name)} is damaged (wrong checksum); version ${record.version} is not used.`);
      return false;
    }
    this.#memory.markSound(path, signature);
    return true;
  }

  /** SHA-256 of a file of `size` bytes, read in slices, into `into` if that is given. */
  async #hash(path: string, size: number, into?: Uint8Array): Promise<string | 'missing' | 'unreadable'> {
    try {
      const file = await this.#files.open(path, 'read');
      try {
        const hash = createHash('sha256');
        const slice = into ?? new Uint8Array(Math.min(size, readSliceBytes));
        for (let start = 0; start < size; start += readSliceBytes) {
          const length = Math.min(readSliceBytes, size - start);
          const view = into ? into.subarray(start, start + length) : slice.subarray(0, length);
          hash.update(view.subarray(0, await readUpTo(file, view, length, start)));
        }
        return hash.digest('hex');
      } finally {
        await file.close();
      }
    } catch (error) {
      if (isMissing(error)) return 'missing'; // cleaned up since its record was read
      if (codeOf(error) === 'EIO') return 'unreadable';
      throw storeError(error, `read ${path}`, this.#root);
    }
  }

  /** The version that the pointer names; null when it is damaged, undefined when there is none. */
  async pointer(): Promise<string | null | undefined> {
    const path = join(this.path, pointerFile);
    const isThere = await this.#files.lstat(path).then(
      () => true,
      (error) => !isMissing(error),
    );
    if (!isThere) return undefined;
    const value = (await this.#checked(pointerFile)) as { version?: unknown } | undefined;
    return typeof value?.version === 'string' ? value.version : null;
  }

  /** The value of one of our JSON files; undefined when it is not there, or damaged (with a warning). */
  async #checked(name: string): Promise<unknown> {
    const path = join(this.path, name);
    try {
      const value = decodeChecked(await readWhole(this.#files, path, jsonLimitBytes));
      if (value === undefined) this.#memory.warn(`${path} is damaged (wrong checksum) and is not used.`);
      return value;
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (['ENOTFILE', 'ETOOLARGE', 'ELOOP', 'EISDIR', 'ENXIO'].includes(codeOf(error))) {
        this.#memory.warn(`${path} is not a file of ours (${messageOf(error)}) and is not used.`);
        return undefined;
      }
      throw storeError(error, `read ${path}`, this.#root);
    }
  }

  async #list(): Promise<string[]> {
    try {
      return await this.#files.readdir(this.path);
    } catch (error) {
      if (isMissing(error)) return [];
      throw storeError(error, `list ${this.path}`, this.#root);
    }
  }

  async #isDirectory(path: string): Promise<boolean> {
    const stat = await this.#files.lstat(path).catch(() => null);
    return stat?.isDirectory() === true;
  }
}
