// Whoever does the folds of a search: this thread alone, or several (see crew-threads.ts). What they find is the same to
// the last bit, as a fold is always done by the same one and knows of no other.
import type { FeatureSet } from './candidates.ts';
import type { FoldTask } from './folded-rows.ts';
import { type PartPlan, PartWork, type TextsAt } from './part-work.ts';
import type { Labelling } from './truth.ts';

export interface Crew {
  /** How many folds are done at a time. */
  readonly size: number;
  /** Begin to work on a part of the texts. */
  open(plan: PartPlan): CrewPart;
}

/** A part of the texts that a crew works on. */
export interface CrewPart {
  /** Raw predictions (held-out texts, classes). */
  do(features: FeatureSet, task: FoldTask): Promise<Float64Array>;
  /** Give up the rows of all feature sets but one. */
  keepOnly(kept: FeatureSet): void;
  /** Give up everything; nothing can be asked any more. */
  dispose(): void;
}

/** Does everything here and now. */
export class CrewOfOne implements Crew {
  readonly size = 1;
  readonly #texts: TextsAt;
  readonly #labelling: Labelling;

  constructor(texts: TextsAt, labelling: Labelling) {
    this.#texts = texts;
    this.#labelling = labelling;
  }

  open(plan: PartPlan): CrewPart {
    const work = new PartWork(this.#texts, this.#labelling, plan);
    return {
      do: async (features, task) => work.do(features, task),
      keepOnly: (kept) => work.keepOnly(kept),
      dispose: () => work.dispose(),
    };
  }
}
