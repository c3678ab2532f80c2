// The journal in Redis, for many replicas: any of them appends, and none keeps a state of its own. An append reads the
// entries it is about (redis-journal-entries.ts), applies the rules every journal shares, and writes what changed, provided
// that nobody has written meanwhile; otherwise it begins again. How durable that is, Redis's append-only file decides.
import { SparrowError } from '../errors.ts';
import {
  type Appended,
  apply,
  type Journal,
  type JournalDraft,
  type JournalRecord,
  type LabelledTask,
} from './journal.ts';
import { decodeLine } from './journal-line.ts';
import { type Encoded, encodeRecords } from './project-journal.ts';
import { projectNameOf } from './project-name.ts';
import { type Patience, type RedisConnection, valuesOf } from './redis-connection.ts';
import { type DraftSurroundings, RedisDraft } from './redis-draft.ts';
import { Entries, fieldOf, type Head, idOf, namedIn, planReading, readHead } from './redis-journal-entries.ts';
import { commitEntries, dropProject } from './redis-journal-scripts.ts';

export interface RedisJournalOptions {
  onWarning?: (message: string) => void;
  /** Appends are refused while so much waits. Defaults 10,000 records and 64 MiB. */
  maxWaitingRecords?: number;
  maxWaitingBytes?: number;
  /** How long a deleted project's records stay. Default 7 days. */
  graceMs?: number;
}

interface Waiting {
  encoded: Encoded[];
  resolve(appended: Appended): void;
  reject(error: unknown): void;
}

/** Who else writes the same project at the same moment is one of a few processes, each of them with one batch. */
const mostAttempts = 50;
const mostRecordsTogether = 2000;
const linesAtATime = 500;
/** Reading a whole project is not what a webhook waits for. */
const longPatienceMs = 10_000;

export class RedisJournal implements Journal {
  readonly #redis: RedisConnection;
  readonly #options: Required<RedisJournalOptions>;
  /** Project → appends that wait for the one under way. */
  readonly #waiting = new Map<string, Waiting[]>();
  /** Project → the generation seen last, to ask for entries without first asking for the head. */
  readonly #generations = new Map<string, number>();
  #waitingRecords = 0;
  #waitingBytes = 0;

  constructor(redis: RedisConnection, options: RedisJournalOptions = {}) {
    this.#redis = redis;
    this.#options = {
      onWarning: options.onWarning ?? (() => {}),
      maxWaitingRecords: options.maxWaitingRecords ?? 10_000,
      maxWaitingBytes: options.maxWaitingBytes ?? 64 * 1024 * 1024,
      graceMs: options.graceMs ?? 7 * 24 * 3600 * 1000,
    };
  }

  async append(project: string, records: readonly JournalRecord[]): Promise<Appended> {
    const { maxWaitingRecords, maxWaitingBytes } = this.#options;
    if (this.#waitingRecords >= maxWaitingRecords || this.#waitingBytes >= maxWaitingBytes) {
      const message = `Redis does not keep up: ${this.#waitingRecords} records wait to be written. Try again in a moment.`;
      throw new SparrowError('BUSY', message);
    }
    let bytes = 0;
    const note = (more: number) => {
      bytes += more;
      this.#waitingBytes += more;
    };
    this.#waitingRecords += records.length;
    try {
      const encoded = await encodeRecords(records, note);
      return await new Promise<Appended>((resolve, reject) => this.#enqueue(project, { encoded, resolve, reject }));
    } finally {
      this.#waitingRecords -= records.length;
      this.#waitingBytes -= bytes;
    }
  }

  async counts(project: string): Promise<{ tasks: number; annotations: number }> {
    const { tasks, annotations } = await this.#head(project);
    return { tasks, annotations };
  }

  /** How many records ever changed what a training would read; whoever remembers the number sees that there are more. */
  async changes(project: string): Promise<number> {
    return (await this.#head(project)).changes;
  }

  async *tasks(project: string): AsyncGenerator<LabelledTask> {
    const { gen } = await this.#head(project);
    const keys = this.#keysOf(project, gen);
    const entries = (client: RedisConnection['client']) =>
      client.pipeline().hgetall(keys.tasks).hgetall(keys.annotations).exec().then(valuesOf);
    const [tasks, annotations] = await this.#call(project, 'read', entries, { patienceMs: longPatienceMs });
    const plan = planReading(tasks as Hash, annotations as Hash);
    for (let i = 0; i < plan.length; i += linesAtATime) {
      const part = plan.slice(i, i + linesAtATime);
      const places = part.flatMap(({ place, annotations }) => [place, ...annotations]);
      const lines = await this.#lines(project, keys.lines, places);
      for (const { id, place, annotations } of part) {
        const task = lines.get(place);
        const bodies = annotations.flatMap((one) => {
          const record = lines.get(one);
          return record?.t === 'annotation' ? [record.body] : [];
        });
        if (bodies.length > 0) {
          yield { id, data: task?.t === 'task' ? (task.data ?? null) : null, annotations: bodies };
        }
      }
    }
  }

  async draft(project?: string): Promise<JournalDraft> {
    const from = project === undefined ? null : await this.#head(project);
    return new RedisDraft(this.#surroundings(), from);
  }

  async deleteProject(project: string): Promise<void> {
    const keys = this.#keysOf(project, (await this.#head(project)).gen);
    const graceSeconds = Math.ceil(this.#options.graceMs / 1000);
    await this.#redis.run(`delete the records of project "${project}"`, dropProject, [keys.head], [graceSeconds]);
  }

  /** What is under way is acknowledged or refused before the connection closes. */
  async close(): Promise<void> {
    while (this.#waiting.size > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Appends of one project follow each other; those that come meanwhile go together in the next one. */
  #enqueue(project: string, append: Waiting): void {
    const waiting = this.#waiting.get(project);
    if (waiting) {
      waiting.push(append);
      return;
    }
    this.#waiting.set(project, [append]);
    void this.#work(project);
  }

  async #work(project: string): Promise<void> {
    const waiting = this.#waiting.get(project)!;
    while (waiting.length > 0) {
      const batch = takeBatch(waiting);
      try {
        const appended = await this.#write(project, batch);
        for (const [i, { resolve }] of batch.entries()) resolve(appended[i]!);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#waiting.delete(project);
  }

  async #write(project: string, batch: readonly Waiting[]): Promise<Appended[]> {
    const [first] = batch;
    if (first && hasReset(first)) return [await this.#replace(project, first.encoded)];
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      const appended = await this.#change(project, batch);
      if (appended) return appended;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(20, attempt)));
    }
    throw new SparrowError('BUSY', `Others keep writing to project "${project}"; try again in a moment.`);
  }

  /** Ordinary appends: the entries they are about, changed in one step. Null when somebody else was quicker. */
  async #change(project: string, batch: readonly Waiting[]): Promise<Appended[] | null> {
    const records = batch.flatMap(({ encoded }) => encoded.map(({ record }) => record));
    const entries = await this.#entriesFor(project, records);
    const { head, state } = entries;
    const lines = new Map<number, Buffer>();
    const appended: Appended[] = [];
    let { seq } = head;
    for (const { encoded } of batch) {
      const one = { changed: 0, forTraining: 0 };
      for (const { record, bytes, sum } of encoded) {
        const effect = apply(state, record, { place: seq, bytes: bytes.length, sum });
        if (effect === 'none') continue;
        one.changed++;
        if (effect === 'training') one.forTraining++;
        lines.set(seq++, bytes);
      }
      appended.push(one);
    }
    if (appended.every(({ changed }) => changed === 0)) return appended;
    const changes = entries.changes(appended.reduce((sum, { forTraining }) => sum + forTraining, 0));
    const kept = [...lines].filter(([place]) => changes.newPlaces.has(place));
    const keys = this.#keysOf(project, head.gen);
    const lists = [
      Object.entries({ ...changes.head, seq: String(seq) }).flat(),
      changes.tasks.flat(),
      changes.annotations.flat(),
      changes.goneAnnotations,
      kept.flatMap(([place, bytes]) => [String(place), bytes]),
      changes.deadPlaces.map(String),
    ];
    const args = [head.rev, ...lists.flatMap((list) => [list.length, ...list])];
    const bytes = kept.reduce((sum, [, line]) => sum + line.length, 0);
    const doing = `keep the annotations of project "${project}"`;
    const keyList = [keys.head, keys.tasks, keys.annotations, keys.lines, keys.dead];
    return (await this.#redis.run(doing, commitEntries, keyList, args, { bytes })) === 1 ? appended : null;
  }

  /** An append with a reset: nothing of what was before counts, and what follows the last one is the new content. */
  async #replace(project: string, encoded: readonly Encoded[]): Promise<Appended> {
    const records = encoded.map(({ record }) => record);
    const draft = new RedisDraft(this.#surroundings(), null);
    await draft.add(records.slice(records.findLastIndex(({ t }) => t === 'reset') + 1));
    const { changed, forTraining, wasEmpty } = await draft.commit(project);
    return { changed: wasEmpty ? changed : changed + 1, forTraining };
  }

  /** The entries that some records are about, and those they touch through others. */
  async #entriesFor(project: string, records: readonly JournalRecord[]): Promise<Entries> {
    const named = namedIn(records);
    const first = await this.#fetch(project, named);
    const entries = new Entries(first.head);
    entries.add(first.tasks, first.annotations);
    for (let round = 0; round < 3; round++) {
      const missing = entries.missing(records);
      if (missing.tasks.size + missing.annotations.size === 0) break;
      const more = await this.#fetch(project, missing);
      entries.add(more.tasks, more.annotations); // if they are newer than the head, the write will be refused
    }
    entries.link();
    return entries;
  }

  async #fetch(
    project: string,
    { tasks, annotations }: { tasks: Set<string>; annotations: Set<string> },
  ): Promise<Fetched> {
    const [taskIds, annotationIds] = [[...tasks], [...annotations]];
    const fields = (ids: readonly string[]) => (ids.length === 0 ? [fieldOf('')] : ids.map(fieldOf));
    for (;;) {
      const guess = this.#generations.get(project) ?? 0;
      const keys = this.#keysOf(project, guess);
      // The head comes first: if somebody writes behind it, the write that is made from all this will be refused.
      const read = (client: RedisConnection['client']) =>
        client
          .pipeline()
          .hgetall(keys.head)
          .hmget(keys.tasks, ...fields(taskIds))
          .hmget(keys.annotations, ...fields(annotationIds))
          .exec()
          .then(valuesOf);
      const bytes = (taskIds.length + annotationIds.length) * 200;
      const [hash, taskTexts, annotationTexts] = await this.#call(project, 'look up the records of', read, { bytes });
      const head = readHead(hash as Hash);
      if (head.gen !== guess) {
        this.#remember(project, head.gen);
        continue;
      }
      const pairs = (ids: readonly string[], texts: unknown) =>
        ids.map((id, i): [string, string | null] => [id, (texts as (string | null)[])[i] ?? null]);
      return { head, tasks: pairs(taskIds, taskTexts), annotations: pairs(annotationIds, annotationTexts) };
    }
  }

  /** All entries of a project, for what concerns all of them. */
  async #allEntries(project: string): Promise<Entries> {
    for (;;) {
      const { gen } = await this.#head(project);
      const keys = this.#keysOf(project, gen);
      const read = (client: RedisConnection['client']) =>
        client.pipeline().hgetall(keys.head).hgetall(keys.tasks).hgetall(keys.annotations).exec().then(valuesOf);
      const [hash, tasks, annotations] = await this.#call(project, 'look up the records of', read, {
        patienceMs: longPatienceMs,
      });
      const head = readHead(hash as Hash);
      if (head.gen !== gen) continue;
      const entries = new Entries(head);
      const pairs = (hash: unknown) =>
        Object.entries(hash as Hash).map(([field, text]): [string, string] => [idOf(field), text]);
      entries.add(pairs(tasks), pairs(annotations));
      entries.link();
      return entries;
    }
  }

  async #head(project: string): Promise<Head> {
    const { head } = this.#keysOf(project, 0);
    return readHead(await this.#call(project, 'look up the records of', (client) => client.hgetall(head)));
  }

  async #lines(project: string, key: string, places: readonly number[]): Promise<Map<number, JournalRecord>> {
    const wanted = [...new Set(places)].filter((place) => place >= 0);
    const found = new Map<number, JournalRecord>();
    if (wanted.length === 0) return found;
    const read = (client: RedisConnection['client']) => client.hmgetBuffer(key, ...wanted.map(String));
    const lines = await this.#call(project, 'read the annotations of', read, { patienceMs: longPatienceMs });
    for (const [i, place] of wanted.entries()) {
      const line = lines[i];
      const decoded = line ? decodeLine(line.subarray(0, -1)) : null;
      if (decoded) found.set(place, decoded.record as JournalRecord);
      else if (line)
        this.#options.onWarning(`Line ${place} of project "${project}" is damaged in Redis and is left out.`);
    }
    return found;
  }

  #surroundings(): DraftSurroundings {
    return {
      redis: this.#redis,
      headKey: (project) => this.#keysOf(project, 0).head,
      everything: (project) => this.#allEntries(project),
      lines: (project, gen, places) => this.#lines(project, this.#keysOf(project, gen).lines, places),
    };
  }

  #call<T>(
    project: string,
    doing: string,
    work: (client: RedisConnection['client']) => Promise<T>,
    patience: Patience = {},
  ): Promise<T> {
    return this.#redis.call(`${doing} project "${project}"`, work, patience);
  }

  #remember(project: string, gen: number): void {
    if (this.#generations.size >= 10_000) this.#generations.clear();
    this.#generations.set(project, gen);
  }

  #keysOf(project: string, gen: number) {
    const head = this.#redis.key('journal', projectNameOf(project));
    const part = (name: string) => `${head}:${gen}:${name}`;
    return {
      head,
      tasks: part('tasks'),
      annotations: part('annotations'),
      lines: part('lines'),
      dead: part('dead'),
    };
  }
}

type Hash = { [field: string]: string };

interface Fetched {
  head: Head;
  tasks: [id: string, text: string | null][];
  annotations: [id: string, text: string | null][];
}

function hasReset({ encoded }: Waiting): boolean {
  return encoded.some(({ record }) => record.t === 'reset');
}

/** Appends up to the next one with a reset, which goes alone. */
function takeBatch(waiting: Waiting[]): Waiting[] {
  let count = 0;
  let records = 0;
  while (count < waiting.length && (count === 0 || records < mostRecordsTogether)) {
    if (hasReset(waiting[count]!)) return waiting.splice(0, Math.max(1, count));
    records += waiting[count++]!.encoded.length;
  }
  return waiting.splice(0, count);
}
