// `npm run bench -- labelling`: active learning as a simulation. From the texts of a corpus, as if none had a label, batch
// after batch is labelled: in any order, or what ranks first in the queue. How many labels each needs to come to 95 % of the
// accuracy that all labels give goes to the record, and the curves to docs/active-learning.svg.
import { type FitOptions, TextClassifier } from '../src/classifier/text-classifier.ts';
import { seededRandom, shuffle } from '../src/evaluation/folds.ts';
import { rankForLabelling } from '../src/evaluation/rank.ts';
import { type AccuracyPanel, plotAccuracy } from './accuracy-plot.ts';
import { type Corpus, corpusPath, readCorpus } from './corpus.ts';
import type { Finding, Settings } from './finding.ts';
import { formatTable } from './table.ts';

interface Trial {
  readonly corpus: string;
  readonly title: string;
  /** Labels to begin with, and in each batch. */
  readonly batch: number;
  readonly most: number;
}

interface Point {
  readonly labels: number;
  readonly accuracy: number;
}

interface Outcome {
  readonly corpus: string;
  readonly texts: number;
  /** Accuracy with all labels, and what is to be reached. */
  readonly full: number;
  readonly goal: number;
  readonly random: readonly Point[];
  readonly ranked: readonly Point[];
  /** Labels that each needs for the goal; null when it was not reached. */
  readonly needed: { readonly random: number | null; readonly ranked: number | null };
}

const trials: readonly Trial[] = [
  { corpus: 'banking77', title: 'Banking77, 77 classes', batch: 250, most: 7000 },
  { corpus: 'agnews', title: 'AG News, 4 classes', batch: 100, most: 4000 },
];

/** What auto selection often comes to, without the search: the order of labels is what is measured. */
const options: FitOptions = {
  features: [{ sublinearTf: true, tokenPattern: 'one' }],
  C: 10,
  tol: 3e-3,
  refinement: { naiveBayes: 0.3 },
};
const goalShare = 0.95;
const strategies = ['random', 'ranked'] as const;

export async function runLabelling({ data, isQuick, say }: Settings): Promise<Finding> {
  const seeds = isQuick ? [1] : [1, 2, 3];
  const outcomes = trials.map((trial) => {
    say(`${trial.title}: labels in any order and as ranked, ${seeds.length} times each`);
    const train = readCorpus(corpusPath(data, trial.corpus, 'train'));
    const test = readCorpus(corpusPath(data, trial.corpus, 'test'));
    const most = isQuick ? trial.batch * 4 : trial.most;
    const full = accuracyOf(train, [...train.texts.keys()], test).accuracy;
    const curves = strategies.map((strategy) =>
      meanCurve(seeds.map((seed) => simulate(train, test, { ...trial, most, seed, strategy }))),
    );
    return outcomeOf(trial, train.texts.length, full, curves);
  });
  const panels = outcomes.map((outcome, i) => panelOf(trials[i]!.title, outcome));
  return {
    kind: 'labelling',
    text: formatTable(['corpus', 'all labels', 'goal', 'in any order', 'as ranked', 'ratio'], outcomes.map(rowOf)),
    content: { seeds: seeds.length, goalShare, outcomes },
    isRight: true,
    ...(!isQuick && { drawings: new Map([['docs/active-learning.svg', plotAccuracy(panels)]]) }),
  };
}

function simulate(
  train: Corpus,
  test: Corpus,
  { batch, most, seed, strategy }: Trial & { seed: number; strategy: (typeof strategies)[number] },
): Point[] {
  const order = [...train.texts.keys()];
  shuffle(order, seededRandom(seed));
  let labelled = order.slice(0, batch);
  const points: Point[] = [];
  for (;;) {
    const known = new Set(labelled);
    const rest = order.filter((i) => !known.has(i));
    const texts = strategy === 'ranked' ? rest.map((i) => train.texts[i]!) : [];
    const { accuracy, proba } = accuracyOf(train, labelled, test, texts);
    points.push({ labels: labelled.length, accuracy });
    if (labelled.length + batch > most || rest.length < batch) return points;
    const next =
      strategy === 'ranked' ? rankForLabelling(texts, proba, { batch }).map(({ index }) => rest[index]!) : rest;
    labelled = [...labelled, ...next.slice(0, batch)];
  }
}

/** Accuracy of a model of some of the texts, and what it says about others. */
function accuracyOf(
  train: Corpus,
  indices: readonly number[],
  test: Corpus,
  asked: readonly string[] = [],
): { accuracy: number; proba: Float64Array } {
  const texts = indices.map((i) => train.texts[i]!);
  const classifier = TextClassifier.fit(
    texts,
    indices.map((i) => train.labels[i]!),
    options,
  );
  const right = classifier.predict(test.texts).filter((label, i) => label === test.labels[i]).length;
  const proba = classifier.predictProba(asked);
  classifier.dispose();
  return { accuracy: right / test.texts.length, proba };
}

function meanCurve(runs: readonly (readonly Point[])[]): Point[] {
  return runs[0]!.map(({ labels }, at) => {
    return { labels, accuracy: runs.reduce((sum, points) => sum + points[at]!.accuracy, 0) / runs.length };
  });
}

function outcomeOf({ corpus }: Trial, texts: number, full: number, [random = [], ranked = []]: Point[][]): Outcome {
  const goal = goalShare * full;
  const needed = { random: labelsFor(goal, random), ranked: labelsFor(goal, ranked) };
  return { corpus, texts, full, goal, random, ranked, needed };
}

/** Where the curve first comes to the goal, between two batches in proportion. */
function labelsFor(goal: number, points: readonly Point[]): number | null {
  const at = points.findIndex(({ accuracy }) => accuracy >= goal);
  if (at < 0) return null;
  const [before, after] = [points[Math.max(0, at - 1)]!, points[at]!];
  const share = at === 0 ? 1 : (goal - before.accuracy) / (after.accuracy - before.accuracy);
  return Math.round(before.labels + share * (after.labels - before.labels));
}

function panelOf(title: string, { full, goal, random, ranked, needed }: Outcome): AccuracyPanel {
  const pairs = (points: readonly Point[]) => points.map(({ labels, accuracy }) => [labels, accuracy] as const);
  return {
    title,
    lines: [
      { label: 'what ranks first in the queue', points: pairs(ranked), reached: needed.ranked },
      { label: 'in any order', points: pairs(random), reached: needed.random },
    ],
    goal: { value: goal, label: `95 % of ${(100 * full).toFixed(1)} %` },
  };
}

function rowOf({ corpus, full, goal, needed: { random, ranked } }: Outcome): string[] {
  const shown = (labels: number | null): string => (labels === null ? 'not reached' : String(labels));
  const ratio = random === null || ranked === null ? '' : (random / ranked).toFixed(2);
  return [corpus, full.toFixed(4), goal.toFixed(4), shown(random), shown(ranked), ratio];
}
