// A model that is fitted again and again while its texts and labels change, as a project's are: a text is analyzed and
// counted when it is first seen, and the solver goes on from where it ended last. The model is the one that a fit from
// scratch would give, with the vocabulary and document frequencies of the texts that there are now; the two differ by
// what `tol` leaves open.
import { Kernels } from '../wasm/kernels.ts';
import type { DualPoint } from '../wasm/problem.ts';
import { batches } from '../wasm/term-counts.ts';
import { FeatureUnion } from './feature-union.ts';
import { type CheckedFit, checkCounts, checkFit, type FitOptions, fitRows } from './fit.ts';
import { checkClasses } from './logistic-regression.ts';
import type { Model } from './model-file.ts';
import { readTargets, type Scheme, type Target, type TargetTable } from './targets.ts';

/** Texts that were counted once and are no longer asked for may be this many for each that is. */
const mostLeftOver = 1;
/** … and not fewer than this many: small sets may change as they like. */
const fewLeftOver = 1000;

/** Where the last fit ended. */
interface LastFit {
  readonly scheme: Scheme;
  readonly classes: readonly string[];
  readonly end: DualPoint;
  /** Lanes of a sample's dual variables. */
  readonly width: number;
  /** Place of each counted text in that fit; −1 for those that were not in it. */
  readonly placeOf: Int32Array;
}

/** What may differ from fit to fit. */
export interface RefitSettings extends Pick<FitOptions, 'sampleWeight' | 'onProgress' | 'tol'> {
  /**
   * Whether the solver starts from where it ended. Without, the model is that of a fit from scratch to the last bit.
   * Default true.
   */
  goesOn?: boolean;
}

/**
 * @example
 * const refit = new Refit({ tol: 1e-8 });
 * const classifier = TextClassifier.of(refit.fit(['good film', 'bad film'], ['pos', 'neg']));
 * const better = TextClassifier.of(refit.fit(['good film', 'bad film', 'what a film'], ['pos', 'neg', 'pos']));
 */
export class Refit {
  readonly #options: CheckedFit;
  readonly #given: FitOptions;
  #kernels: Kernels | undefined;
  #features: FeatureUnion | undefined;
  /** Number of each counted text. */
  #numberOf = new Map<string, number>();
  /** UTF-8 bytes of each. */
  #bytesOf: number[] = [];
  #last: LastFit | undefined;

  /** Throws BAD_OPTION for what cannot be fitted with. `sampleWeight` is given with each fit. */
  constructor(options: Omit<FitOptions, 'sampleWeight'>) {
    this.#options = checkFit(options);
    this.#given = options;
  }

  /** Texts that it has counted and keeps. */
  get heldTexts(): number {
    return this.#numberOf.size;
  }

  /** Memory of its kernels, in bytes. */
  get heldBytes(): number {
    return this.#kernels?.memoryBytes ?? 0;
  }

  /**
   * Fit to texts and one target each, whatever they were before. Throws BAD_INPUT, TOO_FEW_LABELS and OUT_OF_MEMORY; the
   * next fit then starts from scratch.
   */
  fit(texts: readonly string[], targets: readonly Target[], settings: RefitSettings = {}): Model {
    const { sampleWeight, onProgress = this.#given.onProgress, tol, goesOn = true } = settings;
    const table = readTargets(targets, this.#given.multiLabel ?? false, sampleWeight);
    checkClasses(table.classes, table.multiLabel);
    checkCounts(texts.length, targets.length);
    try {
      if (!goesOn) this.#last = undefined;
      const { regression } = this.#options;
      const options = {
        ...this.#options,
        regression: tol === undefined ? regression : { ...regression, tol },
        onProgress,
      };
      return this.#fit(texts, table, options);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #fit(texts: readonly string[], table: TargetTable, options: CheckedFit): Model {
    const started = performance.now();
    if (this.#isCluttered(texts.length)) this.dispose();
    this.#kernels ??= Kernels.borrow();
    this.#features ??= new FeatureUnion(this.#kernels, options.vectorizers);
    const kernels = this.#kernels;
    const wanted = this.#count(this.#features, texts, options);
    return this.#features.withSome(wanted, (some) => {
      let bytes = 0;
      for (let i = 0; i < wanted.length; i++) bytes += this.#bytesOf[wanted[i]!]!;
      const vectorizeSeconds = (performance.now() - started) / 1000;
      const start = (scheme: Scheme) => this.#startOf(wanted, scheme, table);
      const { model, scheme, end } = fitRows({ ...some, kernels, table, bytes, vectorizeSeconds, start }, options);
      const placeOf = new Int32Array(this.#numberOf.size).fill(-1);
      for (let place = 0; place < wanted.length; place++) placeOf[wanted[place]!] = place;
      const width = end ? end.dual.length / wanted.length : 0;
      this.#last = end && { scheme, classes: table.classes, end, placeOf, width };
      return model;
    });
  }

  /** Count the texts that are new; returns the number of each text. */
  #count(features: FeatureUnion, texts: readonly string[], { onProgress }: CheckedFit): Uint32Array {
    const added: string[] = [];
    const wanted = new Uint32Array(texts.length);
    for (let i = 0; i < texts.length; i++) {
      const text = texts[i]!;
      let number = this.#numberOf.get(text);
      if (number === undefined) {
        number = this.#numberOf.size;
        this.#numberOf.set(text, number);
        this.#bytesOf.push(encoder.encode(text).length);
        added.push(text);
      }
      wanted[i] = number;
    }
    let done = texts.length - added.length;
    for (const batch of batches(added)) {
      features.count(batch);
      done += batch.length;
      onProgress?.({ phase: 'vectorize', done, total: texts.length });
    }
    return wanted;
  }

  /** Dual variables to start from: those of texts that were there, and of new ones those that belong to zero weights. */
  #startOf(wanted: Uint32Array, scheme: Scheme, table: TargetTable): DualPoint | undefined {
    const last = this.#last;
    if (!last || last.scheme !== scheme || !isSame(last.classes, table.classes)) return undefined;
    const { placeOf, width, end } = last;
    const dual = new Float32Array(wanted.length * width);
    for (let i = 0; i < wanted.length; i++) {
      const from = (placeOf[wanted[i]!] ?? -1) * width;
      if (from < 0) markTrue(dual.subarray(i * width, (i + 1) * width), scheme, labelsOf(table, i));
      else for (let k = 0; k < width; k++) dual[i * width + k] = end.dual[from + k]!;
    }
    return { dual, intercept: end.intercept };
  }

  #isCluttered(texts: number): boolean {
    const counted = this.#numberOf.size;
    return counted > fewLeftOver && counted > (1 + mostLeftOver) * texts;
  }

  /** Give up everything that is kept; the next fit is from scratch. */
  dispose(): void {
    this.#features?.dispose();
    if (this.#kernels) Kernels.giveBack(this.#kernels);
    this.#features = undefined;
    this.#kernels = undefined;
    this.#numberOf = new Map();
    this.#bytesOf = [];
    this.#last = undefined;
  }
}

const encoder = new TextEncoder();

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label, k) => label === b[k]);
}

function labelsOf({ labelEnds, labels }: TargetTable, i: number): Uint32Array {
  return labels.subarray(labelEnds[i], labelEnds[i + 1]);
}

/** The dual variables of a sample at zero weights: what is true of it. One output for two classes stands for the second. */
function markTrue(lanes: Float32Array, scheme: Scheme, labels: Uint32Array): void {
  for (const label of labels) {
    if (scheme !== 'binary') lanes[label] = 1;
    else if (label === 1) lanes[0] = 1;
  }
}
