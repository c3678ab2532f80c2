// A fit in two steps: texts are counted as they come, so that none need be kept; then targets say what they are, and the
// columns are chosen and the weights found. It holds kernels of its own until it is finished.
import { SparrowError } from '../errors.ts';
import { Kernels } from '../wasm/kernels.ts';
import type { DualPoint } from '../wasm/problem.ts';
import { batches } from '../wasm/term-counts.ts';
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

/** Some texts that follow each other. */
export interface TextRange {
  /** Number of the first among all. */
  readonly first: number;
  readonly count: number;
}

/** What a fit knows when it asks for help with some texts. */
export interface CountState {
  readonly vectorizers: readonly CheckedVectorizerOptions[];
  /** Number of the first of these texts among all. */
  readonly first: number;
  /** Milliseconds of counting so far. */
  readonly spentMs: number;
}

/** Whoever counts some of the texts elsewhere: see count-threads.ts. */
export interface CountHelp {
  /** Count these texts too, or say that it will not. */
  take(texts: readonly string[], state: CountState): boolean;
  /** Hand over what it counted: rows behind those that are there. Says which texts these are. */
  handOver(features: FeatureUnion): Promise<TextRange[]>;
}

/**
 * Words of the kernels' own kind are counted faster than two threads of one process get fresh memory: measured, help gains
 * nothing there.
 */
function isDear({ analyzer, tokenPattern }: CheckedVectorizerOptions): boolean {
  return analyzer !== 'word' || (tokenPattern !== 'one' && tokenPattern !== 'two');
}

/** A fit under way. Throws BAD_OPTION when it is made, BAD_INPUT and OUT_OF_MEMORY later. */
export class ModelFit {
  readonly #options: CheckedFit;
  readonly #help: CountHelp | undefined;
  /** The texts counted here. */
  readonly #own: TextRange[] = [];
  #work: { readonly kernels: Kernels; readonly features: FeatureUnion } | undefined;
  #texts = 0;
  #countMs = 0;

  /** Where there is `help`, `gather` is to be awaited before `finish`. */
  constructor(options: FitOptions, help?: CountHelp) {
    this.#options = checkFit(options);
    this.#help = this.#options.vectorizers.some(isDear) ? help : undefined;
  }

  /** Seconds spent on counting so far. */
  get countSeconds(): number {
    return this.#countMs / 1000;
  }

  /** Count some more texts, once for each vectorizer; `total` is how many there will be, for progress. */
  count(texts: readonly string[], total?: number): void {
    const started = performance.now();
    const { features } = this.#start();
    const first = this.#texts;
    const state = { vectorizers: this.#options.vectorizers, first, spentMs: this.#countMs };
    if (!this.#help?.take(texts, state)) {
      features.count(texts);
      this.#own.push({ first, count: texts.length });
    }
    this.#texts += texts.length;
    this.#countMs += performance.now() - started;
    if (total !== undefined) this.#options.onProgress?.({ phase: 'vectorize', done: this.#texts, total });
  }

  /** Count all of these texts, a lot at a time. */
  countAll(texts: Iterable<string>, total?: number): void {
    for (const batch of batches(texts)) this.count(batch, total);
  }

  /** Take over what was counted elsewhere. */
  async gather(): Promise<void> {
    const started = performance.now();
    const { features } = this.#start();
    const elsewhere = (await this.#help?.handOver(features)) ?? [];
    if (elsewhere.length > 0) features.order(numbersOf([...this.#own, ...elsewhere], this.#texts));
    this.#countMs += performance.now() - started;
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

/** The number of each text, range after range. */
function numbersOf(ranges: readonly TextRange[], total: number): Uint32Array {
  const numbers = new Uint32Array(total);
  let at = 0;
  for (const { first, count } of ranges) for (let i = 0; i < count; i++) numbers[at++] = first + i;
  return numbers;
}
