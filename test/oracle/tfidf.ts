// TF-IDF as scikit-learn's TfidfVectorizer defines it, on plain lists and in doubles.
import type { GoldenOptions } from '../golden.ts';
import { analyze } from './analyzer.ts';
import { type Csr, csrOf } from './csr.ts';

export interface FittedTfidf {
  readonly options: GoldenOptions;
  /** In column order. */
  readonly terms: readonly string[];
  readonly idf: readonly number[] | null;
}

/** The order of Python's strings: by code point, where JavaScript's own is by UTF-16 unit. */
export function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function countTerms(text: string, options: GoldenOptions): Map<string, number> {
  const counts = new Map<string, number>();
  for (const term of analyze(text, options)) counts.set(term, options.binary ? 1 : (counts.get(term) ?? 0) + 1);
  return counts;
}

/** The vocabulary and the weights of its terms. Throws where scikit-learn refuses. */
export function fitTfidf(texts: readonly string[], options: GoldenOptions = {}): FittedTfidf {
  const documents = texts.map((text) => countTerms(text, options));
  const terms = options.vocabulary ?? learnTerms(documents, options);
  if (terms.length === 0) throw new Error('empty vocabulary');
  if (options.useIdf === false) return { options, terms, idf: null };
  const extra = options.smoothIdf === false ? 0 : 1;
  const idf = terms.map((term) => {
    const df = documents.filter((document) => document.has(term)).length;
    return Math.log((texts.length + extra) / (df + extra)) + 1;
  });
  return { options, terms, idf };
}

function learnTerms(documents: readonly ReadonlyMap<string, number>[], options: GoldenOptions): string[] {
  const { minDf = 1, maxDf = 1, maxFeatures = null } = options;
  const least = minDf < 1 ? minDf * documents.length : minDf;
  const most = maxDf <= 1 ? maxDf * documents.length : maxDf;
  const terms = [...new Set(documents.flatMap((document) => [...document.keys()]))].sort(compareCodePoints);
  if (terms.length === 0) throw new Error('empty vocabulary');
  if (most < least) throw new Error('maxDf corresponds to fewer documents than minDf');
  const kept = terms.filter((term) => {
    const df = documents.filter((document) => document.has(term)).length;
    return df >= least && df <= most;
  });
  if (kept.length === 0) throw new Error('no terms remain');
  if (maxFeatures === null) return kept;
  const total = (term: string) => documents.reduce((sum, document) => sum + (document.get(term) ?? 0), 0);
  const byCount = kept.map((term) => [term, total(term)] as const).sort((a, b) => b[1] - a[1]);
  return byCount
    .slice(0, maxFeatures)
    .map(([term]) => term)
    .sort(compareCodePoints);
}

/** (texts, terms), column indices rising in each row. */
export function transformTfidf({ options, terms, idf }: FittedTfidf, texts: readonly string[]): Csr {
  const rows = texts.map((text) => {
    const counts = countTerms(text, options);
    const row = terms.flatMap((term, j) => {
      const count = counts.get(term);
      if (count === undefined) return [];
      const tf = options.sublinearTf ? 1 + Math.log(count) : count;
      return [[j, tf * (idf?.[j] ?? 1)] as const];
    });
    const length = rowLength(
      row.map(([, value]) => value),
      options.norm ?? 'l2',
    );
    return row.map(([j, value]) => [j, value / length] as const);
  });
  return csrOf(rows, terms.length);
}

function rowLength(values: readonly number[], norm: 'l1' | 'l2' | 'none'): number {
  if (norm === 'none') return 1;
  if (norm === 'l1') return values.reduce((sum, value) => sum + Math.abs(value), 0);
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
