// Rows that stay in linear memory while many problems are made of them: some of the rows, or all with scaled columns.
// Rows stand where a table says, so taking some of them copies nothing. The layout is drawn in assembly/features/csr.ts.
import type { Kernels } from './kernels.ts';
import { type Address, addressOf, allocate, type Block, copyIn, release, view } from './memory.ts';
import type { RowsInMemory } from './problem.ts';

export class KeptRows implements RowsInMemory {
  readonly at: Address;
  readonly rows: number;
  readonly features: number;
  readonly #kernels: Kernels;
  readonly #blocks: readonly Block[];

  private constructor(kernels: Kernels, at: Address, rows: number, features: number, blocks: readonly Block[]) {
    this.#kernels = kernels;
    this.at = at;
    this.rows = rows;
    this.features = features;
    this.#blocks = blocks;
  }

  /** The rows at `wanted`, in that order. They hold as long as those they are taken from. */
  static pick(kernels: Kernels, from: RowsInMemory, wanted: ArrayLike<number>): KeptRows {
    const table = allocate(kernels, wanted.length * 8);
    const ends = view(kernels, Uint32Array, table.at, wanted.length * 2);
    const all = tableOf(kernels, from);
    for (let i = 0; i < wanted.length; i++) {
      ends[2 * i] = all[2 * wanted[i]!]!;
      ends[2 * i + 1] = all[2 * wanted[i]! + 1]!;
    }
    const at = kernels.call((k) => k.createCsr(wanted.length, from.features, table.at, 0));
    return new KeptRows(kernels, addressOf(at), wanted.length, from.features, [table]);
  }

  /** A copy of all rows, every value times the scale of its feature. */
  static scaled(kernels: Kernels, from: RowsInMemory, scale: Float32Array): KeptRows {
    const bytes = tableOf(kernels, from).reduce((sum, at, i) => sum + (i % 2 === 0 ? -at : at), 0);
    const [table, entries] = [allocate(kernels, from.rows * 8), allocate(kernels, bytes)];
    const factors = copyIn(kernels, scale);
    const at = kernels.call((k) => k.scaleCsr(from.at, factors.at, table.at, entries.at));
    release(kernels, factors);
    return new KeptRows(kernels, addressOf(at), from.rows, from.features, [table, entries]);
  }

  dispose(): void {
    if (this.#kernels.isLost) return;
    this.#kernels.call((k) => k.destroyCsr(this.at));
    release(this.#kernels, ...this.#blocks);
  }
}

/**
 * The rows times weights (features × outputs, row-major) plus the intercepts: raw predictions (rows × outputs), summed
 * in f32.
 */
export function multiplyRows(
  kernels: Kernels,
  rows: RowsInMemory,
  weights: Float32Array,
  intercept: Float64Array,
): Float64Array {
  const outputs = intercept.length;
  const width = kernels.call((k) => k.paddedWidth(outputs));
  const padded = allocate(kernels, rows.features * width * 4, true);
  const lanes = view(kernels, Float32Array, padded.at, rows.features * width);
  if (width === outputs) lanes.set(weights);
  else {
    for (let j = 0; j < rows.features; j++) {
      for (let k = 0; k < outputs; k++) lanes[j * width + k] = weights[j * outputs + k]!;
    }
  }
  const out = allocate(kernels, rows.rows * width * 4, true);
  kernels.call((k) => k.multiplyRows(rows.at, padded.at, width, out.at));
  const sums = view(kernels, Float32Array, out.at, rows.rows * width);
  const raw = new Float64Array(rows.rows * outputs);
  for (let i = 0; i < rows.rows; i++) {
    for (let k = 0; k < outputs; k++) raw[i * outputs + k] = sums[i * width + k]! + intercept[k]!;
  }
  release(kernels, padded, out);
  return raw;
}

/** Where each row begins and ends, in bytes: good until the next call. */
function tableOf(kernels: Kernels, rows: RowsInMemory): Uint32Array {
  const record = view(kernels, Uint32Array, rows.at, 4);
  return view(kernels, Uint32Array, addressOf(record[2]!), rows.rows * 2);
}
