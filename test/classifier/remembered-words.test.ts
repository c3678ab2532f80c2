// N-grams inside words are remembered by word: that must change no prediction, whatever words come and however many.
import { expect, test } from 'vitest';
import { LogisticRegression } from '../../src/classifier/logistic-regression.ts';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { TfidfVectorizer } from '../../src/classifier/vectorizer.ts';

const options = { analyzer: 'char_wb', ngramRange: [2, 4], sublinearTf: true } as const;
const texts = ['banana bread and butter', 'the bandana of a banker', 'bread with butter and jam', 'a banker in a bank'];
const labels = ['food', 'people', 'food', 'people'];
const classifier = TextClassifier.fit(texts, labels, options);
const vectorizer = new TfidfVectorizer(options).fit(texts);
const regression = new LogisticRegression().fit(vectorizer.transform(texts), labels);

function expectSame(texts: readonly string[]): void {
  const rows = regression.predictProba(vectorizer.transform(texts));
  const own = classifier.predictProba(texts);
  const furthest = own.reduce((most, p, i) => Math.max(most, Math.abs(p - rows[i]!)), 0);
  expect(furthest).toBeLessThan(2e-5);
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
    classifier.predictProba([Array.from({ length: 10_000 }, (_, i) => word(from + i)).join(' ')]);
  }
  expectSame(['banana bread', word(7), word(199_999), ...texts]);
});
