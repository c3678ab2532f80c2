// A block: a fitted vocabulary with its idf and coefficients, laid out for one text at a time. Between texts nothing of it
// changes once it is built, but for what it remembers of words, so any number of blocks can serve from one memory.

import { termWeight } from '../features/tfidf';
import { paddedWidth } from '../linear/problem';
import { allocate, allocateZeroed, free } from '../memory/arena';
import { countOf, createMap, destroyMap, findFrom, findOrInsert, ID } from '../memory/byte-map';
import { group, keyAhead, lookAhead, slotAhead } from '../memory/look-ahead';
import { isByWord } from '../text/analyzer';
import { createMemo, destroyMemo } from './word-memo';

//  offset  0          4       8          12      16       20          24     28        32          36      40
//          analyzer   terms   features   width   binary   sublinear   norm   records   record      memo    tf
//                     (map)                                                            bytes
//
//          44
//          counts
//
//  record  idf (f32)   count (u32) in the text at hand, 0 between texts   width × coefficient (f32), from 8 or, when
//                                                                         there are several, from 16 on
//  memo    of the words whose terms are known (see word-memo.ts), 0 where terms are not found by word
//  tf      f32, of the counts below tableSize
//  counts  u32 by record where there is a memo, which then takes the place of the count in the record: 0 between texts
const blockBytes: usize = 48;
export const ANALYZER: usize = 0;
const TERMS: usize = 4;
export const FEATURES: usize = 8;
export const WIDTH: usize = 12;
const BINARY: usize = 16;
const SUBLINEAR: usize = 20;
export const NORM: usize = 24;
export const RECORDS: usize = 28;
export const RECORD_BYTES: usize = 32;
export const MEMO: usize = 36;
const TF: usize = 40;
export const COUNTS: usize = 44;

/** Within a record. */
export const COUNT: usize = 4;

const tableSize: u32 = 64;

/** A block of `features` columns, none of which it has yet; the analyzer stays the caller's. */
export function createBlock(
  analyzer: usize,
  features: u32,
  isBinary: u32,
  isSublinear: u32,
  norm: u32,
  outputs: u32,
): usize {
  const block = allocateZeroed(blockBytes);
  const width = paddedWidth(outputs);
  const recordBytes: usize = width == 1 ? 16 : 16 + <usize>width * 4;
  const tf = allocate(<usize>tableSize * 4);
  for (let i: u32 = 1; i < tableSize; i++) {
    store<f32>(tf + <usize>i * 4, <f32>termWeight(i, isBinary, isSublinear));
  }
  const hasMemo = isByWord(analyzer);
  store<u32>(block, <u32>analyzer, ANALYZER);
  store<u32>(block, <u32>createMap(features), TERMS);
  store<u32>(block, features, FEATURES);
  store<u32>(block, width, WIDTH);
  store<u32>(block, isBinary, BINARY);
  store<u32>(block, isSublinear, SUBLINEAR);
  store<u32>(block, norm, NORM);
  store<u32>(block, <u32>allocateZeroed(<usize>features * recordBytes + 16), RECORDS);
  store<u32>(block, <u32>recordBytes, RECORD_BYTES);
  store<u32>(block, hasMemo ? <u32>createMemo(width) : 0, MEMO);
  store<u32>(block, <u32>tf, TF);
  store<u32>(block, hasMemo ? <u32>allocateZeroed(<usize>features * 4) : 0, COUNTS);
  return block;
}

/**
 * Give a block `count` more of its terms, those of the columns at `columns` (u32), from `terms` (bytes end to end, `ends` u32
 * by column). What texts have most is best added first, see `orderByIdf`. Returns how many different terms it has by now.
 */
export function addTerms(block: usize, columns: usize, count: u32, terms: usize, ends: usize): u32 {
  const map = <usize>load<u32>(block, TERMS);
  for (const last = columns + <usize>count * 4; columns < last; columns += 4) {
    const column = load<u32>(columns);
    const start = column == 0 ? 0 : load<u32>(ends + <usize>column * 4 - 4);
    findOrInsert(map, terms + start, load<u32>(ends + <usize>column * 4) - start);
  }
  return countOf(map);
}

/**
 * Fill the records of `count` columns from `first` on, each at its place (u32 by column) among the terms: from `idf` (f64 by
 * column, or 0) and `coef` (f32, outputs × `stride`, these columns first). In the order of the columns, as each output has
 * its coefficients somewhere else.
 */
export function addRecords(
  block: usize,
  first: u32,
  count: u32,
  places: usize,
  idf: usize,
  outputs: u32,
  coef: usize,
  stride: u32,
): void {
  const coefficients = firstCoefficient(load<u32>(block, WIDTH));
  const records = <usize>load<u32>(block, RECORDS);
  const recordBytes = <usize>load<u32>(block, RECORD_BYTES);
  for (let i: u32 = 0; i < count; i++) {
    const column = <usize>(first + i);
    const record = records + <usize>load<u32>(places + column * 4) * recordBytes;
    store<f32>(record, idf == 0 ? 1 : <f32>load<f64>(idf + column * 8));
    const out = record + coefficients;
    for (let k: u32 = 0; k < outputs; k++) {
      store<f32>(out + <usize>k * 4, load<f32>(coef + (<usize>k * stride + i) * 4));
    }
  }
}

/** About how many different idf are told apart. */
const buckets: u32 = 1024;

/**
 * All columns (u32) roughly by rising idf: what texts have most stands close together. Without idf in their order. And the
 * place of each among these (u32 by column).
 */
export function orderByIdf(idf: usize, features: u32, columns: usize, places: usize): void {
  let least = Infinity;
  let most = -Infinity;
  for (let column: usize = 0; column < <usize>features && idf != 0; column++) {
    least = Math.min(least, load<f64>(idf + column * 8));
    most = Math.max(most, load<f64>(idf + column * 8));
  }
  // Not finite where all are the same or next to it: there is no order to be had.
  const steps = <f64>(buckets - 1) / (most - least);
  const perUnit = steps < Infinity ? steps : 0;
  const nexts = allocateZeroed(<usize>(buckets + 1) * 4);
  for (let column: usize = 0; column < <usize>features; column++) {
    const next = nexts + bucketOf(idf, column, least, perUnit) * 4 + 4;
    store<u32>(next, load<u32>(next) + 1);
  }
  for (let i: usize = 1; i < <usize>buckets; i++) {
    store<u32>(nexts + i * 4, load<u32>(nexts + i * 4) + load<u32>(nexts + i * 4 - 4));
  }
  for (let column: usize = 0; column < <usize>features; column++) {
    const next = nexts + bucketOf(idf, column, least, perUnit) * 4;
    const place = load<u32>(next);
    store<u32>(columns + <usize>place * 4, <u32>column);
    store<u32>(places + column * 4, place);
    store<u32>(next, place + 1);
  }
  free(nexts, <usize>(buckets + 1) * 4);
}

function bucketOf(idf: usize, column: usize, least: f64, perUnit: f64): usize {
  return perUnit == 0 ? 0 : <usize>((load<f64>(idf + column * 8) - least) * perUnit);
}

/** Where coefficients stand in a record. */
export function firstCoefficient(width: u32): usize {
  return width == 1 ? 8 : 16;
}

export function destroyBlock(block: usize): void {
  const features = <usize>load<u32>(block, FEATURES);
  destroyMap(<usize>load<u32>(block, TERMS));
  free(<usize>load<u32>(block, RECORDS), features * <usize>load<u32>(block, RECORD_BYTES) + 16);
  free(<usize>load<u32>(block, TF), <usize>tableSize * 4);
  if (load<u32>(block, MEMO) != 0) {
    destroyMemo(<usize>load<u32>(block, MEMO));
    free(<usize>load<u32>(block, COUNTS), features * 4);
  }
  free(block, blockBytes);
}

/** Write the numbers of the records (u32) of the terms that have one to `next`; returns where the next would go. */
export function writeNumbers(block: usize, spans: usize, nSpans: u32, next: usize): usize {
  const map = <usize>load<u32>(block, TERMS);
  const last = spans + <usize>nSpans * 8;
  for (; spans < last; spans += group * 8) {
    const count = min(group, (last - spans) >> 3);
    lookAhead(map, spans, count);
    for (let i: usize = 0; i < count; i++) {
      const term = <usize>load<u32>(spans + i * 8);
      const length = load<u32>(spans + i * 8, 4) - <u32>term;
      const slot = findFrom(map, slotAhead(i), keyAhead(i), term, length);
      if (slot == 0) continue;
      store<u32>(next, load<u32>(slot, ID) - 1);
      next += 4;
    }
  }
  return next;
}

/** What a term that occurs `count` times counts. */
export function tfOf(block: usize, count: u32): f32 {
  if (count < tableSize) return load<f32>(<usize>load<u32>(block, TF) + <usize>count * 4);
  return <f32>termWeight(count, load<u32>(block, BINARY), load<u32>(block, SUBLINEAR));
}
