// Weights for raw predictions that make their log loss least: one weight for one set of raw predictions is the inverse
// of a temperature, two weights mix two models. The loss is convex in them, so Newton's method finds the one optimum.
// A weak pull towards the start (weight 1 for the first set, 0 for others) bounds them where nothing is ever wrong.

/** What is true of each row: its class, or −1 to leave the row out; or a row of 0 and 1 where classes are independent. */
export type Truth =
  | { readonly kind: 'single'; readonly classes: number; readonly of: Int32Array }
  | { readonly kind: 'multi'; readonly classes: number; readonly of: Uint8Array };

const maxSteps = 40;
const pull = 0.5;
const leastGain = 1e-9;

interface Slope {
  loss: number;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
}

/** The weights of `parts`, each (rows, classes) of raw predictions. */
export function fitScales(parts: readonly Float64Array[], truth: Truth): number[] {
  const start = parts.map((_, p): number => (p === 0 ? 1 : 0));
  let weights = [...start];
  let now = slopeAt(parts, truth, weights, start);
  for (let step = 0; step < maxSteps; step++) {
    const direction = solveSmall(now.hessian, now.gradient);
    const next = descend(parts, truth, { weights, start, now, direction });
    if (!next) break;
    const gain = now.loss - next.slope.loss;
    weights = next.weights;
    now = next.slope;
    if (gain <= leastGain * Math.abs(now.loss)) break;
  }
  return weights;
}

/** Half the step until the loss falls; nothing when it cannot be made to. */
function descend(
  parts: readonly Float64Array[],
  truth: Truth,
  from: { weights: number[]; start: number[]; now: Slope; direction: number[] },
): { weights: number[]; slope: Slope } | undefined {
  for (let size = 1; size > 1e-4; size /= 2) {
    const weights = from.weights.map((weight, p) => weight - size * from.direction[p]!);
    const slope = slopeAt(parts, truth, weights, from.start);
    if (slope.loss < from.now.loss) return { weights, slope };
  }
  return undefined;
}

function slopeAt(parts: readonly Float64Array[], truth: Truth, weights: number[], start: number[]): Slope {
  const size = parts.length;
  const slope: Slope = { loss: 0, gradient: new Float64Array(size), hessian: new Float64Array(size * size) };
  if (truth.kind === 'single') addSoftmax(parts, truth, weights, slope);
  else addSigmoids(parts, truth, weights, slope);
  for (let p = 0; p < size; p++) {
    const away = weights[p]! - start[p]!;
    slope.loss += (pull / 2) * away * away;
    slope.gradient[p]! += pull * away;
    slope.hessian[p * size + p]! += pull;
  }
  return slope;
}

function addSoftmax(
  parts: readonly Float64Array[],
  { classes, of }: Truth & { kind: 'single' },
  weights: number[],
  slope: Slope,
): void {
  const size = parts.length;
  const p = new Float64Array(classes);
  const means = new Float64Array(size);
  for (let i = 0; i < of.length; i++) {
    const truth = of[i]!;
    if (truth < 0) continue;
    const at = i * classes;
    softmaxInto(parts, weights, at, p);
    slope.loss -= Math.log(p[truth]! || Number.MIN_VALUE);
    for (let a = 0; a < size; a++) {
      let mean = 0;
      for (let k = 0; k < classes; k++) mean += p[k]! * parts[a]![at + k]!;
      means[a] = mean;
      slope.gradient[a]! += mean - parts[a]![at + truth]!;
    }
    for (let a = 0; a < size; a++) {
      for (let b = 0; b <= a; b++) {
        let covariance = 0;
        for (let k = 0; k < classes; k++) {
          covariance += p[k]! * (parts[a]![at + k]! - means[a]!) * (parts[b]![at + k]! - means[b]!);
        }
        slope.hessian[a * size + b]! += covariance;
        if (a !== b) slope.hessian[b * size + a]! += covariance;
      }
    }
  }
}

/** Probabilities of the row that begins at `at`. */
function softmaxInto(parts: readonly Float64Array[], weights: number[], at: number, p: Float64Array): void {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < p.length; k++) {
    let raw = 0;
    for (let a = 0; a < parts.length; a++) raw += weights[a]! * parts[a]![at + k]!;
    p[k] = raw;
    most = Math.max(most, raw);
  }
  let sum = 0;
  for (let k = 0; k < p.length; k++) {
    p[k] = Math.exp(p[k]! - most);
    sum += p[k]!;
  }
  for (let k = 0; k < p.length; k++) p[k]! /= sum;
}

function addSigmoids(
  parts: readonly Float64Array[],
  { of }: Truth & { kind: 'multi' },
  weights: number[],
  slope: Slope,
): void {
  const size = parts.length;
  for (let at = 0; at < of.length; at++) {
    let raw = 0;
    for (let a = 0; a < size; a++) raw += weights[a]! * parts[a]![at]!;
    const isTrue = of[at]! === 1;
    // log(1 + e^−raw) without overflow, of the raw prediction's distance to the truth.
    const distance = isTrue ? -raw : raw;
    slope.loss += distance > 0 ? distance + Math.log1p(Math.exp(-distance)) : Math.log1p(Math.exp(distance));
    const p = 1 / (1 + Math.exp(-raw));
    for (let a = 0; a < size; a++) {
      slope.gradient[a]! += (p - of[at]!) * parts[a]![at]!;
      for (let b = 0; b < size; b++) {
        slope.hessian[a * size + b]! += p * (1 - p) * parts[a]![at]! * parts[b]![at]!;
      }
    }
  }
}

/** x in A x = y, for A of one or two rows, or any small number: elimination without pivots, as A is positive definite. */
function solveSmall(matrix: Float64Array, right: Float64Array): number[] {
  const size = right.length;
  const a = Float64Array.from(matrix);
  const x = [...right];
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) {
      const factor = a[j * size + i]! / a[i * size + i]!;
      for (let k = i; k < size; k++) a[j * size + k]! -= factor * a[i * size + k]!;
      x[j]! -= factor * x[i]!;
    }
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i]! -= a[i * size + k]! * x[k]!;
    x[i]! /= a[i * size + i]!;
  }
  return x;
}
