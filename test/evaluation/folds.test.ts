// Stratified folds: shares, sizes, seeds, and what cannot be folded.
import { describe, expect, test } from 'vitest';
import { SparrowError } from '../../src/errors.ts';
import { scarceLabels, stratifiedFolds } from '../../src/evaluation/folds.ts';

/** `counts[label]` documents of each label, interleaved. */
function labelsWith(counts: Record<string, number>): string[] {
  return Object.entries(counts)
    .flatMap(([label, count]) => Array.from({ length: count }, (_, i) => ({ label, at: i / count })))
    .sort((a, b) => a.at - b.at)
    .map(({ label }) => label);
}

function countIn(folds: Uint16Array, labels: readonly string[], fold: number, label: string): number {
  return labels.filter((of, i) => of === label && folds[i] === fold).length;
}

describe('stratifiedFolds', () => {
  const counts = { common: 103, middling: 40, rare: 7 };
  const labels = labelsWith(counts);

  test('every fold has its share of every class, to within one document', () => {
    const folds = stratifiedFolds(labels, 5, 3);
    for (let fold = 0; fold < 5; fold++) {
      for (const [label, count] of Object.entries(counts)) {
        const inFold = countIn(folds, labels, fold, label);
        expect(inFold).toBeGreaterThanOrEqual(Math.floor(count / 5));
        expect(inFold).toBeLessThanOrEqual(Math.ceil(count / 5));
      }
    }
  });

  test('fold sizes differ by one document at most', () => {
    const folds = stratifiedFolds(labels, 4);
    const sizes = [0, 1, 2, 3].map((fold) => folds.filter((of) => of === fold).length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  test('the same seed gives the same folds, another seed others', () => {
    expect(stratifiedFolds(labels, 5, 1)).toEqual(stratifiedFolds(labels, 5, 1));
    expect(stratifiedFolds(labels, 5, 1)).not.toEqual(stratifiedFolds(labels, 5, 2));
  });

  test('the folds of a seed stay the same from version to version', () => {
    expect([...stratifiedFolds(['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b'], 2, 7)]).toEqual([1, 1, 1, 0, 0, 1, 0, 0]);
  });

  test('what cannot be folded is refused with the number of documents', () => {
    expect(() => stratifiedFolds(['a', 'b'], 3)).toThrow('Cannot make 3 folds of 2 documents.');
    expect(() => stratifiedFolds(['a', 'b', 'c', 'd'], 2)).toThrow('the largest class has 1 documents');
    expect(() => stratifiedFolds(['a', 'a'], 1)).toThrow(SparrowError);
  });

  test('labels with fewer documents than folds are named', () => {
    expect(scarceLabels(labels, 8)).toEqual(['rare']);
    expect(scarceLabels(labels, 7)).toEqual([]);
  });
});
