// The solvers' steps on a problem in linear memory: a thin, typed face of the kernels' `linear` room. The loops over
// epochs and iterations are the caller's, so that a fit can report progress, stop and hand over.
import type { Kernels } from './kernels.ts';
import { type Address, addressOf, allocate, type Block, release, view } from './memory.ts';
import { inChunks, type Problem, transpose } from './problem.ts';

/** A tilt is a change of log-odds; beyond this the dual is not near its optimum. */
const largestTilt = 0.1;

/**
 * Samples that are visited one after another, as they stand: rows at random places would each be waited for (1.3 times as
 * long an epoch with 20,000 news, 1.7 with 170,000). With groups of 16 and more the solver needs more epochs.
 */
const groupSize = 4;
const manySamples = 10_000;

/** An order of the samples in linear memory, groups of neighbours shuffled anew for each epoch. */
class VisitingOrder {
  readonly block: Block;
  readonly #kernels: Kernels;
  readonly #count: number;
  readonly #size: number;
  readonly #groups: Uint32Array;
  #state: number;

  constructor(kernels: Kernels, count: number, seed: number) {
    this.#kernels = kernels;
    this.#count = count;
    this.#state = (seed ^ 0x9e3779b9) | 1;
    this.block = allocate(kernels, count * 4);
    // Small sets fit the caches whatever the order, and mix better one by one.
    this.#size = count < manySamples ? 1 : groupSize;
    this.#groups = Uint32Array.from({ length: Math.ceil(count / this.#size) + 1 }, (_, group) => group);
  }

  /** Fisher and Yates, with xorshift32. */
  shuffle(): void {
    const groups = this.#groups;
    let state = this.#state;
    for (let i = groups.length - 1; i > 0; i--) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const j = (state >>> 0) % (i + 1);
      const swap = groups[i]!;
      groups[i] = groups[j]!;
      groups[j] = swap;
    }
    this.#state = state;
    const count = this.#count;
    const size = this.#size;
    // Where groups begin changes as well: nobody has the same neighbours for ever.
    const shift = (state >>> 16) % size;
    const order = view(this.#kernels, Uint32Array, this.block.at, count);
    let at = 0;
    for (let g = 0; g < groups.length; g++) {
      const begin = groups[g]! * size - shift;
      const end = Math.min(count, begin + size);
      for (let i = Math.max(0, begin); i < end; i++) order[at++] = i;
    }
  }
}

function centred(v: Float64Array): Float64Array {
  const mean = v.reduce((sum, value) => sum + value, 0) / v.length;
  return v.map((value) => value - mean);
}

/** x with A x = b for a symmetric A ≥ 0 of a few dozen rows, to the precision that is left of b in f32. */
function conjugateGradients(b: Float64Array, multiply: (v: Float64Array) => Float64Array): Float64Array {
  const dot = (u: Float64Array, v: Float64Array) => u.reduce((sum, value, k) => sum + value * v[k]!, 0);
  const x = new Float64Array(b.length);
  const residual = b.slice();
  let direction = b.slice();
  let squared = dot(b, b);
  const enough = 1e-8 * squared;
  for (let round = 0; round < 2 * b.length && squared > enough; round++) {
    const image = multiply(direction);
    const curvature = dot(direction, image);
    if (!(curvature > 0)) break;
    const step = squared / curvature;
    for (let k = 0; k < x.length; k++) {
      x[k]! += step * direction[k]!;
      residual[k]! -= step * image[k]!;
    }
    const next = dot(residual, residual);
    direction = direction.map((value, k) => residual[k]! + (next / squared) * value);
    squared = next;
  }
  return x;
}

/** What a certificate says: the objective at W and how far, at most, it lies above the optimum. */
export interface Certificate {
  readonly objective: number;
  readonly gap: number;
}

export class SdcaSteps {
  readonly #kernels: Kernels;
  readonly #at: Address;
  readonly #problem: Problem;
  readonly #width: number;
  readonly #order: VisitingOrder;
  readonly #norms: Block;
  readonly #slack: Block;
  readonly #tilt: Block;
  #mustRecentre = false;

  constructor(problem: Problem, seed: number) {
    const { kernels, at, rows, width } = problem;
    this.#kernels = kernels;
    this.#at = at;
    this.#problem = problem;
    this.#width = width;
    this.#order = new VisitingOrder(kernels, rows.rows, seed);
    this.#norms = allocate(kernels, rows.rows * 4);
    this.#slack = allocate(kernels, width * 8);
    this.#tilt = allocate(kernels, width * 8);
    kernels.call((k) => {
      k.sdcaBegin(at);
      k.squaredNorms(rows.at, this.#norms.at);
    });
  }

  /** Visit every sample once in a new order; returns an estimate of the gap as it was met on the way. */
  epoch(): number {
    const { rows } = this.#problem;
    if (this.#mustRecentre) this.#recentre();
    this.#order.shuffle();
    let estimate = 0;
    inChunks(rows.rows, (from, to) => {
      estimate += this.#kernels.call((k) => k.sdcaVisit(this.#at, this.#order.block.at, from, to, this.#norms.at));
    });
    this.#mustRecentre = true;
    return estimate;
  }

  /** Move the intercepts by κ Σ c (e − p), the proximal step between epochs. */
  #recentre(): void {
    this.#mustRecentre = false;
    if (!this.#problem.targets.fitIntercept) return;
    this.#kernels.call((k) => {
      k.dualSlack(this.#at, this.#slack.at);
      k.moveIntercepts(this.#at, this.#slack.at);
    });
  }

  /**
   * Make the dual feasible, set W to W(p) anew, and measure primal and gap there. While the dual is far from feasible
   * nothing is changed, and the gap is infinite.
   */
  certify(): Certificate {
    const { rows, targets } = this.#problem;
    const slack = targets.fitIntercept ? this.#closeSlack() : 0;
    if (slack === Number.POSITIVE_INFINITY) return { objective: Number.NaN, gap: slack };
    this.#problem.sumWeights();
    inChunks(rows.rows, (from, to) => this.#kernels.call((k) => k.certify(this.#at, from, to)));
    const count = rows.features * this.#width;
    return this.#kernels.call((k) => ({
      objective: k.certifiedLoss() + k.halfSquares(k.weightsOf(this.#at), count),
      gap: k.certifiedGap() + slack,
    }));
  }

  /**
   * Tilt dual and intercepts alike, a Newton step that makes Σ c (e − p) zero. Returns what f32 leaves of the sum's
   * size, which bounds the error of the certificate while the intercepts are within 1 of the best ones; ∞ when the tilt
   * would be large.
   */
  #closeSlack(): number {
    // A common shift of all outputs changes no softmax: the tilt has none.
    const isSoftmax = this.#problem.targets.loss === 'softmax';
    const project = (v: Float64Array) => (isSoftmax ? centred(v) : v);
    const tilt = conjugateGradients(project(this.#slackNow()), (v) => {
      this.#setTilt(v);
      this.#kernels.call((k) => k.slackChange(this.#at, this.#tilt.at, this.#slack.at));
      return project(view(this.#kernels, Float64Array, this.#slack.at, v.length).slice());
    });
    if (!project(tilt).every((value) => Math.abs(value) < largestTilt)) return Number.POSITIVE_INFINITY;
    this.#setTilt(tilt);
    this.#kernels.call((k) => k.tiltDual(this.#at, this.#tilt.at));
    this.#mustRecentre = false;
    return this.#slackNow().reduce((sum, value) => sum + Math.abs(value), 0);
  }

  #setTilt(v: Float64Array): void {
    const lanes = view(this.#kernels, Float64Array, this.#tilt.at, this.#width);
    lanes.fill(0);
    lanes.set(v);
  }

  #slackNow(): Float64Array {
    this.#kernels.call((k) => k.dualSlack(this.#at, this.#slack.at));
    return view(this.#kernels, Float64Array, this.#slack.at, this.#problem.targets.outputs).slice();
  }

  dispose(): void {
    release(this.#kernels, this.#order.block, this.#norms, this.#slack, this.#tilt);
  }
}

export class LbfgsSteps {
  readonly #kernels: Kernels;
  readonly #problem: Problem;
  readonly #objective: Address;
  readonly #solver: Address;
  readonly #theta: Block;
  readonly #unknowns: number;
  readonly #pairs: number;
  #value: number;

  /** Starts from the problem's f32 weights. */
  constructor(problem: Problem) {
    const { kernels, at } = problem;
    this.#kernels = kernels;
    this.#problem = problem;
    this.#objective = addressOf(kernels.call((k) => k.createObjective(at)));
    this.#unknowns = kernels.call((k) => k.unknowns(this.#objective)) >>> 0;
    this.#pairs = (problem.targets.outputs + 1) & ~1;
    this.#theta = allocate(kernels, this.#unknowns * 8, true);
    this.#solver = addressOf(kernels.call((k) => k.createLbfgs(this.#unknowns)));
    this.#start(problem.coefficients(null));
    this.#value = kernels.call((k) => {
      const value = k.setPoint(this.#objective, this.#theta.at);
      k.gradient(this.#objective, this.#theta.at, k.gradientOf(this.#solver));
      return value;
    });
  }

  #start({ coef, intercept }: { coef: Float32Array; intercept: Float64Array }): void {
    const { features } = this.#problem.rows;
    const theta = view(this.#kernels, Float64Array, this.#theta.at, this.#unknowns);
    for (const [k, bias] of intercept.entries()) {
      for (let j = 0; j < features; j++) theta[j * this.#pairs + k] = coef[k * features + j]!;
      theta[features * this.#pairs + k] = bias;
    }
  }

  /** One iteration; false when the objective cannot be made smaller in f64. */
  step(): boolean {
    const before = this.#value;
    this.#value = this.#kernels.call((k) => k.minimiseStep(this.#solver, this.#objective, this.#theta.at, before));
    return this.#value !== before;
  }

  /** The objective, and ½‖∇W‖² + ½‖∇b‖²: as the penalty is 1-strongly convex, W's part bounds the distance to the optimum. */
  certificate(): Certificate {
    const squared = this.#kernels.call(
      (k) =>
        k.squaredGradient(this.#solver, this.#objective, 0, this.#unknowns) +
        k.squaredGradient(this.#solver, this.#objective, 1, this.#unknowns),
    );
    return { objective: this.#value, gap: 0.5 * squared };
  }

  coefficients(featureOf: Uint32Array | null): {
    coef: Float64Array;
    intercept: Float64Array;
  } {
    const { features } = this.#problem.rows;
    const { outputs } = this.#problem.targets;
    const theta = view(this.#kernels, Float64Array, this.#theta.at, this.#unknowns);
    const coef = transpose(theta, this.#pairs, outputs, features, featureOf);
    const first = features * this.#pairs;
    return { coef, intercept: theta.slice(first, first + outputs) };
  }

  dispose(): void {
    if (this.#kernels.isLost) return;
    this.#kernels.call((k) => {
      k.destroyLbfgs(this.#solver);
      k.destroyObjective(this.#objective);
    });
    release(this.#kernels, this.#theta);
  }
}

/** The iterate and its average, which outlive the batches that they learn from. */
export class SgdState {
  readonly #kernels: Kernels;
  readonly #at: Address;
  #seed: number;

  constructor(kernels: Kernels, features: number, width: number, seed: number) {
    this.#kernels = kernels;
    this.#seed = seed;
    this.#at = addressOf(kernels.call((k) => k.createSgd(features, width)));
  }

  /**
   * Learn `epochs` times from every sample of the problem, in a new order each time, and write the average so far into
   * the problem's weights. Minimises λ/2 ‖W‖² + mean cost · loss; averaging begins at sample `averageFrom`.
   */
  learn(problem: Problem, epochs: number, lambda: number, averageFrom: number, onEpoch?: (done: number) => void): void {
    const { rows } = problem.rows;
    const order = new VisitingOrder(this.#kernels, rows, this.#seed++);
    const eta0 = this.#firstRate(problem);
    for (let epoch = 1; epoch <= epochs; epoch++) {
      order.shuffle();
      inChunks(rows, (from, to) => {
        this.#kernels.call((k) =>
          k.sgdVisit(this.#at, problem.at, order.block.at, from, to, lambda, eta0, averageFrom),
        );
      });
      onEpoch?.(epoch);
    }
    release(this.#kernels, order.block);
    this.#kernels.call((k) => k.sgdFinish(this.#at, problem.at));
  }

  /** One over the curvature that the longest row can have: the largest rate that is sure not to overshoot. */
  #firstRate({ rows, targets }: Problem): number {
    const norms = allocate(this.#kernels, rows.rows * 4);
    this.#kernels.call((k) => k.squaredNorms(rows.at, norms.at));
    const largest = view(this.#kernels, Float32Array, norms.at, rows.rows).reduce(
      (most, norm, i) => Math.max(most, (norm + 1) * targets.costs[i]!),
      0,
    );
    release(this.#kernels, norms);
    return 1 / Math.max(largest, 1e-12);
  }

  dispose(): void {
    if (!this.#kernels.isLost) this.#kernels.call((k) => k.destroySgd(this.#at));
  }
}
