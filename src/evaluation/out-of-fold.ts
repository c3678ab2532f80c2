// Out-of-fold predictions for options that are settled, and accuracy at several sizes: the matter of a report where auto
// selection has not made it already.
import type { FitOptions, Target } from '../classifier/text-classifier.ts';
import { type TrainingRows, VectorizedTexts } from '../classifier/training-rows.ts';
import { probabilities } from './calibration.ts';
import { stratumOf } from './cross-validate.ts';
import { FoldedRows } from './folded-rows.ts';
import { foldsOfTexts, seededRandom, shuffle } from './folds.ts';
import type { CurvePoint } from './learning-curve.ts';
import { type Labelling, labellingAt, labellingOf } from './truth.ts';

/** Predictions of texts by models that had not seen them. */
export interface HeldOut {
  readonly classes: readonly string[];
  /** The texts that the predictions are of, ascending. */
  readonly docs: Uint32Array;
  /** The fold of each of those, and how many there are. */
  readonly folds: Uint16Array;
  readonly k: number;
  /** Probabilities (docs, classes). */
  readonly outOfFold: Float64Array;
}

export interface HoldOutSettings {
  k?: number;
  seed?: number;
  /** Told when so many of the folds are done. */
  onFold?: (done: number, folds: number) => void;
}

/** Predict every text by a model fitted to the other folds with these options. */
export function holdOut(
  texts: readonly string[],
  targets: readonly Target[],
  options: FitOptions,
  { k = 5, seed = 0, onFold }: HoldOutSettings = {},
): HeldOut {
  const labelling = labellingOf(targets, options.multiLabel ?? false);
  const folds = foldsOfTexts(texts, targets.map(stratumOf), k, seed);
  const vectorized = new VectorizedTexts(texts);
  const { rows } = vectorized.rowsOf(options.features ?? [options]);
  const folded = new FoldedRows(rows, labelling, folds, k);
  const raw = refinedRaw(folded, options, (done) => onFold?.(done, k));
  vectorized.dispose();
  return {
    classes: labelling.classes,
    docs: Uint32Array.from(texts.keys()),
    folds,
    k,
    outOfFold: probabilities(raw, labelling.truth),
  };
}

/** Raw predictions with naive Bayes and temperature as the options' refinement says. */
function refinedRaw(rows: FoldedRows, options: FitOptions, onFold?: (done: number) => void): Float64Array {
  const { columnPower = 0, naiveBayes = 0, temperature = 1 } = options.refinement ?? {};
  const { C, tol, maxIter, fitIntercept, classWeight, solver, multiClass, seed } = options;
  const given = { C, tol, maxIter, fitIntercept, classWeight, solver, multiClass, seed };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  let done = 0;
  const own = rows.predict({ ...set, columnPower }, () => onFold?.(++done));
  const naive = naiveBayes > 0 ? rows.naiveBayes() : undefined;
  const { classes } = rows.labelling;
  const divisors = classes.map((label) => (typeof temperature === 'number' ? temperature : (temperature[label] ?? 1)));
  return own.map((raw, at) => {
    return (raw + (naive ? naiveBayes * naive[at]! : 0)) / divisors[at % classes.length]!;
  });
}

export interface CurveSettings {
  seed?: number;
  /** Time for it; sizes that no longer fit are left out, but for the three smallest. Default 2000. */
  budgetMs?: number;
  now?: () => number;
}

/** Shares of the training texts that a curve is measured at, and how often each. */
const shares = [
  { share: 1 / 32, times: 4 },
  { share: 1 / 16, times: 4 },
  { share: 1 / 8, times: 3 },
  { share: 1 / 4, times: 2 },
  { share: 1 / 2, times: 2 },
  { share: 1, times: 1 },
] as const;
const mostTimes = 4;
const leastSizes = 3;
const heldOutShare = 5;
/** Texts that a measurement trains on at least, for each class. */
const leastPerClass = 2;

/** Accuracies at growing sizes, each on texts that were not trained on. */
export function measureCurve(
  texts: readonly string[],
  targets: readonly Target[],
  options: FitOptions,
  { seed = 0, budgetMs = 2000, now = () => performance.now() }: CurveSettings = {},
): CurvePoint[] {
  const deadline = now() + budgetMs;
  const labelling = labellingOf(targets, options.multiLabel ?? false);
  const vectorized = new VectorizedTexts(texts);
  const { rows: all } = vectorized.rowsOf(options.features ?? [options]);
  const random = seededRandom(seed);
  const points: CurvePoint[] = [];
  let perText = 0;
  // Each size once, the small ones first, before any is repeated: three sizes make a curve, however little time there is.
  for (let run = 0; run < mostTimes; run++) {
    for (const { share, times } of shares) {
      const size = Math.floor((texts.length * share * (heldOutShare - 1)) / heldOutShare);
      if (run >= times || size < Math.max(8, leastPerClass * labelling.classes.length)) continue;
      if (points.length >= leastSizes && now() + perText * size > deadline) continue;
      const started = now();
      const folds = foldsOfTexts(texts, targets.map(stratumOf), heldOutShare, seed + run);
      const outside = Array.from(texts.keys()).filter((i) => folds[i] !== 0);
      shuffle(outside, random);
      const inside = Array.from(texts.keys()).filter((i) => folds[i] === 0);
      points.push(measure(all, labelling, outside.slice(0, size), inside, options));
      perText = (now() - started) / size;
    }
  }
  vectorized.dispose();
  return merged(points);
}

function measure(
  all: TrainingRows,
  labelling: Labelling,
  train: readonly number[],
  test: readonly number[],
  options: FitOptions,
): CurvePoint {
  const wanted = [...test, ...train];
  const own = labellingAt(labelling, wanted);
  const folds = Uint8Array.from(wanted, (_, at) => (at < test.length ? 0 : 1));
  const raw = all.withSome(wanted, (some) => refinedRaw(new FoldedRows(some, own, folds, 1), options));
  let right = 0;
  for (let i = 0; i < test.length; i++) if (isRight(raw, own, i)) right++;
  return { docs: train.length, accuracy: right / test.length, tested: test.length };
}

function isRight(raw: Float64Array, { truth }: Labelling, i: number): boolean {
  const row = raw.subarray(i * truth.classes, (i + 1) * truth.classes);
  if (truth.kind === 'single') return row.indexOf(Math.max(...row)) === truth.of[i];
  return row.every((value, k) => value > 0 === (truth.of[i * truth.classes + k] === 1));
}

/** Measurements of one size as one point. */
function merged(points: readonly CurvePoint[]): CurvePoint[] {
  const sizes = new Map<number, { right: number; tested: number }>();
  for (const { docs, accuracy, tested } of points) {
    const sum = sizes.get(docs) ?? { right: 0, tested: 0 };
    sum.right += accuracy * tested;
    sum.tested += tested;
    sizes.set(docs, sum);
  }
  return [...sizes].map(([docs, { right, tested }]) => ({ docs, accuracy: right / tested, tested }));
}
