// A large model is taken into the kernels in steps, and whatever happens in between, it answers as it should.
import { afterEach, expect, test } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { Kernels } from '../../src/wasm/kernels.ts';

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

test('given up on the way, it holds no memory', async () => {
  const giveUp = async () => {
    const preparing = classifier.prepare();
    classifier.dispose();
    await preparing;
    return Kernels.serving.allocatedBytes;
  };
  const before = await giveUp();
  const others = Array.from({ length: 3 }, () => TextClassifier.load(bytes));
  for (const other of others) {
    const preparing = other.prepare();
    other.dispose();
    await preparing;
  }
  expect(Kernels.serving.allocatedBytes).toBe(before);
});

test('a model whose idf differ by next to nothing harms no other', () => {
  const { model } = TextClassifier.fit(texts.slice(0, 100), labels.slice(0, 100));
  const [block] = model.blocks;
  const idf = Float64Array.from(block!.idf!, (_, i) => (i % 2) * 1e-310);
  for (let round = 0; round < 400; round++) {
    const odd = TextClassifier.of({ ...model, blocks: [{ ...block!, idf }] });
    expect(odd.predictProba(asked.slice(0, 2)).every(Number.isFinite)).toBe(true);
    odd.dispose();
  }
  expect(classifier.predictProba(asked)).toEqual(expected);
});

test('a model that has a term twice is refused', async () => {
  const { model } = TextClassifier.fit(['aa bb', 'bb cc'], ['x', 'y']);
  const [block] = model.blocks;
  const terms = { bytes: new TextEncoder().encode('aaaabb'), ends: block!.terms.ends };
  const twice = TextClassifier.of({ ...model, blocks: [{ ...block!, terms }] });
  expect(() => twice.predictProba(['aa'])).toThrow('The model cannot be used: it has a term twice.');
  await expect(twice.prepare()).rejects.toThrow('it has a term twice');
});
