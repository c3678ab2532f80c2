// The analyzer on the host's side: settings as numbers for the kernels, and the one tokenizer that is not in them, a
// token pattern of the user's own, which runs as a regular expression over text that the kernels have prepared.
import type { Kernels } from './kernels.ts';
import { type Address, addressOf, copyIn, decodeText, release, type TextBatch, TextBuffer, view } from './memory.ts';

/** What the kernels must know of the vectorizer's options. */
export interface AnalyzerSettings {
  readonly analyzer: 'word' | 'char' | 'char_wb';
  readonly ngramRange: readonly [number, number];
  readonly lowercase: boolean;
  readonly stripAccents: 'unicode' | 'ascii' | null;
  readonly normalize: 'nfc' | null;
  readonly stopWords: readonly string[];
  /** Words of two or more word characters, of one or more, or whatever the pattern (global, with `u`) matches. */
  readonly tokens: 'two' | 'one' | RegExp;
}

const kinds = { word: 0, char: 1, char_wb: 2 } as const;
const splitKind = 3;

/** An analyzer in linear memory and the buffer its texts go through. */
export class Analyzer {
  readonly at: Address;
  readonly #kernels: Kernels;
  readonly #settings: AnalyzerSettings;
  readonly #buffer: TextBuffer;
  readonly #scratch: TextBuffer;

  constructor(kernels: Kernels, settings: AnalyzerSettings) {
    this.#kernels = kernels;
    this.#settings = settings;
    this.#buffer = new TextBuffer(kernels);
    this.#scratch = new TextBuffer(kernels);
    const { analyzer, ngramRange, lowercase, tokens } = settings;
    const kind = analyzer === 'word' && tokens instanceof RegExp ? splitKind : kinds[analyzer];
    const at = kernels.call((k) =>
      k.createAnalyzer(kind, ngramRange[0], ngramRange[1], Number(lowercase), this.#accents, tokens === 'one' ? 1 : 2),
    );
    this.at = addressOf(at);
    if (analyzer !== 'word') return;
    for (const word of settings.stopWords) {
      const { texts, bytes } = this.#buffer.write([word]);
      kernels.call((k) => k.addStopWord(this.at, texts, bytes));
    }
  }

  get #accents(): number {
    const { stripAccents } = this.#settings;
    return stripAccents === null ? 0 : stripAccents === 'unicode' ? 1 : 2;
  }

  /** Lay the texts out for the kernels. The batch holds until the next one. */
  write(given: readonly string[]): TextBatch {
    const { analyzer, normalize, tokens } = this.#settings;
    const texts = normalize === 'nfc' ? given.map(compose) : given;
    if (analyzer !== 'word' || !(tokens instanceof RegExp)) return this.#buffer.write(texts);
    return this.#buffer.writeTokens(texts.map((text) => findAll(tokens, this.prepare(text))));
  }

  /** The text lower-cased and stripped of accents as the settings ask. */
  prepare(text: string): string {
    const { texts, bytes } = this.#scratch.write([text]);
    const { lowercase } = this.#settings;
    const at = this.#kernels.call((k) => k.prepare(texts, bytes, lowercase, this.#accents));
    const length = this.#kernels.call((k) => k.lengthPrepared());
    return decodeText(view(this.#kernels, Uint8Array, addressOf(at), length >>> 0).slice());
  }

  /** The terms of one text in order, repeats kept. */
  terms(text: string): string[] {
    const { texts, bytes } = this.write([text]);
    this.#kernels.call((k) => k.collectTerms(this.at, texts, bytes));
    const count = this.#kernels.call((k) => k.collectedTerms()) >>> 0;
    const ends = view(this.#kernels, Uint32Array, addressOf(this.#kernels.call((k) => k.collectedEnds())), count);
    const at = addressOf(this.#kernels.call((k) => k.collectedBytes()));
    const all = view(this.#kernels, Uint8Array, at, ends.at(-1) ?? 0);
    return Array.from(ends, (end, i) => decodeText(all.slice(i === 0 ? 0 : ends[i - 1], end)));
  }

  dispose(): void {
    if (this.#kernels.isLost) return;
    this.#buffer.release();
    this.#scratch.release();
    this.#kernels.call((k) => k.destroyAnalyzer(this.at));
  }
}

/** Below U+0300 nothing can be composed any further. */
const composable = /[^\0-\u02ff]/;

function compose(text: string): string {
  return composable.test(text) ? text.normalize('NFC') : text;
}

/** As Python's `findall` with at most one group: the group where there is one, else the match. */
function findAll(pattern: RegExp, text: string): string[] {
  return Array.from(text.matchAll(pattern), (match) => match[1] ?? match[0]);
}

/** A copy of `terms` in linear memory: bytes end to end and their ends. */
export function writeTerms(kernels: Kernels, bytes: Uint8Array, ends: Uint32Array) {
  const termBytes = copyIn(kernels, bytes);
  const termEnds = copyIn(kernels, ends);
  return {
    bytes: termBytes.at,
    ends: termEnds.at,
    release: () => release(kernels, termBytes, termEnds),
  };
}
