// Auto selection: which features, which regression, by stratified cross-validation inside a budget of time. Candidates
// meet on small parts of the texts first; the better half goes on to larger parts, and of what reaches the largest the
// simplest within one standard error of the best is taken. With time to spare, the same seed gives the same choice.
import type { ClassifierOptions, VectorizerOptions } from '../classifier/options.ts';
import type { FitOptions, Target } from '../classifier/text-classifier.ts';
import { TfidfVectorizer } from '../classifier/vectorizer.ts';
import { SparrowError } from '../errors.ts';
import { calibrateOutcome } from './calibration.ts';
import { type Candidate, type FeatureSet, featureSets, firstGuess, ladders, plain } from './candidates.ts';
import { stratumOf } from './cross-validate.ts';
import { FoldedRows } from './folded-rows.ts';
import { foldsOfTexts, seededRandom } from './folds.ts';
import type { HeldOut } from './out-of-fold.ts';
import { chooseSimplest, difference, evaluate, type Outcome } from './outcome.ts';
import { scriptShares } from './scripts.ts';
import { sideBySide } from './sparse-rows.ts';
import { type Labelling, labellingAt, labellingOf } from './truth.ts';

export interface AutoSettings {
  /** Time for the search, without the fit that follows. Default 2000. */
  budgetMs?: number;
  /** Seed of folds and parts. Default 0. */
  seed?: number;
  multiLabel?: boolean;
  /** Options that are not to be chosen. */
  fixed?: ClassifierOptions;
  /** Told after each candidate. */
  onProgress?: (progress: { name: string; done: number; total: number }) => void;
  /** Milliseconds of a clock, for tests. */
  now?: () => number;
}

/** One line of the table behind a choice. */
export interface CandidateResult {
  readonly name: string;
  readonly C: number;
  readonly multiClass: 'auto' | 'ovr' | 'multinomial';
  readonly classWeight: 'balanced' | null;
  readonly columnPower: number;
  readonly naiveBayes: number;
  readonly temperature: number;
  /** Texts and folds it was tried on; 0 texts: not at all. */
  readonly docs: number;
  readonly folds: number;
  readonly accuracy: number;
  readonly logLoss: number;
  /** Log loss above the best on the same texts, and the standard error of that. */
  readonly behind: number;
  readonly standardError: number;
  readonly seconds: number;
  readonly verdict: 'chosen' | 'as good' | 'worse' | 'dropped early' | 'not tried';
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
] as const;
/** A larger part is begun when its first candidate will take at most this share of the time left. */
const worthBeginning = 0.5;
/** Relative gap that suffices to compare candidates. */
const roughTol = 3e-3;
/** Fits are slow to close the last digits at large C, and predictions no longer change. */
const finalTol = 1e-4;
const foldsOnParts = 3;
const foldsOnAll = 5;

/** Choose options for a fit. Throws TOO_FEW_LABELS when there are fewer than two classes with two texts each. */
export function chooseOptions(
  texts: readonly string[],
  targets: readonly Target[],
  settings: AutoSettings = {},
): AutoChoice {
  const search = new Search(texts, targets, settings);
  return search.run();
}

interface Part {
  readonly docs: Uint32Array;
  readonly units: number;
  readonly folds: Uint16Array;
  readonly k: number;
  readonly labelling: Labelling;
  readonly matrices: Map<string, FoldedRows>;
  readonly vectorized: Map<string, ReturnType<TfidfVectorizer['fitTransform']>>;
}

class Search {
  readonly #texts: readonly string[];
  readonly #targets: readonly Target[];
  readonly #settings: AutoSettings;
  readonly #labelling: Labelling;
  readonly #deadline: number;
  readonly #now: () => number;
  readonly #order: Uint32Array;
  readonly #tried: { outcome: Outcome; part: Part }[] = [];
  readonly #skipped: FeatureSet[] = [];
  /** Milliseconds that a set took, and for how many units and folds. */
  readonly #cost = new Map<string, { ms: number; work: number }>();
  #sets: FeatureSet[];

  constructor(texts: readonly string[], targets: readonly Target[], settings: AutoSettings) {
    this.#now = settings.now ?? (() => performance.now());
    this.#deadline = this.#now() + (settings.budgetMs ?? 2000);
    this.#texts = texts;
    this.#targets = targets;
    this.#settings = settings;
    this.#labelling = labellingOf(targets, settings.multiLabel ?? false);
    this.#order = stratifiedOrder(targets, settings.seed ?? 0);
    this.#sets = withFixed(featureSets(scriptShares(texts), texts), settings.fixed ?? {});
    checkEnough(this.#labelling, texts.length);
  }

  run(): AutoChoice {
    let alive = this.#sets;
    let start = firstGuess(alive[0]!, this.#labelling.classes.length, this.#settings.fixed);
    let last: Part | undefined;
    for (const size of [...parts, { docs: Number.POSITIVE_INFINITY, units: Number.POSITIVE_INFINITY, keep: 1 }]) {
      const part = this.#part(size.docs, size.units, last);
      if (!part) continue;
      if (last && !this.#hasTimeFor(alive[0]!, part, worthBeginning)) break;
      const outcomes = this.#meet(alive, start, part);
      if (outcomes.length === 0) break;
      last = part;
      forget(part, outcomes[0]!.candidate.features);
      start = this.#climb(outcomes[0]!, part).candidate;
      alive = outcomes.slice(0, size.keep).map(({ candidate }) => candidate.features);
      if (part.docs.length === this.#texts.length) break;
    }
    return this.#choice(last!);
  }

  /** The texts of a part with their folds; nothing where it would be hardly larger than the one before. */
  #part(docs: number, units: number, before: Part | undefined): Part | undefined {
    let count = 0;
    let sum = 0;
    while (count < this.#order.length && count < docs && sum < units) sum += this.#texts[this.#order[count++]!]!.length;
    const isAll = count * 1.5 >= this.#order.length;
    if (isAll) count = this.#order.length;
    if (before && count < before.docs.length * 1.5) return undefined;
    const chosen = this.#order.slice(0, count).sort();
    const k = foldCount(isAll ? foldsOnAll : foldsOnParts, this.#labelling, chosen.length);
    const texts = Array.from(chosen, (i) => this.#texts[i]!);
    return {
      docs: chosen,
      units: texts.reduce((total, text) => total + text.length, 0),
      folds: foldsOfTexts(
        texts,
        Array.from(chosen, (i) => stratumOf(this.#targets[i]!)),
        k,
        this.#settings.seed ?? 0,
      ),
      k,
      labelling: labellingAt(this.#labelling, chosen),
      matrices: new Map(),
      vectorized: new Map(),
    };
  }

  /** Try each set on the part, with the regression of `start`; best first. The floor comes along if there is time. */
  #meet(sets: readonly FeatureSet[], start: Candidate, part: Part): Outcome[] {
    const outcomes: Outcome[] = [];
    for (const features of sets.toSorted((a, b) => a.turn - b.turn)) {
      const isDue = this.#tried.length === 0 || this.#hasTimeFor(features, part, 1);
      const outcome = isDue ? this.#try({ ...start, features }, part) : undefined;
      if (outcome) outcomes.push(outcome);
      else this.#skipped.push(features);
    }
    const floor = this.#floor();
    if (floor && this.#hasTimeFor(floor.features, part, 1)) this.#try(floor, part);
    return outcomes.sort((a, b) => a.logLoss - b.logLoss);
  }

  /** scikit-learn's pipeline, unless options are fixed that it does not have. */
  #floor(): Candidate | undefined {
    const { fixed = {} } = this.#settings;
    const [floor] = withFixed([plain.features], fixed);
    return floor && { ...plain, ...regressionOf(fixed), features: floor };
  }

  /** Change the regression step by step, as long as that makes it better. */
  #climb(from: Outcome, part: Part): Outcome {
    let best = from;
    const classes = this.#labelling.classes.length;
    const isSingle = this.#labelling.truth.kind === 'single';
    const traits = { classes, isSingle, ...balanceOf(part.labelling), fixed: this.#settings.fixed ?? {} };
    for (const ladder of ladders(best.candidate, traits)) {
      for (const change of ladder) {
        if (!this.#hasTimeFor(best.candidate.features, part, 1)) return best;
        const outcome = this.#try({ ...best.candidate, ...change }, part);
        if (!outcome || outcome.logLoss >= best.logLoss) break;
        best = outcome;
      }
    }
    return best;
  }

  /** Nothing when time ran out on the way; the very first is seen through. */
  #try(candidate: Candidate, part: Part): Outcome | undefined {
    const started = this.#now();
    const rows = this.#rows(candidate.features, part);
    const isFirst = this.#tried.length === 0;
    const outcome = evaluate(candidate, rows, roughTol, () => !isFirst && this.#now() > this.#deadline);
    if (!outcome) return undefined;
    const ms = this.#now() - started;
    this.#cost.set(candidate.features.name, { ms, work: workOf(part) });
    this.#tried.push({ outcome, part });
    this.#settings.onProgress?.({ name: candidate.features.name, done: this.#tried.length, total: part.docs.length });
    return outcome;
  }

  #rows(features: FeatureSet, part: Part): FoldedRows {
    let rows = part.matrices.get(features.name);
    if (rows) return rows;
    const matrices = features.blocks.map((block) => {
      const key = JSON.stringify(block);
      const known = part.vectorized.get(key);
      const matrix = known ?? new TfidfVectorizer(block).fitTransform(Array.from(part.docs, (i) => this.#texts[i]!));
      part.vectorized.set(key, matrix);
      return matrix;
    });
    rows = new FoldedRows(sideBySide(matrices), part.labelling, part.folds, part.k);
    part.matrices.set(features.name, rows);
    return rows;
  }

  /** Whether a set can be tried on the part within a share of the time left, going by what it or others took before. */
  #hasTimeFor(features: FeatureSet, part: Part, share: number): boolean {
    const left = this.#deadline - this.#now();
    if (left === Number.POSITIVE_INFINITY) return true;
    const known = this.#cost.get(features.name);
    if (known) return (known.ms / known.work) * workOf(part) <= left * share;
    const [first] = this.#sets;
    const unit = this.#cost.get(first?.name ?? '');
    return (
      unit !== undefined && (unit.ms / unit.work) * workOf(part) * (features.weight / first!.weight) <= left * share
    );
  }

  #choice(part: Part): AutoChoice {
    const here = this.#tried.filter((trial) => trial.part === part).map(({ outcome }) => outcome);
    const rank = (outcome: Outcome) => simplicityOf(outcome.candidate, this.#sets);
    const { best, chosen } = chooseSimplest(here.sort((a, b) => rank(a) - rank(b)));
    const calibrated = calibrateOutcome(chosen, part.labelling);
    const { features, hasNaiveBayes: _, columnPower, ...regression } = chosen.candidate;
    const { naiveBayes } = chosen;
    return {
      options: {
        features: features.blocks,
        ...regression,
        tol: finalTol,
        multiLabel: this.#settings.multiLabel ?? false,
        refinement: { columnPower, naiveBayes, temperature: calibrated.temperature },
      },
      table: this.#table(part, best, chosen),
      classes: this.#labelling.classes,
      docs: part.docs,
      folds: part.folds,
      k: part.k,
      outOfFold: calibrated.proba,
      notes: this.#notes(part),
    };
  }

  #table(part: Part, best: Outcome, chosen: Outcome): CandidateResult[] {
    const lines = this.#tried.map(({ outcome, part: where }): CandidateResult => {
      const line = lineOf(outcome, where);
      if (where !== part) return { ...line, verdict: 'dropped early' };
      const { mean: behind, error: standardError } = difference(outcome, best);
      const verdict = outcome === chosen ? 'chosen' : behind <= standardError ? 'as good' : 'worse';
      return { ...line, behind, standardError, verdict };
    });
    const reached = new Set(this.#tried.map(({ outcome }) => outcome.candidate.features.name));
    const untried = this.#skipped.filter(({ name }, at) => {
      return !reached.has(name) && this.#skipped.findIndex((other) => other.name === name) === at;
    });
    return [...lines, ...untried.map(notTried)];
  }

  #notes(part: Part): string[] {
    const notes: string[] = [];
    const all = this.#texts.length;
    if (part.docs.length < all) {
      notes.push(`Candidates were compared on ${part.docs.length} of ${all} texts; more time would allow all of them.`);
    }
    const names = [...new Set(this.#skipped.map(({ name }) => name))];
    if (names.length > 0) notes.push(`There was no time to try on as many texts: ${names.join('; ')}.`);
    return notes;
  }
}

/** Give up the rows of all feature sets but one. */
function forget({ matrices, vectorized }: Part, kept: FeatureSet): void {
  vectorized.clear();
  for (const name of matrices.keys()) if (name !== kept.name) matrices.delete(name);
}

function lineOf({ candidate, ...outcome }: Outcome, part: Part): CandidateResult {
  const { features, C, multiClass, classWeight, columnPower } = candidate;
  const { naiveBayes, temperature, accuracy, logLoss, seconds } = outcome;
  return {
    name: features.name,
    ...{ C, multiClass, classWeight, columnPower, naiveBayes, temperature },
    ...{ docs: part.docs.length, folds: part.k, accuracy, logLoss, behind: 0, standardError: 0, seconds },
    verdict: 'worse',
  };
}

function notTried({ name }: FeatureSet): CandidateResult {
  const regression = {
    C: 0,
    multiClass: 'auto',
    classWeight: null,
    columnPower: 0,
    naiveBayes: 0,
    temperature: 1,
  } as const;
  const figures = { docs: 0, folds: 0, accuracy: 0, logLoss: 0, behind: 0, standardError: 0, seconds: 0 };
  return { name, ...regression, ...figures, verdict: 'not tried' };
}

function workOf(part: Part): number {
  return (part.units + 200 * part.docs.length) * (part.k - 1);
}

/** Fewer and shorter terms first, then stronger penalties. */
function simplicityOf(
  { features, C, columnPower, classWeight, multiClass }: Candidate,
  sets: readonly FeatureSet[],
): number {
  const at = sets.findIndex(({ name }) => name === features.name);
  return at * 1000 + C * 10 + columnPower + (classWeight ? 2 : 0) + (multiClass === 'ovr' ? 4 : 0);
}

function withFixed(sets: FeatureSet[], fixed: ClassifierOptions): FeatureSet[] {
  const {
    C: _,
    tol: _1,
    maxIter: _2,
    fitIntercept: _3,
    classWeight: _4,
    solver: _5,
    multiClass: _6,
    seed: _7,
    ...own
  } = fixed;
  if (Object.keys(own).length === 0) return sets;
  const isWhole = own.analyzer !== undefined || own.ngramRange !== undefined || own.vocabulary != null;
  if (!isWhole) return sets.map((set) => ({ ...set, blocks: set.blocks.map((block) => ({ ...block, ...own })) }));
  const words = sets.flatMap(({ blocks }) => blocks).find(({ analyzer }) => analyzer === undefined);
  const block: VectorizerOptions = { ...words, ngramRange: [1, 1], ...own };
  return [{ name: 'features as given', blocks: [block], weight: 1, turn: 0 }];
}

function regressionOf({ C }: ClassifierOptions): { C?: number } {
  return C === undefined ? {} : { C };
}

function checkEnough({ classes, truth }: Labelling, texts: number): void {
  if (classes.length >= (truth.kind === 'multi' ? 1 : 2) && texts >= 4) return;
  throw new SparrowError('TOO_FEW_LABELS', 'Choosing options needs at least two classes and four labelled texts.');
}

/** Not more folds than the second largest class has texts, so that a fold seldom trains without a class. */
function foldCount(wanted: number, { truth, labels }: Labelling, texts: number): number {
  const counts = new Float64Array(truth.classes);
  for (const label of labels) counts[label]!++;
  const second = counts.sort().at(-2) ?? counts.at(-1)!;
  return Math.max(2, Math.min(wanted, truth.kind === 'multi' ? texts : second));
}

/** How uneven the classes are, and the largest weight that balancing them would give. */
function balanceOf({ truth, labels }: Labelling): { imbalance: number; mostWeight: number } {
  const counts = new Float64Array(truth.classes);
  for (const label of labels) counts[label]!++;
  const present = counts.filter((count) => count > 0);
  const least = Math.min(...present);
  return { imbalance: Math.max(...present) / least, mostWeight: labels.length / (present.length * least) };
}

/** An order of the texts in which every beginning has its share of each class. */
function stratifiedOrder(targets: readonly Target[], seed: number): Uint32Array {
  const random = seededRandom(seed);
  const byLabel = new Map<string, number[]>();
  for (const [i, target] of targets.entries()) {
    const label = stratumOf(target);
    const same = byLabel.get(label);
    if (same) same.push(i);
    else byLabel.set(label, [i]);
  }
  const place = new Float64Array(targets.length);
  for (const indices of byLabel.values()) {
    const keys = new Map(indices.map((index) => [index, random()]));
    indices.sort((a, b) => keys.get(a)! - keys.get(b)!);
    for (const [rank, index] of indices.entries()) place[index] = (rank + random()) / indices.length;
  }
  return Uint32Array.from(targets.keys()).sort((a, b) => place[a]! - place[b]!);
}
