// What is done to the entries of rows in linear memory once a fit: columns scaled, values added up by label.
import type { Kernels } from './kernels.ts';
import { allocate, copyIn, release, view } from './memory.ts';
import type { RowsInMemory } from './problem.ts';

/** Multiply every value by the scale of its feature. */
export function scaleEntries(kernels: Kernels, rows: RowsInMemory, scale: Float32Array): void {
  const factors = copyIn(kernels, scale);
  kernels.call((k) => k.scaleRows(rows.at, factors.at));
  release(kernels, factors);
}

/** Sums of values and numbers of rows, features × (classes + 1): by label, and last for all rows. */
export interface SumsByLabel {
  readonly values: Float32Array;
  readonly counts: Float32Array;
}

/** Add up all rows. Labels of row i: labels[labelEnds[i]] … labels[labelEnds[i + 1]]. */
export function sumByLabel(
  kernels: Kernels,
  rows: RowsInMemory,
  classes: number,
  labelEnds: Uint32Array,
  labels: Uint32Array,
): SumsByLabel {
  const size = rows.features * (classes + 1);
  const [ends, ids] = [copyIn(kernels, labelEnds), copyIn(kernels, labels)];
  const [values, counts] = [allocate(kernels, size * 4, true), allocate(kernels, size * 4, true)];
  kernels.call((k) => k.sumByLabel(rows.at, ends.at, ids.at, classes, values.at, counts.at));
  const sums = {
    values: view(kernels, Float32Array, values.at, size).slice(),
    counts: view(kernels, Float32Array, counts.at, size).slice(),
  };
  release(kernels, ends, ids, values, counts);
  return sums;
}
