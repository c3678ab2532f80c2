// What Redis refuses, as sentences for whoever can mend it. They name REDIS_URL and the address in it, never a password.
import { type ErrorCode, messageOf, SparrowError } from '../errors.ts';

const connectionCodes = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH', 'EPIPE', 'EAI_AGAIN'];
const connectionNames = ['MaxRetriesPerRequestError', 'AbortError', 'TimeoutError'];
const connectionPhrases = /isn't writeable|Connection is closed|closed connection|Socket timeout|Connection in/i;

/** What begins a refusal, and what it means; each meaning completes a sentence that begins with "Redis". */
const refusals: readonly [pattern: RegExp, meaning: string, code?: ErrorCode][] = [
  [/OOM /, 'has no memory left; raise its maxmemory or give it a larger machine', 'NO_SPACE'],
  [/WRONGPASS|NOAUTH|invalid password/, 'refuses the user or password in REDIS_URL; correct them there'],
  [/NOPERM/, 'does not allow the user in REDIS_URL what Sparrow needs; give it all commands on the keys ~sparrow*'],
  [/READONLY/, 'is a read-only replica; let REDIS_URL name the primary'],
  [/MISCONF/, 'cannot save to its disk and takes no writes; look at its log'],
  [/LOADING |BUSY |MASTERDOWN|TRYAGAIN/, 'is not ready yet'],
  [/MOVED |CROSSSLOT|CLUSTERDOWN/, 'is a cluster, which is not supported; let REDIS_URL name a single server'],
];

/** Why Redis cannot be used, completing "Redis …", and under which code; null when the error is not about Redis at all. */
export function meaningOf(error: unknown): { meaning: string; code: ErrorCode; isAway?: true } | null {
  if (!(error instanceof Error)) return null;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isConnection =
    connectionNames.includes(error.name) || connectionCodes.includes(code) || connectionPhrases.test(error.message);
  if (isConnection) return { meaning: silent(code), code: 'BUSY', isAway: true };
  const refusal = refusals.find(([pattern]) => pattern.test(error.message));
  if (refusal) return { meaning: refusal[1], code: refusal[2] ?? 'BUSY' };
  if (error.name !== 'ReplyError') return null;
  return { meaning: `answered "${error.message.slice(0, 200)}"`, code: 'IO_FAILED' };
}

/** The meaning of no answer at all. */
export function silent(why: string): string {
  return `does not answer${why === '' ? '' : ` (${why})`}; check that it runs and can be reached`;
}

/** The catalogue's error for a failed call; `place` is host and port. Ours pass, and so does what is a bug. */
export function redisError(error: unknown, doing: string, place: string): unknown {
  if (error instanceof SparrowError) return error;
  const known = meaningOf(error);
  if (known === null) return error;
  const message = `Could not ${doing}: Redis (REDIS_URL, ${place}) ${known.meaning}.`;
  return new SparrowError(known.code, message, { cause: error });
}

/** Whether an error only says that Redis cannot be used at the moment. */
export function isAway(error: unknown): boolean {
  return error instanceof SparrowError && error.code === 'BUSY';
}

/** F168: the packages of production are not installed with the rest. */
export function missingPackages(setting: string, packages: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  if (!isMissing) return cause;
  const message = `${setting} needs packages that are not installed (${messageOf(cause).split('\n')[0]}): npm install ${packages}`;
  return new SparrowError('BAD_OPTION', message, { cause });
}
