// Python's view of characters, straight from its own lists: no property of the JavaScript engine, whose Unicode is newer.
import { goldenUnicode, type Ranges } from '../golden.ts';

const golden = goldenUnicode();

function members(ranges: Ranges): Uint8Array {
  const set = new Uint8Array(0x110000);
  for (const [from, to] of ranges) set.fill(1, from, to + 1);
  return set;
}

const word = members(golden.word);
const space = members(golden.space);
const cased = members(golden.cased);
const caseIgnorable = members(golden.caseIgnorable);

const codePoints = (text: string) => [...text].map((character) => character.codePointAt(0)!);

/** Whether `\w` matches. */
export function isWord(codePoint: number): boolean {
  return word[codePoint] === 1;
}

/** Whether `\s` matches. */
export function isSpace(codePoint: number): boolean {
  return space[codePoint] === 1;
}

/** str.lower(). */
export function lower(text: string): string {
  const all = codePoints(text);
  const mapped = all.map((codePoint, i) => {
    if (codePoint === 0x3a3) return isFinalSigma(all, i) ? 'ς' : 'σ';
    return golden.lower.get(codePoint) ?? String.fromCodePoint(codePoint);
  });
  return mapped.join('');
}

function isFinalSigma(all: readonly number[], i: number): boolean {
  const isSeen = (codePoint: number) => caseIgnorable[codePoint] === 0;
  const before = all.slice(0, i).findLast(isSeen);
  const after = all.slice(i + 1).find(isSeen);
  return before !== undefined && cased[before] === 1 && !(after !== undefined && cased[after] === 1);
}

/** scikit-learn's strip_accents_unicode. */
export function stripAccents(text: string): string {
  const plain = codePoints(text).map((codePoint) => {
    const character = String.fromCodePoint(codePoint);
    const isHangul = codePoint >= 0xac00 && codePoint <= 0xd7a3;
    return isHangul ? character.normalize('NFKD') : (golden.plain.get(codePoint) ?? character);
  });
  return plain.join('');
}

/** scikit-learn's strip_accents_ascii. What that drops beyond strip_accents_unicode is never ASCII. */
export function stripToAscii(text: string): string {
  return [...stripAccents(text)].filter((character) => character < '\x80').join('');
}

/** A regular expression of Python for str, whose `\w`, `\s` and `\b` mean Python's characters. */
export function pythonRegExp(pattern: string): RegExp {
  const inside = (ranges: Ranges) =>
    ranges.map(([from, to]) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`).join('');
  const w = inside(golden.word);
  const s = inside(golden.space);
  let isInClass = false;
  const source = pattern.replace('(?u)', '').replace(/\\?./gsu, (part) => {
    if (part === '[' || part === ']') isInClass = part === '[';
    if (part === '\\w') return isInClass ? w : `[${w}]`;
    if (part === '\\s') return isInClass ? s : `[${s}]`;
    if (part === '\\b') return `(?:(?<=[${w}])(?![${w}])|(?<![${w}])(?=[${w}]))`;
    return part;
  });
  return new RegExp(source, 'gu');
}
