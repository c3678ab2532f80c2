// Vectorizer and regression as one: texts and labels in, probabilities out. Fitting takes kernels of its own, which go
// when it is done; predicting goes through the kernels that all classifiers of a thread share.
import { SparrowError } from '../errors.ts';
import { Analyzer } from '../wasm/analyzer.ts';
import { Kernels } from '../wasm/kernels.ts';
import { Predictor } from '../wasm/predictor.ts';
import { Problem } from '../wasm/problem.ts';
import { batches, joinRows, type TermCounts } from '../wasm/term-counts.ts';
import { checkClasses } from './logistic-regression.ts';
import { decodeModel, encodeModel, type FitReport, type Model } from './model-file.ts';
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
import { buildTargets, readTargets, schemeOf, type Target, type TargetTable } from './targets.ts';
import { analyzerSettings, learnColumns, startCounts, termStrings, weighing } from './vectorizer.ts';

export type { FitReport } from './model-file.ts';
export type { Target } from './targets.ts';

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

/** Memory of predictors whose classifiers were collected without `dispose`. */
const abandoned = new FinalizationRegistry<Predictor>((predictor) => predictor.dispose());

/**
 * A text classifier with scikit-learn's semantics: TfidfVectorizer and LogisticRegression.
 *
 * @example
 * const classifier = TextClassifier.fit(['good film', 'bad film'], ['pos', 'neg']);
 * console.log(classifier.classes, classifier.predictProba(['a good one']));
 * const again = TextClassifier.load(classifier.save());
 */
export class TextClassifier {
  readonly #model: Model;
  #predictor: Predictor | undefined;

  private constructor(model: Model) {
    this.#model = model;
  }

  /**
   * Fit to texts and one target each; takes the calling thread until done. Throws BAD_OPTION, BAD_INPUT,
   * TOO_FEW_LABELS (fewer than two classes) and OUT_OF_MEMORY.
   */
  static fit(texts: Iterable<string>, targets: readonly Target[], options: FitOptions = {}): TextClassifier {
    const vectorizers = (options.features ?? [options]).map((features) => checkVectorizerOptions(features));
    if (vectorizers.length === 0) throw new SparrowError('BAD_OPTION', 'features must name at least one vectorizer.');
    const regression = checkRegressionOptions(options);
    const table = readTargets(targets, options.multiLabel ?? false, options.sampleWeight);
    checkClasses(table.classes, table.multiLabel);
    const refinement = options.refinement ? checkRefinement(options.refinement) : null;
    return new TextClassifier(fitModel(texts, table, vectorizers, { regression, refinement }, options.onProgress));
  }

  /** Read what `save` wrote; `source` names it in errors. Throws BAD_MODEL. */
  static load(bytes: Uint8Array, source = 'the model'): TextClassifier {
    return new TextClassifier(decodeModel(bytes, source));
  }

  /** The model as a safetensors file; see model-file.ts for what stands where. */
  save(): Uint8Array {
    return encodeModel(this.#model);
  }

  /** In code point order: the columns of `predictProba`. */
  get classes(): readonly string[] {
    return this.#model.classes;
  }

  /** True when each class has a probability of its own, and rows do not sum to one. */
  get multiLabel(): boolean {
    return this.#model.scheme === 'independent';
  }

  /** How the fit went. */
  get report(): FitReport {
    return this.#model.report;
  }

  /** What the classifier is made of, shared and not to be changed. */
  get model(): Model {
    return this.#model;
  }

  /** Terms in column order. */
  vocabulary(): string[] {
    return this.#model.blocks.flatMap(({ terms }) => termStrings(terms));
  }

  /** Probabilities, (texts, classes) row-major. */
  predictProba(texts: readonly string[]): Float64Array {
    const raw = this.#ready().predictProba(texts);
    return this.#spread(raw);
  }

  /** The most probable class of each text. */
  predict(texts: readonly string[]): string[] {
    const proba = this.predictProba(texts);
    const { classes } = this.#model;
    return texts.map((_, i) => classes[argmax(proba, i * classes.length, classes.length)]!);
  }

  /** Give back the kernel memory at once; the classifier takes it again when it is next asked. */
  dispose(): void {
    if (!this.#predictor) return;
    abandoned.unregister(this);
    this.#predictor.dispose();
    this.#predictor = undefined;
  }

  /** The predictor in the kernels, made on first use and again after they were lost. */
  #ready(): Predictor {
    if (this.#predictor && !this.#predictor.isLost) return this.#predictor;
    this.dispose();
    const { blocks, scheme, coef, intercept } = this.#model;
    this.#predictor = new Predictor(Kernels.serving, {
      blocks: blocks.map(({ vectorizer, terms, idf }) => {
        return { settings: analyzerSettings(vectorizer), weighing: weighing(vectorizer), terms, idf };
      }),
      coef,
      intercept,
      loss: scheme === 'softmax' ? 'softmax' : 'sigmoid',
    });
    abandoned.register(this, this.#predictor, this);
    return this.#predictor;
  }

  /** Outputs to classes: one sigmoid is two columns, one-vs-rest rows are scaled to sum to one. */
  #spread(raw: Float64Array): Float64Array {
    const { scheme, classes } = this.#model;
    if (scheme === 'softmax' || scheme === 'independent') return raw;
    if (scheme === 'binary') {
      const proba = new Float64Array(raw.length * 2);
      for (let i = 0; i < raw.length; i++) {
        proba[2 * i] = 1 - raw[i]!;
        proba[2 * i + 1] = raw[i]!;
      }
      return proba;
    }
    for (let i = 0; i < raw.length; i += classes.length) {
      const row = raw.subarray(i, i + classes.length);
      const total = row.reduce((sum, value) => sum + value, 0);
      for (let k = 0; k < row.length; k++) row[k]! /= total;
    }
    return raw;
  }
}

function argmax(values: Float64Array, from: number, count: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[from + k]! > values[from + best]!) best = k;
  return best;
}

function fitModel(
  texts: Iterable<string>,
  table: TargetTable,
  vectorizers: readonly CheckedVectorizerOptions[],
  { regression, refinement }: { regression: CheckedRegressionOptions; refinement: CheckedRefinement | null },
  onProgress: FitOptions['onProgress'],
): Model {
  const started = performance.now();
  const kernels = Kernels.borrow();
  const parts = countTexts(kernels, texts, table.weights.length, vectorizers, onProgress);
  const blocks = parts.map(({ counts, vectorizer }) => {
    return { vectorizer: { ...vectorizer, vocabulary: null }, ...learnColumns(counts, vectorizer) };
  });
  const rows = joinRows(
    kernels,
    parts.map(({ counts, vectorizer }) => counts.takeSolverRows(weighing(vectorizer))),
  );
  const vectorized = performance.now();
  const finish = refinement ? startRefining(kernels, rows, table, refinement) : undefined;
  const scheme = schemeOf(table, regression.multiClass);
  const problem = new Problem(kernels, rows, buildTargets(table, scheme, regression));
  const { coef, intercept, ...fitted } = solve({
    problem,
    options: regression,
    featureOf: rows.featureOf,
    onProgress: (done, total) => onProgress?.({ phase: 'fit', done, total }),
  });
  const seconds = { vectorize: (vectorized - started) / 1000, fit: (performance.now() - vectorized) / 1000 };
  const sizes = { docs: rows.rows, classes: table.classes.length, features: rows.features, nnz: rows.entries };
  const bytes = parts[0]!.counts.textBytes;
  for (const part of [problem, rows, ...parts.flatMap(({ counts, analyzer }) => [counts, analyzer])]) part.dispose();
  Kernels.giveBack(kernels);
  const weights = finish ? finish({ coef, intercept }) : { coef, intercept };
  return {
    blocks,
    regression,
    refinement,
    classes: table.classes,
    scheme: refinement ? refinedScheme(scheme) : scheme,
    coef: Float32Array.from(weights.coef),
    intercept: weights.intercept,
    report: { ...sizes, bytes, ...fitted, seconds },
  };
}

/** Count all texts once for each vectorizer, in one pass over them. */
function countTexts(
  kernels: Kernels,
  texts: Iterable<string>,
  labels: number,
  vectorizers: readonly CheckedVectorizerOptions[],
  onProgress: FitOptions['onProgress'],
): { counts: TermCounts; analyzer: Analyzer; vectorizer: CheckedVectorizerOptions }[] {
  const parts = vectorizers.map((vectorizer) => {
    const analyzer = new Analyzer(kernels, analyzerSettings(vectorizer));
    return { counts: startCounts(kernels, analyzer, vectorizer), analyzer, vectorizer };
  });
  let done = 0;
  for (const batch of batches(texts)) {
    for (const { counts } of parts) counts.count(batch);
    done += batch.length;
    onProgress?.({ phase: 'vectorize', done, total: labels });
  }
  if (done !== labels) throw new SparrowError('BAD_INPUT', `There are ${done} texts but ${labels} labels.`);
  return parts;
}
