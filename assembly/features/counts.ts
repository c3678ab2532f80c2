// Counting terms: documents in, one sparse row of (term id, count) each out, with the document frequency of every
// term. Terms get ids in the order in which they are first seen; a fixed vocabulary takes no new ones.
import { allocateZeroed, free } from '../memory/arena';
import {
  allBytes,
  countOf,
  createMap,
  destroyMap,
  find,
  findOrInsert,
  STAMP,
  USER_A,
  USER_B,
} from '../memory/byte-map';
import { createVector, dataOf, destroyVector, lengthOf, pushU32, reserve, setLength } from '../memory/vector';
import { analyze } from '../text/analyzer';

//  offset  0          4           8             12         16           20      24
//          analyzer   terms (map) row ends (v)  ids (v)    counts (v)   stamp   is fixed
//
//  A slot of the map holds in STAMP the last document with the term, in USER_A the place of its entry in that row,
//  in USER_B its document frequency. Entry e is ids[e], counts[e]; row i ends before entry ends[i].
const countsBytes: usize = 32;
export const ANALYZER: usize = 0;
export const TERMS: usize = 4;
export const ROW_ENDS: usize = 8;
export const IDS: usize = 12;
export const COUNTS: usize = 16;
const STAMP_NOW: usize = 20;
const FIXED: usize = 24;

/** The counts that `countSpans` adds to: a sink is a plain function, so what it needs stands here during a call. */
let current: usize = 0;

/** Empty counts over the terms of `analyzer`, which stays the caller's. */
export function createCounts(analyzer: usize): usize {
  const counts = allocateZeroed(countsBytes);
  store<u32>(counts, <u32>analyzer, ANALYZER);
  store<u32>(counts, <u32>createMap(16384), TERMS);
  store<u32>(counts, <u32>createVector(4096), ROW_ENDS);
  store<u32>(counts, <u32>createVector(65536), IDS);
  store<u32>(counts, <u32>createVector(65536), COUNTS);
  return counts;
}

export function destroyCounts(counts: usize): void {
  destroyMap(<usize>load<u32>(counts, TERMS));
  destroyVector(<usize>load<u32>(counts, ROW_ENDS));
  destroyVector(<usize>load<u32>(counts, IDS));
  destroyVector(<usize>load<u32>(counts, COUNTS));
  free(counts, countsBytes);
}

/** Add one term of a fixed vocabulary, whose id is the number of terms before it. */
export function addTerm(counts: usize, term: usize, length: u32): void {
  findOrInsert(<usize>load<u32>(counts, TERMS), term, length);
  store<u32>(counts, 1, FIXED);
}

/**
 * Count `nDocuments` texts that lie end to end at `texts`, the first at 0, text i up to `ends[i]` (u32). Reads up to
 * PADDING bytes beyond the last.
 */
export function countDocuments(counts: usize, texts: usize, ends: usize, nDocuments: u32): void {
  const analyzer = <usize>load<u32>(counts, ANALYZER);
  current = counts;
  let start: u32 = 0;
  for (let i: u32 = 0; i < nDocuments; i++) {
    const end = load<u32>(ends + <usize>i * 4);
    store<u32>(counts, load<u32>(counts, STAMP_NOW) + 1, STAMP_NOW);
    analyze(analyzer, texts + start, end - start, countSpans);
    pushU32(<usize>load<u32>(counts, ROW_ENDS), <u32>(lengthOf(<usize>load<u32>(counts, IDS)) >> 2));
    start = end;
  }
}

function countSpans(spans: usize, nSpans: u32): void {
  const map = <usize>load<u32>(current, TERMS);
  const stamp = load<u32>(current, STAMP_NOW);
  const isFixed = load<u32>(current, FIXED) != 0;
  const idVector = <usize>load<u32>(current, IDS);
  const countVector = <usize>load<u32>(current, COUNTS);
  const used = lengthOf(idVector);
  const ids = reserve(idVector, <usize>nSpans * 4) - used;
  const tf = reserve(countVector, <usize>nSpans * 4) - used;
  let entry = <u32>(used >> 2);
  for (let end = spans + <usize>nSpans * 8; spans < end; spans += 8) {
    const term = <usize>load<u32>(spans);
    const length = load<u32>(spans, 4) - <u32>term;
    const slot = isFixed ? find(map, term, length) : findOrInsert(map, term, length);
    if (slot == 0) continue;
    if (load<u32>(slot, STAMP) == stamp) {
      const at = tf + <usize>load<u32>(slot, USER_A) * 4;
      store<u32>(at, load<u32>(at) + 1);
      continue;
    }
    store<u32>(slot, stamp, STAMP);
    store<u32>(slot, entry, USER_A);
    store<u32>(slot, load<u32>(slot, USER_B) + 1, USER_B);
    store<u32>(ids + <usize>entry * 4, idOf(slot));
    store<u32>(tf + <usize>entry * 4, 1);
    entry++;
  }
  setLength(idVector, <usize>entry * 4);
  setLength(countVector, <usize>entry * 4);
}

/** Term id in a slot (the map stores it plus one). */
function idOf(slot: usize): u32 {
  return load<u32>(slot, 16) - 1;
}

export function termCount(counts: usize): u32 {
  return countOf(<usize>load<u32>(counts, TERMS));
}

export function entryCount(counts: usize): u32 {
  return <u32>(lengthOf(<usize>load<u32>(counts, IDS)) >> 2);
}

export function documentCount(counts: usize): u32 {
  return <u32>(lengthOf(<usize>load<u32>(counts, ROW_ENDS)) >> 2);
}

/** Forget the rows, keep the terms: the next documents start at row 0. */
export function clearRows(counts: usize): void {
  setLength(<usize>load<u32>(counts, ROW_ENDS), 0);
  setLength(<usize>load<u32>(counts, IDS), 0);
  setLength(<usize>load<u32>(counts, COUNTS), 0);
}

export function rowEndsOf(counts: usize): usize {
  return dataOf(<usize>load<u32>(counts, ROW_ENDS));
}

export function idsOf(counts: usize): usize {
  return dataOf(<usize>load<u32>(counts, IDS));
}

export function countsOf(counts: usize): usize {
  return dataOf(<usize>load<u32>(counts, COUNTS));
}

/** Address of the bytes of all terms, end to end in id order. */
export function termBytes(counts: usize): usize {
  return allBytes(<usize>load<u32>(counts, TERMS));
}
