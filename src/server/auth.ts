// Basic auth for everything but liveness. User and password are compared as keyed digests of equal length, so that
// neither the time it takes nor an exception tells anything about them.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { closing, refusal } from './answer.ts';
import type { EventLog } from './event-log.ts';
import type { Metrics } from './metrics.ts';

export interface Credentials {
  user: string;
  password: string;
  /** What a webhook may show in place of both, in the header `X-Webhook-Secret`. */
  webhookSecret?: string | null;
}

/** Bears the client's address on a request that another process has passed on. */
export const clientAddress: unique symbol = Symbol('client address');

export interface AuthParts {
  events: Pick<EventLog, 'addRepeated'>;
  metrics: Metrics;
  now?: () => number;
  /** Waits before answering a guesser. */
  pause?: (ms: number) => Promise<void>;
}

const webhookHint =
  'Label Studio’s own webhook carries no credentials: in the project’s webhook settings add the header Authorization ' +
  'with the value "Basic " and base64 of user:password, or write http://user:password@… as its URL. With WEBHOOK_SECRET ' +
  'set here, the header X-Webhook-Secret with that value does as well.';

export function basicAuth(credentials: Credentials, parts: AuthParts): MiddlewareHandler {
  const key = randomBytes(32);
  const digest = (value: string) => createHmac('sha256', key).update(value).digest();
  const expected = digest(`${credentials.user}:${credentials.password}`);
  const secret = credentials.webhookSecret == null ? null : digest(credentials.webhookSecret);
  const guesses = new Guesses(parts.now ?? Date.now);
  const pause = parts.pause ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()));
  return async (c, next) => {
    const given = givenIn(c.req.header('authorization'));
    if (given !== null && timingSafeEqual(digest(given), expected)) return next();
    const shown = isWebhook(c) ? c.req.header('x-webhook-secret') : undefined;
    if (secret !== null && shown !== undefined && timingSafeEqual(digest(shown), secret)) return next();
    parts.metrics.refusedCredentials++;
    if (isWebhook(c)) parts.metrics.refusedWebhooks++;
    // A missing header is a wrong setting; a wrong password may be a guess.
    const isGuess = given !== null || shown !== undefined;
    if (isGuess && guesses.isTooMany(addressOf(c))) await pause(guessPauseMs);
    return refused(c, given, parts.events);
  };
}

/** `user:password` of the header; '' for one that cannot be read; null without a header. */
function givenIn(header: string | undefined): string | null {
  if (header === undefined) return null;
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})\s*$/i.exec(header)?.[1];
  return encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString();
}

/** By the path that routes are matched with, not by the one that was written. */
function isWebhook(c: Context): boolean {
  return c.req.path === '/webhook';
}

function refused(c: Context, given: string | null, events: AuthParts['events']): Response {
  const why = given === null ? 'it came without credentials' : 'its user or password is wrong';
  const hint = isWebhook(c) ? ` ${webhookHint}` : '';
  events.addRepeated({
    kind: 'refused',
    project: '',
    status: 401,
    did: `refused ${c.req.path.slice(0, 100)}`,
    why: why + hint,
  });
  const error =
    given === null ? 'This server wants a user and a password (basic auth).' : 'The user or password is wrong.';
  const challenge = { 'www-authenticate': 'Basic realm="Sparrow", charset="UTF-8"' };
  return refusal(c.req.raw, 401, error + hint, {
    code: 'UNAUTHORIZED',
    headers: { ...challenge, ...closing(c.req.raw, 401) },
  });
}

function addressOf(c: Context): string {
  const env = c.env as { incoming?: { [clientAddress]?: string; socket?: { remoteAddress?: string } } } | undefined;
  return env?.incoming?.[clientAddress] ?? env?.incoming?.socket?.remoteAddress ?? '';
}

const guessPauseMs = 1000;
const windowMs = 60_000;
const mostGuesses = 20;
const mostAddresses = 10_000;

/** Counts wrong passwords by address, in windows of a minute. */
class Guesses {
  readonly #now: () => number;
  readonly #counts = new Map<string, number>();
  #windowStart = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  isTooMany(address: string): boolean {
    const now = this.#now();
    if (Math.abs(now - this.#windowStart) > windowMs || this.#counts.size > mostAddresses) {
      this.#counts.clear();
      this.#windowStart = now;
    }
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    return count > mostGuesses;
  }
}
