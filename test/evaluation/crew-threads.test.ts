// How many threads a search is spread over.
import { expect, test } from 'vitest';
import { crewSize } from '../../src/evaluation/crew-threads.ts';

const gigabyte = 2 ** 30;

test.each([
  { cores: 2, units: 5_000_000, free: 16 * gigabyte, threads: 2 },
  { cores: 1, units: 5_000_000, free: 16 * gigabyte, threads: 1 },
  { cores: 64, units: 5_000_000, free: 64 * gigabyte, threads: 5 },
  { cores: 8, units: 20_000_000, free: 8 * gigabyte, threads: 1 },
  { cores: 8, units: 20_000_000, free: 26 * gigabyte, threads: 3 },
  { cores: 8, units: 0, free: 0, threads: 1 },
])('$cores cores, $units units, $free bytes free: $threads', ({ cores, units, free, threads }) => {
  expect(crewSize(cores, units, free)).toBe(threads);
});
