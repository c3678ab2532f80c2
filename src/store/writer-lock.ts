// One process writes in a directory at a time; all others may read. The lock is a file that names its holder and is
// touched every few seconds. It is taken over when the holder is certainly dead, or out of sight and silent.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SparrowError } from '../errors.ts';
import {
  discard,
  type FileSystem,
  isMissing,
  nodeFiles,
  readWhole,
  storeError,
  temporaryPath,
  writeAll,
  writeNew,
} from './files.ts';
import { type Processes, type ProcessIdentity, systemProcesses } from './process-identity.ts';

export const lockFile = 'writer.lock';

export interface WriterLockOptions {
  dir: string;
  files?: FileSystem;
  now?: () => number;
  processes?: Processes;
  /** How often the holder shows that it lives; 0 switches the timer off. Default 3 s. */
  heartbeatMs?: number;
  onWarning?: (message: string) => void;
}

interface Holder extends ProcessIdentity {
  token: string;
}

const lockLimitBytes = 4096;
const defaultHeartbeatMs = 3_000;
const silentMs = 15_000; // five missed beats
const trustMs = 1_000; // how long a look at the lock file is believed

export class WriterLock {
  readonly #options: Required<WriterLockOptions>;
  readonly #path: string;
  readonly #holder: Holder;
  readonly #timer: NodeJS.Timeout | null;
  #epoch = 0;
  #isHeld = false;
  #isReleased = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #turn: Promise<unknown> = Promise.resolve();

  /** Takes the lock if it is free. If not, the first write tries again and fails with CONFLICT. */
  static async open(options: WriterLockOptions): Promise<WriterLock> {
    const lock = new WriterLock(options);
    await lock.hold().catch((error: unknown) => {
      if (!(error instanceof SparrowError)) throw error;
      lock.#options.onWarning(error.message);
    });
    return lock;
  }

  private constructor(options: WriterLockOptions) {
    const defaults = {
      files: nodeFiles,
      now: Date.now,
      heartbeatMs: defaultHeartbeatMs,
      onWarning: () => {},
    };
    this.#options = { ...defaults, processes: systemProcesses(), ...options };
    this.#path = join(options.dir, lockFile);
    this.#holder = {
      ...this.#options.processes.self,
      token: randomBytes(8).toString('hex'),
    };
    const { heartbeatMs } = this.#options;
    this.#timer = heartbeatMs > 0 ? setInterval(() => void this.beat(), heartbeatMs).unref() : null;
  }

  /**
   * Makes sure that this process may write, or fails with CONFLICT. Returns a number that grows each time the lock is
   * gained: what was known about the directory under an earlier number may have changed.
   */
  async hold(): Promise<number> {
    if (this.#isReleased) throw new SparrowError('CONFLICT', `MODEL_DIR (${this.#options.dir}) was closed.`);
    if (this.#isHeld && Math.abs(this.#options.now() - this.#lookedAt) < trustMs) return this.#epoch;
    const result = this.#turn.then(() => this.#hold());
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Shows that the holder lives. A process without the lock uses the moment to see whether it has become free. */
  async beat(): Promise<void> {
    try {
      await this.hold();
      const file = await this.#options.files.open(this.#path, 'update');
      try {
        await writeAll(file, this.#text(), 0);
      } finally {
        await file.close();
      }
    } catch {
      // Not ours, or the directory is away: the next write says so to somebody who can act on it.
    }
  }

  async release(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#isReleased = true;
    await this.#turn;
    if (!this.#isHeld) return;
    this.#isHeld = false;
    const holder = await this.#read().catch(() => null);
    if (tokenOf(holder) === this.#holder.token) await this.#options.files.unlink(this.#path).catch(() => {});
  }

  async #hold(): Promise<number> {
    try {
      const holder = await this.#read();
      if (!this.#isHeld || tokenOf(holder) !== this.#holder.token) {
        this.#isHeld = false;
        await this.#acquire(holder);
        this.#isHeld = true;
        this.#epoch++;
      }
      this.#lookedAt = this.#options.now();
      return this.#epoch;
    } catch (error) {
      throw storeError(error, 'take the right to write', this.#options.dir);
    }
  }

  async #acquire(holder: Holder | 'damaged' | null): Promise<void> {
    const { dir, files, processes } = this.#options;
    const alive = holder !== null && holder !== 'damaged' ? processes.isAlive(holder) : 'unknown';
    if (alive === true) throw this.#conflict(holder);
    await files.mkdir(dir);
    const temporary = temporaryPath(dir);
    try {
      await writeNew(files, temporary, this.#text());
      if (holder !== null) await this.#clear(holder, alive, temporary);
      await files.link(temporary, this.#path).catch(async () => {
        const first = await this.#read();
        if (first !== null) throw this.#conflict(first);
        await writeNew(files, this.#path, this.#text()); // a disk without hard links; `create` still excludes others
      });
    } finally {
      await discard(files, temporary);
    }
  }

  /** Takes a dead holder's lock away, or fails with CONFLICT. */
  async #clear(holder: Holder | 'damaged', alive: false | 'unknown', fresh: string): Promise<void> {
    const { files, dir, onWarning } = this.#options;
    // Both times come from the clock of the file system, so hosts whose clocks differ agree about them.
    const silence = (await files.lstat(fresh)).mtimeMs - (await files.lstat(this.#path)).mtimeMs;
    if (alive === 'unknown' && silence < silentMs) throw this.#conflict(holder);
    const present = await this.#read();
    if (tokenOf(present) !== tokenOf(holder)) throw this.#conflict(present);
    const aside = temporaryPath(dir);
    await files.rename(this.#path, aside);
    const moved = await this.#read(aside);
    if (tokenOf(moved) !== tokenOf(holder)) {
      // Somebody else took it over between the two looks: give it back.
      await files.link(aside, this.#path).catch(() => {});
      await discard(files, aside);
      throw this.#conflict(moved);
    }
    await discard(files, aside);
    onWarning(`Took over the lock of ${nameOf(holder)}, which ended without giving it back.`);
  }

  async #read(path = this.#path): Promise<Holder | 'damaged' | null> {
    try {
      const text = (await readWhole(this.#options.files, path, lockLimitBytes)).toString();
      const holder = JSON.parse(text) as Holder | null;
      return typeof holder?.token === 'string' ? holder : 'damaged';
    } catch (error) {
      if (isMissing(error)) return null;
      if (error instanceof SyntaxError) return 'damaged';
      throw error;
    }
  }

  #text(): Buffer {
    return Buffer.from(`${JSON.stringify(this.#holder)}\n`);
  }

  #conflict(holder: Holder | 'damaged' | null): SparrowError {
    const message = `MODEL_DIR (${this.#options.dir}) is being written by ${nameOf(holder)}; this process may only read it. Stop the other one, or give this one a MODEL_DIR of its own.`;
    return new SparrowError('CONFLICT', message);
  }
}

function tokenOf(holder: Holder | 'damaged' | null): string {
  return holder === null || holder === 'damaged' ? '' : holder.token;
}

function nameOf(holder: Holder | 'damaged' | null): string {
  if (holder === null || holder === 'damaged') return 'another process';
  return `process ${holder.pid} on ${holder.host}`;
}
