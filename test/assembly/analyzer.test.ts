// The text room of the kernels: every term of every analyzer, against scikit-learn's and against the oracle's.
import { beforeAll, describe, expect, test } from 'vitest';
import { type GoldenOptions, goldenAnalyzers, goldenStopWords, inFormOf } from '../golden.ts';
import { analyze } from '../oracle/analyzer.ts';
import { randomTexts } from '../oracle/random.ts';
import { decodeWtf8, encodeWtf8 } from '../oracle/wtf8.ts';
import { compile, type Kernel } from './compile.ts';

const entry = `
  export { allocate } from './memory/arena';
  export { addStopWord, createAnalyzer, destroyAnalyzer } from './text/analyzer';
  export { collectTerms, collectedBytes, collectedEnds, collectedTerms } from './text/collect';
`;
const kinds = { word: 0, char: 1, char_wb: 2 };
const accents = { unicode: 1, ascii: 2 };

let kernel: Kernel;
let text: number;
beforeAll(async () => {
  kernel = await compile(entry);
  text = kernel.call('allocate', 1 << 20);
});

/** Write a text, with letters behind it that must not count; returns its length in bytes. */
function put(value: string): number {
  const given = encodeWtf8(value);
  const memory = new Uint8Array(kernel.memory.buffer);
  memory.fill(0x61, text, text + given.length + 64);
  memory.set(given, text);
  return given.length;
}

function termsOf(texts: readonly string[], options: GoldenOptions): string[][] {
  const { analyzer = 'word', ngramRange = [1, 1], lowercase = true, stripAccents, stopWords, tokenPattern } = options;
  const [least, most] = ngramRange;
  const accentMode = stripAccents ? accents[stripAccents] : 0;
  const minLength = tokenPattern === 'one' ? 1 : 2;
  const made = kernel.call('createAnalyzer', kinds[analyzer], least, most, Number(lowercase), accentMode, minLength);
  for (const word of stopWords === 'english' ? goldenStopWords() : (stopWords ?? [])) {
    const length = put(word);
    kernel.call('addStopWord', made, text, length);
  }
  const terms = texts.map((value) => {
    const length = put(value);
    kernel.call('collectTerms', made, text, length);
    return collected();
  });
  kernel.call('destroyAnalyzer', made);
  return terms;
}

function collected(): string[] {
  const view = new DataView(kernel.memory.buffer);
  const bytes = kernel.call('collectedBytes');
  const ends = kernel.call('collectedEnds');
  let start = 0;
  return Array.from({ length: kernel.call('collectedTerms') }, (_, i) => {
    const end = view.getUint32(ends + i * 4, true);
    const term = decodeWtf8(new Uint8Array(kernel.memory.buffer, bytes + start, end - start));
    start = end;
    return term;
  });
}

describe('terms', () => {
  const { strings, sets } = goldenAnalyzers();
  const ours = sets.filter(({ options }) => ['two', 'one'].includes(options.tokenPattern ?? 'two'));

  test.each(ours.map((set) => [set.options, set] as const))('are scikit-learn’s with %j', (_, { options, tokens }) => {
    for (const [i, terms] of termsOf(strings, options).entries()) {
      expect(inFormOf(tokens[i]!, terms), `string ${i}`).toEqual(tokens[i]);
    }
  });

  const combinations: GoldenOptions[] = [
    {},
    { tokenPattern: 'one' },
    { lowercase: false, stripAccents: 'unicode', tokenPattern: 'one' },
    { stripAccents: 'ascii', ngramRange: [1, 3] },
    { analyzer: 'char', ngramRange: [1, 3] },
    { analyzer: 'char', lowercase: false, stripAccents: 'unicode', ngramRange: [2, 5] },
    { analyzer: 'char_wb', ngramRange: [1, 4] },
    { analyzer: 'char_wb', stripAccents: 'ascii', ngramRange: [3, 3] },
  ];
  const seed = 5;
  test.each(combinations)(`of random texts (seed ${seed}) are the oracle’s with %j`, (options) => {
    const texts = randomTexts(seed, 400);
    for (const [i, terms] of termsOf(texts, options).entries()) {
      expect(terms, `text ${i}`).toEqual(analyze(texts[i]!, options));
    }
  });
});
