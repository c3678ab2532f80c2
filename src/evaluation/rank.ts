// Which texts to label next: those that the model is least sure of, but no two that are nearly the same, for the second
// would teach nothing. The same measures of being sure serve as the score of a prediction.
import { LikenessIndex, wordPairs } from './likeness.ts';

/**
 * How sure a prediction is, from 0 to 1, the larger the surer: the largest probability; its distance to the second; or
 * one less the entropy, relative to the largest entropy there can be. Sorting tasks by it, ascending, is active learning.
 */
export type ScoreKind = 'probability' | 'margin' | 'entropy';

/** The score of one row of probabilities that sum to one. */
export function scoreOf(row: Float64Array, kind: ScoreKind = 'probability'): number {
  if (kind === 'entropy') return 1 - entropyOf(row) / Math.log(Math.max(2, row.length));
  let first = 0;
  let second = 0;
  for (const p of row) {
    if (p > first) {
      second = first;
      first = p;
    } else if (p > second) second = p;
  }
  return kind === 'margin' ? first - second : first;
}

/** As `scoreOf` where each label is a question of its own: the least sure answer counts. */
export function multiLabelScoreOf(row: Float64Array, kind: ScoreKind = 'probability'): number {
  return row.reduce((least, p) => Math.min(least, scoreOf(Float64Array.of(p, 1 - p), kind)), 1);
}

function entropyOf(row: Float64Array): number {
  return row.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
}

export interface RankSettings {
  kind?: ScoreKind;
  multiLabel?: boolean;
  /** How many are wanted; the rest follow by score alone. Default 100. */
  batch?: number;
  /** Texts more alike than this (share of their word pairs in common) do not stand in one batch. Default 0.5. */
  mostAlike?: number;
  /** Texts that are labelled already: nothing like them is needed either. */
  labelled?: readonly string[];
}

export interface Ranked {
  /** Index of the text. */
  readonly index: number;
  readonly score: number;
  /** The text, ranked before, that this is nearly the same as; such texts come after all others. */
  readonly like?: number;
}

const usuallyAlike = 0.5;

/** The texts in the order in which labelling them pays; `proba` is (texts, classes). */
export function rankForLabelling(
  texts: readonly string[],
  proba: Float64Array,
  { kind = 'margin', multiLabel = false, batch = 100, mostAlike = usuallyAlike, labelled = [] }: RankSettings = {},
): Ranked[] {
  const classes = texts.length === 0 ? 0 : proba.length / texts.length;
  const score = multiLabel ? multiLabelScoreOf : scoreOf;
  const scores = texts.map((_, i) => score(proba.subarray(i * classes, (i + 1) * classes), kind));
  const pairs = (i: number) => wordPairs(texts[i]!);
  return rankDiverse(scores, pairs, { batch, mostAlike, labelled: labelled.map(wordPairs) });
}

/** Indices of `scores`, the least first but for what is like one before it; `pairsOf` gives what a text is compared by. */
export function rankDiverse(
  scores: readonly number[],
  pairsOf: (index: number) => ReadonlySet<number>,
  {
    batch = 100,
    mostAlike = usuallyAlike,
    labelled = [],
  }: { batch?: number; mostAlike?: number; labelled?: readonly ReadonlySet<number>[] } = {},
): Ranked[] {
  const order = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]! || a - b);
  const index = new LikenessIndex(mostAlike);
  for (const pairs of labelled) index.add(-1, pairs);
  const picked: Ranked[] = [];
  const alike: Ranked[] = [];
  let at = 0;
  for (; at < order.length && picked.length < batch; at++) {
    const i = order[at]!;
    const pairs = pairsOf(i);
    const like = index.find(pairs);
    if (like === undefined) {
      index.add(i, pairs);
      picked.push({ index: i, score: scores[i]! });
    } else alike.push({ index: i, score: scores[i]!, ...(like >= 0 && { like }) });
  }
  const rest = order.slice(at).map((i): Ranked => ({ index: i, score: scores[i]! }));
  return [...picked, ...rest, ...alike];
}
