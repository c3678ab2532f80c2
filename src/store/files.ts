// The few file operations the stores use, behind an interface so that a test can stop, fail or shorten any of them.
// A durable write is always the same: temporary name, write all, fsync, rename, fsync the directory.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SparrowError } from '../errors.ts';

/** What is told about an entry of a directory; a symbolic link is told about itself, never followed. */
export interface FileStat {
  size: number;
  mtimeMs: number;
  ino: number;
  /** How many names it has; 0 when it was deleted while open. */
  nlink: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

export interface OpenFile {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  /** May write fewer bytes than asked for, as the system call may. */
  write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
  sync(): Promise<void>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  stat(): Promise<FileStat>;
  close(): Promise<void>;
}

/** `read` wants an existing file, `create` a name not in use, `update` reads and writes and makes what is missing. */
type OpenMode = 'read' | 'create' | 'update';

export interface FileSystem {
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  /** Makes the directory and its parents; an existing one is fine. */
  mkdir(path: string): Promise<void>;
  readdir(path: string): Promise<string[]>;
  lstat(path: string): Promise<FileStat>;
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file; fails with EEXIST when the name is in use. */
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>;
}

// O_NOFOLLOW: a link put in the store is refused. O_NONBLOCK: opening a FIFO does not wait for its other end.
const guarded = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const openFlags: { [mode in OpenMode]: number } = {
  read: constants.O_RDONLY | guarded,
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
  update: constants.O_RDWR | constants.O_CREAT | guarded,
};

export const nodeFiles: FileSystem = {
  open: (path, mode) => open(path, openFlags[mode]),
  mkdir: async (path) => {
    await mkdir(path, { recursive: true });
  },
  readdir: (path) => readdir(path),
  lstat,
  rename,
  link,
  unlink,
  rmdir,
  syncDirectory: async (path) => {
    if (process.platform === 'win32') return; // there a directory cannot be opened, and a rename is durable by itself
    const directory = await open(path, constants.O_RDONLY);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
};

const temporaryPattern = /^\.sparrow-[0-9a-f]{16}\.tmp$/;

/** A name for something half-written, in `directory`; never used twice. */
export function temporaryPath(directory: string): string {
  return join(directory, `.sparrow-${randomBytes(8).toString('hex')}.tmp`);
}

/** Whether a name is one that `temporaryPath` made. */
export function isTemporary(name: string): boolean {
  return temporaryPattern.test(name);
}

/** Writes all the bytes, however few the system takes at a time. */
export async function writeAll(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten <= 0)
      throw Object.assign(new Error('the system wrote no bytes'), {
        code: 'EIO',
      });
    done += bytesWritten;
  }
}

/** Reads up to `length` bytes; fewer only at the end of the file. */
export async function readUpTo(file: OpenFile, buffer: Uint8Array, length: number, position: number): Promise<number> {
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** A whole regular file of at most `limit` bytes, in memory. */
export async function readWhole(files: FileSystem, path: string, limit: number): Promise<Buffer> {
  const file = await files.open(path, 'read');
  try {
    const stat = await file.stat();
    if (!stat.isFile())
      throw Object.assign(new Error('not a regular file'), {
        code: 'ENOTFILE',
      });
    if (stat.size > limit)
      throw Object.assign(new Error(`larger than ${limit} bytes`), {
        code: 'ETOOLARGE',
      });
    const bytes = Buffer.allocUnsafe(stat.size);
    return bytes.subarray(0, await readUpTo(file, bytes, stat.size, 0));
  } finally {
    await file.close();
  }
}

/** Makes a new file whose bytes are on the disk before this returns; its name is durable only after a directory sync. */
export async function writeNew(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const file = await files.open(path, 'create');
  try {
    await writeAll(file, bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts `bytes` in place of whatever had the name: a reader, or a crash, sees the old content or the new. */
export async function replaceFile(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const directory = dirname(path);
  const temporary = temporaryPath(directory);
  try {
    await writeNew(files, temporary, bytes);
    await files.rename(temporary, path);
  } catch (error) {
    await discard(files, temporary);
    throw error;
  }
  await files.syncDirectory(directory);
}

/** Removes a file, or a directory of files, that is ours. Failing leaves litter that the next start removes. */
export async function discard(files: FileSystem, path: string): Promise<void> {
  try {
    const stat = await files.lstat(path);
    if (!stat.isDirectory()) return await files.unlink(path);
    for (const name of await files.readdir(path)) await files.unlink(join(path, name));
    await files.rmdir(path);
  } catch {
    // Already gone, or the disk is in such a state that the caller's own error says more.
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether an error only says that the thing is not there. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}

const fullCodes = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const forbiddenCodes = ['EACCES', 'EPERM', 'EROFS'];

/**
 * The catalogue's error for a failed file operation; `doing` completes "could not …". Ours pass unchanged, and so does
 * what is not from the file system: that is a bug, and is not dressed as anything else.
 */
export function storeError(error: unknown, doing: string, directory: string): unknown {
  const code = codeOf(error);
  if (error instanceof SparrowError || code === '') return error;
  const place = `MODEL_DIR (${directory})`;
  if (fullCodes.includes(code)) {
    const message = `Could not ${doing}: no space left in ${place} (${code}); free some space and try again.`;
    return new SparrowError('NO_SPACE', message, { cause: error });
  }
  const reason = forbiddenCodes.includes(code)
    ? `${place} may not be used (${code}); give the user who runs Sparrow the right to write there`
    : isMissing(error)
      ? `something is missing in ${place} (${code}); check that the directory is there and mounted`
      : `${place} answered ${code}; check the disk`;
  return new SparrowError('IO_FAILED', `Could not ${doing}: ${reason}.`, {
    cause: error,
  });
}
