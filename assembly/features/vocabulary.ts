// From counted terms to columns: which terms are kept (document frequency, largest counts) and in which order
// (code point order, which is the byte order of UTF-8). A fixed vocabulary keeps every term in the order given.
import { allocate, allocateZeroed, free } from '../memory/arena';
import { allBytes, endOf, startOf } from '../memory/byte-map';
import { sortRuns, sortU64 } from '../memory/sort';
import { documentCount, documentFrequencies, rowTable, TERMS, termCount } from './counts';
import { ENTRY, rankColumns } from './csr';

//  offset  0        4         8            12         16
//          counts   columns   column of    id of      df             u32 each, by: term id, column, column
//                   (n)       term id      column     of column
const vocabularyBytes: usize = 32;
const COUNTS: usize = 0;
const COLUMNS: usize = 4;
const COLUMN_OF: usize = 8;
const ID_OF: usize = 12;
const DF: usize = 16;

/** `columnOf` a term that is not kept. */
export const PRUNED: u32 = 0xffffffff;

/**
 * Keep the terms with minDf ≤ document frequency ≤ maxDf, and of those, unless `maxFeatures` is 0, the ones with the
 * largest counts over all documents (`isBinary`: the largest document frequencies), ties in term order.
 */
export function selectTerms(counts: usize, minDf: f64, maxDf: f64, maxFeatures: u32, isBinary: u32): usize {
  const nTerms = termCount(counts);
  const frequencies = documentFrequencies(counts);
  const ids = allocate(<usize>nTerms * 4);
  let kept: u32 = 0;
  for (let id: u32 = 0; id < nTerms; id++) {
    const df = <f64>load<u32>(frequencies + <usize>id * 4);
    // Terms of rows that were not picked are in none of these.
    if (df < minDf || df > maxDf || df == 0) continue;
    store<u32>(ids + <usize>kept * 4, id);
    kept++;
  }
  sortRuns(<usize>load<u32>(counts, TERMS), ids, kept);
  if (maxFeatures != 0 && kept > maxFeatures) kept = keepLargest(counts, ids, kept, maxFeatures, isBinary, frequencies);
  return build(counts, ids, kept, frequencies);
}

/** Keep every term, columns in id order. */
export function keepAllTerms(counts: usize): usize {
  const nTerms = termCount(counts);
  const ids = allocate(<usize>nTerms * 4);
  for (let id: u32 = 0; id < nTerms; id++) store<u32>(ids + <usize>id * 4, id);
  return build(counts, ids, nTerms, documentFrequencies(counts));
}

export function destroyVocabulary(vocabulary: usize): void {
  const nTerms = <usize>termCount(<usize>load<u32>(vocabulary, COUNTS));
  free(<usize>load<u32>(vocabulary, COLUMN_OF), nTerms * 4);
  free(<usize>load<u32>(vocabulary, ID_OF), nTerms * 4);
  free(<usize>load<u32>(vocabulary, DF), <usize>columnCount(vocabulary) * 4);
  free(vocabulary, vocabularyBytes);
}

export function columnCount(vocabulary: usize): u32 {
  return load<u32>(vocabulary, COLUMNS);
}

export function countsBehind(vocabulary: usize): usize {
  return <usize>load<u32>(vocabulary, COUNTS);
}

/** Columns (u32) by term id, PRUNED where not kept. */
export function columnsById(vocabulary: usize): usize {
  return <usize>load<u32>(vocabulary, COLUMN_OF);
}

/** Document frequencies (u32) by column. */
export function frequenciesByColumn(vocabulary: usize): usize {
  return <usize>load<u32>(vocabulary, DF);
}

/** Bytes that `copyTerms` writes. */
export function keptTermBytes(vocabulary: usize): u32 {
  const map = <usize>load<u32>(countsBehind(vocabulary), TERMS);
  let total: u32 = 0;
  for (let column: u32 = 0; column < columnCount(vocabulary); column++) {
    const id = load<u32>(<usize>load<u32>(vocabulary, ID_OF) + <usize>column * 4);
    total += endOf(map, id) - startOf(map, id);
  }
  return total;
}

/** Write the terms end to end in column order to `bytes`, and where each ends (u32) to `ends`. */
export function copyTerms(vocabulary: usize, bytes: usize, ends: usize): void {
  const map = <usize>load<u32>(countsBehind(vocabulary), TERMS);
  let total: u32 = 0;
  for (let column: u32 = 0; column < columnCount(vocabulary); column++) {
    const id = load<u32>(<usize>load<u32>(vocabulary, ID_OF) + <usize>column * 4);
    const start = startOf(map, id);
    const length = endOf(map, id) - start;
    memory.copy(bytes + total, allBytes(map) + start, length);
    total += length;
    store<u32>(ends + <usize>column * 4, total);
  }
}

function build(counts: usize, ids: usize, kept: u32, frequencies: usize): usize {
  const nTerms = termCount(counts);
  const vocabulary = allocateZeroed(vocabularyBytes);
  const columnOf = allocate(<usize>nTerms * 4);
  const df = allocate(<usize>kept * 4);
  memory.fill(columnOf, 0xff, <usize>nTerms * 4);
  for (let column: u32 = 0; column < kept; column++) {
    const id = load<u32>(ids + <usize>column * 4);
    store<u32>(columnOf + <usize>id * 4, column);
    store<u32>(df + <usize>column * 4, load<u32>(frequencies + <usize>id * 4));
  }
  free(frequencies, <usize>nTerms * 4);
  store<u32>(vocabulary, <u32>counts, COUNTS);
  store<u32>(vocabulary, kept, COLUMNS);
  store<u32>(vocabulary, <u32>columnOf, COLUMN_OF);
  store<u32>(vocabulary, <u32>ids, ID_OF);
  store<u32>(vocabulary, <u32>df, DF);
  return vocabulary;
}

/** Keep, in order, the `most` of the `kept` ids with the largest totals. */
function keepLargest(counts: usize, ids: usize, kept: u32, most: u32, isBinary: u32, frequencies: usize): u32 {
  const nTerms = termCount(counts);
  const totals = allocate(<usize>nTerms * 4);
  if (isBinary != 0) memory.copy(totals, frequencies, <usize>nTerms * 4);
  else addUpCounts(counts, totals, nTerms);
  const keys = allocate(<usize>kept * 8);
  for (let i: u32 = 0; i < kept; i++) {
    const total = load<u32>(totals + <usize>load<u32>(ids + <usize>i * 4) * 4);
    store<u64>(keys + <usize>i * 8, ((<u64>~total) << 32) | i);
  }
  sortU64(keys, kept);
  for (let i: u32 = 0; i < most; i++) store<u64>(keys + <usize>i * 8, load<u64>(keys + <usize>i * 8) & 0xffffffff);
  sortU64(keys, most);
  for (let i: u32 = 0; i < most; i++) {
    const from = <u32>load<u64>(keys + <usize>i * 8);
    store<u32>(ids + <usize>i * 4, load<u32>(ids + <usize>from * 4));
  }
  free(keys, <usize>kept * 8);
  free(totals, <usize>nTerms * 4);
  return most;
}

function addUpCounts(counts: usize, totals: usize, nTerms: u32): void {
  memory.fill(totals, 0, <usize>nTerms * 4);
  const rows = rowTable(counts);
  for (let i: u32 = 0; i < documentCount(counts); i++) {
    const end = <usize>load<u32>(rows + <usize>i * 8, 4);
    for (let entry = <usize>load<u32>(rows + <usize>i * 8); entry < end; entry += ENTRY) {
      const total = totals + <usize>load<u32>(entry) * 4;
      store<u32>(total, load<u32>(total) + load<u32>(entry, 4));
    }
  }
}

/** `rankColumns` by document frequency. */
export function rankByFrequency(vocabulary: usize, ranks: usize): void {
  const most = documentCount(countsBehind(vocabulary));
  rankColumns(frequenciesByColumn(vocabulary), columnCount(vocabulary), most, ranks);
}
