// Asks Label Studio for what it knows: projects, labelled tasks, the texts behind addresses. Only the configured
// address is ever called; errors are sentences that name it or the setting to change, and never hold the key. An error
// in the middle of a stream of tasks means that none of them may be trained on.
import { SparrowError } from '../errors.ts';
import { Access, type KeyKind } from './access.ts';
import { apiAddress, dataAddress, labelStudioAddress } from './address.ts';
import { detailOf, notTasks, objectOf, otherShape, textOfAnswer } from './answers.ts';
import { type Clock, systemClock } from './clock.ts';
import { arrayItems, NotAnArray } from './json-array.ts';
import { plain } from './quoted.ts';
import { type Answer, type Fetch, LeavesLabelStudio, type Limits, shown, Transport } from './request.ts';
import { type Annotation, isObject, type Json, type JsonObject, type Task } from './types.ts';

export interface LabelStudioClientOptions {
  /** The address of Label Studio, as in LABEL_STUDIO_URL; it may have a path. */
  url: string;
  /** A legacy token or a personal access token; which it is, its form tells. */
  key?: string;
  fetch?: Fetch;
  clock?: Clock;
  /** How often a request is tried; 1 for a quick check. */
  attempts?: number;
  /** A longer Retry-After is waited for no longer than this. */
  longestWaitMs?: number;
  limits?: Partial<Limits>;
  exportLimits?: Partial<Limits>;
  signal?: AbortSignal;
}

export interface WhoAmI {
  id: number | string;
  email: string;
  keyKind: KeyKind;
}

export interface LabelStudioProject {
  id: string;
  title: string;
  labelConfig: string;
  /** As Label Studio writes it; null where it does not say. */
  createdAt: string | null;
}

/** One page of tasks; to go on after an error, ask from `page` + 1. */
export interface TaskPage {
  page: number;
  tasks: Task[];
  /** How many tasks there are in all pages. */
  total: number;
  /** How many annotations they have; null where Label Studio does not say. */
  totalAnnotations: number | null;
}

/** Ends one call; the client's own signal ends them all. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}

const LIMITS: Limits = { waitMs: 30_000, idleMs: 30_000, totalMs: 120_000, bytes: 64 * 2 ** 20 };
// Label Studio writes the whole export before it sends the first byte; Node's own fetch waits for that five minutes.
const EXPORT_LIMITS: Limits = { waitMs: 290_000, idleMs: 60_000, totalMs: 60 * 60_000, bytes: 4 * 2 ** 30 };
const MAX_TASK_BYTES = 64 * 2 ** 20;
/** After Label Studio refused the key it is not asked again for this long. */
const REFUSED_MS = 60_000;

export class LabelStudioClient {
  readonly address: URL;
  readonly #transport: Transport;
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #exportLimits: Limits;
  readonly #signal: AbortSignal | undefined;
  #refused: { readonly error: SparrowError; readonly until: number } | null = null;

  constructor(options: LabelStudioClientOptions) {
    this.address = labelStudioAddress(options.url);
    this.#clock = options.clock ?? systemClock;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#exportLimits = { ...EXPORT_LIMITS, ...options.exportLimits };
    this.#signal = options.signal;
    this.#transport = new Transport({
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
      clock: this.#clock,
      attempts: options.attempts ?? 4,
      longestWaitMs: options.longestWaitMs ?? 60_000,
    });
    this.#access = new Access(
      options.key ?? '',
      (key) => this.#exchange(key),
      () => this.#clock.now(),
    );
  }

  /** What kind of key it is, by its form. */
  get keyKind(): KeyKind {
    return this.#access.kind;
  }

  /** Whose key it is: the test of address and key in one. */
  async whoAmI(): Promise<WhoAmI> {
    const { body, url } = await this.#json('/api/current-user/whoami');
    if (typeof body.id !== 'number' && typeof body.id !== 'string') throw otherShape(url, body, this.#access.redacted);
    return { id: body.id, email: textIn(body, 'email'), keyKind: this.keyKind };
  }

  async project(id: string, options: CallOptions = {}): Promise<LabelStudioProject> {
    const { body, url } = await this.#json(`/api/projects/${segment(id)}`, options);
    if (typeof body.label_config !== 'string') throw otherShape(url, body, this.#access.redacted);
    const createdAt = textIn(body, 'created_at') || null;
    return { id, title: textIn(body, 'title'), labelConfig: body.label_config, createdAt };
  }

  async task(id: number | string, options: CallOptions = {}): Promise<Task> {
    const { body, url } = await this.#json(`/api/tasks/${segment(String(id))}`, options);
    if (body.data === undefined) throw otherShape(url, body, this.#access.redacted);
    return taskOf(body);
  }

  /** All annotated tasks of a project in one stream, in the memory of one task; with `all`, unlabelled ones too. */
  async *exportTasks(
    project: string,
    options: CallOptions & { all?: boolean } = {},
  ): AsyncGenerator<Task, void, undefined> {
    const query = { exportType: 'JSON', ...(options.all ? { download_all_tasks: 'true' } : {}) };
    const url = apiAddress(this.address, `/api/projects/${segment(project)}/export`, query);
    const answer = await this.#get(url, this.#exportLimits, options);
    try {
      for await (const item of arrayItems(answer.pieces(), MAX_TASK_BYTES)) {
        if (!isObject(item) || item.data === undefined) throw new NotAnArray('an item of it is no task', '');
        yield taskOf(item);
      }
    } catch (error) {
      if (error instanceof NotAnArray) throw notTasks(answer, error, this.#access.redacted);
      throw error;
    } finally {
      answer.cancel();
    }
  }

  /** The tasks of a project page by page, labelled or not, from the given page on. */
  async *taskPages(
    project: string,
    options: CallOptions & { from?: number; size?: number } = {},
  ): AsyncGenerator<TaskPage, void, undefined> {
    const size = options.size ?? 100;
    const id = segment(project);
    const first = options.from ?? 1;
    let count = 0;
    for (let page = first; ; page++) {
      const query = { project: id, page: String(page), page_size: String(size), fields: 'all' };
      const found = await this.#jsonOrEnd('/api/tasks', query, options);
      if (found === null) return;
      const { body, url } = found;
      if (!Array.isArray(body.tasks)) throw otherShape(url, body, this.#access.redacted);
      const tasks = body.tasks.filter(isObject).map(taskOf);
      const total = typeof body.total === 'number' ? body.total : Number.POSITIVE_INFINITY;
      const totalAnnotations = typeof body.total_annotations === 'number' ? body.total_annotations : null;
      if (tasks.length > 0) yield { page, tasks, total, totalAnnotations };
      count += tasks.length;
      // Label Studio may give smaller pages than it was asked for, so only what came is counted.
      if (tasks.length === 0 || (first === 1 && count >= total)) return;
    }
  }

  /** The text behind the value of a task with `valueType="url"`; throws where that is not Label Studio's own data. */
  async fetchUri(uri: string, taskId?: number | string, options: CallOptions = {}): Promise<string> {
    const url = dataAddress(this.address, uri, taskId);
    const answer = await this.#get(url, this.#limits, options).catch((error: unknown) => {
      throw error instanceof LeavesLabelStudio ? preSigned(url, error) : error;
    });
    if (/\/user\/login\/?$/.test(answer.url.pathname)) {
      answer.cancel();
      throw this.#keyRefused(url, 'it asks to log in', 'the text of a task', false);
    }
    return (await textOfAnswer(answer)).replace(/^\ufeff/, '');
  }

  async #json(path: string, options?: CallOptions): Promise<{ body: JsonObject; url: URL }> {
    const answer = await this.#get(apiAddress(this.address, path), this.#limits, options);
    return { body: await objectOf(answer, this.#access.redacted), url: answer.url };
  }

  // Null at the page after the last one, which Label Studio answers with 404.
  async #jsonOrEnd(
    path: string,
    query: { [key: string]: string },
    options?: CallOptions,
  ): Promise<{ body: JsonObject; url: URL } | null> {
    const url = apiAddress(this.address, path, query);
    const answer = await this.#authorized(url, this.#limits, options);
    if (answer.status === 404 && query.page !== '1') {
      answer.cancel();
      return null;
    }
    return { body: await objectOf(await this.#checked(answer), this.#access.redacted), url };
  }

  async #get(url: URL, limits: Limits, options?: CallOptions): Promise<Answer> {
    return this.#checked(await this.#authorized(url, limits, options));
  }

  // With a token that ran out it is tried once more; a key that was refused is not shown again for a while.
  async #authorized(url: URL, limits: Limits, options: CallOptions = {}): Promise<Answer> {
    const signal = options.signal ?? this.#signal;
    if (this.#refused && this.#refused.until > this.#clock.now()) throw this.#refused.error;
    for (let attempt = 1; ; attempt++) {
      const authorization = await this.#access.header();
      const headers = { accept: '*/*', ...(authorization === null ? {} : { authorization }) };
      const answer = await this.#transport.send(url, { headers, limits, signal });
      if (answer.status !== 401 || attempt > 1 || !this.#access.forget(authorization)) return answer;
      answer.cancel();
    }
  }

  async #checked(answer: Answer): Promise<Answer> {
    const { status, url } = answer;
    if (status >= 200 && status < 300) return answer;
    const said = await detailOf(answer, this.#access.redacted);
    const because = said === '' ? `${status}` : `${status}: ${said}`;
    if (status === 401) throw this.#keyRefused(url, because, 'the key');
    if (status === 403) {
      throw new SparrowError(
        'UNAUTHORIZED',
        `The user of LABEL_STUDIO_API_KEY may not read ${shown(url)} (${because}).`,
      );
    }
    if (status === 404) throw new SparrowError('NOT_FOUND', `Label Studio has no ${shown(url)} (${because}).`);
    const code = status === 429 || status === 503 ? 'BUSY' : 'IO_FAILED';
    throw new SparrowError(code, `Label Studio answered ${shown(url)} with an error (${because}).`);
  }

  #keyRefused(url: URL, because: string, what: string, isKnownBad = true): SparrowError {
    const advice =
      this.keyKind === 'none'
        ? 'set LABEL_STUDIO_API_KEY to a key from Account & Settings'
        : this.keyKind === 'legacy'
          ? 'copy it anew into LABEL_STUDIO_API_KEY, or a personal access token if the organisation has no legacy tokens'
          : 'make a new personal access token and set LABEL_STUDIO_API_KEY to it';
    const error = new SparrowError(
      'UNAUTHORIZED',
      `Label Studio at ${url.origin} refuses ${what} (${because}): ${advice}.`,
    );
    if (isKnownBad) this.#refused = { error, until: this.#clock.now() + REFUSED_MS };
    return error;
  }

  // Label Studio's own route ends with a slash; a 404 may come from one that has it without.
  async #exchange(key: string): Promise<string> {
    for (const path of ['/api/token/refresh/', '/api/token/refresh']) {
      const url = apiAddress(this.address, path);
      const answer = await this.#transport.send(url, {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: JSON.stringify({ refresh: key }),
        limits: this.#limits,
        signal: this.#signal,
      });
      if (answer.status === 404 && path.endsWith('/')) {
        answer.cancel();
        continue;
      }
      if (answer.status === 400 || answer.status === 401 || answer.status === 403) {
        throw this.#keyRefused(url, `${answer.status}: ${await detailOf(answer, this.#access.redacted)}`, 'the key');
      }
      const body = await objectOf(await this.#checked(answer), this.#access.redacted);
      if (typeof body.access === 'string' && body.access !== '') return body.access;
      throw otherShape(url, body, this.#access.redacted);
    }
    throw new SparrowError(
      'NOT_FOUND',
      `Label Studio at ${this.address.origin} has no way to use a personal access token.`,
    );
  }
}

// Only what is learnt from: predictions and drafts of a large export would fill the memory.
function taskOf(item: JsonObject): Task {
  const { id, data, annotations, completions } = item;
  return {
    ...(typeof id === 'number' || typeof id === 'string' ? { id } : {}),
    data: (data ?? null) as Json,
    ...(Array.isArray(annotations) ? { annotations: annotations.filter(isObject) as unknown as Annotation[] } : {}),
    ...(Array.isArray(completions) ? { completions: completions.filter(isObject) as unknown as Annotation[] } : {}),
  };
}

// Cloud storage: by default Label Studio sends the browser to the bucket with a signed address.
function preSigned(url: URL, cause: Error): SparrowError {
  return new SparrowError(
    'IO_FAILED',
    `The text at ${shown(url)} is behind a redirect to another host, which is not asked: switch "Use pre-signed URLs" off ` +
      "in the settings of the project's cloud storage, and Label Studio sends it itself.",
    { cause },
  );
}

function textIn(body: JsonObject, key: string): string {
  const value = body[key];
  return typeof value === 'string' ? value : '';
}

function segment(id: string): string {
  if (/^[0-9]{1,20}$/.test(id)) return id;
  throw new SparrowError('BAD_INPUT', `${plain(id, 60) || 'An empty text'} is not the number of a project or task.`);
}
