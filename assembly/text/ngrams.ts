// N-grams as slices of scratch text, never as strings of their own: words are laid out with one space between, so an
// n-gram of words is the run of bytes from its first word to its last; characters likewise, by code point starts.
import { createVector, dataOf, lengthOf, pushU32, reserve, setLength } from '../memory/vector';
import { isSpace } from '../unicode/classes';
import { decode, decodeLength } from '../unicode/utf8';
import { PADDING } from './words';

/** Takes `count` terms as spans (start u32, end u32) at `spans`; called once or more for each document. */
export type TermSink = (spans: usize, count: u32) => void;
/**
 * Takes a word with a space on either side, which may be read up to 15 bytes beyond its end. It holds until the next text;
 * the bytes behind it are the next word's.
 */
export type WordSink = (start: usize, end: usize) => void;

const batch: u32 = 4096;
const buffer: usize = memory.data(32768, 16);
let filled: u32 = 0;

const joined: usize = createVector(4096);
const starts: usize = createVector(4096);

function emit(start: usize, end: usize, sink: TermSink): void {
  const slot = buffer + <usize>filled * 8;
  store<u32>(slot, <u32>start);
  store<u32>(slot, <u32>end, 4);
  if (++filled == batch) flush(sink);
}

function flush(sink: TermSink): void {
  if (filled != 0) sink(buffer, filled);
  filled = 0;
}

/** N-grams of the `count` words whose spans are at `spans`, shorter before longer, each length in text order. */
export function wordNgrams(spans: usize, count: u32, least: u32, most: u32, sink: TermSink): void {
  let bytes: usize = 0;
  for (let i: u32 = 0; i < count; i++) {
    const span = spans + <usize>i * 8;
    bytes += <usize>(load<u32>(span, 4) - load<u32>(span)) + 1;
  }
  setLength(joined, 0);
  setLength(starts, 0);
  let at = reserve(joined, bytes + PADDING);
  const places = reserve(starts, <usize>count * 8);
  for (let i: u32 = 0; i < count; i++) {
    const span = spans + <usize>i * 8;
    const start = <usize>load<u32>(span);
    const size = <usize>load<u32>(span, 4) - start;
    copyShort(at, start, size);
    store<u32>(places + <usize>i * 8, <u32>at);
    store<u32>(places + <usize>i * 8, <u32>(at + size), 4);
    store<u8>(at + size, 0x20);
    at += size + 1;
  }
  for (let n = least; n <= most && n <= count; n++) {
    for (let i: u32 = 0; i + n <= count; i++) {
      emit(<usize>load<u32>(places + <usize>i * 8), <usize>load<u32>(places + <usize>(i + n - 1) * 8, 4), sink);
    }
  }
  flush(sink);
}

/** Copy the text into `joined`, each run of two or more white space characters as one space. */
function collapseSpaces(text: usize, length: u32): void {
  setLength(joined, 0);
  const target = reserve(joined, <usize>length + PADDING);
  let used: usize = 0;
  let i: u32 = 0;
  while (i < length) {
    const size = decodeLength(load<u8>(text + i));
    if (!isSpace(decode(text + i))) {
      memory.copy(target + used, text + i, size);
      used += size;
      i += size;
      continue;
    }
    let next = i + size;
    while (next < length && isSpace(decode(text + next))) next += decodeLength(load<u8>(text + next));
    if (next == i + size) {
      memory.copy(target + used, text + i, size);
      used += size;
    } else {
      store<u8>(target + used, 0x20);
      used += 1;
    }
    i = next;
  }
  setLength(joined, used);
}

/** Leave in `starts` the address of each code point of `[from, to)`, and of the end. */
function findStarts(from: usize, to: usize): void {
  setLength(starts, 0);
  reserve(starts, (to - from + 1) * 4);
  for (let at = from; at < to; at += decodeLength(load<u8>(at))) pushU32(starts, <u32>at);
  pushU32(starts, <u32>to);
}

function codePoint(i: u32): usize {
  return <usize>load<u32>(dataOf(starts) + <usize>i * 4);
}

/** N-grams of code points over the whole text, shorter before longer. */
export function charNgrams(text: usize, length: u32, least: u32, most: u32, sink: TermSink): void {
  collapseSpaces(text, length);
  findStarts(dataOf(joined), dataOf(joined) + lengthOf(joined));
  const count = <u32>(lengthOf(starts) >> 2) - 1;
  for (let n = least; n <= most && n <= count; n++) {
    for (let i: u32 = 0; i + n <= count; i++) emit(codePoint(i), codePoint(i + n), sink);
  }
  flush(sink);
}

/** Send each word of the text, a space put on either side, to `sink`. */
export function paddedWords(text: usize, length: u32, sink: WordSink): void {
  setLength(joined, 0);
  let at = reserve(joined, <usize>length + PADDING);
  store<u8>(at, 0x20);
  let i: u32 = 0;
  while (i < length) {
    const end = wordEnd(text, i, length);
    if (end != i) {
      const space = at + (end - i) + 1;
      copyShort(at + 1, text + i, end - i);
      store<u8>(space, 0x20);
      sink(at, space + 1);
      at = space;
    }
    i = end;
    while (i < length && isSpace(decode(text + i))) i += decodeLength(load<u8>(text + i));
  }
}

/** N-grams of code points inside a padded word, shorter before longer; a short word counts once, whole. */
export function ngramsInside(start: usize, end: usize, least: u32, most: u32, sink: TermSink): void {
  findStarts(start, end);
  const count = <u32>(lengthOf(starts) >> 2) - 1;
  for (let n = least; n <= most; n++) {
    if (count <= n) {
      emit(codePoint(0), codePoint(count), sink);
      break;
    }
    for (let i: u32 = 0; i + n <= count; i++) emit(codePoint(i), codePoint(i + n), sink);
  }
  flush(sink);
}

/** Where the run of other than white space that begins at `from` ends. Bytes that begin no space are passed over 16 at a time. */
function wordEnd(text: usize, from: u32, length: u32): u32 {
  let at = from;
  while (at < length) {
    const block = v128.load(text + at);
    const mask = i8x16.bitmask(v128.or(i8x16.le_u(block, i8x16.splat(0x20)), i8x16.lt_s(block, i8x16.splat(0))));
    if (mask == 0) {
      at += 16;
      continue;
    }
    at += ctz(mask);
    if (at >= length || isSpace(decode(text + at))) break;
    at += decodeLength(load<u8>(text + at));
  }
  return at < length ? at : length;
}

/** Copy 16 bytes at a time; reads and writes up to 15 bytes beyond. */
function copyShort(target: usize, source: usize, size: usize): void {
  for (let i: usize = 0; i < size; i += 16) v128.store(target + i, v128.load(source + i));
}
