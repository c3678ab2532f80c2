// What naive Bayes knows of columns and labels: how well each column tells labels apart, and its log ratios, which a
// regression may start from. Both come from sums over the training rows, so neither needs a fit.

import type { SumsByLabel } from '../wasm/row-entries.ts';

/** Smoothing of log ratios, in units of a row's weight: so much is taken for seen of every column with every label. */
const ratioSmoothing = 0.01;
/** Smoothing of strengths, in documents: one that has the column and one that lacks it. */
const strengthSmoothing = 1;

export interface ColumnStrength {
  /**
   * The root mean square, over labels, of log P(column | label) / P(column | other labels): near 0 where the column says
   * nothing.
   */
  readonly strength: Float32Array;
  /** Rows that have the column. */
  readonly frequency: Float32Array;
}

/**
 * What to multiply columns by so that a regression penalises those the less that say the more: their strength to `power`,
 * scaled so that entries keep their size in the mean and C its meaning.
 */
export function columnScale({ strength, frequency }: ColumnStrength, power: number): Float32Array {
  const scale = strength.map((value) => value ** power);
  let squares = 0;
  let entries = 0;
  for (let j = 0; j < scale.length; j++) {
    squares += frequency[j]! * scale[j]! ** 2;
    entries += frequency[j]!;
  }
  const mean = Math.sqrt(squares / entries);
  return mean > 0 ? scale.map((value) => value / mean) : scale.fill(1);
}

/** What columns and labels have to do with each other, from sums over the rows of a training set. */
export class LabelSums {
  readonly #classes: number;
  readonly #columns: number;
  /** columns × (classes + 1), the last for all rows. */
  readonly #values: Float32Array;
  readonly #rows: Float32Array;
  /** Rows of each label, and of all. */
  readonly #support: Float64Array;

  /** `labels` are those of `rows` rows, one after another. */
  constructor({ values, counts }: SumsByLabel, classes: number, labels: Uint32Array, rows: number) {
    this.#classes = classes;
    this.#columns = values.length / (classes + 1);
    this.#values = values;
    this.#rows = counts;
    this.#support = new Float64Array(classes + 1);
    for (const label of labels) this.#support[label]!++;
    this.#support[classes] = rows;
  }

  /** How well each column tells labels apart. */
  columnStrength(): ColumnStrength {
    const classes = this.#classes;
    const support = this.#support;
    const strength = new Float32Array(this.#columns);
    const frequency = new Float32Array(this.#columns);
    const total = support[classes]! + 2 * strengthSmoothing;
    for (let j = 0; j < this.#columns; j++) {
      const base = j * (classes + 1);
      const all = this.#rows[base + classes]! + strengthSmoothing;
      let squares = 0;
      for (let k = 0; k < classes; k++) {
        const own = this.#rows[base + k]!;
        const inside = (own + strengthSmoothing) / (support[k]! + 2 * strengthSmoothing);
        const outside = (all - own) / (total - support[k]!);
        const ratio = Math.log(inside / outside);
        squares += ratio * ratio;
      }
      strength[j] = Math.sqrt(squares / classes);
      frequency[j] = this.#rows[base + classes]!;
    }
    return { strength, frequency };
  }

  /** log P(column | label) − log P(column | other labels), (columns, classes) row-major. */
  logRatios(): Float32Array {
    const classes = this.#classes;
    const totals = this.#totals();
    const smoothing = ratioSmoothing * this.#columns;
    const shift = Float64Array.from({ length: classes }, (_, k) =>
      Math.log((totals[k]! + smoothing) / (totals[classes]! - totals[k]! + smoothing)),
    );
    const ratios = new Float32Array(this.#columns * classes);
    for (let j = 0; j < this.#columns; j++) {
      const base = j * (classes + 1);
      const all = this.#values[base + classes]! + ratioSmoothing;
      for (let k = 0; k < classes; k++) {
        const own = this.#values[base + k]!;
        // Rounding can leave the rest of a column slightly below zero.
        const rest = Math.max(ratioSmoothing, all - own);
        ratios[j * classes + k] = Math.log((own + ratioSmoothing) / rest) - shift[k]!;
      }
    }
    return ratios;
  }

  #totals(): Float64Array {
    const width = this.#classes + 1;
    const totals = new Float64Array(width);
    for (let at = 0; at < this.#values.length; at += width) {
      for (let k = 0; k < width; k++) totals[k]! += this.#values[at + k]!;
    }
    return totals;
  }
}
