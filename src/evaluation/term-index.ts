// From a term to its column, without a string for each term: vocabularies are sorted by code point, which is the order
// of UTF-8 bytes, so a term is found by halving. A vocabulary in an order of its own is put in a map.
import type { Model } from '../classifier/model-file.ts';
import { termStrings } from '../classifier/vectorizer.ts';

type Terms = Model['blocks'][number]['terms'];

export class TermIndex {
  readonly #terms: Terms;
  readonly #map: ReadonlyMap<string, number> | undefined;
  readonly #encoder = new TextEncoder();

  constructor(terms: Terms) {
    this.#terms = terms;
    if (!this.#isSorted()) this.#map = new Map(termStrings(terms).map((term, column) => [term, column]));
  }

  find(term: string): number | undefined {
    if (this.#map) return this.#map.get(term);
    const wanted = this.#encoder.encode(term);
    let low = 0;
    let high = this.#terms.ends.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = compareBytes(this.#bytesOf(middle), wanted);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  #bytesOf(column: number): Uint8Array {
    const { bytes, ends } = this.#terms;
    return bytes.subarray(column === 0 ? 0 : ends[column - 1], ends[column]);
  }

  #isSorted(): boolean {
    for (let column = 1; column < this.#terms.ends.length; column++) {
      if (compareBytes(this.#bytesOf(column - 1), this.#bytesOf(column)) >= 0) return false;
    }
    return true;
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
