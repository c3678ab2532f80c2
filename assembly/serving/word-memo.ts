// What became of words seen before. The n-grams inside a word depend on the word alone, and words come again and again:
// the records of its n-grams are looked up and added up once for each different word, and read off a list from then on.
// (Counting a training set gains nothing by it: there nearly every n-gram has a slot, and the lists would be more memory
// to read.)
//
//  list    number of the record (u32) of each n-gram that has one, repeats included; behind it, each over those n-grams,
//          Σ idf   Σ idf²   Σ idf · coefficient by output (f64, an even number of them)
import { allocateZeroed, free } from '../memory/arena';
import {
  countOf,
  createMap,
  destroyMap,
  findFrom,
  findOrInsert,
  firstProbe,
  keyOf,
  shiftOf,
  slotsOf,
  touchRun,
  USER_A,
  USER_B,
} from '../memory/byte-map';
import { touch } from '../memory/touch';
import { createVector, dataOf, destroyVector, lengthOf, reserve, setLength } from '../memory/vector';

/** Words longer than this, in bytes, are not worth remembering. */
const longestWord: u32 = 64;
/** Bytes of the n-grams of a word that there is room for, on average. */
const ngramsBytes: usize = 128;
/** Words that are remembered, and bytes that their lists may take, which are fewer words if there are many outputs. */
const mostWords: u32 = 1 << 15;
const mostBytes: usize = 8 << 20;
/** Once full it is begun anew when it has missed so many words for each that it knows: the texts must have changed. */
const missesPerWord: u32 = 4;

/** Within the sums. */
export const SQUARES: usize = 8;
export const SUMS: usize = 16;

//  offset  0             4            8             12           16                             20
//          words (map)   lists (v.)   sums' bytes   most words   words missed since it was full most bytes of lists
//
//  A slot's user a and b: where its list begins and where the sums behind it do.
const memoBytes: usize = 32;
const WORDS: usize = 0;
const LISTS: usize = 4;
const SUMS_BYTES: usize = 8;
const MOST: usize = 12;
const MISSED: usize = 16;
const MOST_BYTES: usize = 20;

const firstWords: u32 = 128;

/** For records of so many coefficients. */
export function createMemo(width: u32): usize {
  const memo = allocateZeroed(memoBytes);
  const bytes = SUMS + <usize>max(2, width) * 8;
  const most = min(mostWords, <u32>(mostBytes / (ngramsBytes + bytes)));
  store<u32>(memo, <u32>createMap(firstWords), WORDS);
  store<u32>(memo, <u32>createVector(4096), LISTS);
  store<u32>(memo, <u32>bytes, SUMS_BYTES);
  store<u32>(memo, most, MOST);
  store<u32>(memo, most * <u32>(ngramsBytes + bytes), MOST_BYTES);
  return memo;
}

export function destroyMemo(memo: usize): void {
  destroyMap(<usize>load<u32>(memo, WORDS));
  destroyVector(<usize>load<u32>(memo, LISTS));
  free(memo, memoBytes);
}

/** Before each text: all that is kept may be forgotten now, and offsets hold from here on. */
export function beginText(memo: usize): void {
  if (load<u32>(memo, MISSED) < load<u32>(memo, MOST) * missesPerWord) return;
  destroyMap(<usize>load<u32>(memo, WORDS));
  store<u32>(memo, <u32>createMap(firstWords), WORDS);
  setLength(<usize>load<u32>(memo, LISTS), 0);
  store<u32>(memo, 0, MISSED);
}

/** Bytes of the sums behind each list. */
export function sumsBytes(memo: usize): usize {
  return <usize>load<u32>(memo, SUMS_BYTES);
}

/** The slot of a word, 0 when it is not known. Reads up to 15 bytes beyond the word. */
export function recall(memo: usize, word: usize, length: u32): usize {
  if (length > longestWord) return 0;
  const words = <usize>load<u32>(memo, WORDS);
  const key = keyOf(word, length);
  return findFrom(words, firstProbe(slotsOf(words), shiftOf(words), key), key, word, length);
}

/** Ask memory for the place where a word is looked for. */
export function touchWord(memo: usize, word: usize, length: u32): void {
  if (length <= longestWord) touchRun(<usize>load<u32>(memo, WORDS), word, length);
}

/** Ask memory for a list. */
export function touchList(memo: usize, begin: usize): void {
  touch(listsOf(memo) + begin);
}

/** Whether a word of this length, not known so far, can be remembered. */
export function canKeep(memo: usize, length: u32): bool {
  if (length > longestWord) return false;
  const bytes = lengthOf(<usize>load<u32>(memo, LISTS));
  if (countOf(<usize>load<u32>(memo, WORDS)) < load<u32>(memo, MOST) && bytes < load<u32>(memo, MOST_BYTES))
    return true;
  store<u32>(memo, load<u32>(memo, MISSED) + 1, MISSED);
  return false;
}

/** Where lists lie; holds until room is reserved. */
export function listsOf(memo: usize): usize {
  return dataOf(<usize>load<u32>(memo, LISTS));
}

/** Offset behind all lists, where the next one begins. */
export function endOfLists(memo: usize): usize {
  return lengthOf(<usize>load<u32>(memo, LISTS));
}

/** Room for so many more bytes behind all lists; returns where it is. */
export function reserveList(memo: usize, bytes: usize): usize {
  return reserve(<usize>load<u32>(memo, LISTS), bytes);
}

export function setEndOfLists(memo: usize, end: usize): void {
  setLength(<usize>load<u32>(memo, LISTS), end);
}

/** Remember that a word's list begins and its sums begin at these offsets; returns the word's slot. */
export function keep(memo: usize, word: usize, length: u32, begin: usize, sums: usize): usize {
  const slot = findOrInsert(<usize>load<u32>(memo, WORDS), word, length);
  store<u32>(slot, <u32>begin, USER_A);
  store<u32>(slot, <u32>sums, USER_B);
  return slot;
}
