// Auto selection: which features, which regression, by stratified cross-validation inside a budget of time. Candidates
// meet on small parts of the texts first; the better half goes on to larger parts, and of what reaches the largest the
// simplest within one standard error of the best is taken. With time to spare, the same seed gives the same choice.
import type { ClassifierOptions } from '../classifier/options.ts';
import type { FitOptions, Target } from '../classifier/text-classifier.ts';
import { SparrowError } from '../errors.ts';
import { type SearchClock, WallClock, WorkClock } from './auto-clock.ts';
import { calibrateOutcome } from './calibration.ts';
import {
  type Candidate,
  type FeatureSet,
  featureSets,
  firstGuess,
  ladders,
  partFixed,
  plain,
  simplicityOf,
  withFixed,
} from './candidates.ts';
import { type Crew, CrewOfOne } from './crew.ts';
import type { HeldOut } from './out-of-fold.ts';
import { chooseSimplest, evaluate, type Outcome } from './outcome.ts';
import { scriptShares } from './scripts.ts';
import { type CandidateResult, notesOnSearch, selectionTable, type Trial } from './selection-table.ts';
import { settle } from './settle.ts';
import { balanceOf, foldCount, nearlyAll, partSize, stratifiedOrder, TextPart, type TextPool } from './text-part.ts';
import { type Labelling, labellingOf } from './truth.ts';

export interface AutoSettings {
  /**
   * Time for the search. Where it does not suffice to compare candidates on all texts, one fit of four fifths of them
   * comes on top, which the scores are calibrated on. Default 2000.
   */
  budgetMs?: number;
  /**
   * What the budget is measured by. `time` makes the best of the machine; with `work`, an estimate of it, the same texts
   * give the same choice everywhere and always, and take longer on a slow or busy machine. Default `time`.
   */
  clock?: 'time' | 'work';
  /** Seed of folds and parts. Default 0. */
  seed?: number;
  multiLabel?: boolean;
  /** Options that are not to be chosen. */
  fixed?: ClassifierOptions;
  /** Who does the folds. Default this thread. */
  crewFor?: (labelling: Labelling) => Crew;
  /** Told after each candidate. */
  onProgress?: (progress: { name: string; tried: number; docs: number }) => void;
  /** Milliseconds of a clock, for tests. */
  now?: () => number;
}

/** What to do, why, and the out-of-fold predictions of it: of all texts where time allowed. */
export interface AutoChoice extends HeldOut {
  /** What to fit all texts with. */
  readonly options: FitOptions;
  readonly table: CandidateResult[];
  /** What a reader should know of the search, a sentence each. */
  readonly notes: string[];
}

/** Parts of the texts that candidates meet on, by number of texts and of UTF-16 units, and how many go on. */
const parts = [
  { docs: 1500, units: 800_000, keep: 3 },
  { docs: 6000, units: 6_000_000, keep: 2 },
  { docs: Number.POSITIVE_INFINITY, units: Number.POSITIVE_INFINITY, keep: 1 },
] as const;
/** A larger part is begun when its first candidate will take at most this share of the time left. */
const worthBeginning = 0.5;
/** Fits are slow to close the last digits at large C, and predictions no longer change. */
const finalTol = 1e-4;
const foldsOnParts = 3;
const foldsOnAll = 5;

/** Choose options for a fit. Throws TOO_FEW_LABELS below two classes or four texts. */
export async function chooseOptions(
  texts: readonly string[],
  targets: readonly Target[],
  settings: AutoSettings = {},
): Promise<AutoChoice> {
  const labelling = labellingOf(targets, settings.multiLabel ?? false);
  if (labelling.classes.length < (settings.multiLabel ? 1 : 2) || texts.length < 4) {
    throw new SparrowError('TOO_FEW_LABELS', 'Choosing options needs at least two classes and four labelled texts.');
  }
  const { seed = 0, crewFor } = settings;
  const crew = crewFor ? crewFor(labelling) : new CrewOfOne(texts, labelling);
  const pool = { texts, targets, labelling, order: stratifiedOrder(targets, seed), seed, crew };
  return new Search(pool, settings).run();
}

class Search {
  readonly #pool: TextPool;
  readonly #settings: AutoSettings;
  readonly #fixed: ReturnType<typeof partFixed>;
  readonly #sets: FeatureSet[];
  readonly #clock: SearchClock;
  readonly #trials: Trial[] = [];
  readonly #skipped: FeatureSet[] = [];

  constructor(pool: TextPool, settings: AutoSettings) {
    this.#pool = pool;
    this.#settings = settings;
    this.#fixed = partFixed(settings.fixed ?? {});
    this.#sets = withFixed(featureSets(scriptShares(pool.texts), pool.texts), this.#fixed.vectorizer);
    const { budgetMs = 2000, clock = 'time', now = () => performance.now() } = settings;
    const first = this.#sets.find(({ turn }) => turn === 0) ?? this.#sets[0]!;
    const classes = pool.labelling.classes.length;
    this.#clock = clock === 'work' ? new WorkClock(budgetMs, classes) : new WallClock(budgetMs, first, now);
  }

  async run(): Promise<AutoChoice> {
    const { labelling, texts } = this.#pool;
    let alive: readonly FeatureSet[] = this.#sets;
    let start = firstGuess(alive[0]!, labelling.classes.length, this.#fixed.regression);
    let last: TextPart | undefined;
    for (const { docs, units, keep } of parts) {
      const count = partSize(this.#pool, docs, units);
      if (last && count < nearlyAll * last.docs.length) continue;
      const part = new TextPart(this.#pool, count, this.#folds(count));
      if (last && !this.#clock.hasTimeFor(alive[0]!, part, worthBeginning)) break;
      const outcomes = await this.#meet(alive, start, part);
      if (outcomes.length === 0) {
        part.dispose();
        break;
      }
      last?.dispose();
      last = part;
      part.keepOnly(outcomes[0]!.candidate.features);
      start = (await this.#climb(outcomes[0]!, part)).candidate;
      alive = outcomes.slice(0, keep).map(({ candidate }) => candidate.features);
      if (count === texts.length) break;
    }
    return this.#choice(last!);
  }

  #folds(count: number): number {
    const { labelling, texts } = this.#pool;
    return foldCount(count === texts.length ? foldsOnAll : foldsOnParts, labelling, count);
  }

  /** Try each set on the part, with the regression of `start`; best first. The floor comes along if there is time. */
  async #meet(sets: readonly FeatureSet[], start: Candidate, part: TextPart): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const features of sets.toSorted((a, b) => a.turn - b.turn)) {
      const isDue = this.#trials.length === 0 || this.#clock.hasTimeFor(features, part, 1);
      const outcome = isDue ? await this.#try({ ...start, features }, part) : undefined;
      if (outcome) outcomes.push(outcome);
      else this.#skipped.push(features);
    }
    const floor = this.#floor();
    if (this.#clock.hasTimeFor(floor.features, part, 1)) await this.#try(floor, part);
    return outcomes.sort((a, b) => a.logLoss - b.logLoss);
  }

  /** scikit-learn's pipeline, but for what is fixed. */
  #floor(): Candidate {
    const [features] = withFixed([plain.features], this.#fixed.vectorizer);
    const { C = plain.C } = this.#fixed.regression;
    return { ...plain, C, features: features! };
  }

  /** Change the regression step by step, as long as that makes it better. */
  async #climb(from: Outcome, part: TextPart): Promise<Outcome> {
    let best = from;
    const { truth, classes } = this.#pool.labelling;
    const isSingle = truth.kind === 'single';
    const traits = { classes: classes.length, isSingle, ...balanceOf(part.labelling), fixed: this.#fixed.regression };
    for (const ladder of ladders(best.candidate, traits)) {
      for (const change of ladder) {
        if (!this.#clock.hasTimeFor(best.candidate.features, part, 1)) return best;
        const outcome = await this.#try({ ...best.candidate, ...change }, part);
        if (!outcome || outcome.logLoss >= best.logLoss) break;
        best = outcome;
      }
    }
    return best;
  }

  /** Nothing when time ran out on the way; the very first is seen through. */
  async #try(candidate: Candidate, part: TextPart): Promise<Outcome | undefined> {
    const { features } = candidate;
    const isFirst = this.#trials.length === 0;
    const isLate = () => !isFirst && this.#clock.isLate();
    const outcome = await this.#clock.spend(features, part, () => evaluate(candidate, part.rowsOf(features), isLate));
    if (!outcome) return undefined;
    this.#trials.push({ outcome, part });
    this.#settings.onProgress?.({ name: features.name, tried: this.#trials.length, docs: part.docs.length });
    return outcome;
  }

  async #choice(part: TextPart): Promise<AutoChoice> {
    const here = this.#trials.filter((trial) => trial.part === part).map(({ outcome }) => outcome);
    const rank = (outcome: Outcome) => simplicityOf(outcome.candidate, this.#sets);
    const found = chooseSimplest(here.sort((a, b) => rank(a) - rank(b)));
    const table = selectionTable(this.#trials, part, found);
    const cut = foldCount(foldsOnAll, this.#pool.labelling, this.#pool.texts.length);
    const settled = await settle(this.#pool, { chosen: found.chosen, part, cut }, ({ features }, where) => {
      return this.#clock.hasTimeFor(features, where, 1);
    });
    part.dispose();
    const { outcome } = settled;
    const { features, hasNaiveBayes: _, columnPower, ...regression } = outcome.candidate;
    const calibrated = calibrateOutcome(outcome, settled.labelling);
    return {
      options: {
        ...this.#fixed.regression,
        ...regression,
        tol: this.#fixed.regression.tol ?? finalTol,
        features: features.blocks,
        multiLabel: this.#settings.multiLabel ?? false,
        refinement: {
          columnPower,
          naiveBayes: outcome.naiveBayes,
          temperature: scaled(calibrated.temperature, settled.correction),
        },
      },
      table,
      classes: this.#pool.labelling.classes,
      docs: settled.docs,
      folds: settled.folds,
      k: settled.k,
      outOfFold: calibrated.proba,
      notes: notesOnSearch(part, this.#pool.texts.length, this.#skipped),
    };
  }
}

function scaled(temperature: number | Record<string, number>, by: number): number | Record<string, number> {
  if (typeof temperature === 'number') return temperature * by;
  return Object.fromEntries(Object.entries(temperature).map(([label, value]) => [label, value * by]));
}
