// Sketches of training sets: equal for equal sets in any order, apart by what changed.
import { describe, expect, test } from 'vitest';
import { distance, sketchOf } from '../../src/sdk/label-sketch.ts';

function samples(count: number, labelOf = (i: number) => `label ${i % 3}`) {
  return Array.from({ length: count }, (_, i) => ({ text: `text ${i}`, labels: [labelOf(i)], weight: 1 }));
}

describe('a sketch', () => {
  test('is the same whatever the order', () => {
    expect(sketchOf(samples(100).reverse())).toBe(sketchOf(samples(100)));
  });

  test('is apart by the texts that were added, and twice by those that were labelled anew', () => {
    const before = sketchOf(samples(100));
    expect(distance(before, before)).toBe(0);
    expect(distance(before, sketchOf(samples(107)))).toBe(7);
    const changed = distance(before, sketchOf(samples(100, (i) => (i < 5 ? 'other' : `label ${i % 3}`))))!;
    expect(changed).toBeGreaterThan(6);
    expect(changed).toBeLessThanOrEqual(10);
  });

  test('of many texts still tells when all labels were mixed up', () => {
    const mixed = samples(5000, (i) => `label ${(i * 7 + (i >> 3)) % 3}`);
    expect(distance(sketchOf(samples(5000)), sketchOf(mixed))).toBeGreaterThan(500);
  });

  test('compares with nothing else', () => {
    for (const other of [undefined, null, 5, '', 'abcd']) expect(distance(other, sketchOf([]))).toBeNull();
  });
});
