// The terms that speak most for each class, as people can read them: whole words where the model has words.
import type { Model } from '../classifier/model-file.ts';
import { termStrings } from '../classifier/vectorizer.ts';

export interface TopTerm {
  readonly term: string;
  /** What it adds to the class's raw prediction, against the mean of all classes, at the weight of a lone term. */
  readonly weight: number;
}

/**
 * `count` terms for each class, by their weight times the root of how many documents have them: a term of one document
 * can weigh much and says little.
 */
export function topTerms(model: Model, count = 10): { label: string; terms: TopTerm[] }[] {
  const { classes, blocks, intercept } = model;
  const outputs = intercept.length;
  const readable = blocks.some(({ vectorizer }) => vectorizer.analyzer === 'word');
  const columns = model.coef.length / outputs;
  const candidates = classes.map((): { block: number; column: number; weight: number; score: number }[] => []);
  let first = 0;
  for (const [block, { vectorizer, terms, idf }] of blocks.entries()) {
    const size = terms.ends.length;
    if (!readable || vectorizer.analyzer === 'word') {
      for (let column = 0; column < size; column++) {
        const commonness = idf ? Math.sqrt(documentsOf(idf[column]!, model.report.docs)) : 1;
        for (const [k, weight] of classWeights(model, columns, first + column).entries()) {
          if (weight > 0) keep(candidates[k]!, { block, column, weight, score: weight * commonness }, count);
        }
      }
    }
    first += size;
  }
  const words = blocks.map(({ terms }) => termStrings(terms));
  return classes.map((label, k) => ({
    label,
    terms: candidates[k]!.map(({ block, column, weight }) => ({ term: words[block]![column]!, weight })),
  }));
}

/** Of scikit-learn's smoothed idf, ln((1 + docs) / (1 + df)) + 1, the df. */
function documentsOf(idf: number, docs: number): number {
  return Math.max(1, (1 + docs) / Math.exp(idf - 1) - 1);
}

function classWeights({ classes, scheme, coef, intercept }: Model, columns: number, column: number): number[] {
  if (scheme === 'binary') return [-coef[column]!, coef[column]!];
  const weights = classes.map((_, k) => coef[k * columns + column]!);
  if (scheme === 'independent') return weights;
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / intercept.length;
  return weights.map((weight) => weight - mean);
}

/** Insert in falling order of score, `count` at most. */
function keep<T extends { score: number }>(kept: T[], item: T, count: number): void {
  if (kept.length >= count && item.score <= kept.at(-1)!.score) return;
  let at = kept.length;
  while (at > 0 && kept[at - 1]!.score < item.score) at--;
  kept.splice(at, 0, item);
  if (kept.length > count) kept.pop();
}
