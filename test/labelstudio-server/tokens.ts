// The two kinds of keys: a legacy token, and a personal access token that buys short-lived ones.
import { randomBytes } from 'node:crypto';

export class Tokens {
  readonly legacy = randomBytes(20).toString('hex');
  readonly personal = jwt({ token_type: 'refresh' });
  /** Organisations may have switched legacy tokens off. */
  isLegacyAllowed = true;
  /** Life of a short-lived token. */
  lifeMs = 5 * 60_000;
  /** How often a personal token was exchanged. */
  exchanges = 0;
  readonly #access = new Map<string, number>();

  /** A short-lived token; null for a wrong personal one. */
  exchange(personal: unknown): string | null {
    if (personal !== this.personal) return null;
    this.exchanges++;
    const until = Date.now() + this.lifeMs;
    const token = jwt({ token_type: 'access', exp: Math.floor(until / 1000), n: this.exchanges });
    this.#access.set(token, until);
    return token;
  }

  /** Makes all short-lived tokens invalid, as when they run out. */
  expireAll(): void {
    this.#access.clear();
  }

  isAuthorized(header: string | undefined): boolean {
    const [scheme, token = ''] = (header ?? '').split(' ');
    if (scheme === 'Token') return this.isLegacyAllowed && token === this.legacy;
    return scheme === 'Bearer' && (this.#access.get(token) ?? 0) > Date.now();
  }
}

function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return [part({ alg: 'HS256', typ: 'JWT' }), part(claims), randomBytes(32).toString('base64url')].join('.');
}
