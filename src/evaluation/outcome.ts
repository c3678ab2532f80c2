// What cross-validation found of one candidate, and which of several to trust: the simplest that is not clearly worse
// than the best, judged by the losses of the same documents under both.
import type { Candidate } from './candidates.ts';
import type { Fit } from './folded-rows.ts';
import type { PartRows } from './part-rows.ts';
import { fitScales, type Truth } from './scale-fit.ts';

export interface Outcome {
  readonly candidate: Candidate;
  /** Raw predictions are divided by `temperature` after `naiveBayes` times the log ratios were added. */
  readonly temperature: number;
  readonly naiveBayes: number;
  /** Raw predictions (rows, classes), refined so. */
  readonly raw: Float64Array;
  /** Log loss of each row, and whether its prediction is right in full. */
  readonly losses: Float64Array;
  readonly isRight: Uint8Array;
  readonly logLoss: number;
  readonly accuracy: number;
  readonly seconds: number;
}

/** What suffices to compare candidates: a relative gap, and not endlessly for those that will not close it. */
const rough = { tol: 3e-3, maxIter: 30 };

/** A candidate's regression, fitted so far. */
export function roughFit({ features: _, hasNaiveBayes: _1, ...fit }: Candidate): Fit {
  return { ...fit, ...rough };
}

/** Cross-validate a candidate; nothing when `isLate` says in between that time is up. */
export async function evaluate(
  candidate: Candidate,
  rows: PartRows,
  isLate?: () => boolean,
): Promise<Outcome | undefined> {
  const started = performance.now();
  const own = await rows.predict(roughFit(candidate), isLate);
  if (!own) return undefined;
  const { truth } = rows.labelling;
  const mixed = candidate.hasNaiveBayes
    ? mix(own, await rows.naiveBayes(), truth)
    : { weights: fitScales([own], truth), raw: own };
  const [weight = 1, naive = 0] = mixed.weights;
  const raw = mixed.raw.map((value) => value * weight);
  const judged = judge(raw, truth);
  return {
    candidate,
    temperature: 1 / weight,
    naiveBayes: naive / weight,
    raw,
    ...judged,
    seconds: (performance.now() - started) / 1000,
  };
}

/** `raw` has the weight of `own` still to come. A model that naive Bayes only harms goes without it. */
function mix(own: Float64Array, naive: Float64Array, truth: Truth): { weights: number[]; raw: Float64Array } {
  const weights = fitScales([own, naive], truth);
  const [first, second] = weights as [number, number];
  if (first <= 0 || second <= 0) return { weights: fitScales([own], truth), raw: own };
  return { weights, raw: own.map((value, at) => value + (second / first) * naive[at]!) };
}

function judge(raw: Float64Array, truth: Truth): Pick<Outcome, 'losses' | 'isRight' | 'logLoss' | 'accuracy'> {
  const { classes } = truth;
  const rows = raw.length / classes;
  const losses = new Float64Array(rows);
  const isRight = new Uint8Array(rows);
  for (let i = 0; i < rows; i++) {
    const row = raw.subarray(i * classes, (i + 1) * classes);
    if (truth.kind === 'single') {
      losses[i] = softmaxLoss(row, truth.of[i]!);
      isRight[i] = row.every((value) => value <= row[truth.of[i]!]!) ? 1 : 0;
      continue;
    }
    const own = truth.of.subarray(i * classes, (i + 1) * classes);
    losses[i] = row.reduce((sum, value, k) => sum + Math.log1p(Math.exp(own[k] === 1 ? -value : value)), 0) / classes;
    isRight[i] = row.every((value, k) => value > 0 === (own[k] === 1)) ? 1 : 0;
  }
  return { losses, isRight, logLoss: mean(losses), accuracy: mean(isRight) };
}

function softmaxLoss(row: Float64Array, truth: number): number {
  const most = row.reduce((largest, value) => Math.max(largest, value), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (const value of row) sum += Math.exp(value - most);
  return Math.log(sum) + most - row[truth]!;
}

/** Mean difference of losses, `a` less `b`, in standard errors and as it is. */
export function difference(a: Outcome, b: Outcome): { mean: number; error: number } {
  const differences = a.losses.map((loss, i) => loss - b.losses[i]!);
  const middle = mean(differences);
  const squares = differences.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const count = differences.length;
  return { mean: middle, error: Math.sqrt(squares / Math.max(1, count - 1) / count) };
}

/** The best, and the first of `outcomes`, which go from simple to intricate, within one standard error of it. */
export function chooseSimplest(outcomes: readonly Outcome[]): { best: Outcome; chosen: Outcome } {
  const best = outcomes.reduce((least, outcome) => (outcome.logLoss < least.logLoss ? outcome : least));
  const chosen = outcomes.find((outcome) => {
    const { mean, error } = difference(outcome, best);
    return mean <= error;
  });
  return { best, chosen: chosen ?? best };
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return values.length === 0 ? 0 : sum / values.length;
}
