// Sparse rows as arrays, SciPy's names and meaning.

/** Compressed sparse rows: row i holds data[indptr[i] … indptr[i + 1]] in columns indices[…], ascending. */
export interface CsrMatrix {
  readonly shape: readonly [rows: number, columns: number];
  readonly indptr: Uint32Array;
  readonly indices: Uint32Array;
  readonly data: Float64Array;
}

/**
 * Rows of equal length as sparse rows; zeros are left out.
 *
 * @example
 * const X = fromDense([[1, 0], [0, 2], [3, 0]], 2);
 * console.log(new LogisticRegression().fit(X, ['left', 'right', 'left']).predictProba(X));
 */
export function fromDense(rows: readonly ArrayLike<number>[], columns: number): CsrMatrix {
  const indptr = new Uint32Array(rows.length + 1);
  const indices: number[] = [];
  const data: number[] = [];
  for (const [i, row] of rows.entries()) {
    for (let j = 0; j < columns; j++) {
      if (row[j] === 0) continue;
      indices.push(j);
      data.push(row[j]!);
    }
    indptr[i + 1] = indices.length;
  }
  return {
    shape: [rows.length, columns],
    indptr,
    indices: Uint32Array.from(indices),
    data: Float64Array.from(data),
  };
}
