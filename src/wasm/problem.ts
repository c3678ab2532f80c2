// A training problem in linear memory: rows, targets, costs and the weights that the solvers work on.
import type { Kernels } from './kernels.ts';
import { type Address, addressOf, allocate, type Block, copyIn, release, view } from './memory.ts';

/** Rows in linear memory that a problem is about. */
export interface RowsInMemory {
  readonly at: Address;
  readonly rows: number;
  readonly features: number;
}

/** What the samples are, as numbers. */
export interface Targets {
  /** One softmax over all outputs, or a sigmoid for each. */
  readonly loss: 'softmax' | 'sigmoid';
  readonly outputs: number;
  /** Outputs that are true of sample i: labels[labelEnds[i]] … labels[labelEnds[i + 1]]. */
  readonly labelEnds: Uint32Array;
  readonly labels: Uint32Array;
  /** C times the weight of each sample. */
  readonly costs: Float32Array;
  /** Sigmoid only: factor of the cost where output k is true, and where it is not. */
  readonly trueCosts: Float32Array;
  readonly falseCosts: Float32Array;
  readonly fitIntercept: boolean;
}

/** Rows given as arrays, copied into linear memory; solvers in f64 get their values in f64. */
export class OwnRows implements RowsInMemory {
  readonly at: Address;
  readonly rows: number;
  readonly features: number;
  /** Feature of each column. */
  readonly featureOf: Uint32Array;
  readonly #kernels: Kernels;
  readonly #blocks: Block[];

  /** Features are numbered by falling frequency, or as the columns are: for batches that must agree with each other. */
  constructor(
    kernels: Kernels,
    indptr: Uint32Array,
    indices: Uint32Array,
    data: Float64Array,
    features: number,
    order: 'frequency' | 'column' = 'frequency',
  ) {
    this.#kernels = kernels;
    this.rows = indptr.length - 1;
    this.features = features;
    const [ends, ids] = [copyIn(kernels, indptr), copyIn(kernels, indices)];
    const values = copyIn(kernels, data);
    const table = allocate(kernels, this.rows * 8);
    const entries = allocate(kernels, data.length * 8);
    const ranks = allocate(kernels, features * 4);
    const byFrequency = Number(order === 'frequency');
    const at = kernels.call((k) => {
      k.fillRows(this.rows, features, ends.at, ids.at, values.at, table.at, entries.at, ranks.at, byFrequency);
      return k.createCsr(this.rows, features, table.at, values.at);
    });
    this.at = addressOf(at);
    this.featureOf = view(kernels, Uint32Array, ranks.at, features).slice();
    release(kernels, ends, ids, ranks);
    this.#blocks = [values, table, entries];
  }

  dispose(): void {
    if (this.#kernels.isLost) return;
    this.#kernels.call((k) => k.destroyCsr(this.at));
    release(this.#kernels, ...this.#blocks);
  }
}

/** Where a fit stands in the dual: a probability for each sample and output lane (f32), and the intercepts. */
export interface DualPoint {
  readonly dual: Float32Array;
  readonly intercept: Float64Array;
}

/** Samples visited in one call: V8 optimises between calls, and progress is told after each. */
const chunkSize = 1024;

/** Visit [from, to) of so many samples in turn, a chunk at a time. */
export function inChunks(samples: number, visit: (from: number, to: number) => void): void {
  for (let from = 0; from < samples; from += chunkSize) visit(from, Math.min(from + chunkSize, samples));
}

export class Problem {
  readonly rows: RowsInMemory;
  readonly targets: Targets;
  readonly kernels: Kernels;
  readonly at: Address;
  /** f32 lanes that the outputs take. */
  readonly width: number;
  readonly #blocks: Block[];

  constructor(kernels: Kernels, rows: RowsInMemory, targets: Targets) {
    this.rows = rows;
    this.targets = targets;
    this.kernels = kernels;
    const { outputs, loss, labelEnds, labels, costs, fitIntercept } = targets;
    this.width = kernels.call((k) => k.paddedWidth(outputs));
    const factors = new Float32Array(2 * this.width);
    factors.set(targets.trueCosts, 0);
    factors.set(targets.falseCosts, this.width);
    this.#blocks = [labelEnds, labels, costs, factors].map((array) => copyIn(kernels, array));
    const [endsBlock, labelBlock, costBlock, factorBlock] = this.#blocks as [Block, Block, Block, Block];
    const lossCode = loss === 'softmax' ? 0 : 1;
    const at = kernels.call((k) =>
      k.createProblem(
        rows.at,
        outputs,
        lossCode,
        Number(fitIntercept),
        endsBlock.at,
        labelBlock.at,
        costBlock.at,
        factorBlock.at,
      ),
    );
    this.at = addressOf(at);
  }

  /** Coefficients (outputs × columns, row-major) and intercepts, from the f32 weights of sdca and sgd. */
  coefficients(featureOf: Uint32Array | null): {
    coef: Float32Array;
    intercept: Float64Array;
  } {
    const { features } = this.rows;
    const { outputs } = this.targets;
    const width = this.width;
    const weights = view(this.kernels, Float32Array, this.#weights(), features * width);
    const coef = transpose(weights, width, outputs, features, featureOf);
    return { coef, intercept: this.#interceptValues() };
  }

  /**
   * Start from where another fit to the same samples ended, whatever its costs and columns were: dual variables are
   * probabilities, which a change of either moves little. Weights are those that belong to them here.
   */
  startFrom({ dual, intercept }: DualPoint): void {
    this.kernels.call((k) => k.sdcaBegin(this.at));
    view(this.kernels, Float32Array, this.#dual(), dual.length).set(dual);
    view(this.kernels, Float32Array, this.#intercepts(), intercept.length).set(intercept);
    this.sumWeights();
  }

  /** Set the weights to those that belong to the dual variables. */
  sumWeights(): void {
    inChunks(this.rows.rows, (from, to) => this.kernels.call((k) => k.sumWeights(this.at, from, to)));
  }

  /** Where sdca ended; nothing when it has not run. */
  dualPoint(): DualPoint | undefined {
    const at = this.#dual();
    if (at === 0) return undefined;
    const dual = view(this.kernels, Float32Array, at, this.rows.rows * this.width).slice();
    return { dual, intercept: this.#interceptValues() };
  }

  #weights(): Address {
    return addressOf(this.kernels.call((k) => k.weightsOf(this.at)));
  }

  #dual(): Address {
    return addressOf(this.kernels.call((k) => k.dualOf(this.at)));
  }

  #intercepts(): Address {
    return addressOf(this.kernels.call((k) => k.interceptsOf(this.at)));
  }

  #interceptValues(): Float64Array {
    return Float64Array.from(view(this.kernels, Float32Array, this.#intercepts(), this.targets.outputs));
  }

  dispose(): void {
    if (this.kernels.isLost) return;
    this.kernels.call((k) => k.destroyProblem(this.at));
    release(this.kernels, ...this.#blocks);
  }
}

/** Weights (features × width) as coefficients (outputs × columns) of the same kind. */
export function transpose<T extends Float32Array | Float64Array>(
  weights: T,
  width: number,
  outputs: number,
  columns: number,
  featureOf: Uint32Array | null,
): T {
  const coef = new (weights.constructor as new (length: number) => T)(outputs * columns);
  for (let column = 0; column < columns; column++) {
    const row = (featureOf ? featureOf[column]! : column) * width;
    for (let k = 0; k < outputs; k++) coef[k * columns + column] = weights[row + k]!;
  }
  return coef;
}
