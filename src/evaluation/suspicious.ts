// Annotations that look wrong, by confident learning: a label is suspect when a model that has not seen it is surer of
// another one than it usually is of documents with that other label.
// https://arxiv.org/abs/1911.00068
import type { Truth } from './scale-fit.ts';

export interface Suspect {
  /** Row of the probabilities. */
  readonly row: number;
  /** Class that was given and class that the model says; for several labels a text the same, and `isMissing` tells. */
  readonly given: number;
  readonly suggested: number;
  /** Several labels a text: true where the label is absent and should be there. */
  readonly isMissing: boolean;
  readonly givenProbability: number;
  readonly suggestedProbability: number;
}

export interface Suspicion {
  /** Most suspect first. */
  readonly suspects: Suspect[];
  /** Share of the labels that are thought to be wrong. */
  readonly share: number;
}

/** Look through out-of-fold probabilities (rows, classes), calibrated or not. */
export function findSuspects(proba: Float64Array, truth: Truth): Suspicion {
  const found = truth.kind === 'single' ? singleSuspects(proba, truth) : multiSuspects(proba, truth);
  // Among probabilities near 0 and 1 their ratio still tells what a difference no longer does.
  const oddsOf = ({ suggestedProbability, givenProbability }: Suspect) => suggestedProbability / givenProbability;
  const odds = new Map(found.map((suspect) => [suspect, oddsOf(suspect)]));
  found.sort((a, b) => odds.get(b)! - odds.get(a)! || a.row - b.row);
  const labels = truth.kind === 'single' ? truth.of.length : truth.of.length / truth.classes;
  return { suspects: found, share: labels === 0 ? 0 : new Set(found.map(({ row }) => row)).size / labels };
}

function singleSuspects(proba: Float64Array, { classes, of }: Truth & { kind: 'single' }): Suspect[] {
  const usual = usualConfidence(proba, classes, (i, k) => of[i] === k);
  const suspects: Suspect[] = [];
  for (let i = 0; i < of.length; i++) {
    const row = proba.subarray(i * classes, (i + 1) * classes);
    const given = of[i]!;
    if (given < 0) continue;
    let suggested = -1;
    for (let k = 0; k < classes; k++) {
      if (row[k]! >= usual[k]! && (suggested < 0 || row[k]! > row[suggested]!)) suggested = k;
    }
    if (suggested < 0 || suggested === given || row[suggested]! <= row[given]!) continue;
    suspects.push({
      row: i,
      given,
      suggested,
      isMissing: false,
      givenProbability: row[given]!,
      suggestedProbability: row[suggested]!,
    });
  }
  return suspects;
}

/** Each label is a question of its own: yes where it is given, no where it is not. */
function multiSuspects(proba: Float64Array, { classes, of }: Truth & { kind: 'multi' }): Suspect[] {
  const yes = usualConfidence(proba, classes, (i, k) => of[i * classes + k] === 1);
  const no = usualConfidence(
    proba.map((p) => 1 - p),
    classes,
    (i, k) => of[i * classes + k] === 0,
  );
  const suspects: Suspect[] = [];
  for (let at = 0; at < of.length; at++) {
    const k = at % classes;
    const isGiven = of[at] === 1;
    const against = isGiven ? 1 - proba[at]! : proba[at]!;
    if (against < (isGiven ? no : yes)[k]! || against <= 0.5) continue;
    suspects.push({
      row: Math.floor(at / classes),
      given: k,
      suggested: k,
      isMissing: !isGiven,
      givenProbability: 1 - against,
      suggestedProbability: against,
    });
  }
  return suspects;
}

/** Mean probability of each class among the rows that carry it; out of reach where none does. */
function usualConfidence(
  proba: Float64Array,
  classes: number,
  carries: (row: number, k: number) => boolean,
): Float64Array {
  const sums = new Float64Array(classes);
  const counts = new Float64Array(classes);
  for (let i = 0; i * classes < proba.length; i++) {
    for (let k = 0; k < classes; k++) {
      if (!carries(i, k)) continue;
      sums[k]! += proba[i * classes + k]!;
      counts[k]!++;
    }
  }
  return sums.map((sum, k) => (counts[k] === 0 ? Number.POSITIVE_INFINITY : sum / counts[k]!));
}
