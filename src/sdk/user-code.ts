// What went wrong in a user's own code, in the user's terms: the file and the line of theirs that it happened in.
import { messageOf, SparrowError } from '../errors.ts';

/** The first place in a user's files, as a path from their model's directory: `model.ts:23:11`; null where there is none. */
export function placeOf(error: unknown, moduleUrl: string): string | null {
  const stack = error instanceof Error ? error.stack : null;
  if (!stack || !moduleUrl.startsWith('file:')) return null;
  const directory = new URL('./', moduleUrl).href;
  const frame = /(file:\/\/[^\s()?#]+)(?:\?[^\s():]*)?:(\d+)(?::(\d+))?/g;
  for (const [, file = '', line, column] of stack.matchAll(frame)) {
    if (!file.startsWith(directory) || file.includes('/node_modules/')) continue;
    return `${decodeURI(file.slice(directory.length))}:${line}${column === undefined ? '' : `:${column}`}`;
  }
  return null;
}

/** The message with its place before it. */
export function saidWithPlace(error: unknown, moduleUrl: string): string {
  const directory = moduleUrl.startsWith('file:') ? decodeURI(new URL('./', moduleUrl).pathname) : null;
  const message = directory === null ? messageOf(error) : messageOf(error).replaceAll(directory, '');
  const place = placeOf(error, moduleUrl);
  return place === null ? message : `${place}: ${message}`;
}

/**
 * An error of a user's code as it goes on: a sentence of the catalogue, also where it was thrown by another copy of this
 * package, is kept; anything else is MODEL_FAILED, whose message says nothing of it, with the error as its cause.
 */
export function modelFailure(error: unknown, what: string): SparrowError {
  if (error instanceof SparrowError) return error;
  if (error instanceof Error && error.name === 'SparrowError' && 'code' in error) {
    const own = SparrowError.ofCode(error.code, error.message);
    if (own !== null) return own;
  }
  return new SparrowError('MODEL_FAILED', `The model's own code failed in ${what}.`, { cause: error });
}
