// How accuracy grows with labels, and what more of them would bring: errors measured at several sizes, an inverse power
// law through them, and a parametric bootstrap for how sure that is. With too few labels it says so and no more.
import { seededRandom } from './folds.ts';
import { quantile } from './intervals.ts';

/** Accuracy of a model trained on so many documents, measured on so many others. */
export interface CurvePoint {
  readonly docs: number;
  readonly accuracy: number;
  readonly tested: number;
}

/** error(n) = floor + scale · n^−power. */
export interface PowerLaw {
  readonly floor: number;
  readonly scale: number;
  readonly power: number;
}

export interface Forecast {
  readonly docs: number;
  readonly more: number;
  readonly accuracy: number;
  /** Four in five outcomes lie between. */
  readonly low: number;
  readonly high: number;
}

export interface LearningCurve {
  readonly points: readonly CurvePoint[];
  /** Null where it cannot be said; then `problem` tells why. */
  readonly law: PowerLaw | null;
  readonly forecasts: readonly Forecast[];
  readonly problem: string | null;
  /** One sentence for people. */
  readonly summary: string;
}

const leastPoints = 3;
/** Documents below which a curve is noise. */
const leastDocs = 50;
const resamples = 200;
const powers = Array.from({ length: 30 }, (_, i) => 0.05 * (i + 1));

/** Fit the curve and look ahead from `docs`, the number of labels there are now. */
export function fitLearningCurve(points: readonly CurvePoint[], docs: number, seed = 0): LearningCurve {
  const sorted = points.toSorted((a, b) => a.docs - b.docs);
  const problem = problemOf(sorted, docs);
  if (problem !== null) return { points: sorted, law: null, forecasts: [], problem, summary: problem };
  const law = fitPowerLaw(sorted);
  const laws = bootstrap(sorted, seed);
  const forecasts = [0, ...horizons(docs)].map((more) => forecastAt(docs, more, law, laws));
  return { points: sorted, law, forecasts, problem: null, summary: summaryOf(forecasts) };
}

/** Accuracy that the law gives for so many documents. */
export function accuracyAt({ floor, scale, power }: PowerLaw, docs: number): number {
  return Math.min(1, Math.max(0, 1 - floor - scale * docs ** -power));
}

/** The law with the least squares of errors, each weighed by how exactly it was measured. */
export function fitPowerLaw(points: readonly CurvePoint[]): PowerLaw {
  let best: PowerLaw & { loss: number } = { floor: 0, scale: 0, power: powers[0]!, loss: Number.POSITIVE_INFINITY };
  const weights = points.map(({ accuracy, tested }) => 1 / errorVariance(accuracy, tested));
  for (const power of powers) {
    const x = points.map(({ docs }) => docs ** -power);
    const y = points.map(({ accuracy }) => 1 - accuracy);
    const { floor, scale } = lineOf(x, y, weights);
    const loss = x.reduce((sum, value, i) => sum + weights[i]! * (y[i]! - floor - scale * value) ** 2, 0);
    if (loss < best.loss) best = { floor, scale, power, loss };
  }
  return { floor: best.floor, scale: best.scale, power: best.power };
}

/** y = floor + scale · x with neither below zero. */
function lineOf(x: readonly number[], y: readonly number[], weights: readonly number[]) {
  const sum = (of: (i: number) => number) => x.reduce((total, _, i) => total + weights[i]! * of(i), 0);
  const [all, sx, sy] = [sum(() => 1), sum((i) => x[i]!), sum((i) => y[i]!)];
  const [sxx, sxy] = [sum((i) => x[i]! ** 2), sum((i) => x[i]! * y[i]!)];
  const spread = all * sxx - sx * sx;
  const scale = spread > 0 ? (all * sxy - sx * sy) / spread : 0;
  const floor = (sy - scale * sx) / all;
  if (scale < 0) return { floor: sy / all, scale: 0 };
  return floor < 0 ? { floor: 0, scale: sxy / sxx } : { floor, scale };
}

function errorVariance(accuracy: number, tested: number): number {
  // Half a document on either side, so that a perfect score is not taken for certain.
  const error = (tested * (1 - accuracy) + 0.5) / (tested + 1);
  return (error * (1 - error)) / tested;
}

/** Laws through points that are moved by as much as their measurement may be off. */
function bootstrap(points: readonly CurvePoint[], seed: number): PowerLaw[] {
  const random = seededRandom(seed);
  return Array.from({ length: resamples }, () => {
    const moved = points.map((point) => {
      const accuracy = point.accuracy + normal(random) * Math.sqrt(errorVariance(point.accuracy, point.tested));
      return { ...point, accuracy: Math.min(1, Math.max(0, accuracy)) };
    });
    return fitPowerLaw(moved);
  });
}

/** Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function forecastAt(docs: number, more: number, law: PowerLaw, laws: readonly PowerLaw[]): Forecast {
  const outcomes = laws.map((one) => accuracyAt(one, docs + more)).sort((a, b) => a - b);
  const accuracy = accuracyAt(law, docs + more);
  return {
    docs: docs + more,
    more,
    accuracy,
    low: Math.min(accuracy, quantile(outcomes, 0.1)),
    high: Math.max(accuracy, quantile(outcomes, 0.9)),
  };
}

/** A half, as many again, and three times as many more, in round numbers; a law does not reach further. */
function horizons(docs: number): number[] {
  return [0.5, 1, 3].map((share) => roundNumber(docs * share));
}

function roundNumber(value: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)));
  const half = step / 2;
  return Math.max(1, Math.round(value / half) * half);
}

function problemOf(points: readonly CurvePoint[], docs: number): string | null {
  if (docs < leastDocs) return `There are too few labels (${docs}) to say what more of them would bring.`;
  if (new Set(points.map((point) => point.docs)).size < leastPoints) {
    return 'Accuracy was measured at too few sizes to say what more labels would bring.';
  }
  return null;
}

function summaryOf(forecasts: readonly Forecast[]): string {
  const [now, , next] = forecasts as [Forecast, Forecast, Forecast];
  const gain = next.accuracy - now.accuracy;
  const range = `${percent(next.low)} to ${percent(next.high)}`;
  if (gain < 0.002)
    return `More labels would bring little: about ${next.more} more, ${percent(next.accuracy)} (${range}).`;
  return `About ${next.more} more labels would give ${percent(next.accuracy)} (${range}), against ${percent(now.accuracy)} now.`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
