// What auto selection chooses among: sets of features, simplest first, and settings of the regression for one of them.
import type { ClassifierOptions, RegressionOptions, VectorizerOptions } from '../classifier/options.ts';
import type { ScriptShares } from './scripts.ts';

/** Vectorizers that stand side by side, under a name for tables. */
export interface FeatureSet {
  readonly name: string;
  readonly blocks: readonly VectorizerOptions[];
  /** Rough time it takes, relative to single words: a guess until it has been measured. */
  readonly weight: number;
  /** Sets are tried in the order of their turns: what wins most often comes early, in case time runs out. */
  readonly turn: number;
}

/** A feature set with a regression on it. */
export interface Candidate extends RegressionOptions {
  readonly features: FeatureSet;
  readonly C: number;
  readonly multiClass: 'auto' | 'ovr';
  readonly classWeight: 'balanced' | null;
  readonly columnPower: number;
  /** Whether naive Bayes may be mixed in; how much of it is found without a fit. */
  readonly hasNaiveBayes: boolean;
}

/** scikit-learn's own pipeline: the floor. */
export const plainFeatures: FeatureSet = { name: 'words of two letters and more', blocks: [{}], weight: 1, turn: 9 };

export const plain: Candidate = {
  features: plainFeatures,
  C: 1,
  multiClass: 'auto',
  classWeight: null,
  columnPower: 0,
  hasNaiveBayes: false,
};

/** From this many texts on, n-grams that occur once are noise that only makes models large. */
const pruneFrom = 1000;

/** Words of one and more characters with the marks of their script inside; the kernels' own tokens where none occur. */
const tokensWithMarks = '[\\w\\p{M}\\u200c\\u200d]+';
/** Share of marks among letters from which on tokens must hold them. */
const fewMarks = 0.01;

/** Texts of this many characters, in the mean, make character n-grams dear. */
const longText = 400;

/** The sets for texts like these, simplest first. */
export function featureSets(scripts: ScriptShares, texts: readonly string[]): FeatureSet[] {
  const minDf = texts.length >= pruneFrom ? 2 : 1;
  const shared = { sublinearTf: true, normalize: 'nfc' } as const;
  const words = { ...shared, tokenPattern: scripts.marks >= fewMarks ? tokensWithMarks : 'one' };
  const upTo = (n: number): VectorizerOptions => ({ ...words, ngramRange: [1, n], minDf });
  const inside: VectorizerOptions = { ...shared, analyzer: 'char_wb', ngramRange: [2, 5], minDf };
  const across = (n: number): VectorizerOptions => ({ ...shared, analyzer: 'char', ngramRange: [1, n], minDf });
  const dear = texts.reduce((sum, text) => sum + text.length, 0) > longText * texts.length ? 12 : 4;
  const spaced: FeatureSet[] = [
    { name: 'words', blocks: [words], weight: 1, turn: 0 },
    { name: 'words 1–2', blocks: [upTo(2)], weight: 2, turn: 1 },
    { name: 'words 1–3', blocks: [upTo(3)], weight: 4, turn: 5 },
    { name: 'words + characters 2–5', blocks: [words, inside], weight: dear, turn: 2 },
    { name: 'words 1–2 + characters 2–5', blocks: [upTo(2), inside], weight: dear + 1, turn: 3 },
    // Not much simpler, and the pieces of words that it goes by say little to a reader: only where it is clearly better.
    { name: 'characters 2–5', blocks: [inside], weight: dear, turn: 4 },
  ];
  const unspaced: FeatureSet[] = [
    { name: 'characters 1–2', blocks: [across(2)], weight: 1, turn: 0 },
    { name: 'characters 1–2 + words', blocks: [across(2), { ...words, minDf }], weight: 1.2, turn: 1 },
    { name: 'characters 1–3 + words', blocks: [across(3), { ...words, minDf }], weight: 2, turn: 2 },
  ];
  if (scripts.spacing === 'spaced') return spaced;
  if (scripts.spacing === 'unspaced') return unspaced;
  const both = { name: 'characters 1–3 + words 1–2', blocks: [across(3), upTo(2)], weight: 3, turn: 1 };
  return [...unspaced, ...spaced.filter(({ blocks }) => !blocks.includes(inside)), both];
}

/** With more classes than these, how well a column tells them apart is a poor guide. */
const manyClasses = 30;

/** Where the search for a feature set's regression begins. */
export function firstGuess(features: FeatureSet, classes: number, fixed: RegressionOptions = {}): Candidate {
  return {
    features,
    C: fixed.C ?? 10,
    multiClass: fixed.multiClass === 'ovr' ? 'ovr' : 'auto',
    classWeight: fixed.classWeight === 'balanced' ? 'balanced' : null,
    columnPower: classes > manyClasses ? 0 : 0.5,
    hasNaiveBayes: true,
  };
}

/** What a search may change, and what is fixed. */
export interface Traits {
  readonly classes: number;
  readonly isSingle: boolean;
  /** Texts of the largest class for one of the smallest, and the weight of the latter when classes are balanced. */
  readonly imbalance: number;
  readonly mostWeight: number;
  readonly fixed: RegressionOptions;
}

/** Classes this uneven may gain from weights. */
const uneven = 4;

/** C times the weight of a sample: above this fits become many times slower and no better. */
const mostCost = 20;
const ladderOfC = [1, 2, 5, 10, 20];

/** Changes of a regression, each ladder climbed as long as that helps. */
export function ladders(from: Candidate, traits: Traits): Partial<Candidate>[][] {
  const { columnPower, multiClass, classWeight, C } = from;
  const { classes, isSingle, imbalance, mostWeight, fixed } = traits;
  const balancedC = ladderOfC.findLast((rung) => rung <= Math.min(C, mostCost / mostWeight));
  const mostC = classWeight === null ? mostCost : mostCost / mostWeight;
  const canBalance = isSingle && classWeight === null && imbalance >= uneven && fixed.classWeight === undefined;
  const canSplit = isSingle && classes > 2 && multiClass !== 'ovr' && fixed.multiClass === undefined;
  const up = ladderOfC.filter((rung) => rung > C && rung <= mostC).map((rung) => ({ C: rung }));
  const down = ladderOfC.filter((rung) => rung < C).map((rung) => ({ C: rung }));
  return [
    ...[0, 0.5, 1].filter((power) => power !== columnPower).map((power) => [{ columnPower: power }]),
    ...(canSplit ? [[{ multiClass: 'ovr' } as const]] : []),
    ...(fixed.C === undefined ? [up, down.reverse()] : []),
    ...(canBalance && balancedC && fixed.C === undefined ? [[{ classWeight: 'balanced', C: balancedC } as const]] : []),
  ];
}

/** What is fixed, parted into what concerns the regression and what the features. */
export function partFixed(fixed: ClassifierOptions): { regression: RegressionOptions; vectorizer: VectorizerOptions } {
  const { C, tol, maxIter, fitIntercept, classWeight, solver, multiClass, seed, ...vectorizer } = fixed;
  const named = { C, tol, maxIter, fitIntercept, classWeight, solver, multiClass, seed };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return { regression: Object.fromEntries(given), vectorizer };
}

/** The sets with fixed options in every block; where these name the terms themselves, one set of just those. */
export function withFixed(sets: readonly FeatureSet[], fixed: VectorizerOptions): FeatureSet[] {
  const isWhole = fixed.analyzer !== undefined || fixed.ngramRange !== undefined || fixed.vocabulary != null;
  if (!isWhole) return sets.map((set) => ({ ...set, blocks: set.blocks.map((block) => ({ ...block, ...fixed })) }));
  const words = sets.flatMap(({ blocks }) => blocks).find(({ analyzer }) => analyzer === undefined);
  const block: VectorizerOptions = { ...words, ngramRange: [1, 1], ...fixed };
  return [{ name: 'features as given', blocks: [block], weight: 1, turn: 0 }];
}

/** Fewer and shorter terms first, then stronger penalties. */
export function simplicityOf(candidate: Candidate, sets: readonly FeatureSet[]): number {
  const { features, C, columnPower, classWeight, multiClass } = candidate;
  const at = sets.findIndex(({ name }) => name === features.name);
  return at * 1000 + C * 10 + columnPower + (classWeight ? 2 : 0) + (multiClass === 'ovr' ? 4 : 0);
}
