// Rows of several vectorizers side by side, and some rows of many: what cross-validation does instead of vectorizing
// the same texts again for every fold. Document frequencies then come from all texts, held-out ones included; no label
// does, and columns that only held-out texts have get no weight.
import type { CsrMatrix } from '../classifier/csr.ts';

/** Columns of the second matrix behind those of the first, and so on; all have the same rows. */
export function sideBySide(parts: readonly CsrMatrix[]): CsrMatrix {
  const [first] = parts;
  if (first === undefined || parts.length === 1) return first ?? emptyRows();
  const rows = first.shape[0];
  const entries = parts.reduce((sum, part) => sum + part.indices.length, 0);
  const joined = room(rows, entries);
  let at = 0;
  for (let i = 0; i < rows; i++) {
    let shift = 0;
    for (const { shape, indptr, indices, data } of parts) {
      for (let e = indptr[i]!; e < indptr[i + 1]!; e++) {
        joined.indices[at] = indices[e]! + shift;
        joined.data[at++] = data[e]!;
      }
      shift += shape[1];
    }
    joined.indptr[i + 1] = at;
  }
  return { shape: [rows, parts.reduce((sum, { shape }) => sum + shape[1], 0)], ...joined };
}

/** The rows at `wanted`, in that order, with every value times the scale of its column. */
export function rowsAt(matrix: CsrMatrix, wanted: ArrayLike<number>, scale?: ArrayLike<number>): CsrMatrix {
  const { shape, indptr, indices, data } = matrix;
  let entries = 0;
  for (let i = 0; i < wanted.length; i++) entries += indptr[wanted[i]! + 1]! - indptr[wanted[i]!]!;
  const picked = room(wanted.length, entries);
  let at = 0;
  for (let i = 0; i < wanted.length; i++) {
    const from = indptr[wanted[i]!]!;
    const to = indptr[wanted[i]! + 1]!;
    picked.indices.set(indices.subarray(from, to), at);
    if (scale) for (let e = from; e < to; e++) picked.data[at + e - from] = data[e]! * scale[indices[e]!]!;
    else picked.data.set(data.subarray(from, to), at);
    at += to - from;
    picked.indptr[i + 1] = at;
  }
  return { shape: [wanted.length, shape[1]], ...picked };
}

function room(rows: number, entries: number) {
  return { indptr: new Uint32Array(rows + 1), indices: new Uint32Array(entries), data: new Float64Array(entries) };
}

function emptyRows(): CsrMatrix {
  return { shape: [0, 0], ...room(0, 0) };
}
