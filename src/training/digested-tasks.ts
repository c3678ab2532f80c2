// The labelled tasks on their way to a model, and a digest of them: kept with the version, it tells whether two versions
// learnt from the same.
import { createHash } from 'node:crypto';
import { isObject, type Task } from '../labelstudio/types.ts';

/** Text is gathered up to here before it is hashed: many small updates would cost more than the hashing. */
const gatheredUnits = 65_536;

export class DigestedTasks implements AsyncIterable<Task> {
  readonly #tasks: AsyncIterable<Task>;
  #hash = createHash('sha256');
  #parts: string[] = [];
  #units = 0;

  constructor(tasks: AsyncIterable<Task>) {
    this.#tasks = tasks;
  }

  /** The digest of the tasks that were read, once all were; whoever reads them twice has it of the last time. */
  get digest(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Task> {
    this.#hash = createHash('sha256');
    for await (const task of this.#tasks) {
      this.#add(task);
      yield task;
    }
  }

  /** Each part with its length before it, so that no two sets of parts look alike. */
  #add({ id, data, annotations }: Task): void {
    this.#put(String(id));
    const values = isObject(data) ? Object.entries(data).flat() : [data];
    for (const value of values) this.#put(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
    for (const annotation of annotations ?? []) {
      const { result, was_cancelled, skipped, ground_truth } = annotation;
      this.#put(JSON.stringify([result, !!was_cancelled, !!skipped, !!ground_truth]));
    }
    if (this.#units >= gatheredUnits) this.#flush();
  }

  #put(text: string): void {
    this.#parts.push(`${text.length}:`, text);
    this.#units += text.length;
  }

  #flush(): void {
    this.#hash.update(this.#parts.join(''));
    this.#parts = [];
    this.#units = 0;
  }
}
