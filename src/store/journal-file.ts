// One project's journal on the disk: opening it, reading it into a state, and mending what a crash or a bad disk left.
// What was not wholly written is cut off, a bad line inside is skipped; both are kept in a second file, `….aside`.
import { messageOf, SparrowError } from '../errors.ts';
import { codeOf, type FileSystem, isMissing, type OpenFile, readUpTo, storeError, writeAll } from './files.ts';
import { apply, emptyState, type JournalRecord, type JournalState } from './journal.ts';
import { decodeLine, encodeLine, type JournalHeader, journalFormat } from './journal-line.ts';
import { scanLines } from './line-reader.ts';

/** What every part of a journal needs to know of its surroundings. */
export interface JournalSurroundings {
  dir: string;
  files: FileSystem;
  warn: (message: string) => void;
}

/** An open file that closes when its last user is done: a reader keeps the old one through a compaction. */
export class SharedFile {
  readonly file: OpenFile;
  #users = 1;

  constructor(file: OpenFile) {
    this.file = file;
  }

  retain(): this {
    this.#users++;
    return this;
  }

  async release(): Promise<void> {
    if (--this.#users === 0) await this.file.close();
  }
}

export interface OpenedJournal {
  /** Null when there is nothing to read yet. */
  shared: SharedFile | null;
  state: JournalState;
  /** Where the next line goes. */
  end: number;
  /** Whether there are bad lines inside, so that the file should be written anew. */
  isDamaged: boolean;
}

interface Span {
  place: number;
  bytes: number;
}

interface Replay {
  state: JournalState;
  header: JournalHeader | null;
  /** After the last whole append. */
  end: number;
  damaged: Span[];
}

const none = -1;
const asideSliceBytes = 1024 * 1024;

export function headerLine(project: string): Buffer {
  return encodeLine({ t: 'journal', format: journalFormat, project } satisfies JournalHeader).bytes;
}

/** Opens for reading. Whole appends up to the present size count; nothing is mended, it may be just being written. */
export async function openToRead(around: JournalSurroundings, path: string, project: string): Promise<OpenedJournal> {
  const empty = { shared: null, state: emptyState(), end: 0, isDamaged: false };
  try {
    const file = await around.files.open(path, 'read');
    const shared = new SharedFile(file);
    try {
      const { state, header, end } = await replay(file, (await regular(file, path)).size);
      checkHeader(header, path, project);
      return { shared, state, end, isDamaged: false };
    } catch (error) {
      await shared.release();
      throw error;
    }
  } catch (error) {
    if (isMissing(error)) return empty;
    throw storeError(error, `read ${path}`, around.dir);
  }
}

/** Opens for writing, mends the file, and makes it when there is none. */
export async function openToWrite(around: JournalSurroundings, path: string, project: string): Promise<OpenedJournal> {
  const file = await around.files.open(path, 'update').catch((error) => {
    if (codeOf(error) !== 'ELOOP') throw error;
    throw new SparrowError('IO_FAILED', `${path} is a symbolic link and is not followed; move it elsewhere.`);
  });
  try {
    const { size } = await regular(file, path);
    const { state, header, end, damaged } = await replay(file, size);
    checkHeader(header, path, project);
    if (damaged.length > 0) {
      await keepAside(around, path, file, damaged);
      around.warn(`${path} has ${damaged.length} damaged lines; they are skipped and kept in ${path}.aside.`);
    }
    if (size > end) {
      await keepAside(around, path, file, [{ place: end, bytes: size - end }]);
      around.warn(`${path} ended in ${size - end} bytes that were not wholly written; they are cut off.`);
      await file.truncate(end);
      await file.datasync();
    }
    let start = end;
    if (end === 0) {
      const line = headerLine(project);
      await writeAll(file, line, 0);
      await file.datasync();
      await around.files.syncDirectory(around.dir);
      start = line.length;
    }
    return {
      shared: new SharedFile(file),
      state,
      end: start,
      isDamaged: damaged.length > 0,
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function regular(file: OpenFile, path: string) {
  const stat = await file.stat();
  if (stat.isFile()) return stat;
  throw new SparrowError('IO_FAILED', `${path} is no regular file and is not used; move it elsewhere.`);
}

function checkHeader(header: JournalHeader | null, path: string, project: string): void {
  if (header === null) return; // its line is damaged, and reported as such
  if (header.format !== journalFormat) {
    const message = `${path} has format ${header.format}; this Sparrow reads ${journalFormat}. Update Sparrow or move the file elsewhere.`;
    throw new SparrowError('BAD_MODEL', message);
  }
  if (header.project === project) return;
  throw new SparrowError('IO_FAILED', `${path} belongs to project "${header.project}", not "${project}".`);
}

/** Builds the state from the first `size` bytes. An append that does not end is read as if it were not there. */
async function replay(file: OpenFile, size: number): Promise<Replay> {
  const found: Replay = {
    state: emptyState(),
    header: null,
    end: 0,
    damaged: [],
  };
  let suspects: Span[] = [];
  let openAppend = none;
  await scanLines(file, size, (bytes, place) => {
    const length = bytes.length + 1;
    const line = decodeLine(bytes);
    if (!line) {
      suspects.push({ place, bytes: length });
      return;
    }
    found.damaged.push(...suspects); // a whole line follows them, so they are not just the torn end
    suspects = [];
    const record = line.record as JournalRecord | JournalHeader;
    if (record.t === 'journal') found.header = record;
    else apply(found.state, record, { place, bytes: length, sum: line.sum });
    if (!line.goesOn) openAppend = none;
    else if (openAppend === none) openAppend = place;
    if (openAppend === none) found.end = place + length;
  });
  return openAppend === none ? found : replay(file, openAppend);
}

/** Copies spans of a journal to the end of its `.aside` file. A full disk does not stop the mending. */
async function keepAside(around: JournalSurroundings, path: string, from: OpenFile, spans: Span[]): Promise<void> {
  try {
    const aside = await around.files.open(`${path}.aside`, 'update');
    try {
      let position = (await aside.stat()).size;
      for (const { place, bytes } of spans) {
        for (let done = 0; done < bytes; done += asideSliceBytes) {
          const slice = Buffer.allocUnsafe(Math.min(asideSliceBytes, bytes - done));
          const length = await readUpTo(from, slice, slice.length, place + done);
          await writeAll(aside, slice.subarray(0, length), position);
          position += length;
        }
      }
      await aside.sync();
    } finally {
      await aside.close();
    }
  } catch (error) {
    around.warn(messageOf(storeError(error, `keep the damaged part of ${path} aside`, around.dir)));
  }
}
