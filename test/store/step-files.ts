// The step store: the real file system, wrapped so that it stops, fails or writes short at the n-th change it is asked for.
// After a stop nothing more is done, as after a crash; `losePower` also spoils what was never synced. Syncing is only noted:
// a test has no use for the disk's slowness.
import { open, readdir, rm, truncate } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type FileSystem, nodeFiles, type OpenFile } from '../../src/store/files.ts';

type Fault = { kind: 'stop' } | { kind: 'fail'; code: string } | { kind: 'short' };

/** Thrown at a stop; it has no code, so nothing mistakes it for an answer of the system. */
class Crash extends Error {}

export class StepFiles implements FileSystem {
  /** Every change, in order: `write version.json`, `sync …`, `rename …`, `syncDirectory …`. */
  readonly calls: string[] = [];
  #fault: Fault | null = null;
  #left = 0;
  #from: RegExp | null = null;
  #isDown = false;
  /** Numbers of files written to since their last sync, with the length they had then. */
  readonly #unsynced = new Map<number, number>();

  /** The fault happens at the `at`-th change from now, or from the first one that matches. */
  arm(fault: Fault, at = 1, from = /./): void {
    this.#fault = fault;
    this.#left = at;
    this.#from = from;
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  open: FileSystem['open'] = async (path, mode) => {
    if (mode !== 'read') this.#step(`open ${basename(path)}`);
    const file = await nodeFiles.open(path, mode);
    return mode === 'read' ? file : this.#wrap(file, basename(path));
  };

  mkdir: FileSystem['mkdir'] = async (path) => {
    this.#step(`mkdir ${basename(path)}`);
    await nodeFiles.mkdir(path);
  };

  rename: FileSystem['rename'] = async (from, to) => {
    this.#step(`rename ${basename(from)} ${basename(to)}`);
    await nodeFiles.rename(from, to);
  };

  link: FileSystem['link'] = async (from, to) => {
    this.#step(`link ${basename(from)} ${basename(to)}`);
    await nodeFiles.link(from, to);
  };

  unlink: FileSystem['unlink'] = async (path) => {
    this.#step(`unlink ${basename(path)}`);
    await nodeFiles.unlink(path);
  };

  rmdir: FileSystem['rmdir'] = async (path) => {
    this.#step(`rmdir ${basename(path)}`);
    await nodeFiles.rmdir(path);
  };

  syncDirectory: FileSystem['syncDirectory'] = async (path) => {
    this.#step(`syncDirectory ${basename(path)}`);
  };

  readdir: FileSystem['readdir'] = (path) => this.#guard(() => nodeFiles.readdir(path));
  lstat: FileSystem['lstat'] = (path) => this.#guard(() => nodeFiles.lstat(path));

  /** Cuts every file under `directory` that was not synced to half of what was added to it. */
  async losePower(directory: string): Promise<void> {
    for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const { ino, size } = await nodeFiles.lstat(path);
      const kept = this.#unsynced.get(ino);
      if (kept !== undefined && kept < size) await truncate(path, kept + Math.floor((size - kept) / 2));
    }
  }

  #guard<T>(work: () => Promise<T>): Promise<T> {
    return this.#isDown ? Promise.reject(new Crash('down')) : work();
  }

  /** True when this very write should be a short one. */
  #step(call: string): boolean {
    if (this.#isDown) throw new Crash(`down before ${call}`);
    this.calls.push(call);
    if (this.#from?.test(call)) this.#from = null;
    if (!this.#fault || this.#from || --this.#left !== 0) return false;
    if (this.#fault.kind === 'short') return true;
    if (this.#fault.kind === 'fail') throw Object.assign(new Error(`${this.#fault.code}: ${call}`), this.#fault);
    this.#isDown = true;
    throw new Crash(`stopped at ${call}`);
  }

  #wrap(file: OpenFile, name: string): OpenFile {
    const noteChange = async () => {
      const { ino, size } = await file.stat();
      if (!this.#unsynced.has(ino)) this.#unsynced.set(ino, size);
    };
    const noteSync = async () => {
      this.#unsynced.delete((await file.stat()).ino);
    };
    return {
      read: (...args) => this.#guard(() => file.read(...args)),
      write: async (buffer, offset, length, position) => {
        const isShort = this.#step(`write ${name}`);
        await noteChange();
        return file.write(buffer, offset, isShort ? Math.ceil(length / 2) : length, position);
      },
      sync: async () => {
        this.#step(`sync ${name}`);
        await noteSync();
      },
      datasync: async () => {
        this.#step(`datasync ${name}`);
        await noteSync();
      },
      truncate: async (length) => {
        this.#step(`truncate ${name}`);
        await file.truncate(length);
      },
      stat: () => this.#guard(() => file.stat()),
      close: () => file.close(), // also after a crash: the system closes files of the dead
    };
  }
}

/** Flips one bit of a file. */
export async function flipBit(path: string, byte: number, bit = 0): Promise<void> {
  const file = await open(path, 'r+');
  const buffer = Buffer.alloc(1);
  await file.read(buffer, 0, 1, byte);
  buffer[0] = buffer[0]! ^ (1 << bit);
  await file.write(buffer, 0, 1, byte);
  await file.close();
}

export async function removeAll(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}
