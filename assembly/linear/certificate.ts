// The certificate of SDCA: the dual made feasible, the weights that belong to it, primal and gap there.
//
// At W(p) with a feasible dual, primal minus dual is Σ cᵢ KL(pᵢ ‖ p̂ᵢ). Feasible means G = Σ cᵢ (eᵧ − pᵢ) = 0 when there are
// free intercepts; a Newton step on G, applied to dual and intercepts alike, gets there at once.
import { rowsOf } from '../features/csr';
import { exp4, sum2 } from './dense';
import {
  COSTS,
  costOf,
  csrOf,
  dualOf,
  interceptsOf,
  isTrue,
  LABEL_ENDS,
  LABELS,
  LOSS,
  OUTPUTS,
  SOFTMAX,
  weightBytes,
  weightsOf,
  widthOf,
} from './problem';
import { backward, backwardOne, forward, forwardOne } from './rows';
import { biasStep, costs, fillCosts, newP, z } from './scratch';

let lossSum: f64 = 0;
let divergence: f64 = 0;

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
    else forward(problem, i, width, z);
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
