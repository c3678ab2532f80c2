// Unchecked options in, checked options out: nothing beyond this file meets an option that could be wrong.
// Names, defaults and refusals are scikit-learn's, in camelCase; see TfidfVectorizer and LogisticRegression there.
import { SparrowError } from '../errors.ts';
import { englishStopWords } from './stop-words.ts';
import { compileTokenPattern } from './token-pattern.ts';

/** How texts become columns. Every field is optional; the defaults are scikit-learn's. */
export interface VectorizerOptions {
  /** Terms are words, characters, or characters inside word boundaries. Default `word`. */
  analyzer?: 'word' | 'char' | 'char_wb';
  /** Smallest and largest n of the n-grams. Default `[1, 1]`. */
  ngramRange?: readonly [number, number];
  /** Lower-case as Python's `str.lower`. Default true. */
  lowercase?: boolean;
  /** Remove accents: by Unicode decomposition, or by dropping all that is not ASCII. Default null. */
  stripAccents?: 'unicode' | 'ascii' | null;
  /** Compose characters first (NFC), so that é is one letter however it was typed. Default null, as they come. */
  normalize?: 'nfc' | null;
  /** Words to leave out (word analyzer only): scikit-learn's English list or one's own. Default null. */
  stopWords?: 'english' | readonly string[] | null;
  /**
   * Words are runs of two or more word characters, or of one or more; anything else is a regular expression in
   * Python's syntax, which runs on the host, many times slower. Default `two`.
   */
  tokenPattern?: 'two' | 'one' | (string & {});
  /** Least document frequency, a count (integer ≥ 1) or a share of the documents (fraction < 1, 1.0 means count 1). Default 1. */
  minDf?: number;
  /** Greatest document frequency, a count (integer > 1) or a share (≤ 1). Default 1, that is all documents. */
  maxDf?: number;
  /** Keep only the terms with the largest counts over the corpus. Default null, keep all. */
  maxFeatures?: number | null;
  /** Count each term once a document. Default false. */
  binary?: boolean;
  /** Length each row is scaled to one in. Default `l2`. */
  norm?: 'l1' | 'l2' | 'none';
  /** Weigh terms by inverse document frequency. Default true. */
  useIdf?: boolean;
  /** Add one to document frequencies, as if one more document held every term. Default true. */
  smoothIdf?: boolean;
  /** Replace a count tf by 1 + ln tf. Default false. */
  sublinearTf?: boolean;
  /** A fixed vocabulary, in column order, in place of one learnt from the documents. Default null. */
  vocabulary?: readonly string[] | null;
}

/** How coefficients are fitted. Every field is optional; the defaults are scikit-learn's but for the solver and `tol`. */
export interface RegressionOptions {
  /** Inverse strength of the L2 penalty, > 0. Default 1. */
  C?: number;
  /** Stop at this relative distance from the optimum, (primal − dual) / primal. Default 1e-6. */
  tol?: number;
  /** Most epochs (sdca, sgd) or iterations (lbfgs). Default 1000. */
  maxIter?: number;
  /** Fit an intercept, which is not penalised. Default true. */
  fitIntercept?: boolean;
  /** Weigh classes by the inverse of their frequency, or by a map from label to weight. Default null. */
  classWeight?: 'balanced' | Readonly<Record<string, number>> | null;
  /** Default `sdca`, which hands over to `lbfgs` for C > 20 or when its certificate does not close. */
  solver?: 'sdca' | 'lbfgs' | 'sgd';
  /** One softmax over all classes (two: one sigmoid), a sigmoid a class, or softmax for two as well. Default `auto`. */
  multiClass?: 'auto' | 'ovr' | 'multinomial';
  /** Seed of the order in which samples are visited. Default 0. */
  seed?: number;
}

export type ClassifierOptions = VectorizerOptions & RegressionOptions;

export type CheckedVectorizerOptions = Readonly<Required<VectorizerOptions>>;
export type CheckedRegressionOptions = Readonly<Required<RegressionOptions>>;

/** The list that `stopWords` stands for, or null. */
export function stopWordList(options: CheckedVectorizerOptions): readonly string[] | null {
  return options.stopWords === 'english' ? englishStopWords : options.stopWords;
}

/** Fill in defaults and refuse, by name, what scikit-learn would refuse. */
export function checkVectorizerOptions(options: VectorizerOptions = {}): CheckedVectorizerOptions {
  const checked: CheckedVectorizerOptions = {
    analyzer: oneOf('analyzer', options.analyzer, ['word', 'char', 'char_wb'], 'word'),
    ngramRange: ngramRange(options.ngramRange),
    lowercase: flag('lowercase', options.lowercase, true),
    stripAccents: oneOf('stripAccents', options.stripAccents, ['unicode', 'ascii', null], null),
    normalize: oneOf('normalize', options.normalize, ['nfc', null], null),
    stopWords: stopWords(options.stopWords),
    tokenPattern: tokenPattern(options.tokenPattern),
    minDf: documentFrequency('minDf', options.minDf),
    maxDf: documentFrequency('maxDf', options.maxDf),
    maxFeatures: options.maxFeatures == null ? null : wholeNumber('maxFeatures', options.maxFeatures, 1),
    binary: flag('binary', options.binary, false),
    norm: oneOf('norm', options.norm, ['l1', 'l2', 'none'], 'l2'),
    useIdf: flag('useIdf', options.useIdf, true),
    smoothIdf: flag('smoothIdf', options.smoothIdf, true),
    sublinearTf: flag('sublinearTf', options.sublinearTf, false),
    vocabulary: vocabulary(options.vocabulary),
  };
  return checked;
}

/** Fill in defaults and refuse, by name, what cannot be fitted with. */
export function checkRegressionOptions(options: RegressionOptions = {}): CheckedRegressionOptions {
  return {
    C: positive('C', options.C, 1),
    tol: positive('tol', options.tol, 1e-6),
    maxIter: options.maxIter === undefined ? 1000 : wholeNumber('maxIter', options.maxIter, 1),
    fitIntercept: flag('fitIntercept', options.fitIntercept, true),
    classWeight: classWeight(options.classWeight),
    solver: oneOf('solver', options.solver, ['sdca', 'lbfgs', 'sgd'], 'sdca'),
    multiClass: oneOf('multiClass', options.multiClass, ['auto', 'ovr', 'multinomial'], 'auto'),
    seed: options.seed === undefined ? 0 : wholeNumber('seed', options.seed, 0),
  };
}

function refuse(name: string, expected: string, value: unknown): never {
  throw new SparrowError('BAD_OPTION', `${name} must be ${expected}, not ${show(value)}.`);
}

function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function oneOf<T extends string | null>(name: string, value: T | undefined, allowed: readonly T[], fallback: T): T {
  if (value === undefined) return fallback;
  if (allowed.includes(value)) return value;
  return refuse(name, `one of ${allowed.map((item) => item ?? 'null').join(', ')}`, value);
}

function flag(name: string, value: boolean | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  return typeof value === 'boolean' ? value : refuse(name, 'true or false', value);
}

function wholeNumber(name: string, value: unknown, least: number): number {
  const isWhole = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 0xffff_fffe;
  return isWhole ? value : refuse(name, `a whole number of at least ${least}`, value);
}

function positive(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  const isPositive = typeof value === 'number' && Number.isFinite(value) && value > 0;
  return isPositive ? value : refuse(name, 'a number above 0', value);
}

function ngramRange(value: readonly [number, number] | undefined): readonly [number, number] {
  if (value === undefined) return [1, 1];
  if (!Array.isArray(value) || value.length !== 2) refuse('ngramRange', 'two whole numbers', value);
  const least = wholeNumber('ngramRange', value[0], 1);
  const most = wholeNumber('ngramRange', value[1], 1);
  if (least > most) refuse('ngramRange', 'a lower bound not above its upper bound', value);
  if (most > 255) refuse('ngramRange', 'at most 255', value);
  return [least, most];
}

function documentFrequency(name: string, value: number | undefined): number {
  if (value === undefined) return 1;
  const isValid = typeof value === 'number' && value >= 0 && (Number.isInteger(value) || value < 1);
  return isValid ? value : refuse(name, 'a whole number of documents or a share between 0 and 1', value);
}

function stopWords(value: VectorizerOptions['stopWords']): 'english' | readonly string[] | null {
  if (value == null || value === 'english') return value ?? null;
  const isList = Array.isArray(value) && value.every((word) => typeof word === 'string');
  return isList ? value : refuse('stopWords', "'english', a list of words or null", value);
}

function tokenPattern(value: string | undefined): string {
  if (value === undefined || value === 'two' || value === 'one') return value ?? 'two';
  if (typeof value !== 'string') refuse('tokenPattern', "'two', 'one' or a regular expression", value);
  compileTokenPattern(value);
  return value;
}

function vocabulary(value: readonly string[] | null | undefined): readonly string[] | null {
  if (value == null) return null;
  const isList = Array.isArray(value) && value.every((term) => typeof term === 'string');
  if (!isList) refuse('vocabulary', 'a list of terms or null', value);
  if (value.length === 0) refuse('vocabulary', 'a list with at least one term', value);
  if (new Set(value).size !== value.length) refuse('vocabulary', 'a list of different terms', 'a list with repeats');
  return value;
}

function classWeight(value: RegressionOptions['classWeight']): CheckedRegressionOptions['classWeight'] {
  if (value == null || value === 'balanced') return value ?? null;
  if (typeof value !== 'object') refuse('classWeight', "'balanced' or a map from label to weight", value);
  for (const [label, weight] of Object.entries(value)) {
    if (!Number.isFinite(weight) || weight < 0)
      refuse(`classWeight of ${show(label)}`, 'a number of 0 or more', weight);
  }
  return value;
}
