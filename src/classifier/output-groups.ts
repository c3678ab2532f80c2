// One against the rest for many classes, and many labels a text: outputs know nothing of each other, so that some of them
// make a problem of their own. Groups of them are solved one after another, or in several threads; either way each stops by
// its own certificate, and the answer hangs on the groups, not on who solved them.
import type { DualPoint, Targets } from '../wasm/problem.ts';
import type { Solution } from './solve.ts';

/** Below this rows take longer to read than outputs to reckon with. */
const leastOutputs = 32;

/** The outputs in groups as even as can be; a softmax is one. */
export function outputGroups(targets: Targets): Targets[] {
  const groups = targets.loss === 'softmax' ? 1 : Math.max(1, Math.floor(targets.outputs / leastOutputs));
  if (groups === 1) return [targets];
  const beginOf = (group: number) => Math.round((group * targets.outputs) / groups);
  return Array.from({ length: groups }, (_, group) => someOutputs(targets, beginOf(group), beginOf(group + 1)));
}

/** The same samples with the outputs `from` … `to` − 1 alone. */
function someOutputs(targets: Targets, from: number, to: number): Targets {
  const labelEnds = new Uint32Array(targets.labelEnds.length);
  const labels: number[] = [];
  for (let i = 0; i + 1 < labelEnds.length; i++) {
    for (let e = targets.labelEnds[i]!; e < targets.labelEnds[i + 1]!; e++) {
      const label = targets.labels[e]!;
      if (label >= from && label < to) labels.push(label - from);
    }
    labelEnds[i + 1] = labels.length;
  }
  return {
    ...targets,
    outputs: to - from,
    labelEnds,
    labels: Uint32Array.from(labels),
    trueCosts: targets.trueCosts.slice(from, to),
    falseCosts: targets.falseCosts.slice(from, to),
  };
}

/** Solutions of groups, in their order, as one. */
export function joinSolutions(solutions: readonly Solution[]): Solution {
  const [first] = solutions;
  if (solutions.length === 1) return first!;
  const objective = solutions.reduce((sum, solution) => sum + solution.objective, 0);
  const gap = solutions.reduce((sum, solution) => sum + solution.gap * solution.objective, 0);
  const isSingle = solutions.every(({ coef }) => coef instanceof Float32Array);
  return {
    coef: isSingle ? joinedInto(Float32Array, solutions, 'coef') : joinedInto(Float64Array, solutions, 'coef'),
    intercept: joinedInto(Float64Array, solutions, 'intercept'),
    solver: solutions.find(({ solver }) => solver !== 'sdca')?.solver ?? 'sdca',
    iterations: Math.max(...solutions.map(({ iterations }) => iterations)),
    objective,
    gap: objective > 0 ? gap / objective : 0,
    converged: solutions.every(({ converged }) => converged),
  };
}

/** Where groups ended as one point, in lanes of `width` a sample; nothing where one of them has no dual. */
export function joinDuals(
  ends: readonly (DualPoint | undefined)[],
  groups: readonly Targets[],
  width: number,
): DualPoint | undefined {
  if (groups.length === 1) return ends[0];
  const samples = groups[0]!.labelEnds.length - 1;
  const dual = new Float32Array(samples * width);
  const intercept: number[] = [];
  for (const [g, { outputs }] of groups.entries()) {
    const end = ends[g];
    if (!end) return undefined;
    const own = end.dual.length / samples;
    for (let i = 0; i < samples; i++) {
      dual.set(end.dual.subarray(i * own, i * own + outputs), i * width + intercept.length);
    }
    intercept.push(...end.intercept.subarray(0, outputs));
  }
  return { dual, intercept: Float64Array.from(intercept) };
}

function joinedInto<T extends Float32Array | Float64Array>(
  Kind: new (length: number) => T,
  solutions: readonly Solution[],
  key: 'coef' | 'intercept',
): T {
  const all = new Kind(solutions.reduce((sum, solution) => sum + solution[key].length, 0));
  let used = 0;
  for (const { [key]: part } of solutions) {
    all.set(part, used);
    used += part.length;
  }
  return all;
}
