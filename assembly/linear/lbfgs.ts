// Limited-memory BFGS (Nocedal and Wright, algorithm 7.5). Is given a value and a gradient, never the loss: the
// objective's state is a number that is passed through.
import { allocate, allocateZeroed, free } from '../memory/arena';
import { axpy, dot, scaleBy } from './dense';
import { Ray, searchLine } from './line-search';

/** Takes the direction (f64) that φ runs along. */
export type Aim = (state: usize, direction: usize) => void;
/** Moves the objective's point by t times the direction and writes the gradient there. */
export type Move = (state: usize, t: f64, theta: usize, gradient: usize) => void;

/** Pairs of steps and gradient changes that stand for the curvature. */
const pairs: u32 = 10;

//  offset  0      4       8        12         16         20        24      28
//          size   kept    oldest   steps      changes    gradient  direction  rho (f64, pairs) and alpha (f64, pairs)
//  θ (size × f64) belongs to the caller
const solverBytes: usize = 48;
const SIZE: usize = 0;
const KEPT: usize = 4;
const NEXT: usize = 8;
const STEPS: usize = 12;
const CHANGES: usize = 16;
const GRADIENT: usize = 20;
const DIRECTION: usize = 24;
const FACTORS: usize = 28;

/** A solver for `size` (even) unknowns. */
export function createLbfgs(size: u32): usize {
  const solver = allocateZeroed(solverBytes);
  store<u32>(solver, size, SIZE);
  store<u32>(solver, <u32>allocate(<usize>size * 8 * pairs), STEPS);
  store<u32>(solver, <u32>allocate(<usize>size * 8 * pairs), CHANGES);
  store<u32>(solver, <u32>allocate(<usize>size * 8), GRADIENT);
  store<u32>(solver, <u32>allocate(<usize>size * 8), DIRECTION);
  store<u32>(solver, <u32>allocate(<usize>pairs * 16), FACTORS);
  return solver;
}

export function destroyLbfgs(solver: usize): void {
  const bytes = <usize>load<u32>(solver, SIZE) * 8;
  free(<usize>load<u32>(solver, STEPS), bytes * pairs);
  free(<usize>load<u32>(solver, CHANGES), bytes * pairs);
  free(<usize>load<u32>(solver, GRADIENT), bytes);
  free(<usize>load<u32>(solver, DIRECTION), bytes);
  free(<usize>load<u32>(solver, FACTORS), <usize>pairs * 16);
  free(solver, solverBytes);
}

/** Where the gradient (f64) at the present θ stands; the caller writes the first one. */
export function gradientOf(solver: usize): usize {
  return <usize>load<u32>(solver, GRADIENT);
}

/** One iteration from θ with value `value`; returns the step length, 0 when no step makes the value smaller. */
export function stepLbfgs(solver: usize, state: usize, theta: usize, value: f64, aim: Aim, ray: Ray, move: Move): f64 {
  const size = load<u32>(solver, SIZE);
  const direction = <usize>load<u32>(solver, DIRECTION);
  const g = gradientOf(solver);
  findDirection(solver);
  let slope = dot(g, direction, size);
  if (!(slope < 0)) {
    store<u32>(solver, 0, KEPT);
    findDirection(solver);
    slope = dot(g, direction, size);
    if (!(slope < 0)) return 0;
  }
  aim(state, direction);
  const first: f64 = load<u32>(solver, KEPT) == 0 ? 1 / Math.sqrt(-slope) : 1;
  const t = searchLine(state, ray, value, slope, first);
  if (t == 0) return 0;
  const place = <usize>load<u32>(solver, NEXT) * size * 8;
  const step = <usize>load<u32>(solver, STEPS) + place;
  const change = <usize>load<u32>(solver, CHANGES) + place;
  memory.copy(step, direction, <usize>size * 8);
  scaleBy(t, step, size);
  axpy(1, step, theta, size);
  memory.copy(change, g, <usize>size * 8);
  scaleBy(-1, change, size);
  move(state, t, theta, g);
  axpy(1, g, change, size);
  remember(solver, dot(step, change, size));
  return t;
}

/** Keep the pair just written, unless its curvature is not positive. */
function remember(solver: usize, curvature: f64): void {
  if (!(curvature > 0)) return;
  const next = load<u32>(solver, NEXT);
  store<f64>(<usize>load<u32>(solver, FACTORS) + <usize>next * 8, 1 / curvature);
  store<u32>(solver, (next + 1) % pairs, NEXT);
  store<u32>(solver, min<u32>(load<u32>(solver, KEPT) + 1, pairs), KEPT);
}

/** direction = −H · gradient, the two-loop recursion. */
function findDirection(solver: usize): void {
  const size = load<u32>(solver, SIZE);
  const kept = load<u32>(solver, KEPT);
  const next = load<u32>(solver, NEXT);
  const direction = <usize>load<u32>(solver, DIRECTION);
  const rho = <usize>load<u32>(solver, FACTORS);
  const alpha = rho + <usize>pairs * 8;
  memory.copy(direction, gradientOf(solver), <usize>size * 8);
  scaleBy(-1, direction, size);
  for (let back: u32 = 1; back <= kept; back++) {
    const i = (next + pairs - back) % pairs;
    const a = load<f64>(rho + <usize>i * 8) * dot(pairAt(solver, STEPS, i), direction, size);
    store<f64>(alpha + <usize>i * 8, a);
    axpy(-a, pairAt(solver, CHANGES, i), direction, size);
  }
  if (kept == 0) return;
  const newest = (next + pairs - 1) % pairs;
  const y = pairAt(solver, CHANGES, newest);
  scaleBy(1 / (load<f64>(rho + <usize>newest * 8) * dot(y, y, size)), direction, size);
  for (let back = kept; back >= 1; back--) {
    const i = (next + pairs - back) % pairs;
    const b = load<f64>(rho + <usize>i * 8) * dot(pairAt(solver, CHANGES, i), direction, size);
    axpy(load<f64>(alpha + <usize>i * 8) - b, pairAt(solver, STEPS, i), direction, size);
  }
}

/** Address of pair `i` in the history STEPS or CHANGES. */
function pairAt(solver: usize, history: usize, i: u32): usize {
  return <usize>load<u32>(solver + history) + <usize>i * load<u32>(solver, SIZE) * 8;
}
