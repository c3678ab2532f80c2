// Words of a document: SIMD classification of bytes into word and other, then runs of word bytes.
// Works on lower-cased scratch text in which every byte at or above 0x80 is part of a word (see prepareWords).
import { allocate, free } from '../memory/arena';
import { createVector, dataOf, lengthOf, reserve, setLength } from '../memory/vector';
import { accentGrowth, stripAccentsInto, stripToAsciiInto } from '../unicode/accents';
import { isWord } from '../unicode/classes';
import { lowerGrowth, lowerInto } from '../unicode/lowercase';
import { decode, decodeLength } from '../unicode/utf8';

/** How accents are removed: not at all, by decomposition, or with all else that is not ASCII. */
export const ACCENTS_KEEP: u32 = 0;
export const ACCENTS_UNICODE: u32 = 1;
export const ACCENTS_ASCII: u32 = 2;

/** Bytes that may be read beyond any text handed to this room. */
export const PADDING: usize = 64;

let scratch: usize = 0;
let scratchBytes: usize = 0;
let second: usize = 0;
let secondBytes: usize = 0;
let preparedLength: u32 = 0;

/** Spans (start u32, end u32) of the words found last, in order. */
export const words: usize = createVector(4096);

/** Length in bytes of the text that `prepare` returned last. */
export function lengthPrepared(): u32 {
  return preparedLength;
}

function scratchOf(bytes: usize): usize {
  if (bytes > scratchBytes) {
    free(scratch, scratchBytes);
    scratchBytes = bytes + (bytes >> 2);
    scratch = allocate(scratchBytes);
  }
  return scratch;
}

function secondOf(bytes: usize): usize {
  if (bytes > secondBytes) {
    free(second, secondBytes);
    secondBytes = bytes + (bytes >> 2);
    second = allocate(secondBytes);
  }
  return second;
}

/** True when every byte of the text is below 0x80. Reads up to PADDING bytes beyond it, which do not count. */
export function isAscii(text: usize, length: u32): bool {
  let seen = i8x16.splat(0);
  let i: u32 = 0;
  for (; i + 16 <= length; i += 16) seen = v128.or(seen, v128.load(text + i));
  if (i8x16.bitmask(seen) != 0) return false;
  for (; i < length; i++) if (load<u8>(text + i) >= 0x80) return false;
  return true;
}

/**
 * Lower-case and strip accents as asked; returns the address of the result, which is the text itself when there is
 * nothing to do, and leaves its length in `lengthPrepared`. Holds until the next call.
 */
export function prepare(text: usize, length: u32, lowercase: bool, accents: u32): usize {
  preparedLength = length;
  const ascii = isAscii(text, length);
  if (lowercase) {
    const target = scratchOf(<usize>length * (ascii ? 1 : lowerGrowth) + PADDING);
    if (ascii) lowerAscii(text, length, target);
    else preparedLength = lowerInto(text, length, target);
    text = target;
  }
  if (accents != ACCENTS_KEEP && !ascii) {
    const target = secondOf(<usize>preparedLength * accentGrowth + PADDING);
    preparedLength =
      accents == ACCENTS_UNICODE
        ? stripAccentsInto(text, preparedLength, target)
        : stripToAsciiInto(text, preparedLength, target);
    text = target;
  }
  return text;
}

/** Lower-case ASCII text, 16 bytes at a time. Writes up to 15 bytes beyond the end. */
function lowerAscii(text: usize, length: u32, target: usize): void {
  for (let i: u32 = 0; i < length; i += 16) v128.store(target + i, lowerBlock(v128.load(text + i)));
}

function lowerBlock(block: v128): v128 {
  const isUpper = i8x16.lt_u(i8x16.sub(block, i8x16.splat(0x41)), i8x16.splat(26));
  return v128.or(block, v128.and(isUpper, i8x16.splat(0x20)));
}

/** Bit i is set when byte i is a letter, a digit, an underscore or at or above 0x80. */
function wordMask(block: v128): u32 {
  const folded = v128.or(block, i8x16.splat(0x20));
  const isLetter = i8x16.lt_u(i8x16.sub(folded, i8x16.splat(0x61)), i8x16.splat(26));
  const isDigit = i8x16.lt_u(i8x16.sub(block, i8x16.splat(0x30)), i8x16.splat(10));
  const isUnderscore = i8x16.eq(block, i8x16.splat(0x5f));
  const isHigh = i8x16.lt_s(block, i8x16.splat(0));
  return i8x16.bitmask(v128.or(v128.or(isLetter, isDigit), v128.or(isUnderscore, isHigh)));
}

/**
 * Find the words of a document and leave their spans in `words`: maximal runs of word characters, at least
 * `minLength` (1 or 2) of them. Spans point into scratch memory that holds until the next call and may be read up to
 * PADDING bytes beyond its end.
 */
export function findWords(text: usize, length: u32, lowercase: bool, accents: u32, minLength: u32): void {
  if (isAscii(text, length)) {
    scanWords(text, scratchOf(<usize>length + 2 * PADDING), length, lowercase, minLength);
    return;
  }
  const prepared = prepare(text, length, lowercase, accents);
  const target =
    prepared == scratch
      ? secondOf(<usize>preparedLength + 2 * PADDING)
      : scratchOf(<usize>preparedLength + 2 * PADDING);
  blankNonWords(prepared, preparedLength, target);
  scanWords(target, target, preparedLength, false, minLength);
}

/** Copy the text with each byte of a code point that is not a word character at or above 0x80 replaced by a space. */
function blankNonWords(text: usize, length: u32, target: usize): void {
  let i: u32 = 0;
  while (i < length) {
    const byte = load<u8>(text + i);
    if (byte < 0x80) {
      store<u8>(target + i++, byte);
      continue;
    }
    // Four bytes at once, of which those behind the code point are written over next: the target has padding.
    store<u32>(target + i, isWord(decode(text + i)) ? load<u32>(text + i) : 0x20202020);
    i += decodeLength(byte);
  }
}

//  bytes   T h e _ c a t !        mask  1 1 1 0 1 1 1 0
//  edges = mask ^ (mask << 1)           1 0 0 1 1 0 0 1     starts and ends of words, in turn
function scanWords(text: usize, target: usize, length: u32, lowercase: bool, minLength: u32): void {
  setLength(words, 0);
  let out = reserve(words, (<usize>length + 2) * 4 + 16);
  const first = out;
  let start: u32 = 0;
  let inside: u64 = 0;
  for (let i: u32 = 0; i < length; i += 64) {
    let mask: u64 = 0;
    for (let lane: u32 = 0; lane < 64; lane += 16) {
      const block = v128.load(text + i + lane);
      v128.store(target + i + lane, lowercase ? lowerBlock(block) : block);
      mask |= (<u64>wordMask(block)) << lane;
    }
    const left = length - i;
    if (left < 64) mask &= ((<u64>1) << left) - 1;
    let edges = mask ^ ((mask << 1) | inside);
    inside = mask >> 63;
    while (edges != 0) {
      const at = i + <u32>ctz(edges);
      edges &= edges - 1;
      if (start == 0) start = at + 1;
      else {
        out = keepWord(target, start - 1, at, minLength, out);
        start = 0;
      }
    }
  }
  if (start != 0) out = keepWord(target, start - 1, length, minLength, out);
  setLength(words, out - first);
}

function keepWord(base: usize, start: u32, end: u32, minLength: u32, out: usize): usize {
  const bytes = end - start;
  if (minLength > 1 && bytes <= 4 && bytes == decodeLength(load<u8>(base + start))) return out;
  store<u32>(out, <u32>base + start);
  store<u32>(out, <u32>base + end, 4);
  return out + 8;
}

/** Take words that are split already, each closed by a byte 0xff, and leave their spans in `words`. */
export function splitWords(text: usize, length: u32): void {
  setLength(words, 0);
  let start: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    if (load<u8>(text + i) != 0xff) continue;
    const out = reserve(words, 8);
    store<u32>(out, <u32>text + start);
    store<u32>(out, <u32>text + i, 4);
    setLength(words, lengthOf(words) + 8);
    start = i + 1;
  }
}

/** Number of words found last. */
export function wordCount(): u32 {
  return <u32>(lengthOf(words) >> 3);
}

/** Address of the span of word `i`. */
export function wordSpan(i: u32): usize {
  return dataOf(words) + <usize>i * 8;
}
