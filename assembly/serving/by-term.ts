// A text's part of the raw predictions, its terms counted one by one.
import { rowNorm } from '../features/tfidf';
import { createVector, dataOf, lengthOf, reserve, setLength } from '../memory/vector';
import { analyze } from '../text/analyzer';
import { ANALYZER, COUNT, NORM, RECORD_BYTES, RECORDS, tfOf, WIDTH, writeNumbers } from './block';

/** Records of the text at hand (address, u32), each once, and their weights (f32). */
const records = createVector(16384);
const weights = createVector(16384);
/** Numbers of the terms at hand (u32), repeats included. */
const numbers = createVector(16384);
let current: usize = 0;

export function addByTerm(block: usize, text: usize, length: u32, raw: usize): void {
  current = block;
  setLength(records, 0);
  analyze(<usize>load<u32>(block, ANALYZER), text, length, countTerms);
  weigh(block);
  const width = load<u32>(block, WIDTH);
  if (width == 1) addSingle(raw);
  else for (let lane: usize = 0; lane < <usize>width * 4; lane += 16) addLane(lane, raw);
}

/** Count the terms that have a feature. */
function countTerms(spans: usize, nSpans: u32): void {
  const first = <usize>load<u32>(current, RECORDS);
  const recordBytes = <usize>load<u32>(current, RECORD_BYTES);
  const from = reserve(numbers, <usize>nSpans * 4);
  const to = writeNumbers(current, spans, nSpans, from);
  let next = reserve(records, to - from);
  for (let at = from; at < to; at += 4) next = countOne(first + <usize>load<u32>(at) * recordBytes, next);
  setLength(records, next - dataOf(records));
}

/** One more of this record, which stays at `next` when it is the first; returns where the next one goes. No branch: half
 * of the n-grams of a text are repeats, in no order that could be foreseen. */
function countOne(record: usize, next: usize): usize {
  const before = load<u32>(record, COUNT);
  store<u32>(record, before + 1, COUNT);
  store<u32>(next, <u32>record);
  return next + (before == 0 ? 4 : 0);
}

/** Set the weights of the records, divided by the norm, and the counts back to 0. */
function weigh(block: usize): void {
  const size = lengthOf(records);
  const list = dataOf(records);
  setLength(weights, 0);
  const out = reserve(weights, size);
  let sum: f64 = 0;
  let squares: f64 = 0;
  for (let at: usize = 0; at < size; at += 4) {
    const record = <usize>load<u32>(list + at);
    const count = load<u32>(record, COUNT);
    store<u32>(record, 0, COUNT);
    const weight = tfOf(block, count) * load<f32>(record);
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
