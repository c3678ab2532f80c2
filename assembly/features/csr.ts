// Sparse rows as the solvers read them, a record of addresses. The arrays belong to whoever made them.
import { allocate, free } from '../memory/arena';

//  offset  0       4          8        12        16
//          rows    features   indptr   indices   data
//
//  row i is entries indptr[i] … indptr[i + 1] (u32) of indices (u32) and data (f32)
const csrBytes: usize = 32;

export function createCsr(nRows: u32, nFeatures: u32, indptr: usize, indices: usize, data: usize): usize {
  const csr = allocate(csrBytes);
  store<u32>(csr, nRows);
  store<u32>(csr, nFeatures, 4);
  store<u32>(csr, <u32>indptr, 8);
  store<u32>(csr, <u32>indices, 12);
  store<u32>(csr, <u32>data, 16);
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

export function indptrOf(csr: usize): usize {
  return <usize>load<u32>(csr, 8);
}

export function indicesOf(csr: usize): usize {
  return <usize>load<u32>(csr, 12);
}

export function dataOfCsr(csr: usize): usize {
  return <usize>load<u32>(csr, 16);
}

/**
 * The rows of `left` and `right` (as many) side by side, right's features numbered after left's. `indptr` (u32,
 * rows + 1), `indices` (u32) and `data` (f32) have room for the entries of both.
 */
export function joinCsr(left: usize, right: usize, indptr: usize, indices: usize, data: usize): usize {
  const rows = rowsOf(left);
  const shift = featuresOf(left);
  let out: u32 = 0;
  store<u32>(indptr, 0);
  for (let row: usize = 0; row < <usize>rows; row++) {
    out = copyRow(left, row, 0, indices, data, out);
    out = copyRow(right, row, shift, indices, data, out);
    store<u32>(indptr + row * 4 + 4, out);
  }
  return createCsr(rows, shift + featuresOf(right), indptr, indices, data);
}

function copyRow(csr: usize, row: usize, shift: u32, indices: usize, data: usize, out: u32): u32 {
  const last = load<u32>(indptrOf(csr) + row * 4 + 4);
  for (let e = load<u32>(indptrOf(csr) + row * 4); e < last; e++, out++) {
    store<u32>(indices + <usize>out * 4, load<u32>(indicesOf(csr) + <usize>e * 4) + shift);
    store<f32>(data + <usize>out * 4, load<f32>(dataOfCsr(csr) + <usize>e * 4));
  }
  return out;
}
