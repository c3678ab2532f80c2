// The options that a project's texts get while there are too few labels to choose by: what wins most often where a choice
// is made, for texts with and without spaces between words.
import type { ClassifierOptions } from '../classifier/options.ts';
import type { FitOptions } from '../classifier/text-classifier.ts';
import { featureSets } from '../evaluation/candidates.ts';
import { scriptShares } from '../evaluation/scripts.ts';

/** C of the reference backend: stronger than scikit-learn's 1, as the first labels should already move the model. */
const defaultC = 10;
const textsLookedAt = 200;
/** Predictions no longer change below it. */
const tol = 1e-4;

/** What lifts few labels most: columns that tell labels apart count more, and naive Bayes has its say. */
const refinement = { columnPower: 0.5, naiveBayes: 0.1, temperature: 1 } as const;

/** The sets' names are those of the table of a choice. */
const usual: Readonly<Record<'spaced' | 'unspaced' | 'mixed', string>> = {
  spaced: 'words + characters 2–5',
  unspaced: 'characters 1–2 + words',
  mixed: 'characters 1–3 + words',
};

/** Options for labelled texts, before a choice is worth making. */
export function optionsFor(texts: readonly string[], C: number = defaultC): FitOptions {
  const scripts = scriptShares(texts.slice(0, textsLookedAt));
  const { blocks } = featureSets(scripts, texts).find(({ name }) => name === usual[scripts.spacing])!;
  return { C, tol, features: blocks, refinement };
}

/** The same options with no more than `most` terms among all their features, an equal share for each. */
export function bounded(options: FitOptions, most: number | null): FitOptions {
  if (most === null) return options;
  const { features = [options] } = options;
  const share = Math.floor(most / features.length);
  const more = most % features.length;
  return {
    ...options,
    features: features.map((block, i) => {
      const terms = Math.max(1, share + (i < more ? 1 : 0));
      return { ...block, maxFeatures: Math.min(block.maxFeatures ?? terms, terms) };
    }),
  };
}

/** Options for the names of labels: words and pairs of them, or characters where there are no spaces. */
export function namesOptions(names: readonly string[], C: number = defaultC): ClassifierOptions {
  const isUnspaced = scriptShares(names.slice(0, textsLookedAt)).unspaced * 3 > 1;
  return isUnspaced ? { analyzer: 'char', ngramRange: [1, 2], C } : { ngramRange: [1, 2], C };
}
