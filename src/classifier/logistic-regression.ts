// Logistic regression on rows given as arrays: scikit-learn's LogisticRegression with the solvers of design.
import { SparrowError } from '../errors.ts';
import { Kernels } from '../wasm/kernels.ts';
import { OwnRows, Problem, type Targets } from '../wasm/problem.ts';
import { LbfgsSteps, SgdState } from '../wasm/solvers.ts';
import type { CsrMatrix } from './csr.ts';
import { allFinite } from './finite.ts';
import { type CheckedRegressionOptions, checkRegressionOptions, type RegressionOptions } from './options.ts';
import { regress, type Solution } from './solve.ts';
import { buildTargets, readTargets, type Scheme, schemeOf, type Target } from './targets.ts';

/** What a stream keeps between its batches. */
interface Stream {
  readonly kernels: Kernels;
  state: SgdState | undefined;
  seen: number;
  averageFrom: number;
}

/** What may be said of the samples beside their labels. */
export interface FitSettings {
  readonly sampleWeight?: readonly number[];
  /** Labels are lists, none or several of which are true. */
  readonly multiLabel?: boolean;
}

/**
 * A linear classifier with probabilities. `fit` solves to a certified gap; `partialFit` learns from a stream.
 * Precision: lbfgs works in f64, sdca and sgd in f32 (sdca's gap is summed in f64).
 *
 * @example
 * const X = new TfidfVectorizer().fitTransform(['win money now', 'see you at lunch', 'money for you']);
 * const model = new LogisticRegression({ C: 10 }).fit(X, ['spam', 'ham', 'spam']);
 * console.log(model.classes, model.predictProba(X), model.solution.gap);
 */
export class LogisticRegression {
  readonly options: CheckedRegressionOptions;
  #classes: readonly string[] = [];
  #scheme: Scheme = 'softmax';
  #solution: Solution | undefined;
  #features = 0;
  #stream: Stream | undefined;

  /** Throws BAD_OPTION for what cannot be fitted with. */
  constructor(options: RegressionOptions = {}) {
    this.options = checkRegressionOptions(options);
  }

  /** Classes in code point order: the columns of `predictProba`. */
  get classes(): readonly string[] {
    return this.#classes;
  }

  /** Coefficients, (outputs, features) row-major: one output for two classes (unless multinomial), else one a class. */
  get coef(): Float64Array {
    const { coef } = this.solution;
    return coef instanceof Float64Array ? coef : Float64Array.from(coef);
  }

  get intercept(): Float64Array {
    return this.solution.intercept;
  }

  /** What the last fit found and how certain it is. */
  get solution(): Solution {
    if (!this.#solution) throw new Error('the model is not fitted yet: call fit or partialFit first');
    return this.#solution;
  }

  /** Fit to rows `X` (samples, features) and one label a sample (with multiLabel a list of labels). */
  fit(X: CsrMatrix, y: readonly Target[], { sampleWeight, multiLabel = false }: FitSettings = {}): this {
    checkRows(X, y.length);
    const table = readTargets(y, multiLabel, sampleWeight);
    checkClasses(table.classes, multiLabel);
    const kernels = Kernels.borrow();
    const rows = new OwnRows(kernels, X.indptr, X.indices, X.data, X.shape[1]);
    const { scheme, solution } = regress({ kernels, rows, table, options: this.options, featureOf: rows.featureOf });
    this.#remember(table.classes, scheme, X.shape[1]);
    this.#solution = solution;
    rows.dispose();
    Kernels.giveBack(kernels);
    return this;
  }

  /**
   * Learn from some more samples by averaged stochastic gradient descent, one pass over them. The first call names all
   * `classes` that will ever come.
   */
  partialFit(X: CsrMatrix, y: readonly string[], classes?: readonly string[]): this {
    checkRows(X, y.length);
    const known = this.#stream ? this.#classes : classes;
    if (!known) throw new SparrowError('BAD_OPTION', 'The first partialFit must be given all classes.');
    const table = readTargets(y, false, undefined, known);
    if (table.classes.length !== new Set(known).size) {
      throw new SparrowError('BAD_INPUT', `A label is not one of the ${known.length} classes given first.`);
    }
    checkClasses(table.classes, false);
    this.#stream ??= this.#startStream(table.classes, X.shape[1]);
    if (X.shape[1] !== this.#features) {
      throw new SparrowError('BAD_INPUT', `These rows have ${X.shape[1]} features, the first had ${this.#features}.`);
    }
    this.#learn(this.#stream, X, buildTargets(table, this.#scheme, this.options));
    return this;
  }

  #startStream(classes: readonly string[], features: number): Stream {
    this.#remember(classes, schemeOf({ classes, multiLabel: false }, this.options.multiClass), features);
    return {
      kernels: new Kernels(),
      state: undefined,
      seen: 0,
      averageFrom: 0,
    };
  }

  #learn(stream: Stream, X: CsrMatrix, targets: Targets): void {
    const { kernels } = stream;
    const rows = new OwnRows(kernels, X.indptr, X.indices, X.data, X.shape[1], 'column');
    const problem = new Problem(kernels, rows, targets);
    stream.state ??= new SgdState(kernels, X.shape[1], problem.width, this.options.seed);
    if (stream.seen === 0) stream.averageFrom = X.shape[0] / 2;
    stream.seen += X.shape[0];
    stream.state.learn(problem, 1, 1 / stream.seen, stream.averageFrom);
    const measure = new LbfgsSteps(problem);
    const { objective, gap } = measure.certificate();
    measure.dispose();
    this.#solution = {
      ...problem.coefficients(null),
      solver: 'sgd',
      iterations: stream.seen,
      objective,
      gap: gap / objective,
      converged: false,
    };
    problem.dispose();
    rows.dispose();
  }

  /** Probabilities, (samples, classes) row-major; rows sum to one unless the fit was multiLabel. */
  predictProba(X: CsrMatrix): Float64Array {
    const { coef, intercept } = this.solution;
    const [samples, features] = X.shape;
    if (features !== this.#features) {
      throw new SparrowError('BAD_INPUT', `These rows have ${features} features, the model has ${this.#features}.`);
    }
    const classes = this.#classes.length;
    const proba = new Float64Array(samples * classes);
    for (let i = 0; i < samples; i++) {
      const raw = intercept.slice();
      for (let e = X.indptr[i]!; e < X.indptr[i + 1]!; e++) {
        for (let k = 0; k < raw.length; k++) raw[k]! += X.data[e]! * coef[k * features + X.indices[e]!]!;
      }
      probabilities(raw, this.#scheme, proba.subarray(i * classes, (i + 1) * classes));
    }
    return proba;
  }

  #remember(classes: readonly string[], scheme: Scheme, features: number): void {
    this.#classes = classes;
    this.#scheme = scheme;
    this.#features = features;
  }
}

function checkRows(X: CsrMatrix, labels: number): void {
  if (X.shape[0] !== labels) {
    throw new SparrowError('BAD_INPUT', `There are ${X.shape[0]} rows but ${labels} labels.`);
  }
  if (!allFinite(X.data)) throw new SparrowError('BAD_INPUT', 'The rows hold a value that is not finite.');
}

/** Refuse what no classifier can be fitted to. */
export function checkClasses(classes: readonly string[], multiLabel: boolean): void {
  if (classes.length >= (multiLabel ? 1 : 2)) return;
  const found = classes.length === 0 ? 'there is none' : `there is only ${JSON.stringify(classes[0])}`;
  throw new SparrowError('TOO_FEW_LABELS', `Training needs examples of at least two classes; ${found}.`);
}

/** Raw predictions to probabilities of the classes, as `scheme` says; one-vs-rest rows are scaled to sum to one. */
function probabilities(raw: Float64Array, scheme: Scheme, out: Float64Array): void {
  if (scheme === 'softmax') {
    const largest = raw.reduce((most, value) => Math.max(most, value), -Infinity);
    for (let k = 0; k < raw.length; k++) out[k] = Math.exp(raw[k]! - largest);
  } else if (scheme === 'binary') {
    out[1] = 1 / (1 + Math.exp(-raw[0]!));
    out[0] = 1 / (1 + Math.exp(raw[0]!));
    return;
  } else {
    for (let k = 0; k < raw.length; k++) out[k] = 1 / (1 + Math.exp(-raw[k]!));
  }
  if (scheme === 'independent') return;
  const total = out.reduce((sum, value) => sum + value, 0);
  for (let k = 0; k < out.length; k++) out[k]! /= total;
}
