// The order of runs and what becomes of them; no clock is read here.
import { describe, expect, test } from 'vitest';
import { compare, type Measurement } from '../../bench/contender.ts';

function contender(name: string, measurements: readonly Measurement[], log: string[]) {
  let run = 0;
  return {
    name,
    measure: async () => {
      log.push(name);
      return measurements[run++ % measurements.length]!;
    },
  };
}

describe('a comparison', () => {
  test('runs its contenders in turns', async () => {
    const log: string[] = [];
    const one = { seconds: 1, cpuSeconds: 1 };
    await compare([contender('a', [one], log), contender('b', [one], log)], { runs: 3, budget: 100 });
    expect(log.join('')).toBe('ababab');
  });

  test('runs a slow contender until its time is used up, at least once', async () => {
    const log: string[] = [];
    const slow = contender('b', [{ seconds: 50, cpuSeconds: null }], log);
    const standings = await compare([contender('a', [{ seconds: 1, cpuSeconds: 1 }], log), slow], {
      runs: 4,
      budget: 10,
    });
    expect(log.join('')).toBe('abaaa');
    expect(standings.map(({ wall }) => wall.runs)).toEqual([4, 1]);
    expect(standings[1]?.cpu).toBeNull();
  });

  test('gives a second line to a solver that passed the wanted gap before it stopped by itself', async () => {
    const passed = { seconds: 5, cpuSeconds: 5, toGap: { seconds: 4, cpuSeconds: 3 } };
    const standings = await compare([contender('a', [passed], [])], { runs: 1, budget: 1 });
    expect(standings.map(({ name, wall, cpu }) => [name, wall.median, cpu?.median])).toEqual([
      ['a', 5, 5],
      ['a, when at gap 1e-6', 4, 3],
    ]);
  });

  test('gives no second line to a solver that was run until the wanted gap', async () => {
    const done = { seconds: 4, cpuSeconds: 3, toGap: { seconds: 4, cpuSeconds: 3 } };
    expect(await compare([contender('a', [done], [])], { runs: 2, budget: 100 })).toHaveLength(1);
  });
});
