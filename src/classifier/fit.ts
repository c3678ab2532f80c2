// A fit in two steps: texts are counted as they come, so that none need be kept; then targets say what they are, and the
// columns are chosen and the weights found. It holds kernels of its own until it is finished.
import { SparrowError } from '../errors.ts';
import { Kernels } from '../wasm/kernels.ts';
import type { DualPoint } from '../wasm/problem.ts';
import { type DocumentBounds, type FeatureRows, FeatureUnion } from './feature-union.ts';
import { checkClasses } from './logistic-regression.ts';
import type { Model } from './model-file.ts';
import {
  type CheckedRegressionOptions,
  type CheckedVectorizerOptions,
  type ClassifierOptions,
  checkRegressionOptions,
  checkVectorizerOptions,
  type VectorizerOptions,
} from './options.ts';
import {
  type CheckedRefinement,
  checkRefinement,
  type Refinement,
  refinedScheme,
  startRefining,
} from './refinement.ts';
import { regress } from './solve.ts';
import type { Scheme, TargetTable } from './targets.ts';

/** What a fit is doing: `done` of `total` texts counted, or the share of the way to the wanted gap. */
export interface FitProgress {
  readonly phase: 'vectorize' | 'fit';
  readonly done: number;
  readonly total: number;
}

/** Options of vectorizer and regression, and what concerns one fit only. */
export interface FitOptions extends ClassifierOptions {
  /**
   * Several vectorizers side by side, instead of the one that the options above describe: each scales its rows by
   * itself, and their columns follow each other (scikit-learn's FeatureUnion).
   */
  features?: readonly VectorizerOptions[];
  /** What auto selection adds to scikit-learn's model. Default nothing. */
  refinement?: Refinement;
  /** Targets are lists of labels, none or several of which are true: a classifier for each label. Default false. */
  multiLabel?: boolean;
  /** Weight of each text, ≥ 0. Default all 1. */
  sampleWeight?: readonly number[];
  onProgress?: (progress: FitProgress) => void;
}

/** Options of a fit, checked. */
export interface CheckedFit {
  readonly vectorizers: readonly CheckedVectorizerOptions[];
  readonly regression: CheckedRegressionOptions;
  readonly refinement: CheckedRefinement | null;
  readonly onProgress: FitOptions['onProgress'];
}

export function checkFit(options: FitOptions): CheckedFit {
  const vectorizers = (options.features ?? [options]).map((features) => checkVectorizerOptions(features));
  if (vectorizers.length === 0) throw new SparrowError('BAD_OPTION', 'features must name at least one vectorizer.');
  return {
    vectorizers,
    regression: checkRegressionOptions(options),
    refinement: options.refinement ? checkRefinement(options.refinement) : null,
    onProgress: options.onProgress,
  };
}

export function checkCounts(texts: number, labels: number): void {
  if (texts !== labels) throw new SparrowError('BAD_INPUT', `There are ${texts} texts but ${labels} labels.`);
}

/** What a fit to vectorized texts needs beside them. */
export interface RowsToFit extends FeatureRows {
  readonly kernels: Kernels;
  readonly table: TargetTable;
  /** UTF-8 bytes of the texts, and seconds that vectorizing them took, for the report. */
  readonly bytes: number;
  readonly vectorizeSeconds: number;
  /** Where a fit to the same samples ended, by the same scheme. */
  readonly start?: ((scheme: Scheme) => DualPoint | undefined) | undefined;
}

/** Fit weights to rows; `end` is where the solver ended, for another fit to go on from. */
export function fitRows(
  { kernels, rows, blocks, table, bytes, vectorizeSeconds, start }: RowsToFit,
  { regression, refinement, onProgress }: CheckedFit,
): { model: Model; scheme: Scheme; end: DualPoint | undefined } {
  const started = performance.now();
  const refine = refinement ? startRefining(kernels, rows, table, refinement) : undefined;
  const { scheme, solution, end } = regress({
    kernels,
    rows,
    table,
    options: regression,
    featureOf: rows.featureOf,
    start,
    onProgress: (done, total) => onProgress?.({ phase: 'fit', done, total }),
  });
  const { coef, intercept, ...fitted } = solution;
  const weights = refine ? refine({ coef, intercept }) : { coef, intercept };
  const sizes = { docs: rows.rows, classes: table.classes.length, features: rows.features, nnz: rows.entries, bytes };
  const seconds = { vectorize: vectorizeSeconds, fit: (performance.now() - started) / 1000 };
  const model = {
    blocks,
    regression,
    refinement,
    classes: table.classes,
    scheme: refinement ? refinedScheme(scheme) : scheme,
    coef: weights.coef instanceof Float32Array ? weights.coef : Float32Array.from(weights.coef),
    intercept: weights.intercept,
    report: { ...sizes, ...fitted, seconds },
  };
  return { model, scheme, end };
}

/** A fit under way. Throws BAD_OPTION when it is made, BAD_INPUT and OUT_OF_MEMORY later. */
export class ModelFit {
  readonly #options: CheckedFit;
  #work: { readonly kernels: Kernels; readonly features: FeatureUnion } | undefined;
  #texts = 0;
  #countMs = 0;

  constructor(options: FitOptions) {
    this.#options = checkFit(options);
  }

  /** Seconds spent on counting so far. */
  get countSeconds(): number {
    return this.#countMs / 1000;
  }

  /** Count some more texts, once for each vectorizer; `total` is how many there will be, for progress. */
  count(texts: readonly string[], total?: number): void {
    const started = performance.now();
    this.#start().features.count(texts);
    this.#texts += texts.length;
    this.#countMs += performance.now() - started;
    if (total !== undefined) this.#options.onProgress?.({ phase: 'vectorize', done: this.#texts, total });
  }

  /** Fit to the texts counted, of which `table` has the targets; `bounds` replace those of the first vectorizer. */
  finish(table: TargetTable, bounds?: DocumentBounds): Model {
    checkClasses(table.classes, table.multiLabel);
    checkCounts(this.#texts, table.labelEnds.length - 1);
    const started = performance.now();
    const { kernels, features } = this.#start();
    const vectorized = features.finish(bounds);
    const vectorizeSeconds = (this.#countMs + performance.now() - started) / 1000;
    const bytes = features.textBytes;
    const { model } = fitRows({ ...vectorized, kernels, table, bytes, vectorizeSeconds }, this.#options);
    features.dispose();
    Kernels.giveBack(kernels);
    return model;
  }

  /** Kernels are taken when there is something to do: a fit that is given up before costs nothing. */
  #start(): { kernels: Kernels; features: FeatureUnion } {
    if (!this.#work) {
      const kernels = Kernels.borrow();
      this.#work = { kernels, features: new FeatureUnion(kernels, this.#options.vectorizers) };
    }
    return this.#work;
  }
}
