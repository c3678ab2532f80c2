// The plot of accuracy by labels: every point inside its panel, and the finding told in words.
import { expect, test } from 'vitest';
import { plotAccuracy } from '../../bench/accuracy-plot.ts';

test('a plot draws each line inside its panel and tells where the goal was reached', () => {
  const points = [250, 500, 750].map((labels, i) => [labels, 0.4 + 0.2 * i] as const);
  const svg = plotAccuracy([
    {
      title: 'Corpus',
      lines: [
        { label: 'ranked', points, reached: 600 },
        { label: 'any order', points: points.map(([labels]) => [labels, 0.5] as const), reached: null },
      ],
      goal: { value: 0.7, label: '95 % of 73.7 %' },
    },
  ]);
  expect(svg).toContain(
    '<desc id="desc">Corpus: 95 % of 73.7 % is reached ranked with 600 labels, any order not within the labels shown.</desc>',
  );
  const drawn = [...svg.matchAll(/points="([^"]+)"/g)].flatMap(([, list]) => list!.split(' '));
  expect(drawn).toHaveLength(6);
  for (const point of drawn) {
    const [x, y] = point.split(',').map(Number);
    expect(x! >= 56 && x! <= 402 && y! >= 48 && y! <= 256).toBe(true);
  }
  expect(svg.match(/<circle/g)).toHaveLength(1);
});
