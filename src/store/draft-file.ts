// A journal that is still being written, beside the one in use: it may take minutes to arrive, and nothing of it counts
// before it takes the other's name. Its state grows with it; texts go to the disk as they come.
//
//   ┌──────────────────────────┬─────────────────┬──────────────────────────────────────────┐
//   │ header, padded to 1 KiB  │ the new records │ what was appended to the old one meanwhile │
//   └──────────────────────────┴─────────────────┴──────────────────────────────────────────┘
//
// The header comes last, as the project may be told only at the end; hence its fixed length.
import { SparrowError } from '../errors.ts';
import { discard, type FileSystem, type OpenFile, readUpTo, temporaryPath, writeAll } from './files.ts';
import { apply, emptyState, type JournalRecord, type JournalState } from './journal.ts';
import { decodeLine, encodeLine, type JournalHeader, journalFormat } from './journal-line.ts';
import { scanLines } from './line-reader.ts';

const headerBytes = 1024;
const sliceBytes = 1024 * 1024;
/** Longest stretch of work before others have their turn. */
const turnMs = 8;

/** The part of the journal in use that the draft must keep. */
export interface Tail {
  file: OpenFile;
  from: number;
  to: number;
}

export class DraftFile {
  readonly state: JournalState = emptyState();
  readonly #files: FileSystem;
  readonly #temporary: string;
  readonly #target: OpenFile;
  #slice: Buffer[] = [];
  #sliceLength = 0;
  /** Where the slice will begin. */
  #written = headerBytes;
  #changed = 0;

  private constructor(files: FileSystem, temporary: string, target: OpenFile) {
    this.#files = files;
    this.#temporary = temporary;
    this.#target = target;
  }

  static async create(files: FileSystem, dir: string): Promise<DraftFile> {
    const temporary = temporaryPath(dir);
    return new DraftFile(files, temporary, await files.open(temporary, 'create'));
  }

  /** Records that altered its state. */
  get changed(): number {
    return this.#changed;
  }

  /** Where the next line will go. */
  get end(): number {
    return this.#written + this.#sliceLength;
  }

  async add(records: readonly JournalRecord[]): Promise<void> {
    let since = performance.now();
    for (const record of records) {
      const { bytes, sum } = encodeLine(record);
      if (apply(this.state, record, { place: this.end, bytes: bytes.length, sum }) === 'none') continue;
      this.#changed++;
      this.#slice.push(bytes);
      this.#sliceLength += bytes.length;
      if (this.#sliceLength >= sliceBytes) await this.#flush();
      else if (performance.now() - since < turnMs) continue;
      else await new Promise((resolve) => setImmediate(resolve));
      since = performance.now();
    }
  }

  /** The long part: all that was added is on the disk when this resolves. */
  async settle(): Promise<void> {
    await this.#flush();
    await this.#target.sync();
  }

  /** The rest, while nobody else may write: header, tail, and the name. */
  async takeName(path: string, project: string, tail: Tail): Promise<void> {
    await this.#copy(tail);
    await writeAll(this.#target, paddedHeader(project), 0);
    await this.#target.sync();
    await this.#files.rename(this.#temporary, path);
  }

  /** The file under its new name, open for reading and writing. */
  async open(path: string): Promise<OpenFile> {
    await this.#target.close();
    return this.#files.open(path, 'update');
  }

  async abandon(): Promise<void> {
    await this.#target.close().catch(() => {});
    await discard(this.#files, this.#temporary);
  }

  async #flush(): Promise<void> {
    if (this.#sliceLength === 0) return;
    const bytes = Buffer.concat(this.#slice, this.#sliceLength);
    this.#slice = [];
    this.#sliceLength = 0;
    const place = this.#written;
    this.#written += bytes.length;
    await writeAll(this.#target, bytes, place);
  }

  /** Line for line as they are, so that an append which was one stays one. */
  async #copy({ file, from, to }: Tail): Promise<void> {
    const shift = this.#written - from;
    await scanLines(
      file,
      to,
      (bytes, place) => {
        const line = decodeLine(bytes);
        if (!line) return;
        apply(this.state, line.record as JournalRecord, {
          place: place + shift,
          bytes: bytes.length + 1,
          sum: line.sum,
        });
      },
      from,
    );
    for (let place = from; place < to; place += sliceBytes) {
      const slice = Buffer.allocUnsafe(Math.min(sliceBytes, to - place));
      const length = await readUpTo(file, slice, slice.length, place);
      await writeAll(this.#target, slice.subarray(0, length), place + shift);
    }
    this.#written += to - from;
  }
}

function paddedHeader(project: string): Buffer {
  const header = (pad: string) =>
    encodeLine({ t: 'journal', format: journalFormat, project, pad } satisfies JournalHeader & { pad: string }).bytes;
  const missing = headerBytes - header('').length;
  if (missing < 0) throw new SparrowError('BAD_INPUT', 'The name of the project is too long for its journal.');
  return header(' '.repeat(missing));
}
