import { describe, expect, test } from 'vitest';
import { leastExamples, thresholdFor, tuneThresholds } from '../../src/sdk/thresholds.ts';
import { randomFrom } from '../conformance/journal.ts';

/** Predictions as if each text had one question of each class, and its answer. */
function unseen(classes: string[], rows: readonly (readonly [p: number, isYes: boolean])[][]) {
  return {
    unseen: {
      classes,
      docs: Uint32Array.from(rows.keys()),
      outOfFold: Float64Array.from(rows.flatMap((row) => row.map(([p]) => p))),
    },
    targets: rows.map((row) => classes.filter((_, k) => row[k]?.[1])),
  };
}

describe('the line between yes and no', () => {
  test('stays at one half with few examples, and where one half is right', () => {
    const few = unseen(
      ['a'],
      Array.from({ length: leastExamples - 1 }, () => [[0.3, true] as const]),
    );
    expect(tuneThresholds(few.unseen, few.targets)).toBeNull();
    const clear = unseen(
      ['a'],
      Array.from({ length: 60 }, (_, i) => [[i % 2 ? 0.95 : 0.05, i % 2 === 1] as const]),
    );
    expect(tuneThresholds(clear.unseen, clear.targets)).toEqual({ all: 0.5, labels: {}, docs: 60, f1AtHalf: 1, f1: 1 });
  });

  test('moves to where F1 is best, for all labels and for one that differs and has examples enough', () => {
    const rows = Array.from({ length: 120 }, (_, i) => {
      const shy = i % 3 === 0;
      const rare = i % 40 === 0;
      return [[shy ? 0.3 : 0.12, shy] as const, [i % 2 ? 0.85 : 0.6, i % 2 === 1] as const, [0.02, rare] as const];
    });
    const { unseen: found, targets } = unseen(['shy', 'bold', 'rare'], rows);
    const thresholds = tuneThresholds(found, targets);
    expect(thresholdFor(thresholds, 'shy')).toBeGreaterThan(0.12);
    expect(thresholdFor(thresholds, 'shy')).toBeLessThanOrEqual(0.3);
    expect(thresholdFor(thresholds, 'bold')).toBeGreaterThan(0.6);
    expect(thresholds?.f1).toBeGreaterThan(thresholds?.f1AtHalf ?? 1);
    expect(Object.keys(thresholds?.labels ?? {})).not.toContain('rare');
  });

  test('is never so low that nearly everything is ticked, nor so high that nothing is', () => {
    const random = randomFrom(7);
    for (const share of [1, 50, 99]) {
      const rows = Array.from({ length: 200 }, () => [[random(1000) / 1000, random(100) < share] as const]);
      const { unseen: found, targets } = unseen(['a'], rows);
      const { all = 0 } = tuneThresholds(found, targets) ?? {};
      expect(all).toBeGreaterThanOrEqual(0.1);
      expect(all).toBeLessThanOrEqual(0.9);
    }
  });

  test('what cannot be a line is read as one half', () => {
    const labels = { a: 0.2, b: 2, c: 'x' } as never;
    const found = ['a', 'b', 'c', 'd', '__proto__'].map((label) => thresholdFor({ all: 0.4, labels } as never, label));
    expect(found).toEqual([0.2, 0.5, 0.5, 0.4, 0.4]);
    expect([null, undefined, {} as never].map((one) => thresholdFor(one, 'a'))).toEqual([0.5, 0.5, 0.5]);
  });
});
