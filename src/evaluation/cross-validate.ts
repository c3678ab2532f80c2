// Cross-validation: every document is predicted by a model that has not seen it.
import type { ClassifierOptions } from '../classifier/options.ts';
import { byCodePoint } from '../classifier/targets.ts';
import { type FitReport, type Target, TextClassifier } from '../classifier/text-classifier.ts';
import { stratifiedFolds } from './folds.ts';
import { type Metrics, MetricsSum } from './metrics.ts';
import { type MultiLabelMetrics, MultiLabelMetricsSum } from './multi-label-metrics.ts';

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
  seconds: { fit: number; predict: number };
}

const batchSize = 512;

/** Metrics over all documents from their out-of-fold predictions. */
export function crossValidate(
  texts: { at(index: number): string | undefined },
  targets: readonly Target[],
  options: CrossValidationOptions,
): CrossValidation {
  const classes = [...new Set(targets.flat())].sort(byCodePoint);
  const folds = stratifiedFolds(targets.map(stratumOf), options.k, options.seed);
  const sum = metricsSum(classes, options.multiLabel);
  const seconds = { fit: 0, predict: 0 };
  for (let fold = 0; fold < options.k; fold++) {
    const outside = indicesWhere(folds, (of) => of !== fold);
    const inside = indicesWhere(folds, (of) => of === fold);
    const start = performance.now();
    const classifier = TextClassifier.fit(each(texts, outside), pick(targets, outside), {
      ...options.optionsFor(outside.length),
      multiLabel: options.multiLabel,
    });
    const fitted = performance.now();
    options.onFold?.(fold, classifier.report);
    for (let start = 0; start < inside.length; start += batchSize) {
      const batch = inside.slice(start, start + batchSize);
      const proba = classifier.predictProba([...each(texts, batch)]);
      sum.add(pick(targets, batch), spread(proba, classifier.classes, classes));
    }
    classifier.dispose();
    seconds.fit += (fitted - start) / 1000;
    seconds.predict += (performance.now() - fitted) / 1000;
  }
  return { metrics: sum.result(), seconds };
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

/** Adds up either kind of metrics for targets as the data have them. */
export function metricsSum(
  classes: readonly string[],
  multiLabel: boolean,
): { add(targets: readonly Target[], proba: Float64Array): void; result(): Metrics | MultiLabelMetrics } {
  if (multiLabel) {
    const sum = new MultiLabelMetricsSum(classes);
    return {
      add: (targets, proba) =>
        sum.add(
          targets.map((target) => [target].flat()),
          proba,
        ),
      result: () => sum.result(),
    };
  }
  const sum = new MetricsSum(classes);
  return { add: (targets, proba) => sum.add(targets as readonly string[], proba), result: () => sum.result() };
}

function indicesWhere(folds: Uint16Array, isWanted: (fold: number) => boolean): number[] {
  const indices: number[] = [];
  folds.forEach((fold, index) => {
    if (isWanted(fold)) indices.push(index);
  });
  return indices;
}

function* each(texts: { at(index: number): string | undefined }, indices: readonly number[]): Generator<string> {
  for (const index of indices) yield texts.at(index) ?? '';
}

function pick<T>(items: readonly T[], indices: readonly number[]): T[] {
  return indices.map((index) => items[index] as T);
}
