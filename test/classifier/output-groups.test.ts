// Many outputs that know nothing of each other, solved in groups: each output's weights are those that it has alone.
import { describe, expect, test } from 'vitest';
import { outputGroups } from '../../src/classifier/output-groups.ts';
import { Refit } from '../../src/classifier/refit.ts';
import { type FitOptions, TextClassifier } from '../../src/classifier/text-classifier.ts';
import { seededRandom } from '../../src/evaluation/folds.ts';

const random = seededRandom(5);
const any = (most: number) => Math.floor(random() * most);
const classes = 80;
const texts = Array.from({ length: 600 }, (_, i) => `word${i % classes} word${any(classes)} word${any(classes)}`);
const label = (k: number) => `label${String(k).padStart(2, '0')}`;
const several = texts.map((_, i) => [label(i % classes), ...(i % 3 === 0 ? [label(any(classes))] : [])]);

/** The weights of one label, from a fit that knows no other. */
function alone(k: number, options: FitOptions) {
  const targets = several.map((labels) => labels.filter((one) => one === label(k)));
  const { model } = TextClassifier.fit(texts, targets, { ...options, multiLabel: true });
  return { coef: model.coef, intercept: model.intercept[0]! };
}

describe.each<[string, FitOptions]>([
  ['sdca', {}],
  ['lbfgs', { solver: 'lbfgs' }],
  ['balanced classes', { classWeight: 'balanced' }],
  ['a large cost', { C: 40 }],
])('%s', (_, given) => {
  test('gives each label what it gets by itself', () => {
    const options = { ...given, tol: 1e-8 };
    const { model } = TextClassifier.fit(texts, several, { ...options, multiLabel: true });
    const features = model.coef.length / classes;
    expect(model.report.converged).toBe(true);
    expect(model.report.gap).toBeLessThan(1e-6);
    for (const k of [0, 31, 39, 40, 41, 79]) {
      const own = alone(k, options);
      expect(Math.abs(model.intercept[k]! - own.intercept)).toBeLessThan(2e-2);
      for (let j = 0; j < features; j++) expect(model.coef[k * features + j]!).toBeCloseTo(own.coef[j]!, 2);
    }
  });
});

test('a refit from scratch is the fit, to the last bit, and another goes on from it', () => {
  const refit = new Refit({ multiLabel: true });
  const first = refit.fit(texts, several, { goesOn: false });
  const { model } = TextClassifier.fit(texts, several, { multiLabel: true });
  expect([first.coef, first.intercept]).toEqual([model.coef, model.intercept]);
  const again = refit.fit(texts, several);
  expect(again.report.iterations).toBeLessThan(first.report.iterations);
  expect(Math.abs(again.report.objective / first.report.objective - 1)).toBeLessThan(1e-5);
  refit.dispose();
});

describe('groups', () => {
  const targets = {
    loss: 'sigmoid' as const,
    labelEnds: Uint32Array.of(0, 2, 2, 3),
    labels: Uint32Array.of(0, 69, 35),
    costs: Float32Array.of(1, 2, 3),
    fitIntercept: true,
  };
  const outputs = (count: number) => {
    const costs = Float32Array.from({ length: count }, (_, k) => k);
    return { ...targets, outputs: count, trueCosts: costs, falseCosts: costs.map((cost) => cost + 0.5) };
  };

  test('are one for few outputs, and for a softmax of any number', () => {
    expect(outputGroups(outputs(63))).toEqual([outputs(63)]);
    expect(outputGroups({ ...outputs(500), loss: 'softmax' })).toHaveLength(1);
  });

  test('have every output once, with its samples and costs', () => {
    const [first, second] = outputGroups(outputs(70));
    expect(first).toMatchObject({ outputs: 35, labelEnds: Uint32Array.of(0, 1, 1, 1), labels: Uint32Array.of(0) });
    expect(second).toMatchObject({ outputs: 35, labelEnds: Uint32Array.of(0, 1, 1, 2), labels: Uint32Array.of(34, 0) });
    expect([second!.trueCosts[0], second!.falseCosts[34]]).toEqual([35, 69.5]);
    const sizes = outputGroups(outputs(397)).map((group) => group.outputs);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(397);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });
});
