// The two kinds of keys that Label Studio calls "API key", and how each becomes an Authorization header. A legacy token
// is sent as it is; a personal access token is a JWT that buys short-lived tokens.
import { isObject } from './types.ts';

/** `legacy`: forty letters, sent as "Token …". `personal`: a JWT, exchanged for a "Bearer …" of a few minutes. */
export type KeyKind = 'none' | 'legacy' | 'personal';

/** What a key is, by its form alone. */
export function kindOfKey(key: string): KeyKind {
  if (key === '') return 'none';
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(key) ? 'personal' : 'legacy';
}

const MARGIN_MS = 30_000;
const UNKNOWN_LIFE_MS = 4 * 60_000;

/** Gives the header for each request and keeps the short-lived token for as long as it holds. */
export class Access {
  readonly kind: KeyKind;
  readonly #key: string;
  readonly #exchange: (key: string) => Promise<string>;
  readonly #now: () => number;
  #token: { readonly value: string; readonly until: number } | null = null;
  #pending: Promise<string> | null = null;

  constructor(key: string, exchange: (key: string) => Promise<string>, now: () => number) {
    this.#key = key.trim();
    this.kind = kindOfKey(this.#key);
    this.#exchange = exchange;
    this.#now = now;
  }

  /** The header's value, or null without a key. Requests at the same time share one exchange. */
  async header(): Promise<string | null> {
    if (this.kind === 'none') return null;
    if (this.kind === 'legacy') return `Token ${this.#key}`;
    if (this.#token && this.#token.until > this.#now()) return `Bearer ${this.#token.value}`;
    this.#pending ??= this.#renew().finally(() => {
      this.#pending = null;
    });
    return `Bearer ${await this.#pending}`;
  }

  /** Forget the short-lived token that made this header; true where asking again may help. */
  forget(header: string | null): boolean {
    if (this.kind !== 'personal') return false;
    if (this.#token && header === `Bearer ${this.#token.value}`) this.#token = null;
    return true;
  }

  /** `text` without the key and without any token, for an error that repeats what Label Studio said. */
  readonly redacted = (text: string): string => {
    const shown = this.#key === '' ? text : text.replaceAll(this.#key, '…');
    return shown.replace(/\beyJ[\w-]+(?:\.[\w-]+)*/g, '…');
  };

  async #renew(): Promise<string> {
    const value = await this.#exchange(this.#key);
    const expires = expiryOf(value);
    this.#token = { value, until: expires === null ? this.#now() + UNKNOWN_LIFE_MS : expires - MARGIN_MS };
    return value;
  }
}

function expiryOf(token: string): number | null {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return isObject(claims) && typeof claims.exp === 'number' ? claims.exp * 1000 : null;
  } catch {
    return null;
  }
}
