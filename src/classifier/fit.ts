// A fit in two steps: texts are counted as they come, so that none need be kept; then targets say what they are, and the
// columns are chosen and the weights found. It holds kernels of its own until it is finished.
import { SparrowError } from '../errors.ts';
import { Kernels } from '../wasm/kernels.ts';
import { type MovedRows, problemRowsToMove } from '../wasm/moved-rows.ts';
import type { DualPoint, Targets } from '../wasm/problem.ts';
import { batches, type SolverRows } from '../wasm/term-counts.ts';
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
import { joinSolutions } from './output-groups.ts';
import {
  type CheckedRefinement,
  checkRefinement,
  type Refinement,
  refinedScheme,
  startRefining,
} from './refinement.ts';
import type { RowsSetting } from './side-rows.ts';
import { regress, type Solution, type SolveSetting, settingOfPart, solvePart, splitRegression } from './solve.ts';
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
  given: RowsToFit,
  options: CheckedFit,
): { model: Model; scheme: Scheme; end: DualPoint | undefined } {
  const { setting, finish } = beginFit(given, options);
  const { scheme, solution, end } = regress({ ...setting, table: given.table, start: given.start });
  return { model: finish(scheme, solution), scheme, end };
}

/** What is to be solved, and what makes a model of the solution. */
function beginFit(
  { kernels, rows, blocks, table, bytes, vectorizeSeconds }: RowsToFit,
  { regression, refinement, onProgress }: CheckedFit,
): { setting: SolveSetting & { rows: SolverRows }; finish: (scheme: Scheme, solution: Solution) => Model } {
  const started = performance.now();
  const refine = refinement ? startRefining(kernels, rows, table, refinement) : undefined;
  const setting = {
    kernels,
    rows,
    options: regression,
    featureOf: rows.featureOf,
    onProgress: (done: number, total: number) => onProgress?.({ phase: 'fit', done, total }),
  };
  const finish = (scheme: Scheme, { coef, intercept, ...fitted }: Solution): Model => {
    const weights = refine ? refine({ coef, intercept }) : { coef, intercept };
    const sizes = { docs: rows.rows, classes: table.classes.length, features: rows.features, nnz: rows.entries, bytes };
    const seconds = { vectorize: vectorizeSeconds, fit: (performance.now() - started) / 1000 };
    return {
      blocks,
      regression,
      refinement,
      classes: table.classes,
      scheme: refinement ? refinedScheme(scheme) : scheme,
      coef: weights.coef instanceof Float32Array ? weights.coef : Float32Array.from(weights.coef),
      intercept: weights.intercept,
      report: { ...sizes, ...fitted, seconds },
    };
  };
  return { setting, finish };
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

/** A regression in parts, and the rows that all of them are about. */
export interface SolveTask extends RowsSetting {
  readonly parts: readonly Targets[];
  /** Entries of all rows. */
  readonly entries: number;
  pieces(): Iterable<MovedRows>;
}

/** Whoever does some of a fit elsewhere: see fit-threads.ts. */
export interface FitHelp {
  /** Count these texts, or say that it will not. */
  take(texts: readonly string[], state: CountState): boolean;
  /** Hand over what it counted: rows behind those that are there. Says which texts these are. */
  handOver(features: FeatureUnion): Promise<TextRange[]>;
  /** Solve the first parts, as many as there are promises; the others are for whoever asks. */
  solve(task: SolveTask): Promise<Solution>[];
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
  readonly #help: FitHelp | undefined;
  readonly #isDear: boolean;
  /** The texts counted here. */
  readonly #own: TextRange[] = [];
  #work: { readonly kernels: Kernels; readonly features: FeatureUnion } | undefined;
  #texts = 0;
  #countMs = 0;

  /** Where there is `help`, `gather` is to be awaited before `finish`. */
  constructor(options: FitOptions, help?: FitHelp) {
    this.#options = checkFit(options);
    this.#help = help;
    this.#isDear = this.#options.vectorizers.some(isDear);
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
    if (!this.#isDear || !this.#help?.take(texts, state)) {
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
    const { model } = fitRows(this.#rowsFor(table, bounds), this.#options);
    this.#end();
    return model;
  }

  /** The same, where help may solve some of the outputs. */
  async finishWithHelp(table: TargetTable, bounds?: DocumentBounds): Promise<Model> {
    const { setting, finish } = beginFit(this.#rowsFor(table, bounds), this.#options);
    const { kernels, rows, options } = setting;
    const { scheme, parts } = splitRegression(table, options);
    const { features, featureOf, entries } = rows;
    const pieces = () => problemRowsToMove(kernels, rows);
    const elsewhere = this.#help?.solve({ parts, features, featureOf, options, entries, pieces }) ?? [];
    const theirs = Promise.all(elsewhere);
    // It is awaited below, after what is done here.
    theirs.catch(() => {});
    const own = parts.slice(elsewhere.length);
    const here = own.map((part, i) => solvePart(part, settingOfPart(setting, i, own.length)));
    const model = finish(scheme, joinSolutions([...(await theirs), ...here]));
    this.#end();
    return model;
  }

  #rowsFor(table: TargetTable, bounds: DocumentBounds | undefined): RowsToFit {
    checkClasses(table.classes, table.multiLabel);
    checkCounts(this.#texts, table.labelEnds.length - 1);
    const started = performance.now();
    const { kernels, features } = this.#start();
    const vectorized = features.finish(bounds);
    const vectorizeSeconds = (this.#countMs + performance.now() - started) / 1000;
    return { ...vectorized, kernels, table, bytes: features.textBytes, vectorizeSeconds };
  }

  #end(): void {
    const { kernels, features } = this.#start();
    features.dispose();
    Kernels.giveBack(kernels);
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
