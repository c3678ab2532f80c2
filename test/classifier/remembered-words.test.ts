// N-grams inside words are remembered by word: that must change no prediction, whatever words come and however many.
import { expect, test } from 'vitest';
import { LogisticRegression } from '../../src/classifier/logistic-regression.ts';
import type { VectorizerOptions } from '../../src/classifier/options.ts';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { TfidfVectorizer } from '../../src/classifier/vectorizer.ts';

const texts = ['banana bread and butter', 'the bandana of a banker', 'bread with butter and jam', 'a banker in a bank'];
const labels = ['food', 'people', 'food', 'people'];
const exact = { solver: 'lbfgs', tol: 1e-12 } as const;
const ngrams = { analyzer: 'char_wb', ngramRange: [2, 4] } as const;
const expectSame = comparison({ ...ngrams, sublinearTf: true }, texts, labels);

/** Expects of texts that the classifier's predictions are those of weighed rows. */
function comparison(options: VectorizerOptions, texts: readonly string[], labels: readonly string[]) {
  const classifier = TextClassifier.fit(texts, labels, { ...options, ...exact });
  const vectorizer = new TfidfVectorizer(options).fit(texts);
  const regression = new LogisticRegression(exact).fit(vectorizer.transform(texts), labels);
  return (texts: readonly string[]): void => {
    const rows = regression.predictProba(vectorizer.transform(texts));
    const own = classifier.predictProba(texts);
    const furthest = own.reduce((most, p, i) => Math.max(most, Math.abs(p - rows[i]!)), 0);
    expect(furthest).toBeLessThan(1e-5);
  };
}

test.each([
  ['words seen before', 'banana banana bank the banana'],
  ['an n-gram several times in a word', 'banananananana anna'],
  ['one letter and none', 'a \t \n b'],
  ['a word as long as the longest that is remembered', `${'ban'.repeat(20)}de bank`],
  ['a longer one', `${'banana'.repeat(40)} bank`],
  ['letters of several bytes', 'bänk bank b\u0301ank 銀行 bank'],
  ['other white space', 'bank\u00a0banana\u2003bread\u3000butter\u0085jam'],
  ['nothing that is known', 'xyz qqq'],
])('of %s', (_, text) => {
  expectSame([text]);
  expectSame([text, text]);
});

test('of more words than are remembered, and of others after them', () => {
  const word = (i: number) => `${['ban', 'bre', 'jam', 'the'][i % 4]}${i.toString(36)}`;
  for (let from = 0; from < 200_000; from += 10_000) {
    expectSame([Array.from({ length: 10_000 }, (_, i) => word(from + i)).join(' ')]);
  }
  expectSame(['banana bread', word(7), word(199_999), ...texts]);
});

const seven = Array.from({ length: 7 }, (_, k) => `${'abcdefg'[k]}an ${texts[k % 4]} ${'xyzuvwr'[k]}ing`);
test.each<[string, VectorizerOptions]>([
  ['counts as they are', { ...ngrams }],
  ['binary counts', { ...ngrams, binary: true }],
  ['norm l1', { ...ngrams, norm: 'l1', sublinearTf: true }],
  ['no norm', { ...ngrams, norm: 'none', sublinearTf: true }],
  ['no idf', { ...ngrams, useIdf: false, sublinearTf: true }],
])('for seven classes with %s, in texts short and long, by turns', (_, options) => {
  const expectSame = comparison(
    options,
    seven,
    seven.map((_, k) => `class ${k}`),
  );
  const long = 'the banana of a banker '.repeat(300);
  const many = Array.from({ length: 3000 }, (_, i) => `b${i}an${i % 7}`).join(' ');
  expectSame(['the the the banana', long, 'a bank', many, long.slice(0, 4096), long.slice(0, 4097), 'a bank', many]);
  expectSame([`${'banana'.repeat(2000)} bank`, 'banana', `${'banana'.repeat(600)} bank`, 'banana']);
});

test('of thousands of words, each alone', () => {
  const word = (i: number) => i.toString(8).replace(/\d/g, (digit) => 'abcdefgh'[Number(digit)]!);
  const words = Array.from({ length: 8000 }, (_, i) => word(i * 17));
  const known = words.slice(0, 200);
  const expectSame = comparison(
    { ...ngrams, sublinearTf: true },
    known,
    known.map((_, i) => `class ${i % 3}`),
  );
  expectSame(words);
  expectSame(words);
});
