// The regression against scikit-learn's optima (polished by Newton steps, see golden/README), and its properties.
import { describe, expect, it } from 'vitest';
import { fromDense } from '../../src/classifier/csr.ts';
import { LogisticRegression } from '../../src/classifier/logistic-regression.ts';
import { SparrowError } from '../../src/errors.ts';
import { goldenLogreg } from '../golden.ts';

const golden = goldenLogreg();

describe.each(['sdca', 'lbfgs'] as const)('LogisticRegression with %s', (solver) => {
  for (const { data, options, sampleWeight, classes, coef, intercept, proba } of golden.cases) {
    it(`reaches the optimum of ${data} with ${JSON.stringify(options)}${sampleWeight ? ' and sample weights' : ''}`, () => {
      const { X, y } = golden.data[data]!;
      const rows = fromDense(X, X[0]!.length);
      const settings = sampleWeight ? { sampleWeight } : {};
      const model = new LogisticRegression({ ...options, solver, tol: 1e-13, maxIter: 5000 }).fit(rows, y, settings);
      expect(model.classes).toEqual(classes);
      const largest = Math.max(...coef.flat().map(Math.abs));
      const flat = reduced(coef, model.coef.length);
      for (const [j, value] of flat.entries()) expect(Math.abs(model.coef[j]! - value)).toBeLessThan(1e-5 * largest);
      const intercepts = reduced(
        intercept.map((value) => [value]),
        model.intercept.length,
      );
      for (const [k, value] of intercepts.entries())
        expect(Math.abs(model.intercept[k]! - value)).toBeLessThan(1e-5 * Math.max(largest, 1));
      const found = model.predictProba(rows);
      for (const [j, value] of proba.flat().entries()) expect(Math.abs(found[j]! - value)).toBeLessThan(1e-6);
      expect(model.solution.converged).toBe(true);
    });
  }
});

/** scikit-learn shows only the second row of a two-class softmax; the first is its negative. */
function reduced(rows: readonly (readonly number[])[], length: number): number[] {
  const flat = rows.flat();
  return flat.length * 2 === length ? [...flat.map((value) => -value), ...flat] : flat;
}

describe('LogisticRegression', () => {
  const { X, y } = golden.data['four']!;
  const rows = fromDense(X, X[0]!.length);

  it('says that it did not converge when the iterations run out', () => {
    for (const solver of ['sdca', 'lbfgs', 'sgd'] as const) {
      const { solution } = new LogisticRegression({ C: 1000, solver, tol: 1e-12, maxIter: 2 }).fit(rows, y);
      expect(solution.converged).toBe(false);
      expect(solution.gap).toBeGreaterThan(1e-12);
    }
  });

  it.each([1e-3, 1e-2, 0.1, 1, 10, 100, 1e3, 1e4])('converges to its default tolerance with C = %d', (C) => {
    const { solution } = new LogisticRegression({ C }).fit(rows, y);
    const exact = new LogisticRegression({ C, solver: 'lbfgs', tol: 1e-13, maxIter: 20_000 }).fit(rows, y).solution;
    expect(solution.converged).toBe(true);
    expect(solution.gap).toBeLessThanOrEqual(1e-6);
    expect(solution.objective / exact.objective - 1).toBeLessThan(solution.gap + 1e-6);
  });

  it('certifies a gap that is not below the true distance to the optimum', () => {
    const exact = new LogisticRegression({ solver: 'lbfgs', tol: 1e-14 }).fit(rows, y).solution.objective;
    for (const solver of ['sdca', 'lbfgs'] as const) {
      for (const tol of [1e-1, 1e-2, 1e-3, 1e-4]) {
        const { objective, gap } = new LogisticRegression({ solver, tol }).fit(rows, y).solution;
        expect(objective / exact - 1).toBeLessThanOrEqual(gap * 1.001 + 1e-7);
      }
    }
  });

  it('learns from a stream by averaged gradient descent, close to the optimum after some passes', () => {
    const model = new LogisticRegression({ solver: 'sgd', C: 1 });
    for (let pass = 0; pass < 200; pass++) model.partialFit(rows, y, ['a', 'b', 'Ａ', '😀']);
    const batch = new LogisticRegression({ C: 200 }).fit(rows, y).predictProba(rows);
    const stream = model.predictProba(rows);
    const error = stream.reduce((sum, value, i) => sum + Math.abs(value - batch[i]!), 0) / stream.length;
    expect(error).toBeLessThan(0.03);
  });

  it('comes near the optimum with sgd and says how near', () => {
    const exact = new LogisticRegression({ solver: 'lbfgs', tol: 1e-13 }).fit(rows, y).solution.objective;
    const { solution } = new LogisticRegression({ solver: 'sgd' }).fit(rows, y);
    expect(solution.objective / exact - 1).toBeLessThan(0.01);
    expect(solution.objective / exact - 1).toBeLessThanOrEqual(solution.gap);
  });

  it('refuses one class only, wrong lengths and values that are not finite', () => {
    expect(() =>
      new LogisticRegression().fit(
        rows,
        y.map(() => 'a'),
      ),
    ).toThrow('at least two classes; there is only "a"');
    expect(() => new LogisticRegression().fit(rows, y.slice(1))).toThrow(SparrowError);
    const broken = { ...rows, data: rows.data.map(() => Number.NaN) };
    expect(() => new LogisticRegression().fit(broken, y)).toThrow('not finite');
    expect(() => new LogisticRegression().fit(rows, y, { sampleWeight: [1] })).toThrow('sample weights');
  });

  it('gives each label a probability of its own with multiLabel', () => {
    const lists = y.map((label, i) => (i % 3 === 0 ? [] : i % 3 === 1 ? [label] : [label, 'both']));
    const model = new LogisticRegression({ tol: 1e-12, maxIter: 5000 }).fit(rows, lists, { multiLabel: true });
    const proba = model.predictProba(rows);
    for (const [k, label] of model.classes.entries()) {
      const binary = lists.map((list) => (list.includes(label) ? 'yes' : 'no'));
      const alone = new LogisticRegression({ tol: 1e-12, maxIter: 5000 }).fit(rows, binary).predictProba(rows);
      for (let i = 0; i < y.length; i++)
        expect(Math.abs(proba[i * model.classes.length + k]! - alone[2 * i + 1]!)).toBeLessThan(1e-6);
    }
  });
});
