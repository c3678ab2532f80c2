// A Label Studio that answers as it is told, without a port: it stands in for `fetch` and remembers what was asked. Its
// clock moves only when someone sleeps on it, so no test waits.
import type { Clock } from '../../src/labelstudio/clock.ts';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | null;
  readonly body: string;
}

/** What to answer; a number is a status with an empty object, an error is thrown as `fetch` throws it. */
export type Reply = Response | Error | number | object | (() => Reply | Promise<Reply>);

export class FakeLabelStudio {
  readonly asked: Asked[] = [];
  readonly #replies = new Map<string, Reply[]>();

  /** Answers for a path, in turn; the last one stays. */
  on(path: string, ...replies: Reply[]): this {
    this.#replies.set(path, replies);
    return this;
  }

  readonly fetch = async (href: string, init: RequestInit): Promise<Response> => {
    const url = new URL(href);
    const headers = new Headers(init.headers);
    this.asked.push({
      method: init.method ?? 'GET',
      url: href,
      authorization: headers.get('authorization'),
      body: typeof init.body === 'string' ? init.body : '',
    });
    if (init.redirect !== 'manual') throw new Error('redirects must not be followed by fetch');
    const replies = this.#replies.get(url.pathname + url.search) ?? this.#replies.get(url.pathname);
    const reply = replies && replies.length > 1 ? replies.shift() : replies?.[0];
    return abortable(await answerOf(reply ?? 404), init.signal ?? null);
  };

  paths(): string[] {
    return this.asked.map((one) => new URL(one.url).pathname);
  }
}

async function answerOf(reply: Reply): Promise<Response> {
  if (typeof reply === 'function') return answerOf(await reply());
  if (reply instanceof Response) return reply.clone();
  if (reply instanceof Error) throw reply;
  if (typeof reply === 'number') return Response.json({}, { status: reply });
  return Response.json(reply);
}

// As fetch does it: an aborted request breaks its body off.
function abortable(response: Response, signal: AbortSignal | null): Response {
  signal?.addEventListener('abort', () => void response.body?.cancel().catch(() => undefined), { once: true });
  return response;
}

/** A network error as Node's fetch throws it. */
export function networkError(code: string): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
}

/** A body that comes in these pieces; a piece that is a function is waited for. */
export function streamed(...pieces: (string | Uint8Array | (() => Promise<string>))[]): ReadableStream<Uint8Array> {
  const waiting = [...pieces];
  return new ReadableStream({
    async pull(controller) {
      const piece = waiting.shift();
      if (piece === undefined) return controller.close();
      const content = typeof piece === 'function' ? await piece() : piece;
      controller.enqueue(typeof content === 'string' ? Buffer.from(content) : content);
    },
  });
}

/** Something that never comes. */
export function never<Value>(): Promise<Value> {
  return new Promise(() => undefined);
}

/** A clock that jumps to the end of every sleep, once nothing else can happen. */
export class FakeClock implements Clock {
  time: number;
  readonly slept: number[] = [];

  constructor(time = Date.parse('2026-11-24T12:00:00Z')) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    // A few turns of the event loop: what is ready by then has won against the time-out.
    for (let turn = 0; turn < 20 && !signal?.aborted; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted) return;
    this.slept.push(ms);
    this.time += ms;
  }
}
