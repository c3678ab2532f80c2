// One project's journal while it is in use. Appends change the state at once and wait together for the disk: all that
// arrive during one fdatasync share the next. If a write fails, the state is ahead of the disk and is thrown away with
// this object; the next use reads the file again.
import { messageOf } from '../errors.ts';
import { Compaction } from './compaction.ts';
import type { DraftFile } from './draft-file.ts';
import { storeError, writeAll } from './files.ts';
import {
  type Appended,
  apply,
  fingerprintOf,
  type JournalRecord,
  type JournalState,
  type LabelledTask,
  replaced,
} from './journal.ts';
import { headerLine, type JournalSurroundings, type OpenedJournal, SharedFile } from './journal-file.ts';
import { encodeLine, markLine } from './journal-line.ts';
import { planTasks, readTasks } from './task-reader.ts';

export interface WriterSurroundings extends JournalSurroundings {
  /** Fails with CONFLICT when this process may not write; the number changes when the right was lost in between. */
  hold: () => Promise<number>;
}

/** The file under this object is no longer the journal. Nothing was kept; open anew and try again. */
export class StaleJournal extends Error {}

/** A record and its line. */
export interface Encoded {
  record: JournalRecord;
  bytes: Buffer;
  sum: number;
}

/** Lines of one append that are not on the disk yet. */
interface Waiting {
  lines: Buffer[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Encodes records, letting other work run now and then; `note` is told each line's length as soon as it is known. */
export async function encodeRecords(
  records: readonly JournalRecord[],
  note: (bytes: number) => void,
): Promise<Encoded[]> {
  const encoded: Encoded[] = [];
  for (const [i, record] of records.entries()) {
    if (i > 0 && i % sliceRecords === 0) await nextTurn();
    const { bytes, sum } = encodeLine(record);
    note(bytes.length);
    encoded.push({ record, bytes, sum });
  }
  return encoded;
}

const sliceBytes = 1024 * 1024;
const sliceRecords = 500; // about a millisecond of work
const leastDeadBytes = 1024 * 1024;

export class ProjectJournal {
  readonly #around: WriterSurroundings;
  readonly #path: string;
  readonly #project: string;
  #state: JournalState;
  readonly #onFailure: () => void;
  /** Under which right to write the file was opened. */
  readonly #epoch: number;
  #shared: SharedFile | null;
  /** Where the file on the disk ends, and where it will end when all that waits is written. */
  #durable: number;
  #end: number;
  #queue: Waiting[] = [];
  #newest: Promise<void> = Promise.resolve();
  #flushing: Promise<void> | null = null;
  /** Set while a long append is being applied, or the file exchanged: others stand behind it. */
  #gate: Promise<void> | null = null;
  #failure: unknown = null;
  #isClosed = false;
  #compacting: Promise<void> | null = null;
  /** A compaction whose long part is done. */
  #ready: Compaction | null = null;
  /** Readers whose plan may name places that are not written yet; the file may not be exchanged under them. */
  #planning = 0;
  /** Drafts that count on places in the file as it is. */
  #holds = 0;
  #deadLimit: number;

  constructor(
    around: WriterSurroundings,
    path: string,
    project: string,
    opened: OpenedJournal,
    epoch: number,
    onFailure: () => void,
  ) {
    this.#around = around;
    this.#path = path;
    this.#project = project;
    this.#epoch = epoch;
    this.#onFailure = onFailure;
    this.#state = opened.state;
    this.#shared = opened.shared;
    this.#durable = opened.end;
    this.#end = opened.end;
    this.#deadLimit = opened.isDamaged ? 0 : leastDeadBytes;
  }

  /** Nothing under way: may be closed to make room. */
  get isIdle(): boolean {
    return !this.#flushing && !this.#gate && !this.#compacting && !this.#ready && this.#queue.length === 0;
  }

  get counts(): { tasks: number; annotations: number } {
    return { tasks: this.#state.liveTasks, annotations: this.#state.liveAnnotations };
  }

  async append(encoded: readonly Encoded[]): Promise<Appended> {
    while (this.#gate) await this.#gate;
    this.#checkUsable();
    const isLong = encoded.length > sliceRecords;
    const { appended, done } = isLong ? await this.#behindGate(() => this.#takeLong(encoded)) : this.#take(encoded);
    await done;
    return appended;
  }

  async *tasks(): AsyncGenerator<LabelledTask> {
    while (this.#gate) await this.#gate;
    this.#checkUsable();
    if (!this.#shared) return;
    const plan = planTasks(this.#state);
    const shared = this.#shared.retain();
    try {
      this.#planning++;
      await this.#newest;
      this.#planning--;
      this.#kick();
      if (this.#failure) throw this.#failure;
      yield* readTasks(shared.file, plan, (message) => this.#around.warn(`${this.#path}: ${message}`));
    } finally {
      await shared.release();
    }
  }

  /** The place behind all that is known now. It stays where it is, and what follows it, until `release`. */
  async hold(): Promise<number> {
    while (this.#gate) await this.#gate;
    this.#checkUsable();
    this.#holds++;
    return this.#end;
  }

  release(): void {
    this.#holds--;
    this.#kick();
  }

  /** A draft becomes the journal, with what was appended behind `from` on top; null: with nothing. */
  async takeOver(draft: DraftFile, from: number | null): Promise<Appended> {
    return this.#behindGate(async () => {
      this.#checkUsable();
      await this.#settle();
      await this.#checkFile();
      const before = fingerprintOf(this.#state);
      const old = this.#shared!;
      const tail = { file: old.file, from: from ?? this.#durable, to: this.#durable };
      await draft.takeName(this.#path, this.#project, tail);
      try {
        await this.#around.files.syncDirectory(this.#around.dir);
        this.#shared = new SharedFile(await draft.open(this.#path));
      } catch (error) {
        await this.#fail(error, [], false);
        throw this.#failure;
      }
      this.#state = draft.state;
      this.#durable = draft.end;
      this.#end = draft.end;
      this.#deadLimit = leastDeadBytes;
      await old.release();
      return replaced(before, fingerprintOf(this.#state), draft.changed);
    });
  }

  /** Waits until all that was appended is on the disk. Only behind the gate: nothing new may come meanwhile. */
  async #settle(): Promise<void> {
    while (this.#flushing || this.#queue.length > 0) {
      this.#kick();
      await this.#flushing;
    }
    if (this.#failure) throw this.#failure;
    await this.#ready?.abandon();
    this.#ready = null;
  }

  /** Waits for what is under way and closes the file. Later uses fail with `StaleJournal`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#gate || this.#flushing || this.#compacting || this.#canExchange) {
      this.#kick();
      await this.#gate;
      await this.#flushing;
      await this.#compacting;
    }
    await this.#ready?.abandon();
    this.#ready = null;
    await this.#shared?.release();
    this.#shared = null;
  }

  #checkUsable(): void {
    if (this.#failure) throw this.#failure;
    if (this.#isClosed) throw new StaleJournal('the journal was closed');
  }

  #take(encoded: readonly Encoded[]): { appended: Appended; done: Promise<void> } {
    const before = this.#fingerprintBefore(encoded);
    const lines: Buffer[] = [];
    const appended = this.#apply(encoded, lines);
    return { appended: this.#judge(appended, before), done: this.#enqueue(lines) };
  }

  async #takeLong(encoded: readonly Encoded[]): Promise<{ appended: Appended; done: Promise<void> }> {
    this.#checkUsable();
    const before = this.#fingerprintBefore(encoded);
    const lines: Buffer[] = [];
    const appended = { changed: 0, forTraining: 0 };
    for (let i = 0; i < encoded.length; i += sliceRecords) {
      const { changed, forTraining } = this.#apply(encoded.slice(i, i + sliceRecords), lines);
      appended.changed += changed;
      appended.forTraining += forTraining;
      await nextTurn();
    }
    if (this.#failure) throw this.#failure;
    return { appended: this.#judge(appended, before), done: this.#enqueue(lines) };
  }

  /** Applies records to the state and collects the lines that are worth keeping, each at its place. */
  #apply(encoded: readonly Encoded[], lines: Buffer[]): Appended {
    const appended = { changed: 0, forTraining: 0 };
    for (const { record, bytes, sum } of encoded) {
      const effect = apply(this.#state, record, { place: this.#end, bytes: bytes.length, sum });
      if (effect === 'none') continue;
      appended.changed++;
      if (effect === 'training') appended.forTraining++;
      lines.push(bytes);
      this.#end += bytes.length;
    }
    return appended;
  }

  #fingerprintBefore(encoded: readonly Encoded[]): number | null {
    return encoded.some(({ record }) => record.t === 'reset') ? fingerprintOf(this.#state) : null;
  }

  /** A reset followed by what was there before is, for a training, no change. */
  #judge(appended: Appended, before: number | null): Appended {
    return before !== null && before === fingerprintOf(this.#state) ? { ...appended, forTraining: 0 } : appended;
  }

  /** Resolves when the lines are on the disk. With no lines, when those before them are: they may be what was repeated. */
  #enqueue(lines: Buffer[]): Promise<void> {
    for (const [i, line] of lines.entries()) markLine(line, i < lines.length - 1);
    const done = new Promise<void>((resolve, reject) => {
      this.#queue.push({ lines, resolve, reject });
    });
    this.#newest = done.catch(() => {});
    this.#kick();
    return done;
  }

  #kick(): void {
    if (this.#flushing || this.#failure || (this.#queue.length === 0 && !this.#canExchange)) return;
    this.#flushing = this.#flush().finally(() => {
      this.#flushing = null;
      this.#kick();
    });
  }

  async #flush(): Promise<void> {
    await nextTurn(); // lets those who append in this turn come along
    if (this.#canExchange) await this.#exchange();
    const batch = this.#queue.splice(0);
    if (batch.length === 0) return;
    let isTouched = false;
    try {
      const lines = batch.flatMap((waiting) => waiting.lines);
      if (lines.length > 0) {
        await this.#checkFile();
        isTouched = true;
        const written = await this.#write(lines);
        await this.#shared!.file.datasync();
        this.#durable += written;
      }
    } catch (error) {
      return this.#fail(error, batch, isTouched);
    }
    for (const { resolve } of batch) resolve();
    this.#compactIfWorthwhile();
  }

  /** The file must still be the journal: not deleted under us, and ours alone all the time. */
  async #checkFile(): Promise<void> {
    const epoch = await this.#around.hold();
    const { nlink } = await this.#shared!.file.stat();
    if (epoch !== this.#epoch || nlink === 0) throw new StaleJournal('the journal was exchanged under its writer');
  }

  async #write(lines: readonly Buffer[]): Promise<number> {
    let written = 0;
    let slice: Buffer[] = [];
    let length = 0;
    for (const [i, line] of lines.entries()) {
      slice.push(line);
      length += line.length;
      if (length < sliceBytes && i < lines.length - 1) continue;
      await writeAll(this.#shared!.file, Buffer.concat(slice, length), this.#durable + written);
      written += length;
      slice = [];
      length = 0;
    }
    return written;
  }

  /** Refuses all that waits and gives this object up. What may be half-written is cut off, as nobody was told it is kept. */
  async #fail(error: unknown, batch: readonly Waiting[], isTouched: boolean): Promise<void> {
    const failure = storeError(error, `keep annotations of project "${this.#project}"`, this.#around.dir);
    this.#failure = failure;
    const file = this.#shared?.file;
    if (file && isTouched) {
      const cut = file.truncate(this.#durable).then(() => file.datasync());
      await cut.catch(() => {}); // if it fails, the next opening does it
    }
    await this.#ready?.abandon();
    this.#ready = null;
    await this.#shared?.release();
    this.#shared = null;
    this.#onFailure();
    for (const { reject } of [...batch, ...this.#queue.splice(0)]) reject(failure);
  }

  #compactIfWorthwhile(): void {
    const dead = this.#end - headerLine(this.#project).length - this.#state.bytes;
    const isWorthwhile = this.#deadLimit === 0 || (dead > this.#deadLimit && dead * 2 > this.#end);
    if (!isWorthwhile || this.#isClosed || this.#compacting || this.#ready || this.#gate) return;
    this.#deadLimit = leastDeadBytes;
    this.#compacting = this.#compact().finally(() => {
      this.#compacting = null;
      this.#kick();
    });
  }

  /** Copies beside the appends; the next flush exchanges the files. */
  async #compact(): Promise<void> {
    const shared = this.#shared!.retain();
    const range = { durable: this.#durable, end: this.#end };
    const compaction = new Compaction(this.#around.files, this.#path, shared.file, this.#state, range);
    try {
      await compaction.copyLines(this.#project);
      if (this.#failure) throw this.#failure;
      // A draft may have taken the place of all that was copied.
      if (this.#shared === shared) this.#ready = compaction;
      else await compaction.abandon();
    } catch (error) {
      await this.#giveUp(compaction, error);
    } finally {
      await shared.release();
    }
  }

  /** Not compacting is no harm: it is said, and tried again when much more has died. */
  async #giveUp(compaction: Compaction, error: unknown): Promise<void> {
    await compaction.abandon();
    this.#deadLimit = 2 * this.#end;
    this.#around.warn(messageOf(storeError(error, `shorten ${this.#path}`, this.#around.dir)));
  }

  get #canExchange(): boolean {
    return this.#mayExchange && this.#gate === null;
  }

  get #mayExchange(): boolean {
    return this.#ready?.isSafe(this.#durable) === true && this.#planning === 0 && this.#holds === 0;
  }

  #exchange(): Promise<void> {
    return this.#behindGate(async () => {
      const compaction = this.#ready;
      if (!compaction || !this.#mayExchange) return; // a reader or a draft came first; it kicks again
      this.#ready = null;
      try {
        await this.#checkFile();
        await compaction.takeOver(this.#durable);
      } catch (error) {
        return this.#giveUp(compaction, error);
      }
      try {
        await this.#around.files.syncDirectory(this.#around.dir);
        const old = this.#shared;
        this.#shared = new SharedFile(await compaction.open());
        const shift = compaction.relocate(this.#state);
        this.#durable += shift;
        this.#end += shift;
        await old?.release();
      } catch (error) {
        await compaction.abandon();
        await this.#fail(error, [], false);
      }
    });
  }

  async #behindGate<T>(work: () => Promise<T>): Promise<T> {
    while (this.#gate) await this.#gate;
    const result = work();
    const settled = result.then(
      () => {},
      () => {},
    );
    this.#gate = settled.finally(() => {
      this.#gate = null;
    });
    return result;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
