// The Bayes classifier of `natural`, given words that are already found.
import { type Learner, loadPackage } from '../naive-bayes.ts';

interface NaturalClassifier {
  addDocument(words: string[], label: string): void;
  train(): void;
  classify(words: string[]): string;
}

export function findNatural(): { version: string; start(): Learner } | undefined {
  const found = loadPackage('natural');
  if (!found) return undefined;
  const { BayesClassifier } = found.loaded as { BayesClassifier: new () => NaturalClassifier };
  return { version: found.version, start: () => learnerOf(new BayesClassifier()) };
}

function learnerOf(classifier: NaturalClassifier): Learner {
  return {
    learn: (words, label) => classifier.addDocument(words, label),
    finish: () => classifier.train(),
    predict: (words) => classifier.classify(words),
  };
}
