// What a store of models is, and the rules every implementation shares. A version is immutable and never changes its
// name; "current" is a pointer that moves in one step, so a reader has the old model or the new one, never half.
import { createHash } from 'node:crypto';
import { SparrowError } from '../errors.ts';
import { counterOf } from './version-name.ts';

/** What is written about a version beside its files. */
export interface VersionRecord {
  version: string;
  project: string;
  createdAt: string;
  /** The version that training started from. */
  parent: string | null;
  /** JSON of the writer's own: train output, report, options. */
  meta: { [key: string]: unknown };
  files: { [name: string]: { bytes: number; sha256: string } };
}

export interface NewVersion {
  parent: string | null;
  meta: { [key: string]: unknown };
  files: ReadonlyMap<string, Uint8Array>;
}

export interface ModelStore {
  /** Keeps a new version and names it. It is durable when this resolves, and not yet current. */
  put(project: string, version: NewVersion): Promise<VersionRecord>;
  /** Moves the pointer. With `expected`, only if that version (null: none) is current; otherwise CONFLICT. */
  setCurrent(project: string, version: string, expected?: string | null): Promise<void>;
  /** The current version; where it is damaged or gone the newest sound one before it; null before the first. */
  current(project: string): Promise<VersionRecord | null>;
  /** Newest first. */
  versions(project: string): Promise<VersionRecord[]>;
  /** One file, compared with its checksum: BAD_MODEL when it differs, NOT_FOUND when there is none. */
  read(project: string, version: string, file: string): Promise<Uint8Array>;
  /** Takes a version away for good; CONFLICT when it is current or pinned. */
  remove(project: string, version: string): Promise<void>;
  /** A pinned version survives every clean-up. */
  pin(project: string, version: string, isPinned: boolean): Promise<void>;
  pinned(project: string): Promise<string[]>;
  /** Removes all but the newest `keep`, the current and the pinned; returns the names of what went. */
  prune(project: string, keep: number): Promise<string[]>;
  /** Ids of the projects that have a version or a state. */
  projects(): Promise<string[]>;
  /** Versions and state are gone for every caller at once, and from the disk after a grace time. */
  deleteProject(project: string): Promise<void>;
  /** The current version of one project becomes a new, current version of another. NOT_FOUND without one. */
  copyCurrent(from: string, to: string): Promise<void>;
  /** A little JSON about the project: label config, title, address. */
  getState(project: string): Promise<{ [key: string]: unknown }>;
  /** Merges `patch` into the state; a key whose value is undefined is taken out. */
  setState(project: string, patch: { [key: string]: unknown }): Promise<void>;
  close(): Promise<void>;
}

/** The record file of a version has this name, so no other file may. */
export const recordFile = 'version.json';

const fileNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const hashSliceBytes = 4 * 1024 * 1024;

/** A version as it will be stored: checksums taken, metadata turned to plain JSON, or BAD_INPUT. */
export async function describeVersion(
  version: NewVersion,
): Promise<Pick<VersionRecord, 'parent' | 'meta' | 'files'> & { digest: string }> {
  const seen = new Set<string>();
  const files: VersionRecord['files'] = {};
  const digest = createHash('sha256');
  for (const [name, bytes] of version.files) {
    const folded = name.toLowerCase(); // names that differ in case only are one file on some disks
    if (!fileNamePattern.test(name) || folded === recordFile || seen.has(folded)) {
      const rule = `a letter or digit, then letters, digits, ".", "_" and "-", at most 100, not "${recordFile}", and no name twice`;
      throw new SparrowError('BAD_INPUT', `A model file may not be called ${JSON.stringify(name)}: ${rule}.`);
    }
    seen.add(folded);
    const sha256 = await digestOf(bytes);
    files[name] = { bytes: bytes.length, sha256 };
    digest.update(`${name} ${sha256}\n`);
  }
  return {
    parent: version.parent,
    meta: plainJson(version.meta, 'meta'),
    files,
    digest: digest.digest('hex'),
  };
}

/** SHA-256 in hexadecimal, in slices that let other work run between them. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let start = 0; start < bytes.length; start += hashSliceBytes) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve));
    hash.update(bytes.subarray(start, start + hashSliceBytes));
  }
  return hash.digest('hex');
}

/** A copy as JSON keeps it, so that what is returned at once and what is read back later are equal. */
function plainJson(value: { [key: string]: unknown }, name: string): { [key: string]: unknown } {
  try {
    return JSON.parse(JSON.stringify(value)) as { [key: string]: unknown };
  } catch (cause) {
    throw new SparrowError('BAD_INPUT', `The ${name} of a version must be plain JSON.`, { cause });
  }
}

/** `state` after `patch`. */
export function mergeState(state: { [key: string]: unknown }, patch: { [key: string]: unknown }) {
  return plainJson({ ...state, ...patch }, 'state');
}

/** The versions (newest first) that a clean-up takes away. */
export function surplusOf(
  newestFirst: readonly string[],
  keep: number,
  current: string | null,
  pinned: readonly string[],
): string[] {
  return newestFirst.slice(Math.max(0, keep)).filter((version) => version !== current && !pinned.includes(version));
}

/**
 * The order in which to look for a sound version when the pointer says `wanted` (null: unreadable). First it, then those
 * before it, and only then newer ones: they may be candidates that somebody refused or rolled back from.
 */
export function fallbackOrder(newestFirst: readonly string[], wanted: string | null): string[] {
  if (wanted === null) return [...newestFirst];
  const limit = counterOf(wanted);
  const older = newestFirst.filter((version) => counterOf(version) <= limit);
  return [...older, ...newestFirst.filter((version) => counterOf(version) > limit)];
}

/** Refuses to move the pointer when somebody else has moved it since `expected` was read. */
export function checkExpected(project: string, expected: string | null | undefined, current: string | null): void {
  if (expected === undefined || expected === current) return;
  const message = `The current version of project ${JSON.stringify(project)} is ${current ?? 'none'}, not ${expected ?? 'none'}: it was changed meanwhile.`;
  throw new SparrowError('CONFLICT', message);
}

export function noSuchVersion(project: string, version: string): SparrowError {
  const message = `Project ${JSON.stringify(project)} has no version ${JSON.stringify(version)}.`;
  return new SparrowError('NOT_FOUND', message);
}

export function inUse(version: string, reason: 'current' | 'pinned'): SparrowError {
  return new SparrowError('CONFLICT', `Version ${version} is ${reason} and cannot be removed.`);
}
