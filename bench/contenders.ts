// Who takes part in which step of the work. Sparrow is always the first.
import { TfidfVectorizer } from '../src/classifier/vectorizer.ts';
import { gapWanted } from './cases.ts';
import type { Contender, Measurement } from './contender.ts';
import { runLearner } from './naive-bayes.ts';
import { prepareFastText, runFastText } from './peers/fasttext.ts';
import { liblinearKinds, prepareLiblinear, runLiblinear } from './peers/liblinear.ts';
import type { Stage } from './stage.ts';

const otherProblem = 'solves another problem';
/** Texts that are predicted one at a time. */
const oneByOne = 500;

/** The same request to Sparrow and to scikit-learn. */
export function askedContenders({ test, sparrow, python }: Stage, op: string, name: string): Contender[] {
  const request = { op, options: test.options, count: oneByOne };
  return [
    { name: 'sparrow', measure: () => sparrow.ask<Measurement>(request) },
    ...(python ? [{ name, measure: () => python.ask<Measurement>(request) }] : []),
  ];
}

/**
 * scikit-learn's matrix is ready for its solver; ours stands ready in the kernels' memory, which is what a training uses,
 * and costs a copy more for whoever wants its rows as arrays. Both are shown, the first is what ratios are taken from.
 */
export function matrixContenders(stage: Stage): Contender[] {
  const { test, sparrow } = stage;
  const [arrays, ...peers] = askedContenders(stage, 'vectorize', 'scikit-learn fit_transform');
  const request = { op: 'rows', options: test.options, count: oneByOne };
  return [
    { name: 'sparrow, rows in the kernels', measure: () => sparrow.ask<Measurement>(request) },
    { ...arrays!, name: 'sparrow, rows as arrays' },
    ...peers,
  ];
}

export function fitContenders(stage: Stage): Contender[] {
  const { test, plan, python, expected, sparrow } = stage;
  const optimum = expected.fits.optimum.objective;
  const request = { op: 'fit', options: test.options, optimum, gap: gapWanted, cap: plan.cap };
  const ours = {
    name: 'sparrow, to gap 1e-6',
    // Each fit that is timed must be at the optimum.
    measure: async () => {
      const measurement = await sparrow.ask<Measurement>(request);
      const gap = measurement.gap ?? Number.NaN;
      if (!(Math.abs(gap) <= gapWanted)) throw new Error(`a timed fit is off the optimum by ${gap}`);
      return measurement;
    },
  };
  if (!python) return [ours];
  const theirs = (solver: string) => () => python.ask<Measurement>({ ...request, solver });
  const approximately = `${otherProblem}: one-vs-rest, approximately`;
  return [
    ours,
    { name: 'scikit-learn lbfgs', measure: theirs('lbfgs') },
    ...(plan.isQuick ? [] : [{ name: 'scikit-learn newton-cg', measure: theirs('newton-cg') }]),
    { name: 'scikit-learn saga, to gap 1e-6', measure: theirs('saga') },
    ...(plan.isQuick ? [] : [{ name: 'scikit-learn SGDClassifier', note: approximately, measure: theirs('sgd') }]),
  ];
}

export function liblinearContenders({ test, plan, peers, corpus, folder }: Stage): Contender[] {
  if (plan.isQuick || !peers.has('liblinear')) return [];
  const vectorizer = new TfidfVectorizer(test.options);
  const train = { X: vectorizer.fitTransform(corpus.train.texts), labels: corpus.train.labels };
  prepareLiblinear(folder, train, { X: vectorizer.transform(corpus.test.texts), labels: corpus.test.labels });
  const note = `${otherProblem}: one-vs-rest, penalised intercept, its own tolerance`;
  return (['primal', 'dual'] as const).map((kind) => ({
    name: `liblinear -s ${liblinearKinds[kind]} (${kind})`,
    note,
    measure: async () => runLiblinear(folder, kind),
  }));
}

/** Peers that see words only: where characters are the features they have nothing to say. */
export function textContenders({ test, plan, peers, corpus, folder }: Stage): Contender[] {
  if (plan.isQuick || (test.options.analyzer ?? 'word') !== 'word') return [];
  const { train, test: testPart } = corpus;
  const learners = peers.learners.map(({ name, start }) => ({
    name,
    note: `${otherProblem}: naive Bayes; accuracy on ${oneByOne} texts`,
    measure: async () => runLearner(start(), train, testPart, oneByOne),
  }));
  if (!peers.has('fastText')) return learners;
  prepareFastText(folder, train, testPart);
  const note = `${otherProblem}: word vectors, 5 epochs, one thread; reads and writes files`;
  return [{ name: 'fastText supervised', note, measure: async () => runFastText(folder) }, ...learners];
}
