// What naive Bayes knows of columns and labels: how well each column tells labels apart, and its log ratios, which a
// regression may start from. Both come from sums over the training rows, so neither needs a fit.

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

/** Sums of values and numbers of rows, by column and label. Labels of row i: labels[labelEnds[i]] … labels[labelEnds[i + 1]]. */
export class LabelSums {
  readonly #labelEnds: Uint32Array;
  readonly #labels: Uint32Array;
  readonly #classes: number;
  readonly #columns: number;
  /** columns × (classes + 1), the last for all rows. */
  readonly #values: Float32Array;
  readonly #rows: Float32Array;
  /** Rows of each label, and of all. */
  readonly #support: Float64Array;

  constructor(columns: number, classes: number, labelEnds: Uint32Array, labels: Uint32Array) {
    this.#labelEnds = labelEnds;
    this.#labels = labels;
    this.#classes = classes;
    this.#columns = columns;
    this.#values = new Float32Array(columns * (classes + 1));
    this.#rows = new Float32Array(columns * (classes + 1));
    this.#support = new Float64Array(classes + 1);
    for (const label of labels) this.#support[label]!++;
    this.#support[classes] = labelEnds.length - 1;
  }

  /** Take an entry of a row into account; each column at most once a row. */
  add(row: number, column: number, value: number): void {
    const base = column * (this.#classes + 1);
    const last = this.#labelEnds[row + 1]!;
    for (let at = this.#labelEnds[row]!; at < last; at++) {
      this.#values[base + this.#labels[at]!]! += value;
      this.#rows[base + this.#labels[at]!]!++;
    }
    this.#values[base + this.#classes]! += value;
    this.#rows[base + this.#classes]!++;
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
