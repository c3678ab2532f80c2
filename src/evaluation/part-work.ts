// The work on a part of the texts, in the thread that does it: they are vectorized once for each vectorizer, and then their
// folds are done one by one.
import { VectorizedTexts } from '../classifier/training-rows.ts';
import type { FeatureSet } from './candidates.ts';
import { FoldedRows, type FoldTask, WarmStarts } from './folded-rows.ts';
import { type Labelling, labellingAt } from './truth.ts';

/** A part of all texts: which, and the fold that each is held out in. Only the first `k` folds are. */
export interface PartPlan {
  /** Indices of the texts, ascending. */
  readonly docs: Uint32Array;
  readonly folds: Uint16Array;
  readonly k: number;
}

/** All texts by their number. */
export interface TextsAt {
  at(index: number): string | undefined;
}

export class PartWork {
  readonly #plan: PartPlan;
  readonly #labelling: Labelling;
  readonly #vectorized: VectorizedTexts;
  readonly #sets = new Map<string, { rows: FoldedRows; dispose: () => void }>();
  readonly #ends = new WarmStarts();

  constructor(texts: TextsAt, labelling: Labelling, plan: PartPlan) {
    this.#plan = plan;
    this.#labelling = labellingAt(labelling, plan.docs);
    this.#vectorized = new VectorizedTexts(Array.from(plan.docs, (i) => texts.at(i) ?? ''));
  }

  /** Raw predictions (held-out texts, classes). */
  do(features: FeatureSet, task: FoldTask): Float64Array {
    return this.#rowsOf(features).do(task);
  }

  /** Give up the rows of all feature sets but one. */
  keepOnly(kept: FeatureSet): void {
    for (const [name, { dispose }] of this.#sets) {
      if (name === kept.name) continue;
      dispose();
      this.#sets.delete(name);
    }
    this.#vectorized.forget(kept.blocks.length === 1 ? kept.blocks[0] : undefined);
  }

  /** Give up everything; nothing can be asked any more. */
  dispose(): void {
    for (const { dispose } of this.#sets.values()) dispose();
    this.#sets.clear();
    this.#vectorized.dispose();
  }

  #rowsOf({ name, blocks }: FeatureSet): FoldedRows {
    const known = this.#sets.get(name);
    if (known) return known.rows;
    const { rows: all, dispose } = this.#vectorized.rowsOf(blocks);
    const { folds, k } = this.#plan;
    const rows = new FoldedRows(all, this.#labelling, folds, k, this.#ends);
    this.#sets.set(name, { rows, dispose });
    return rows;
  }
}
