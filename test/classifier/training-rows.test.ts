// Rows that stay in the kernels: what is taken of them, and fits that go on from one another, against rows as arrays.
import { afterAll, describe, expect, test } from 'vitest';
import { LogisticRegression } from '../../src/classifier/logistic-regression.ts';
import { readTargets } from '../../src/classifier/targets.ts';
import { type DualPoint, type TrainingRows, VectorizedTexts } from '../../src/classifier/training-rows.ts';
import { TfidfVectorizer } from '../../src/classifier/vectorizer.ts';

const words = 'red green blue cat dog fish good bad early late'.split(' ');
const texts = Array.from({ length: 60 }, (_, i) =>
  [i % 10, (i * 7) % 10, (i * 3 + 1) % 10].map((j) => words[j]).join(' '),
);
const three = texts.map((text, i) => (/cat|dog/.test(text) ? 'a' : i % 4 === 0 ? 'b' : 'c'));
const two = three.map((label) => (label === 'a' ? 'yes' : 'no'));
const lists = three.map((label, i) => (i % 5 === 0 ? [] : i % 3 === 0 ? [label, 'd'] : [label]));

const vectorized = new VectorizedTexts(texts);
const { rows } = vectorized.rowsOf([{}]);
afterAll(() => vectorized.dispose());

describe.each([
  ['three classes', three, {}, false],
  ['two classes', two, {}, false],
  ['one against the rest', three, { multiClass: 'ovr' }, false],
  ['several labels', lists, {}, true],
] as const)('%s', (_, targets, options, multiLabel) => {
  const wanted = Array.from(texts.keys()).filter((i) => i % 3 !== 1);
  const some = wanted.map((i) => targets[i]!);
  const table = readTargets(some, multiLabel, undefined);
  const fitTo = (C: number, start?: DualPoint) => {
    return rows.withSome(wanted, (part) => part.fit(table, { ...options, C, tol: 1e-7 }, () => start));
  };

  test('are fitted as the same rows of a matrix are', () => {
    const vectorizer = new TfidfVectorizer();
    vectorizer.fit(texts);
    const matrix = vectorizer.transform(wanted.map((i) => texts[i]!));
    const alone = new LogisticRegression({ ...options, C: 3, tol: 1e-7 }).fit(matrix, some, { multiLabel });
    const { coef, intercept } = fitTo(3);
    expect([...intercept].map((b) => b.toFixed(3))).toEqual([...alone.intercept].map((b) => b.toFixed(3)));
    const sizes = (values: ArrayLike<number>) => Array.from(values, (value) => Math.abs(value)).sort((x, y) => x - y);
    for (const [i, size] of sizes(coef).entries()) expect(size).toBeCloseTo(sizes(alone.coef)[i]!, 3);
  });

  test('end where a fit from scratch ends when they go on from another C', () => {
    const scratch = fitTo(8);
    const { end } = fitTo(2);
    expect(end).toBeDefined();
    const warm = fitTo(8, end);
    for (const [i, value] of scratch.coef.entries()) expect(warm.coef[i]).toBeCloseTo(value, 2);
    for (const [k, value] of scratch.intercept.entries()) expect(warm.intercept[k]).toBeCloseTo(value, 2);
  });
});

/** Rows as lists of numbers: what they make of weights that pick one feature each. */
function dense(some: Pick<TrainingRows, 'multiply' | 'features' | 'rows'>): number[][] {
  const { features } = some;
  const identity = Float32Array.from({ length: features ** 2 }, (_, at) => (at % (features + 1) === 0 ? 1 : 0));
  const raw = some.multiply(identity, new Float64Array(features));
  return Array.from({ length: some.rows }, (_, i) => [...raw.subarray(i * features, (i + 1) * features)]);
}

test('scaled rows are the rows with scaled columns', () => {
  const scale = Float32Array.from({ length: rows.features }, (_, j) => 1 + j / 4);
  const expected = dense(rows).map((row) => row.map((value, j) => Math.fround(value * scale[j]!)));
  expect(rows.withScaled(scale, dense)).toEqual(expected);
});

test('some rows are those rows, in the order wanted, one perhaps twice', () => {
  const all = dense(rows);
  expect(rows.withSome([5, 2, 5], dense)).toEqual([all[5], all[2], all[5]]);
});

test.each([1, 2, 3, 4, 5, 9])('multiply by the weights of %i outputs', (outputs) => {
  const weights = Float32Array.from({ length: rows.features * outputs }, (_, i) => Math.sin(i));
  const intercept = Float64Array.from({ length: outputs }, (_, k) => k);
  const raw = rows.multiply(weights, intercept);
  for (const [i, row] of dense(rows).entries()) {
    for (let k = 0; k < outputs; k++) {
      const expected = row.reduce((sum, value, j) => sum + value * weights[j * outputs + k]!, k);
      expect(raw[i * outputs + k]).toBeCloseTo(expected, 5);
    }
  }
});
