// Refinement: scaled columns, naive Bayes and temperature against the same arithmetic by hand; composed characters.
import { describe, expect, test } from 'vitest';
import { LogisticRegression } from '../../src/classifier/logistic-regression.ts';
import { columnScale, LabelSums } from '../../src/classifier/naive-bayes.ts';
import { type FitOptions, type Target, TextClassifier } from '../../src/classifier/text-classifier.ts';
import { TfidfVectorizer } from '../../src/classifier/vectorizer.ts';

const texts = ['good film', 'good fun', 'bad film', 'boring bad film', 'cold rain', 'rain and wind'];
const three = ['good', 'good', 'bad', 'bad', 'weather', 'weather'];
const two = ['yes', 'yes', 'no', 'no', 'no', 'no'];
const lists = [['a'], ['a', 'b'], [], ['b'], ['c'], ['c', 'a']];

/** Sums over entries (row, column, value). */
function labelSums(
  entries: readonly (readonly [row: number, column: number, value: number])[],
  columns: number,
  classes: number,
  ends: Uint32Array,
  labels: Uint32Array,
): LabelSums {
  const values = new Float32Array(columns * (classes + 1));
  const counts = new Float32Array(values.length);
  for (const [row, column, value] of entries) {
    for (const label of [...labels.subarray(ends[row], ends[row + 1]), classes]) {
      values[column * (classes + 1) + label]! += value;
      counts[column * (classes + 1) + label]!++;
    }
  }
  return new LabelSums({ values, counts }, classes, labels, ends.length - 1);
}

/** Raw predictions of the texts from a regression on scaled columns plus log ratios, all in arrays. */
function byHand(targets: readonly Target[], power: number, naive: number, options: FitOptions): number[][] {
  const X = new TfidfVectorizer().fitTransform(texts);
  const classes = [...new Set(targets.flat())].sort();
  const listed = targets.map((target) => [target].flat());
  const ends = Uint32Array.from([0, ...listed.map((_, i) => listed.slice(0, i + 1).flat().length)]);
  const labels = Uint32Array.from(listed.flat(), (label) => classes.indexOf(label));
  const entries = texts.flatMap((_, i) => {
    const own = Array.from({ length: X.indptr[i + 1]! - X.indptr[i]! }, (_, at) => X.indptr[i]! + at);
    return own.map((e) => [i, X.indices[e]!, X.data[e]!] as const);
  });
  const sums = labelSums(entries, X.shape[1], classes.length, ends, labels);
  const scale = power === 0 ? new Float32Array(X.shape[1]).fill(1) : columnScale(sums.columnStrength(), power);
  const scaled = { ...X, data: X.data.map((value, e) => value * scale[X.indices[e]!]!) };
  const model = new LogisticRegression(options).fit(scaled, targets, { multiLabel: options.multiLabel ?? false });
  const ratios = sums.logRatios();
  const first = model.intercept.length === 1 && classes.length === 2 ? 1 : 0;
  return texts.map((_, i) =>
    Array.from(model.intercept, (intercept, k) => {
      let raw = intercept;
      for (let e = X.indptr[i]!; e < X.indptr[i + 1]!; e++) {
        const column = X.indices[e]!;
        const weight = model.coef[k * X.shape[1] + column]! * scale[column]!;
        raw += X.data[e]! * (weight + naive * ratios[column * classes.length + first + k]!);
      }
      return raw;
    }),
  );
}

const sigmoid = (raw: number) => 1 / (1 + Math.exp(-raw));

function softmax(raw: readonly number[]): number[] {
  const sum = raw.reduce((total, value) => total + Math.exp(value), 0);
  return raw.map((value) => Math.exp(value) / sum);
}

describe('a refined fit', () => {
  const refinement = { columnPower: 0.7, naiveBayes: 0.4, temperature: 1.5 };

  test('of three classes is softmax of what arrays give', () => {
    const proba = TextClassifier.fit(texts, three, { C: 5, refinement }).predictProba(texts);
    const expected = byHand(three, 0.7, 0.4, { C: 5 }).flatMap((raw) => softmax(raw.map((value) => value / 1.5)));
    for (const [at, p] of proba.entries()) expect(p).toBeCloseTo(expected[at]!, 3);
  });

  test('of two classes is a sigmoid of it', () => {
    const proba = TextClassifier.fit(texts, two, { C: 5, refinement }).predictProba(texts);
    for (const [i, raw] of byHand(two, 0.7, 0.4, { C: 5 }).entries()) {
      expect(proba[2 * i + 1]).toBeCloseTo(sigmoid(raw[0]! / 1.5), 3);
    }
  });

  test('of one against the rest shares one softmax', () => {
    const options = { C: 5, multiClass: 'ovr' } as const;
    const classifier = TextClassifier.fit(texts, three, { ...options, refinement });
    const expected = byHand(three, 0.7, 0.4, options).flatMap((raw) => softmax(raw.map((value) => value / 1.5)));
    for (const [at, p] of classifier.predictProba(texts).entries()) expect(p).toBeCloseTo(expected[at]!, 3);
  });

  test('of several labels a text has a temperature for each', () => {
    const options = { C: 5, multiLabel: true } as const;
    const temperature = { a: 0.5, c: 2 };
    const classifier = TextClassifier.fit(texts, lists, { ...options, refinement: { ...refinement, temperature } });
    const proba = classifier.predictProba(texts);
    for (const [i, raw] of byHand(lists, 0.7, 0.4, options).entries()) {
      for (const [k, by] of [0.5, 1, 2].entries()) expect(proba[3 * i + k]).toBeCloseTo(sigmoid(raw[k]! / by), 3);
    }
  });

  test('with nothing refined is the plain fit', () => {
    const plain = TextClassifier.fit(texts, three, { C: 5 }).predictProba(texts);
    expect(TextClassifier.fit(texts, three, { C: 5, refinement: {} }).predictProba(texts)).toEqual(plain);
  });

  test('survives being saved', () => {
    const classifier = TextClassifier.fit(texts, three, { refinement });
    const again = TextClassifier.load(classifier.save());
    expect(again.predictProba(texts)).toEqual(classifier.predictProba(texts));
    expect(again.model.refinement).toEqual(refinement);
  });

  test('stands on blocks side by side as on one', () => {
    const features = [{}, { analyzer: 'char_wb', ngramRange: [2, 3] }] as const;
    const classifier = TextClassifier.fit(texts, three, { features, refinement: { columnPower: 1, naiveBayes: 1 } });
    expect(classifier.predict(texts)).toEqual(three);
  });

  test.each([{ columnPower: -1 }, { naiveBayes: Number.NaN }, { temperature: 0 }, { temperature: { a: -1 } }])(
    'refuses %j',
    (wrong) => {
      expect(() => TextClassifier.fit(texts, three, { refinement: wrong })).toThrow(/^refinement\./);
    },
  );
});

describe('columns', () => {
  test('that say nothing of labels are scaled down, and entries keep their size in the mean', () => {
    const entries = [0, 1, 2, 3, 0, 1].map((row, i) => [row, i < 4 ? 0 : 1, 1] as const);
    const sums = labelSums(entries, 2, 2, Uint32Array.of(0, 1, 2, 3, 4), Uint32Array.of(0, 0, 1, 1));
    const strength = sums.columnStrength();
    expect(strength.strength[0]).toBeCloseTo(0, 6);
    expect(strength.strength[1]).toBeCloseTo(Math.log(3), 5);
    const scale = columnScale(strength, 1);
    expect((4 * scale[0]! ** 2 + 2 * scale[1]! ** 2) / 6).toBeCloseTo(1, 5);
  });
});

describe('composition', () => {
  test('makes one letter of a letter and its mark, when asked', () => {
    const decomposed = 'cafe\u0301 noir';
    expect(new TfidfVectorizer({ normalize: 'nfc' }).analyze(decomposed)).toEqual(['café', 'noir']);
    expect(new TfidfVectorizer().analyze(decomposed)).toEqual(['cafe', 'noir']);
  });

  test('is kept in a model file', () => {
    const classifier = TextClassifier.fit(['café noir', 'thé vert'], ['c', 't'], { normalize: 'nfc' });
    const again = TextClassifier.load(classifier.save());
    expect(again.predictProba(['cafe\u0301'])).toEqual(classifier.predictProba(['café']));
  });
});
