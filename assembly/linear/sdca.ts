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
// from where the last would leave z, and for large q the equation is solved in f64. The intercept is a feature of value √κ
// in the proximal sense: b moves with each update, and once an epoch by κ Σ cᵢ (eᵧ − pᵢ), a sum that must become zero (the
// dual constraint of a free intercept). certificate.ts says how far the result is, at most, from the optimum.
import { ENTRY, rowBegin, rowEnd, rowsOf } from '../features/csr';
import { allocateZeroed } from '../memory/arena';
import {
  BIAS,
  COSTS,
  csrOf,
  DUAL,
  dualBytes,
  dualOf,
  interceptsOf,
  LABEL_ENDS,
  LABELS,
  LOSS,
  OUTPUTS,
  SOFTMAX,
  widthOf,
} from './problem';
import { biasStep, prepareScratch } from './scratch';
import { visitOne, visitSigmoids } from './sigmoid';
import { visitFour, visitSoftmax } from './softmax';

/** Stands for −∞ in the unused lanes of a softmax. */
const absent: f32 = -1e30;

/** Start from the dual that belongs to zero weights, p = the true labels, or keep the dual that is there. */
export function sdcaBegin(problem: usize): void {
  const width = widthOf(problem);
  prepareScratch(problem);
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
  let estimate: f64 = 0;
  const width = widthOf(problem);
  const isSoftmax = load<u32>(problem, LOSS) == SOFTMAX;
  for (let at = from; at < to; at++) {
    const i = load<u32>(order + <usize>at * 4);
    const cost = load<f32>(<usize>load<u32>(problem, COSTS) + <usize>i * 4);
    if (cost == 0) continue;
    const squared = load<f32>(norms + <usize>i * 4) + (load<u32>(problem, BIAS) != 0 ? biasStep : 0);
    if (width == 1) estimate += visitOne(problem, i, cost, squared);
    else if (isSoftmax && width == 4) estimate += visitFour(problem, i, cost, cost * squared);
    else if (isSoftmax) estimate += visitSoftmax(problem, i, width, cost, cost * squared);
    else estimate += visitSigmoids(problem, i, width, cost, squared);
  }
  return estimate;
}
