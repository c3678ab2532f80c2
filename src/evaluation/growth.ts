// Models grow surer with more to learn from, so a temperature found on models of some texts is too low for a model of
// all of them. It grows about as a power of their number, which is measured by training once more on half of them.

import { seededRandom, shuffle, whereFold } from './folds.ts';
import { type Outcome, roughFit } from './outcome.ts';
import type { PartRows } from './part-rows.ts';
import { fitScales } from './scale-fit.ts';
import { labellingAt } from './truth.ts';

/** The power where it is not measured; measured ones are kept within bounds. */
export const usualGrowth = 0.15;
const mostGrowth = 0.4;
/** Held-out texts that a measurement needs. */
const enough = 100;

/** The power of the number of training texts that temperature grows with. */
export async function temperatureGrowth(rows: PartRows, outcome: Outcome, seed: number): Promise<number> {
  const held = [...whereFold(rows.folds, (fold) => fold === 0)];
  const outside = [...whereFold(rows.folds, (fold) => fold !== 0)];
  if (held.length < enough) return usualGrowth;
  shuffle(outside, seededRandom(seed));
  const wanted = [...held, ...outside.slice(0, outside.length >> 1)];
  const half = { wanted, count: held.length };
  const own = await rows.do({ held: half, fit: roughFit(outcome.candidate) });
  const naive = outcome.naiveBayes > 0 ? await rows.do({ held: half, fit: null }) : undefined;
  const width = rows.labelling.classes.length;
  const size = held.length * width;
  const truth = labellingAt(rows.labelling, held).truth;
  const mixed = own.map((raw, at) => raw + (naive ? outcome.naiveBayes * naive[at]! : 0));
  const full = new Float64Array(size);
  for (const [at, row] of held.entries()) full.set(outcome.raw.subarray(row * width, (row + 1) * width), at * width);
  const [half1 = 1] = fitScales([mixed], truth);
  const [full1 = 1] = fitScales([full], truth);
  // Raw predictions of the outcome are divided by its temperature already.
  const growth = Math.log2((outcome.temperature / full1) * half1);
  return Number.isFinite(growth) ? Math.min(mostGrowth, Math.max(0, growth)) : usualGrowth;
}
