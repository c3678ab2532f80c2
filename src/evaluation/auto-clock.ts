// How a search knows what it still has time for: by the clock on the wall, going by what candidates took before; or by an
// estimate of their work, so that the same texts give the same choice on any machine and under any load.
import type { FeatureSet } from './candidates.ts';
import type { TextPart } from './text-part.ts';

export interface SearchClock {
  /** Whether a set can be tried on the part within a share of what is left. */
  hasTimeFor(features: FeatureSet, part: TextPart, share: number): boolean;
  /** Whether time is up in the middle of a trial. */
  isLate(): boolean;
  /** Run one trial. */
  spend<T>(features: FeatureSet, part: TextPart, trial: () => Promise<T>): Promise<T>;
}

export class WallClock implements SearchClock {
  readonly #now: () => number;
  readonly #deadline: number;
  /** The set that is tried first, which others are guessed by. */
  readonly #first: FeatureSet;
  /** Milliseconds that a set took for each unit of work: the last time, and with vectorizing. */
  readonly #pace = new Map<string, { last: number; most: number }>();

  constructor(budgetMs: number, first: FeatureSet, now: () => number) {
    this.#now = now;
    this.#deadline = now() + budgetMs;
    this.#first = first;
  }

  hasTimeFor(features: FeatureSet, part: TextPart, share: number): boolean {
    const left = this.#deadline - this.#now();
    const guess = ((this.#pace.get(this.#first.name)?.most ?? 0) * features.weight) / this.#first.weight;
    const known = this.#pace.get(features.name);
    const pace = part.has(features) ? (known?.last ?? guess) : (known?.most ?? guess);
    return left === Number.POSITIVE_INFINITY || pace * part.work <= left * share;
  }

  isLate(): boolean {
    return this.#now() > this.#deadline;
  }

  async spend<T>({ name }: FeatureSet, part: TextPart, trial: () => Promise<T>): Promise<T> {
    const started = this.#now();
    const result = await trial();
    const last = (this.#now() - started) / part.work;
    this.#pace.set(name, { last, most: Math.max(last, this.#pace.get(name)?.most ?? 0) });
    return result;
  }
}

/**
 * Milliseconds of one core for each unit of work and of weight, measured on six corpora of 2 to 77 classes: the half of
 * them are within a factor of two. Fits grow with classes, vectorizing does not.
 */
const vectorizing = 2.5e-5;
const fitting = 0.9e-5;
const classesThatDouble = 8;

export class WorkClock implements SearchClock {
  #left: number;
  readonly #classes: number;

  constructor(budgetMs: number, classes: number) {
    this.#left = budgetMs;
    this.#classes = classes;
  }

  hasTimeFor(features: FeatureSet, part: TextPart, share: number): boolean {
    return this.#cost(features, part) <= this.#left * share;
  }

  isLate(): boolean {
    return false;
  }

  spend<T>(features: FeatureSet, part: TextPart, trial: () => Promise<T>): Promise<T> {
    this.#left -= this.#cost(features, part);
    return trial();
  }

  #cost(features: FeatureSet, part: TextPart): number {
    const fit = fitting * (1 + this.#classes / classesThatDouble);
    return part.work * features.weight * (fit + (part.has(features) ? 0 : vectorizing));
  }
}
