// The last things that happened, in memory: what came, what was done about it and, if nothing, why not. It holds ids,
// numbers and sentences of ours; never a text, a label or a secret.

export interface EventEntry {
  /** Grows by one with each entry. */
  seq: number;
  at: string;
  kind: 'setup' | 'predict' | 'webhook' | 'train' | 'change' | 'refused' | 'training' | 'model' | 'sync';
  project: string;
  /** The webhook's action. */
  action?: string;
  status?: number;
  did: string;
  /** Why nothing was done. */
  why?: string;
  job?: string;
  modelVersion?: string;
  /** Tasks predicted. */
  tasks?: number;
  /** How often the same came in a row; more than one only for requests that change nothing. */
  times: number;
}

export type NewEvent = Omit<EventEntry, 'seq' | 'at' | 'times'>;

const mostProjectsMerged = 1000;

export class EventLog {
  readonly #most: number;
  readonly #now: () => number;
  readonly #entries: EventEntry[] = [];
  /** Project → entries that a repetition may still be added to. */
  readonly #open = new Map<string, Map<string, EventEntry>>();
  readonly #listeners = new Set<(entry: EventEntry) => void>();
  readonly #ending: (() => void)[] = [];
  #seq = 0;

  constructor(options: { most?: number; now?: () => number } = {}) {
    this.#most = options.most ?? 500;
    this.#now = options.now ?? Date.now;
  }

  add(event: NewEvent): void {
    const entry = { seq: ++this.#seq, at: this.#time(), ...event, times: 1 };
    this.#open.delete(event.project);
    this.#push(entry);
  }

  /** For requests that come over and over and change nothing: repetitions are counted, not listed. */
  addRepeated(event: NewEvent, times = 1): void {
    const key = `${event.kind} ${event.status} ${event.modelVersion} ${event.did} ${event.why}`;
    let open = this.#open.get(event.project);
    const known = open?.get(key);
    if (known) {
      known.times += times;
      known.at = this.#time();
      if (event.tasks !== undefined) known.tasks = (known.tasks ?? 0) + event.tasks;
      return;
    }
    const entry = { seq: ++this.#seq, at: this.#time(), ...event, times };
    if (!open) {
      if (this.#open.size >= mostProjectsMerged) this.#open.clear();
      open = new Map();
      this.#open.set(event.project, open);
    }
    open.set(key, entry);
    this.#push(entry);
  }

  /** Newest first. */
  recent(filter: { project?: string | undefined; after?: number | undefined } = {}): EventEntry[] {
    const { project, after = 0 } = filter;
    return this.#entries
      .filter((entry) => entry.seq > after && (project === undefined || entry.project === project))
      .reverse();
  }

  /** Hear of each new entry; the answer ends it. */
  listen(listener: (entry: EventEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when `end` is called: whoever follows the log must let go then. */
  ended(): Promise<void> {
    return new Promise((resolve) => this.#ending.push(resolve));
  }

  /** The server stops. */
  end(): void {
    for (const resolve of this.#ending.splice(0)) resolve();
  }

  #push(entry: EventEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > this.#most) {
      const dropped = this.#entries.shift();
      if (dropped) this.#close(dropped);
    }
    for (const listener of this.#listeners) listener(entry);
  }

  #close(dropped: EventEntry): void {
    const open = this.#open.get(dropped.project);
    if (!open) return;
    for (const [key, entry] of open) if (entry === dropped) open.delete(key);
    if (open.size === 0) this.#open.delete(dropped.project);
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}
