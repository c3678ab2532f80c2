// A new content for one project, written beside the old one while it comes, and put in its place in one step. Its lines go to
// Redis as they come; in memory are only its entries. Left alone it goes away by itself.
import { randomUUID } from 'node:crypto';
import { SparrowError } from '../errors.ts';
import { type Appended, apply, fingerprintOf, type JournalDraft, type JournalRecord, replaced } from './journal.ts';
import { encodeLine } from './journal-line.ts';
import { type RedisConnection, valuesOf } from './redis-connection.ts';
import { Entries, emptyHead } from './redis-journal-entries.ts';
import { commitDraft } from './redis-journal-scripts.ts';

/** What a draft needs of the journal that it becomes part of. */
export interface DraftSurroundings {
  redis: RedisConnection;
  headKey(project: string): string;
  /** Everything that is known of a project now. */
  everything(project: string): Promise<Entries>;
  /** Lines of a project, by their places. */
  lines(project: string, gen: number, places: readonly number[]): Promise<Map<number, JournalRecord>>;
}

export interface Committed extends Appended {
  /** Whether there was anything before. */
  wasEmpty: boolean;
}

const mostAttempts = 20;
const chunkBytes = 1024 * 1024;
const chunkFields = 1000;
const keptSeconds = 3600;

export class RedisDraft implements JournalDraft {
  readonly #around: DraftSurroundings;
  readonly #key: string;
  readonly #entries = new Entries(emptyHead());
  /** From which place on, in which generation, what others append stays on top; null: it is replaced as well. */
  #from: { gen: number; seq: number } | null;
  #seq = 0;
  #changed = 0;
  #lines = new Map<number, Buffer>();
  #waitingBytes = 0;
  #isOver = false;

  constructor(around: DraftSurroundings, from: { gen: number; seq: number } | null) {
    this.#around = around;
    this.#from = from;
    this.#key = around.redis.key('draft', randomUUID());
  }

  async add(records: readonly JournalRecord[]): Promise<void> {
    for (const record of records) {
      if (this.#put(record)) this.#changed++;
      if (this.#waitingBytes >= chunkBytes) await this.#flush();
    }
  }

  async commit(project: string): Promise<Committed> {
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      const now = await this.#around.everything(project);
      const before = fingerprintOf(now.state);
      await this.#addSince(project, now);
      await this.#flush();
      const head = await this.#writeEntries();
      const appended = replaced(before, fingerprintOf(this.#entries.state), this.#changed);
      const fields = { ...head, seq: this.#seq, changes: now.head.changes + appended.forTraining };
      const args = [now.head.rev, this.#key, ...Object.entries(fields).flat()];
      const doing = `exchange the annotations of project "${project}"`;
      const done = await this.#around.redis.run(doing, commitDraft, [this.#around.headKey(project)], args);
      if (done === 1) {
        this.#isOver = true;
        return { ...appended, wasEmpty: now.state.tasks.size + now.state.annotations.size === 0 };
      }
    }
    throw new SparrowError('BUSY', `Others keep writing to project "${project}"; try again in a moment.`);
  }

  async abandon(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    const keys = ['tasks', 'annotations', 'lines'].map((part) => `${this.#key}:${part}`);
    await this.#around.redis.call('throw a draft away', (client) => client.unlink(...keys)).catch(() => {});
  }

  /** True when the record says something. */
  #put(record: JournalRecord): boolean {
    const { bytes, sum } = encodeLine(record);
    const effect = apply(this.#entries.state, record, { place: this.#seq, bytes: bytes.length, sum });
    if (effect === 'none') return false;
    this.#lines.set(this.#seq++, bytes);
    this.#waitingBytes += bytes.length;
    return true;
  }

  /** What others appended since the draft was begun goes on top. */
  async #addSince(project: string, now: Entries): Promise<void> {
    if (this.#from === null) return;
    const from = this.#from.gen === now.head.gen ? this.#from.seq : 0; // of a newer content, everything is later
    const since = now.since(from);
    const places = since.flatMap(({ place, record }) => (record === null ? [place] : []));
    const lines = await this.#around.lines(project, now.head.gen, places);
    for (const { place, record } of since) {
      const one = record ?? lines.get(place);
      if (one) this.#put(one);
    }
    this.#from = { gen: now.head.gen, seq: now.head.seq };
  }

  async #flush(): Promise<void> {
    const fields = [...this.#lines].map(([place, bytes]) => [String(place), bytes] as const);
    this.#lines = new Map();
    this.#waitingBytes = 0;
    await this.#fill('lines', fields);
  }

  /** Answers what the head is to say. */
  async #writeEntries(): Promise<{ [field: string]: string }> {
    const changes = this.#entries.changes(0);
    await this.#fill('tasks', changes.tasks);
    await this.#fill('annotations', changes.annotations);
    await this.#empty('annotations', changes.goneAnnotations);
    await this.#empty('lines', changes.deadPlaces.map(String));
    this.#entries.written();
    return changes.head;
  }

  async #fill(part: string, fields: readonly (readonly [string, string | Buffer])[]): Promise<void> {
    const key = `${this.#key}:${part}`;
    let list: (string | Buffer)[] = [];
    let bytes = 0;
    const write = async () => {
      if (list.length === 0) return;
      const set = (client: RedisConnection['client']) =>
        client
          .pipeline()
          .hset(key, ...list)
          .expire(key, keptSeconds)
          .exec()
          .then(valuesOf);
      await this.#around.redis.call('write down annotations', set, { bytes });
      list = [];
      bytes = 0;
    };
    for (const [field, value] of fields) {
      list.push(field, value);
      bytes += value.length;
      if (bytes >= chunkBytes || list.length >= 2 * chunkFields) await write();
    }
    await write();
  }

  async #empty(part: string, fields: readonly string[]): Promise<void> {
    for (let i = 0; i < fields.length; i += chunkFields) {
      const some = fields.slice(i, i + chunkFields);
      await this.#around.redis.call('write down annotations', (client) => client.hdel(`${this.#key}:${part}`, ...some));
    }
  }
}
