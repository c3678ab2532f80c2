// Temperatures: found on simulated predictions whose truth is known, and at the optimum of the loss.
import { describe, expect, test } from 'vitest';
import { applyTemperature, calibrateOutcome, fitTemperature, probabilities } from '../../src/evaluation/calibration.ts';
import { seededRandom } from '../../src/evaluation/folds.ts';
import { MetricsSum } from '../../src/evaluation/metrics.ts';
import { fitScales, type Truth } from '../../src/evaluation/scale-fit.ts';
import { labellingOf } from '../../src/evaluation/truth.ts';

const classes = ['a', 'b', 'c'];

/** Raw predictions, and a truth drawn from their probabilities at `temperature`. */
function simulated(
  rows: number,
  temperature: number,
  seed = 1,
): { raw: Float64Array; truth: Truth & { kind: 'single' } } {
  const random = seededRandom(seed);
  const raw = Float64Array.from({ length: rows * 3 }, () => 8 * random() - 4);
  const proba = probabilities(
    raw.map((value) => value / temperature),
    { kind: 'single', classes: 3 },
  );
  const of = Int32Array.from({ length: rows }, (_, i) => {
    const draw = random();
    return draw < proba[3 * i]! ? 0 : draw < proba[3 * i]! + proba[3 * i + 1]! ? 1 : 2;
  });
  return { raw, truth: { kind: 'single', classes: 3, of } };
}

function lossAt(raw: Float64Array, truth: Truth, scale: number): number {
  const proba = probabilities(
    raw.map((value) => value * scale),
    truth,
  );
  let loss = 0;
  for (let i = 0; i < truth.of.length; i++) loss -= Math.log(proba[3 * i + truth.of[i]!]!);
  return loss;
}

describe('a temperature', () => {
  test.each([0.4, 1, 2.5])('of %d is found again', (temperature) => {
    const { raw, truth } = simulated(4000, temperature);
    const proba = probabilities(raw, truth);
    expect(Math.abs(fitTemperature(proba, truth) / temperature - 1)).toBeLessThan(0.08);
  });

  test('is where the log loss is least', () => {
    const { raw, truth } = simulated(3000, 1.7);
    const [scale] = fitScales([raw], truth);
    const least = lossAt(raw, truth, scale!);
    expect(lossAt(raw, truth, scale! * 1.02)).toBeGreaterThan(least);
    expect(lossAt(raw, truth, scale! / 1.02)).toBeGreaterThan(least);
  });

  test('makes scores mean what they say', () => {
    const { raw, truth } = simulated(6000, 3);
    const proba = probabilities(raw, truth);
    const errorOf = (scores: Float64Array) => {
      const sum = new MetricsSum(classes);
      sum.add(
        Array.from(truth.of, (k) => classes[k]!),
        scores,
      );
      return sum.result().ece;
    };
    expect(errorOf(proba)).toBeGreaterThan(0.2);
    expect(errorOf(applyTemperature(proba, 3, fitTemperature(proba, truth)))).toBeLessThan(0.02);
  });

  test('keeps the order of classes and the sum of a row', () => {
    const warm = applyTemperature(Float64Array.of(0.7, 0.2, 0.1), 3, 4);
    expect(warm[0]).toBeGreaterThan(warm[1]!);
    expect(warm[1]).toBeGreaterThan(warm[2]!);
    expect(warm[0]! + warm[1]! + warm[2]!).toBeCloseTo(1, 12);
    expect(warm[0]).toBeLessThan(0.5);
  });

  test('stays within bounds where nothing is ever wrong', () => {
    const proba = Float64Array.of(0.9, 0.1, 0.1, 0.9, 0.9, 0.1);
    const temperature = fitTemperature(proba, { kind: 'single', classes: 2, of: Int32Array.of(0, 1, 0) });
    expect(temperature).toBeGreaterThan(0.1);
    expect(temperature).toBeLessThan(1);
  });

  test('does not look at rows without a class', () => {
    const { raw, truth } = simulated(300, 1);
    const more = Float64Array.of(...raw, 9, -9, 0);
    const of = Int32Array.of(...truth.of, -1);
    expect(fitScales([more], { kind: 'single', classes: 3, of })).toEqual(fitScales([raw], truth));
  });
});

test('two models are mixed as well as two weights can', () => {
  const { raw, truth } = simulated(4000, 1);
  const { raw: noise } = simulated(4000, 1, 99);
  const first = raw.map((value, at) => value + noise[at]!);
  const [a, b] = fitScales([first, noise], truth);
  expect(a).toBeGreaterThan(0.9);
  expect(b! / a!).toBeLessThan(-0.8);
});

test('of several labels a text each has a temperature of its own', () => {
  const random = seededRandom(5);
  const rows = 3000;
  const raw = Float64Array.from({ length: 2 * rows }, () => 6 * random() - 3);
  const targets = Array.from({ length: rows }, (_, i) => {
    const chance = (at: number, temperature: number) => 1 / (1 + Math.exp(-raw[at]! / temperature));
    return [...(random() < chance(2 * i, 0.5) ? ['x'] : []), ...(random() < chance(2 * i + 1, 2) ? ['y'] : [])];
  });
  const { temperature, proba } = calibrateOutcome({ raw, temperature: 3 }, labellingOf(targets, true));
  const { x, y } = temperature as Record<string, number>;
  expect(Math.abs(x! / 1.5 - 1)).toBeLessThan(0.15);
  expect(Math.abs(y! / 6 - 1)).toBeLessThan(0.15);
  expect(proba).toHaveLength(2 * rows);
});
