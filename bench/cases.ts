// What is measured: corpora, options and where the expected figures stand. Data only; the figures themselves are
// scikit-learn's and live beside the corpora, in expected.json.
import type { VectorizerOptions } from '../src/classifier/options.ts';

export interface Case {
  readonly name: string;
  /** NAME.train.jsonl.gz and NAME.test.jsonl.gz. */
  readonly corpus: string;
  /** Key of the expected figures below the corpus. */
  readonly expected: string;
  /** Beyond the defaults, which are scikit-learn's. */
  readonly options: VectorizerOptions;
  /** Part of `--quick`. */
  readonly isQuick: boolean;
}

export const cases: readonly Case[] = [
  { name: 'sms', corpus: 'sms', expected: 'word1', options: {}, isQuick: true },
  { name: 'banking77', corpus: 'banking77', expected: 'word1', options: {}, isQuick: true },
  { name: 'agnews', corpus: 'agnews', expected: 'word1', options: {}, isQuick: true },
  {
    name: 'agnews-bigrams',
    corpus: 'agnews',
    expected: 'word12',
    options: { ngramRange: [1, 2], sublinearTf: true },
    isQuick: false,
  },
  { name: '20ng', corpus: '20ng', expected: 'word1', options: {}, isQuick: false },
  { name: 'imdb', corpus: 'imdb', expected: 'word1', options: {}, isQuick: false },
  {
    name: 'thucnews',
    corpus: 'thucnews',
    expected: 'char12',
    options: { analyzer: 'char', ngramRange: [1, 2] },
    isQuick: false,
  },
];

/** A fit counts when its objective is this near to the optimum, relatively. */
export const gapWanted = 1e-6;

/** Accuracy on the test part may differ from the optimum's by this much: some texts lie on the border. */
export const accuracyTolerance = 0.002;
