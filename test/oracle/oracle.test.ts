// The oracle itself against the golden files: what it says afterwards about random input is worth as much as this.
import { describe, expect, test } from 'vitest';
import { type GoldenLogregCase, goldenAnalyzers, goldenLogreg, goldenTfidf, inFormOf } from '../golden.ts';
import { analyze } from './analyzer.ts';
import { type Csr, toCsr, toRows } from './csr.ts';
import { type Coefficients, gradient, type Kind, objective, type Problem, probabilities, weigh } from './logistic.ts';
import { randomCorpus, randomProblem, randomTexts } from './random.ts';
import { compareCodePoints, fitTfidf, transformTfidf } from './tfidf.ts';
import { decodeWtf8, encodeWtf8 } from './wtf8.ts';

describe('analyzer', () => {
  const { strings, sets } = goldenAnalyzers();
  test.each(sets.map((set) => [JSON.stringify(set.options), set] as const))('terms are as golden with %s', (_, set) => {
    for (const [i, text] of strings.entries()) {
      expect(inFormOf(set.tokens[i]!, analyze(text, set.options)), `string ${i}`).toEqual(set.tokens[i]);
    }
  });
});

describe('tf-idf', () => {
  const { corpus, new: unseen, cases, errors } = goldenTfidf();

  function expectClose(actual: Csr, expected: Csr): void {
    expect({ ...actual, data: [] }).toEqual({ ...expected, data: [] });
    actual.data.forEach((value, k) => {
      expect(Math.abs(value - expected.data[k]!)).toBeLessThan(1e-14 * Math.max(1, value));
    });
  }

  test.each(cases.map((each) => [JSON.stringify(each.options), each] as const))('is as golden with %s', (_, golden) => {
    const fitted = fitTfidf(corpus, golden.options);
    const tie = golden.maxFeaturesTie;
    const isTied = (term: string) => tie?.terms.includes(term) ?? false;
    expect(fitted.terms.filter((term) => !isTied(term))).toEqual(golden.features.filter((term) => !isTied(term)));
    expect(fitted.terms.filter(isTied)).toHaveLength(tie?.kept ?? 0);
    expect(fitted.terms).toHaveLength(golden.features.length);
    const isSameChoice = fitted.terms.join() === golden.features.join();
    expect(isSameChoice || tie !== null).toBe(true);
    // With the terms that scikit-learn chose among equals, the rest must be its figures too.
    const chosen = isSameChoice ? fitted : fitTfidf(corpus, { ...golden.options, vocabulary: golden.features });
    if (golden.idf === null) expect(chosen.idf).toBeNull();
    else for (const [j, value] of chosen.idf!.entries()) expect(value).toBeCloseTo(golden.idf[j]!, 14);
    expectClose(transformTfidf(chosen, corpus), golden.fit);
    expectClose(transformTfidf(chosen, unseen), golden.new);
  });

  // The rest is refused while options are checked, which is not the business of an oracle.
  const isOfData = (refused: (typeof errors)[number]) => /vocabulary|documents/.test(refused.error);
  test.each(errors.filter(isOfData).map((each) => [each.error, each] as const))('refuses: %s', (_, refused) => {
    expect(() => fitTfidf(refused.docs ?? corpus, refused.options)).toThrow();
  });

  test('terms are ordered by code point, where UTF-16 would put the astral before the last of the rest', () => {
    const ordered = ['', 'a', 'a\0', 'ab', 'b', '\ud800', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'];
    expect([...ordered].reverse().sort(compareCodePoints)).toEqual(ordered);
  });
});

describe('logistic regression', () => {
  const golden = goldenLogreg();

  function kindOf({ options, classes }: GoldenLogregCase): Kind {
    if (classes.length === 2) return options.multiClass === 'multinomial' ? 'softmax' : 'sigmoid';
    return options.multiClass === 'ovr' ? 'ovr' : 'softmax';
  }

  function problemOf(each: GoldenLogregCase): Problem {
    const { X, y } = golden.data[each.data]!;
    const { C = 1, fitIntercept = true, classWeight = null } = each.options;
    const kind = kindOf(each);
    const classOf = y.map((label) => each.classes.indexOf(label));
    const perClass =
      classWeight === null || classWeight === 'balanced'
        ? classWeight
        : each.classes.map((label) => classWeight[label] ?? 1);
    const weights = weigh(kind, classOf, each.classes.length, each.sampleWeight, perClass);
    return {
      kind,
      x: X,
      y: classOf,
      nClasses: each.classes.length,
      C,
      fitIntercept,
      weights,
    };
  }

  /** scikit-learn keeps the second row of two; the first is its opposite. */
  function coefficientsOf({ coef, intercept }: GoldenLogregCase, kind: Kind): Coefficients {
    if (kind !== 'softmax' || coef.length > 1) return { coef, intercept };
    return {
      coef: [coef[0]!.map((w) => -w), coef[0]!],
      intercept: [-intercept[0]!, intercept[0]!],
    };
  }

  const named = golden.cases.map(
    (each) => [`${each.data}${each.sampleWeight ? ' weighted' : ''}`, each.options, each] as const,
  );

  test.each(named)('the golden figures of %s with %j are the optimum', (_, __, each) => {
    const problem = problemOf(each);
    const at = coefficientsOf(each, problem.kind);
    const slopes = gradient(problem, at);
    const steepest = Math.max(...[...slopes.coef.flat(), ...slopes.intercept].map(Math.abs));
    expect(steepest).toBeLessThan(1e-10);
    const shifted = {
      ...at,
      coef: at.coef.map((row) => row.map((w) => w + 1e-3)),
    };
    expect(objective(problem, shifted)).toBeGreaterThan(objective(problem, at));
  });

  test.each(named)('probabilities of %s with %j are as golden', (_, __, each) => {
    const kind = kindOf(each);
    const proba = probabilities(kind, golden.data[each.data]!.X, coefficientsOf(each, kind));
    const farthest = Math.max(...proba.flatMap((row, i) => row.map((p, k) => Math.abs(p - each.proba[i]![k]!))));
    expect(farthest).toBeLessThan(1e-13);
  });

  test.each([
    ['softmax', 3],
    ['softmax', 2],
    ['sigmoid', 2],
    ['ovr', 4],
  ] as const)('the gradient of %s with %i classes is that of finite differences', (kind, nClasses) => {
    const random = randomProblem(7, 20, 5, nClasses);
    const weights = weigh(kind, random.y, nClasses, random.sampleWeight, 'balanced');
    const problem: Problem = {
      ...random,
      kind,
      C: 2,
      fitIntercept: true,
      weights,
    };
    const at = randomProblem(8, kind === 'sigmoid' ? 1 : nClasses, 5, 1).x;
    const point = { coef: at, intercept: at.map((_, r) => r / 3 - 0.2) };
    const slopes = gradient(problem, point);
    const step = 1e-6;
    const near = (change: (direction: number) => Coefficients) =>
      (objective(problem, change(step)) - objective(problem, change(-step))) / (2 * step);
    for (const r of at.keys()) {
      for (const j of at[r]!.keys()) {
        const moved = (h: number) => ({
          ...point,
          coef: at.map((row, a) => row.map((w, b) => (a === r && b === j ? w + h : w))),
        });
        expect(near(moved)).toBeCloseTo(slopes.coef[r]![j]!, 6);
      }
      const moved = (h: number) => ({
        ...point,
        intercept: point.intercept.map((b, a) => (a === r ? b + h : b)),
      });
      expect(near(moved)).toBeCloseTo(slopes.intercept[r]!, 6);
    }
  });
});

describe('random input', () => {
  test('one seed gives one sequence, another seed another', () => {
    expect(randomTexts(3, 50)).toEqual(randomTexts(3, 50));
    expect(randomTexts(3, 50)).not.toEqual(randomTexts(4, 50));
    expect(randomProblem(3, 20, 4, 3)).toEqual(randomProblem(3, 20, 4, 3));
  });

  test('texts hold the nasty kinds: nothing, NUL, lone surrogates, astral characters, long tokens', () => {
    const texts = randomTexts(1, 1000);
    expect(texts).toContain('');
    for (const nasty of [/\0/, /[\ud800-\udfff]/u, /[\u{10000}-\u{10ffff}]/u, /\S{1000}/u, /Σ/, /İ/, /ﷺ/]) {
      expect(
        texts.some((text) => nasty.test(text)),
        String(nasty),
      ).toBe(true);
    }
  });

  test('a corpus repeats its terms and a problem has every class', () => {
    const counts = fitTfidf(randomCorpus(1, 60), {
      tokenPattern: 'one',
      minDf: 5,
    });
    expect(counts.terms.length).toBeGreaterThan(3);
    const { y, x, sampleWeight } = randomProblem(5, 40, 6, 4);
    expect(new Set(y)).toEqual(new Set([0, 1, 2, 3]));
    expect(x.some((row) => row.every((value) => value === 0))).toBe(true);
    expect(sampleWeight).toContain(0);
    expect(toRows(toCsr(x, 6))).toEqual(x);
  });

  test('WTF-8 carries every text there and back', () => {
    for (const text of randomTexts(2, 500)) expect(decodeWtf8(encodeWtf8(text))).toBe(text);
    expect([...encodeWtf8('\ud800a\u{10000}')]).toEqual([0xed, 0xa0, 0x80, 0x61, 0xf0, 0x90, 0x80, 0x80]);
  });
});
