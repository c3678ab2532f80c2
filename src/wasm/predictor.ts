// A fitted model in linear memory, ready for one text at a time.
import { SparrowError } from '../errors.ts';
import { Analyzer, type AnalyzerSettings, writeTerms } from './analyzer.ts';
import type { Kernels } from './kernels.ts';
import { type Address, addressOf, allocate, type Block, copyIn, release, view } from './memory.ts';
import { type TermTable, type Weighing, weighingCodes } from './term-counts.ts';

/** One vocabulary with its idf; its columns follow those of the blocks before it. */
export interface PredictorBlock {
  readonly settings: AnalyzerSettings;
  readonly weighing: Weighing;
  readonly terms: TermTable;
  readonly idf: Float64Array | null;
}

/** Everything a prediction needs. */
export interface PredictorParts {
  readonly blocks: readonly PredictorBlock[];
  /** outputs × columns of all blocks, row-major. */
  readonly coef: Float32Array;
  readonly intercept: Float64Array;
  readonly loss: 'softmax' | 'sigmoid';
}

/** Texts that go through the kernels in one call. */
const batchSize = 256;
/** Columns that a step of making a predictor takes in: some 20 microseconds, more where all memory is fresh. */
const columnsAStep = 64;
/**
 * Columns whose coefficients are in linear memory at a time, beside the records that they are copied to. Not a power of two,
 * which would put the coefficients of a column into one set of the cache.
 */
const columnsAWindow = 1040;

interface LaidBlock {
  readonly analyzer: Analyzer;
  readonly at: Address;
}

export class Predictor {
  readonly outputs: number;
  readonly #kernels: Kernels;
  readonly #blocks: readonly LaidBlock[];
  readonly #loss: 0 | 1;
  readonly #intercept: Block;
  readonly #raw: Block;
  readonly #out: Block;

  private constructor(kernels: Kernels, blocks: readonly LaidBlock[], { intercept, loss }: PredictorParts) {
    const outputs = intercept.length;
    this.outputs = outputs;
    this.#kernels = kernels;
    this.#blocks = blocks;
    this.#loss = loss === 'softmax' ? 0 : 1;
    this.#intercept = copyIn(kernels, intercept);
    this.#raw = allocate(kernels, batchSize * kernels.call((k) => k.paddedWidth(outputs)) * 4 + 16);
    this.#out = allocate(kernels, batchSize * outputs * 8);
  }

  /** Make a predictor in short steps, between which the caller may do other things; `return` gives up. */
  static *make(kernels: Kernels, parts: PredictorParts): Generator<undefined, Predictor> {
    const { blocks, coef, intercept } = parts;
    const outputs = intercept.length;
    const made: LaidBlock[] = [];
    let predictor: Predictor | undefined;
    try {
      yield;
      let column = 0;
      for (const block of blocks) {
        const analyzer = new Analyzer(kernels, block.settings);
        const codes = weighingCodes(block.weighing);
        const features = block.terms.ends.length;
        const at = addressOf(kernels.call((k) => k.createBlock(analyzer.at, features, ...codes, outputs)));
        made.push({ analyzer, at });
        yield* addColumns(kernels, at, block, { outputs, coef, first: column });
        column += features;
      }
      predictor = new Predictor(kernels, made, parts);
      return predictor;
    } finally {
      if (!predictor) destroy(kernels, made);
    }
  }

  /** True when the memory that this lives in was lost to a trap. */
  get isLost(): boolean {
    return this.#kernels.isLost;
  }

  /** Probabilities, texts × outputs, row-major. */
  predictProba(texts: readonly string[]): Float64Array {
    const result = new Float64Array(texts.length * this.outputs);
    for (let from = 0; from < texts.length; from += batchSize) {
      const part = texts.length <= batchSize ? texts : texts.slice(from, from + batchSize);
      this.#predictBatch(part);
      result.set(view(this.#kernels, Float64Array, this.#out.at, part.length * this.outputs), from * this.outputs);
    }
    return result;
  }

  #predictBatch(texts: readonly string[]): void {
    const { outputs } = this;
    const count = texts.length;
    this.#kernels.call((k) => k.startRaw(this.#raw.at, count, outputs, this.#loss, this.#intercept.at));
    for (const { analyzer, at } of this.#blocks) {
      const batch = analyzer.write(texts);
      this.#kernels.call((k) => k.addBlock(at, batch.texts, batch.ends, count, this.#raw.at));
    }
    this.#kernels.call((k) => k.finishRaw(this.#raw.at, count, outputs, this.#loss, this.#out.at));
  }

  dispose(): void {
    destroy(this.#kernels, this.#blocks);
    release(this.#kernels, this.#intercept, this.#raw, this.#out);
  }
}

/** The coefficients of a block, whose columns begin at `first` among those of all blocks: outputs × columns of all. */
interface Coefficients {
  readonly outputs: number;
  readonly coef: Float32Array;
  readonly first: number;
}

function* addColumns(
  kernels: Kernels,
  at: Address,
  block: PredictorBlock,
  weights: Coefficients,
): Generator<undefined> {
  const features = block.terms.ends.length;
  const terms = writeTerms(kernels, block.terms.bytes, block.terms.ends);
  const idf = block.idf ? copyIn(kernels, block.idf) : undefined;
  const [order, places] = [allocate(kernels, features * 4), allocate(kernels, features * 4)];
  const idfAt = idf?.at ?? 0;
  try {
    yield;
    kernels.call((k) => k.orderByIdf(idfAt, features, order.at, places.at));
    let different = 0;
    for (const [from, count] of steps(features, columnsAStep)) {
      yield;
      different = kernels.call((k) => k.addTerms(at, order.at + 4 * from, count, terms.bytes, terms.ends));
    }
    if (different >>> 0 !== features)
      throw new SparrowError('BAD_MODEL', 'The model cannot be used: it has a term twice.');
    yield* addRecords(kernels, { at, places: places.at, idf: idfAt, features }, weights);
  } finally {
    terms.release();
    release(kernels, idf, order, places);
  }
}

function* addRecords(
  kernels: Kernels,
  { at, places, idf, features }: { at: Address; places: Address; idf: number; features: number },
  { outputs, coef, first }: Coefficients,
): Generator<undefined> {
  const window = allocate(kernels, outputs * Math.min(features, columnsAWindow) * 4);
  const stride = coef.length / outputs;
  try {
    for (const [from, width] of steps(features, columnsAWindow)) {
      yield;
      const lanes = view(kernels, Float32Array, window.at, outputs * width);
      for (let k = 0; k < outputs; k++) {
        const start = k * stride + first + from;
        lanes.set(coef.subarray(start, start + width), k * width);
      }
      for (const [next, count] of steps(width, columnsAStep)) {
        yield;
        const place = window.at + 4 * next;
        kernels.call((k) => k.addRecords(at, from + next, count, places, idf, outputs, place, width));
      }
    }
  } finally {
    release(kernels, window);
  }
}

function* steps(total: number, most: number): Generator<readonly [from: number, count: number]> {
  for (let from = 0; from < total; from += most) yield [from, Math.min(most, total - from)];
}

function destroy(kernels: Kernels, blocks: readonly LaidBlock[]): void {
  if (kernels.isLost) return;
  for (const { analyzer, at } of blocks) {
    kernels.call((k) => k.destroyBlock(at));
    analyzer.dispose();
  }
}
