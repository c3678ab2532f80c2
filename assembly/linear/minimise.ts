// L-BFGS on the logistic objective: the one place where solver and objective meet. The penalty along a ray is a
// parabola in the step length, so a trial of the line search costs samples × outputs, not a product with the rows.
import { dot } from './dense';
import { gradientOf, stepLbfgs } from './lbfgs';
import { advance, gradient, halfNorm, lossAlong, setDirection, weightCount } from './objective';

let point: usize = 0;
let base: f64 = 0;
let tilt: f64 = 0;
let bend: f64 = 0;

/** One iteration from θ with value `value`; returns the new value, or `value` itself when it cannot be made smaller. */
export function minimiseStep(solver: usize, objective: usize, theta: usize, value: f64): f64 {
  point = theta;
  base = halfNorm(objective, theta);
  const t = stepLbfgs(solver, objective, theta, value, aim, ray, move);
  return t == 0 ? value : lossAlong(objective, 0, 0) + halfNorm(objective, theta);
}

/** ‖gradient‖² of the weights, and of the intercepts. */
export function squaredGradient(solver: usize, objective: usize, ofIntercepts: u32, count: u32): f64 {
  const weights = weightCount(objective);
  const g = gradientOf(solver);
  if (ofIntercepts == 0) return dot(g, g, weights);
  return dot(g + <usize>weights * 8, g + <usize>weights * 8, count - weights);
}

function aim(objective: usize, direction: usize): void {
  const weights = weightCount(objective);
  tilt = dot(point, direction, weights);
  bend = dot(direction, direction, weights);
  setDirection(objective, direction);
}

function ray(objective: usize, t: f64, slope: usize): f64 {
  const loss = lossAlong(objective, t, slope);
  store<f64>(slope, load<f64>(slope) + tilt + t * bend);
  return loss + base + t * (tilt + 0.5 * t * bend);
}

function move(objective: usize, t: f64, theta: usize, out: usize): void {
  advance(objective, t);
  gradient(objective, theta, out);
}
