// A text's part of the raw predictions where the terms are n-grams inside words: what words add up to is remembered.
//
// With c the count of a term in the text, a prediction needs Σ tf(c) · idf · coefficient over the terms, and Σ (tf(c) · idf)²
// for the norm. Sums that are remembered by word, added up over the words, count every occurrence for one: Σ c · idf ·
// coefficient and Σ c · idf². As tf(1) = 1, only terms that occur more than once need be put right: records of the others,
// most of those that stand in no cache, are not read at all. Sums are of f64, in which products of two f32 are exact: what
// is taken off again, be it a thousand times what is left, leaves next to no error behind.
import { rowNorm } from '../features/tfidf';
import { USER_A, USER_B } from '../memory/byte-map';
import { createVector, dataOf, lengthOf, pushPair, reserve, setLength } from '../memory/vector';
import { analyzeWord, eachWord } from '../text/analyzer';
import {
  ANALYZER,
  COUNTS,
  FEATURES,
  firstCoefficient,
  MEMO,
  NORM,
  RECORD_BYTES,
  RECORDS,
  tfOf,
  WIDTH,
  writeNumbers,
} from './block';
import {
  beginText,
  canKeep,
  endOfLists,
  keep,
  listsOf,
  recall,
  reserveList,
  SQUARES,
  SUMS,
  setEndOfLists,
  sumsBytes,
  touchList,
  touchWord,
} from './word-memo';

/** Words that are looked up together: what one waits for, the others have asked for already. */
const group: usize = 32;
/** Bytes of what is noted of a text so that its counts can be cleared one by one; beyond it all are. */
const mostNoted: usize = 1 << 16;

/** Begin and end of words that are still to be added (u32 each). */
const words = createVector(group * 8);
/** Begin and end of lists in the memo that have been counted (u32 each). */
const lists = createVector(4096);
/** Numbers of records that have been counted from no list (u32). */
const loose = createVector(4096);
/** Numbers of the records that occur more than once (u32), each once. */
const repeated = createVector(4096);
/** Sums over the text, laid out like those of a word. */
const totals = createVector(64);

let current: usize = 0;
/** Whether there are counts that nothing notes. */
let isCrowded: bool = false;

export function addByWord(block: usize, text: usize, length: u32, raw: usize): void {
  begin(block);
  eachWord(<usize>load<u32>(block, ANALYZER), text, length, addWord);
  addWords();
  const sums = dataOf(totals);
  const first = dataOf(repeated);
  for (let at = first, end = first + lengthOf(repeated); at < end; at += 4) putRight(load<u32>(at), sums);
  clearCounts();
  const scale = 1 / rowNorm(load<u32>(block, NORM), load<f64>(sums), load<f64>(sums, SQUARES));
  for (let k: usize = 0; k < <usize>load<u32>(block, WIDTH); k++) {
    const out = raw + k * 4;
    store<f32>(out, load<f32>(out) + <f32>(scale * load<f64>(sums + k * 8, SUMS)));
  }
}

function begin(block: usize): void {
  const memo = <usize>load<u32>(block, MEMO);
  current = block;
  isCrowded = false;
  beginText(memo);
  setLength(words, 0);
  setLength(lists, 0);
  setLength(loose, 0);
  setLength(repeated, 0);
  memory.fill(reserve(totals, sumsBytes(memo)), 0, sumsBytes(memo));
}

function addWord(start: usize, end: usize): void {
  pushPair(words, <u32>start, <u32>end);
  if (lengthOf(words) == group * 8) addWords();
}

/** Add the words that are waiting. */
function addWords(): void {
  const memo = <usize>load<u32>(current, MEMO);
  const first = dataOf(words);
  const last = first + lengthOf(words);
  for (let at = first; at < last; at += 8) touchWord(memo, <usize>load<u32>(at), load<u32>(at, 4) - load<u32>(at));
  const before = lengthOf(lists);
  for (let at = first; at < last; at += 8) {
    const word = <usize>load<u32>(at);
    const length = load<u32>(at, 4) - <u32>word;
    let slot = recall(memo, word, length);
    if (slot == 0) slot = learn(memo, word, length);
    if (slot == 0) continue;
    touchList(memo, <usize>load<u32>(slot, USER_A));
    pushPair(lists, load<u32>(slot, USER_A), load<u32>(slot, USER_B));
  }
  setLength(words, 0);
  const end = dataOf(lists) + lengthOf(lists);
  for (let at = dataOf(lists) + before; at < end; at += 8) {
    addList(memo, <usize>load<u32>(at), <usize>load<u32>(at, 4));
  }
  forgetIfMany(lists);
}

/** Make the list of a word that is not known; returns its slot, or 0 where there is no room and it was added at once. */
function learn(memo: usize, word: usize, length: u32): usize {
  const analyzer = <usize>load<u32>(current, ANALYZER);
  if (!canKeep(memo, length)) {
    analyzeWord(analyzer, word, word + length, addTerms);
    return 0;
  }
  const begin = endOfLists(memo);
  analyzeWord(analyzer, word, word + length, listTerms);
  const end = endOfLists(memo);
  const sums = reserveList(memo, sumsBytes(memo));
  setEndOfLists(memo, end + sumsBytes(memo));
  memory.fill(sums, 0, sumsBytes(memo));
  for (let at = listsOf(memo) + begin; at < sums; at += 4) addRecord(load<u32>(at), 1, 1, sums);
  return keep(memo, word, length, begin, end);
}

function listTerms(spans: usize, nSpans: u32): void {
  const memo = <usize>load<u32>(current, MEMO);
  const next = writeNumbers(current, spans, nSpans, reserveList(memo, <usize>nSpans * 4));
  setEndOfLists(memo, next - listsOf(memo));
}

/** Count terms and add them up without a list. */
function addTerms(spans: usize, nSpans: u32): void {
  const from = reserve(loose, <usize>nSpans * 4);
  const to = writeNumbers(current, spans, nSpans, from);
  count(from, to);
  const sums = dataOf(totals);
  for (let at = from; at < to; at += 4) addRecord(load<u32>(at), 1, 1, sums);
  setLength(loose, to - dataOf(loose));
  forgetIfMany(loose);
}

function forgetIfMany(notes: usize): void {
  if (lengthOf(notes) < mostNoted) return;
  setLength(notes, 0);
  isCrowded = true;
}

/** Count the terms of a list, and add its sums. */
function addList(memo: usize, begin: usize, end: usize): void {
  const list = listsOf(memo);
  count(list + begin, list + end);
  const sums = list + end;
  const out = dataOf(totals);
  for (let at: usize = 0; at < sumsBytes(memo); at += 16) {
    v128.store(out + at, f64x2.add(v128.load(out + at), v128.load(sums + at)));
  }
}

/** One more of each of these records. No branch: which terms occur again could not be foreseen. */
function count(from: usize, to: usize): void {
  const counts = <usize>load<u32>(current, COUNTS);
  let next = reserve(repeated, to - from);
  for (let at = from; at < to; at += 4) {
    const number = load<u32>(at);
    const place = counts + ((<usize>number) << 2);
    const before = load<u32>(place);
    store<u32>(place, before + 1);
    store<u32>(next, number);
    next += before == 1 ? 4 : 0;
  }
  setLength(repeated, next - dataOf(repeated));
}

/** Have a record count for tf(c), after its c occurrences have counted for one each. */
function putRight(number: u32, sums: usize): void {
  const count = load<u32>(<usize>load<u32>(current, COUNTS) + ((<usize>number) << 2));
  const tf = <f64>tfOf(current, count);
  addRecord(number, tf - <f64>count, tf * tf - <f64>count, sums);
}

/** Add a record to sums, `factor` times, and `squareFactor` times to that of the squares. */
function addRecord(number: u32, factor: f64, squareFactor: f64, sums: usize): void {
  const width = load<u32>(current, WIDTH);
  const record = <usize>load<u32>(current, RECORDS) + <usize>number * <usize>load<u32>(current, RECORD_BYTES);
  const coefficients = record + firstCoefficient(width);
  const idf = <f64>load<f32>(record);
  const weight = factor * idf;
  store<f64>(sums, load<f64>(sums) + weight);
  store<f64>(sums, load<f64>(sums, SQUARES) + squareFactor * idf * idf, SQUARES);
  const out = sums + SUMS;
  if (width == 1) {
    store<f64>(out, load<f64>(out) + weight * <f64>load<f32>(coefficients));
    return;
  }
  const weights = f64x2.splat(weight);
  for (let k: usize = 0; k < <usize>width; k += 2) {
    const two = f64x2.promote_low_f32x4(v128.load64_zero(coefficients + k * 4));
    v128.store(out + k * 8, f64x2.add(v128.load(out + k * 8), f64x2.mul(weights, two)));
  }
}

/** Set the counts of the text's terms back to 0. */
function clearCounts(): void {
  const counts = <usize>load<u32>(current, COUNTS);
  if (isCrowded) {
    memory.fill(counts, 0, <usize>load<u32>(current, FEATURES) * 4);
    return;
  }
  clear(counts, dataOf(loose), dataOf(loose) + lengthOf(loose));
  const kept = listsOf(<usize>load<u32>(current, MEMO));
  const first = dataOf(lists);
  for (let at = first, end = first + lengthOf(lists); at < end; at += 8) {
    clear(counts, kept + <usize>load<u32>(at), kept + <usize>load<u32>(at, 4));
  }
}

function clear(counts: usize, from: usize, to: usize): void {
  for (let at = from; at < to; at += 4) store<u32>(counts + ((<usize>load<u32>(at)) << 2), 0);
}
