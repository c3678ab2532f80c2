// Text to terms as scikit-learn's analyzers make them, one plain step after another.
import { type GoldenOptions, goldenStopWords } from '../golden.ts';
import { isSpace, isWord, lower, pythonRegExp, stripAccents, stripToAscii } from './unicode.ts';

/** The terms of a text, in scikit-learn's order, repeats kept. */
export function analyze(text: string, options: GoldenOptions = {}): string[] {
  const prepared = prepare(text, options);
  const [least, most] = options.ngramRange ?? [1, 1];
  if (options.analyzer === 'char') return ngrams(characters(prepared), least, most, '');
  if (options.analyzer === 'char_wb') {
    return words(characters(prepared), (character) => !isSpaceCharacter(character), 1).flatMap((word) =>
      wordNgrams(` ${word} `, least, most),
    );
  }
  const stopWords = new Set(options.stopWords === 'english' ? goldenStopWords() : options.stopWords);
  const kept = tokens(prepared, options.tokenPattern ?? 'two').filter((token) => !stopWords.has(token));
  return ngrams(kept, least, most, ' ');
}

function prepare(text: string, { lowercase = true, stripAccents: accents = null }: GoldenOptions): string {
  const lowered = lowercase ? lower(text) : text;
  if (accents === 'unicode') return stripAccents(lowered);
  return accents === 'ascii' ? stripToAscii(lowered) : lowered;
}

function tokens(text: string, pattern: string): string[] {
  const isWordCharacter = (character: string) => isWord(character.codePointAt(0)!);
  if (pattern === 'two' || pattern === 'one') return words([...text], isWordCharacter, pattern === 'two' ? 2 : 1);
  return [...text.matchAll(pythonRegExp(pattern))].map((match) => match[1] ?? match[0]);
}

/** Maximal runs of the characters that belong, at least `least` of them. */
function words(text: readonly string[], belongs: (character: string) => boolean, least: number): string[] {
  const runs: string[][] = [[]];
  for (const character of text) {
    if (belongs(character)) runs.at(-1)!.push(character);
    else runs.push([]);
  }
  return runs.filter((run) => run.length >= least).map((run) => run.join(''));
}

function isSpaceCharacter(character: string): boolean {
  return isSpace(character.codePointAt(0)!);
}

/** The characters of a text in which each run of two or more spaces is one blank. */
function characters(text: string): string[] {
  const result: string[] = [];
  let spaces: string[] = [];
  for (const character of [...text, '']) {
    if (character !== '' && isSpaceCharacter(character)) {
      spaces.push(character);
      continue;
    }
    result.push(...(spaces.length > 1 ? [' '] : spaces));
    spaces = [];
    if (character !== '') result.push(character);
  }
  return result;
}

/** Shorter before longer, each length in the order of the items. */
function ngrams(items: readonly string[], least: number, most: number, separator: string): string[] {
  const result: string[] = [];
  for (let n = least; n <= most; n++) {
    for (let i = 0; i + n <= items.length; i++) result.push(items.slice(i, i + n).join(separator));
  }
  return result;
}

/** The n-grams of one padded word. Once n reaches its length the whole word is taken, and nothing longer. */
function wordNgrams(word: string, least: number, most: number): string[] {
  const items = [...word];
  const result: string[] = [];
  for (let n = least; n <= most; n++) {
    if (n >= items.length) return [...result, word];
    result.push(...ngrams(items, n, n, ''));
  }
  return result;
}
