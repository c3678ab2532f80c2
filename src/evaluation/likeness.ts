// How alike texts are, by the word pairs they share; a character is a word where a script has no spaces. Pairs are hashed,
// so nothing of a text can be read back from them.

/** Hashed word pairs of a text; a word alone where there is no second. */
export function wordPairs(text: string): Set<number> {
  return new Set(hashPairs(text));
}

/**
 * The pairs, repeats kept, or of many the least: as alike as the texts are, in a place that does not grow with them.
 * In no order where they are few, as sorting would cost twice the rest.
 */
export function pairsSketch(text: string, most = 64): Uint32Array {
  const pairs = hashPairs(text);
  if (pairs.length <= most) return pairs.slice();
  pairs.sort();
  const least = new Uint32Array(most);
  let kept = 0;
  for (let i = 0; i < pairs.length && kept < most; i++) {
    if (i === 0 || pairs[i] !== pairs[i - 1]) least[kept++] = pairs[i]!;
  }
  return least.subarray(0, kept);
}

/** Room for the pairs of one text, used again for the next: a server looks at every text that it predicts. */
let room = new Uint32Array(1024);

/** The pairs in the order of the text, repeats kept; they hold until the next call. */
function hashPairs(text: string): Uint32Array {
  const words = hashWords(text.toLowerCase());
  for (let i = 0; i + 1 < words.length; i++) words[i] = Math.imul(words[i]!, 31) + words[i + 1]!;
  return words.length > 1 ? words.subarray(0, -1) : words;
}

function hashWords(text: string): Uint32Array {
  if (text.length > room.length) room = new Uint32Array(text.length);
  const hashes = room;
  let words = 0;
  let hash = basis;
  let isInside = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const kind = unit < asciiKinds.length ? asciiKinds[unit] : kindBeyondAscii(unit);
    if (kind === inWord) {
      hash = Math.imul(hash ^ unit, prime);
      isInside = true;
      continue;
    }
    if (isInside) hashes[words++] = hash;
    if (kind === alone) hashes[words++] = Math.imul(basis ^ unit, prime);
    hash = basis;
    isInside = false;
  }
  if (isInside) hashes[words++] = hash;
  return hashes.subarray(0, words);
}

/** Finds, among texts that were added, one that is nearly the same. */
export class LikenessIndex {
  readonly #mostAlike: number;
  readonly #owners: number[] = [];
  readonly #sizes: number[] = [];
  readonly #byPair = new Map<number, number[]>();

  /** Texts are alike from this share of pairs in common on. */
  constructor(mostAlike: number) {
    this.#mostAlike = mostAlike;
  }

  add(owner: number, pairs: ReadonlySet<number>): void {
    const at = this.#owners.push(owner) - 1;
    this.#sizes.push(pairs.size);
    for (const pair of pairs) {
      const same = this.#byPair.get(pair);
      if (same) same.push(at);
      else this.#byPair.set(pair, [at]);
    }
  }

  /** Owner of the text most like this one, if any is alike enough. */
  find(pairs: ReadonlySet<number>): number | undefined {
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

/** FNV-1a's. */
const basis = 0x811c9dc5;
const prime = 0x01000193;

const between = 0;
const inWord = 1;
const alone = 2;
/** Whether a UTF-16 unit of lower-case text is part of a word, a word by itself, or neither. */
type Kind = typeof between | typeof inWord | typeof alone;

/** Kinds of ASCII. */
const asciiKinds = Uint8Array.from({ length: 0x80 }, (_, unit) => {
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39) ? inWord : between;
});

function kindBeyondAscii(unit: number): Kind {
  if (unit < 0x2000) {
    if (unit < 0xc0) return between;
    return unspacedLow.some(([from, to]) => unit >= from && unit <= to) ? alone : inWord;
  }
  if (unit < 0x2070 || (unit >= 0x3000 && unit < 0x3005) || (unit >= 0x3008 && unit < 0x3021)) return between;
  if (unit >= 0xff00 && unit < 0xff10) return between;
  return (unit >= 0x3021 && unit < 0xa000) || (unit >= 0xf900 && unit < 0xfb00) ? alone : inWord;
}

/** Thai and Lao, Tibetan, Burmese, Khmer. */
const unspacedLow: readonly (readonly [number, number])[] = [
  [0x0e00, 0x0fff],
  [0x1000, 0x109f],
  [0x1780, 0x17ff],
];
