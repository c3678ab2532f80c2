// Seeded input for comparing kernels with the oracle: texts of every script and every nasty kind, small regression
// problems. One seed gives one sequence for ever, so a failure is repeated by its seed.
import type { Rows } from './logistic.ts';

/** 0 ≤ next() < 1. */
type Random = () => number;

/** Marsaglia's xorshift on 32 bits, after the seed has been spread over all of them. */
export function randomFrom(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function below(random: Random, n: number): number {
  return Math.floor(random() * n);
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[below(random, items.length)]!;
}

/** Ranges of code points, each a kind of character: letters first, then what breaks words, then what breaks programs. */
const kinds: readonly (readonly [from: number, to: number])[] = [
  [0x61, 0x7a], // Latin
  [0x41, 0x5a], // capitals
  [0x30, 0x3a], // digits and a colon
  [0x20, 0x2f], // blank and punctuation
  [0xc0, 0x17f], // accents, U+0130 among them
  [0x391, 0x3c9], // Greek, both sigmas
  [0x400, 0x45f], // Cyrillic
  [0x5d0, 0x5ea], // Hebrew
  [0x620, 0x669], // Arabic with its marks and digits
  [0x905, 0x96f], // Devanagari with its vowel signs
  [0xe01, 0xe5b], // Thai
  [0x10a0, 0x10ff], // Georgian
  [0x1e00, 0x1fff], // Latin and Greek, extended
  [0x3041, 0x30ff], // kana
  [0x4e00, 0x9fff], // Chinese
  [0xac00, 0xd7a3], // Hangul
  [0xf900, 0xfaff], // compatibility ideographs
  [0xfb00, 0xfdff], // ligatures, U+FDFA among them
  [0xff00, 0xffef], // full width
  [0x10400, 0x1044f], // Deseret: case beyond 16 bits
  [0x1d400, 0x1d7ff], // mathematical letters
  [0x1f300, 0x1f64f], // emoji
  [0x20000, 0x2a6df], // Chinese beyond 16 bits
  [0x300, 0x36f], // combining marks
  [0x9, 0xd], // white space
  [0x1c, 0x20], // separators that are white space
  [0x2000, 0x200f], // spaces, joiners, marks of direction
  [0x2028, 0x202f], // line separators
  [0x80, 0xa0], // controls
  [0x0, 0x1f], // NUL and its like
  [0xe000, 0xf8ff], // private use
  [0xfff0, 0xffff], // specials
  [0x0, 0xd7ff], // anything in the first plane, below the surrogates
  [0x10000, 0x10ffff], // anything beyond it
];

/**
 * Lone surrogates: a text has high ones or low ones. With both, a mark dropped from between them would leave a pair,
 * which a string of JavaScript cannot tell from one character, though Python and the kernels can.
 */
const surrogates = [
  [0xd800, 0xdbff],
  [0xdc00, 0xdfff],
] as const;

/** Lengths at and around the widths of lanes and inline keys. */
const lengths = [0, 1, 2, 3, 7, 8, 12, 14, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 127, 128, 129];

function character(random: Random, [from, to]: readonly [number, number]): string {
  return String.fromCodePoint(from + below(random, to - from + 1));
}

function run(random: Random, kind: readonly [number, number], length: number): string {
  return Array.from({ length }, () => character(random, kind)).join('');
}

/** A text of a random kind: words of one script, a mixture, one run of a critical length, or a very long token. */
function randomText(random: Random): string {
  const allowed = [...kinds, pick(random, surrogates)];
  const script = pick(random, allowed);
  const word = () => run(random, random() < 0.8 ? script : pick(random, allowed), 1 + below(random, 12));
  const gap = () => (random() < 0.7 ? ' ' : run(random, pick(random, allowed), 1 + below(random, 3)));
  const ascii = (from: number) => run(random, [from, from + 25], pick(random, lengths));
  switch (below(random, 6)) {
    case 0:
      return run(random, script, pick(random, lengths));
    case 1:
      return Array.from({ length: pick(random, lengths) }, () => character(random, pick(random, allowed))).join('');
    case 2:
      return `${ascii(0x61)}${word()}${ascii(0x41)}`;
    case 3:
      return random() < 0.2 ? run(random, script, 1000 + below(random, 2000)) : word();
    default:
      return Array.from({ length: below(random, 30) }, () => `${word()}${gap()}`).join('');
  }
}

export function randomTexts(seed: number, count: number): string[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => randomText(random));
}

/** A corpus whose terms repeat as in real texts: few are common, many are rare; some documents are empty or alike. */
export function randomCorpus(seed: number, count: number): string[] {
  const random = randomFrom(seed);
  const words = Array.from({ length: 40 }, () => run(random, pick(random, kinds.slice(0, 23)), 1 + below(random, 20)));
  const documents: string[] = [];
  for (let i = 0; i < count; i++) {
    const isRepeat = i > 0 && random() < 0.05;
    const word = () => words[Math.floor(words.length * random() ** 3)]!;
    documents.push(isRepeat ? pick(random, documents) : Array.from({ length: below(random, 25) }, word).join(' '));
  }
  return documents;
}

export interface RandomProblem {
  readonly x: Rows;
  readonly y: readonly number[];
  readonly nClasses: number;
  /** Some are zero. */
  readonly sampleWeight: readonly number[];
}

/** A regression problem with sparse rows, some of them empty, and at least one sample of each class. */
export function randomProblem(seed: number, nSamples: number, nFeatures: number, nClasses: number): RandomProblem {
  const random = randomFrom(seed);
  const centre = () => Array.from({ length: nFeatures }, () => random() - 0.5);
  const centres = Array.from({ length: nClasses }, centre);
  const y = Array.from({ length: nSamples }, (_, i) => (i < nClasses ? i : below(random, nClasses)));
  const x = y.map((k) => {
    const density = random() < 0.1 ? 0 : 0.3 + random() / 2;
    return centres[k]!.map((mean) => (random() < density ? mean + random() - 0.5 : 0));
  });
  const sampleWeight = y.map(() => (random() < 0.1 ? 0 : 2 * random()));
  return { x, y, nClasses, sampleWeight };
}
