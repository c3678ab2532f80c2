// N-grams as slices of scratch text, never as strings of their own: words are laid out with one space between, so an
// n-gram of words is the run of bytes from its first word to its last; characters likewise, by code point starts.
import { createVector, dataOf, lengthOf, pushU32, reserve, setLength } from '../memory/vector';
import { isSpace } from '../unicode/classes';
import { decode, decodeLength } from '../unicode/utf8';
import { PADDING } from './words';

/** Takes `count` terms as spans (start u32, end u32) at `spans`; called once or more for each document. */
export type TermSink = (spans: usize, count: u32) => void;

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
    memory.copy(at, start, size);
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

/** N-grams of code points inside each word, which gets a space on either side; a short word counts once, whole. */
export function charNgramsInWords(text: usize, length: u32, least: u32, most: u32, sink: TermSink): void {
  setLength(joined, 0);
  const target = reserve(joined, <usize>length + PADDING);
  let i: u32 = 0;
  while (i < length) {
    if (isSpace(decode(text + i))) {
      i += decodeLength(load<u8>(text + i));
      continue;
    }
    let end = i;
    while (end < length && !isSpace(decode(text + end))) end += decodeLength(load<u8>(text + end));
    store<u8>(target, 0x20);
    memory.copy(target + 1, text + i, end - i);
    store<u8>(target + 1 + (end - i), 0x20);
    findStarts(target, target + (end - i) + 2);
    wordInside(<u32>(lengthOf(starts) >> 2) - 1, least, most, sink);
    flush(sink);
    i = end;
  }
}

function wordInside(count: u32, least: u32, most: u32, sink: TermSink): void {
  for (let n = least; n <= most; n++) {
    if (count <= n) {
      emit(codePoint(0), codePoint(count), sink);
      return;
    }
    for (let i: u32 = 0; i + n <= count; i++) emit(codePoint(i), codePoint(i + n), sink);
  }
}
