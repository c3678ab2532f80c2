// Vectorizer and regression options as flags in kebab-case. What a flag's text means is decided here; whether the value
// is allowed is decided where the library decides it, and the refusal then names the flag.
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type ClassifierOptions, checkRegressionOptions, checkVectorizerOptions } from '../classifier/options.ts';
import { SparrowError } from '../errors.ts';
import type { Session } from './session.ts';
import { readFailure } from './source.ts';
import { quoted } from './visible.ts';

/** A document frequency as written: `1` is a count, `1.0` a share, as scikit-learn tells 1 from 1.0. */
interface Frequency {
  count?: number;
  share?: number;
}

type Read = (text: string, flag: string, session: Session) => unknown;
type Flag = [option: keyof ClassifierOptions, flags: string, about: string, read?: Read];

/** Names and flags belong together: `--ngram-range` sets `ngramRange`. A flag without a reader is a text. */
const vectorizerFlags: readonly Flag[] = [
  ['analyzer', '--analyzer <kind>', 'terms are word, char or char_wb n-grams (default: word)'],
  ['ngramRange', '--ngram-range <min,max>', 'smallest and largest n (default: 1,1)', readRange],
  ['lowercase', '--no-lowercase', 'keep capitals apart'],
  ['stripAccents', '--strip-accents <how>', 'remove accents: unicode or ascii'],
  ['stopWords', '--stop-words <list>', 'words to leave out: english, or a file with one a line', readStopWords],
  [
    'tokenPattern',
    '--token-pattern <form>',
    'words of two or of one or more characters, or a regular expression (default: two)',
    readPattern,
  ],
  ['minDf', '--min-df <n>', 'least documents for a term: a count, or a share such as 0.01 or 1.0', readFrequency],
  ['maxDf', '--max-df <n>', 'most documents for a term: a count, or a share such as 0.5 or 1.0', readFrequency],
  ['maxFeatures', '--max-features <n>', 'keep the n most frequent terms only', readNumber],
  ['binary', '--binary', 'count each term once a document'],
  ['norm', '--norm <kind>', 'row length: l1, l2 or none (default: l2)'],
  ['useIdf', '--no-use-idf', 'no inverse document frequency'],
  ['smoothIdf', '--no-smooth-idf', 'no extra document in the frequencies'],
  ['sublinearTf', '--sublinear-tf', 'weigh counts as 1 + ln tf'],
  ['vocabulary', '--vocabulary <file>', 'use these terms only: one a line, plain or as JSON strings', readVocabulary],
];

const regressionFlags: readonly Flag[] = [
  ['C', '--C <number>', 'inverse strength of the penalty (default: 1)', readNumber],
  ['tol', '--tol <number>', 'stop at this relative distance from the optimum (default: 1e-6)', readNumber],
  ['maxIter', '--max-iter <n>', 'most epochs or iterations (default: 1000)', readNumber],
  ['fitIntercept', '--no-fit-intercept', 'no intercept'],
  ['classWeight', '--class-weight <weights>', 'balanced, or label=weight,… or a JSON object', readClassWeight],
  ['solver', '--solver <name>', 'sdca, lbfgs or sgd (default: sdca)'],
  ['multiClass', '--multi-class <kind>', 'auto, ovr or multinomial (default: auto)'],
  ['seed', '--seed <n>', 'seed of the order of samples (default: 0)', readNumber],
];

/** Options as the flags gave them, before the number of documents is known. */
export type FlagOptions = Omit<ClassifierOptions, 'minDf' | 'maxDf'> & { minDf?: Frequency; maxDf?: Frequency };

export function addVectorizerFlags(command: Command): Command {
  return addFlags(command, vectorizerFlags);
}

export function addRegressionFlags(command: Command): Command {
  return addFlags(command, regressionFlags);
}

/** Switches exist in both senses; help shows the one that changes something. */
function addFlags(command: Command, flags: readonly Flag[]): Command {
  for (const [, flag, about] of flags) {
    const shown = new Option(flag, about);
    if (flag.includes('<')) command.addOption(shown);
    else if (shown.negate) command.addOption(hidden(flag.replace('--no-', '--'))).addOption(shown);
    else command.addOption(shown).addOption(hidden(flag.replace('--', '--no-')));
  }
  return command;
}

function hidden(flag: string): Option {
  return new Option(flag).hideHelp();
}

/** Read the flags that were given and refuse a wrong one before any data is read. */
export function readFlags(given: Readonly<Record<string, unknown>>, session: Session): FlagOptions {
  const options: Record<string, unknown> = {};
  for (const [name, flag, , read] of [...vectorizerFlags, ...regressionFlags]) {
    const value = given[name];
    if (value === undefined) continue;
    options[name] = typeof value === 'string' && read ? read(value, flag.split(' ')[0]!, session) : value;
  }
  const checked = optionsFor(options as FlagOptions, 2);
  try {
    checkVectorizerOptions(checked);
    checkRegressionOptions(checked);
  } catch (error) {
    if (!(error instanceof SparrowError)) throw error;
    throw new SparrowError(error.code, error.message.replace(/^\w+/, flagOf), { cause: error });
  }
  return options as FlagOptions;
}

/** The options for a fit to so many documents. */
export function optionsFor({ minDf, maxDf, ...options }: FlagOptions, docs: number): ClassifierOptions {
  return {
    ...options,
    // The library takes 1 for a count here and for a share there; the other sense is said in the other unit.
    ...(minDf && { minDf: minDf.count ?? (minDf.share === 1 ? Math.max(1, docs) : minDf.share!) }),
    ...(maxDf && { maxDf: maxDf.count === 1 && docs > 1 ? 1.5 / docs : (maxDf.count ?? maxDf.share!) }),
  };
}

export function flagOf(option: string): string {
  const [, flag] = [...vectorizerFlags, ...regressionFlags].find(([name]) => name === option) ?? [];
  return flag === undefined ? option : flag.split(' ')[0]!.replace('--no-', '--');
}

export function refuseFlag(flag: string, expected: string, text: string): never {
  throw new SparrowError('BAD_OPTION', `${flag} must be ${expected}, not ${quoted(text)}.`);
}

function readNumber(text: string, flag: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(value) ? refuseFlag(flag, 'a number', text) : value;
}

function readRange(text: string, flag: string): number[] {
  const bounds = /^\s*[([]?\s*(\d+)\s*[,:-]\s*(\d+)\s*[)\]]?\s*$/.exec(text);
  return bounds ? [Number(bounds[1]), Number(bounds[2])] : refuseFlag(flag, 'two whole numbers such as 1,2', text);
}

function readFrequency(text: string, flag: string): Frequency {
  if (/^[1-9]\d*$/.test(text)) return { count: Number(text) };
  const share = /^(\d*\.\d+|\d+\.\d*|\d+(\.\d*)?e[-+]?\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (share >= 0 && share <= 1) return { share };
  return refuseFlag(flag, 'a count of documents such as 2, or a share from 0.0 to 1.0', text);
}

/** The two forms, also as scikit-learn writes them; anything else is a regular expression. */
function readPattern(text: string): string {
  const forms: Record<string, string> = { '\\b\\w\\w+\\b': 'two', '\\b\\w+\\b': 'one' };
  return forms[text.replace('(?u)', '')] ?? text;
}

function readStopWords(text: string, flag: string, session: Session): 'english' | string[] {
  return text === 'english' ? text : readLines(text, flag, session);
}

function readVocabulary(text: string, flag: string, session: Session): string[] {
  return readLines(text, flag, session);
}

/** One entry a line, plain or as a JSON string, or all of them in one JSON list. */
function readLines(name: string, flag: string, session: Session): string[] {
  const text = readText(name, flag, session).replace(/^\ufeff/, '');
  if (/^\s*\[/.test(text)) {
    const list = parsed(text);
    if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list;
  }
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  return lines.map((line) => {
    const value = line.startsWith('"') ? parsed(line) : undefined;
    return typeof value === 'string' ? value : line;
  });
}

function readText(name: string, flag: string, session: Session): string {
  try {
    return readFileSync(session.path(name), 'utf8');
  } catch (error) {
    const failure = readFailure(error, name);
    if (failure instanceof SparrowError) throw new SparrowError('BAD_OPTION', `${flag}: ${failure.message}`);
    throw failure;
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** `balanced`, `spam=2,ham=0.5` (a label may hold "="), or `{"a,b": 2}` for labels that hold commas. */
function readClassWeight(text: string, flag: string): 'balanced' | Record<string, number> {
  if (text === 'balanced') return text;
  if (text.startsWith('{')) {
    const map = parsed(text);
    if (typeof map === 'object' && map !== null) return map as Record<string, number>;
  }
  const entries = text.split(',').map((entry): [string, number] => {
    const at = entry.lastIndexOf('=');
    const weight = at < 1 || entry.slice(at + 1).trim() === '' ? Number.NaN : Number(entry.slice(at + 1));
    if (Number.isNaN(weight)) refuseFlag(flag, 'balanced or label=weight,label=weight', text);
    return [entry.slice(0, at), weight];
  });
  return Object.fromEntries(entries);
}
