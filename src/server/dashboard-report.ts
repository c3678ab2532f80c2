// What a version says about itself, read for the dashboard. It comes out of a model store, where versions of other
// classes and of older programs lie too, so nothing of it is sure: what is not there was not measured.
import { wilsonInterval } from '../evaluation/intervals.ts';
import { isObject, type JsonObject } from '../labelstudio/types.ts';
import type { ControlQuality } from '../sdk/control-quality.ts';
import { type Schema, violation } from './openapi-schema.ts';

export interface Share {
  value: number;
  /** Ends of the interval in which it lies with 95 % certainty. */
  low: number;
  high: number;
}

export interface ClassQuality {
  label: string;
  precision: number;
  recall: number;
  f1: number;
  support: number;
}

export interface Quality {
  /** Texts that were judged, and how. */
  docs: number;
  method: string;
  accuracy: Share;
  macroF1: number | null;
  logLoss: number | null;
  ece: number | null;
  perClass: ClassQuality[];
  /** Rows are the truth, columns the answers, both in the order of `perClass`. */
  confusion: number[][] | null;
  calibration: { confidence: number; accuracy: number; docs: number }[];
  learningCurve: { x: number; y: number; low?: number; high?: number }[];
  /** What the next labels would bring, in words. */
  nextHint: string | null;
  notes: string[];
}

export interface Suspicious {
  task: string | null;
  given: string;
  suggested: string;
  /** With several labels a text, `suggested` is to be added or taken away. */
  change: 'replace' | 'add' | 'remove';
  /** Probability of what was given, by a model that did not see the text. */
  probability: number | null;
}

/** One set of options that was tried, and how it did on texts held out. */
export interface TriedOptions {
  name: string;
  C: number;
  docs: number;
  accuracy: number;
  logLoss: number;
  verdict: string;
}

export interface AgreementView {
  /** Texts with labels of several people. */
  items: number;
  /** Krippendorff's alpha; null where chance alone explains all. */
  alpha: number | null;
  annotators: { annotator: string; shared: number; agreement: number }[];
}

export interface ControlView {
  name: string;
  /** Why this control is not trained; null when it is. */
  reason: string | null;
  fit: {
    docs: number;
    classes: number;
    features: number;
    solver: string;
    iterations: number;
    converged: boolean;
  } | null;
  quality: Quality | null;
  topTerms: { label: string; terms: { term: string; weight: number }[] }[];
  suspicious: Suspicious[];
  /** How far annotators agree; null where no two labelled the same text. */
  agreement: AgreementView | null;
  /** What the options of the model were chosen among; empty where they were not chosen. */
  selection: TriedOptions[];
}

/** The controls of a version, from the metadata it was kept with. */
export function controlsOf(meta: JsonObject): ControlView[] {
  const output = meta.trainOutput;
  const controls = isObject(output) && Array.isArray(output.controls) ? output.controls.filter(isObject) : [];
  return controls.map((control) => {
    const report = isObject(control.report) ? control.report : {};
    const kept = keptIn(report.quality);
    return {
      name: textIn(control, 'fromName') ?? '',
      reason: textIn(control, 'reason'),
      fit: fitOf(report),
      quality: kept && qualityOf(kept),
      topTerms: (kept?.topTerms ?? []).map(({ label, terms }) => ({ label, terms: [...terms] })),
      suspicious: (kept?.suspects ?? []).map(({ task, given, suggested, change, givenProbability }) => {
        return { task, given, suggested, change, probability: givenProbability };
      }),
      agreement: kept?.agreement ? agreementIn(kept.agreement) : null,
      selection: (kept?.selection ?? []).map(({ name, C, docs, accuracy, logLoss, verdict }) => {
        return { name, C, docs, accuracy, logLoss, verdict };
      }),
    };
  });
}

const text: Schema = { type: 'string' };
const share: Schema = { type: 'number', minimum: 0, maximum: 1 };
const number: Schema = { type: 'number' };

function objects(properties: { [name: string]: Schema }): Schema {
  return { type: 'array', items: { type: 'object', properties, required: Object.keys(properties) } };
}

/** What a report must be to be shown; whatever else it holds is passed over. */
const shape: Schema = {
  type: 'object',
  properties: {
    measured: number,
    folds: number,
    accuracy: {
      type: 'object',
      properties: { value: share, low: share, high: share },
      required: ['value', 'low', 'high'],
    },
    macroF1: share,
    logLoss: number,
    calibration: {
      type: 'object',
      properties: { error: share, bins: objects({ count: number, confidence: share, accuracy: share }) },
      required: ['error', 'bins'],
    },
    perClass: objects({ label: text, precision: share, recall: share, f1: share, support: number }),
    confusion: { type: 'array', items: { type: 'array' } },
    topTerms: objects({ label: text, terms: objects({ term: text, weight: number }) }),
    suspects: objects({
      task: { type: ['string', 'null'] },
      given: text,
      suggested: text,
      change: { enum: ['replace', 'add', 'remove'] },
      givenProbability: share,
    }),
    learningCurve: {
      type: 'object',
      properties: { points: objects({ docs: number, accuracy: share, tested: number }), summary: text },
      required: ['points', 'summary'],
    },
    notes: { type: 'array', items: text },
    selection: objects({ name: text, C: number, docs: number, accuracy: share, logLoss: number, verdict: text }),
    agreement: {
      type: ['object', 'null'],
      properties: {
        items: number,
        alpha: { type: ['number', 'null'] },
        annotators: objects({ annotator: text, shared: number, agreement: share }),
      },
      required: ['items', 'alpha', 'annotators'],
    },
  },
  required: [
    'measured',
    'folds',
    'accuracy',
    'macroF1',
    'logLoss',
    'calibration',
    'perClass',
    'learningCurve',
    'notes',
  ],
};

function keptIn(value: unknown): ControlQuality | null {
  return isObject(value) && violation(value, shape, {}) === null ? (value as unknown as ControlQuality) : null;
}

function agreementIn({ items, alpha, annotators }: NonNullable<ControlQuality['agreement']>): AgreementView {
  return {
    items,
    alpha,
    annotators: annotators.map(({ annotator, shared, agreement }) => ({ annotator, shared, agreement })),
  };
}

function qualityOf(kept: ControlQuality): Quality {
  const { measured, folds, accuracy, macroF1, logLoss, calibration, perClass, learningCurve, notes } = kept;
  const { points, problem, summary } = learningCurve;
  return {
    docs: measured,
    method:
      folds === 1
        ? 'by a model without the texts that it judged'
        : `by ${folds} models, each without the texts that it judged`,
    accuracy: { value: accuracy.value, low: accuracy.low, high: accuracy.high },
    macroF1,
    logLoss,
    ece: calibration.error,
    perClass: perClass.map(({ label, precision, recall, f1, support }) => ({ label, precision, recall, f1, support })),
    confusion: matrixOf(kept),
    calibration: calibration.bins.map(({ confidence, accuracy: right, count }) => ({
      confidence,
      accuracy: right,
      docs: count,
    })),
    learningCurve: points.map(({ docs, accuracy: y, tested }) => {
      return { x: docs, y, ...wilsonInterval(Math.round(y * tested), tested) };
    }),
    nextHint: problem === null ? summary : null,
    notes: [...notes],
  };
}

/** With several labels a text there is a table for each class instead, and no such picture. */
function matrixOf({ confusion, perClass }: ControlQuality): number[][] | null {
  const rows: readonly (readonly unknown[])[] = confusion ?? [];
  const isMatrix =
    rows.length === perClass.length && rows.every((row) => row.every((count) => typeof count === 'number'));
  return isMatrix ? (rows as number[][]) : null;
}

function fitOf(report: JsonObject): ControlView['fit'] {
  const solver = textIn(report, 'solver');
  const [docs, classes, features] = [
    numberIn(report, 'docs'),
    numberIn(report, 'classes'),
    numberIn(report, 'features'),
  ];
  if (solver === null || docs === null || classes === null || features === null) return null;
  const iterations = numberIn(report, 'iterations') ?? 0;
  return { docs, classes, features, solver, iterations, converged: report.converged !== false };
}

function textIn(object: JsonObject, key: string): string | null {
  const value = object[key];
  return typeof value === 'string' ? value : null;
}

function numberIn(object: JsonObject, key: string): number | null {
  const value = object[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
