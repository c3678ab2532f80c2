// Stochastic dual coordinate ascent (Shalev-Shwartz and Zhang, 2013) for softmax and sigmoid losses, in f32.
//
// The dual has a probability vector p for each sample, and the primal weights follow from it:
//
//   W(p) = Σ cᵢ (eᵧ − pᵢ) xᵢᵀ          D(p) = Σ cᵢ H(pᵢ) − ½‖W(p)‖²,  H the entropy
//
// Visiting sample i, D is maximised over pᵢ alone. With z = W xᵢ + b and q = cᵢ (‖xᵢ‖² + κ) the new p solves
//
//   ln pₖ + q pₖ = zₖ + q p_oldₖ − ν,  Σ pₖ = 1        (SIGMOID: ln(p / (1 − p)) + q p = z + q p_old for each k)
//
// One Newton step from p̂ = softmax(z) is nearly exact when q |p_old − p̂| is small; otherwise steps are repeated, each
// from where the last would leave z, and for large q the equation is solved in f64. The intercept is a feature of value √κ in the proximal sense: b moves with each update,
// and once an epoch by κ Σ cᵢ (eᵧ − pᵢ), which that sum must become zero for (the dual constraint of a free intercept).
//
// At W(p) with a feasible dual, primal minus dual is Σ cᵢ KL(pᵢ ‖ p̂ᵢ): the certificate, summed in f64.

import { ENTRY, rowBegin, rowEnd, rowsOf } from '../features/csr';
import { allocate, allocateZeroed, free } from '../memory/arena';
import { exp4, max4, sum2, sum4 } from './dense';
import {
  BIAS,
  COSTS,
  costOf,
  csrOf,
  DUAL,
  dualBytes,
  dualOf,
  interceptsOf,
  isTrue,
  LABEL_ENDS,
  LABELS,
  LOSS,
  OUTPUT_COSTS,
  OUTPUTS,
  SOFTMAX,
  weightBytes,
  weightsOf,
  widthOf,
} from './problem';

/** κ is at least this, and at least `biasReach` over the sum of costs: then b keeps pace however small the costs are. */
const leastBiasStep: f32 = 0.3;
const biasReach: f64 = 40;
/** Above this q |p_old − p̂| one Newton step no longer suffices. */
const oneStepLimit: f32 = 0.25;
/** Below this a class counts as absent from p̂ when terms of the gap are estimated. */
const tiny: f32 = 1e-12;
/** Stands for −∞ in the unused lanes of a softmax. */
const absent: f32 = -1e30;

let z: usize = 0;
let hat: usize = 0;
let slopes: usize = 0;
let newP: usize = 0;
let costs: usize = 0;
let bufferBytes: usize = 0;
/** κ of the problem at hand. */
let biasStep: f32 = leastBiasStep;
let gapEstimate: f64 = 0;
let lossSum: f64 = 0;
let divergence: f64 = 0;

/** Start from the dual that belongs to zero weights, p = the true labels, or keep the dual that is there. */
export function sdcaBegin(problem: usize): void {
  const width = widthOf(problem);
  const bytes = <usize>width * 4 + 16;
  if (bytes > bufferBytes) {
    free(z, bufferBytes);
    free(hat, bufferBytes);
    free(slopes, bufferBytes);
    free(newP, bufferBytes);
    free(costs, bufferBytes);
    bufferBytes = bytes;
    z = allocate(bytes);
    hat = allocate(bytes);
    slopes = allocate(bytes);
    newP = allocate(bytes);
    costs = allocate(bytes);
  }
  let total: f64 = 0;
  for (let i: u32 = 0; i < rowsOf(csrOf(problem)); i++) {
    total += <f64>load<f32>(<usize>load<u32>(problem, COSTS) + <usize>i * 4);
  }
  biasStep = max<f32>(leastBiasStep, <f32>(biasReach / max<f64>(total, 1e-12)));
  const intercepts = interceptsOf(problem);
  if (load<u32>(problem, LOSS) == SOFTMAX) {
    for (let k = load<u32>(problem, OUTPUTS); k < width; k++) store<f32>(intercepts + <usize>k * 4, absent);
  }
  if (dualOf(problem) != 0) return;
  const dual = allocateZeroed(dualBytes(problem));
  store<u32>(problem, <u32>dual, DUAL);
  const ends = <usize>load<u32>(problem, LABEL_ENDS);
  const labels = <usize>load<u32>(problem, LABELS);
  for (let i: u32 = 0; i < rowsOf(csrOf(problem)); i++) {
    for (let e = load<u32>(ends + <usize>i * 4); e < load<u32>(ends + <usize>i * 4 + 4); e++) {
      store<f32>(dual + (<usize>i * width + load<u32>(labels + <usize>e * 4)) * 4, 1);
    }
  }
}

/** ‖xᵢ‖² of each row, into `norms` (f32). */
export function squaredNorms(csr: usize, norms: usize): void {
  for (let i: u32 = 0; i < rowsOf(csr); i++) {
    let sum: f32 = 0;
    for (let at = rowBegin(csr, i); at < rowEnd(csr, i); at += ENTRY) sum += load<f32>(at, 4) * load<f32>(at, 4);
    store<f32>(norms + <usize>i * 4, sum);
  }
}

/**
 * Visit the samples order[from … to) (u32) once each; returns an estimate of their part of the gap as they were met,
 * Σ cᵢ ½ χ²(p_old, p̂). `norms` is what `squaredNorms` left.
 */
export function sdcaVisit(problem: usize, order: usize, from: u32, to: u32, norms: usize): f64 {
  gapEstimate = 0;
  const width = widthOf(problem);
  const isSoftmax = load<u32>(problem, LOSS) == SOFTMAX;
  for (let at = from; at < to; at++) {
    const i = load<u32>(order + <usize>at * 4);
    const cost = load<f32>(<usize>load<u32>(problem, COSTS) + <usize>i * 4);
    if (cost == 0) continue;
    const squared = load<f32>(norms + <usize>i * 4) + (load<u32>(problem, BIAS) != 0 ? biasStep : 0);
    if (width == 1) visitOne(problem, i, cost, squared);
    else if (isSoftmax && width == 4) visitFour(problem, i, cost, cost * squared);
    else if (isSoftmax) visitSoftmax(problem, i, width, cost, cost * squared);
    else visitSigmoids(problem, i, width, cost, squared);
  }
  return gapEstimate;
}

/** z = W xᵢ + b over all lanes, at `z`: four rows of W at a time, so that their cache misses overlap. */
function forward(problem: usize, i: u32, width: u32): void {
  const csr = csrOf(problem);
  const end = rowEnd(csr, i);
  const rowBytes = <usize>width * 4;
  const weights = weightsOf(problem);
  const target = z;
  for (let lane: usize = 0; lane < rowBytes; lane += 16) {
    v128.store(target + lane, v128.load(interceptsOf(problem) + lane));
  }
  let at = rowBegin(csr, i);
  for (; at + 3 * ENTRY < end; at += 4 * ENTRY) {
    const a = weights + <usize>load<u32>(at) * rowBytes;
    const b = weights + <usize>load<u32>(at, 8) * rowBytes;
    const c = weights + <usize>load<u32>(at, 16) * rowBytes;
    const d = weights + <usize>load<u32>(at, 24) * rowBytes;
    const va = v128.load32_splat(at, 4);
    const vb = v128.load32_splat(at, 12);
    const vc = v128.load32_splat(at, 20);
    const vd = v128.load32_splat(at, 28);
    for (let lane: usize = 0; lane < rowBytes; lane += 16) {
      const left = f32x4.add(f32x4.mul(va, v128.load(a + lane)), f32x4.mul(vb, v128.load(b + lane)));
      const right = f32x4.add(f32x4.mul(vc, v128.load(c + lane)), f32x4.mul(vd, v128.load(d + lane)));
      v128.store(target + lane, f32x4.add(v128.load(target + lane), f32x4.add(left, right)));
    }
  }
  for (; at < end; at += ENTRY) {
    const row = weights + <usize>load<u32>(at) * rowBytes;
    const value = v128.load32_splat(at, 4);
    for (let lane: usize = 0; lane < rowBytes; lane += 16) {
      const sum = f32x4.add(v128.load(target + lane), f32x4.mul(value, v128.load(row + lane)));
      v128.store(target + lane, sum);
    }
  }
}

/** W += δ xᵢᵀ for the δ (f32, width) at `delta`. */
function backward(problem: usize, i: u32, width: u32, delta: usize): void {
  const csr = csrOf(problem);
  const end = rowEnd(csr, i);
  const rowBytes = <usize>width * 4;
  const weights = weightsOf(problem);
  for (let at = rowBegin(csr, i); at < end; at += ENTRY) {
    const row = weights + <usize>load<u32>(at) * rowBytes;
    const value = v128.load32_splat(at, 4);
    for (let lane: usize = 0; lane < rowBytes; lane += 16) {
      v128.store(row + lane, f32x4.add(v128.load(row + lane), f32x4.mul(value, v128.load(delta + lane))));
    }
  }
}

/** z of at most four outputs, in a register. */
function forwardFour(problem: usize, i: u32): v128 {
  const csr = csrOf(problem);
  const end = rowEnd(csr, i);
  const weights = weightsOf(problem);
  let at = rowBegin(csr, i);
  let a = v128.load(interceptsOf(problem));
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  for (; at + 3 * ENTRY < end; at += 4 * ENTRY) {
    a = f32x4.add(a, f32x4.mul(v128.load32_splat(at, 4), v128.load(weights + ((<usize>load<u32>(at)) << 4))));
    b = f32x4.add(b, f32x4.mul(v128.load32_splat(at, 12), v128.load(weights + ((<usize>load<u32>(at, 8)) << 4))));
    c = f32x4.add(c, f32x4.mul(v128.load32_splat(at, 20), v128.load(weights + ((<usize>load<u32>(at, 16)) << 4))));
    d = f32x4.add(d, f32x4.mul(v128.load32_splat(at, 28), v128.load(weights + ((<usize>load<u32>(at, 24)) << 4))));
  }
  for (; at < end; at += ENTRY) {
    a = f32x4.add(a, f32x4.mul(v128.load32_splat(at, 4), v128.load(weights + ((<usize>load<u32>(at)) << 4))));
  }
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

/** `backward` for at most four outputs. */
function backwardFour(problem: usize, i: u32, step: v128): void {
  const csr = csrOf(problem);
  const end = rowEnd(csr, i);
  const weights = weightsOf(problem);
  for (let at = rowBegin(csr, i); at < end; at += ENTRY) {
    const row = weights + ((<usize>load<u32>(at)) << 4);
    v128.store(row, f32x4.add(v128.load(row), f32x4.mul(v128.load32_splat(at, 4), step)));
  }
}

/** b += κ δ. */
function moveBias(problem: usize, width: u32, delta: usize): void {
  if (load<u32>(problem, BIAS) == 0) return;
  const intercepts = interceptsOf(problem);
  for (let lane: usize = 0; lane < <usize>width * 4; lane += 16) {
    const step = f32x4.mul(f32x4.splat(biasStep), v128.load(delta + lane));
    v128.store(intercepts + lane, f32x4.add(v128.load(intercepts + lane), step));
  }
}

/** Newton steps on one sample before the exact solution is looked for in f64. */
const mostSteps: i32 = 6;
/** Above this q the steps may swing, and the exact solution is looked for at once. */
const largestQ: f32 = 4;

/**
 * Visit a sample of at most four outputs, all in registers. A step goes from p̂ along the linearised equation; while it
 * is not exact enough, z moves as the step would move it, and the next step goes from there.
 */
function visitFour(problem: usize, i: u32, cost: f32, q: f32): void {
  const old = dualOf(problem) + <usize>i * 16;
  const before = v128.load(old);
  const q4 = f32x4.splat(q);
  const one = f32x4.splat(1);
  let raw = forwardFour(problem, i);
  if (q > largestQ) v128.store(z, raw);
  let p = before;
  for (let step = 0; ; step++) {
    const e = exp4(f32x4.sub(raw, f32x4.splat(max4(raw))));
    const hat = f32x4.mul(e, f32x4.splat(1 / sum4(e)));
    const d = f32x4.sub(p, hat);
    const safe = f32x4.max(hat, f32x4.splat(tiny));
    const spread = f32x4.add(one, f32x4.mul(q4, safe));
    const inverse = f32x4.div(one, f32x4.mul(safe, spread));
    const slope = f32x4.mul(f32x4.mul(hat, hat), inverse);
    if (step == 0) {
      const chi = f32x4.mul(f32x4.mul(d, d), f32x4.mul(spread, inverse));
      gapEstimate += 0.5 * <f64>cost * <f64>sum4(chi);
    }
    const isFar = q * max4(f32x4.abs(d)) > oneStepLimit;
    if (isFar && (q > largestQ || step == mostSteps)) {
      if (q <= largestQ) v128.store(z, forwardFour(problem, i));
      solveSoftmax(load<u32>(problem, OUTPUTS), old, q);
      p = v128.load(newP);
      break;
    }
    const common = f32x4.splat((-q * sum4(f32x4.mul(slope, d))) / sum4(slope));
    const next = f32x4.max(f32x4.add(hat, f32x4.mul(slope, f32x4.add(common, f32x4.mul(q4, d)))), f32x4.splat(0));
    if (!isFar) {
      p = next;
      break;
    }
    raw = f32x4.add(raw, f32x4.mul(q4, f32x4.sub(p, next)));
    p = next;
  }
  v128.store(old, p);
  const delta = f32x4.mul(f32x4.splat(cost), f32x4.sub(before, p));
  backwardFour(problem, i, delta);
  if (load<u32>(problem, BIAS) == 0) return;
  const intercepts = interceptsOf(problem);
  v128.store(intercepts, f32x4.add(v128.load(intercepts), f32x4.mul(f32x4.splat(biasStep), delta)));
}

/** p̂ = softmax(z) at `hat`. */
function softmaxOfZ(bytes: usize): void {
  let largest = v128.load(z);
  for (let lane: usize = 16; lane < bytes; lane += 16) largest = f32x4.max(largest, v128.load(z + lane));
  const shift = f32x4.splat(max4(largest));
  let sum = f32x4.splat(0);
  for (let lane: usize = 0; lane < bytes; lane += 16) {
    const e = exp4(f32x4.sub(v128.load(z + lane), shift));
    v128.store(hat + lane, e);
    sum = f32x4.add(sum, e);
  }
  const scale = f32x4.splat(1 / sum4(sum));
  for (let lane: usize = 0; lane < bytes; lane += 16) v128.store(hat + lane, f32x4.mul(v128.load(hat + lane), scale));
}

/** `visitFour` for any number of outputs. */
function visitSoftmax(problem: usize, i: u32, width: u32, cost: f32, q: f32): void {
  const bytes = <usize>width * 4;
  const old = dualOf(problem) + <usize>i * bytes;
  forward(problem, i, width);
  let p = old;
  for (let step = 0; ; step++) {
    softmaxOfZ(bytes);
    const furthest = measure(bytes, p, q, step == 0 ? cost : 0);
    const isFar = q * furthest > oneStepLimit;
    if (isFar && (q > largestQ || step == mostSteps)) {
      if (step > 0) forward(problem, i, width);
      solveSoftmax(load<u32>(problem, OUTPUTS), old, q);
      break;
    }
    newtonStep(bytes, p, q, isFar);
    if (!isFar) break;
    p = newP;
  }
  takeStep(problem, i, width, old, f32x4.splat(cost), 0);
}

let slopeSum: f32 = 0;
let pullSum: f32 = 0;

/** Slopes p̂ / (1 + q p̂) at `slopes` and their sums, from p at `p`; returns the largest |p − p̂|. */
function measure(bytes: usize, p: usize, q: f32, cost: f32): f32 {
  const q4 = f32x4.splat(q);
  const one = f32x4.splat(1);
  let total = f32x4.splat(0);
  let pulls = f32x4.splat(0);
  let chi = f32x4.splat(0);
  let furthest = f32x4.splat(0);
  for (let lane: usize = 0; lane < bytes; lane += 16) {
    const guess = v128.load(hat + lane);
    const d = f32x4.sub(v128.load(p + lane), guess);
    const safe = f32x4.max(guess, f32x4.splat(tiny));
    const spread = f32x4.add(one, f32x4.mul(q4, safe));
    const inverse = f32x4.div(one, f32x4.mul(safe, spread));
    const slope = f32x4.mul(f32x4.mul(guess, guess), inverse);
    v128.store(slopes + lane, slope);
    total = f32x4.add(total, slope);
    pulls = f32x4.add(pulls, f32x4.mul(slope, d));
    chi = f32x4.add(chi, f32x4.mul(f32x4.mul(d, d), f32x4.mul(spread, inverse)));
    furthest = f32x4.max(furthest, f32x4.abs(d));
  }
  gapEstimate += 0.5 * <f64>cost * <f64>sum4(chi);
  slopeSum = sum4(total);
  pullSum = sum4(pulls);
  return max4(furthest);
}

/** The next p at `newP`, from p at `p`; with `goesOn` z moves along, for a further step. */
function newtonStep(bytes: usize, p: usize, q: f32, goesOn: bool): void {
  const q4 = f32x4.splat(q);
  const common = f32x4.splat((-q * pullSum) / slopeSum);
  for (let lane: usize = 0; lane < bytes; lane += 16) {
    const guess = v128.load(hat + lane);
    const from = v128.load(p + lane);
    const pull = f32x4.add(common, f32x4.mul(q4, f32x4.sub(from, guess)));
    const next = f32x4.max(f32x4.add(guess, f32x4.mul(v128.load(slopes + lane), pull)), f32x4.splat(0));
    v128.store(newP + lane, next);
    if (goesOn) v128.store(z + lane, f32x4.add(v128.load(z + lane), f32x4.mul(q4, f32x4.sub(from, next))));
  }
}

/** Store the new p as the dual of sample i and move the weights by −c (p − p_old). */
function takeStep(problem: usize, i: u32, width: u32, old: usize, cost: v128, costsAt: usize): void {
  const bytes = <usize>width * 4;
  for (let lane: usize = 0; lane < bytes; lane += 16) {
    const next = v128.load(newP + lane);
    const c = costsAt == 0 ? cost : v128.load(costsAt + lane);
    v128.store(newP + lane, f32x4.mul(c, f32x4.sub(v128.load(old + lane), next)));
    v128.store(old + lane, next);
  }
  backward(problem, i, width, newP);
  moveBias(problem, width, newP);
}

/**
 * Solve ln pₖ + q pₖ = rₖ − ν, Σ pₖ = 1 into `newP`, r = z + q p_old, by Newton's method on all pₖ and ν together in f64,
 * from softmax(z). For q of any size.
 */
function solveSoftmax(outputs: u32, old: usize, q: f32): void {
  const floor: f64 = 1e-30;
  let change: f64 = 1;
  startFromSoftmax(outputs);
  for (let round = 0; round < 40 && change > 1e-7; round++) {
    let slopeTotal: f64 = 0;
    let pulls: f64 = 0;
    let total: f64 = 0;
    for (let k: u32 = 0; k < outputs; k++) {
      const p = Math.max(<f64>load<f32>(newP + <usize>k * 4), floor);
      const slope = p / (1 + <f64>q * p);
      slopeTotal += slope;
      pulls += slope * residualAt(k, p, old, q);
      total += p;
    }
    const nu = (total + pulls - 1) / slopeTotal;
    change = 0;
    for (let k: u32 = 0; k < outputs; k++) {
      const p = Math.max(<f64>load<f32>(newP + <usize>k * 4), floor);
      const step = (p / (1 + <f64>q * p)) * (residualAt(k, p, old, q) - nu);
      const next = Math.min(Math.max(p + step, p * 0.02), Math.min(p * 1e12, 1));
      change = Math.max(change, Math.abs(next - p));
      store<f32>(newP + <usize>k * 4, <f32>next);
    }
  }
  let total: f32 = 0;
  for (let k: u32 = 0; k < outputs; k++) total += load<f32>(newP + <usize>k * 4);
  for (let k: u32 = 0; k < outputs; k++) store<f32>(newP + <usize>k * 4, load<f32>(newP + <usize>k * 4) / total);
  for (let k = outputs; (k & 3) != 0; k++) store<f32>(newP + <usize>k * 4, 0);
}

function startFromSoftmax(outputs: u32): void {
  let largest: f64 = -Infinity;
  for (let k: u32 = 0; k < outputs; k++) largest = max(largest, <f64>load<f32>(z + <usize>k * 4));
  let total: f64 = 0;
  for (let k: u32 = 0; k < outputs; k++) total += Math.exp(<f64>load<f32>(z + <usize>k * 4) - largest);
  for (let k: u32 = 0; k < outputs; k++) {
    store<f32>(newP + <usize>k * 4, <f32>(Math.exp(<f64>load<f32>(z + <usize>k * 4) - largest) / total));
  }
}

function residualAt(k: u32, p: f64, old: usize, q: f32): f64 {
  const target = <f64>load<f32>(z + <usize>k * 4) + <f64>q * <f64>load<f32>(old + <usize>k * 4);
  return target - Math.log(p) - <f64>q * p;
}

/** p with ln(p / (1 − p)) + q p = z + q p_old. */
function solveSigmoid(rawPrediction: f32, old: f32, q: f32): f32 {
  const target = <f64>rawPrediction + <f64>q * <f64>old;
  // The left side grows from −∞ to ∞ over (0, 1): Newton's method in s = ln(p / (1 − p)), kept inside a bracket.
  let low: f64 = target - <f64>q - 1e-9;
  let high: f64 = target + 1e-9;
  let s: f64 = Math.min(Math.max(<f64>rawPrediction, low), high);
  for (let round = 0; round < 60; round++) {
    const p = 1 / (1 + Math.exp(-s));
    const excess = s + <f64>q * p - target;
    if (excess > 0) high = s;
    else low = s;
    let next = s - excess / (1 + <f64>q * p * (1 - p));
    if (!(next >= low && next <= high)) next = 0.5 * (low + high);
    if (Math.abs(next - s) < 1e-9) {
      s = next;
      break;
    }
    s = next;
  }
  return <f32>(1 / (1 + Math.exp(-s)));
}

function visitSigmoids(problem: usize, i: u32, width: u32, cost: f32, squared: f32): void {
  forward(problem, i, width);
  const bytes = <usize>width * 4;
  const old = dualOf(problem) + <usize>i * bytes;
  fillCosts(problem, i, width, cost);
  const one = f32x4.splat(1);
  let chi = f32x4.splat(0);
  for (let lane: usize = 0; lane < bytes; lane += 16) {
    const c = v128.load(costs + lane);
    const q = f32x4.mul(c, f32x4.splat(squared));
    const raw = v128.load(z + lane);
    const p = f32x4.div(one, f32x4.add(one, exp4(f32x4.min(f32x4.neg(raw), f32x4.splat(87)))));
    const spread = f32x4.max(f32x4.mul(p, f32x4.sub(one, p)), f32x4.splat(tiny));
    const d = f32x4.sub(v128.load(old + lane), p);
    chi = f32x4.add(chi, f32x4.mul(c, f32x4.div(f32x4.mul(d, d), spread)));
    const pull = f32x4.mul(q, d);
    const next = f32x4.add(p, f32x4.div(f32x4.mul(spread, pull), f32x4.add(one, f32x4.mul(q, spread))));
    v128.store(newP + lane, f32x4.min(f32x4.max(next, f32x4.splat(0)), one));
    const far = i32x4.bitmask(f32x4.gt(f32x4.abs(pull), f32x4.splat(oneStepLimit)));
    if (far != 0) solveLanes(lane, far, old, squared);
  }
  gapEstimate += 0.5 * <f64>sum4(chi);
  takeStep(problem, i, width, old, one, costs);
}

function solveLanes(lane: usize, far: i32, old: usize, squared: f32): void {
  for (let j: usize = 0; j < 4; j++) {
    if (((far >> <i32>j) & 1) == 0) continue;
    const at = lane + j * 4;
    store<f32>(newP + at, solveSigmoid(load<f32>(z + at), load<f32>(old + at), load<f32>(costs + at) * squared));
  }
}

/** The cost of each output of sample i, at `costs`; 0 in unused lanes. */
function fillCosts(problem: usize, i: u32, width: u32, cost: f32): void {
  const factors = <usize>load<u32>(problem, OUTPUT_COSTS);
  const bytes = <usize>width * 4;
  for (let at: usize = 0; at < bytes; at += 4) store<f32>(costs + at, cost * load<f32>(factors + bytes + at));
  const ends = <usize>load<u32>(problem, LABEL_ENDS) + <usize>i * 4;
  for (let e = load<u32>(ends); e < load<u32>(ends, 4); e++) {
    const at = <usize>load<u32>(<usize>load<u32>(problem, LABELS) + <usize>e * 4) * 4;
    store<f32>(costs + at, cost * load<f32>(factors + at));
  }
}

/** Raw prediction of the only output. */
function forwardOne(problem: usize, i: u32): f32 {
  const csr = csrOf(problem);
  const weights = weightsOf(problem);
  const end = rowEnd(csr, i);
  let at = rowBegin(csr, i);
  let a = load<f32>(interceptsOf(problem));
  let b: f32 = 0;
  let c: f32 = 0;
  let d: f32 = 0;
  for (; at + 3 * ENTRY < end; at += 4 * ENTRY) {
    a += load<f32>(at, 4) * load<f32>(weights + <usize>load<u32>(at) * 4);
    b += load<f32>(at, 12) * load<f32>(weights + <usize>load<u32>(at, 8) * 4);
    c += load<f32>(at, 20) * load<f32>(weights + <usize>load<u32>(at, 16) * 4);
    d += load<f32>(at, 28) * load<f32>(weights + <usize>load<u32>(at, 24) * 4);
  }
  for (; at < end; at += ENTRY) a += load<f32>(at, 4) * load<f32>(weights + <usize>load<u32>(at) * 4);
  return a + b + (c + d);
}

/** `backward` for the only output. */
function backwardOne(problem: usize, i: u32, step: f32): void {
  const csr = csrOf(problem);
  const weights = weightsOf(problem);
  const end = rowEnd(csr, i);
  for (let at = rowBegin(csr, i); at < end; at += ENTRY) {
    const weight = weights + <usize>load<u32>(at) * 4;
    store<f32>(weight, load<f32>(weight) + load<f32>(at, 4) * step);
  }
}

function sigmoidOf(rawPrediction: f32): f32 {
  return f32x4.extract_lane(
    f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.splat(min<f32>(-rawPrediction, 87))))),
    0,
  );
}

function visitOne(problem: usize, i: u32, cost: f32, squared: f32): void {
  const raw = forwardOne(problem, i);
  const at = dualOf(problem) + <usize>i * 4;
  const old = load<f32>(at);
  const factor = load<f32>(<usize>load<u32>(problem, OUTPUT_COSTS) + (isTrue(problem, i, 0) ? 0 : 4));
  const c = cost * factor;
  const q = c * squared;
  const p = sigmoidOf(raw);
  const spread = max<f32>(p * (1 - p), tiny);
  const d = old - p;
  gapEstimate += (0.5 * <f64>c * <f64>d * <f64>d) / <f64>spread;
  const next =
    abs(q * d) > oneStepLimit
      ? solveSigmoid(raw, old, q)
      : min<f32>(max<f32>(p + (spread * q * d) / (1 + q * spread), 0), 1);
  store<f32>(at, next);
  const step = c * (old - next);
  backwardOne(problem, i, step);
  if (load<u32>(problem, BIAS) == 0) return;
  store<f32>(interceptsOf(problem), load<f32>(interceptsOf(problem)) + biasStep * step);
}

/** Write Gₖ = Σ cᵢ (eᵧ − pᵢ)ₖ (f64, width) to `sums`: zero at the optimum when there is an intercept. */
export function dualSlack(problem: usize, sums: usize): void {
  const width = widthOf(problem);
  memory.fill(sums, 0, <usize>width * 8);
  for (let i: u32 = 0; i < rowsOf(csrOf(problem)); i++) {
    slackOf(problem, i, load<f32>(<usize>load<u32>(problem, COSTS) + <usize>i * 4), width);
    if (width == 1) {
      store<f64>(sums, load<f64>(sums) + <f64>load<f32>(newP));
      continue;
    }
    let at = sums;
    for (let lane: usize = 0; lane < <usize>width * 4; lane += 8, at += 16) {
      const pair = f64x2.promote_low_f32x4(v128.load64_zero(newP + lane));
      v128.store(at, f64x2.add(v128.load(at), pair));
    }
  }
}

/** Move the intercepts by κ G, the proximal step of an epoch. */
export function moveIntercepts(problem: usize, sums: usize): void {
  for (let k: u32 = 0; k < load<u32>(problem, OUTPUTS); k++) {
    const intercept = interceptsOf(problem) + <usize>k * 4;
    store<f32>(intercept, load<f32>(intercept) + biasStep * <f32>load<f64>(sums + <usize>k * 8));
  }
}

/**
 * out = H v, the change of G when the dual is tilted by v (f64, width each, 0 in unused lanes): Σ cᵢ (pᵢ ∘ v − pᵢ (pᵢ · v)),
 * and for SIGMOID Σ c p (1 − p) v.
 */
export function slackChange(problem: usize, v: usize, out: usize): void {
  const width = widthOf(problem);
  const isSoftmax = load<u32>(problem, LOSS) == SOFTMAX;
  memory.fill(out, 0, <usize>width * 8);
  for (let i: u32 = 0; i < rowsOf(csrOf(problem)); i++) {
    const p = dualOf(problem) + <usize>i * width * 4;
    const cost = load<f32>(<usize>load<u32>(problem, COSTS) + <usize>i * 4);
    if (isSoftmax) addSoftmaxChange(p, v, <f64>cost, <usize>width, out);
    else {
      fillCosts(problem, i, width, cost);
      for (let k: usize = 0; k < <usize>width; k++) {
        const pk = <f64>load<f32>(p + k * 4);
        const change = <f64>load<f32>(costs + k * 4) * pk * (1 - pk) * load<f64>(v + k * 8);
        store<f64>(out + k * 8, load<f64>(out + k * 8) + change);
      }
    }
  }
}

function addSoftmaxChange(p: usize, v: usize, cost: f64, width: usize, out: usize): void {
  const mean = f64x2.splat(meanOf(p, v, width));
  const cost2 = f64x2.splat(cost);
  for (let k: usize = 0; k < width; k += 2) {
    const pk = f64x2.promote_low_f32x4(v128.load64_zero(p + k * 4));
    const change = f64x2.mul(f64x2.mul(cost2, pk), f64x2.sub(v128.load(v + k * 8), mean));
    v128.store(out + k * 8, f64x2.add(v128.load(out + k * 8), change));
  }
}

/** p · v over `width` lanes, an even number of them. */
function meanOf(p: usize, v: usize, width: usize): f64 {
  let sum = f64x2.splat(0);
  for (let k: usize = 0; k < width; k += 2) {
    const pk = f64x2.promote_low_f32x4(v128.load64_zero(p + k * 4));
    sum = f64x2.add(sum, f64x2.mul(pk, v128.load(v + k * 8)));
  }
  return sum2(sum);
}

/** Tilt dual variables and intercepts by v (f64, outputs, each below 1 in size): p += p ∘ (v − p · v), or p (1 − p) v. */
export function tiltDual(problem: usize, v: usize): void {
  const outputs = <usize>load<u32>(problem, OUTPUTS);
  const width = widthOf(problem);
  const isSoftmax = load<u32>(problem, LOSS) == SOFTMAX;
  for (let i: u32 = 0; i < rowsOf(csrOf(problem)); i++) {
    const p = dualOf(problem) + <usize>i * width * 4;
    const mean = isSoftmax ? meanOf(p, v, <usize>width) : 0;
    for (let k: usize = 0; k < outputs; k++) {
      const pk = <f64>load<f32>(p + k * 4);
      const vk = load<f64>(v + k * 8);
      store<f32>(p + k * 4, <f32>(pk + pk * (isSoftmax ? vk - mean : (1 - pk) * vk)));
    }
  }
  for (let k: usize = 0; k < outputs; k++) {
    const intercept = interceptsOf(problem) + k * 4;
    store<f32>(intercept, load<f32>(intercept) + <f32>load<f64>(v + k * 8));
  }
}

/**
 * Add up the loss of samples [from, to) at the present weights (`certifiedLoss`) and their part of the duality gap,
 * Σ c KL(p ‖ p̂) (`certifiedGap`). `from` = 0 starts anew.
 */
export function certify(problem: usize, from: u32, to: u32): void {
  if (from == 0) {
    lossSum = 0;
    divergence = 0;
  }
  const width = widthOf(problem);
  for (let i = from; i < to; i++) {
    if (load<f32>(<usize>load<u32>(problem, COSTS) + <usize>i * 4) == 0) continue;
    if (width == 1) store<f32>(z, forwardOne(problem, i));
    else forward(problem, i, width);
    if (load<u32>(problem, LOSS) == SOFTMAX) certifySoftmax(problem, i);
    else certifySigmoids(problem, i);
  }
}

export function certifiedLoss(): f64 {
  return lossSum;
}

export function certifiedGap(): f64 {
  return divergence;
}

function certifySoftmax(problem: usize, i: u32): void {
  const outputs = load<u32>(problem, OUTPUTS);
  const width = widthOf(problem);
  const cost = <f64>load<f32>(<usize>load<u32>(problem, COSTS) + <usize>i * 4);
  const label = load<u32>(
    <usize>load<u32>(problem, LABELS) + <usize>load<u32>(<usize>load<u32>(problem, LABEL_ENDS) + <usize>i * 4) * 4,
  );
  const dual = dualOf(problem) + <usize>i * width * 4;
  let largest = <f64>load<f32>(z);
  for (let k: u32 = 1; k < outputs; k++) largest = max(largest, <f64>load<f32>(z + <usize>k * 4));
  const trueZ = <f64>load<f32>(z + <usize>label * 4);
  let total: f64 = 0;
  for (let lane: usize = 0; lane < <usize>width * 4; lane += 16) {
    const e = exp4(f32x4.sub(v128.load(z + lane), f32x4.splat(<f32>largest)));
    v128.store(z + lane, e);
  }
  for (let k: u32 = 0; k < outputs; k++) total += <f64>load<f32>(z + <usize>k * 4);
  lossSum += cost * (largest + Math.log(total) - trueZ);
  let kl: f64 = 0;
  for (let k: u32 = 0; k < outputs; k++) {
    kl += divergenceTerm(<f64>load<f32>(dual + <usize>k * 4), <f64>load<f32>(z + <usize>k * 4) / total);
  }
  divergence += cost * kl;
}

function certifySigmoids(problem: usize, i: u32): void {
  const outputs = load<u32>(problem, OUTPUTS);
  const dual = dualOf(problem) + <usize>i * widthOf(problem) * 4;
  for (let k: u32 = 0; k < outputs; k++) {
    const raw = <f64>load<f32>(z + <usize>k * 4);
    const cost = <f64>costOf(problem, i, k);
    const small = Math.exp(-Math.abs(raw));
    const p = raw >= 0 ? 1 / (1 + small) : small / (1 + small);
    const signed = isTrue(problem, i, k) ? raw : -raw;
    lossSum += cost * (Math.log(1 + small) + (signed < 0 ? -signed : 0));
    const old = <f64>load<f32>(dual + <usize>k * 4);
    divergence += cost * (divergenceTerm(old, p) + divergenceTerm(1 - old, 1 - p));
  }
}

/** p ln(p / p̂) − p + p̂, whose sum over a distribution is the divergence; a series where the two are close. */
function divergenceTerm(p: f64, guess: f64): f64 {
  if (guess <= 0) return p > 0 ? p * 80 : 0;
  const r = p / guess - 1;
  if (Math.abs(r) < 1e-2) return guess * r * r * (0.5 - r * (1 / 6 - r * (1 / 12 - r * (1 / 20 - r / 30))));
  return p > 0 ? p * Math.log(p / guess) - p + guess : guess;
}

/**
 * Add the part of samples [from, to) in W(p) to the problem's weights, which `from` = 0 sets to zero first: what the
 * many small updates of f32 weights have drifted is gone afterwards.
 */
export function sumWeights(problem: usize, from: u32, to: u32): void {
  const width = widthOf(problem);
  if (from == 0) memory.fill(weightsOf(problem), 0, weightBytes(problem));
  for (let i = from; i < to; i++) {
    const cost = load<f32>(<usize>load<u32>(problem, COSTS) + <usize>i * 4);
    if (cost == 0) continue;
    slackOf(problem, i, cost, width);
    if (width == 1) backwardOne(problem, i, load<f32>(newP));
    else backward(problem, i, width, newP);
  }
}

/** cᵢ (eᵧ − pᵢ) at `newP`. */
function slackOf(problem: usize, i: u32, cost: f32, width: u32): void {
  const dual = dualOf(problem) + <usize>i * width * 4;
  const isSoftmax = load<u32>(problem, LOSS) == SOFTMAX;
  if (!isSoftmax) fillCosts(problem, i, width, cost);
  if (width == 1) store<f32>(newP, -load<f32>(costs) * load<f32>(dual));
  else {
    for (let lane: usize = 0; lane < <usize>width * 4; lane += 16) {
      const c = isSoftmax ? f32x4.splat(cost) : v128.load(costs + lane);
      v128.store(newP + lane, f32x4.neg(f32x4.mul(c, v128.load(dual + lane))));
    }
  }
  const ends = <usize>load<u32>(problem, LABEL_ENDS) + <usize>i * 4;
  for (let e = load<u32>(ends); e < load<u32>(ends, 4); e++) {
    const at = <usize>load<u32>(<usize>load<u32>(problem, LABELS) + <usize>e * 4) * 4;
    const c = isSoftmax ? cost : load<f32>(costs + at);
    store<f32>(newP + at, c * (1 - load<f32>(dual + at)));
  }
}

/** ½ Σ w² over `count` f32. */
export function halfSquares(weights: usize, count: u32): f64 {
  let sum: f64 = 0;
  for (let j: u32 = 0; j < count; j++) {
    const weight = <f64>load<f32>(weights + <usize>j * 4);
    sum += weight * weight;
  }
  return 0.5 * sum;
}
