// A training that needs more linear memory than there is: a sentence, and the next training works.
import { describe, expect, test } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { Kernels } from '../../src/wasm/kernels.ts';

const MiB = 2 ** 20;
const sentence =
  'This needs more memory than the kernels may use; give fewer texts or a smaller vocabulary (minDf, maxFeatures; of the ' +
  'server, MAX_DOCUMENTS and MAX_VOCABULARY).';
const labels = ['a', 'b'];

/** Texts without a word in common. */
function texts(count: number, words: number): string[] {
  return Array.from({ length: count }, (_, i) => Array.from({ length: words }, (__, j) => `w${i}x${j}`).join(' '));
}

/** The next training gets kernels that may use so much. */
function limitTo(bytes: number): void {
  Kernels.giveBack(new Kernels(bytes));
}

describe('a training beyond its memory', () => {
  test.each([
    ['while it counts', 2000, 200],
    ['while it fits', 2000, 20],
  ])('fails with a sentence %s, and the next one works', (_, count, words) => {
    const given = texts(count, words);
    const targets = given.map((__, i) => labels[i % 2]!);
    limitTo(words > 100 ? 8 * MiB : 5 * MiB);
    expect(() => TextClassifier.fit(given, targets)).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY', message: sentence }),
    );
    const next = TextClassifier.fit(given.slice(0, 10), targets.slice(0, 10));
    expect(next.predict(given.slice(0, 2))).toEqual(['a', 'b']);
  });

  test('takes place within the memory where the vocabulary is not the reason', () => {
    limitTo(64 * MiB);
    const given = texts(200, 20);
    const fitted = TextClassifier.fit(
      given,
      given.map((_, i) => labels[i % 2]!),
      { maxFeatures: 100 },
    );
    expect(fitted.report.features).toBe(100);
  });
});
