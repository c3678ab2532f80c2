// The whole vectorizer and the whole regression against the naive oracle, on random input from a printed seed.
import { describe, expect, it } from 'vitest';
import { fromDense } from '../../src/classifier/csr.ts';
import { LogisticRegression } from '../../src/classifier/logistic-regression.ts';
import type { VectorizerOptions } from '../../src/classifier/options.ts';
import { TfidfVectorizer } from '../../src/classifier/vectorizer.ts';
import { gradient, type Kind, objective, probabilities, weigh } from '../oracle/logistic.ts';
import { randomCorpus, randomFrom, randomProblem, randomTexts } from '../oracle/random.ts';
import { fitTfidf, transformTfidf } from '../oracle/tfidf.ts';

const seed = Number(process.env['SPARROW_SEED'] ?? 20261124);
const rounds = Number(process.env['SPARROW_ROUNDS'] ?? 60);
console.info(`random tests with SPARROW_SEED=${seed} SPARROW_ROUNDS=${rounds}`);

function randomOptions(random: () => number): VectorizerOptions {
  const pick = <T>(...items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const analyzer = pick('word', 'word', 'char', 'char_wb');
  const least = pick(1, 1, 2, 3);
  return {
    analyzer,
    ngramRange: [least, least + pick(0, 1, 2)],
    lowercase: pick(true, true, false),
    stripAccents: pick(null, null, 'unicode', 'ascii'),
    stopWords:
      analyzer === 'word' ? pick<'english' | readonly string[] | null>(null, 'english', ['die', 'und', 'ß']) : null,
    tokenPattern: pick('two', 'two', 'one'),
    minDf: pick(1, 1, 2, 0.1),
    maxDf: pick(1, 1, 0.5, 4),
    maxFeatures: pick(null, null, 7, 40),
    binary: pick(false, true),
    norm: pick('l2', 'l1', 'none'),
    useIdf: pick(true, true, false),
    smoothIdf: pick(true, false),
    sublinearTf: pick(false, true),
  };
}

describe('TfidfVectorizer', () => {
  it(`F124 equals the oracle on ${rounds} random corpora with random options`, () => {
    const random = randomFrom(seed);
    let compared = 0;
    for (let round = 0; round < rounds; round++) {
      const options = randomOptions(random);
      const corpus = randomCorpus(seed + round, 12);
      const unseen = randomTexts(seed - round, 4);
      const where = `seed ${seed}, round ${round}: ${JSON.stringify(options)}`;
      let expected: ReturnType<typeof fitTfidf>;
      try {
        expected = fitTfidf(corpus, options);
      } catch {
        expect(() => new TfidfVectorizer(options).fit(corpus), where).toThrow();
        continue;
      }
      compared++;
      const vectorizer = new TfidfVectorizer(options);
      const fitted = vectorizer.fitTransform(corpus);
      expect(vectorizer.vocabulary, where).toEqual(expected.terms);
      for (const [texts, found] of [
        [corpus, fitted],
        [unseen, vectorizer.transform(unseen)],
      ] as const) {
        const rows = transformTfidf(expected, texts);
        expect(Array.from(found.indptr), where).toEqual(Array.from(rows.indptr));
        expect(Array.from(found.indices), where).toEqual(Array.from(rows.indices));
        for (let e = 0; e < found.data.length; e++) {
          expect(Math.abs(found.data[e]! - rows.data[e]!), where).toBeLessThan(
            1e-13 * Math.max(1, Math.abs(rows.data[e]!)),
          );
        }
      }
    }
    expect(compared).toBeGreaterThan(rounds / 2);
  });
});

describe('LogisticRegression', () => {
  it(`stands where the oracle's gradient vanishes, on ${rounds} random problems`, () => {
    const random = randomFrom(seed + 1);
    for (let round = 0; round < rounds; round++) {
      const nClasses = 2 + Math.floor(random() * 4);
      const { x, y, sampleWeight } = randomProblem(seed + round, 30 + Math.floor(random() * 30), 6, nClasses);
      const C = 10 ** (random() * 4 - 2);
      const multiClass = random() < 0.3 ? 'ovr' : 'auto';
      const kind: Kind = nClasses === 2 ? 'sigmoid' : multiClass === 'ovr' ? 'ovr' : 'softmax';
      const fitIntercept = random() < 0.8;
      const solver = random() < 0.5 ? 'sdca' : 'lbfgs';
      const names = y.map(String);
      const model = new LogisticRegression({ C, multiClass, fitIntercept, solver, tol: 1e-13, maxIter: 20_000 });
      model.fit(fromDense(x, 6), names, { sampleWeight });
      const where = `seed ${seed}, round ${round}: ${JSON.stringify({ C, kind, fitIntercept, solver })}`;
      const width = x[0]!.length;
      const rowsOfCoef = Array.from(model.intercept, (_, k) =>
        Array.from(model.coef.slice(k * width, (k + 1) * width)),
      );
      const at = { coef: rowsOfCoef, intercept: Array.from(model.intercept) };
      const problem = { kind, x, y, C, fitIntercept, nClasses, weights: weigh(kind, y, nClasses, sampleWeight, null) };
      const scale = Math.max(1, objective(problem, at));
      expect(Math.abs(model.solution.objective / objective(problem, at) - 1), where).toBeLessThan(1e-7);
      const slope = gradient(problem, at);
      for (const value of slope.coef.flat()) expect(Math.abs(value) / scale, where).toBeLessThan(1e-4);
      const found = model.predictProba(fromDense(x, 6));
      for (const [j, p] of probabilities(kind, x, at).flat().entries())
        expect(Math.abs(found[j]! - p), where).toBeLessThan(1e-9);
    }
  });
});
