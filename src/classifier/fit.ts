// A fit in two steps: texts are counted as they come, so that none need be kept; then targets say what they are, and the
// columns are chosen and the weights found. It holds kernels of its own until it is finished.
import { SparrowError } from '../errors.ts';
import { Kernels } from '../wasm/kernels.ts';
import { Problem } from '../wasm/problem.ts';
import { type DocumentBounds, FeatureUnion } from './feature-union.ts';
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
import { solve } from './solve.ts';
import { buildTargets, schemeOf, type TargetTable } from './targets.ts';

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

/** A fit under way. Throws BAD_OPTION when it is made, BAD_INPUT and OUT_OF_MEMORY later. */
export class ModelFit {
  readonly #vectorizers: readonly CheckedVectorizerOptions[];
  readonly #regression: CheckedRegressionOptions;
  readonly #refinement: CheckedRefinement | null;
  readonly #onProgress: FitOptions['onProgress'];
  #work: { readonly kernels: Kernels; readonly features: FeatureUnion } | undefined;
  #texts = 0;
  #countMs = 0;

  constructor(options: FitOptions) {
    this.#vectorizers = (options.features ?? [options]).map((features) => checkVectorizerOptions(features));
    if (this.#vectorizers.length === 0)
      throw new SparrowError('BAD_OPTION', 'features must name at least one vectorizer.');
    this.#regression = checkRegressionOptions(options);
    this.#refinement = options.refinement ? checkRefinement(options.refinement) : null;
    this.#onProgress = options.onProgress;
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
    if (total !== undefined) this.#onProgress?.({ phase: 'vectorize', done: this.#texts, total });
  }

  /** Fit to the texts counted, of which `table` has the targets; `bounds` replace those of the first vectorizer. */
  finish(table: TargetTable, bounds?: DocumentBounds): Model {
    checkClasses(table.classes, table.multiLabel);
    const labels = table.labelEnds.length - 1;
    if (this.#texts !== labels)
      throw new SparrowError('BAD_INPUT', `There are ${this.#texts} texts but ${labels} labels.`);
    const started = performance.now();
    const { kernels, features } = this.#start();
    const { blocks, rows } = features.finish(bounds);
    const vectorized = performance.now();
    const refine = this.#refinement ? startRefining(kernels, rows, table, this.#refinement) : undefined;
    const scheme = schemeOf(table, this.#regression.multiClass);
    const problem = new Problem(kernels, rows, buildTargets(table, scheme, this.#regression));
    const { coef, intercept, ...fitted } = solve({
      problem,
      options: this.#regression,
      featureOf: rows.featureOf,
      onProgress: (done, total) => this.#onProgress?.({ phase: 'fit', done, total }),
    });
    const seconds = {
      vectorize: (this.#countMs + vectorized - started) / 1000,
      fit: (performance.now() - vectorized) / 1000,
    };
    const sizes = { docs: rows.rows, classes: table.classes.length, features: rows.features, nnz: rows.entries };
    const bytes = features.textBytes;
    problem.dispose();
    features.dispose();
    Kernels.giveBack(kernels);
    const weights = refine ? refine({ coef, intercept }) : { coef, intercept };
    return {
      blocks,
      regression: this.#regression,
      refinement: this.#refinement,
      classes: table.classes,
      scheme: this.#refinement ? refinedScheme(scheme) : scheme,
      coef: weights.coef instanceof Float32Array ? weights.coef : Float32Array.from(weights.coef),
      intercept: weights.intercept,
      report: { ...sizes, bytes, ...fitted, seconds },
    };
  }

  /** Kernels are taken when there is something to do: a fit that is given up before costs nothing. */
  #start(): { kernels: Kernels; features: FeatureUnion } {
    if (!this.#work) {
      const kernels = Kernels.borrow();
      this.#work = { kernels, features: new FeatureUnion(kernels, this.#vectorizers) };
    }
    return this.#work;
  }
}
