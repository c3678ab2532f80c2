// A fitted model in linear memory, ready for one text at a time.
import { Analyzer, type AnalyzerSettings, writeTerms } from './analyzer.ts';
import type { Kernels } from './kernels.ts';
import { type Address, addressOf, allocate, type Block, copyIn, release, view } from './memory.ts';
import { type TermTable, type Weighing, weighingCodes } from './term-counts.ts';

/** Everything a prediction needs. */
export interface PredictorParts {
  readonly settings: AnalyzerSettings;
  readonly weighing: Weighing;
  readonly terms: TermTable;
  readonly idf: Float64Array | null;
  /** outputs × columns, row-major. */
  readonly coef: Float32Array;
  readonly intercept: Float64Array;
  readonly loss: 'softmax' | 'sigmoid';
}

/** Texts that go through the kernels in one call. */
const batchSize = 256;

export class Predictor {
  readonly outputs: number;
  readonly #kernels: Kernels;
  readonly #analyzer: Analyzer;
  readonly #at: Address;
  #out: Block | undefined;

  constructor(kernels: Kernels, parts: PredictorParts) {
    this.#kernels = kernels;
    this.outputs = parts.intercept.length;
    this.#analyzer = new Analyzer(kernels, parts.settings);
    const terms = writeTerms(kernels, parts.terms.bytes, parts.terms.ends);
    const idf = parts.idf ? copyIn(kernels, parts.idf) : undefined;
    const coef = copyIn(kernels, parts.coef);
    const intercept = copyIn(kernels, parts.intercept);
    const columns = parts.terms.ends.length;
    const loss = parts.loss === 'softmax' ? 0 : 1;
    const at = kernels.call((k) =>
      k.createPredictor(
        this.#analyzer.at,
        terms.bytes,
        terms.ends,
        columns,
        this.outputs,
        loss,
        ...weighingCodes(parts.weighing),
        idf?.at ?? 0,
        coef.at,
        intercept.at,
      ),
    );
    this.#at = addressOf(at);
    terms.release();
    release(kernels, idf, coef, intercept);
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
      result.set(this.#predictBatch(part), from * this.outputs);
    }
    return result;
  }

  #predictBatch(texts: readonly string[]): Float64Array {
    const batch = this.#analyzer.write(texts);
    const size = texts.length * this.outputs;
    if (!this.#out || this.#out.bytes < size * 8) {
      release(this.#kernels, this.#out);
      this.#out = allocate(this.#kernels, size * 8);
    }
    const { at } = this.#out;
    this.#kernels.call((k) => k.predictProba(this.#at, batch.texts, batch.ends, batch.count, at));
    return view(this.#kernels, Float64Array, at, size);
  }

  dispose(): void {
    if (this.#kernels.isLost) return;
    this.#kernels.call((k) => k.destroyPredictor(this.#at));
    this.#analyzer.dispose();
    release(this.#kernels, this.#out);
  }
}
