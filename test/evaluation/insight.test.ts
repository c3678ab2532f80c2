// Intervals, learning curves, suspicious labels, ranking and agreement, on cases whose answer is known.
import { describe, expect, test } from 'vitest';
import { agreementOf, type Rating } from '../../src/evaluation/agreement.ts';
import { seededRandom } from '../../src/evaluation/folds.ts';
import { wilsonInterval } from '../../src/evaluation/intervals.ts';
import { accuracyAt, fitLearningCurve, fitPowerLaw } from '../../src/evaluation/learning-curve.ts';
import { multiLabelScoreOf, rankForLabelling, scoreOf } from '../../src/evaluation/rank.ts';
import { findSuspects } from '../../src/evaluation/suspicious.ts';

describe("Wilson's interval", () => {
  test('is that of the literature', () => {
    const { low, high } = wilsonInterval(81, 263);
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
  });

  test('stays open for none, all and nothing', () => {
    expect(wilsonInterval(0, 10)).toEqual({ low: 0, high: expect.closeTo(0.2775, 4) });
    expect(wilsonInterval(10, 10)).toEqual({ low: expect.closeTo(0.7225, 4), high: 1 });
    expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
  });
});

describe('a learning curve', () => {
  const law = { floor: 0.08, scale: 1.2, power: 0.5 };
  const points = [60, 120, 250, 500, 1000, 2000].map((docs) => {
    return { docs, accuracy: accuracyAt(law, docs), tested: 2000 };
  });

  test('that follows a power law is found again', () => {
    const found = fitPowerLaw(points);
    expect(found.power).toBeCloseTo(0.5, 6);
    expect(found.floor).toBeCloseTo(0.08, 6);
    expect(found.scale).toBeCloseTo(1.2, 6);
  });

  test('forecasts with a range that holds the truth and widens with distance', () => {
    const random = seededRandom(3);
    const noisy = points.map((point) => ({ ...point, accuracy: point.accuracy + 0.008 * (random() - 0.5) }));
    const { forecasts, summary } = fitLearningCurve(noisy, 2000);
    expect(forecasts.map(({ more }) => more)).toEqual([0, 1000, 2000, 6000]);
    for (const { docs, low, high } of forecasts) {
      expect(low - 0.005).toBeLessThan(accuracyAt(law, docs));
      expect(high + 0.005).toBeGreaterThan(accuracyAt(law, docs));
    }
    const [now, , , far] = forecasts;
    expect(far!.high - far!.low).toBeGreaterThan(now!.high - now!.low);
    expect(summary).toMatch(
      /^About 2000 more labels would give \d\d\.\d % \(\d\d\.\d % to \d\d\.\d %\), against \d\d\.\d % now\.$/,
    );
  });

  test('that has levelled off says that more brings little', () => {
    const flat = points.map((point) => ({ ...point, accuracy: 0.9 }));
    expect(fitLearningCurve(flat, 2000).summary).toMatch(/^More labels would bring little/);
  });

  test('of too few labels or sizes says so', () => {
    expect(fitLearningCurve(points, 30)).toMatchObject({
      law: null,
      forecasts: [],
      problem: expect.stringContaining('too few labels (30)'),
    });
    expect(fitLearningCurve(points.slice(0, 2), 200).problem).toContain('too few sizes');
  });

  test('is the same for the same seed', () => {
    expect(fitLearningCurve(points, 2000, 7)).toEqual(fitLearningCurve(points, 2000, 7));
  });
});

describe('suspicious labels', () => {
  test('are those that the model contradicts more surely than is usual for the other label', () => {
    const proba = Float64Array.of(0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.1, 0.9, 0.95, 0.05, 0.48, 0.52);
    const truth = { kind: 'single', classes: 2, of: Int32Array.of(0, 0, 1, 1, 1, 0) } as const;
    const { suspects, share } = findSuspects(proba, truth);
    expect(suspects).toEqual([
      { row: 4, given: 1, suggested: 0, isMissing: false, givenProbability: 0.05, suggestedProbability: 0.95 },
    ]);
    expect(share).toBeCloseTo(1 / 6, 12);
  });

  test('come most suspect first', () => {
    const random = seededRandom(2);
    const of = Int32Array.from({ length: 200 }, (_, i) => i % 2);
    const proba = Float64Array.from({ length: 400 });
    for (let i = 0; i < 200; i++) {
      const isWrong = i % 20 === 0;
      const sure = 0.6 + 0.4 * random();
      proba[2 * i + (isWrong ? 1 - of[i]! : of[i]!)] = sure;
      proba[2 * i + (isWrong ? of[i]! : 1 - of[i]!)] = 1 - sure;
    }
    const { suspects } = findSuspects(proba, { kind: 'single', classes: 2, of });
    expect(suspects.length).toBeGreaterThan(2);
    expect(suspects.every(({ row }) => row % 20 === 0)).toBe(true);
    const odds = suspects.map((one) => one.suggestedProbability / one.givenProbability);
    expect(odds).toEqual(odds.toSorted((a, b) => b - a));
  });

  test('of several labels a text are to be added or taken away', () => {
    const proba = Float64Array.of(0.9, 0.1, 0.05, 0.9, 0.95, 0.95, 0.1, 0.2, 0.02, 0.1);
    const of = Uint8Array.of(1, 0, 0, 1, 1, 0, 0, 0, 1, 0);
    const { suspects } = findSuspects(proba, { kind: 'multi', classes: 2, of });
    expect(suspects.map(({ row, given, isMissing }) => [row, given, isMissing])).toEqual([
      [4, 0, false],
      [2, 1, true],
    ]);
  });
});

describe('scores', () => {
  test('are probability, margin, or what entropy leaves', () => {
    const row = Float64Array.of(0.2, 0.7, 0.1);
    expect(scoreOf(row)).toBe(0.7);
    expect(scoreOf(row, 'margin')).toBeCloseTo(0.5, 12);
    expect(scoreOf(row, 'entropy')).toBeCloseTo(1 - 0.8018185525433373 / Math.log(3), 12);
    expect(scoreOf(Float64Array.of(1, 0, 0), 'entropy')).toBe(1);
    expect(scoreOf(Float64Array.of(0.5, 0.5), 'entropy')).toBeCloseTo(0, 12);
  });

  test('of several labels a text are those of the least sure answer', () => {
    expect(multiLabelScoreOf(Float64Array.of(0.9, 0.4))).toBeCloseTo(0.6, 12);
    expect(multiLabelScoreOf(Float64Array.of(0.9, 0.45), 'margin')).toBeCloseTo(0.1, 12);
  });
});

describe('ranking', () => {
  const texts = [
    'my card was stolen today',
    'My card was stolen today!',
    'how do I top up',
    'what is the exchange rate',
    'my card was stolen',
  ];
  const proba = Float64Array.of(0.5, 0.5, 0.52, 0.48, 0.6, 0.4, 0.9, 0.1, 0.55, 0.45);

  test('begins with what the model is least sure of and leaves near copies for last', () => {
    const ranked = rankForLabelling(texts, proba, { batch: 3 });
    expect(ranked.map(({ index }) => index)).toEqual([0, 2, 3, 1, 4]);
    expect(ranked[3]).toMatchObject({ index: 1, like: 0 });
  });

  test('passes over what is like texts that are labelled already', () => {
    const ranked = rankForLabelling(texts, proba, { labelled: ['My card was stolen today'], batch: 2 });
    expect(ranked.map(({ index }) => index).slice(0, 2)).toEqual([2, 3]);
  });

  test('tells Chinese texts apart by their characters', () => {
    const chinese = [
      '今天北京下了一整天的大雨道路湿滑请大家注意交通安全',
      '今天北京下了一整天的大雨道路湿滑请大家注意安全',
      '股票市场今天大幅上涨',
    ];
    const ranked = rankForLabelling(chinese, Float64Array.of(0.5, 0.5, 0.5, 0.5, 0.9, 0.1), { batch: 2 });
    expect(ranked.map(({ index }) => index)).toEqual([0, 2, 1]);
  });

  test('of nothing is nothing', () => {
    expect(rankForLabelling([], new Float64Array(0))).toEqual([]);
  });
});

describe('agreement', () => {
  const ratings: Rating[] = [
    ['1', 'ann', 'x'],
    ['1', 'bob', 'x'],
    ['2', 'ann', 'x'],
    ['2', 'bob', 'y'],
    ['3', 'ann', 'y'],
    ['3', 'bob', 'y'],
    ['4', 'ann', 'y'],
    ['4', 'bob', 'y'],
    ['5', 'ann', 'x'],
  ].map(([item, annotator, label]) => ({ item: item!, annotator: annotator!, label: label! }));

  test('of a pair is counted and corrected for chance', () => {
    const { pairs, items } = agreementOf(ratings);
    expect(items).toBe(4);
    expect(pairs).toEqual([{ annotators: ['ann', 'bob'], shared: 4, agreement: 0.75, kappa: expect.closeTo(0.5, 12) }]);
  });

  test("of all is Krippendorff's alpha", () => {
    // Coincidences over 8 values: x 3, y 5; two of them disagree. 1 − 7 · 2 / (2 · 3 · 5).
    expect(agreementOf(ratings).alpha).toBeCloseTo(1 - (7 * 2) / 30, 12);
  });

  test('of each annotator is with the others on shared items', () => {
    const third = [...ratings, { item: '2', annotator: 'cy', label: 'y' }];
    const of = Object.fromEntries(agreementOf(third).annotators.map((one) => [one.annotator, one]));
    expect(of['ann']).toEqual({ annotator: 'ann', shared: 4, agreement: 0.75 });
    expect(of['bob']!.agreement).toBeCloseTo((1 + 0.5 + 1 + 1) / 4, 12);
    expect(of['cy']).toEqual({ annotator: 'cy', shared: 1, agreement: 0.5 });
  });

  test('beyond chance is unknown with one label or one item', () => {
    const same = agreementOf(
      [1, 2, 3].flatMap((item) => ['a', 'b'].map((annotator) => ({ item, annotator, label: 'x' }))),
    );
    expect(same.alpha).toBeNull();
    expect(same.pairs[0]!.kappa).toBeNull();
    expect(agreementOf([]).alpha).toBeNull();
  });

  test('takes the later word of an annotator on an item', () => {
    const changed = agreementOf([...ratings, { item: '2', annotator: 'bob', label: 'x' }]);
    expect(changed.pairs[0]!.agreement).toBe(1);
  });
});
