// Why a text got its label: what each term adds to the log-odds of the label against the strongest other one, where in
// the original text that comes from, and which words would have to go for another label. Contributions and the intercept
// sum to the log-odds exactly, up to the coefficients' single precision.
import type { ModelBlock } from '../classifier/model-file.ts';
import type { TextClassifier } from '../classifier/text-classifier.ts';
import { SparrowError } from '../errors.ts';
import { type Counterfactual, type ExplainedWord, withoutWords } from './counterfactual.ts';
import { prepareText } from './prepared-text.ts';
import { TermIndex } from './term-index.ts';
import { type Span, termPlaces } from './term-places.ts';

export interface ExplainedTerm {
  readonly term: string;
  readonly count: number;
  readonly contribution: number;
  /** Places in the original text. */
  readonly spans: readonly Span[];
}

export interface Explanation {
  readonly text: string;
  readonly label: string;
  readonly probability: number;
  /** The label that the log-odds are against; null where each label is a question of its own. */
  readonly against: string | null;
  readonly logOdds: number;
  /** Log-odds of a text without known terms. */
  readonly base: number;
  /** In the order of the text; only those with a contribution. */
  readonly words: readonly ExplainedWord[];
  /** Largest contribution first, for or against. */
  readonly terms: readonly ExplainedTerm[];
  readonly counterfactual: Counterfactual | null;
}

export interface ExplainSettings {
  /** Label to explain. Default the most probable. */
  label?: string;
  /** Most terms to return. Default 50. */
  maxTerms?: number;
  /** Look for the words without which the label would be another. Default true. */
  counterfactual?: boolean;
}

interface Block {
  readonly options: ModelBlock['vectorizer'];
  readonly index: TermIndex;
  readonly idf: Float64Array | null;
  /** First column among all. */
  readonly first: number;
}

interface WeighedTerm {
  readonly term: string;
  readonly column: number;
  readonly weight: number;
  /** Each occurrence, in places of the original. */
  readonly occurrences: Span[][];
}

/** Explains texts with one classifier; keeps an index of its terms. */
export class Explainer {
  readonly #classifier: TextClassifier;
  readonly #blocks: Block[];
  readonly #columns: number;

  constructor(classifier: TextClassifier) {
    this.#classifier = classifier;
    let first = 0;
    this.#blocks = classifier.model.blocks.map(({ vectorizer, terms, idf }) => {
      const block = { options: vectorizer, index: new TermIndex(terms), idf, first };
      first += terms.ends.length;
      return block;
    });
    this.#columns = first;
  }

  explain(text: string, settings: ExplainSettings = {}): Explanation {
    const { classes } = this.#classifier;
    const proba = this.#classifier.predictProba([text]);
    const k = settings.label === undefined ? proba.indexOf(Math.max(...proba)) : classes.indexOf(settings.label);
    if (k < 0) throw new SparrowError('BAD_INPUT', `The model has no label ${JSON.stringify(settings.label)}.`);
    const against = this.#isOneSided ? null : strongestOther(proba, k);
    const units = new Float64Array(text.length);
    const terms: ExplainedTerm[] = [];
    const base = this.#difference(this.#classifier.model.intercept, 1, 0, k, against);
    let logOdds = base;
    for (const { term, column, weight, occurrences } of this.#blocks.flatMap((block) => weigh(text, block))) {
      const contribution = weight * this.#difference(this.#classifier.model.coef, this.#columns, column, k, against);
      logOdds += contribution;
      for (const spans of occurrences) share(units, spans, contribution / occurrences.length);
      terms.push({ term, count: occurrences.length, contribution, spans: occurrences.flat() });
    }
    terms.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
    const words = wordsOf(text, units);
    const isWanted = settings.counterfactual !== false && words.some(({ contribution }) => contribution > 0);
    return {
      text,
      label: classes[k]!,
      probability: proba[k]!,
      against: against === null ? null : classes[against]!,
      logOdds,
      base,
      words,
      terms: terms.slice(0, settings.maxTerms ?? 50),
      counterfactual: isWanted ? withoutWords(this.#classifier, text, words, k) : null,
    };
  }

  get #isOneSided(): boolean {
    const { scheme } = this.#classifier.model;
    return scheme === 'independent' || scheme === 'ovr';
  }

  /** What the weights (outputs, stride) at `column` say for class k against another, or for and against k alone. */
  #difference(weights: ArrayLike<number>, stride: number, column: number, k: number, against: number | null): number {
    const { scheme } = this.#classifier.model;
    if (scheme === 'binary') return (k === 1 ? 1 : -1) * weights[column]!;
    return weights[k * stride + column]! - (against === null ? 0 : weights[against * stride + column]!);
  }
}

function strongestOther(proba: Float64Array, k: number): number {
  let other = k === 0 ? 1 : 0;
  for (let j = 0; j < proba.length; j++) if (j !== k && proba[j]! > proba[other]!) other = j;
  return other;
}

/** The known terms of a text with their TF-IDF weights, as the vectorizer of the block weighs them. */
function weigh(text: string, { options, index, idf, first }: Block): WeighedTerm[] {
  const prepared = prepareText(text, options);
  const found = new Map<string, Span[][]>();
  for (const { term, spans } of termPlaces(prepared.text, options)) {
    const places = spans.map(([from, to]): Span => {
      if (from === to) return [0, 0];
      return [prepared.from[from]!, prepared.to[to - 1]!];
    });
    const known = found.get(term);
    if (known) known.push(places);
    else if (index.find(term) !== undefined) found.set(term, [places]);
  }
  const terms = [...found].map(([term, occurrences]) => {
    const column = index.find(term)!;
    const count = occurrences.length;
    const tf = options.binary ? 1 : options.sublinearTf ? 1 + Math.log(count) : count;
    return { term, column: first + column, weight: tf * (idf ? idf[column]! : 1), occurrences };
  });
  const norm = normOf(terms, options.norm);
  return terms.map((term) => ({ ...term, weight: term.weight / norm }));
}

function normOf(terms: readonly { weight: number }[], norm: 'l1' | 'l2' | 'none'): number {
  if (norm === 'none') return 1;
  const sum = terms.reduce((total, { weight }) => total + (norm === 'l1' ? Math.abs(weight) : weight * weight), 0);
  return (norm === 'l1' ? sum : Math.sqrt(sum)) || 1;
}

/** Give each span its part of a contribution, spread over its units. */
function share(units: Float64Array, spans: readonly Span[], contribution: number): void {
  const visible = spans.filter(([from, to]) => to > from);
  for (const [from, to] of visible) {
    for (let at = from; at < to; at++) units[at]! += contribution / visible.length / (to - from);
  }
}

/** Words as readers of any language see them; what lies outside words stands alone. */
function wordsOf(text: string, units: Float64Array): ExplainedWord[] {
  const words: ExplainedWord[] = [];
  for (const { segment, index } of new Intl.Segmenter('und', { granularity: 'word' }).segment(text)) {
    const end = index + segment.length;
    const contribution = units.subarray(index, end).reduce((sum, unit) => sum + unit, 0);
    if (contribution !== 0) words.push({ start: index, end, text: segment, contribution });
  }
  return words;
}
