// The one id of a project. Label Studio writes it as a number, as `"<id>.<created at>"`, as part of an object, or not
// at all; whatever else comes is refused, because names of projects become keys and file names further on.
import { SparrowError } from '../errors.ts';
import { isObject } from './types.ts';

const ID = /^[A-Za-z0-9_-]{0,64}$/;

/** The part before the first dot; an empty text for no project. Throws BAD_INPUT for what cannot be an id. */
export function projectIdOf(value: unknown): string {
  const own = isObject(value) ? value.id : value;
  if (own === undefined || own === null) return '';
  if (typeof own === 'number' && own >= 0 && own <= Number.MAX_SAFE_INTEGER) return String(Math.trunc(own));
  if (typeof own !== 'string') throw refused();
  const text = own.trim();
  const dot = text.indexOf('.');
  const id = dot === -1 ? text : text.slice(0, dot);
  const rest = dot === -1 ? '' : text.slice(dot + 1);
  // The second half is seconds since 1970; a fraction is let pass, a path is not.
  if (!ID.test(id) || !/^[0-9.]{0,40}$/.test(rest) || rest.startsWith('.')) throw refused();
  return id;
}

function refused(): SparrowError {
  return new SparrowError(
    'BAD_INPUT',
    'The project must be a number or a text such as "7.1690000000": letters, digits, "-" and "_", then a time.',
  );
}
