// Sparse rows as the solvers read them. An entry is a feature and its value side by side, so that a row is one stream;
// rows stand wherever they were counted, so that nothing is copied to make a matrix.
import { allocate, allocateZeroed, free } from '../memory/arena';

//  offset  0       4          8                            12
//          rows    features   row table: (begin, end)      values f64, or 0
//                             of each row, addresses (u32)
//
//  entry, 8 bytes:  feature (u32)   value (f32)            values f64: of the entries, in order, for rows that came
//                                                          from the host in one piece
const csrBytes: usize = 16;
/** Size of an entry. */
export const ENTRY: usize = 8;

/** A record of rows that belong to whoever made them. */
export function createCsr(nRows: u32, nFeatures: u32, table: usize, values: usize): usize {
  const csr = allocate(csrBytes);
  store<u32>(csr, nRows);
  store<u32>(csr, nFeatures, 4);
  store<u32>(csr, <u32>table, 8);
  store<u32>(csr, <u32>values, 12);
  return csr;
}

export function destroyCsr(csr: usize): void {
  free(csr, csrBytes);
}

export function rowsOf(csr: usize): u32 {
  return load<u32>(csr);
}

export function featuresOf(csr: usize): u32 {
  return load<u32>(csr, 4);
}

/** Values in f64 of all entries in order, or 0. */
export function exactValuesOf(csr: usize): usize {
  return <usize>load<u32>(csr, 12);
}

/** Address of the first entry of row i. */
export function rowBegin(csr: usize, i: u32): usize {
  return <usize>load<u32>(<usize>load<u32>(csr, 8) + <usize>i * 8);
}

/** Address behind the last entry of row i. */
export function rowEnd(csr: usize, i: u32): usize {
  return <usize>load<u32>(<usize>load<u32>(csr, 8) + <usize>i * 8, 4);
}

/**
 * Columns by falling frequency (u32 each, none above `most`), ties in column order, as `ranks[column]` (u32). Rows that
 * name features by rank touch the same few cache lines again and again.
 */
export function rankColumns(frequencies: usize, nColumns: u32, most: u32, ranks: usize): void {
  const bytes = (<usize>most + 2) * 4;
  const places = allocateZeroed(bytes);
  for (let column: usize = 0; column < <usize>nColumns; column++) {
    const place = places + <usize>(most - load<u32>(frequencies + column * 4) + 1) * 4;
    store<u32>(place, load<u32>(place) + 1);
  }
  for (let i: usize = 1; i <= <usize>most; i++) {
    store<u32>(places + i * 4, load<u32>(places + i * 4) + load<u32>(places + i * 4 - 4));
  }
  for (let column: usize = 0; column < <usize>nColumns; column++) {
    const place = places + <usize>(most - load<u32>(frequencies + column * 4)) * 4;
    store<u32>(ranks + column * 4, load<u32>(place));
    store<u32>(place, load<u32>(place) + 1);
  }
  free(places, bytes);
}

function rankByEntries(nEntries: u32, nFeatures: u32, indices: usize, ranks: usize): void {
  const frequencies = allocateZeroed(<usize>nFeatures * 4);
  let most: u32 = 0;
  for (let e: usize = 0; e < <usize>nEntries; e++) {
    const at = frequencies + <usize>load<u32>(indices + e * 4) * 4;
    const frequency = load<u32>(at) + 1;
    store<u32>(at, frequency);
    if (frequency > most) most = frequency;
  }
  rankColumns(frequencies, nFeatures, most, ranks);
  free(frequencies, <usize>nFeatures * 4);
}

/**
 * Fill a row table and entries from `indptr` (u32, rows + 1), `indices` (u32) and `data` (f64), features numbered by
 * falling frequency or, without `byFrequency`, as the columns are; `ranks` (u32, features) becomes the feature of each.
 */
export function fillRows(
  nRows: u32,
  nFeatures: u32,
  indptr: usize,
  indices: usize,
  data: usize,
  table: usize,
  entries: usize,
  ranks: usize,
  byFrequency: u32,
): void {
  const nEntries = load<u32>(indptr + <usize>nRows * 4);
  if (byFrequency != 0) rankByEntries(nEntries, nFeatures, indices, ranks);
  else for (let j: u32 = 0; j < nFeatures; j++) store<u32>(ranks + <usize>j * 4, j);
  for (let i: usize = 0; i < <usize>nRows; i++) {
    store<u32>(table + i * 8, <u32>(entries + <usize>load<u32>(indptr + i * 4) * ENTRY));
    store<u32>(table + i * 8 + 4, <u32>(entries + <usize>load<u32>(indptr + i * 4 + 4) * ENTRY));
  }
  for (let e: usize = 0; e < <usize>nEntries; e++) {
    store<u32>(entries + e * ENTRY, load<u32>(ranks + <usize>load<u32>(indices + e * 4) * 4));
    store<f32>(entries + e * ENTRY + 4, <f32>load<f64>(data + e * 8));
  }
}

/**
 * Rows of `left` and `right` (as many) side by side, right's features numbered after left's. `table` has room for the
 * rows, `entries` for the entries of both.
 */
export function joinCsr(left: usize, right: usize, table: usize, entries: usize): usize {
  const shift = featuresOf(left);
  let out = entries;
  for (let i: u32 = 0; i < rowsOf(left); i++) {
    store<u32>(table + <usize>i * 8, <u32>out);
    const size = rowEnd(left, i) - rowBegin(left, i);
    memory.copy(out, rowBegin(left, i), size);
    out += size;
    for (let at = rowBegin(right, i); at < rowEnd(right, i); at += ENTRY, out += ENTRY) {
      store<u32>(out, load<u32>(at) + shift);
      store<f32>(out, load<f32>(at, 4), 4);
    }
    store<u32>(table + <usize>i * 8 + 4, <u32>out);
  }
  return createCsr(rowsOf(left), shift + featuresOf(right), table, 0);
}

/** A copy of all rows, every value times the scale (f32) of its feature; `table` and `entries` have room for it. */
export function scaleCsr(csr: usize, scale: usize, table: usize, entries: usize): usize {
  let out = entries;
  for (let i: u32 = 0; i < rowsOf(csr); i++) {
    store<u32>(table + <usize>i * 8, <u32>out);
    scaleRow(csr, i, scale, out);
    out += rowEnd(csr, i) - rowBegin(csr, i);
    store<u32>(table + <usize>i * 8 + 4, <u32>out);
  }
  return createCsr(rowsOf(csr), featuresOf(csr), table, 0);
}

/** The same in place. */
export function scaleRows(csr: usize, scale: usize): void {
  for (let i: u32 = 0; i < rowsOf(csr); i++) scaleRow(csr, i, scale, rowBegin(csr, i));
}

function scaleRow(csr: usize, i: u32, scale: usize, out: usize): void {
  for (let at = rowBegin(csr, i); at < rowEnd(csr, i); at += ENTRY, out += ENTRY) {
    const feature = load<u32>(at);
    store<u32>(out, feature);
    store<f32>(out, load<f32>(at, 4) * load<f32>(scale + <usize>feature * 4), 4);
  }
}

/**
 * Add up, for each feature, the values and the number of rows by label and, last, over all rows: `values` and `counts` are
 * f32, features × (classes + 1), and zero before. Labels of row i: labels[labelEnds[i]] … labels[labelEnds[i + 1]].
 */
export function sumByLabel(
  csr: usize,
  labelEnds: usize,
  labels: usize,
  classes: u32,
  values: usize,
  counts: usize,
): void {
  const rowBytes = (<usize>classes + 1) * 4;
  for (let i: u32 = 0; i < rowsOf(csr); i++) {
    const first = load<u32>(labelEnds + <usize>i * 4);
    const last = load<u32>(labelEnds + <usize>i * 4 + 4);
    for (let at = rowBegin(csr, i); at < rowEnd(csr, i); at += ENTRY) {
      const place = <usize>load<u32>(at) * rowBytes;
      const value = load<f32>(at, 4);
      for (let e = first; e < last; e++)
        addTo(place + <usize>load<u32>(labels + <usize>e * 4) * 4, value, values, counts);
      addTo(place + <usize>classes * 4, value, values, counts);
    }
  }
}

function addTo(place: usize, value: f32, values: usize, counts: usize): void {
  store<f32>(values + place, load<f32>(values + place) + value);
  store<f32>(counts + place, load<f32>(counts + place) + 1);
}
