// wink-naive-bayes-text-classifier, given words that are already found.
import { type Learner, loadPackage } from '../naive-bayes.ts';

interface WinkClassifier {
  learn(words: string[], label: string): boolean;
  consolidate(): boolean;
  predict(words: string[]): string;
}

export function findWink(): { version: string; start(): Learner } | undefined {
  const found = loadPackage('wink-naive-bayes-text-classifier');
  return found && { version: found.version, start: () => learnerOf((found.loaded as () => WinkClassifier)()) };
}

function learnerOf(classifier: WinkClassifier): Learner {
  return {
    learn: (words, label) => classifier.learn(words, label),
    finish: () => classifier.consolidate(),
    predict: (words) => classifier.predict(words),
  };
}
