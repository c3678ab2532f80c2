// Texts in, probabilities out, and the same after a journey through a file.
import { describe, expect, it } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { TfidfVectorizer } from '../../src/classifier/vectorizer.ts';
import { SparrowError } from '../../src/errors.ts';
import { Kernels } from '../../src/wasm/kernels.ts';

const texts = ['the team won the match', 'a goal in the last minute', 'shares fell again', 'the bank raised rates'];
const labels = ['Sport', 'Sport', 'Money', 'Money'];

describe('TextClassifier', () => {
  it('learns and predicts, with rows that sum to one', () => {
    const classifier = TextClassifier.fit(texts, labels);
    expect(classifier.classes).toEqual(['Money', 'Sport']);
    expect(classifier.predict(['the team', 'the bank'])).toEqual(['Sport', 'Money']);
    const proba = classifier.predictProba(['the team', 'zebra', '']);
    for (let i = 0; i < 3; i++) expect(proba[2 * i]! + proba[2 * i + 1]!).toBeCloseTo(1, 12);
    expect(classifier.report).toMatchObject({ docs: 4, classes: 2, solver: 'sdca', converged: true });
  });

  it('predicts exactly the same after save and load, and saves the same bytes again', () => {
    const multi = ['a', 'b', 'c'].flatMap((label) => [label, label]);
    for (const options of [
      {},
      { multiClass: 'ovr' },
      { useIdf: false, norm: 'l1' },
      { analyzer: 'char_wb', ngramRange: [2, 3] },
    ] as const) {
      const classifier = TextClassifier.fit([...texts, 'one more', 'and more'], multi, options);
      const bytes = classifier.save();
      const again = TextClassifier.load(bytes);
      expect(again.predictProba(texts)).toEqual(classifier.predictProba(texts));
      expect(again.save()).toEqual(bytes);
    }
  });

  it('F19 makes byte-identical models of the same data but for the times in the report', () => {
    const [a, b] = [TextClassifier.fit(texts, labels), TextClassifier.fit(texts, labels)];
    expect(a.model.coef).toEqual(b.model.coef);
    expect(a.model.intercept).toEqual(b.model.intercept);
    expect(a.model.blocks).toEqual(b.model.blocks);
  });

  it('gives each label its own probability with multiLabel, and takes texts without any', () => {
    const lists = [['Sport'], ['Sport', 'News'], ['Money', 'News'], []];
    const classifier = TextClassifier.fit(texts, lists, { multiLabel: true });
    expect(classifier.classes).toEqual(['Money', 'News', 'Sport']);
    expect(classifier.multiLabel).toBe(true);
    const proba = classifier.predictProba(texts);
    expect(proba[2]!).toBeGreaterThan(proba[0]!);
    expect(() => TextClassifier.fit(texts, lists)).toThrow('multiLabel');
  });

  it('puts several vectorizers side by side, each with its own norm, and keeps them through a file', () => {
    const features = [{ ngramRange: [1, 2] }, { analyzer: 'char_wb', ngramRange: [2, 3], sublinearTf: true }] as const;
    const union = TextClassifier.fit(texts, labels, { features });
    const alone = features.map((options) => TextClassifier.fit(texts, labels, options));
    expect(union.report.features).toBe(alone[0]!.report.features + alone[1]!.report.features);
    expect(union.report.nnz).toBe(alone[0]!.report.nnz + alone[1]!.report.nnz);
    expect(union.vocabulary()).toEqual(alone.flatMap((one) => one.vocabulary()));
    expect(TextClassifier.load(union.save()).predictProba(texts)).toEqual(union.predictProba(texts));
    expect(union.predict(texts)).toEqual(labels);
    // Twice the same columns is one block whose values are √2 times as large.
    const twice = TextClassifier.fit(texts, labels, { features: [{}, {}], tol: 1e-9 });
    const once = TextClassifier.fit(texts, labels, { C: 2, tol: 1e-9 });
    for (const [i, p] of once.predictProba(texts).entries()) expect(twice.predictProba(texts)[i]).toBeCloseTo(p, 4);
  });

  it('counts sample weights as repeats', () => {
    const weighted = TextClassifier.fit(texts, labels, { sampleWeight: [2, 1, 1, 1], useIdf: false, tol: 1e-9 });
    const repeated = TextClassifier.fit([texts[0]!, ...texts], ['Sport', ...labels], { useIdf: false, tol: 1e-9 });
    const [a, b] = [weighted.predictProba(texts), repeated.predictProba(texts)];
    for (const [i, value] of a.entries()) expect(Math.abs(value - b[i]!)).toBeLessThan(1e-4);
  });

  it('refuses what cannot be learnt, with a sentence', () => {
    expect(() => TextClassifier.fit(texts, ['x', 'x', 'x', 'x'])).toThrow('at least two classes; there is only "x"');
    expect(() => TextClassifier.fit([], [])).toThrow('at least two classes; there is none');
    expect(() => TextClassifier.fit(['', ' '], ['x', 'y'])).toThrow('The vocabulary is empty');
    expect(() => TextClassifier.fit(texts, labels.slice(1))).toThrow('4 texts but 3 labels');
    expect(() => TextClassifier.fit(texts, labels, { C: -1 })).toThrow('C must be a number above 0');
  });

  it.each([
    ['10 MB of one token', 'a'.repeat(10_000_000)],
    ['a million tokens alike', 'word '.repeat(1_000_000)],
    ['lone surrogates', 'high \ud800 low \udc00 and \udc00\ud800 reversed'],
    ['NUL and controls', 'nul \0 bell \x07 escape \x1b words'],
    ['ten thousand marks on one letter', `e${'\u0301'.repeat(10_000)} fin`],
    ['only symbols', '!?… — ★★★'],
    ['nothing', ''],
  ])('F107 F120 F121 trains on and predicts %s', (_, odd) => {
    for (const analyzer of ['word', 'char_wb'] as const) {
      const ngramRange = analyzer === 'word' ? ([1, 2] as const) : ([2, 3] as const);
      const classifier = TextClassifier.fit([...texts, odd], [...labels, 'Sport'], { analyzer, ngramRange });
      expect(classifier.predictProba([odd]).every(Number.isFinite)).toBe(true);
    }
  });

  it('has its kernel memory back after dispose and when many classifiers come and go', () => {
    const classifier = TextClassifier.fit(texts, labels);
    const before = classifier.predictProba(texts);
    for (let i = 0; i < 200; i++) {
      const passing = TextClassifier.load(classifier.save());
      passing.predictProba(texts);
      passing.dispose();
    }
    classifier.dispose();
    expect(classifier.predictProba(texts)).toEqual(before);
  });

  it('gives all memory of a fit back to the kernels', () => {
    const trainOnce = () => {
      TextClassifier.fit(texts, labels, {
        features: [{ stopWords: 'english' }, { analyzer: 'char' }],
        solver: 'lbfgs',
      });
      TextClassifier.fit(texts, labels, { ngramRange: [1, 2], maxFeatures: 5 });
      new TfidfVectorizer().fitTransform(texts);
      const kernels = Kernels.borrow();
      Kernels.giveBack(kernels);
      return kernels.allocatedBytes;
    };
    trainOnce();
    const before = trainOnce();
    for (let i = 0; i < 5; i++) expect(trainOnce()).toBe(before);
  });

  it('uses labels such as __proto__ and constructor as ordinary classes', () => {
    const classifier = TextClassifier.fit(texts, ['__proto__', '__proto__', 'constructor', 'constructor']);
    expect(TextClassifier.load(classifier.save()).predict(['the team', 'shares'])).toEqual([
      '__proto__',
      'constructor',
    ]);
  });

  it('raises errors of the catalogue only', () => {
    expect(() => TextClassifier.load(new Uint8Array(3), 'x.safetensors')).toThrow(SparrowError);
  });
});
