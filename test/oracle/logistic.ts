// Logistic regression as scikit-learn defines it, on dense rows and in doubles: objective, gradient, probabilities.
//
//   objective = ½ ‖coef‖² + C Σᵢ sᵢ lossᵢ          the intercepts are not penalised
//
// `softmax` has a row of coef for each class, `sigmoid` one row (for class 1 of two), `ovr` a sigmoid for each class.

export type Kind = 'softmax' | 'sigmoid' | 'ovr';
export type Rows = readonly (readonly number[])[];

export interface Problem {
  readonly kind: Kind;
  /** (nSamples, nFeatures). */
  readonly x: Rows;
  /** Class of each sample, 0 … nClasses − 1. */
  readonly y: readonly number[];
  readonly nClasses: number;
  readonly C: number;
  readonly fitIntercept: boolean;
  /** (rows of coef, nSamples), from `weigh`; softmax has one row of weights for all classes. */
  readonly weights: Rows;
}

export interface Coefficients {
  /** (rows, nFeatures): one row for `sigmoid`, nClasses otherwise. */
  readonly coef: Rows;
  readonly intercept: readonly number[];
}

/** Sample weights times class weights. 'balanced' counts all classes, but each class against the rest under `ovr`. */
export function weigh(
  kind: Kind,
  y: readonly number[],
  nClasses: number,
  sampleWeight: readonly number[] | null,
  classWeight: 'balanced' | readonly number[] | null,
): number[][] {
  const given = sampleWeight ?? y.map(() => 1);
  const share = (nSides: number, nAlike: number) => y.length / (nSides * nAlike);
  const count = (belongs: (k: number) => boolean) => y.filter(belongs).length;
  return Array.from({ length: kind === 'ovr' ? nClasses : 1 }, (_, row) =>
    y.map((k, i) => {
      if (classWeight === null) return given[i]!;
      if (classWeight !== 'balanced') return given[i]! * classWeight[k]!;
      if (kind === 'ovr')
        return (
          given[i]! *
          share(
            2,
            count((other) => (other === row) === (k === row)),
          )
        );
      return (
        given[i]! *
        share(
          nClasses,
          count((other) => other === k),
        )
      );
    }),
  );
}

/** (nSamples, rows of coef): X coefᵀ + intercept. */
function rawPrediction(x: Rows, { coef, intercept }: Coefficients): number[][] {
  return x.map((sample) => coef.map((row, r) => row.reduce((sum, w, j) => sum + w * sample[j]!, intercept[r]!)));
}

/** log(1 + exp(z)). */
const softplus = (z: number) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
const sigmoid = (z: number) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

function logSumExp(values: readonly number[]): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

/** Whether row `r` of coef takes class `k` for its own. */
const isOwn = (kind: Kind, r: number, k: number) => (kind === 'sigmoid' ? k === 1 : k === r);

export function objective(problem: Problem, at: Coefficients): number {
  const { kind, x, y, weights, C } = problem;
  const losses = rawPrediction(x, at).map((raw, i) => {
    if (kind === 'softmax') return weights[0]![i]! * (logSumExp(raw) - raw[y[i]!]!);
    return raw.reduce((sum, z, r) => sum + weights[r]![i]! * softplus(isOwn(kind, r, y[i]!) ? -z : z), 0);
  });
  const squares = at.coef.flat().reduce((sum, w) => sum + w * w, 0);
  return squares / 2 + C * losses.reduce((sum, loss) => sum + loss, 0);
}

/** The gradient of the objective; that of the intercepts is zero when they are not fitted. */
export function gradient(problem: Problem, at: Coefficients): { coef: number[][]; intercept: number[] } {
  const { kind, x, y, weights, C, fitIntercept } = problem;
  const coef = at.coef.map((row) => [...row]);
  const intercept = at.coef.map(() => 0);
  for (const [i, raw] of rawPrediction(x, at).entries()) {
    const total = logSumExp(raw);
    for (const [r, z] of raw.entries()) {
      const proba = kind === 'softmax' ? Math.exp(z - total) : sigmoid(z);
      const slope = C * weights[kind === 'ovr' ? r : 0]![i]! * (proba - (isOwn(kind, r, y[i]!) ? 1 : 0));
      for (const [j, value] of x[i]!.entries()) coef[r]![j]! += slope * value;
      if (fitIntercept) intercept[r]! += slope;
    }
  }
  return { coef, intercept };
}

/** (nSamples, nClasses), rows summing to one. */
export function probabilities(kind: Kind, x: Rows, at: Coefficients): number[][] {
  return rawPrediction(x, at).map((raw) => {
    if (kind === 'sigmoid') return [sigmoid(-raw[0]!), sigmoid(raw[0]!)];
    if (kind === 'softmax') return raw.map((z) => Math.exp(z - logSumExp(raw)));
    const each = raw.map(sigmoid);
    const sum = each.reduce((total, proba) => total + proba, 0);
    return each.map((proba) => proba / sum);
  });
}
