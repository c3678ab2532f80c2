// MODEL_DIR itself: where a project's directory is, which directories are projects, and what else lies about.
//
//   MODEL_DIR/
//     writer.lock               who may write (writer-lock.ts)
//     projects/<name>-<digest>/ one project each (project-folder.ts)
//     journal/                  what Label Studio told us (file-journal.ts)
import { basename, join } from 'node:path';
import { SparrowError } from '../errors.ts';
import { discard, type FileSystem, isMissing, isTemporary, storeError } from './files.ts';
import { type FolderMemory, ProjectFolder } from './project-folder.ts';
import { isProjectName, projectNameOf } from './project-name.ts';
import { lockFile } from './writer-lock.ts';

const projectsDirectory = 'projects';
const atATime = 16; // well below the usual limit of open files
const knownNames = [projectsDirectory, 'journal', lockFile, 'lost+found'];

export class StoreRoot {
  readonly dir: string;
  readonly #files: FileSystem;
  readonly #memory: FolderMemory;

  constructor(dir: string, files: FileSystem, memory: FolderMemory) {
    this.dir = dir;
    this.#files = files;
    this.#memory = memory;
  }

  /** The project's folder; null, so that nothing is followed, when it is missing or no directory. */
  async existing(project: string): Promise<ProjectFolder | null> {
    const path = this.#pathOf(project);
    const kind = await this.#kindOf(path);
    if (kind === 'other') this.#memory.warn(`${path} is no directory and is ignored.`);
    return kind === 'directory' ? this.#folderAt(path, project) : null;
  }

  /** The project's folder, which may have to be made before something is written in it. */
  async writable(project: string): Promise<ProjectFolder> {
    const path = this.#pathOf(project);
    if ((await this.#kindOf(path)) === 'other') {
      throw new SparrowError('IO_FAILED', `${path} is in the way: it is no directory. Move it elsewhere.`);
    }
    return this.#folderAt(path, project);
  }

  async make(folder: ProjectFolder): Promise<void> {
    if ((await this.#kindOf(folder.path)) === 'directory') return;
    await this.#files.mkdir(folder.path);
    await this.#files.syncDirectory(join(this.dir, projectsDirectory));
    await this.#files.syncDirectory(this.dir);
  }

  /** Does something with every project's folder, several at a time. The folders do not know their ids; their books do. */
  async each<T>(work: (folder: ProjectFolder) => Promise<T>): Promise<T[]> {
    const folders = await this.#all();
    const results: T[] = [];
    for (let i = 0; i < folders.length; i += atATime) {
      results.push(...(await Promise.all(folders.slice(i, i + atATime).map(work))));
    }
    return results;
  }

  /** Removes what crashed writers left, by the names that only we give. */
  async sweep(): Promise<void> {
    await this.#sweepDirectory(this.dir);
    await this.each((folder) => this.#sweepDirectory(folder.path));
  }

  async #sweepDirectory(path: string): Promise<void> {
    for (const name of await this.#list(path)) if (isTemporary(name)) await discard(this.#files, join(path, name));
  }

  async #all(): Promise<ProjectFolder[]> {
    const parent = join(this.dir, projectsDirectory);
    const paths = (await this.#list(parent)).map((name) => join(parent, name));
    const kinds = await Promise.all(paths.map((path) => this.#kindOf(path)));
    const isOurs = paths.map((path, i) => isProjectName(basename(path)) && kinds[i] === 'directory');
    for (const [i, path] of paths.entries()) {
      if (!isOurs[i]) this.#memory.warn(`${path} is no project of ours and is ignored.`);
    }
    return paths.filter((_, i) => isOurs[i]).map((path) => this.#folderAt(path, ''));
  }

  async warnOfStrangers(): Promise<void> {
    for (const name of await this.#list(this.dir)) {
      if (knownNames.includes(name) || name.startsWith('.')) continue;
      this.#memory.warn(`${join(this.dir, name)} is not ours and is ignored.`);
    }
  }

  #pathOf(project: string): string {
    return join(this.dir, projectsDirectory, projectNameOf(project));
  }

  #folderAt(path: string, project: string): ProjectFolder {
    return new ProjectFolder(path, project, this.dir, this.#files, this.#memory);
  }

  async #kindOf(path: string): Promise<'directory' | 'other' | 'missing'> {
    try {
      return (await this.#files.lstat(path)).isDirectory() ? 'directory' : 'other';
    } catch (error) {
      if (isMissing(error)) return 'missing';
      throw storeError(error, `look at ${path}`, this.dir);
    }
  }

  async #list(path: string): Promise<string[]> {
    try {
      return await this.#files.readdir(path);
    } catch (error) {
      if (isMissing(error)) return [];
      throw storeError(error, `list ${path}`, this.dir);
    }
  }
}
