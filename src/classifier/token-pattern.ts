// A token pattern in Python's syntax as a JavaScript regular expression: `\w`, `\s`, `\b` and `\d` mean what they mean
// to Python's `re` on str, for letters of all scripts.
import { SparrowError } from '../errors.ts';

const word = '\\p{L}\\p{N}_';
const space = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const boundary = `(?:(?<![${word}])(?=[${word}])|(?<=[${word}])(?![${word}]))`;

const outside: Readonly<Record<string, string>> = {
  w: `[${word}]`,
  W: `[^${word}]`,
  s: `[${space}]`,
  S: `[^${space}]`,
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  b: boundary,
  B: `(?!${boundary})`,
};
const inside: Readonly<Record<string, string>> = {
  w: word,
  s: space,
  d: '\\p{Nd}',
  D: '\\P{Nd}',
};
/** Characters that JavaScript's `u` mode allows behind a backslash as themselves. */
const escapable = '^$\\.*+?()[]{}|/-';

/** The pattern as scikit-learn's `token_pattern` reads it; at most one capturing group, which then is the token. */
export function compileTokenPattern(pattern: string): RegExp {
  try {
    const compiled = new RegExp(translate(pattern.replace(/^\(\?u\)/, '')), 'gu');
    const groups = new RegExp(`${compiled.source}|`, 'u').exec('')!.length - 1;
    if (groups > 1) throw new Error(`it has ${groups} capturing groups, at most one is allowed`);
    return compiled;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SparrowError('BAD_OPTION', `tokenPattern ${JSON.stringify(pattern)} cannot be used: ${why}.`, { cause });
  }
}

function translate(pattern: string): string {
  let result = '';
  let isInClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === '\\' && i + 1 < pattern.length) {
      const escaped = pattern[++i]!;
      const known = (isInClass ? inside : outside)[escaped];
      const isLiteral = !/[A-Za-z0-9]/.test(escaped) && !escapable.includes(escaped);
      result += known ?? (isLiteral ? escaped : `\\${escaped}`);
      continue;
    }
    const isOpening = char === '[' && !isInClass;
    if (isOpening) isInClass = true;
    else if (char === ']') isInClass = false;
    result += char === '[' && !isOpening ? '\\[' : char;
  }
  return result;
}
