// The entries of rows in linear memory, for the arithmetic that is done once a fit and needs no kernel: sums by label,
// and scaling of columns. The layout is drawn in assembly/features/csr.ts.
import type { Kernels } from './kernels.ts';
import { type Address, addressOf, view } from './memory.ts';
import type { RowsInMemory } from './problem.ts';

/** Visit all entries, row by row. */
export function visitEntries(
  kernels: Kernels,
  rows: RowsInMemory,
  visit: (row: number, feature: number, value: number) => void,
): void {
  const { features, values, ends } = entryViews(kernels, rows);
  for (let i = 0; i < rows.rows; i++) {
    for (let e = ends[2 * i]! >>> 2; e < ends[2 * i + 1]! >>> 2; e += 2) visit(i, features[e]!, values[e + 1]!);
  }
}

/** Multiply every value by the scale of its feature. */
export function scaleEntries(kernels: Kernels, rows: RowsInMemory, scale: Float32Array): void {
  const { features, values, ends } = entryViews(kernels, rows);
  for (let i = 0; i < rows.rows; i++) {
    for (let e = ends[2 * i]! >>> 2; e < ends[2 * i + 1]! >>> 2; e += 2) values[e + 1]! *= scale[features[e]!]!;
  }
}

/** All of memory as features and as values, and where each row begins and ends, in bytes: good until the next call. */
function entryViews(kernels: Kernels, rows: RowsInMemory) {
  const record = view(kernels, Uint32Array, rows.at, 4);
  const ends = view(kernels, Uint32Array, addressOf(record[2]!), rows.rows * 2);
  const words = Math.floor(ends.buffer.byteLength / 4);
  return {
    features: view(kernels, Uint32Array, 0 as Address, words),
    values: view(kernels, Float32Array, 0 as Address, words),
    ends,
  };
}
