// One request to Label Studio, and all that can go wrong on the way: away, slow, endless, busy, redirected. It is
// stopped by time, by silence and by size; what stays wrong is one sentence that names the address.
import { messageOf, SparrowError } from '../errors.ts';
import { redirectAddress } from './address.ts';
import type { Clock } from './clock.ts';
import { plain } from './quoted.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Limits {
  /** From the request to the first byte of the answer. */
  readonly waitMs: number;
  /** Between two pieces of the answer. */
  readonly idleMs: number;
  readonly totalMs: number;
  /** Of the answer, unpacked. */
  readonly bytes: number;
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST';
  readonly headers: { readonly [name: string]: string };
  readonly body?: string;
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
}

/** The answer to a request; its body must be read or cancelled. */
export interface Answer {
  readonly status: number;
  /** After redirects. */
  readonly url: URL;
  readonly contentType: string;
  /** The pieces of the body; throws what stops it. */
  pieces(): AsyncGenerator<Uint8Array, void, undefined>;
  cancel(): void;
}

export interface TransportOptions {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** How often a request is tried that meets a network error, a 429, or a 502 to 504. */
  readonly attempts: number;
  /** A longer Retry-After is waited for no longer than this. */
  readonly longestWaitMs: number;
}

const MAX_REDIRECTS = 5;
const BACK_OFF_MS = 500;
const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export class Transport {
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Send it, again where that may help; the last answer or error is the one that counts. */
  async send(url: URL, options: RequestOptions): Promise<Answer> {
    const { attempts, clock } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= attempts;
      let wait = Math.min(BACK_OFF_MS * 2 ** (attempt - 1), this.#options.longestWaitMs);
      try {
        const { answer, retryAfter } = await this.#follow(url, options);
        if (isLast || !BUSY.has(answer.status)) return answer;
        answer.cancel();
        wait = this.#retryWait(retryAfter) ?? wait;
      } catch (error) {
        if (isLast || !(error instanceof Unreachable)) throw error;
      }
      await clock.sleep(wait, options.signal);
      options.signal?.throwIfAborted();
    }
  }

  // Seconds or a date; null where there is neither.
  #retryWait(value: string | null): number | null {
    if (value === null) return null;
    const text = value.trim();
    const isDate = /^[A-Za-z]{3,9}, /.test(text);
    const until = isDate ? Date.parse(text) - this.#options.clock.now() : Number.NaN;
    const wait = /^[0-9]{1,9}$/.test(text) ? Number(text) * 1000 : until;
    return Number.isNaN(wait) ? null : Math.min(Math.max(0, wait), this.#options.longestWaitMs);
  }

  async #follow(from: URL, options: RequestOptions): Promise<{ answer: Answer; retryAfter: string | null }> {
    const exchange = new Exchange(this.#options, options);
    let url = from;
    for (let hop = 0; ; hop++) {
      const response = await exchange.request(url);
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null) {
        return { answer: exchange.answer(response, url), retryAfter: response.headers.get('retry-after') };
      }
      exchange.stop();
      const next = redirectAddress(url, location);
      if (next === null) throw leaves(url, location);
      if (hop >= MAX_REDIRECTS || (options.method ?? 'GET') !== 'GET') throw redirected(url, next);
      url = next;
      exchange.restart();
    }
  }
}

/** Nothing came back: trying again may help. */
class Unreachable extends SparrowError {}

/** A redirect to another address than the configured one, which is not followed. */
export class LeavesLabelStudio extends SparrowError {}

// One attempt: its abort signal, its deadline, its count of bytes.
class Exchange {
  readonly #fetch: Fetch;
  readonly #clock: Clock;
  readonly #options: RequestOptions;
  readonly #deadline: number;
  #controller = new AbortController();

  constructor(transport: TransportOptions, options: RequestOptions) {
    this.#fetch = transport.fetch;
    this.#clock = transport.clock;
    this.#options = options;
    this.#deadline = transport.clock.now() + options.limits.totalMs;
  }

  async request(url: URL): Promise<Response> {
    const { method = 'GET', headers, body, limits } = this.#options;
    try {
      const init = { method, headers: { ...headers }, redirect: 'manual', signal: this.#controller.signal } as const;
      const pending = this.#fetch(url.href, body === undefined ? init : { ...init, body });
      return await this.#within(pending, limits.waitMs, () => `did not answer within ${seconds(limits.waitMs)}`, url);
    } catch (error) {
      if (error instanceof SparrowError || this.#options.signal?.aborted) throw error;
      throw unreachable(url, error);
    }
  }

  answer(response: Response, url: URL): Answer {
    return {
      status: response.status,
      url,
      contentType: response.headers.get('content-type')?.toLowerCase() ?? '',
      pieces: () => this.#pieces(response, url),
      cancel: () => this.stop(),
    };
  }

  stop(): void {
    this.#controller.abort();
  }

  restart(): void {
    this.#controller = new AbortController();
  }

  async *#pieces(response: Response, url: URL): AsyncGenerator<Uint8Array, void, undefined> {
    const { limits } = this.#options;
    const reader = response.body?.getReader();
    let bytes = 0;
    try {
      for (;;) {
        const piece = await this.#read(reader, url);
        if (!piece) return;
        bytes += piece.length;
        if (bytes > limits.bytes) {
          throw new SparrowError(
            'TOO_LARGE',
            `Label Studio's answer to ${shown(url)} is larger than ${limits.bytes} bytes.`,
          );
        }
        yield piece;
      }
    } finally {
      // Also when the reader of the pieces goes away early: the connection must not stay open for nobody.
      this.stop();
    }
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array> | undefined, url: URL): Promise<Uint8Array | null> {
    if (!reader) return null;
    const { idleMs } = this.#options.limits;
    try {
      const next = await this.#within(reader.read(), idleMs, () => `sent nothing for ${seconds(idleMs)}`, url);
      return next.done ? null : (next.value as Uint8Array);
    } catch (error) {
      if (error instanceof SparrowError || this.#options.signal?.aborted) throw error;
      const why = plain(messageOf(causeOf(error)), 100);
      throw new SparrowError('IO_FAILED', `Label Studio's answer to ${shown(url)} broke off: ${why}.`, {
        cause: error,
      });
    }
  }

  // The work, or what comes first of: the outer signal, the given time, the deadline of the whole exchange. An answer
  // that drips steadily is always ready, so the deadline is looked at before and not only slept for.
  async #within<Value>(work: Promise<Value>, ms: number, what: () => string, url: URL): Promise<Value> {
    const { signal, limits } = this.#options;
    const left = this.#deadline - this.#clock.now();
    const timer = new AbortController();
    const giveUp = (): void => timer.abort();
    signal?.addEventListener('abort', giveUp, { once: true });
    if (signal?.aborted || left <= 0) giveUp();
    const waited = this.#clock.sleep(Math.max(0, Math.min(ms, left)), timer.signal).then(() => null);
    try {
      const first = timer.signal.aborted ? null : await Promise.race([work.then((value) => ({ value })), waited]);
      if (first) return first.value;
      this.stop();
      signal?.throwIfAborted();
      const why = left < ms ? `was not done within ${seconds(limits.totalMs)}` : what();
      throw new SparrowError('IO_FAILED', `Label Studio ${why} (${shown(url)}).`);
    } finally {
      timer.abort();
      signal?.removeEventListener('abort', giveUp);
      work.catch(() => undefined);
    }
  }
}

function seconds(ms: number): string {
  return ms >= 1000 ? `${Math.round(ms / 1000)} seconds` : `${ms} milliseconds`;
}

/** An address for a sentence: without its query, which may be long. */
export function shown(url: URL): string {
  return plain(url.origin + url.pathname, 200);
}

function leaves(url: URL, location: string): SparrowError {
  const where = plain(location.split('?')[0] ?? '', 100);
  return new LeavesLabelStudio(
    'IO_FAILED',
    `Label Studio redirects ${shown(url)} to ${where}, and the key is not sent to another address: set LABEL_STUDIO_URL ` +
      'to the one Label Studio is really at.',
  );
}

function redirected(url: URL, next: URL): SparrowError {
  return new SparrowError(
    'IO_FAILED',
    `Label Studio redirects ${shown(url)} to ${shown(next)}, and so on without an end.`,
  );
}

function unreachable(url: URL, error: unknown): SparrowError {
  const cause = causeOf(error);
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  const why = plain(code || messageOf(cause), 100);
  const message = `Label Studio at ${url.origin} cannot be reached (${why}): ${adviceFor(code, url)}.`;
  return new Unreachable('IO_FAILED', message, { cause: error });
}

// `fetch` says "fetch failed" or "terminated", and what it means stands in the cause.
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

function adviceFor(code: string, url: URL): string {
  if (/CERT|SELF_SIGNED|SIGNATURE/.test(code)) {
    return 'its certificate is not trusted, so name the authority in NODE_EXTRA_CA_CERTS';
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'no such host is known, so check LABEL_STUDIO_URL';
  if (['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) {
    return 'is it running? In a container localhost is the container itself, so LABEL_STUDIO_URL must name another host';
  }
  return 'check LABEL_STUDIO_URL, and that Label Studio is running';
}
