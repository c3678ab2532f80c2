// Lower case as Python's str.lower() has it: full mapping, so U+0130 becomes two code points, and the final sigma rule.
// Runs of ASCII go 16 bytes at a time; a code point with no other case, as in all of CJK, is copied.
import { isMember, placeOf, setOf } from './sets';
import {
  cased,
  casedCount,
  caseIgnorable,
  caseIgnorableCount,
  lowerBits,
  lowerBlocks,
  lowerDelta,
  lowerDeltas,
  lowerFirst,
  lowerGrowth,
  lowerIndex,
} from './tables';
import { decode, decodeLength, encode } from './utf8';

/** Bytes of lower case for each byte of text, at most. */
export { lowerGrowth };

const capitalSigma: u32 = 0x3a3;
const smallSigma: u32 = 0x3c3;
const finalSigma: u32 = 0x3c2;
const dotAbove: u32 = 0x307;

/**
 * Write the lower case of a text to `target`, which holds `length * lowerGrowth` bytes; returns the length written.
 * A block of 16 is written only where 16 more bytes of text were still to come, four bytes for a code point of two or
 * three only where its own growth leaves room: nothing beyond that size is touched. Reads up to 2 bytes beyond the text.
 */
export function lowerInto(text: usize, length: u32, target: usize): u32 {
  const end = text + length;
  let at = text;
  let to = target;
  while (at < end) {
    const lead = load<u8>(at);
    if (lead < 0x80) {
      if (at + 16 <= end) {
        const block = v128.load(at);
        v128.store(to, lowerAscii(block));
        const run = ctz(i8x16.bitmask(block) | 0x10000);
        at += run;
        to += run;
      } else {
        store<u8>(to++, lead - 0x41 < 26 ? lead + 0x20 : lead);
        at++;
      }
      continue;
    }
    const size = decodeLength(lead);
    if (size === 1 || at + size > end) {
      store<u8>(to++, lead);
      at++;
      continue;
    }
    const codePoint = decode(at);
    const set = setOf(codePoint, lowerIndex, lowerBlocks);
    if (!isMember(codePoint, lowerBits, set)) {
      store<u32>(to, load<u32>(at));
      to += size;
    } else if (codePoint === capitalSigma) to += encode(isFinal(text, at, end) ? finalSigma : smallSigma, to);
    else to += writeLower(codePoint, set, to);
    at += size;
  }
  return <u32>(to - target);
}

function lowerAscii(block: v128): v128 {
  const isUpper = i8x16.lt_u(i8x16.sub(block, i8x16.splat(0x41)), i8x16.splat(26));
  return v128.or(block, v128.and(isUpper, i8x16.splat(0x20)));
}

function writeLower(codePoint: u32, set: usize, to: usize): u32 {
  const place = placeOf(codePoint, lowerBits, lowerFirst, set);
  const delta = load<u32>(lowerDeltas + ((<usize>load<u8>(lowerDelta + place)) << 2));
  if (delta !== 0) return encode(codePoint + delta, to);
  store<u8>(to, 0x69);
  return 1 + encode(dotAbove, to + 1);
}

/** Whether the sigma at `at` ends a word: a cased letter before it and none after, case-ignorable ones passed over. */
function isFinal(text: usize, at: usize, end: usize): bool {
  let before = at;
  let codePoint: u32 = 0;
  do {
    if (before === text) return false;
    before = previous(text, before);
    codePoint = decode(before);
  } while (isIn(codePoint, caseIgnorable, caseIgnorableCount));
  if (!isIn(codePoint, cased, casedCount)) return false;
  let after = at;
  do {
    after += decodeLength(load<u8>(after));
    if (after >= end) return true;
    codePoint = decode(after);
  } while (isIn(codePoint, caseIgnorable, caseIgnorableCount));
  return !isIn(codePoint, cased, casedCount);
}

/** Where the code point before `at` begins. */
function previous(text: usize, at: usize): usize {
  const least = at - text > 4 ? at - 4 : text;
  let start = at - 1;
  while (start > least && (load<u8>(start) & 0xc0) === 0x80) start--;
  return start;
}

/** Binary search of a table of ranges, first << 12 | size − 1. */
function isIn(codePoint: u32, ranges: usize, count: u32): bool {
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u32>(ranges + ((<usize>middle) << 2)) >> 12 <= codePoint) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return false;
  const range = load<u32>(ranges + ((<usize>low - 1) << 2));
  return codePoint - (range >> 12) <= (range & 0xfff);
}
