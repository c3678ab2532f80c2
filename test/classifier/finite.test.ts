import { expect, test } from 'vitest';
import { allFinite } from '../../src/classifier/finite.ts';

test('any number that is not finite is found, wherever it stands', () => {
  for (let length = 0; length < 10; length++) {
    for (const Kind of [Float32Array, Float64Array]) {
      const numbers = new Kind(length).fill(-3.5e38 / 2);
      expect(allFinite(numbers)).toBe(true);
      for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        for (let at = 0; at < length; at++) expect(allFinite(numbers.with(at, wrong))).toBe(false);
      }
    }
  }
});
