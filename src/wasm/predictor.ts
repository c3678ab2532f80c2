// A fitted model in linear memory, ready for one text at a time.
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

export class Predictor {
  readonly outputs: number;
  readonly #kernels: Kernels;
  readonly #blocks: { readonly analyzer: Analyzer; readonly at: Address }[];
  readonly #loss: 0 | 1;
  readonly #intercept: Block;
  readonly #raw: Block;
  readonly #out: Block;

  constructor(kernels: Kernels, { blocks, coef, intercept, loss }: PredictorParts) {
    this.#kernels = kernels;
    this.#loss = loss === 'softmax' ? 0 : 1;
    const outputs = intercept.length;
    this.outputs = outputs;
    const weights = copyIn(kernels, coef);
    const stride = coef.length / outputs;
    let column = 0;
    this.#blocks = blocks.map((block) => {
      const analyzer = new Analyzer(kernels, block.settings);
      const at = createBlock(kernels, analyzer, block, outputs, weights.at + 4 * column, stride);
      column += block.terms.ends.length;
      return { analyzer, at };
    });
    release(kernels, weights);
    this.#intercept = copyIn(kernels, intercept);
    this.#raw = allocate(kernels, batchSize * kernels.call((k) => k.paddedWidth(outputs)) * 4 + 16);
    this.#out = allocate(kernels, batchSize * outputs * 8);
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
    if (this.#kernels.isLost) return;
    for (const { analyzer, at } of this.#blocks) {
      this.#kernels.call((k) => k.destroyBlock(at));
      analyzer.dispose();
    }
    release(this.#kernels, this.#intercept, this.#raw, this.#out);
  }
}

function createBlock(
  kernels: Kernels,
  analyzer: Analyzer,
  block: PredictorBlock,
  outputs: number,
  coef: number,
  stride: number,
): Address {
  const terms = writeTerms(kernels, block.terms.bytes, block.terms.ends);
  const idf = block.idf ? copyIn(kernels, block.idf) : undefined;
  const columns = block.terms.ends.length;
  const codes = weighingCodes(block.weighing);
  const at = kernels.call((k) =>
    k.createBlock(analyzer.at, terms.bytes, terms.ends, columns, ...codes, idf?.at ?? 0, outputs, coef, stride),
  );
  terms.release();
  release(kernels, idf);
  return addressOf(at);
}
