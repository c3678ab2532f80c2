// Text to terms: the only switch on the kind of analyzer. Terms leave as spans of scratch memory, in scikit-learn's
// order, through a sink. An analyzer is a record in the arena, so that many can live side by side.
import { allocateZeroed, free } from '../memory/arena';
import { createMap, destroyMap, find, findOrInsert } from '../memory/byte-map';
import { dataOf, setLength } from '../memory/vector';
import { charNgrams, ngramsInside, paddedWords, TermSink, WordSink, wordNgrams } from './ngrams';
import { findWords, lengthPrepared, prepare, splitWords, wordCount, wordSpan, words } from './words';

export const ANALYZER_WORD: u32 = 0;
export const ANALYZER_CHAR: u32 = 1;
export const ANALYZER_CHAR_WB: u32 = 2;
/** Words that the host has found already, one after another, each closed by a byte 0xff. */
export const ANALYZER_SPLIT: u32 = 3;

//  offset  0      4       8      12          16        20           24
//          kind   least   most   lowercase   accents   min length   stop words (byte map, or 0)
const analyzerBytes: usize = 32;

/** Kind, smallest and largest n, lower-casing, accents (see words.ts), least length of a word (1 or 2). */
export function createAnalyzer(kind: u32, least: u32, most: u32, lowercase: u32, accents: u32, minLength: u32): usize {
  const analyzer = allocateZeroed(analyzerBytes);
  store<u32>(analyzer, kind);
  store<u32>(analyzer, least, 4);
  store<u32>(analyzer, most, 8);
  store<u32>(analyzer, lowercase, 12);
  store<u32>(analyzer, accents, 16);
  store<u32>(analyzer, minLength, 20);
  return analyzer;
}

export function destroyAnalyzer(analyzer: usize): void {
  destroyMap(<usize>load<u32>(analyzer, 24));
  free(analyzer, analyzerBytes);
}

/** Leave out this word from now on; 16 bytes beyond it must be readable. */
export function addStopWord(analyzer: usize, word: usize, length: u32): void {
  if (load<u32>(analyzer, 24) == 0) store<u32>(analyzer, <u32>createMap(512), 24);
  findOrInsert(<usize>load<u32>(analyzer, 24), word, length);
}

/** Send the terms of one document to `sink`. The text may be read up to PADDING bytes beyond its end. */
export function analyze(analyzer: usize, text: usize, length: u32, sink: TermSink): void {
  const kind = load<u32>(analyzer);
  const least = load<u32>(analyzer, 4);
  const most = load<u32>(analyzer, 8);
  const lowercase = load<u32>(analyzer, 12) != 0;
  const accents = load<u32>(analyzer, 16);
  if (kind == ANALYZER_WORD || kind == ANALYZER_SPLIT) {
    if (kind == ANALYZER_WORD) findWords(text, length, lowercase, accents, load<u32>(analyzer, 20));
    else splitWords(text, length);
    const stopWords = <usize>load<u32>(analyzer, 24);
    if (stopWords != 0) dropStopWords(stopWords);
    const count = wordCount();
    if (least == 1 && most == 1) {
      if (count != 0) sink(dataOf(words), count);
    } else wordNgrams(dataOf(words), count, least, most, sink);
    return;
  }
  if (kind == ANALYZER_CHAR) {
    const prepared = prepare(text, length, lowercase, accents);
    charNgrams(prepared, lengthPrepared(), least, most, sink);
    return;
  }
  insideLeast = least;
  insideMost = most;
  insideSink = sink;
  eachWord(analyzer, text, length, sendInside);
}

let insideLeast: u32 = 0;
let insideMost: u32 = 0;
let insideSink: TermSink = ignoreTerms;

function ignoreTerms(_spans: usize, _nSpans: u32): void {}

function sendInside(start: usize, end: usize): void {
  ngramsInside(start, end, insideLeast, insideMost, insideSink);
}

/** True for an analyzer whose terms are those of its words, one after another: ANALYZER_CHAR_WB. */
export function isByWord(analyzer: usize): bool {
  return load<u32>(analyzer) == ANALYZER_CHAR_WB;
}

/** Send each word of a document, a space on either side, to `sink`: for an analyzer that works by word. */
export function eachWord(analyzer: usize, text: usize, length: u32, sink: WordSink): void {
  const prepared = prepare(text, length, load<u32>(analyzer, 12) != 0, load<u32>(analyzer, 16));
  paddedWords(prepared, lengthPrepared(), sink);
}

/** Send the terms of such a word to `sink`. */
export function analyzeWord(analyzer: usize, start: usize, end: usize, sink: TermSink): void {
  ngramsInside(start, end, load<u32>(analyzer, 4), load<u32>(analyzer, 8), sink);
}

function dropStopWords(stopWords: usize): void {
  const count = wordCount();
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const span = wordSpan(i);
    const start = load<u32>(span);
    const end = load<u32>(span, 4);
    if (find(stopWords, <usize>start, end - start) != 0) continue;
    const target = wordSpan(kept);
    kept++;
    store<u32>(target, start);
    store<u32>(target, end, 4);
  }
  setLength(words, <usize>kept * 8);
}
