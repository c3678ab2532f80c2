// One visit of SDCA under softmax: the sample's dual variables p go to where the dual objective is largest with all other
// samples held fixed. The equations stand in sdca.ts.

import { exp4, max4, sum4 } from './dense';
import { BIAS, dualOf, interceptsOf, OUTPUTS } from './problem';
import { backward, backwardFour, forward, forwardFour } from './rows';
import { biasStep, hat, moveBias, newP, oneStepLimit, slopes, tiny, z } from './scratch';

/** Newton steps on one sample before the exact solution is looked for in f64. */
const mostSteps: i32 = 6;
/** Above this q the steps may swing, and the exact solution is looked for at once. */
const largestQ: f32 = 4;

/**
 * Visit a sample of at most four outputs, all in registers; returns its part of the gap as it was met, c ½ χ²(p_old, p̂). A step goes from p̂ along the linearised equation; while it
 * is not exact enough, z moves as the step would move it, and the next step goes from there.
 */
export function visitFour(problem: usize, i: u32, cost: f32, q: f32): f64 {
  let estimate: f64 = 0;
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
      estimate = 0.5 * <f64>cost * <f64>sum4(chi);
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
  if (load<u32>(problem, BIAS) == 0) return estimate;
  const intercepts = interceptsOf(problem);
  v128.store(intercepts, f32x4.add(v128.load(intercepts), f32x4.mul(f32x4.splat(biasStep), delta)));
  return estimate;
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
export function visitSoftmax(problem: usize, i: u32, width: u32, cost: f32, q: f32): f64 {
  const bytes = <usize>width * 4;
  const old = dualOf(problem) + <usize>i * bytes;
  forward(problem, i, width, z);
  let p = old;
  let estimate: f64 = 0;
  for (let step = 0; ; step++) {
    softmaxOfZ(bytes);
    const furthest = measure(bytes, p, q);
    if (step == 0) estimate = 0.5 * <f64>cost * <f64>chiSum;
    const isFar = q * furthest > oneStepLimit;
    if (isFar && (q > largestQ || step == mostSteps)) {
      if (step > 0) forward(problem, i, width, z);
      solveSoftmax(load<u32>(problem, OUTPUTS), old, q);
      break;
    }
    newtonStep(bytes, p, q, isFar);
    if (!isFar) break;
    p = newP;
  }
  takeStep(problem, i, width, old, f32x4.splat(cost), 0);
  return estimate;
}

let slopeSum: f32 = 0;
let pullSum: f32 = 0;
let chiSum: f32 = 0;

/** Slopes p̂ / (1 + q p̂) at `slopes`, their sums and χ²(p, p̂), from p at `p`; returns the largest |p − p̂|. */
function measure(bytes: usize, p: usize, q: f32): f32 {
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
  chiSum = sum4(chi);
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
export function takeStep(problem: usize, i: u32, width: u32, old: usize, cost: v128, costsAt: usize): void {
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
