// Writes a journal anew with only the lines that still count, while appends go on in the old file. The lines written
// meanwhile are copied over at the end, the new file takes the old one's name, and every line learns its new place.
import { dirname } from 'node:path';
import { discard, type FileSystem, type OpenFile, readUpTo, temporaryPath, writeAll } from './files.ts';
import type { JournalState, Line } from './journal.ts';
import { headerLine } from './journal-file.ts';
import { markLine } from './journal-line.ts';
import { PlaceReader } from './line-reader.ts';

const sliceBytes = 1024 * 1024;

export class Compaction {
  readonly #files: FileSystem;
  readonly #path: string;
  readonly #temporary: string;
  readonly #source: OpenFile;
  /** Lines before `#from` are copied one by one, what comes after it as it is. */
  readonly #from: number;
  /** What waited for the disk when the lines were chosen may have replaced lines that are not copied. */
  readonly #needed: number;
  readonly #lines: Line[];
  readonly #places: number[] = [];
  #target: OpenFile | null = null;
  #base = 0;

  /** Notes which lines count now. The file on the disk ends at `durable` and will end at `end`. */
  constructor(
    files: FileSystem,
    path: string,
    source: OpenFile,
    state: JournalState,
    { durable, end }: { durable: number; end: number },
  ) {
    this.#files = files;
    this.#path = path;
    this.#temporary = temporaryPath(dirname(path));
    this.#source = source;
    this.#from = durable;
    this.#needed = end;
    this.#lines = linesOf(state).filter((line) => line.place < durable);
  }

  /** Whether a crash after the take-over could lose nothing that was acknowledged. */
  isSafe(durable: number): boolean {
    return durable >= this.#needed;
  }

  /** The long part. Nothing that anybody reads is touched. */
  async copyLines(project: string): Promise<void> {
    this.#target = await this.#files.open(this.#temporary, 'create');
    const header = headerLine(project);
    const reader = new PlaceReader(this.#source);
    let slice: Uint8Array[] = [header];
    let length = header.length;
    for (const { place, bytes } of this.#lines) {
      const line = Buffer.from(await reader.read(place, bytes));
      if (line.length < bytes) throw shortened();
      markLine(line, false);
      this.#places.push(this.#base + length);
      slice.push(line);
      length += line.length;
      if (length < sliceBytes) continue;
      await this.#write(slice, length);
      slice = [];
      length = 0;
    }
    await this.#write(slice, length);
    await this.#target.sync();
  }

  /** Adds the lines up to `durable` that were written meanwhile and gives the file its name. Nothing may be written now. */
  async takeOver(durable: number): Promise<void> {
    for (let place = this.#from; place < durable; place += sliceBytes) {
      const slice = Buffer.allocUnsafe(Math.min(sliceBytes, durable - place));
      const length = await readUpTo(this.#source, slice, slice.length, place);
      if (length < slice.length) throw shortened();
      await writeAll(this.#target!, slice, this.#base + place - this.#from);
    }
    await this.#target!.sync();
    await this.#files.rename(this.#temporary, this.#path);
  }

  /** After the take-over: the lines of `state` get their new places. Returns how far everything behind them moved. */
  relocate(state: JournalState): number {
    const shift = this.#base - this.#from;
    for (const line of linesOf(state)) if (line.place >= this.#from) line.place += shift;
    for (const [i, line] of this.#lines.entries()) line.place = this.#places[i]!;
    return shift;
  }

  /** The new file, open for reading and writing. */
  async open(): Promise<OpenFile> {
    await this.#target?.close();
    return this.#files.open(this.#path, 'update');
  }

  async abandon(): Promise<void> {
    await this.#target?.close().catch(() => {});
    await discard(this.#files, this.#temporary);
  }

  async #write(slice: readonly Uint8Array[], length: number): Promise<void> {
    await writeAll(this.#target!, Buffer.concat(slice, length), this.#base);
    this.#base += length;
  }
}

function shortened(): Error {
  return Object.assign(new Error('the journal is shorter than what was written to it'), { code: 'EIO' });
}

/** Every line that counts, a task's annotations right behind it. */
function linesOf(state: JournalState): Line[] {
  const lines: Line[] = [];
  for (const task of state.tasks.values()) {
    if (task.line) lines.push(task.line);
    for (const annotation of task.annotations) lines.push(annotation.line);
  }
  for (const annotation of state.annotations.values()) if (!annotation.task) lines.push(annotation.line);
  return lines;
}
