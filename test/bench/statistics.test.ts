// The arithmetic behind every published figure.
import { describe, expect, test } from 'vitest';
import { growthExponent, median, quantile, ratioOf, summarize } from '../../bench/statistics.ts';

describe('summaries', () => {
  test('the median of an odd number of values is the middle one, whatever their order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  test('the median of an even number of values lies between the two middle ones', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test('a quantile lies linearly between its neighbours and the outermost are the extremes', () => {
    const values = [0, 10, 20, 30];
    expect(quantile(values, 0)).toBe(0);
    expect(quantile(values, 1)).toBe(30);
    expect(quantile(values, 0.25)).toBeCloseTo(7.5);
  });

  test('a quantile of nothing is no number', () => {
    expect(quantile([], 0.5)).toBeNaN();
  });

  test('a summary leaves the values it was given in their order', () => {
    const values = [3, 1, 2];
    expect(summarize(values)).toEqual({ median: 2, min: 1, max: 3, runs: 3 });
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('ratios', () => {
  test('the least ratio is the fastest slow run over the slowest fast run, the most the other way round', () => {
    const { ratio, min, max } = ratioOf(summarize([10, 20, 30]), summarize([1, 2, 4]));
    expect(ratio).toBe(10);
    expect(min).toBe(2.5);
    expect(max).toBe(30);
  });
});

describe('growth', () => {
  test('a cost in proportion has exponent one, a quadratic one two, a constant one nought', () => {
    const sizes = [1, 2, 4, 8];
    expect(growthExponent(sizes.map((x) => [x, 3 * x]))).toBeCloseTo(1);
    expect(growthExponent(sizes.map((x) => [x, x * x]))).toBeCloseTo(2);
    expect(growthExponent(sizes.map((x) => [x, 7]))).toBeCloseTo(0);
  });
});
