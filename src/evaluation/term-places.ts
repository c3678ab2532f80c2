// The terms of a text with their places in it. The kernels' analyzer returns terms only, so its rules (scikit-learn's)
// are followed here once more, over the prepared text.
import { type CheckedVectorizerOptions, stopWordList } from '../classifier/options.ts';
import { compileTokenPattern } from '../classifier/token-pattern.ts';

/** A stretch of the prepared text, in UTF-16 units. */
export type Span = readonly [from: number, to: number];

/** A term and the stretches that make it up: one, or one for each word of an n-gram of words. */
export interface TermPlace {
  readonly term: string;
  readonly spans: readonly Span[];
}

export function termPlaces(text: string, options: CheckedVectorizerOptions): TermPlace[] {
  if (options.analyzer === 'word') return wordPlaces(text, options);
  return options.analyzer === 'char' ? charPlaces(text, options) : boundedPlaces(text, options);
}

const patterns: Readonly<Record<string, string>> = { two: '\\w\\w+', one: '\\w+' };
const blanks = compileTokenPattern('\\s+');
const notBlank = compileTokenPattern('\\S+');

function wordPlaces(text: string, options: CheckedVectorizerOptions): TermPlace[] {
  const stopWords = new Set(stopWordList(options) ?? []);
  const pattern = compileTokenPattern(patterns[options.tokenPattern] ?? options.tokenPattern);
  const words: { word: string; span: Span }[] = [];
  for (const match of text.matchAll(pattern)) {
    const word = match[1] ?? match[0];
    const from = match.index + match[0].indexOf(word);
    if (!stopWords.has(word)) words.push({ word, span: [from, from + word.length] });
  }
  const places: TermPlace[] = [];
  for (let n = options.ngramRange[0]; n <= options.ngramRange[1]; n++) {
    for (let i = 0; i + n <= words.length; i++) {
      const run = words.slice(i, i + n);
      places.push({ term: run.map(({ word }) => word).join(' '), spans: run.map(({ span }) => span) });
    }
  }
  return places;
}

interface Character {
  readonly text: string;
  readonly span: Span;
}

/** Runs of two blanks and more count as one space. */
function charPlaces(text: string, { ngramRange }: CheckedVectorizerOptions): TermPlace[] {
  const all: Character[] = [];
  let at = 0;
  for (const { 0: run, index } of text.matchAll(blanks)) {
    if ([...run].length < 2) continue;
    all.push(...characters(text.slice(at, index), at), { text: ' ', span: [index, index + run.length] });
    at = index + run.length;
  }
  all.push(...characters(text.slice(at), at));
  const places: TermPlace[] = [];
  for (let n = ngramRange[0]; n <= Math.min(ngramRange[1], all.length); n++) {
    for (let i = 0; i + n <= all.length; i++) places.push(placeOf(all.slice(i, i + n)));
  }
  return places;
}

/** Words between blanks with a space on either side; of a word too short for n characters there is one n-gram, itself. */
function boundedPlaces(text: string, { ngramRange }: CheckedVectorizerOptions): TermPlace[] {
  const places: TermPlace[] = [];
  for (const { 0: word, index } of text.matchAll(notBlank)) {
    const end = index + word.length;
    const padded: Character[] = [
      { text: ' ', span: [index, index] },
      ...characters(word, index),
      { text: ' ', span: [end, end] },
    ];
    for (let n = ngramRange[0]; n <= ngramRange[1]; n++) {
      for (let i = 0; i === 0 || i + n <= padded.length; i++) places.push(placeOf(padded.slice(i, i + n)));
      if (n >= padded.length) break;
    }
  }
  return places;
}

function characters(text: string, offset: number): Character[] {
  let at = offset;
  return Array.from(text, (character) => {
    at += character.length;
    return { text: character, span: [at - character.length, at] };
  });
}

function placeOf(run: readonly Character[]): TermPlace {
  return { term: run.map(({ text }) => text).join(''), spans: [[run[0]!.span[0], run.at(-1)!.span[1]]] };
}
