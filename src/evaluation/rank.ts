// Which texts to label next: those that the model is least sure of, but no two that are nearly the same, for the second
// would teach nothing. The same measures of being sure serve as the score of a prediction.

import { isUnspaced } from './scripts.ts';

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

/** The texts in the order in which labelling them pays; `proba` is (texts, classes). */
export function rankForLabelling(
  texts: readonly string[],
  proba: Float64Array,
  { kind = 'margin', multiLabel = false, batch = 100, mostAlike = 0.5, labelled = [] }: RankSettings = {},
): Ranked[] {
  const classes = texts.length === 0 ? 0 : proba.length / texts.length;
  const score = multiLabel ? multiLabelScoreOf : scoreOf;
  const scores = texts.map((_, i) => score(proba.subarray(i * classes, (i + 1) * classes), kind));
  const order = [...texts.keys()].sort((a, b) => scores[a]! - scores[b]! || a - b);
  const index = new LikenessIndex(mostAlike);
  for (const text of labelled) index.add(-1, text);
  const picked: Ranked[] = [];
  const alike: Ranked[] = [];
  let at = 0;
  for (; at < order.length && picked.length < batch; at++) {
    const i = order[at]!;
    const like = index.find(texts[i]!);
    if (like === undefined) {
      index.add(i, texts[i]!);
      picked.push({ index: i, score: scores[i]! });
    } else alike.push({ index: i, score: scores[i]!, ...(like >= 0 && { like }) });
  }
  const rest = order.slice(at).map((i): Ranked => ({ index: i, score: scores[i]! }));
  return [...picked, ...rest, ...alike];
}

/** Texts as sets of hashed word pairs, found again by the pairs they share. */
class LikenessIndex {
  readonly #mostAlike: number;
  readonly #owners: number[] = [];
  readonly #sizes: number[] = [];
  readonly #byPair = new Map<number, number[]>();

  constructor(mostAlike: number) {
    this.#mostAlike = mostAlike;
  }

  add(owner: number, text: string): void {
    const pairs = wordPairs(text);
    const at = this.#owners.push(owner) - 1;
    this.#sizes.push(pairs.size);
    for (const pair of pairs) {
      const same = this.#byPair.get(pair);
      if (same) same.push(at);
      else this.#byPair.set(pair, [at]);
    }
  }

  /** Owner of the text most like this one, if any is alike enough. */
  find(text: string): number | undefined {
    const pairs = wordPairs(text);
    const shared = new Map<number, number>();
    for (const pair of pairs) {
      for (const at of this.#byPair.get(pair) ?? []) shared.set(at, (shared.get(at) ?? 0) + 1);
    }
    let owner: number | undefined;
    let most = this.#mostAlike;
    for (const [at, count] of shared) {
      const likeness = count / (pairs.size + this.#sizes[at]! - count);
      if (likeness < most) continue;
      most = likeness;
      owner = this.#owners[at]!;
    }
    return owner;
  }
}

const words = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu;

function wordPairs(text: string): Set<number> {
  const hashes: number[] = [];
  for (const [word] of text.toLowerCase().matchAll(words)) {
    if (isUnspaced(word)) for (const character of word) hashes.push(hashOf(character));
    else hashes.push(hashOf(word));
  }
  if (hashes.length === 1) return new Set(hashes);
  return new Set(hashes.slice(1).map((hash, i) => Math.imul(hashes[i]!, 31) + hash));
}

/** FNV-1a over UTF-16 units. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return hash;
}
