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
