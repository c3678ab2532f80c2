// A model that follows its texts must be the one that a fit from scratch gives, whatever changed before.
import { describe, expect, test } from 'vitest';
import { Refit } from '../../src/classifier/refit.ts';
import { type FitOptions, type Target, TextClassifier } from '../../src/classifier/text-classifier.ts';
import { seededRandom } from '../../src/evaluation/folds.ts';

const subjects = ['cat', 'dog', 'bird', 'fish', 'horse', 'cow', 'goat', 'hen'];
const places = ['house', 'garden', 'river', 'field', 'forest', 'road'];
const labels = ['indoors', 'outdoors', 'water'];

interface Sample {
  text: string;
  target: Target;
}

/** A sentence and where it plays; every so many-th has a word that was never seen. */
function sampleOf(random: () => number, multiLabel: boolean): Sample {
  const pick = <T>(all: readonly T[]) => all[Math.floor(random() * all.length)]!;
  const place = pick(places);
  const label = place === 'house' ? 'indoors' : place === 'river' ? 'water' : 'outdoors';
  const noise = random() < 0.3 ? ` word${Math.floor(random() * 1e6)}` : '';
  const given = random() < 0.1 ? pick(labels) : label;
  const target = multiLabel ? (random() < 0.2 ? [] : [given, ...(random() < 0.2 ? [pick(labels)] : [])]) : given;
  return { text: `the ${pick(subjects)} and the ${pick(subjects)} of the ${place}${noise}`, target };
}

/** Add, change and remove some samples. */
function change(samples: Sample[], random: () => number, multiLabel: boolean): void {
  const at = () => Math.floor(random() * samples.length);
  samples.push(sampleOf(random, multiLabel));
  samples[at()] = sampleOf(random, multiLabel);
  const relabelled = at();
  samples[relabelled] = { ...samples[relabelled]!, target: sampleOf(random, multiLabel).target };
  if (random() < 0.5) samples.splice(at(), 1);
  if (random() < 0.2) samples.push(samples[at()]!);
}

describe.each([
  ['words', {}],
  ['one against the rest', { multiClass: 'ovr' }],
  ['several labels', { multiLabel: true }],
  ['balanced classes, terms of two texts', { classWeight: 'balanced', minDf: 2 }],
  ['the most frequent terms', { maxFeatures: 12 }],
  [
    'words and characters, refined',
    {
      features: [{ ngramRange: [1, 2] }, { analyzer: 'char_wb', ngramRange: [2, 3], sublinearTf: true }],
      refinement: { columnPower: 0.5, naiveBayes: 0.1 },
    },
  ],
] satisfies [string, FitOptions][])('%s', (_, given) => {
  const options: FitOptions = { ...given, tol: 1e-10, C: 2 };

  test('one, changed and removed texts end where a fit from scratch ends', () => {
    const multiLabel = options.multiLabel ?? false;
    const random = seededRandom(7);
    const samples = Array.from({ length: 80 }, () => sampleOf(random, multiLabel));
    const refit = new Refit(options);
    for (let round = 0; round < 12; round++) {
      const [texts, targets] = [samples.map(({ text }) => text), samples.map(({ target }) => target)];
      const model = refit.fit(texts, targets);
      const scratch = TextClassifier.fit(texts, targets, options);
      expect(model.blocks).toEqual(scratch.model.blocks);
      expect(model.report.nnz).toBe(scratch.report.nnz);
      expect(model.report.bytes).toBe(scratch.report.bytes);
      const own = TextClassifier.of(model).predictProba(texts);
      const expected = scratch.predictProba(texts);
      const furthest = own.reduce((most, p, i) => Math.max(most, Math.abs(p - expected[i]!)), 0);
      expect(furthest).toBeLessThan(1e-5);
      change(samples, random, multiLabel);
    }
    refit.dispose();
  });
});

test('two classes, a class that comes, one that goes', () => {
  const refit = new Refit({ tol: 1e-10 });
  const texts = ['good film', 'bad film', 'fine film', 'awful film', 'rain today', 'sun today'];
  for (const targets of [
    ['pos', 'neg', 'pos', 'neg', 'neg', 'pos'],
    ['pos', 'neg', 'pos', 'neg', 'weather', 'weather'],
    ['pos', 'neg', 'pos', 'neg', 'weather', 'neg'],
    ['pos', 'neg', 'pos', 'neg', 'neg', 'neg'],
  ]) {
    const model = refit.fit(texts, targets);
    const scratch = TextClassifier.fit(texts, targets, { tol: 1e-10 });
    expect(model.classes).toEqual(scratch.classes);
    const [own, expected] = [TextClassifier.of(model), scratch].map((one) => one.predictProba(texts));
    for (const [i, p] of expected!.entries()) expect(Math.abs(own![i]! - p)).toBeLessThan(1e-5);
  }
});

test('a refit takes fewer epochs than a fit from scratch', () => {
  const random = seededRandom(3);
  const samples = Array.from({ length: 400 }, () => sampleOf(random, false));
  const [texts, targets] = [samples.map(({ text }) => text), samples.map(({ target }) => target)];
  const refit = new Refit({ tol: 1e-6 });
  const first = refit.fit(texts, targets).report.iterations;
  const again = refit.fit([...texts, 'the cat of the forest'], [...targets, 'outdoors']).report.iterations;
  expect(again).toBeLessThan(first);
});

test('sample weights are those of each fit', () => {
  const texts = ['good film', 'bad film', 'fine film'];
  const targets = ['pos', 'neg', 'pos'];
  const refit = new Refit({ tol: 1e-10 });
  refit.fit(texts, targets);
  const own = TextClassifier.of(refit.fit(texts, targets, { sampleWeight: [3, 1, 1] })).predictProba(texts);
  const expected = TextClassifier.fit(texts, targets, { tol: 1e-10, sampleWeight: [3, 1, 1] }).predictProba(texts);
  for (const [i, p] of expected.entries()) expect(Math.abs(own[i]! - p)).toBeLessThan(1e-5);
});

test('what cannot be fitted is refused, and the next fit is as if nothing had been', () => {
  const refit = new Refit({});
  expect(() => refit.fit(['one', 'two'], ['a', 'a'])).toThrow('at least two classes');
  expect(() => refit.fit(['', ''], ['a', 'b'])).toThrow('The vocabulary is empty');
  expect(() => refit.fit(['one'], ['a', 'b'])).toThrow('1 texts but 2 labels');
  expect(refit.fit(['good film', 'bad film'], ['a', 'b']).classes).toEqual(['a', 'b']);
});

test('texts that are long gone are not kept for ever', () => {
  const refit = new Refit({});
  for (let round = 0; round < 6; round++) {
    const texts = Array.from({ length: 1500 }, (_, i) => `round${round} text${i} of many`);
    refit.fit(
      texts,
      texts.map((_, i) => (i % 2 === 0 ? 'even' : 'odd')),
    );
  }
  expect(refit.heldTexts).toBeLessThanOrEqual(4500);
});
