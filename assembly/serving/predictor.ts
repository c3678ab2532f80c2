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
  STAMP,
  shiftOf,
  shortLength,
  slotsOf,
  USER_A,
} from '../memory/byte-map';
import { createVector, dataOf, lengthOf, reserve, setLength } from '../memory/vector';
import { analyze } from '../text/analyzer';

//  offset  0          4       8          12      16       20          24     28    32
//          analyzer   terms   features   width   binary   sublinear   norm   idf   weights
//          idf  f32, features          weights  f32, features × width, without idf
const blockBytes: usize = 48;
const ANALYZER: usize = 0;
const TERMS: usize = 4;
const FEATURES: usize = 8;
const WIDTH: usize = 12;
const BINARY: usize = 16;
const SUBLINEAR: usize = 20;
const NORM: usize = 24;
const IDF: usize = 28;
const WEIGHTS: usize = 32;
const STAMP_NOW: usize = 36;

/** Stands for −∞ in the unused lanes of a softmax. */
const absent: f32 = -1e30;

const ids = createVector(16384);
const counts = createVector(16384);
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
  const map = createMap(features);
  const factors = allocate(<usize>features * 4 + 16);
  const weights = allocateZeroed(<usize>features * width * 4 + 16);
  let start: u32 = 0;
  for (let column: u32 = 0; column < features; column++) {
    const end = load<u32>(ends + <usize>column * 4);
    findOrInsert(map, terms + start, end - start);
    start = end;
    store<f32>(factors + <usize>column * 4, idf == 0 ? 1 : <f32>load<f64>(idf + <usize>column * 8));
    for (let k: u32 = 0; k < outputs; k++) {
      const weight = load<f32>(coef + (<usize>k * stride + column) * 4);
      store<f32>(weights + (<usize>column * width + k) * 4, weight);
    }
  }
  store<u32>(block, <u32>analyzer, ANALYZER);
  store<u32>(block, <u32>map, TERMS);
  store<u32>(block, features, FEATURES);
  store<u32>(block, width, WIDTH);
  store<u32>(block, isBinary, BINARY);
  store<u32>(block, isSublinear, SUBLINEAR);
  store<u32>(block, norm, NORM);
  store<u32>(block, <u32>factors, IDF);
  store<u32>(block, <u32>weights, WEIGHTS);
  return block;
}

export function destroyBlock(block: usize): void {
  const features = <usize>load<u32>(block, FEATURES);
  destroyMap(<usize>load<u32>(block, TERMS));
  free(<usize>load<u32>(block, IDF), features * 4 + 16);
  free(<usize>load<u32>(block, WEIGHTS), features * load<u32>(block, WIDTH) * 4 + 16);
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
  store<u32>(block, load<u32>(block, STAMP_NOW) + 1, STAMP_NOW);
  setLength(ids, 0);
  setLength(counts, 0);
  analyze(<usize>load<u32>(block, ANALYZER), text, length, collect);
  const features = dataOf(ids);
  const tf = dataOf(counts);
  const size = lengthOf(ids);
  const idf = <usize>load<u32>(block, IDF);
  const isBinary = load<u32>(block, BINARY);
  const isSublinear = load<u32>(block, SUBLINEAR);
  let sum: f64 = 0;
  let squares: f64 = 0;
  for (let at: usize = 0; at < size; at += 4) {
    const factor = load<f32>(idf + <usize>load<u32>(features + at) * 4);
    const weight = <f32>termWeight(load<u32>(tf + at), isBinary, isSublinear) * factor;
    store<f32>(tf + at, weight);
    sum += <f64>weight;
    squares += <f64>weight * <f64>weight;
  }
  addWeights(block, features, tf, size, <f32>(1 / rowNorm(load<u32>(block, NORM), sum, squares)), raw);
}

/** raw += scale · Σ weight · coefficients. */
function addWeights(block: usize, features: usize, values: usize, size: usize, scale: f32, raw: usize): void {
  const width = load<u32>(block, WIDTH);
  const weights = <usize>load<u32>(block, WEIGHTS);
  if (width == 1) {
    let total: f32 = 0;
    for (let at: usize = 0; at < size; at += 4) {
      total += load<f32>(values + at) * load<f32>(weights + <usize>load<u32>(features + at) * 4);
    }
    store<f32>(raw, load<f32>(raw) + scale * total);
    return;
  }
  const rowBytes = <usize>width * 4;
  for (let lane: usize = 0; lane < rowBytes; lane += 16) {
    let total = f32x4.splat(0);
    for (let at: usize = 0; at < size; at += 4) {
      const row = v128.load(weights + <usize>load<u32>(features + at) * rowBytes + lane);
      total = f32x4.add(total, f32x4.mul(v128.load32_splat(values + at), row));
    }
    v128.store(raw + lane, f32x4.add(v128.load(raw + lane), f32x4.mul(f32x4.splat(scale), total)));
  }
}

function collect(spans: usize, nSpans: u32): void {
  const map = <usize>load<u32>(current, TERMS);
  const slots = slotsOf(map);
  const shift = shiftOf(map);
  const stamp = load<u32>(current, STAMP_NOW);
  const used = lengthOf(ids);
  const idBase = reserve(ids, <usize>nSpans * 4) - used;
  const countBase = reserve(counts, <usize>nSpans * 4) - used;
  let at = used;
  for (let end = spans + <usize>nSpans * 8; spans < end; spans += 8) {
    const term = <usize>load<u32>(spans);
    const length = load<u32>(spans, 4) - <u32>term;
    const key = keyOf(term, length);
    let slot = firstProbe(slots, shift, key);
    if (length > shortLength || !hasKey(slot, key)) slot = find(map, term, length);
    if (slot == 0) continue;
    if (load<u32>(slot, STAMP) == stamp) {
      const count = countBase + <usize>load<u32>(slot, USER_A);
      store<u32>(count, load<u32>(count) + 1);
      continue;
    }
    store<u32>(slot, stamp, STAMP);
    store<u32>(slot, <u32>at, USER_A);
    store<u32>(idBase + at, load<u32>(slot, ID) - 1);
    store<u32>(countBase + at, 1);
    at += 4;
  }
  setLength(ids, at);
  setLength(counts, at);
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
