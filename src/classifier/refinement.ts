// What lifts a linear model of words above scikit-learn's, without changing what a model is: columns scaled by what
// they say about labels before the fit, naive Bayes mixed in after it, and a temperature that makes scores honest. All
// three end up in the coefficients.
//
//   coef = (scale · W + naiveBayes · log ratios) / temperature      intercept = b / temperature
import { SparrowError } from '../errors.ts';
import type { Kernels } from '../wasm/kernels.ts';
import { scaleEntries, sumByLabel } from '../wasm/row-entries.ts';
import type { SolverRows } from '../wasm/term-counts.ts';
import { columnScale, LabelSums } from './naive-bayes.ts';
import type { Scheme, TargetTable } from './targets.ts';

/** Each part is left out unless given; auto selection finds all three by cross-validation. */
export interface Refinement {
  /** Columns are scaled by how well they tell labels apart, to this power, before the fit. Default 0. */
  readonly columnPower?: number;
  /** Multiple of naive Bayes' log ratios to add to the coefficients. Default 0. */
  readonly naiveBayes?: number;
  /**
   * What raw predictions are divided by, for all classes or, with multiLabel, by label. Default 1. With
   * `multiClass: 'ovr'` the classes then share one softmax.
   */
  readonly temperature?: number | Readonly<Record<string, number>>;
}

export interface CheckedRefinement {
  readonly columnPower: number;
  readonly naiveBayes: number;
  readonly temperature: number | Readonly<Record<string, number>>;
}

export function checkRefinement({ columnPower = 0, naiveBayes = 0, temperature = 1 }: Refinement): CheckedRefinement {
  const temperatures = typeof temperature === 'number' ? [temperature] : Object.values(temperature);
  if (!(columnPower >= 0 && columnPower <= 4)) refuse('columnPower', 'a number from 0 to 4', columnPower);
  if (!(naiveBayes >= 0 && naiveBayes <= 1e6)) refuse('naiveBayes', 'a number of 0 or more', naiveBayes);
  for (const value of temperatures) if (!(value > 0 && value <= 1e9)) refuse('temperature', 'above 0', value);
  return { columnPower, naiveBayes, temperature };
}

function refuse(name: string, expected: string, value: number): never {
  throw new SparrowError('BAD_OPTION', `refinement.${name} must be ${expected}, not ${value}.`);
}

/** The scheme that predictions follow. */
export function refinedScheme(scheme: Scheme): Scheme {
  return scheme === 'ovr' ? 'softmax' : scheme;
}

/** Coefficients (outputs × columns) and intercepts. */
export interface Weights {
  readonly coef: Float32Array | Float64Array;
  readonly intercept: Float64Array;
}

/** Scale the rows' columns in place, and return what turns the weights fitted to them into the refined ones. */
export function startRefining(
  kernels: Kernels,
  rows: SolverRows,
  table: TargetTable,
  refinement: CheckedRefinement,
): (weights: Weights) => Weights {
  const { columnPower, naiveBayes } = refinement;
  if (columnPower === 0 && naiveBayes === 0) return (weights) => divide(weights, table, refinement);
  const { labelEnds, labels } = table;
  const added = sumByLabel(kernels, rows, table.classes.length, labelEnds, labels);
  const sums = new LabelSums(added, table.classes.length, labels, rows.rows);
  const ratios = naiveBayes > 0 ? sums.logRatios() : undefined;
  const scale = columnPower > 0 ? columnScale(sums.columnStrength(), columnPower) : undefined;
  if (scale) scaleEntries(kernels, rows, scale);
  return ({ coef, intercept }) => {
    const mixed = coef.slice();
    const columns = rows.features;
    const classes = table.classes.length;
    const outputs = intercept.length;
    // One output for two classes stands for the second.
    const first = outputs === 1 && classes === 2 ? 1 : 0;
    for (let k = 0; k < outputs; k++) {
      for (let column = 0; column < columns; column++) {
        const feature = rows.featureOf[column]!;
        const at = k * columns + column;
        if (scale) mixed[at]! *= scale[feature]!;
        if (ratios) mixed[at]! += naiveBayes * ratios[feature * classes + first + k]!;
      }
    }
    return divide({ coef: mixed, intercept }, table, refinement);
  };
}

function divide({ coef, intercept }: Weights, table: TargetTable, { temperature }: CheckedRefinement): Weights {
  const columns = coef.length / intercept.length;
  const by = (k: number) =>
    typeof temperature === 'number' ? temperature : (temperature[table.classes[k] ?? ''] ?? 1);
  return {
    coef: coef.map((value, at) => value / by(Math.floor(at / columns))),
    intercept: intercept.map((value, k) => value / by(k)),
  };
}
