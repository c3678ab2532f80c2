// The naive Bayes classifiers of npm that people reach for, where they are installed:
//   npm install --prefix .build/peers --ignore-scripts wink-naive-bayes-text-classifier natural
// They are no dependencies of ours, and solve another problem: counts instead of a fit.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Measurement } from './contender.ts';
import type { Corpus } from './corpus.ts';
import { root } from './machine.ts';

export interface Learner {
  learn(words: string[], label: string): void;
  finish(): void;
  predict(words: string[]): string;
}

const load = createRequire(join(root, '.build/peers/package.json'));

/** The package and its version, or undefined when it is not installed. */
export function loadPackage(name: string): { loaded: unknown; version: string } | undefined {
  try {
    return { loaded: load(name), version: `${name} ${load(`${name}/package.json`).version}` };
  } catch {
    return undefined;
  }
}

/** Train on all texts; accuracy from the first `sample` test texts, for a prediction can take milliseconds. */
export function runLearner(learner: Learner, train: Corpus, test: Corpus, sample: number): Measurement {
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (const [i, text] of train.texts.entries()) learner.learn(wordsOf(text), train.labels[i]!);
  learner.finish();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const texts = test.texts.slice(0, sample);
  const right = texts.filter((text, i) => learner.predict(wordsOf(text)) === test.labels[i]).length;
  return { seconds, cpuSeconds: (user + system) / 1e6, accuracy: right / texts.length };
}

/** Words as the default word pattern finds them, for those who cannot be given it. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? [];
}
