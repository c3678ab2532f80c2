// Cross-validation: every document is predicted by a model that has not seen it.
import type { ClassifierOptions } from '../classifier/options.ts';
import { byCodePoint } from '../classifier/targets.ts';
import { type FitOptions, type FitReport, type Target, TextClassifier } from '../classifier/text-classifier.ts';
import { stratifiedFolds, whereFold } from './folds.ts';
import { type Metrics, MetricsSum } from './metrics.ts';
import { type MultiLabelMetrics, MultiLabelMetricsSum } from './multi-label-metrics.ts';
import type { ReliabilityBin } from './reliability.ts';

export interface CrossValidationOptions {
  multiLabel: boolean;
  /** Number of folds. */
  k: number;
  /** Seed of the folds. */
  seed?: number;
  /** The options of a fit to so many documents. */
  optionsFor: (docs: number) => ClassifierOptions;
  onFold?: (fold: number, report: FitReport) => void;
}

export interface CrossValidation {
  metrics: Metrics | MultiLabelMetrics;
  bins: ReliabilityBin[];
  seconds: { fit: number; predict: number };
}

const batchSize = 512;

/** Texts by number. */
export interface TextsByIndex {
  at(index: number): string | undefined;
}

/** What is to be done: for each fold the documents that a model is fitted to, and those that it then predicts. */
export interface FoldPlan {
  readonly classes: readonly string[];
  readonly folds: readonly {
    readonly outside: Uint32Array;
    readonly inside: Uint32Array;
    readonly options: FitOptions;
  }[];
}

/** One fold done: how its fit went, and probabilities (inside, all classes). */
export interface FoldResult {
  readonly report: FitReport;
  readonly proba: Float64Array;
  readonly seconds: { readonly fit: number; readonly predict: number };
}

export function planFolds(targets: readonly Target[], options: CrossValidationOptions): FoldPlan {
  const classes = [...new Set(targets.flat())].sort(byCodePoint);
  const foldOf = stratifiedFolds(targets.map(stratumOf), options.k, options.seed);
  const folds = Array.from({ length: options.k }, (_, fold) => {
    const outside = whereFold(foldOf, (of) => of !== fold);
    const inside = whereFold(foldOf, (of) => of === fold);
    return { outside, inside, options: { ...options.optionsFor(outside.length), multiLabel: options.multiLabel } };
  });
  return { classes, folds };
}

/** Fit outside a fold and predict inside. */
export function runFold(texts: TextsByIndex, targets: readonly Target[], plan: FoldPlan, fold: number): FoldResult {
  const { outside, inside, options } = plan.folds[fold]!;
  const { classes } = plan;
  const start = performance.now();
  const classifier = TextClassifier.fit(each(texts, outside), pick(targets, outside), options);
  const fitted = performance.now();
  const proba = new Float64Array(inside.length * classes.length);
  for (let start = 0; start < inside.length; start += batchSize) {
    const batch = [...each(texts, inside.slice(start, start + batchSize))];
    proba.set(spread(classifier.predictProba(batch), classifier.classes, classes), start * classes.length);
  }
  const { report } = classifier;
  classifier.dispose();
  return { report, proba, seconds: { fit: (fitted - start) / 1000, predict: (performance.now() - fitted) / 1000 } };
}

/** Metrics over all documents, from folds in whatever order they were done. */
export function metricsOf(
  targets: readonly Target[],
  plan: FoldPlan,
  results: readonly FoldResult[],
  multiLabel: boolean,
): CrossValidation {
  const sum = metricsSum(plan.classes, multiLabel);
  const seconds = { fit: 0, predict: 0 };
  for (const [fold, { inside }] of plan.folds.entries()) {
    const result = results[fold]!;
    sum.add(pick(targets, inside), result.proba);
    seconds.fit += result.seconds.fit;
    seconds.predict += result.seconds.predict;
  }
  return { metrics: sum.result(), bins: sum.reliability(), seconds };
}

/** Metrics over all documents from their out-of-fold predictions. */
export function crossValidate(
  texts: TextsByIndex,
  targets: readonly Target[],
  options: CrossValidationOptions,
): CrossValidation {
  const plan = planFolds(targets, options);
  const results = plan.folds.map((_, fold) => {
    const result = runFold(texts, targets, plan, fold);
    options.onFold?.(fold, result.report);
    return result;
  });
  return metricsOf(targets, plan, results, options.multiLabel);
}

/** Columns of all classes: one that a fold was trained without has probability 0, as scikit-learn fills it. */
function spread(proba: Float64Array, some: readonly string[], all: readonly string[]): Float64Array {
  if (some.length === all.length) return proba;
  const docs = proba.length / some.length;
  const columns = some.map((label) => all.indexOf(label));
  const wide = new Float64Array(docs * all.length);
  for (let i = 0; i < docs; i++) {
    for (const [k, column] of columns.entries()) wide[i * all.length + column] = proba[i * some.length + k]!;
  }
  return wide;
}

/** Labels that folds are balanced by; a set of labels counts as one. */
export function stratumOf(target: Target): string {
  return typeof target === 'string' ? target : JSON.stringify(target.toSorted(byCodePoint));
}

export interface AnyMetricsSum {
  add(targets: readonly Target[], proba: Float64Array): void;
  result(): Metrics | MultiLabelMetrics;
  reliability(): ReliabilityBin[];
}

/** Adds up either kind of metrics for targets as the data have them. */
export function metricsSum(classes: readonly string[], multiLabel: boolean): AnyMetricsSum {
  if (multiLabel) {
    const sum = new MultiLabelMetricsSum(classes);
    return {
      add: (targets, proba) =>
        sum.add(
          targets.map((target) => [target].flat()),
          proba,
        ),
      result: () => sum.result(),
      reliability: () => sum.reliability(),
    };
  }
  const sum = new MetricsSum(classes);
  return {
    add: (targets, proba) => sum.add(targets as readonly string[], proba),
    result: () => sum.result(),
    reliability: () => sum.reliability(),
  };
}

function* each(texts: TextsByIndex, indices: Uint32Array): Generator<string> {
  for (const index of indices) yield texts.at(index) ?? '';
}

function pick<T>(items: readonly T[], indices: Uint32Array): T[] {
  return Array.from(indices, (index) => items[index] as T);
}
