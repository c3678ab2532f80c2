// Sparse rows as plain lists, and to and from dense rows.

export interface Csr {
  readonly shape: readonly [rows: number, columns: number];
  readonly indptr: readonly number[];
  readonly indices: readonly number[];
  readonly data: readonly number[];
}

/** Rows of (column, value) pairs, in the order given. */
export function csrOf(rows: readonly (readonly (readonly [number, number])[])[], columns: number): Csr {
  const indptr = [0];
  for (const row of rows) indptr.push(indptr.at(-1)! + row.length);
  const entries = rows.flat();
  return {
    shape: [rows.length, columns],
    indptr,
    indices: entries.map(([column]) => column),
    data: entries.map(([, value]) => value),
  };
}

/** The non-zero values of dense rows. */
export function toCsr(rows: readonly (readonly number[])[], columns: number): Csr {
  const pairs = rows.map((row) => row.flatMap((value, j) => (value === 0 ? [] : [[j, value] as const])));
  return csrOf(pairs, columns);
}

export function toRows(csr: Csr): number[][] {
  return Array.from({ length: csr.shape[0] }, (_, i) => {
    const row = new Array<number>(csr.shape[1]).fill(0);
    for (let k = csr.indptr[i]!; k < csr.indptr[i + 1]!; k++) row[csr.indices[k]!]! += csr.data[k]!;
    return row;
  });
}
