// The primal objective of a problem in f64, and its gradient, for solvers that know a value and a slope only.
//
//   f(θ) = ½‖W‖² + Σ cost(i, k) · loss(W xᵢ + b, yᵢ)      θ = W (features × pairs) then b (pairs), row-major
//
// `pairs` is the number of outputs rounded up to an even number, so that rows are whole f64x2 vectors.

import { ENTRY, exactValuesOf, featuresOf, rowBegin, rowEnd, rowsOf } from '../features/csr';
import { allocateZeroed, free } from '../memory/arena';
import { dot } from './dense';
import { BIAS, COSTS, costOf, csrOf, isTrue, LABEL_ENDS, LABELS, LOSS, OUTPUTS, SOFTMAX } from './problem';

//  offset  0         4       8           12
//          problem   pairs   raw (n×p)   slopes (n×p)
const objectiveBytes: usize = 32;
const PROBLEM: usize = 0;
const PAIRS: usize = 4;
const RAW: usize = 8;
const SLOPES: usize = 12;

/** An objective over the rows of `problem`, with their f64 values where they have them. */
export function createObjective(problem: usize): usize {
  const objective = allocateZeroed(objectiveBytes);
  store<u32>(objective, <u32>problem, PROBLEM);
  store<u32>(objective, (<usize>load<u32>(problem, OUTPUTS) + 1) & ~1, PAIRS);
  store<u32>(objective, <u32>allocateZeroed(rawBytes(objective)), RAW);
  store<u32>(objective, <u32>allocateZeroed(rawBytes(objective)), SLOPES);
  return objective;
}

export function destroyObjective(objective: usize): void {
  free(<usize>load<u32>(objective, RAW), rawBytes(objective));
  free(<usize>load<u32>(objective, SLOPES), rawBytes(objective));
  free(objective, objectiveBytes);
}

/** Number of f64 in θ. */
export function unknowns(objective: usize): u32 {
  return (featuresOf(csrOf(problemOf(objective))) + 1) * pairsOf(objective);
}

/** Number of f64 in θ that are weights, not intercepts. */
export function weightCount(objective: usize): u32 {
  return unknowns(objective) - pairsOf(objective);
}

function rawBytes(objective: usize): usize {
  return <usize>rowsOf(csrOf(problemOf(objective))) * pairsOf(objective) * 8 + 16;
}

function problemOf(objective: usize): usize {
  return <usize>load<u32>(objective, PROBLEM);
}

function pairsOf(objective: usize): u32 {
  return load<u32>(objective, PAIRS);
}

/** Value of the entry at `at`; `exact` is `exactValuesOf` the rows, `first` their first entry. */
function valueAt(at: usize, exact: usize, first: usize): f64 {
  return exact != 0 ? load<f64>(exact + (at - first)) : <f64>load<f32>(at, 4);
}

/** out = X W + b for all rows. */
function multiply(objective: usize, theta: usize, out: usize): void {
  const problem = problemOf(objective);
  const csr = csrOf(problem);
  const rowBytes = <usize>pairsOf(objective) * 8;
  const exact = exactValuesOf(csr);
  const first = rowBegin(csr, 0);
  const intercepts = theta + <usize>featuresOf(csr) * rowBytes;
  for (let i: u32 = 0; i < rowsOf(csr); i++) {
    const target = out + <usize>i * rowBytes;
    memory.copy(target, intercepts, rowBytes);
    for (let at = rowBegin(csr, i); at < rowEnd(csr, i); at += ENTRY) {
      const value = f64x2.splat(valueAt(at, exact, first));
      const row = theta + <usize>load<u32>(at) * rowBytes;
      for (let lane: usize = 0; lane < rowBytes; lane += 16) {
        const sum = f64x2.add(v128.load(target + lane), f64x2.mul(value, v128.load(row + lane)));
        v128.store(target + lane, sum);
      }
    }
  }
}

/** Take θ as the present point; returns f(θ). */
export function setPoint(objective: usize, theta: usize): f64 {
  multiply(objective, theta, <usize>load<u32>(objective, RAW));
  return lossAlong(objective, 0, 0) + halfNorm(objective, theta);
}

/** ½‖W‖². */
export function halfNorm(objective: usize, theta: usize): f64 {
  return 0.5 * dot(theta, theta, weightCount(objective));
}

/** Take the ray from the present point along `direction`, for `lossAlong` and `advance`. */
export function setDirection(objective: usize, direction: usize): void {
  multiply(objective, direction, <usize>load<u32>(objective, SLOPES));
}

/** Σ cost · loss at the present point plus t times the direction; writes its derivative in t to `slope` unless 0. */
export function lossAlong(objective: usize, t: f64, slope: usize): f64 {
  const problem = problemOf(objective);
  const outputs = load<u32>(problem, OUTPUTS);
  const rowBytes = <usize>pairsOf(objective) * 8;
  const isSoftmax = load<u32>(problem, LOSS) == SOFTMAX;
  let loss: f64 = 0;
  let derivative: f64 = 0;
  for (let i: u32 = 0; i < rowsOf(csrOf(problem)); i++) {
    const raw = <usize>load<u32>(objective, RAW) + <usize>i * rowBytes;
    const along = <usize>load<u32>(objective, SLOPES) + <usize>i * rowBytes;
    if (isSoftmax) {
      const cost = <f64>load<f32>(<usize>load<u32>(problem, COSTS) + <usize>i * 4);
      if (cost == 0) continue;
      let largest = -Infinity;
      for (let k: u32 = 0; k < outputs; k++) largest = max(largest, rawAt(raw, along, k, t));
      let total: f64 = 0;
      let mean: f64 = 0;
      for (let k: u32 = 0; k < outputs; k++) {
        const e = Math.exp(rawAt(raw, along, k, t) - largest);
        total += e;
        mean += e * load<f64>(along + <usize>k * 8);
      }
      const label = labelOf(problem, i);
      loss += cost * (largest + Math.log(total) - rawAt(raw, along, label, t));
      derivative += cost * (mean / total - load<f64>(along + <usize>label * 8));
    } else {
      for (let k: u32 = 0; k < outputs; k++) {
        const cost = <f64>costOf(problem, i, k);
        const sign: f64 = isTrue(problem, i, k) ? 1 : -1;
        const margin = sign * rawAt(raw, along, k, t);
        const small = Math.exp(-Math.abs(margin));
        loss += cost * (Math.log1p(small) + (margin < 0 ? -margin : 0));
        const miss = margin >= 0 ? small / (1 + small) : 1 / (1 + small);
        derivative -= cost * sign * miss * load<f64>(along + <usize>k * 8);
      }
    }
  }
  if (slope != 0) store<f64>(slope, derivative);
  return loss;
}

function rawAt(raw: usize, along: usize, k: u32, t: f64): f64 {
  const value = load<f64>(raw + <usize>k * 8);
  return t == 0 ? value : value + t * load<f64>(along + <usize>k * 8);
}

function labelOf(problem: usize, i: u32): u32 {
  const first = load<u32>(<usize>load<u32>(problem, LABEL_ENDS) + <usize>i * 4);
  return load<u32>(<usize>load<u32>(problem, LABELS) + <usize>first * 4);
}

/** Move the present point by t times the direction. */
export function advance(objective: usize, t: f64): void {
  const end = <usize>load<u32>(objective, RAW) + rawBytes(objective) - 16;
  let along = <usize>load<u32>(objective, SLOPES);
  for (let raw = <usize>load<u32>(objective, RAW); raw < end; raw += 8, along += 8) {
    store<f64>(raw, load<f64>(raw) + t * load<f64>(along));
  }
}

/** Gradient of f at the present point, whose θ is given; uses up the direction. */
export function gradient(objective: usize, theta: usize, out: usize): void {
  const problem = problemOf(objective);
  const csr = csrOf(problem);
  const outputs = load<u32>(problem, OUTPUTS);
  const rowBytes = <usize>pairsOf(objective) * 8;
  const weights = <usize>featuresOf(csr) * rowBytes;
  const exact = exactValuesOf(csr);
  const first = rowBegin(csr, 0);
  memory.copy(out, theta, weights);
  memory.fill(out + weights, 0, rowBytes);
  for (let i: u32 = 0; i < rowsOf(csr); i++) {
    const residual = <usize>load<u32>(objective, SLOPES) + <usize>i * rowBytes;
    residualInto(problem, <usize>load<u32>(objective, RAW) + <usize>i * rowBytes, i, outputs, residual);
    for (let at = rowBegin(csr, i); at < rowEnd(csr, i); at += ENTRY) {
      const value = f64x2.splat(valueAt(at, exact, first));
      const row = out + <usize>load<u32>(at) * rowBytes;
      for (let lane: usize = 0; lane < rowBytes; lane += 16) {
        v128.store(row + lane, f64x2.add(v128.load(row + lane), f64x2.mul(value, v128.load(residual + lane))));
      }
    }
    if (load<u32>(problem, BIAS) == 0) continue;
    for (let lane: usize = 0; lane < rowBytes; lane += 16) {
      const sum = f64x2.add(v128.load(out + weights + lane), v128.load(residual + lane));
      v128.store(out + weights + lane, sum);
    }
  }
}

/** ∂ cost · loss / ∂ z of sample i, whose z is at `raw`; 0 in an unused lane. */
function residualInto(problem: usize, raw: usize, i: u32, outputs: u32, out: usize): void {
  if ((outputs & 1) != 0) store<f64>(out + <usize>outputs * 8, 0);
  if (load<u32>(problem, LOSS) == SOFTMAX) {
    const cost = <f64>load<f32>(<usize>load<u32>(problem, COSTS) + <usize>i * 4);
    let largest = -Infinity;
    for (let k: u32 = 0; k < outputs; k++) largest = max(largest, load<f64>(raw + <usize>k * 8));
    let total: f64 = 0;
    for (let k: u32 = 0; k < outputs; k++) {
      const e = Math.exp(load<f64>(raw + <usize>k * 8) - largest);
      store<f64>(out + <usize>k * 8, e);
      total += e;
    }
    for (let k: u32 = 0; k < outputs; k++) {
      store<f64>(out + <usize>k * 8, (cost * load<f64>(out + <usize>k * 8)) / total);
    }
    const trueOne = out + <usize>labelOf(problem, i) * 8;
    store<f64>(trueOne, load<f64>(trueOne) - cost);
    return;
  }
  for (let k: u32 = 0; k < outputs; k++) {
    const value = load<f64>(raw + <usize>k * 8);
    const small = Math.exp(-Math.abs(value));
    const p = value >= 0 ? 1 / (1 + small) : small / (1 + small);
    store<f64>(out + <usize>k * 8, <f64>costOf(problem, i, k) * (isTrue(problem, i, k) ? p - 1 : p));
  }
}
