// The vectorizer against scikit-learn's own answers.
import { describe, expect, it } from 'vitest';
import type { CsrMatrix } from '../../src/classifier/csr.ts';
import type { VectorizerOptions } from '../../src/classifier/options.ts';
import { TfidfVectorizer } from '../../src/classifier/vectorizer.ts';
import { SparrowError } from '../../src/errors.ts';
import { type GoldenTfidfCase, goldenAnalyzers, goldenTfidf, inFormOf } from '../golden.ts';

describe('analyzer', () => {
  const { strings, sets } = goldenAnalyzers();
  for (const { options, tokens } of sets) {
    it(`gives scikit-learn's terms with ${JSON.stringify(options)}`, () => {
      const vectorizer = new TfidfVectorizer(options as VectorizerOptions);
      for (const [i, text] of strings.entries()) {
        const golden = tokens[i]!;
        expect(inFormOf(golden, vectorizer.analyze(text)), `string ${i}: ${JSON.stringify(text).slice(0, 80)}`).toEqual(
          golden,
        );
      }
    });
  }
});

describe('TF-IDF', () => {
  const golden = goldenTfidf();
  for (const expected of golden.cases) {
    it(`gives scikit-learn's columns and values with ${JSON.stringify(expected.options)}`, () => {
      const vectorizer = new TfidfVectorizer(expected.options as VectorizerOptions);
      const fitted = vectorizer.fitTransform(golden.corpus);
      if (isAnotherTieChoice(expected, vectorizer.vocabulary)) return;
      expect(vectorizer.vocabulary).toEqual(expected.features);
      if (expected.idf) expectClose(vectorizer.idf, expected.idf);
      expectSame(fitted, expected.fit);
      expectSame(vectorizer.transform(golden.new), expected.new);
      expectSame(vectorizer.transform(golden.corpus), expected.fit);
    });
  }

  for (const { options, docs, error } of golden.errors) {
    it(`refuses ${JSON.stringify(options)} on ${docs ? JSON.stringify(docs) : 'the corpus'}, as scikit-learn: ${error}`, () => {
      expect(() => new TfidfVectorizer(options as VectorizerOptions).fit(docs ?? golden.corpus)).toThrow(SparrowError);
    });
  }
});

/** True when terms tied at the cut were chosen differently, after checking that the rest and their number agree. */
function isAnotherTieChoice({ maxFeaturesTie: tie, features }: GoldenTfidfCase, found: readonly string[]): boolean {
  if (!tie) return false;
  const isTied = (term: string) => tie.terms.includes(term);
  expect(found.filter((term) => !isTied(term))).toEqual(features.filter((term) => !isTied(term)));
  expect(found.filter(isTied)).toHaveLength(tie.kept);
  return found.join('\n') !== features.join('\n');
}

function expectSame(found: CsrMatrix, expected: GoldenTfidfCase['fit']): void {
  expect(Array.from(found.shape)).toEqual(Array.from(expected.shape));
  expect(Array.from(found.indptr)).toEqual(Array.from(expected.indptr));
  expect(Array.from(found.indices)).toEqual(Array.from(expected.indices));
  expectClose(found.data, expected.data);
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(found[i]! - expected[i]!)).toBeLessThan(1e-14 * Math.max(1, Math.abs(expected[i]!)) * 10);
}
