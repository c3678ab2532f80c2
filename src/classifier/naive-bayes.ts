// What naive Bayes knows of columns and labels: how well each column tells labels apart, and its log ratios, which a
// regression may start from. Both come from sums over the training rows, so neither needs a fit.

/** Smoothing of log ratios, in units of a row's weight: so much is taken for seen of every column with every label. */
const ratioSmoothing = 0.01;
/** Smoothing of column powers, in documents: one that has the column and one that lacks it. */
const powerSmoothing = 1;

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

  /**
   * For each column the root mean square, over labels, of log P(column | label) / P(column | other labels), to `power`:
   * near 0 where the column says nothing. A column that is scaled by it is penalised the less the more it says.
   */
  columnScale(power: number): Float32Array {
    const classes = this.#classes;
    const support = this.#support;
    const scale = new Float32Array(this.#columns);
    const total = support[classes]! + 2 * powerSmoothing;
    for (let j = 0; j < this.#columns; j++) {
      const base = j * (classes + 1);
      const all = this.#rows[base + classes]! + powerSmoothing;
      let squares = 0;
      for (let k = 0; k < classes; k++) {
        const own = this.#rows[base + k]!;
        const inside = (own + powerSmoothing) / (support[k]! + 2 * powerSmoothing);
        const outside = (all - own) / (total - support[k]!);
        const ratio = Math.log(inside / outside);
        squares += ratio * ratio;
      }
      scale[j] = (squares / classes) ** (power / 2);
    }
    return scale;
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
