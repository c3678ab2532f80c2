// The solvers' outer loops: when to stop, when to hand over, what is said of the result.
//
//   sdca    f32 weights and dual; stops when the certified duality gap is at most tol of the objective. Hands over to
//           lbfgs, from where it stands, for large costs or when its certificate stops closing
//   lbfgs   f64 throughout; stops when ½‖gradient‖², which bounds the distance to the optimum, is at most tol
//   sgd     f32; runs its epochs and then measures itself by the gradient as lbfgs does
import type { Kernels } from '../wasm/kernels.ts';
import { type DualPoint, Problem, type RowsInMemory, type Targets } from '../wasm/problem.ts';
import { type Certificate, LbfgsSteps, SdcaSteps, SgdState } from '../wasm/solvers.ts';
import type { CheckedRegressionOptions } from './options.ts';
import { joinDuals, joinSolutions, outputGroups } from './output-groups.ts';
import { buildTargets, type Scheme, schemeOf, type TargetTable } from './targets.ts';

export type { Targets } from '../wasm/problem.ts';

/** A fitted problem: coefficients (outputs × columns), intercepts, and how good they are known to be. */
export interface Solution {
  readonly coef: Float32Array | Float64Array;
  readonly intercept: Float64Array;
  readonly solver: 'sdca' | 'lbfgs' | 'sgd';
  readonly iterations: number;
  /** C·Σloss + ½‖W‖² at the solution. */
  readonly objective: number;
  /** Certified relative distance of the objective to the optimum. */
  readonly gap: number;
  readonly converged: boolean;
}

interface SolveContext {
  readonly problem: Problem;
  readonly options: CheckedRegressionOptions;
  /** Feature of each column, where rows name features in another order. */
  readonly featureOf: Uint32Array | null;
  /** Where a fit to the same samples ended: sdca and lbfgs go on from there. */
  readonly start?: DualPoint | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Rows to fit to, and how. */
export interface SolveSetting extends Omit<SolveContext, 'problem' | 'start'> {
  readonly kernels: Kernels;
  readonly rows: RowsInMemory;
}

/** What is true of the rows, too. */
export interface RegressionContext extends SolveSetting {
  readonly table: TargetTable;
  /** Where a fit to the same samples ended, by this scheme. */
  readonly start?: ((scheme: Scheme) => DualPoint | undefined) | undefined;
}

/** Fit to rows; `end` is where the solver ended, for another fit to go on from, and missing where it has no dual. */
export function regress({ table, start, ...setting }: RegressionContext): {
  scheme: Scheme;
  solution: Solution;
  end: DualPoint | undefined;
} {
  const scheme = schemeOf(table, setting.options.multiClass);
  const targets = buildTargets(table, scheme, setting.options);
  const from = start?.(scheme);
  const parts = from ? [targets] : outputGroups(targets);
  const ends: (DualPoint | undefined)[] = [];
  const keep = start && ((problem: Problem) => void ends.push(problem.dualPoint()));
  const solutions = parts.map((part, i) => solvePart(part, settingOfPart(setting, i, parts.length), from, keep));
  const width = setting.kernels.call((k) => k.paddedWidth(targets.outputs));
  return { scheme, solution: joinSolutions(solutions), end: start && joinDuals(ends, parts, width) };
}

/** The regression as problems on the same rows that know nothing of each other: see `joinSolutions`. */
export function splitRegression(
  table: TargetTable,
  options: CheckedRegressionOptions,
): { scheme: Scheme; parts: readonly Targets[] } {
  const scheme = schemeOf(table, options.multiClass);
  return { scheme, parts: outputGroups(buildTargets(table, scheme, options)) };
}

/** `keep` may look at the problem before it is gone. */
export function solvePart(
  targets: Targets,
  { kernels, rows, ...context }: SolveSetting,
  start?: DualPoint,
  keep?: (problem: Problem) => void,
): Solution {
  const problem = new Problem(kernels, rows, targets);
  const solution = solve({ ...context, problem, start });
  keep?.(problem);
  problem.dispose();
  return solution;
}

/** Progress of one part as that of all that are solved one after another. */
export function settingOfPart(setting: SolveSetting, part: number, parts: number): SolveSetting {
  const { onProgress } = setting;
  return { ...setting, onProgress: onProgress && ((done, total) => onProgress(part + done / total, parts)) };
}

/** Above this cost a sample's dual step is so stiff that a full-batch solver is faster. */
const largestSdcaCost = 20;
/** f32 cannot close the gap much below this. */
const finestSdcaTol = 3e-8;
/** The gap after an epoch as a share of the estimate made on its way, until the first certificate tells. */
const firstShrink = 0.17;
/** Below this a relative gap is rounding in f64, however many iterations follow. */
const finestGap = 1e-12;
/** Certificates in a row that close by less than a third before sdca gives up. */
const patience = 6;

function solve(context: SolveContext): Solution {
  const { solver } = context.options;
  if (solver === 'sgd') return solveSgd(context);
  if (context.start) context.problem.startFrom(context.start);
  if (solver === 'lbfgs') return solveLbfgs(context, 0);
  if (context.problem.targets.costs.some((cost) => cost > largestSdcaCost)) return solveLbfgs(context, 0);
  return solveSdca(context);
}

function solveSdca(context: SolveContext): Solution {
  const { problem, options, featureOf } = context;
  const steps = new SdcaSteps(problem, options.seed);
  const closing = closeGap(steps, context);
  steps.dispose();
  if (!closing.isClosed && closing.epochs < options.maxIter) return solveLbfgs(context, closing.epochs);
  const { objective, gap } = closing.certificate;
  const relative = relativeGap(closing.certificate);
  return {
    ...problem.coefficients(featureOf),
    solver: 'sdca',
    iterations: closing.epochs,
    objective,
    gap: relative,
    converged: gap <= options.tol * objective,
  };
}

function closeGap(steps: SdcaSteps, { problem, options, onProgress }: SolveContext) {
  const { costs, outputs, loss } = problem.targets;
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  // About half the objective at W = 0 is what optima have been found to have: good enough until a certificate tells.
  let scale = 0.45 * total * (loss === 'softmax' ? Math.log(outputs) : outputs * Math.LN2);
  let certificate: Certificate = { objective: scale, gap: Number.POSITIVE_INFINITY };
  let best = Number.POSITIVE_INFINITY;
  let shrink = firstShrink;
  let stalled = 0;
  let epochs = 0;
  const tol = Math.max(options.tol, finestSdcaTol);
  while (epochs < options.maxIter) {
    const estimate = steps.epoch();
    epochs++;
    onProgress?.(progressOf(estimate, scale, tol), 1);
    // A certificate costs about an epoch: wait until it is likely to be good, or look now and then.
    if (estimate * shrink > tol * scale && epochs % 25 !== 0 && epochs < options.maxIter) continue;
    certificate = steps.certify();
    const { objective, gap } = certificate;
    if (gap <= options.tol * objective) return { certificate, epochs, isClosed: true };
    if (gap < Number.POSITIVE_INFINITY) {
      scale = objective;
      shrink = gap / estimate;
    }
    stalled = gap > best * 0.3 ? stalled + 1 : 0;
    best = Math.min(best, gap);
    if (stalled >= patience || gap <= tol * objective) break;
  }
  return { certificate, epochs, isClosed: false };
}

/** Share of the way from a relative gap of 1 to `tol`, on a logarithmic scale. */
function progressOf(gap: number, scale: number, tol: number): number {
  if (!(gap > 0)) return 1;
  return Math.min(1, Math.max(0, Math.log(gap / scale) / Math.log(tol)));
}

function relativeGap({ objective, gap }: Certificate): number {
  return objective > 0 ? gap / objective : 0;
}

function solveLbfgs(context: SolveContext, epochsBefore: number): Solution {
  const { problem, options, featureOf, onProgress } = context;
  const steps = new LbfgsSteps(problem);
  let iterations = epochsBefore;
  let certificate = steps.certificate();
  while (relativeGap(certificate) > options.tol && iterations < options.maxIter) {
    iterations++;
    if (!steps.step()) break;
    certificate = steps.certificate();
    onProgress?.(progressOf(certificate.gap, certificate.objective, options.tol), 1);
  }
  const gap = relativeGap(certificate);
  const { objective } = certificate;
  const solution = {
    solver: 'lbfgs',
    iterations,
    objective,
    gap,
    converged: gap <= Math.max(options.tol, finestGap),
  } as const;
  const result = { ...steps.coefficients(featureOf), ...solution };
  steps.dispose();
  return result;
}

function solveSgd(context: SolveContext): Solution {
  const { problem, options, featureOf, onProgress } = context;
  const samples = problem.rows.rows;
  // Divided by the number of samples the objective is λ/2 ‖W‖² + mean cost · loss with λ = 1 / samples.
  const epochs = Math.min(options.maxIter, Math.max(5, Math.ceil(1e6 / samples)));
  const state = new SgdState(problem.kernels, problem.rows.features, problem.width, options.seed);
  state.learn(problem, epochs, 1 / samples, (samples * epochs) / 2, (done) => onProgress?.(done, epochs));
  state.dispose();
  const measure = new LbfgsSteps(problem);
  const certificate = measure.certificate();
  measure.dispose();
  const gap = relativeGap(certificate);
  return {
    ...problem.coefficients(featureOf),
    solver: 'sgd',
    iterations: epochs,
    objective: certificate.objective,
    gap,
    converged: gap <= options.tol,
  };
}
