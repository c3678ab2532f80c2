// Texts of a fit that are counted beside it, perhaps in another thread, until the fit takes them over.
import { Kernels } from '../wasm/kernels.ts';
import type { MovedTerms } from '../wasm/moved-counts.ts';
import type { MovedRows } from '../wasm/moved-rows.ts';
import { FeatureUnion } from './feature-union.ts';
import type { CheckedVectorizerOptions } from './options.ts';

export type { MovedTerms } from '../wasm/moved-counts.ts';
export type { MovedRows } from '../wasm/moved-rows.ts';

/** What a fit takes over first. */
export interface CountedTexts {
  /** Of each vectorizer. */
  readonly terms: readonly MovedTerms[];
  /** UTF-8 bytes of the texts. */
  readonly bytes: number;
}

export class SideCounts {
  readonly #features: FeatureUnion;
  #rows: Iterator<MovedRows>[] = [];

  constructor(vectorizers: readonly CheckedVectorizerOptions[]) {
    this.#features = new FeatureUnion(Kernels.borrow(), vectorizers);
  }

  count(texts: readonly string[]): void {
    this.#features.count(texts);
  }

  /** To be called once all texts are counted. */
  finish(): CountedTexts {
    const terms = this.#features.termsToMove();
    this.#rows = terms.map((_, part) => this.#features.rowsToMove(part));
    return { terms, bytes: this.#features.textBytes };
  }

  /** The next rows of one vectorizer; null when there are no more. */
  rowsOf(part: number): MovedRows | null {
    return this.#rows[part]!.next().value ?? null;
  }
}
