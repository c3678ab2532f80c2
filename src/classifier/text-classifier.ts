// Vectorizer and regression as one: texts and labels in, probabilities out. Fitting takes kernels of its own, which go
// when it is done; predicting goes through the kernels that all classifiers of a thread share.
import { Kernels } from '../wasm/kernels.ts';
import { Predictor, type PredictorParts } from '../wasm/predictor.ts';
import { type FitOptions, ModelFit } from './fit.ts';
import { checkClasses } from './logistic-regression.ts';
import { decodeModel, encodeModel, type FitReport, type Model } from './model-file.ts';
import { readTargets, type Target } from './targets.ts';
import { analyzerSettings, termStrings, weighing } from './vectorizer.ts';

export type { FitOptions, FitProgress } from './fit.ts';
export type { FitReport } from './model-file.ts';
export type { Target } from './targets.ts';

/** Memory of predictors whose classifiers were collected without `dispose`. */
const abandoned = new FinalizationRegistry<Predictor>((predictor) => predictor.dispose());

/** What is done at a stretch while others wait, in milliseconds. */
const stretchMs = 2;

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
  /** A predictor that is being made. */
  #making: { readonly kernels: Kernels; readonly steps: Generator<undefined, Predictor> } | undefined;

  private constructor(model: Model) {
    this.#model = model;
  }

  /**
   * Fit to texts and one target each; takes the calling thread until done. Throws BAD_OPTION, BAD_INPUT,
   * TOO_FEW_LABELS (fewer than two classes) and OUT_OF_MEMORY.
   */
  static fit(texts: Iterable<string>, targets: readonly Target[], options: FitOptions = {}): TextClassifier {
    const fit = new ModelFit(options);
    const table = readTargets(targets, options.multiLabel ?? false, options.sampleWeight);
    checkClasses(table.classes, table.multiLabel);
    fit.countAll(texts, targets.length);
    return new TextClassifier(fit.finish(table));
  }

  /** A classifier of a model that was fitted or read elsewhere. */
  static of(model: Model): TextClassifier {
    return new TextClassifier(model);
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

  /**
   * Take the model into the kernels ahead of the first text, which it would otherwise wait for: some 60 milliseconds for
   * 200,000 terms. Others have their turn every few milliseconds.
   */
  async prepare(): Promise<void> {
    let started = performance.now();
    while (!this.#step()) {
      if (performance.now() - started < stretchMs) continue;
      await new Promise((resolve) => setTimeout(resolve));
      // Given up meanwhile.
      if (!this.#making && !this.#predictor) return;
      started = performance.now();
    }
  }

  /** Give back the kernel memory at once; the classifier takes it again when it is next asked. */
  dispose(): void {
    this.#making?.steps.return(undefined as never);
    this.#making = undefined;
    if (!this.#predictor) return;
    abandoned.unregister(this);
    this.#predictor.dispose();
    this.#predictor = undefined;
  }

  /** The predictor in the kernels, made on first use and again after they were lost. */
  #ready(): Predictor {
    while (!this.#predictor || this.#predictor.isLost) this.#step();
    return this.#predictor;
  }

  /** A step towards a predictor in the kernels; true when there is one. */
  #step(): boolean {
    if (this.#predictor && !this.#predictor.isLost) return true;
    if (!this.#making || this.#making.kernels.isLost) {
      this.dispose();
      const kernels = Kernels.serving;
      this.#making = { kernels, steps: Predictor.make(kernels, partsOf(this.#model)) };
    }
    const making = this.#making;
    // Gone, should the step throw.
    this.#making = undefined;
    const step = making.steps.next();
    if (step.done) {
      this.#predictor = step.value;
      abandoned.register(this, this.#predictor, this);
    } else this.#making = making;
    return step.done === true;
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

/** What the kernels need of a model. */
function partsOf({ blocks, scheme, coef, intercept }: Model): PredictorParts {
  return {
    blocks: blocks.map(({ vectorizer, terms, idf }) => {
      return { settings: analyzerSettings(vectorizer), weighing: weighing(vectorizer), terms, idf };
    }),
    coef,
    intercept,
    loss: scheme === 'softmax' ? 'softmax' : 'sigmoid',
  };
}

function argmax(values: Float64Array, from: number, count: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[from + k]! > values[from + best]!) best = k;
  return best;
}
