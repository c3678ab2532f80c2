// One visit of SDCA under sigmoids: every output is a problem of its own, solved by one Newton step from p̂ = σ(z) where
// that is exact enough, and in f64 where not. The equations stand in sdca.ts.
import { exp4, sum4 } from './dense';
import { BIAS, dualOf, interceptsOf, isTrue, OUTPUT_COSTS } from './problem';
import { backwardOne, forward, forwardOne } from './rows';
import { biasStep, costs, fillCosts, newP, oneStepLimit, tiny, z } from './scratch';
import { takeStep } from './softmax';

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

/** Visit a sample of several outputs; returns its part of the gap as it was met. */
export function visitSigmoids(problem: usize, i: u32, width: u32, cost: f32, squared: f32): f64 {
  forward(problem, i, width, z);
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
  takeStep(problem, i, width, old, one, costs);
  return 0.5 * <f64>sum4(chi);
}

function solveLanes(lane: usize, far: i32, old: usize, squared: f32): void {
  for (let j: usize = 0; j < 4; j++) {
    if (((far >> <i32>j) & 1) == 0) continue;
    const at = lane + j * 4;
    store<f32>(newP + at, solveSigmoid(load<f32>(z + at), load<f32>(old + at), load<f32>(costs + at) * squared));
  }
}

function sigmoidOf(rawPrediction: f32): f32 {
  return f32x4.extract_lane(
    f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.splat(min<f32>(-rawPrediction, 87))))),
    0,
  );
}

/** Visit a sample of one output; returns its part of the gap as it was met. */
export function visitOne(problem: usize, i: u32, cost: f32, squared: f32): f64 {
  const raw = forwardOne(problem, i);
  const at = dualOf(problem) + <usize>i * 4;
  const old = load<f32>(at);
  const factor = load<f32>(<usize>load<u32>(problem, OUTPUT_COSTS) + (isTrue(problem, i, 0) ? 0 : 4));
  const c = cost * factor;
  const q = c * squared;
  const p = sigmoidOf(raw);
  const spread = max<f32>(p * (1 - p), tiny);
  const d = old - p;
  const estimate = (0.5 * <f64>c * <f64>d * <f64>d) / <f64>spread;
  const next =
    abs(q * d) > oneStepLimit
      ? solveSigmoid(raw, old, q)
      : min<f32>(max<f32>(p + (spread * q * d) / (1 + q * spread), 0), 1);
  store<f32>(at, next);
  const step = c * (old - next);
  backwardOne(problem, i, step);
  if (load<u32>(problem, BIAS) == 0) return estimate;
  store<f32>(interceptsOf(problem), load<f32>(interceptsOf(problem)) + biasStep * step);
  return estimate;
}
