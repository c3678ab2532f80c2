// Counts to weights: tf (binary, sublinear) times idf, each row scaled to length one. In f64, as scikit-learn; the
// solvers get the result rounded to f32.
//
//   idf(t) = ln((n + s) / (df(t) + s)) + 1, s = 1 when smooth, 0 otherwise
//   tf     = count | 1 (binary) | 1 + ln count (sublinear)
import { allocate, allocateZeroed, free } from '../memory/arena';
import { documentCount, rowTable } from './counts';
import { ENTRY } from './csr';
import { columnCount, columnsById, countsBehind, frequenciesByColumn, PRUNED } from './vocabulary';

export const NORM_NONE: u32 = 0;
export const NORM_L1: u32 = 1;
export const NORM_L2: u32 = 2;

/** Write the idf (f64) of each column to `idf`. */
export function computeIdf(vocabulary: usize, isSmooth: u32, idf: usize): void {
  const n = <f64>documentCount(countsBehind(vocabulary)) + <f64>isSmooth;
  const df = frequenciesByColumn(vocabulary);
  for (let column: u32 = 0; column < columnCount(vocabulary); column++) {
    const value = Math.log(n / (<f64>load<u32>(df + <usize>column * 4) + <f64>isSmooth)) + 1;
    store<f64>(idf + <usize>column * 8, value);
  }
}

/** Weight of a term that occurs `count` times, before idf and norm. */
export function termWeight(count: u32, isBinary: u32, isSublinear: u32): f64 {
  const tf: f64 = isBinary != 0 ? 1 : <f64>count;
  return isSublinear != 0 && tf != 1 ? Math.log(tf) + 1 : tf;
}

/** What a row is divided by, given the sums of its weights and of their squares; rows of zeros stay as they are. */
export function rowNorm(norm: u32, sum: f64, squares: f64): f64 {
  const length = norm == NORM_L2 ? Math.sqrt(squares) : norm == NORM_L1 ? sum : 1;
  return length == 0 ? 1 : length;
}

/** Entries of kept terms, and where each row ends among them: `indptr` (u32, rows + 1). */
export function fillIndptr(vocabulary: usize, indptr: usize): u32 {
  const counts = countsBehind(vocabulary);
  const rows = rowTable(counts);
  const columnOf = columnsById(vocabulary);
  let kept: u32 = 0;
  store<u32>(indptr, 0);
  for (let row: usize = 0; row < <usize>documentCount(counts); row++) {
    const end = <usize>load<u32>(rows + row * 8, 4);
    for (let entry = <usize>load<u32>(rows + row * 8); entry < end; entry += ENTRY) {
      if (load<u32>(columnOf + <usize>load<u32>(entry) * 4) != PRUNED) kept++;
    }
    store<u32>(indptr + row * 4 + 4, kept);
  }
  return kept;
}

//  A row's columns are sorted by marking them in a bitmap, whose words are marked in a summary of one bit each:
//  walking the summary gives the columns in order at a cost that grows with the row, not with the vocabulary.
//
//  summary   one bit a word of     bitmap   one bit a column      tf   count (u32) by column
let summary: usize = 0;
let bitmap: usize = 0;
let tfOf: usize = 0;

/**
 * Weigh all rows into `indices` (u32, columns, ascending within a row) and `data` (f64), both of `fillIndptr`'s length.
 * `idf` (f64 by column) may be 0: no idf.
 */
export function weighRows(
  vocabulary: usize,
  idf: usize,
  isBinary: u32,
  isSublinear: u32,
  norm: u32,
  indices: usize,
  data: usize,
): void {
  const counts = countsBehind(vocabulary);
  const rows = rowTable(counts);
  const columnOf = columnsById(vocabulary);
  const columns = <usize>columnCount(vocabulary);
  const words = (columns + 63) >> 6;
  const summaries = (words + 63) >> 6;
  summary = allocateZeroed(summaries * 8);
  bitmap = allocateZeroed(words * 8);
  tfOf = allocate(columns * 4);
  for (let row: usize = 0; row < <usize>documentCount(counts); row++) {
    const end = <usize>load<u32>(rows + row * 8, 4);
    for (let entry = <usize>load<u32>(rows + row * 8); entry < end; entry += ENTRY) {
      const column = load<u32>(columnOf + <usize>load<u32>(entry) * 4);
      if (column != PRUNED) mark(column, load<u32>(entry, 4));
    }
    const size = takeMarked(summaries, idf, isBinary, isSublinear, indices, data);
    scaleRow(data, size, norm);
    indices += size * 4;
    data += size * 8;
  }
  free(summary, summaries * 8);
  free(bitmap, words * 8);
  free(tfOf, columns * 4);
}

function mark(column: u32, count: u32): void {
  const word = bitmap + ((<usize>(column >> 6)) << 3);
  store<u64>(word, load<u64>(word) | ((<u64>1) << (column & 63)));
  const above = summary + ((<usize>(column >> 12)) << 3);
  store<u64>(above, load<u64>(above) | ((<u64>1) << ((column >> 6) & 63)));
  store<u32>(tfOf + ((<usize>column) << 2), count);
}

/** Write the marked columns in order with their weights before the norm, unmark them, and return how many they were. */
function takeMarked(summaries: usize, idf: usize, isBinary: u32, isSublinear: u32, indices: usize, data: usize): usize {
  let size: usize = 0;
  for (let s: usize = 0; s < summaries; s++) {
    let above = load<u64>(summary + (s << 3));
    if (above == 0) continue;
    store<u64>(summary + (s << 3), 0);
    for (; above != 0; above &= above - 1) {
      const word = (s << 6) + <usize>ctz(above);
      let bits = load<u64>(bitmap + (word << 3));
      store<u64>(bitmap + (word << 3), 0);
      for (; bits != 0; bits &= bits - 1) {
        const column = (word << 6) + <usize>ctz(bits);
        let weight = termWeight(load<u32>(tfOf + (column << 2)), isBinary, isSublinear);
        if (idf != 0) weight *= load<f64>(idf + (column << 3));
        store<u32>(indices + (size << 2), <u32>column);
        store<f64>(data + (size << 3), weight);
        size++;
      }
    }
  }
  return size;
}

function scaleRow(data: usize, size: usize, norm: u32): void {
  if (norm == NORM_NONE) return;
  let sum: f64 = 0;
  let squares: f64 = 0;
  const end = data + (size << 3);
  for (let at = data; at < end; at += 8) {
    const weight = load<f64>(at);
    sum += Math.abs(weight);
    squares += weight * weight;
  }
  const length = rowNorm(norm, sum, squares);
  for (let at = data; at < end; at += 8) store<f64>(at, load<f64>(at) / length);
}

/** Counts up to this have their tf ready in a table. */
const tableSize: u32 = 256;

/**
 * Weigh all rows in place for a solver: entries become (`featureOf[column]`, weight in f32), those of pruned terms are
 * squeezed out and the ends of rows moved. Returns the number of entries; the counts hold no counts afterwards.
 */
export function weighInPlace(
  vocabulary: usize,
  idf: usize,
  isBinary: u32,
  isSublinear: u32,
  norm: u32,
  featureOf: usize,
): u32 {
  const counts = countsBehind(vocabulary);
  const rows = rowTable(counts);
  const columnOf = columnsById(vocabulary);
  const table = allocate(<usize>tableSize * 8);
  for (let i: u32 = 1; i < tableSize; i++) store<f64>(table + <usize>i * 8, termWeight(i, isBinary, isSublinear));
  let entries: u32 = 0;
  for (let row: usize = 0; row < <usize>documentCount(counts); row++) {
    const begin = <usize>load<u32>(rows + row * 8);
    const end = <usize>load<u32>(rows + row * 8, 4);
    let out = begin;
    let sum: f64 = 0;
    let squares: f64 = 0;
    for (let entry = begin; entry < end; entry += ENTRY) {
      const column = load<u32>(columnOf + <usize>load<u32>(entry) * 4);
      if (column == PRUNED) continue;
      const count = load<u32>(entry, 4);
      let weight = count < tableSize ? load<f64>(table + <usize>count * 8) : termWeight(count, isBinary, isSublinear);
      if (idf != 0) weight *= load<f64>(idf + <usize>column * 8);
      store<u32>(out, load<u32>(featureOf + <usize>column * 4));
      store<f32>(out, <f32>weight, 4);
      sum += Math.abs(weight);
      squares += weight * weight;
      out += ENTRY;
    }
    const scale = <f32>(1 / rowNorm(norm, sum, squares));
    for (let entry = begin; entry < out; entry += ENTRY) store<f32>(entry, load<f32>(entry, 4) * scale, 4);
    store<u32>(rows + row * 8, <u32>out, 4);
    entries += <u32>((out - begin) / ENTRY);
  }
  free(table, <usize>tableSize * 8);
  return entries;
}
