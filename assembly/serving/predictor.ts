// Texts to probabilities. A block is a fitted vocabulary with its idf and coefficients, laid out for one text at a time;
// a model is one block or several side by side, whose raw predictions add up. Blocks never change once built, so any
// number of them can serve from one memory.

import { rowNorm, termWeight } from '../features/tfidf';
import { exp4, max4, sum4 } from '../linear/dense';
import { paddedWidth, SOFTMAX } from '../linear/problem';
import { allocate, allocateZeroed, free } from '../memory/arena';
import {
  createMap,
  destroyMap,
  find,
  findOrInsert,
  firstProbe,
  hasKey,
  ID,
  keyOf,
  shiftOf,
  shortLength,
  slotsOf,
} from '../memory/byte-map';
import { createVector, dataOf, lengthOf, reserve, setLength } from '../memory/vector';
import { analyze, analyzeWord, eachWord, isByWord } from '../text/analyzer';
import {
  addRecord,
  beginRecords,
  createMemo,
  destroyMemo,
  endRecords,
  firstRecord,
  longestWord,
  recall,
  recordsEnd,
} from './word-memo';

//  offset  0          4       8          12      16       20          24     28        32          36      40
//          analyzer   terms   features   width   binary   sublinear   norm   records   record      memo    tf
//                     (map)                                                            bytes
//
//  record  idf (f32)   count (u32) in the text at hand, 0 between texts   width × coefficient (f32), from 8 or, when
//                                                                         there are several, from 16 on
//  memo    of the words whose terms are known (see word-memo.ts), 0 where terms are not found by word
//  tf      f32, of the counts below tableSize
const blockBytes: usize = 48;
const ANALYZER: usize = 0;
const TERMS: usize = 4;
const FEATURES: usize = 8;
const WIDTH: usize = 12;
const BINARY: usize = 16;
const SUBLINEAR: usize = 20;
const NORM: usize = 24;
const RECORDS: usize = 28;
const RECORD_BYTES: usize = 32;
const MEMO: usize = 36;
const TF: usize = 40;

/** Within a record. */
const COUNT: usize = 4;

const tableSize: u32 = 64;

/** Words that a block remembers: at most about 5 MB with n-grams of 2 to 5 characters. */
const mostWords: u32 = 1 << 15;

/** Stands for −∞ in the unused lanes of a softmax. */
const absent: f32 = -1e30;

/** Records of the text at hand (address, u32), each once, and their weights (f32). */
const records = createVector(16384);
const weights = createVector(16384);
let current: usize = 0;

/**
 * `terms` (bytes end to end, `ends` u32 by column), `idf` (f64 by column, or 0) and `coef` (f32, outputs × `stride`,
 * this block's columns first) are copied; the analyzer stays the caller's.
 */
export function createBlock(
  analyzer: usize,
  terms: usize,
  ends: usize,
  features: u32,
  isBinary: u32,
  isSublinear: u32,
  norm: u32,
  idf: usize,
  outputs: u32,
  coef: usize,
  stride: u32,
): usize {
  const block = allocateZeroed(blockBytes);
  const width = paddedWidth(outputs);
  const recordBytes: usize = width == 1 ? 16 : 16 + <usize>width * 4;
  const map = createMap(features);
  const first = allocateZeroed(<usize>features * recordBytes + 16);
  const columns = allocate(<usize>features * 4 + 16);
  rankByIdf(idf, features, columns);
  for (let rank: u32 = 0; rank < features; rank++) {
    const column = load<u32>(columns + <usize>rank * 4);
    const start = column == 0 ? 0 : load<u32>(ends + <usize>column * 4 - 4);
    findOrInsert(map, terms + start, load<u32>(ends + <usize>column * 4) - start);
    const record = first + <usize>rank * recordBytes;
    store<f32>(record, idf == 0 ? 1 : <f32>load<f64>(idf + <usize>column * 8));
    for (let k: u32 = 0; k < outputs; k++) {
      const coefficient = load<f32>(coef + (<usize>k * stride + column) * 4);
      store<f32>(record + firstCoefficient(width) + <usize>k * 4, coefficient);
    }
  }
  free(columns, <usize>features * 4 + 16);
  const tf = allocate(<usize>tableSize * 4);
  for (let i: u32 = 1; i < tableSize; i++) {
    store<f32>(tf + <usize>i * 4, <f32>termWeight(i, isBinary, isSublinear));
  }
  store<u32>(block, <u32>analyzer, ANALYZER);
  store<u32>(block, <u32>map, TERMS);
  store<u32>(block, features, FEATURES);
  store<u32>(block, width, WIDTH);
  store<u32>(block, isBinary, BINARY);
  store<u32>(block, isSublinear, SUBLINEAR);
  store<u32>(block, norm, NORM);
  store<u32>(block, <u32>first, RECORDS);
  store<u32>(block, <u32>recordBytes, RECORD_BYTES);
  store<u32>(block, isByWord(analyzer) ? <u32>createMemo(mostWords) : 0, MEMO);
  store<u32>(block, <u32>tf, TF);
  return block;
}

/** About how many different idf are told apart. */
const buckets: u32 = 1024;

/** Columns (u32) roughly by rising idf: what texts have most stands close together. Without idf in their order. */
function rankByIdf(idf: usize, features: u32, columns: usize): void {
  let least = Infinity;
  let most = -Infinity;
  for (let column: usize = 0; column < <usize>features && idf != 0; column++) {
    least = Math.min(least, load<f64>(idf + column * 8));
    most = Math.max(most, load<f64>(idf + column * 8));
  }
  const perUnit = most > least && most - least < Infinity ? <f64>(buckets - 1) / (most - least) : 0;
  const places = allocateZeroed(<usize>(buckets + 1) * 4);
  for (let column: usize = 0; column < <usize>features; column++) {
    const place = places + bucketOf(idf, column, least, perUnit) * 4 + 4;
    store<u32>(place, load<u32>(place) + 1);
  }
  for (let i: usize = 1; i < <usize>buckets; i++) {
    store<u32>(places + i * 4, load<u32>(places + i * 4) + load<u32>(places + i * 4 - 4));
  }
  for (let column: usize = 0; column < <usize>features; column++) {
    const place = places + bucketOf(idf, column, least, perUnit) * 4;
    store<u32>(columns + <usize>load<u32>(place) * 4, <u32>column);
    store<u32>(place, load<u32>(place) + 1);
  }
  free(places, <usize>(buckets + 1) * 4);
}

function bucketOf(idf: usize, column: usize, least: f64, perUnit: f64): usize {
  return perUnit == 0 ? 0 : <usize>((load<f64>(idf + column * 8) - least) * perUnit);
}

/** Where coefficients stand in a record. */
function firstCoefficient(width: u32): usize {
  return width == 1 ? 8 : 16;
}

export function destroyBlock(block: usize): void {
  destroyMap(<usize>load<u32>(block, TERMS));
  const recordBytes = <usize>load<u32>(block, RECORD_BYTES);
  free(<usize>load<u32>(block, RECORDS), <usize>load<u32>(block, FEATURES) * recordBytes + 16);
  free(<usize>load<u32>(block, TF), <usize>tableSize * 4);
  destroyMemo(<usize>load<u32>(block, MEMO));
  free(block, blockBytes);
}

/** Set the raw predictions (f32, documents × padded width) of all documents to `intercepts` (f64, outputs). */
export function startRaw(raw: usize, nDocuments: u32, outputs: u32, loss: u32, intercepts: usize): void {
  const width = paddedWidth(outputs);
  for (let k: u32 = 0; k < width; k++) {
    const padding = loss == SOFTMAX ? absent : 0;
    store<f32>(raw + <usize>k * 4, k < outputs ? <f32>load<f64>(intercepts + <usize>k * 8) : padding);
  }
  const bytes = <usize>width * 4;
  for (let i: u32 = 1; i < nDocuments; i++) memory.copy(raw + <usize>i * bytes, raw, bytes);
}

/**
 * Add a block's part to the raw predictions of the texts that lie end to end at `texts`, text i up to `ends[i]` (u32).
 * Reads up to PADDING bytes beyond the last text.
 */
export function addBlock(block: usize, texts: usize, ends: usize, nDocuments: u32, raw: usize): void {
  const bytes = <usize>load<u32>(block, WIDTH) * 4;
  let start: u32 = 0;
  for (let i: u32 = 0; i < nDocuments; i++) {
    const end = load<u32>(ends + <usize>i * 4);
    addText(block, texts + start, end - start, raw + <usize>i * bytes);
    start = end;
  }
}

/** Turn raw predictions into probabilities (f64, documents × outputs); rows sum to one for SOFTMAX. `raw` is used up. */
export function finishRaw(raw: usize, nDocuments: u32, outputs: u32, loss: u32, out: usize): void {
  const bytes = <usize>paddedWidth(outputs) * 4;
  for (let i: u32 = 0; i < nDocuments; i++) {
    if (loss == SOFTMAX) softmaxInto(raw, outputs, out);
    else sigmoidsInto(raw, outputs, out);
    raw += bytes;
    out += <usize>outputs * 8;
  }
}

function addText(block: usize, text: usize, length: u32, raw: usize): void {
  current = block;
  setLength(records, 0);
  const analyzer = <usize>load<u32>(block, ANALYZER);
  if (load<u32>(block, MEMO) == 0) analyze(analyzer, text, length, countTerms);
  else eachWord(analyzer, text, length, countWord);
  weigh(block);
  const width = load<u32>(block, WIDTH);
  if (width == 1) addSingle(raw);
  else for (let lane: usize = 0; lane < <usize>width * 4; lane += 16) addLane(lane, raw);
}

/** Set the weights of the records, divided by the norm, and the counts back to 0. */
function weigh(block: usize): void {
  const size = lengthOf(records);
  const list = dataOf(records);
  setLength(weights, 0);
  const out = reserve(weights, size);
  const tf = <usize>load<u32>(block, TF);
  const isBinary = load<u32>(block, BINARY);
  const isSublinear = load<u32>(block, SUBLINEAR);
  let sum: f64 = 0;
  let squares: f64 = 0;
  for (let at: usize = 0; at < size; at += 4) {
    const record = <usize>load<u32>(list + at);
    const count = load<u32>(record, COUNT);
    store<u32>(record, 0, COUNT);
    const part = count < tableSize ? load<f32>(tf + <usize>count * 4) : <f32>termWeight(count, isBinary, isSublinear);
    const weight = part * load<f32>(record);
    store<f32>(out + at, weight);
    sum += <f64>weight;
    squares += <f64>weight * <f64>weight;
  }
  scale = <f32>(1 / rowNorm(load<u32>(block, NORM), sum, squares));
}

/** What weights of the text at hand are still to be multiplied by. */
let scale: f32 = 1;

/** raw += scale · Σ weight · coefficient. */
function addSingle(raw: usize): void {
  const list = dataOf(records);
  const factors = dataOf(weights);
  const size = lengthOf(records);
  let total: f32 = 0;
  for (let at: usize = 0; at < size; at += 4)
    total += load<f32>(factors + at) * load<f32>(<usize>load<u32>(list + at), 8);
  store<f32>(raw, load<f32>(raw) + scale * total);
}

/** The same for the four outputs that stand `lane` bytes from the first. */
function addLane(lane: usize, raw: usize): void {
  const list = dataOf(records);
  const factors = dataOf(weights);
  const size = lengthOf(records);
  let total = f32x4.splat(0);
  for (let at: usize = 0; at < size; at += 4) {
    const coefficients = v128.load(<usize>load<u32>(list + at) + lane, 16);
    total = f32x4.add(total, f32x4.mul(v128.load32_splat(factors + at), coefficients));
  }
  v128.store(raw + lane, f32x4.add(v128.load(raw + lane), f32x4.mul(f32x4.splat(scale), total)));
}

/** Count the terms that have a feature. */
function countTerms(spans: usize, nSpans: u32): void {
  const map = <usize>load<u32>(current, TERMS);
  const slots = slotsOf(map);
  const shift = shiftOf(map);
  let next = reserve(records, <usize>nSpans * 4);
  for (let end = spans + <usize>nSpans * 8; spans < end; spans += 8) {
    const record = recordOf(spans, map, slots, shift);
    if (record != 0) next = countOne(record, next);
  }
  setLength(records, next - dataOf(records));
}

/** Count the terms of a word. */
function countWord(start: usize, end: usize): void {
  const length = <u32>(end - start);
  const analyzer = <usize>load<u32>(current, ANALYZER);
  const memo = <usize>load<u32>(current, MEMO);
  let slot: usize = length > longestWord ? 0 : recall(memo, start, length);
  if (slot == 0) {
    if (length > longestWord || !beginRecords(memo)) {
      analyzeWord(analyzer, start, end, countTerms);
      return;
    }
    analyzeWord(analyzer, start, end, learnTerms);
    slot = endRecords(memo, start, length);
  }
  const last = recordsEnd(memo, slot);
  let at = firstRecord(memo, slot);
  let next = reserve(records, last - at);
  for (; at < last; at += 4) next = countOne(<usize>load<u32>(at), next);
  setLength(records, next - dataOf(records));
}

function learnTerms(spans: usize, nSpans: u32): void {
  const memo = <usize>load<u32>(current, MEMO);
  const map = <usize>load<u32>(current, TERMS);
  for (let end = spans + <usize>nSpans * 8; spans < end; spans += 8) {
    const record = recordOf(spans, map, slotsOf(map), shiftOf(map));
    if (record != 0) addRecord(memo, record);
  }
}

/** Record of the term whose span this is, 0 when it is not in the vocabulary; `slots` and `shift` are the map's. */
function recordOf(span: usize, map: usize, slots: usize, shift: u64): usize {
  const term = <usize>load<u32>(span);
  const length = load<u32>(span, 4) - <u32>term;
  const key = keyOf(term, length);
  let slot = firstProbe(slots, shift, key);
  if (length > shortLength || !hasKey(slot, key)) slot = find(map, term, length);
  if (slot == 0) return 0;
  return (
    <usize>load<u32>(current, RECORDS) + <usize>(load<u32>(slot, ID) - 1) * <usize>load<u32>(current, RECORD_BYTES)
  );
}

/** One more of this record, which stays at `next` when it is the first; returns where the next one goes. No branch: half
 * of the n-grams of a text are repeats, in no order that could be foreseen. */
function countOne(record: usize, next: usize): usize {
  const before = load<u32>(record, COUNT);
  store<u32>(record, before + 1, COUNT);
  store<u32>(next, <u32>record);
  return next + (before == 0 ? 4 : 0);
}

function softmaxInto(raw: usize, outputs: u32, out: usize): void {
  const bytes = <usize>paddedWidth(outputs) * 4;
  let largest = v128.load(raw);
  for (let lane: usize = 16; lane < bytes; lane += 16) largest = f32x4.max(largest, v128.load(raw + lane));
  const shift = f32x4.splat(max4(largest));
  let total: f64 = 0;
  for (let lane: usize = 0; lane < bytes; lane += 16) {
    const e = exp4(f32x4.sub(v128.load(raw + lane), shift));
    v128.store(raw + lane, e);
    total += <f64>sum4(e);
  }
  for (let k: u32 = 0; k < outputs; k++) {
    store<f64>(out + <usize>k * 8, <f64>load<f32>(raw + <usize>k * 4) / total);
  }
}

function sigmoidsInto(raw: usize, outputs: u32, out: usize): void {
  for (let k: u32 = 0; k < outputs; k++) {
    const z = <f64>load<f32>(raw + <usize>k * 4);
    const small = Math.exp(-Math.abs(z));
    store<f64>(out + <usize>k * 8, z >= 0 ? 1 / (1 + small) : small / (1 + small));
  }
}
