// Models in a directory that many machines share, in the layout of project-folder.ts: what an embedded server kept can be
// taken over, and given back. No lock guards it: names of versions are given by Redis, each of them once, and a rename is
// the commit. On NFS, mount with `actimeo=1` or less, or a replica learns of a version before it can see it.
import { join } from 'node:path';
import { messageOf, SparrowError } from '../errors.ts';
import { encodeChecked } from './checked-json.ts';
import {
  codeOf,
  discard,
  type FileSystem,
  nodeFiles,
  replaceFile,
  storeError,
  temporaryPath,
  writeNew,
} from './files.ts';
import type { ModelFiles, Notes } from './model-files.ts';
import { noSuchVersion, recordFile, type VersionRecord } from './model-store.ts';
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

export interface SharedDirectoryOptions {
  /** MODEL_DIR. */
  dir: string;
  files?: FileSystem;
  onWarning?: (message: string) => void;
}

export class SharedDirectory implements ModelFiles {
  readonly #dir: string;
  readonly #files: FileSystem;
  readonly #root: StoreRoot;

  constructor({ dir, files = nodeFiles, onWarning = () => {} }: SharedDirectoryOptions) {
    this.#dir = dir;
    this.#files = files;
    this.#root = new StoreRoot(dir, files, new FolderMemory(onWarning));
  }

  write(record: VersionRecord, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    return this.#change(record.project, 'keep the new model', async (folder) => {
      const temporary = temporaryPath(folder.path);
      try {
        await this.#files.mkdir(temporary);
        for (const [name, bytes] of files) await writeNew(this.#files, join(temporary, name), bytes);
        await writeNew(this.#files, join(temporary, recordFile), encodeChecked({ format: storeFormat, ...record }));
        await this.#files.syncDirectory(temporary);
        await this.#files.rename(temporary, join(folder.path, record.version));
      } catch (error) {
        await discard(this.#files, temporary);
        if (!['EEXIST', 'ENOTEMPTY'].includes(codeOf(error))) throw error;
        throw new SparrowError('CONFLICT', `There is a version ${record.version} already.`, { cause: error });
      }
      await this.#files.syncDirectory(folder.path);
    });
  }

  async record(project: string, version: string): Promise<VersionRecord | null> {
    const folder = await this.#root.existing(project);
    return folder ? folder.record(version) : null;
  }

  async read({ project, version }: VersionRecord, file: string): Promise<Uint8Array> {
    const folder = await this.#root.existing(project);
    if (!folder) throw noSuchVersion(project, version);
    return folder.read(version, file);
  }

  /** The name goes first, in one step; a reader that has a file open keeps it until it is done. */
  async remove({ project, version }: VersionRecord): Promise<void> {
    const folder = await this.#root.existing(project);
    if (!folder) return;
    const temporary = temporaryPath(folder.path);
    try {
      await this.#files.rename(join(folder.path, version), temporary);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return;
      throw storeError(error, 'remove a model', this.#dir);
    }
    await discard(this.#files, temporary);
  }

  async versions(project: string): Promise<string[]> {
    const folder = await this.#root.existing(project);
    return folder ? folder.names({ ...(await folder.book()), deleted: null }) : [];
  }

  async projects(): Promise<string[]> {
    const ids = await this.#root.each(async (folder) => folder.identify(await folder.book()));
    return ids.filter((id) => id !== null);
  }

  async notes(project: string): Promise<Notes> {
    const folder = await this.#root.existing(project);
    if (!folder || (await folder.isNew())) return { book: null, pointer: null, state: {} };
    const [book, state, pointer] = await Promise.all([folder.book(), folder.state(), folder.pointer()]);
    return { book, state, pointer: pointer ?? null };
  }

  writeBook(project: string, book: Book): Promise<void> {
    return this.#note(project, bookFile, book);
  }

  writePointer(project: string, version: string): Promise<void> {
    return this.#note(project, pointerFile, { format: storeFormat, version });
  }

  writeState(project: string, state: { [key: string]: unknown }): Promise<void> {
    return this.#note(project, stateFile, state);
  }

  async problem(): Promise<string | null> {
    const probe = temporaryPath(this.#dir);
    try {
      await this.#files.mkdir(this.#dir);
      await (await this.#files.open(probe, 'create')).close();
      await this.#files.unlink(probe);
      return null;
    } catch (error) {
      return messageOf(storeError(error, 'try a write', this.#dir));
    }
  }

  #note(project: string, name: string, value: unknown): Promise<void> {
    return this.#change(project, 'keep a note about a project', (folder) =>
      replaceFile(this.#files, join(folder.path, name), encodeChecked(value)),
    );
  }

  async #change(project: string, doing: string, work: (folder: ProjectFolder) => Promise<void>): Promise<void> {
    try {
      const folder = await this.#root.writable(project);
      await this.#root.make(folder);
      await work(folder);
    } catch (error) {
      throw storeError(error, doing, this.#dir);
    }
  }
}
