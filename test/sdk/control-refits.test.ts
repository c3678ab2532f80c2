// What a training thread remembers: the next training of a control must be what one without a past would be.
import { expect, test } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { fitAgain } from '../../src/sdk/control-refits.ts';

function textsOf(count: number, from = 0): { texts: string[]; labels: string[] } {
  const texts = Array.from({ length: count }, (_, i) => {
    const n = from + i;
    return `text ${n} of ${n % 3 === 0 ? 'rain and wind' : 'goal and match'} number${n % 97}`;
  });
  return { texts, labels: texts.map((text) => (text.includes('rain') ? 'weather' : 'sport')) };
}

const asked = ['what of the rain', 'a match in the wind', 'number5 and number6'];

test('a small set gives the model of a fit from scratch to the last bit, whatever was trained before', () => {
  const { texts, labels } = textsOf(700);
  const options = { C: 10, tol: 1e-4 };
  for (const count of [60, 61, 600, 601, 700, 640]) {
    const again = fitAgain('a project', texts.slice(0, count), labels.slice(0, count), options);
    const scratch = TextClassifier.fit(texts.slice(0, count), labels.slice(0, count), options);
    expect(again.model.coef).toEqual(scratch.model.coef);
    expect(again.model.intercept).toEqual(scratch.model.intercept);
  }
});

test('a large set goes on from the last time, and ends nearer to the optimum than it must', () => {
  const { texts, labels } = textsOf(2500);
  const options = { C: 10, tol: 1e-4 };
  const first = fitAgain('another', texts, labels, options);
  const more = textsOf(1, 9000);
  const again = fitAgain('another', [...texts, ...more.texts], [...labels, ...more.labels], options);
  expect(again.report.gap).toBeLessThanOrEqual(1e-5);
  expect(again.report.iterations).toBeLessThan(first.report.iterations);
  const exact = TextClassifier.fit([...texts, ...more.texts], [...labels, ...more.labels], { ...options, tol: 1e-9 });
  const expected = exact.predictProba(asked);
  for (const [i, p] of again.predictProba(asked).entries()) expect(Math.abs(p - expected[i]!)).toBeLessThan(5e-3);
});

test('other options are another model, and projects are told apart', () => {
  const { texts, labels } = textsOf(40);
  const turned = labels.map((label) => (label === 'sport' ? 'weather' : 'sport'));
  const one = fitAgain('one', texts, labels, { C: 1 });
  const two = fitAgain('two', texts, turned, { C: 1 });
  expect(one.predict(asked.slice(0, 1))).not.toEqual(two.predict(asked.slice(0, 1)));
  const pairs = fitAgain('one', texts, labels, { C: 1, ngramRange: [1, 2] });
  expect(pairs.report.features).toBeGreaterThan(one.report.features);
});
