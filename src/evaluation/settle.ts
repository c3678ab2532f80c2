// The last step of a selection: the chosen candidate is measured at the size it will be fitted at, so that its scores
// are calibrated for that. Where the search saw only a part, one fit that holds out a fifth of all texts does it.
import type { Candidate } from './candidates.ts';
import { temperatureGrowth, usualGrowth } from './growth.ts';
import type { HeldOut } from './out-of-fold.ts';
import { evaluate, type Outcome } from './outcome.ts';
import { TextPart, type TextPool } from './text-part.ts';
import { type Labelling, labellingAt } from './truth.ts';

export interface Settled extends Pick<HeldOut, 'docs' | 'folds' | 'k'> {
  /** Raw predictions of the rows of `docs`. */
  readonly outcome: Pick<Outcome, 'candidate' | 'raw' | 'temperature' | 'naiveBayes'>;
  readonly labelling: Labelling;
  /** What to multiply the temperature by for a model of all texts. */
  readonly correction: number;
}

/** `hasTime` tells whether a candidate can be tried once more on a part; the one fit of all texts is made in any case. */
export async function settle(
  pool: TextPool,
  { chosen, part, cut }: { chosen: Outcome; part: TextPart; cut: number },
  hasTime: (candidate: Candidate, part: TextPart) => boolean,
): Promise<Settled> {
  const { candidate } = chosen;
  const all = pool.texts.length;
  const isWhole = part.docs.length === all;
  const where = isWhole ? part : new TextPart(pool, all, cut, 1);
  const rows = where.rowsOf(candidate.features);
  const outcome = isWhole ? chosen : (await evaluate(candidate, rows))!;
  const growth = hasTime(candidate, where) ? await temperatureGrowth(rows, outcome, pool.seed) : usualGrowth;
  if (!isWhole) where.dispose();
  const { docs, folds, k, labelling } = where;
  const measured = isWhole ? { docs, folds, k, outcome, labelling } : onlyHeldOut(where, outcome);
  return { ...measured, correction: (all / where.trained) ** growth };
}

/** The rows of the one fold that was held out. */
function onlyHeldOut(part: TextPart, outcome: Outcome): Omit<Settled, 'correction'> {
  const held = Uint32Array.from(part.docs.keys()).filter((row) => part.folds[row] === 0);
  const width = part.labelling.classes.length;
  const raw = new Float64Array(held.length * width);
  for (const [at, row] of held.entries()) raw.set(outcome.raw.subarray(row * width, (row + 1) * width), at * width);
  return {
    docs: held.map((row) => part.docs[row]!),
    folds: new Uint16Array(held.length),
    k: 1,
    outcome: { ...outcome, raw },
    labelling: labellingAt(part.labelling, held),
  };
}
