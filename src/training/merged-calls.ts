// Calls about one thing, of which a later one knows all that the earlier ones do: those that come while one is under way
// share the next. However many come at a moment, there are two.

interface Underway<T> {
  now: Promise<T>;
  next: Promise<T> | null;
}

export class MergedCalls<T> {
  readonly #underway = new Map<string, Underway<T>>();

  /** Begins after this call, so that it sees all that was done before it. */
  run(key: string, work: () => Promise<T>): Promise<T> {
    const underway = this.#underway.get(key);
    if (!underway) return this.#start(key, work);
    const start = () => this.#start(key, work);
    underway.next ??= underway.now.then(start, start);
    return underway.next;
  }

  #start(key: string, work: () => Promise<T>): Promise<T> {
    const entry: Underway<T> = { now: work(), next: null };
    this.#underway.set(key, entry);
    const end = () => {
      if (this.#underway.get(key) === entry) this.#underway.delete(key);
    };
    entry.now.then(end, end);
    return entry.now;
  }
}
