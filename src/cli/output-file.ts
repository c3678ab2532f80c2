// A result on its way to a file: under a temporary name first, then renamed, so that whoever looks sees the old file or
// the new one. What must not be overwritten is refused before the work begins.
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, realpathSync, renameSync, rmSync, type Stats, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SparrowError } from '../errors.ts';
import type { Session } from './session.ts';

export interface OutputRules {
  /** DATA arguments, none of which may be the output. */
  inputs: readonly string[];
  force: boolean;
  /** True for a file that the command may replace without being told to. */
  mayReplace?: (path: string) => boolean;
}

export interface OutputTarget {
  name: string;
  /** Where the bytes go in the end; links are resolved. */
  path: string;
  mode: number;
  /** False for a device or a pipe, which is written to and never replaced. */
  isRenamed: boolean;
}

/** Check that a file may be made here; `option` is the flag that names it. */
export function checkOutput(name: string, option: string, session: Session, rules: OutputRules): OutputTarget {
  const refuse = (why: string): never => {
    throw new SparrowError('BAD_OPTION', `${option} ${name}: ${why}.`);
  };
  if (name === '') refuse('the name of a file is missing');
  const path = session.path(name);
  const stats = statOf(path);
  if (stats === null) {
    if (!statOf(dirname(path))?.isDirectory()) refuse(`there is no directory ${dirname(name)}`);
    return { name, path, mode: 0o666, isRenamed: true };
  }
  if (stats.isDirectory()) refuse('this is a directory; expected the name of a file');
  if (rules.inputs.some((input) => isSameFile(statOf(session.path(input)), stats))) {
    refuse('this is also the input, which is never overwritten');
  }
  const isRenamed = stats.isFile();
  const real = realpathSync(path);
  const isFree = !isRenamed || stats.size === 0 || rules.force || rules.mayReplace?.(real) === true;
  if (!isFree) refuse('the file exists; give --force to overwrite it');
  return { name, path: real, mode: stats.mode & 0o777, isRenamed };
}

/** Write a file's parts, all or nothing. */
export function writeOutput(target: OutputTarget, parts: Iterable<Uint8Array | string>, session: Session): void {
  const { path, isRenamed } = target;
  const suffix = randomBytes(4).toString('hex');
  const temporary = isRenamed ? join(dirname(path), `.${basename(path)}.${suffix}.tmp`) : path;
  if (isRenamed) session.temporary.add(temporary);
  try {
    const file = openSync(temporary, isRenamed ? 'wx' : 'w', target.mode);
    try {
      for (const part of parts) writeAll(file, typeof part === 'string' ? Buffer.from(part) : part);
    } finally {
      closeSync(file);
    }
    if (isRenamed) renameSync(temporary, path);
  } catch (error) {
    if (isRenamed) rmSync(temporary, { force: true });
    throw writeFailure(error, target.name);
  } finally {
    session.temporary.delete(temporary);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function writeFailure(error: unknown, name: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof SparrowError || code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SparrowError('NO_SPACE', `${name}: no space is left to write it.`, { cause: error });
  }
  const reasons: Record<string, string> = { EACCES: 'there is no permission', EROFS: 'the file system is read-only' };
  return new SparrowError('IO_FAILED', `${name}: it cannot be written (${reasons[code] ?? code}).`, { cause: error });
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

function isSameFile(input: Stats | null, output: Stats): boolean {
  return input !== null && input.ino === output.ino && input.dev === output.dev;
}
