// Writes down beside the files of models what Redis says of a project: its versions' pointer, its state, its pins. The index
// can be made again from these notes. They are written after the fact, and a failure costs nothing but their being old.
import { messageOf } from '../errors.ts';
import { emptyBook, type ModelFiles } from './model-files.ts';
import { type Book, storeFormat } from './project-folder.ts';
import { type RedisConnection, valuesOf } from './redis-connection.ts';
import { storeKeys } from './redis-store-keys.ts';

interface Snapshot {
  book: Book;
  pointer: string | null;
  state: { [key: string]: unknown };
}

export class ProjectNotes {
  readonly #redis: RedisConnection;
  readonly #files: ModelFiles;
  readonly #warn: (message: string) => void;
  /** Notes being written; each project's follow each other. */
  readonly #writing = new Map<string, Promise<void>>();

  constructor(redis: RedisConnection, files: ModelFiles, onWarning: (message: string) => void) {
    this.#redis = redis;
    this.#files = files;
    this.#warn = onWarning;
  }

  /** Returns at once. */
  write(project: string): void {
    const before = this.#writing.get(project) ?? Promise.resolve();
    const writing = before
      .then(() => this.#work(project))
      .catch((error: unknown) => this.#warn(`A note about project "${project}" was not written: ${messageOf(error)}`))
      .finally(() => this.#writing.get(project) === writing && this.#writing.delete(project));
    this.#writing.set(project, writing);
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing.values());
  }

  /** Two replicas may write at once: each looks again afterwards, so the last to finish has seen the last change. */
  async #work(project: string): Promise<void> {
    for (let written = ''; ; ) {
      const now = await this.#snapshot(project);
      if (now === null) return; // Redis has lost it all: what is written down already is what it will be filled with
      const text = JSON.stringify(now);
      if (text === written) return;
      await this.#files.writeBook(project, now.book);
      if (now.pointer !== null) await this.#files.writePointer(project, now.pointer);
      await this.#files.writeState(project, now.state);
      written = text;
    }
  }

  async #snapshot(project: string): Promise<Snapshot | null> {
    const keys = storeKeys(this.#redis, project);
    const [format, model, pins, state] = await this.#redis.call('look up a project', (client) =>
      client
        .pipeline()
        .get(keys.format)
        .hgetall(keys.model)
        .smembers(keys.pins)
        .hgetall(keys.state)
        .exec()
        .then(valuesOf),
    );
    if (format === null) return null;
    const { current, counter, through, deletedAt } = model as { [field: string]: string };
    const book = {
      ...emptyBook(project, storeFormat),
      highWater: Number(counter ?? 0),
      activated: current !== undefined,
      pinned: (pins as string[]).sort(),
      deleted: deletedAt === undefined ? null : { at: Number(deletedAt), through: Number(through) },
    };
    const values = Object.entries(state as { [key: string]: string }).map(([name, text]) => [name, JSON.parse(text)]);
    return { book, pointer: current ?? null, state: Object.fromEntries(values) as Snapshot['state'] };
  }
}
