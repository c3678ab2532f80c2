// The texts of a part in one set of columns, as a search sees them: predictions of all texts, put together from folds that
// somebody does.
import { type Fit, type FoldTask, putRows } from './folded-rows.ts';
import { whereFold } from './folds.ts';
import type { Labelling } from './truth.ts';

/** What is known of the part. */
export interface PartFolds {
  readonly labelling: Labelling;
  /** The fold that each text is held out in; only the first `k` are. */
  readonly folds: Uint16Array;
  readonly k: number;
}

export class PartRows implements PartFolds {
  readonly labelling: Labelling;
  readonly folds: Uint16Array;
  readonly k: number;
  /** Does one task: raw predictions (held-out texts, classes). */
  readonly do: (task: FoldTask) => Promise<Float64Array>;
  readonly #atATime: number;
  #naive: Float64Array | undefined;

  constructor({ labelling, folds, k }: PartFolds, atATime: number, work: (task: FoldTask) => Promise<Float64Array>) {
    this.labelling = labelling;
    this.folds = folds;
    this.k = k;
    this.do = work;
    this.#atATime = atATime;
  }

  /** Raw predictions (texts, classes) of a regression; nothing when `isLate` says between folds that time is up. */
  async predict(fit: Fit, isLate: () => boolean = () => false): Promise<Float64Array | undefined> {
    return this.#gather(fit, isLate);
  }

  /** Raw predictions (texts, classes) of naive Bayes' log ratios alone. */
  async naiveBayes(): Promise<Float64Array> {
    this.#naive ??= (await this.#gather(null, () => false))!;
    return this.#naive;
  }

  async #gather(fit: Fit | null, isLate: () => boolean): Promise<Float64Array | undefined> {
    const raw = new Float64Array(this.folds.length * this.labelling.classes.length);
    let isGivenUp = false;
    const doEvery = async (first: number): Promise<void> => {
      for (let held = first; held < this.k && !isGivenUp; held += this.#atATime) {
        const inside = whereFold(this.folds, (fold) => fold === held);
        putRows(raw, inside, await this.do({ held, fit }));
        if (held + this.#atATime < this.k) isGivenUp ||= isLate();
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#atATime, this.k) }, (_, first) => doEvery(first)));
    return isGivenUp ? undefined : raw;
  }
}
