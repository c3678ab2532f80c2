// What became of words seen before. The n-grams inside a word depend on the word alone, and words come again and again:
// the records of its n-grams are looked up once for each different word, and read off a list from then on. (Counting a
// training set gains nothing by it: there nearly every n-gram has a slot, and the lists would be more memory to read.)
import { allocateZeroed, free } from '../memory/arena';
import {
  countOf,
  createMap,
  destroyMap,
  find,
  findOrInsert,
  firstProbe,
  hasKey,
  keyOf,
  shiftOf,
  shortLength,
  slotsOf,
  USER_A,
  USER_B,
} from '../memory/byte-map';
import { createVector, dataOf, destroyVector, lengthOf, pushU32, setLength } from '../memory/vector';

/** Words longer than this, in bytes, are not worth remembering. */
export const longestWord: u32 = 64;
/** Records that there is room for, by word: words of many n-grams fill it as well. */
const recordsPerWord: u32 = 32;
/** Once full it is begun anew when it has missed so many words for each that it knows: the texts must have changed. */
const missesPerWord: u32 = 4;

//  offset  0             4            8                        12           16
//          words (map)   records (v.) begin of the open list   most words   words missed since it was full
//
//  A slot's user a and b: where its records begin and end.
const memoBytes: usize = 32;
const WORDS: usize = 0;
const RECORDS: usize = 4;
const OPEN: usize = 8;
const MOST: usize = 12;
const MISSED: usize = 16;

const firstWords: u32 = 128;

/** Remembers `most` words: the first, among which are the most frequent. */
export function createMemo(most: u32): usize {
  const memo = allocateZeroed(memoBytes);
  store<u32>(memo, most, MOST);
  store<u32>(memo, <u32>createMap(firstWords), WORDS);
  store<u32>(memo, <u32>createVector(4096), RECORDS);
  return memo;
}

export function destroyMemo(memo: usize): void {
  if (memo == 0) return;
  destroyMap(<usize>load<u32>(memo, WORDS));
  destroyVector(<usize>load<u32>(memo, RECORDS));
  free(memo, memoBytes);
}

/** The slot of a word of at most `longestWord` bytes, 0 when it is not known. Reads up to 15 bytes beyond the word. */
export function recall(memo: usize, word: usize, length: u32): usize {
  const words = <usize>load<u32>(memo, WORDS);
  const key = keyOf(word, length);
  const slot = firstProbe(slotsOf(words), shiftOf(words), key);
  return length <= shortLength && hasKey(slot, key) ? slot : find(words, word, length);
}

/** First record (address, u32) of the word; holds until the next list is begun. */
export function firstRecord(memo: usize, slot: usize): usize {
  return dataOf(<usize>load<u32>(memo, RECORDS)) + <usize>load<u32>(slot, USER_A);
}

/** Behind its last record. */
export function recordsEnd(memo: usize, slot: usize): usize {
  return dataOf(<usize>load<u32>(memo, RECORDS)) + <usize>load<u32>(slot, USER_B);
}

/** Begin the list of a word that is not known; false when there is no room for it. */
export function beginRecords(memo: usize): bool {
  const records = <usize>load<u32>(memo, RECORDS);
  const words = <usize>load<u32>(memo, WORDS);
  const most = load<u32>(memo, MOST);
  if (countOf(words) >= most || lengthOf(records) >= <usize>most * recordsPerWord * 4) {
    const missed = load<u32>(memo, MISSED) + 1;
    store<u32>(memo, missed, MISSED);
    if (missed < most * missesPerWord) return false;
    destroyMap(words);
    store<u32>(memo, <u32>createMap(firstWords), WORDS);
    store<u32>(memo, 0, MISSED);
    setLength(records, 0);
  }
  store<u32>(memo, <u32>lengthOf(records), OPEN);
  return true;
}

export function addRecord(memo: usize, record: usize): void {
  pushU32(<usize>load<u32>(memo, RECORDS), <u32>record);
}

/** End the list; returns the word's slot. */
export function endRecords(memo: usize, word: usize, length: u32): usize {
  const slot = findOrInsert(<usize>load<u32>(memo, WORDS), word, length);
  store<u32>(slot, load<u32>(memo, OPEN), USER_A);
  store<u32>(slot, <u32>lengthOf(<usize>load<u32>(memo, RECORDS)), USER_B);
  return slot;
}
