// Texts of any number made from real ones: the first half of one joined to the second half of another of the same
// class. Halves alone would repeat the same words for ever, so some words give way to new ones, made of halves of words
// in the same manner; how many there are is up to the caller.
import type { Corpus } from './corpus.ts';
import { wordsOf } from './naive-bayes.ts';

export interface Shape {
  readonly docs: number;
  /** Texts that are joined into one, each made of two halves. Default 1. */
  readonly length?: number;
  /** New words to bring in. Default 0. */
  readonly newWords?: number;
}

/** Each new word stands in about so many places, where there is room for that: new words are rare words. */
const usesOfNewWord = 3;
const mostExchanged = 0.5;

/** How many times more distinct words a corpus has that is `times` as large: Heaps' law with its exponent for English. */
export function heapsGrowth(times: number): number {
  return times ** 0.55;
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function synthesize(source: Corpus, { docs, length = 1, newWords = 0 }: Shape, seed = 1): Corpus {
  const random = seededRandom(seed);
  const byClass = groupByClass(source);
  const texts: string[] = [];
  const labels: string[] = [];
  for (let i = 0; i < docs; i++) {
    // Classes keep their shares: each text has the class of one that was drawn.
    const label = pick(source.labels, random);
    const members = byClass.get(label)!;
    const parts: string[] = [];
    for (let part = 0; part < length; part++) parts.push(recombine(pick(members, random), pick(members, random)));
    texts.push(parts.join(' '));
    labels.push(label);
  }
  return { texts: newWords === 0 ? texts : bringInWords(texts, newWords, random), labels };
}

export function countWords(texts: readonly string[]): number {
  const words = new Set<string>();
  for (const text of texts) for (const word of wordsOf(text)) words.add(word);
  return words.size;
}

function recombine(first: string, second: string): string {
  const head = first.split(' ');
  const tail = second.split(' ');
  return [...head.slice(0, Math.ceil(head.length / 2)), ...tail.slice(Math.ceil(tail.length / 2))].join(' ');
}

function bringInWords(texts: readonly string[], count: number, random: () => number): string[] {
  const split = texts.map((text) => text.split(' '));
  const places = split.reduce((sum, words) => sum + words.length, 0);
  const share = Math.min(mostExchanged, (usesOfNewWord * count) / places);
  const coined = Array.from({ length: count }, () => {
    const head = pick(pick(split, random), random);
    const tail = pick(pick(split, random), random);
    return head.slice(0, Math.ceil(head.length / 2)) + tail.slice(Math.floor(tail.length / 2));
  });
  return split.map((words) => words.map((word) => (random() < share ? pick(coined, random) : word)).join(' '));
}

function groupByClass({ texts, labels }: Corpus): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [i, label] of labels.entries()) {
    const group = groups.get(label);
    if (group) group.push(texts[i]!);
    else groups.set(label, [texts[i]!]);
  }
  return groups;
}

function pick<T>(from: readonly T[], random: () => number): T {
  return from[Math.floor(random() * from.length)]!;
}
