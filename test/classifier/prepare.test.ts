// A large model is taken into the kernels in steps, and whatever happens in between, it answers as it should.
import { afterEach, expect, test } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';

const word = (i: number) => `w${i.toString(36)}`;
const texts = Array.from({ length: 4000 }, (_, i) => Array.from({ length: 10 }, (_, j) => word(i * 10 + j)).join(' '));
const labels = texts.map((_, i) => `class ${i % 3}`);
const features = [{}, { analyzer: 'char_wb', ngramRange: [2, 3] }] as const;
const fitted = TextClassifier.fit(texts, labels, { features });
const bytes = fitted.save();
const asked = texts.slice(0, 50);
const expected = fitted.predictProba(asked);
let classifier = TextClassifier.load(bytes);

afterEach(() => {
  classifier.dispose();
  classifier = TextClassifier.load(bytes);
});

test('others have their turn', async () => {
  let turns = 0;
  const counting = setInterval(() => turns++);
  await classifier.prepare();
  clearInterval(counting);
  expect(turns).toBeGreaterThan(0);
  expect(classifier.predictProba(asked)).toEqual(expected);
});

test('whoever asks meanwhile is answered at once', async () => {
  const preparing = classifier.prepare();
  expect(classifier.predictProba(asked)).toEqual(expected);
  await preparing;
  await classifier.prepare();
  expect(classifier.predictProba(asked)).toEqual(expected);
});

test('it may be given up on the way, and be asked again', async () => {
  const preparing = classifier.prepare();
  classifier.dispose();
  expect(classifier.predictProba(asked)).toEqual(expected);
  await preparing;
  expect(classifier.predictProba(asked)).toEqual(expected);
});

test('two at a time do not get in each other’s way', async () => {
  const other = TextClassifier.load(bytes);
  await Promise.all([classifier.prepare(), other.prepare()]);
  expect(classifier.predictProba(asked)).toEqual(expected);
  other.dispose();
  expect(classifier.predictProba(asked)).toEqual(expected);
});
