// Counting terms: documents in, one sparse row of (term id, count) each out, with the document frequency of every
// term. Terms get ids in the order in which they are first seen; a fixed vocabulary takes no new ones.
import { allocate, allocateZeroed, free } from '../memory/arena';
import {
  allBytes,
  allEnds,
  countOf,
  createMap,
  destroyMap,
  find,
  findOrInsert,
  firstSlot,
  hasKey,
  ID,
  SLOT_BYTES,
  STAMP,
  shortLength,
  slotsEnd,
  slotsOf,
  touchRun,
  USER_A,
  USER_B,
} from '../memory/byte-map';
import { group, keyAhead, lookAhead, slotAhead } from '../memory/look-ahead';
import { createVector, dataOf, destroyVector, lengthOf, pushU32, setLength } from '../memory/vector';
import { analyze } from '../text/analyzer';
import { ENTRY } from './csr';

//  offset  0          4             8           12              16            20             24      28
//          analyzer   terms (map)   rows (v)    chunks (v)      next entry    chunk's end    stamp   is fixed
//  offset  32
//          frequencies
//
//  rows    (begin, end) of each document's entries, addresses (u32)
//  chunks  (address, bytes) of the memory that entries stand in: a row lies in one chunk, chunks are never moved
//  entry   term id (u32), count (u32)
//
//  A slot of the map holds in STAMP the last document with the term, in USER_A the place of its entry in that row,
//  in USER_B its document frequency. Counts that were picked from others share their terms, and have document
//  frequencies (u32 by term id) of their own; else that is 0.
const countsBytes: usize = 48;
const ANALYZER: usize = 0;
export const TERMS: usize = 4;
const ROWS: usize = 8;
const CHUNKS: usize = 12;
const NEXT: usize = 16;
const CHUNK_END: usize = 20;
const STAMP_NOW: usize = 24;
const FIXED: usize = 28;
const FREQUENCIES: usize = 32;

const chunkBytes: usize = 1 << 18;

/** What `countSpans` adds to: a sink is a plain function, so what it needs stands here during a call. */
let current: usize = 0;
/** First entry of the row at hand. */
let rowStart: usize = 0;

/** Empty counts over the terms of `analyzer`, which stays the caller's. */
export function createCounts(analyzer: usize): usize {
  const counts = allocateZeroed(countsBytes);
  store<u32>(counts, <u32>analyzer, ANALYZER);
  store<u32>(counts, <u32>createMap(8192), TERMS);
  store<u32>(counts, <u32>createVector(4096), ROWS);
  store<u32>(counts, <u32>createVector(256), CHUNKS);
  return counts;
}

export function destroyCounts(counts: usize): void {
  const frequencies = <usize>load<u32>(counts, FREQUENCIES);
  if (frequencies == 0) destroyMap(<usize>load<u32>(counts, TERMS));
  else free(frequencies, <usize>termCount(counts) * 4);
  destroyVector(<usize>load<u32>(counts, ROWS));
  clearRows(counts);
  destroyVector(<usize>load<u32>(counts, CHUNKS));
  free(counts, countsBytes);
}

/** Forget the rows, keep the terms: the next documents start at row 0. */
export function clearRows(counts: usize): void {
  const chunks = <usize>load<u32>(counts, CHUNKS);
  const end = dataOf(chunks) + lengthOf(chunks);
  for (let at = dataOf(chunks); at < end; at += 8) free(<usize>load<u32>(at), <usize>load<u32>(at, 4));
  setLength(chunks, 0);
  setLength(<usize>load<u32>(counts, ROWS), 0);
  store<u32>(counts, 0, NEXT);
  store<u32>(counts, 0, CHUNK_END);
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
  const rows = <usize>load<u32>(counts, ROWS);
  current = counts;
  let start: u32 = 0;
  for (let i: u32 = 0; i < nDocuments; i++) {
    const end = load<u32>(ends + <usize>i * 4);
    store<u32>(counts, load<u32>(counts, STAMP_NOW) + 1, STAMP_NOW);
    rowStart = <usize>load<u32>(counts, NEXT);
    analyze(analyzer, texts + start, end - start, countSpans);
    pushU32(rows, <u32>rowStart);
    pushU32(rows, load<u32>(counts, NEXT));
    start = end;
  }
}

function countSpans(spans: usize, nSpans: u32): void {
  const map = <usize>load<u32>(current, TERMS);
  let next = roomFor(<usize>nSpans * ENTRY);
  for (const end = spans + <usize>nSpans * 8; spans < end; spans += group * 8) {
    const size = min(group, (end - spans) >> 3);
    lookAhead(map, spans, size);
    next = countGroup(map, spans, size, next);
  }
  store<u32>(current, <u32>next, NEXT);
}

/** Write the entries of the terms to `next`; returns where the next would go. */
function countGroup(map: usize, spans: usize, size: usize, next: usize): usize {
  const stamp = load<u32>(current, STAMP_NOW);
  const slots = slotsOf(map);
  for (let i: usize = 0; i < size; i++) {
    const term = <usize>load<u32>(spans + i * 8);
    const length = load<u32>(spans + i * 8, 4) - <u32>term;
    let slot = slotAhead(i);
    // Most terms are short, known and where they are looked for first, unless the map has grown since.
    if (length > shortLength || !hasKey(slot, keyAhead(i)) || slotsOf(map) != slots) {
      slot = findSlot(map, term, length);
      if (slot == 0) continue;
    }
    if (load<u32>(slot, STAMP) == stamp) {
      const entry = rowStart + <usize>load<u32>(slot, USER_A);
      store<u32>(entry, load<u32>(entry, 4) + 1, 4);
      continue;
    }
    store<u32>(slot, stamp, STAMP);
    store<u32>(slot, <u32>(next - rowStart), USER_A);
    store<u32>(slot, load<u32>(slot, USER_B) + 1, USER_B);
    store<u32>(next, load<u32>(slot, ID) - 1);
    store<u32>(next, 1, 4);
    next += ENTRY;
  }
  return next;
}

/** The term's slot, made when it is new; 0 for a new term beside a fixed vocabulary. */
function findSlot(map: usize, term: usize, length: u32): usize {
  return load<u32>(current, FIXED) != 0 ? find(map, term, length) : findOrInsert(map, term, length);
}

/** Where the next entry goes, with `bytes` of room; the row at hand moves along to a new chunk when it must. */
function roomFor(bytes: usize): usize {
  const next = <usize>load<u32>(current, NEXT);
  if (next + bytes <= <usize>load<u32>(current, CHUNK_END)) return next;
  const used = next - rowStart;
  const size = max<usize>(chunkBytes, (used + bytes) * 2);
  const chunk = allocate(size);
  memory.copy(chunk, rowStart, used);
  const chunks = <usize>load<u32>(current, CHUNKS);
  pushU32(chunks, <u32>chunk);
  pushU32(chunks, <u32>size);
  rowStart = chunk;
  store<u32>(current, <u32>(chunk + size), CHUNK_END);
  return chunk + used;
}

/**
 * A copy of the rows at `wanted` (u32, `nWanted`; one may come several times) as counts of their own, to be weighed while
 * the others stay. It shares the terms, so it must be gone before more is counted.
 */
export function pickCounts(counts: usize, wanted: usize, nWanted: u32): usize {
  const table = rowTable(counts);
  let bytes: usize = 0;
  for (let i: usize = 0; i < <usize>nWanted; i++) {
    const row = table + <usize>load<u32>(wanted + i * 4) * 8;
    bytes += <usize>(load<u32>(row, 4) - load<u32>(row));
  }
  const frequencies = allocateZeroed(<usize>termCount(counts) * 4);
  const chunks = createVector(8);
  const rows = createVector(<usize>nWanted * 8);
  const chunk = allocate(bytes);
  pushU32(chunks, <u32>chunk);
  pushU32(chunks, <u32>bytes);
  let out = chunk;
  for (let i: usize = 0; i < <usize>nWanted; i++) {
    const row = table + <usize>load<u32>(wanted + i * 4) * 8;
    const end = <usize>load<u32>(row, 4);
    pushU32(rows, <u32>out);
    for (let entry = <usize>load<u32>(row); entry < end; entry += ENTRY, out += ENTRY) {
      store<u64>(out, load<u64>(entry));
      const frequency = frequencies + <usize>load<u32>(entry) * 4;
      store<u32>(frequency, load<u32>(frequency) + 1);
    }
    pushU32(rows, <u32>out);
  }
  const picked = allocateZeroed(countsBytes);
  store<u32>(picked, load<u32>(counts, ANALYZER), ANALYZER);
  store<u32>(picked, load<u32>(counts, TERMS), TERMS);
  store<u32>(picked, <u32>rows, ROWS);
  store<u32>(picked, <u32>chunks, CHUNKS);
  store<u32>(picked, load<u32>(counts, FIXED), FIXED);
  store<u32>(picked, <u32>frequencies, FREQUENCIES);
  return picked;
}

/**
 * Take over terms that were counted elsewhere, by an analyzer like ours: `nTerms` of them end to end at `terms` (`ends`,
 * u32), in `frequencies` (u32) documents each. Writes the id that each has here to `ids` (u32). Reads up to PADDING bytes
 * beyond the last.
 */
export function adoptTerms(
  counts: usize,
  terms: usize,
  ends: usize,
  frequencies: usize,
  nTerms: u32,
  ids: usize,
): void {
  const map = <usize>load<u32>(counts, TERMS);
  let start: u32 = 0;
  for (let first: usize = 0; first < <usize>nTerms; first += group) {
    const last = min(first + group, <usize>nTerms);
    let from = start;
    for (let i = first; i < last; i++) {
      const end = load<u32>(ends + i * 4);
      touchRun(map, terms + from, end - from);
      from = end;
    }
    for (let i = first; i < last; i++) {
      const end = load<u32>(ends + i * 4);
      const slot = findOrInsert(map, terms + start, end - start);
      store<u32>(slot, load<u32>(slot, USER_B) + load<u32>(frequencies + i * 4), USER_B);
      store<u32>(ids + i * 4, load<u32>(slot, ID) - 1);
      start = end;
    }
  }
}

/** Room for rows that were counted elsewhere, `bytes` of entries; `adoptRows` makes them rows. */
export function roomForRows(counts: usize, bytes: usize): usize {
  const chunk = allocate(bytes);
  const chunks = <usize>load<u32>(counts, CHUNKS);
  pushU32(chunks, <u32>chunk);
  pushU32(chunks, <u32>bytes);
  return chunk;
}

/** The next rows: row i is the entries up to `ends[i]` (u32) at `entries`, term j of which is `ids[j]` (u32) here. */
export function adoptRows(counts: usize, entries: usize, ends: usize, nRows: u32, ids: usize): void {
  const rows = <usize>load<u32>(counts, ROWS);
  let entry = entries;
  for (let i: usize = 0; i < <usize>nRows; i++) {
    const end = entries + <usize>load<u32>(ends + i * 4) * ENTRY;
    pushU32(rows, <u32>entry);
    for (; entry < end; entry += ENTRY) store<u32>(entry, load<u32>(ids + <usize>load<u32>(entry) * 4));
    pushU32(rows, <u32>end);
  }
}

/** Put the rows in another order: row i becomes row `places[i]` (u32). */
export function orderRows(counts: usize, places: usize): void {
  const table = rowTable(counts);
  const bytes = <usize>documentCount(counts) * 8;
  const before = allocate(bytes);
  memory.copy(before, table, bytes);
  for (let at: usize = 0; at < bytes; at += 8) {
    store<u64>(table + <usize>load<u32>(places + (at >> 1)) * 8, load<u64>(before + at));
  }
  free(before, bytes);
}

/** Document frequencies (u32) by term id; the caller frees them. */
export function documentFrequencies(counts: usize): usize {
  const bytes = <usize>termCount(counts) * 4;
  const frequencies = allocate(bytes);
  const own = <usize>load<u32>(counts, FREQUENCIES);
  if (own != 0) {
    memory.copy(frequencies, own, bytes);
    return frequencies;
  }
  const map = <usize>load<u32>(counts, TERMS);
  for (let slot = firstSlot(map); slot < slotsEnd(map); slot += SLOT_BYTES) {
    const id = load<u32>(slot, ID);
    if (id != 0) store<u32>(frequencies + <usize>(id - 1) * 4, load<u32>(slot, USER_B));
  }
  return frequencies;
}

/** All terms end to end, by id, and where each ends (u32): good until more is counted. */
export function termBytes(counts: usize): usize {
  return allBytes(<usize>load<u32>(counts, TERMS));
}

export function termEnds(counts: usize): usize {
  return allEnds(<usize>load<u32>(counts, TERMS));
}

export function termCount(counts: usize): u32 {
  return countOf(<usize>load<u32>(counts, TERMS));
}

export function documentCount(counts: usize): u32 {
  return <u32>(lengthOf(<usize>load<u32>(counts, ROWS)) >> 3);
}

/** (begin, end) of each row's entries. */
export function rowTable(counts: usize): usize {
  return dataOf(<usize>load<u32>(counts, ROWS));
}
