// What the steps on one sample work in: vectors of one lane for each output, kept from sample to sample, and κ, the
// proximal step of the intercepts.

import { rowsOf } from '../features/csr';
import { allocate, free } from '../memory/arena';
import { BIAS, COSTS, csrOf, interceptsOf, LABEL_ENDS, LABELS, OUTPUT_COSTS, widthOf } from './problem';

/** Raw predictions. */
export let z: usize = 0;
/** Probabilities that belong to them. */
export let hat: usize = 0;
/** Slopes of the Newton step. */
export let slopes: usize = 0;
/** The next dual variables, then their step. */
export let newP: usize = 0;
/** Cost of each output of the sample at hand. */
export let costs: usize = 0;
let bufferBytes: usize = 0;

/** κ is at least this, and at least `biasReach` over the sum of costs: then b keeps pace however small the costs are. */
const leastBiasStep: f32 = 0.3;
const biasReach: f64 = 40;
/** κ of the problem at hand. */
export let biasStep: f32 = leastBiasStep;

/** Below this a class counts as absent from p̂ when terms of the gap are estimated. */
export const tiny: f32 = 1e-12;
/** Above this q |p_old − p̂| one Newton step no longer suffices. */
export const oneStepLimit: f32 = 0.25;

/** Make room for the outputs of `problem` and find its κ. */
export function prepareScratch(problem: usize): void {
  const bytes = <usize>widthOf(problem) * 4 + 16;
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
}

/** b += κ δ. */
export function moveBias(problem: usize, width: u32, delta: usize): void {
  if (load<u32>(problem, BIAS) == 0) return;
  const intercepts = interceptsOf(problem);
  for (let lane: usize = 0; lane < <usize>width * 4; lane += 16) {
    const step = f32x4.mul(f32x4.splat(biasStep), v128.load(delta + lane));
    v128.store(intercepts + lane, f32x4.add(v128.load(intercepts + lane), step));
  }
}

/** The cost of each output of sample i, at `costs`; 0 in unused lanes. */
export function fillCosts(problem: usize, i: u32, width: u32, cost: f32): void {
  const factors = <usize>load<u32>(problem, OUTPUT_COSTS);
  const bytes = <usize>width * 4;
  for (let at: usize = 0; at < bytes; at += 4) store<f32>(costs + at, cost * load<f32>(factors + bytes + at));
  const ends = <usize>load<u32>(problem, LABEL_ENDS) + <usize>i * 4;
  for (let e = load<u32>(ends); e < load<u32>(ends, 4); e++) {
    const at = <usize>load<u32>(<usize>load<u32>(problem, LABELS) + <usize>e * 4) * 4;
    store<f32>(costs + at, cost * load<f32>(factors + at));
  }
}
