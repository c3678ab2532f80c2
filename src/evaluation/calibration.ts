// Scores that mean what they say: of predictions with score 0.8, eight in ten are right. A temperature, fitted to the
// log loss of out-of-fold predictions, divides the raw predictions; with several labels a text each label has its own.
import type { Outcome } from './outcome.ts';
import { fitScales, type Truth } from './scale-fit.ts';
import type { Labelling } from './truth.ts';

/** Positive examples that a label needs for a temperature of its own. */
const enoughExamples = 10;
/** Temperatures outside these bounds are accidents of small sets. */
const bounds = { least: 0.02, most: 50 };

/** The temperature that probabilities (rows, classes) need. Rows of a class that is not predicted at all do not count. */
export function fitTemperature(proba: Float64Array, truth: Truth): number {
  return temperatureOf(logits(proba, truth.kind), truth);
}

/** Probabilities (rows, classes) at another temperature; above 1 they are less sure. Ranks stay as they are. */
export function applyTemperature(
  proba: Float64Array,
  classes: number,
  temperature: number,
  kind: Truth['kind'] = 'single',
): Float64Array {
  const raw = logits(proba, kind).map((value) => value / temperature);
  return kind === 'single' ? softmaxRows(raw, classes) : raw.map(sigmoid);
}

/** Probabilities of raw predictions (rows, classes). */
export function probabilities(raw: Float64Array, { kind, classes }: Pick<Truth, 'kind' | 'classes'>): Float64Array {
  return kind === 'single' ? softmaxRows(raw, classes) : raw.map(sigmoid);
}

/** The temperature of a refinement, all told, and the probabilities it gives. */
export function calibrateOutcome(
  outcome: Pick<Outcome, 'raw' | 'temperature'>,
  { classes, truth }: Labelling,
): { temperature: number | Record<string, number>; proba: Float64Array } {
  const { raw, temperature } = outcome;
  if (truth.kind === 'single') return { temperature: bounded(temperature), proba: probabilities(raw, truth) };
  const width = truth.classes;
  const own = classes.map((_, k) => ownTemperature(raw, truth, k));
  const scaled = raw.map((value, at) => value / own[at % width]!);
  const entries = classes.map((label, k): [string, number] => [label, bounded(temperature * own[k]!)]);
  return { temperature: Object.fromEntries(entries), proba: probabilities(scaled, truth) };
}

function ownTemperature(raw: Float64Array, { classes, of }: Truth, k: number): number {
  const rows = raw.length / classes;
  const column = Float64Array.from({ length: rows }, (_, i) => raw[i * classes + k]!);
  const truth = Uint8Array.from({ length: rows }, (_, i) => of[i * classes + k]!);
  const positive = truth.reduce((sum, value) => sum + value, 0);
  if (Math.min(positive, rows - positive) < enoughExamples) return 1;
  return temperatureOf(column, { kind: 'multi', classes: 1, of: truth });
}

function temperatureOf(raw: Float64Array, truth: Truth): number {
  const [scale = 1] = fitScales([raw], truth);
  return bounded(scale > 0 ? 1 / scale : bounds.most);
}

function bounded(temperature: number): number {
  return Math.min(bounds.most, Math.max(bounds.least, temperature));
}

function logits(proba: Float64Array, kind: Truth['kind']): Float64Array {
  const least = Number.EPSILON;
  if (kind === 'single') return proba.map((p) => Math.log(Math.max(least, p)));
  return proba.map((p) => Math.log(Math.max(least, p) / Math.max(least, 1 - p)));
}

function sigmoid(raw: number): number {
  return 1 / (1 + Math.exp(-raw));
}

function softmaxRows(raw: Float64Array, classes: number): Float64Array {
  const proba = new Float64Array(raw.length);
  for (let at = 0; at < raw.length; at += classes) {
    const row = raw.subarray(at, at + classes);
    const most = row.reduce((largest, value) => Math.max(largest, value), Number.NEGATIVE_INFINITY);
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      proba[at + k] = Math.exp(row[k]! - most);
      sum += proba[at + k]!;
    }
    for (let k = 0; k < classes; k++) proba[at + k]! /= sum;
  }
  return proba;
}
