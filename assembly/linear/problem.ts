// One training problem: rows, targets, costs, and the arrays that the solvers share.
//
//   minimise  ½‖W‖² + Σ cost(i, k) · loss(W xᵢ + b, yᵢ)      b is not penalised
//
//   SOFTMAX   loss = ln Σₖ exp zₖ − z_y, one cost a sample
//   SIGMOID   loss = Σₖ ln(1 + exp zₖ) − [k ∈ yᵢ] zₖ, a problem of its own for each output k (one output: two classes)

import { featuresOf, rowsOf } from '../features/csr';
import { allocateZeroed, free } from '../memory/arena';

export const SOFTMAX: u32 = 0;
export const SIGMOID: u32 = 1;

//  offset  0     4         8       12      16     20          24          28       32
//          csr   outputs   width   loss    bias   label ends  labels      costs    output costs
//
//  width         outputs rounded up to 4 lanes; 1 for one output
//  bias          1: fit intercepts
//  label ends    (u32, samples + 1) and labels (u32): the outputs that are true of sample i
//  costs         (f32, samples) C · sample weight · class weight
//  output costs  (f32, 2 × width) SIGMOID: factors of the cost where output k is true, then where it is not
//
//  offset  36        40     44       48
//          weights   dual   b        intercepts: f32 (width) · weights: f32 (features × width) · dual: f32 (samples × width)
const problemBytes: usize = 64;
export const CSR: usize = 0;
export const OUTPUTS: usize = 4;
export const WIDTH: usize = 8;
export const LOSS: usize = 12;
export const BIAS: usize = 16;
export const LABEL_ENDS: usize = 20;
export const LABELS: usize = 24;
export const COSTS: usize = 28;
export const OUTPUT_COSTS: usize = 32;
export const WEIGHTS: usize = 36;
export const DUAL: usize = 40;
export const INTERCEPTS: usize = 44;

/** Lanes that `outputs` take in f32 vectors. */
export function paddedWidth(outputs: u32): u32 {
  return outputs == 1 ? 1 : (outputs + 3) & ~3;
}

/** A problem over rows and targets that stay the caller's; f32 weights and intercepts start at zero. */
export function createProblem(
  csr: usize,
  outputs: u32,
  loss: u32,
  bias: u32,
  labelEnds: usize,
  labels: usize,
  costs: usize,
  outputCosts: usize,
): usize {
  const problem = allocateZeroed(problemBytes);
  const width = paddedWidth(outputs);
  store<u32>(problem, <u32>csr, CSR);
  store<u32>(problem, outputs, OUTPUTS);
  store<u32>(problem, width, WIDTH);
  store<u32>(problem, loss, LOSS);
  store<u32>(problem, bias, BIAS);
  store<u32>(problem, <u32>labelEnds, LABEL_ENDS);
  store<u32>(problem, <u32>labels, LABELS);
  store<u32>(problem, <u32>costs, COSTS);
  store<u32>(problem, <u32>outputCosts, OUTPUT_COSTS);
  store<u32>(problem, <u32>allocateZeroed(weightBytes(problem)), WEIGHTS);
  store<u32>(problem, <u32>allocateZeroed(<usize>width * 4 + 16), INTERCEPTS);
  return problem;
}

export function destroyProblem(problem: usize): void {
  free(<usize>load<u32>(problem, WEIGHTS), weightBytes(problem));
  free(<usize>load<u32>(problem, INTERCEPTS), <usize>load<u32>(problem, WIDTH) * 4 + 16);
  free(<usize>load<u32>(problem, DUAL), dualBytes(problem));
  free(problem, problemBytes);
}

export function weightBytes(problem: usize): usize {
  return <usize>featuresOf(csrOf(problem)) * load<u32>(problem, WIDTH) * 4 + 16;
}

export function dualBytes(problem: usize): usize {
  return <usize>rowsOf(csrOf(problem)) * load<u32>(problem, WIDTH) * 4 + 16;
}

export function csrOf(problem: usize): usize {
  return <usize>load<u32>(problem, CSR);
}

export function weightsOf(problem: usize): usize {
  return <usize>load<u32>(problem, WEIGHTS);
}

export function interceptsOf(problem: usize): usize {
  return <usize>load<u32>(problem, INTERCEPTS);
}

/** The dual variables of the last SDCA fit, one row of probabilities a sample; 0 before it. */
export function dualOf(problem: usize): usize {
  return <usize>load<u32>(problem, DUAL);
}

export function widthOf(problem: usize): u32 {
  return load<u32>(problem, WIDTH);
}

/** True when output `k` is true of sample `i`. */
export function isTrue(problem: usize, i: u32, k: u32): bool {
  const ends = <usize>load<u32>(problem, LABEL_ENDS);
  const labels = <usize>load<u32>(problem, LABELS);
  const last = load<u32>(ends + <usize>i * 4 + 4);
  for (let e = load<u32>(ends + <usize>i * 4); e < last; e++) if (load<u32>(labels + <usize>e * 4) == k) return true;
  return false;
}

/** Cost of output `k` of sample `i`. */
export function costOf(problem: usize, i: u32, k: u32): f32 {
  const cost = load<f32>(<usize>load<u32>(problem, COSTS) + <usize>i * 4);
  if (load<u32>(problem, LOSS) == SOFTMAX) return cost;
  const factors = <usize>load<u32>(problem, OUTPUT_COSTS);
  const row: usize = isTrue(problem, i, k) ? 0 : load<u32>(problem, WIDTH);
  return cost * load<f32>(factors + (row + <usize>k) * 4);
}
