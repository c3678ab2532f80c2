// Where the files of models are that many replicas share: a directory (shared-directory.ts) or an object store (s3-store.ts).
// A version's files never change; its record is written last, and a version without a record does not exist. Beside them lie
// notes about each project, from which the index in Redis can be made again.
import type { VersionRecord } from './model-store.ts';
import type { Book } from './project-folder.ts';

export interface Notes {
  book: Book | null;
  /** The version that was current when the note was written. */
  pointer: string | null;
  state: { [key: string]: unknown };
}

export interface ModelFiles {
  /** Keeps a version whole or not at all; CONFLICT when another one has its name. */
  write(record: VersionRecord, files: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /** Null when there is no such version, or it is damaged. */
  record(project: string, version: string): Promise<VersionRecord | null>;
  /** One file, compared with its checksum: BAD_MODEL when it differs, NOT_FOUND when it is gone. */
  read(record: VersionRecord, file: string): Promise<Uint8Array>;
  remove(record: VersionRecord): Promise<void>;
  /** Names of all versions, also of those that were deleted and wait for their end. */
  versions(project: string): Promise<string[]>;
  /** Ids of the projects that have a book. */
  projects(): Promise<string[]>;
  notes(project: string): Promise<Notes>;
  writeBook(project: string, book: Book): Promise<void>;
  writePointer(project: string, version: string): Promise<void>;
  writeState(project: string, state: { [key: string]: unknown }): Promise<void>;
  /** One sentence about why files cannot be kept at the moment, or null. */
  problem(): Promise<string | null>;
}

export function emptyBook(project: string, format: number): Book {
  return { format, id: project, highWater: 0, activated: false, pinned: [], deleted: null };
}
