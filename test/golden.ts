// Readers of the golden files: scikit-learn's and Python's own answers, with their option names brought to ours. The one
// place that knows how they are written; strings in them may hold lone surrogates.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RegressionOptions, VectorizerOptions } from '../src/classifier/options.ts';
import type { Csr } from './oracle/csr.ts';
import { encodeWtf8 } from './oracle/wtf8.ts';

/** Ours, but a token pattern that is none of the two named ones stays the regular expression of Python it was. */
export type GoldenOptions = Omit<VectorizerOptions, 'tokenPattern'> & {
  tokenPattern?: string;
};
export type Ranges = readonly (readonly [from: number, to: number])[];

type PythonOptions = { readonly [name: string]: unknown };

const namedPatterns: ReadonlyMap<unknown, string> = new Map([
  ['(?u)\\b\\w\\w+\\b', 'two'],
  ['(?u)\\b\\w+\\b', 'one'],
]);

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./golden/${name}`, import.meta.url), 'utf8'));
}

/** snake_case to camelCase, `None` for a norm to 'none', a named token pattern to its name. */
function ours(options: PythonOptions): { [name: string]: unknown } {
  const entries = Object.entries(options).map(([name, value]) => {
    const camel = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    if (name === 'token_pattern') return [camel, namedPatterns.get(value) ?? value];
    if (name === 'norm') return [camel, value ?? 'none'];
    return [camel, value];
  });
  return Object.fromEntries(entries);
}

export interface GoldenUnicode {
  readonly word: Ranges;
  readonly space: Ranges;
  readonly cased: Ranges;
  readonly caseIgnorable: Ranges;
  /** Code point to its lower case, where different. */
  readonly lower: ReadonlyMap<number, string>;
  /** Code point to what strip_accents_unicode leaves of it, where different; Hangul syllables are not among them. */
  readonly plain: ReadonlyMap<number, string>;
}

export function goldenUnicode(): GoldenUnicode {
  type Mapping = { [hexadecimal: string]: string };
  const file = read('unicode.json') as {
    word: Ranges;
    space: Ranges;
    lower: Mapping;
    strip_accents_unicode: Mapping;
  };
  const sets = read('unicode-case.json') as {
    cased: Ranges;
    caseIgnorable: Ranges;
  };
  const mapped = (mapping: Mapping) =>
    new Map(Object.entries(mapping).map(([key, text]) => [Number.parseInt(key, 16), text]));
  return {
    word: file.word,
    space: file.space,
    cased: sets.cased,
    caseIgnorable: sets.caseIgnorable,
    lower: mapped(file.lower),
    plain: mapped(file.strip_accents_unicode),
  };
}

/** The built-in English list, sorted. */
export function goldenStopWords(): readonly string[] {
  const file = read('stop_words_english.json') as readonly string[] | { words: readonly string[] };
  return 'words' in file ? file.words : file;
}

/** What stands for a list of tokens that is too long to be written out. */
export interface TokenDigest {
  readonly count: number;
  readonly sha256: string;
  readonly head: readonly string[];
}

export interface GoldenAnalyzers {
  readonly strings: readonly string[];
  readonly sets: readonly {
    readonly options: GoldenOptions;
    readonly tokens: readonly (readonly string[] | TokenDigest)[];
  }[];
}

export function goldenAnalyzers(): GoldenAnalyzers {
  const file = read('analyzers.json') as GoldenAnalyzers;
  return {
    strings: file.strings,
    sets: file.sets.map((set) => ({ ...set, options: ours(set.options) })),
  };
}

/** The tokens in the form of their golden answer, so that the two can be compared: as they are, or as a digest. */
export function inFormOf(golden: readonly string[] | TokenDigest, tokens: readonly string[]): unknown {
  if (!('sha256' in golden)) return tokens;
  const sha256 = createHash('sha256')
    .update(encodeWtf8(tokens.join('\n')))
    .digest('hex');
  return {
    count: tokens.length,
    sha256,
    head: tokens.slice(0, golden.head.length),
  };
}

export interface GoldenTfidfCase {
  readonly options: GoldenOptions;
  /** Terms with one and the same count of which only some were kept: any choice of that many is as good. */
  readonly maxFeaturesTie: {
    readonly count: number;
    readonly terms: readonly string[];
    readonly kept: number;
  } | null;
  readonly features: readonly string[];
  readonly idf: readonly number[] | null;
  readonly fit: Csr;
  readonly new: Csr;
}

export interface GoldenTfidf {
  readonly corpus: readonly string[];
  readonly new: readonly string[];
  readonly cases: readonly GoldenTfidfCase[];
  /** Options or documents that must be refused, with scikit-learn's message; without documents it is the corpus. */
  readonly errors: readonly {
    readonly options: GoldenOptions;
    readonly docs?: readonly string[];
    readonly error: string;
  }[];
}

export function goldenTfidf(): GoldenTfidf {
  const file = read('tfidf.json') as GoldenTfidf;
  type Case = GoldenTfidfCase & {
    max_features_tie: GoldenTfidfCase['maxFeaturesTie'];
  };
  return {
    corpus: file.corpus,
    new: file.new,
    cases: (file.cases as Case[]).map(({ max_features_tie, ...rest }) => ({
      ...rest,
      options: ours(rest.options),
      maxFeaturesTie: max_features_tie,
    })),
    errors: file.errors.map((refused) => ({
      ...refused,
      options: ours(refused.options ?? {}),
    })),
  };
}

export interface GoldenLogregCase {
  readonly data: string;
  readonly options: RegressionOptions;
  /** The weights of `data` if the case was fitted with them. */
  readonly sampleWeight: readonly number[] | null;
  readonly classes: readonly string[];
  /** (rows, nFeatures); one row for two classes. */
  readonly coef: readonly (readonly number[])[];
  readonly intercept: readonly number[];
  /** (nSamples, nClasses), of the training rows. */
  readonly proba: readonly (readonly number[])[];
}

export interface GoldenLogreg {
  readonly data: {
    readonly [name: string]: {
      readonly X: readonly (readonly number[])[];
      readonly y: readonly string[];
    };
  };
  readonly textCorpus: readonly string[];
  readonly textFeatures: readonly string[];
  readonly cases: readonly GoldenLogregCase[];
}

export function goldenLogreg(): GoldenLogreg {
  type Data = { X: number[][]; y: string[]; sample_weight: number[] | null };
  type Case = Omit<GoldenLogregCase, 'sampleWeight'> & {
    sample_weight: boolean;
  };
  const file = read('logreg.json') as {
    data: { [name: string]: Data };
    text_corpus: string[];
    text_features: string[];
    cases: Case[];
  };
  return {
    data: file.data,
    textCorpus: file.text_corpus,
    textFeatures: file.text_features,
    cases: file.cases.map(({ sample_weight, ...rest }) => ({
      ...rest,
      options: ours(rest.options as PythonOptions),
      sampleWeight: sample_weight ? file.data[rest.data]!.sample_weight : null,
    })),
  };
}
