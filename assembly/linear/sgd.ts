// Averaged stochastic gradient descent (Bottou; Xu 2011) for softmax and sigmoid losses, in f32: one pass is enough for
// a stream, more passes come closer. Minimises λ/2 ‖W‖² + mean cost · loss; what counts is the average of all iterates.
//
// Shrinking W by 1 − ηλ at each sample would touch every feature, so the iterate is kept as V / D, and the average as
// (A + F·V) / E: only the scalars D, E, F change when a sample does not touch a feature.

import { ENTRY, featuresOf, rowBegin, rowEnd } from '../features/csr';
import { allocateZeroed, free } from '../memory/arena';
import { exp4, max4, sum4 } from './dense';
import { BIAS, costOf, csrOf, interceptsOf, isTrue, LOSS, OUTPUTS, SOFTMAX, weightsOf, widthOf } from './problem';

//  offset  0        4        8      12     16     20     24    28      32     40    48    56
//          features width    V      A      bV     bA     raw   delta   D      E     F     t        D … t are f64
const stateBytes: usize = 64;
const FEATURES: usize = 0;
const WIDTH: usize = 4;
const V: usize = 8;
const A: usize = 12;
const BIAS_NOW: usize = 16;
const BIAS_AVERAGE: usize = 20;
const RAW: usize = 24;
const DELTA: usize = 28;
const D: usize = 32;
const E: usize = 40;
const F: usize = 48;
const T: usize = 56;

/** Above this the divisors are folded into the arrays, before f32 runs out of range. */
const largestDivisor: f64 = 1e9;

export function createSgd(features: u32, width: u32): usize {
  const state = allocateZeroed(stateBytes);
  const bytes = <usize>features * width * 4 + 16;
  store<u32>(state, features, FEATURES);
  store<u32>(state, width, WIDTH);
  store<u32>(state, <u32>allocateZeroed(bytes), V);
  store<u32>(state, <u32>allocateZeroed(bytes), A);
  for (let at = BIAS_NOW; at <= DELTA; at += 4) store<u32>(state + at, <u32>allocateZeroed(<usize>width * 4 + 16));
  store<f64>(state, 1, D);
  store<f64>(state, 1, E);
  return state;
}

export function destroySgd(state: usize): void {
  const width = <usize>load<u32>(state, WIDTH);
  const bytes = <usize>load<u32>(state, FEATURES) * width * 4 + 16;
  free(<usize>load<u32>(state, V), bytes);
  free(<usize>load<u32>(state, A), bytes);
  for (let at = BIAS_NOW; at <= DELTA; at += 4) free(<usize>load<u32>(state + at), width * 4 + 16);
  free(state, stateBytes);
}

/** Learn from the samples order[from … to) (u32) with penalty λ, first learning rate η₀ and averaging from sample t₀ on. */
export function sgdVisit(
  state: usize,
  problem: usize,
  order: usize,
  from: u32,
  to: u32,
  lambda: f64,
  eta0: f64,
  averageFrom: f64,
): void {
  for (let at = from; at < to; at++) {
    const i = load<u32>(order + <usize>at * 4);
    const t = load<f64>(state, T);
    const eta = eta0 / (1 + lambda * eta0 * t) ** 0.75;
    visit(state, problem, i, eta, lambda, 1 / Math.max(1, t - averageFrom + 1));
    store<f64>(state, t + 1, T);
  }
}

function visit(state: usize, problem: usize, i: u32, eta: f64, lambda: f64, mu: f64): void {
  const width = widthOf(problem);
  const outputs = load<u32>(problem, OUTPUTS);
  const raw = <usize>load<u32>(state, RAW);
  const delta = <usize>load<u32>(state, DELTA);
  rawPrediction(state, problem, i, width);
  slopes(problem, i, outputs, width, raw, delta);
  const divisor = load<f64>(state, D) / (1 - eta * lambda);
  store<f64>(state, divisor, D);
  const csr = csrOf(problem);
  const fraction = <f32>load<f64>(state, F);
  for (let at = rowBegin(csr, i); at < rowEnd(csr, i); at += ENTRY) {
    const value = load<f32>(at, 4) * <f32>(-eta * divisor);
    const row = <usize>load<u32>(at) * width * 4;
    for (let k: usize = 0; k < <usize>outputs * 4; k += 4) {
      const step = value * load<f32>(delta + k);
      const now = <usize>load<u32>(state, V) + row + k;
      const average = <usize>load<u32>(state, A) + row + k;
      store<f32>(now, load<f32>(now) + step);
      store<f32>(average, load<f32>(average) - fraction * step);
    }
  }
  const share = mu >= 1 ? 1 : mu;
  moveBias(state, problem, outputs, <f32>eta, <f32>share, delta);
  average(state, share);
  if (divisor > largestDivisor || load<f64>(state, E) > largestDivisor) fold(state);
}

/** E and F after the iterate has counted with weight `share` in the average. */
function average(state: usize, share: f64): void {
  if (share >= 1) {
    memory.fill(<usize>load<u32>(state, A), 0, <usize>load<u32>(state, FEATURES) * load<u32>(state, WIDTH) * 4);
    store<f64>(state, load<f64>(state, D), E);
    store<f64>(state, 1, F);
    return;
  }
  const e = load<f64>(state, E) / (1 - share);
  store<f64>(state, e, E);
  store<f64>(state, load<f64>(state, F) + (share * e) / load<f64>(state, D), F);
}

function moveBias(state: usize, problem: usize, outputs: u32, eta: f32, share: f32, delta: usize): void {
  for (let k: usize = 0; k < <usize>outputs * 4; k += 4) {
    const now = <usize>load<u32>(state, BIAS_NOW) + k;
    const mean = <usize>load<u32>(state, BIAS_AVERAGE) + k;
    if (load<u32>(problem, BIAS) != 0) store<f32>(now, load<f32>(now) - eta * load<f32>(delta + k));
    store<f32>(mean, load<f32>(mean) + share * (load<f32>(now) - load<f32>(mean)));
  }
}

/** Fold D, E and F into the arrays: V becomes the iterate itself, A the average itself. */
function fold(state: usize): void {
  const count = load<u32>(state, FEATURES) * load<u32>(state, WIDTH);
  const d = <f32>(1 / load<f64>(state, D));
  const e = 1 / load<f64>(state, E);
  const f = load<f64>(state, F);
  for (let j: usize = 0; j < <usize>count * 4; j += 4) {
    const v = <usize>load<u32>(state, V) + j;
    const a = <usize>load<u32>(state, A) + j;
    store<f32>(a, <f32>((<f64>load<f32>(a) + f * <f64>load<f32>(v)) * e));
    store<f32>(v, load<f32>(v) * d);
  }
  store<f64>(state, 1, D);
  store<f64>(state, 1, E);
  store<f64>(state, 0, F);
}

/** Copy the averaged weights and intercepts into the problem's. */
export function sgdFinish(state: usize, problem: usize): void {
  fold(state);
  memory.copy(weightsOf(problem), <usize>load<u32>(state, A), <usize>featuresOf(csrOf(problem)) * widthOf(problem) * 4);
  memory.copy(interceptsOf(problem), <usize>load<u32>(state, BIAS_AVERAGE), <usize>widthOf(problem) * 4);
}

function rawPrediction(state: usize, problem: usize, i: u32, width: u32): void {
  const csr = csrOf(problem);
  const raw = <usize>load<u32>(state, RAW);
  const scale = <f32>(1 / load<f64>(state, D));
  const bytes = <usize>width * 4;
  memory.fill(raw, 0, bytes);
  for (let at = rowBegin(csr, i); at < rowEnd(csr, i); at += ENTRY) {
    const value = load<f32>(at, 4);
    const row = <usize>load<u32>(state, V) + <usize>load<u32>(at) * bytes;
    for (let k: usize = 0; k < bytes; k += 4) store<f32>(raw + k, load<f32>(raw + k) + value * load<f32>(row + k));
  }
  for (let k: usize = 0; k < bytes; k += 4) {
    store<f32>(raw + k, load<f32>(raw + k) * scale + load<f32>(<usize>load<u32>(state, BIAS_NOW) + k));
  }
}

/** ∂ cost · loss / ∂ z into `delta`. */
function slopes(problem: usize, i: u32, outputs: u32, width: u32, raw: usize, delta: usize): void {
  if (load<u32>(problem, LOSS) == SOFTMAX) {
    for (let k = outputs; k < width; k++) store<f32>(raw + <usize>k * 4, -1e30);
    let largest = v128.load(raw);
    for (let lane: usize = 16; lane < <usize>width * 4; lane += 16) largest = f32x4.max(largest, v128.load(raw + lane));
    const shift = f32x4.splat(max4(largest));
    let total = f32x4.splat(0);
    for (let lane: usize = 0; lane < <usize>width * 4; lane += 16) {
      const e = exp4(f32x4.sub(v128.load(raw + lane), shift));
      v128.store(delta + lane, e);
      total = f32x4.add(total, e);
    }
    const scale = costOf(problem, i, 0) / sum4(total);
    for (let k: u32 = 0; k < outputs; k++) store<f32>(delta + <usize>k * 4, load<f32>(delta + <usize>k * 4) * scale);
    for (let k: u32 = 0; k < outputs; k++) {
      if (isTrue(problem, i, k))
        store<f32>(delta + <usize>k * 4, load<f32>(delta + <usize>k * 4) - costOf(problem, i, 0));
    }
    return;
  }
  for (let k: u32 = 0; k < outputs; k++) {
    const p = <f32>(1 / (1 + Math.exp(-(<f64>load<f32>(raw + <usize>k * 4)))));
    store<f32>(delta + <usize>k * 4, costOf(problem, i, k) * (isTrue(problem, i, k) ? p - 1 : p));
  }
}
