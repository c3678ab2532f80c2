// Stratified k-fold: every fold gets its share of every class, and the same seed gives the same folds anywhere.
// The allocation is scikit-learn's StratifiedKFold with shuffle; only the random numbers differ.
import { SparrowError } from '../errors.ts';

/** The fold, 0 to k − 1, that each document is held out in. Labels may be any strings, such as a joined label set. */
export function stratifiedFolds(labels: readonly string[], k: number, seed = 0): Uint16Array {
  checkFoldCount(labels.length, k);
  const classes = indicesByClass(labels);
  let largest = 0;
  for (const indices of classes.values()) largest = Math.max(largest, indices.length);
  if (largest < k) {
    throw new SparrowError('TOO_FEW_LABELS', `Cannot make ${k} folds: the largest class has ${largest} documents.`);
  }
  return deal(classes, labels.length, k, seed);
}

/** Indices of the documents whose folds are wanted, ascending. */
export function whereFold(folds: ArrayLike<number>, isWanted: (fold: number) => boolean): Uint32Array {
  return Uint32Array.from(folds, (_, index) => index).filter((index) => isWanted(folds[index]!));
}

/** Dealt like cards, each class going on where the one before stopped: fold sizes differ by one at most. */
function deal(classes: ReadonlyMap<string, number[]>, docs: number, k: number, seed: number): Uint16Array {
  const folds = new Uint16Array(docs);
  const random = seededRandom(seed);
  let next = 0;
  for (const indices of classes.values()) {
    shuffle(indices, random);
    for (const index of indices) folds[index] = next++ % k;
  }
  return folds;
}

/**
 * As `stratifiedFolds`, with equal texts in one fold: a copy of a held-out text among those trained on would make the
 * model look better than it is. Any number of documents will do; folds may be empty.
 */
export function foldsOfTexts(texts: readonly string[], labels: readonly string[], k: number, seed = 0): Uint16Array {
  const first = new Map<string, number>();
  for (const [i, text] of texts.entries()) if (!first.has(text)) first.set(text, i);
  const places = [...first.values()];
  const classes = indicesByClass(places.map((i) => labels[i]!));
  const dealt = deal(classes, places.length, k, seed);
  const foldAt = new Map(places.map((i, at) => [i, dealt[at]!]));
  return Uint16Array.from(texts, (text) => foldAt.get(first.get(text)!)!);
}

/** Labels with fewer documents than folds: some folds then train or test without them. */
export function scarceLabels(labels: readonly string[], k: number): string[] {
  return [...indicesByClass(labels)].filter(([, indices]) => indices.length < k).map(([label]) => label);
}

function checkFoldCount(docs: number, k: number): void {
  if (!Number.isInteger(k) || k < 2 || k > 0xffff) {
    throw new SparrowError('BAD_OPTION', `The number of folds must be a whole number of at least 2, not ${k}.`);
  }
  if (docs < k) throw new SparrowError('TOO_FEW_LABELS', `Cannot make ${k} folds of ${docs} documents.`);
}

function indicesByClass(labels: readonly string[]): Map<string, number[]> {
  const classes = new Map<string, number[]>();
  labels.forEach((label, index) => {
    const indices = classes.get(label);
    if (indices === undefined) classes.set(label, [index]);
    else indices.push(index);
  });
  return classes;
}

/** Fisher and Yates, from the end. */
export function shuffle(items: number[], random: () => number): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const item = items[i] as number;
    items[i] = items[j] as number;
    items[j] = item;
  }
}

/** Mulberry32: 32 bits of state are plenty for a permutation, and integer arithmetic is the same on every machine. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
