// What a control is trained with: chosen by cross-validation within a budget of time, and kept for later trainings until
// the set has grown by half. Below some twenty labels nothing can be chosen, and what usually wins is taken.
import { checkRegressionOptions, checkVectorizerOptions } from '../classifier/options.ts';
import { checkRefinement } from '../classifier/refinement.ts';
import type { FitOptions, Target } from '../classifier/text-classifier.ts';
import { SparrowError } from '../errors.ts';
import type { HeldOut } from '../evaluation/out-of-fold.ts';
import type { CandidateResult } from '../evaluation/selection-table.ts';
import { isObject } from '../labelstudio/types.ts';
import { bounded, optionsFor } from './text-options.ts';

/** A choice as a version keeps it. */
export interface OptionsChoice {
  readonly options: FitOptions;
  /** Texts and classes that it was made from. */
  readonly texts: number;
  readonly classes: number;
  /** What was asked for: another C or kind of control is another question. */
  readonly asked: { readonly C: number | null; readonly multiLabel: boolean; readonly mostTerms?: number };
  readonly table: readonly CandidateResult[];
  readonly notes: readonly string[];
}

export interface Plan {
  readonly options: FitOptions;
  /** The choice that the options come from, made now or before; null where they are the usual ones. */
  readonly choice: OptionsChoice | null;
  /** Predictions of texts that a model had not seen, where a choice was made now. */
  readonly heldOut: HeldOut | null;
}

export interface PlanSettings {
  readonly C: number | null;
  /** Terms of a model at most; null for all. */
  readonly mostTerms?: number | null;
  /** Time for a choice; 0: none is ever made. */
  readonly autoMs: number;
  readonly multiLabel: boolean;
  /** The choice of the version before, out of a model store: nothing of it is sure. */
  readonly before: unknown;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const leastTexts = 20;
/** Growth of texts or classes from which a choice is made anew. */
const growth = 1.5;
/** A second class with fewer texts than this leaves folds nothing to judge by. */
const leastOfSecond = 2;

export async function planFor(
  texts: readonly string[],
  targets: readonly Target[],
  { C, mostTerms = null, autoMs, multiLabel, before, onProgress }: PlanSettings,
): Promise<Plan> {
  const asked = { C, multiLabel, ...(mostTerms !== null && { mostTerms }) };
  const counts = countsOf(targets);
  const second = [...counts.values()].sort((a, b) => b - a)[1] ?? 0;
  if (autoMs <= 0 || texts.length < leastTexts || second < leastOfSecond) {
    const usual = bounded(optionsFor(texts, C ?? undefined), mostTerms);
    return { options: { ...usual, multiLabel }, choice: null, heldOut: null };
  }
  const kept = keptChoice(before);
  if (kept && isGoodFor(kept, texts.length, counts.size) && JSON.stringify(kept.asked) === JSON.stringify(asked)) {
    return { options: kept.options, choice: kept, heldOut: null };
  }
  // Loaded when first needed: serving needs none of it.
  const { chooseOptions } = await import('../evaluation/auto.ts');
  const start = performance.now();
  const {
    options: chosen,
    table,
    notes,
    ...heldOut
  } = await chooseOptions(texts, targets, {
    budgetMs: autoMs,
    // The same labels are to make the same model, however busy the machine is.
    clock: 'work',
    multiLabel,
    fixed: { ...(C !== null && { C }), ...(mostTerms !== null && { maxFeatures: mostTerms }) },
    ...(onProgress && { onProgress: () => onProgress(Math.min(autoMs, performance.now() - start), autoMs) }),
  });
  const options = bounded(chosen, mostTerms);
  const choice = { options, texts: texts.length, classes: counts.size, asked, table, notes };
  return { options, choice, heldOut };
}

function countsOf(targets: readonly Target[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const label of targets.flat()) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

function isGoodFor(choice: OptionsChoice, texts: number, classes: number): boolean {
  const isNear = (now: number, then: number) => now < growth * then && then < growth * now;
  return isNear(texts, choice.texts) && isNear(classes, choice.classes);
}

/** Options that a fit would refuse are no choice: the store may hold versions of another program. */
function keptChoice(before: unknown): OptionsChoice | null {
  if (!isObject(before) || !isObject(before.options) || !isObject(before.asked)) return null;
  if (typeof before.texts !== 'number' || typeof before.classes !== 'number') return null;
  const choice = before as unknown as OptionsChoice;
  try {
    const { features, refinement } = choice.options;
    if (!Array.isArray(features) || features.length === 0) return null;
    for (const block of features) checkVectorizerOptions(block);
    checkRegressionOptions(choice.options);
    if (refinement) checkRefinement(refinement);
    return choice;
  } catch (error) {
    if (error instanceof SparrowError || error instanceof TypeError) return null;
    throw error;
  }
}
