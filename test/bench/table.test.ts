// Figures and tables as they are printed.
import { describe, expect, test } from 'vitest';
import { summarize } from '../../bench/statistics.ts';
import { formatBytes, formatRatio, formatSeconds, formatSpread, formatTable } from '../../bench/table.ts';

describe('figures', () => {
  test('a time has three digits and the unit that keeps it readable', () => {
    expect(formatSeconds(0.00000123)).toBe('1.23 µs');
    expect(formatSeconds(0.0456)).toBe('45.6 ms');
    expect(formatSeconds(12.345)).toBe('12.3 s');
    expect(formatSeconds(1234)).toBe('1234 s');
  });

  test('a time that was not measured is a dash', () => {
    expect(formatSeconds(Number.NaN)).toBe('–');
  });

  test('a spread shows the least and the most, and only one run shows none', () => {
    expect(formatSpread(summarize([1, 2, 4]))).toBe('2.00 s (1.00 s – 4.00 s)');
    expect(formatSpread(summarize([2]))).toBe('2.00 s');
  });

  test('a ratio to a peer that was stopped is a lower bound', () => {
    const ratio = { ratio: 12.34, min: 9.87, max: 20 };
    expect(formatRatio(ratio)).toBe('12.3× (9.87 – 20.0)');
    expect(formatRatio(ratio, true)).toBe('≥ 12.3× (9.87 – 20.0)');
    expect(formatRatio({ ratio: 2, min: 2, max: 2 })).toBe('2.00×');
  });

  test('bytes are counted in thousands', () => {
    expect(formatBytes(64_500_000)).toBe('64.5 MB');
    expect(formatBytes(1500)).toBe('1.50 kB');
  });
});

describe('tables', () => {
  test('the first column stands to the left, the others to the right, and missing cells are blank', () => {
    const table = formatTable(['name', 'time'], [['a', '1.00 s'], ['longer'], ['b', '10.0 s']]);
    expect(table.split('\n')).toEqual([
      'name      time',
      '------  ------',
      'a       1.00 s',
      'longer',
      'b       10.0 s',
    ]);
  });
});
