// Models of every kind on a little made-up corpus, for tests of what other programs make of them.
import type { FitOptions } from '../../src/classifier/text-classifier.ts';

const wordsOfTopics = [
  ['goal', 'match', 'team', 'Coach', 'x', 'the', 'won'],
  ['rain', 'sun', 'Wind', 'storm', 'y', 'the', 'is'],
  ['bank', 'loan', 'Stock', 'tax', 'z', 'the', 'and'],
];
export const texts = Array.from({ length: 60 }, (_, i) => {
  const words = wordsOfTopics[i % 3]!;
  return [0, 1, 2, 3, 4, 5].map((k) => words[(i * (k + 2) + k * k) % 7]).join(i % 5 === 0 ? ', ' : ' ');
});
export const labels = texts.map((_, i) => `topic ${i % 3}`);
export const oddTexts = [
  '',
  ' ',
  '!?',
  'GOAL goal Goal',
  'unknown',
  'a\tb\nrain.',
  '"the-bank"(loan)',
  'x_y 1,000',
  'Ü ß goal',
];
/** One case for every part of a model that an export has to understand. */
export const exportCases: [name: string, options: FitOptions][] = [
  ['words', {}],
  ['one vectorizer in features', { features: [{}] }],
  ['words of one letter', { tokenPattern: 'one' }],
  ['pairs of words', { ngramRange: [1, 2], norm: 'l1' }],
  ['pairs alone, sublinear', { ngramRange: [2, 2], sublinearTf: true }],
  ['triples, binary', { ngramRange: [1, 3], binary: true, sublinearTf: true }],
  ['no idf, no norm', { useIdf: false, norm: 'none' }],
  ['capitals kept', { lowercase: false }],
  ['English stop words', { stopWords: 'english' }],
  ['stop words that are patterns', { stopWords: ['the', 'a.*', '(x|y)'], tokenPattern: 'one', ngramRange: [1, 2] }],
  ['a vocabulary with strays', { vocabulary: ['rain', 'goal', 'loan', 'the bank', 'a b c', 'zzz'] }],
  ['a token pattern', { tokenPattern: '[a-z]+' }],
  ['characters', { analyzer: 'char', ngramRange: [1, 3] }],
  ['characters inside words', { analyzer: 'char_wb', ngramRange: [2, 5], sublinearTf: true }],
  ['words beside characters', { features: [{ ngramRange: [1, 2] }, { analyzer: 'char_wb', ngramRange: [3, 4] }] }],
  ['words beside words', { features: [{ sublinearTf: true }, { lowercase: false, ngramRange: [2, 2] }] }],
  ['one classifier a class', { multiClass: 'ovr' }],
  ['a refined model', { multiClass: 'ovr', refinement: { columnPower: 1, naiveBayes: 0.5, temperature: 0.7 } }],
];
