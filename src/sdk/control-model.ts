// The model of one control: what it learns from labelled tasks, and what it says about a text. Its classes are the
// labels of the pair, so a path through nested choices is one class.
import { TextClassifier } from '../classifier/text-classifier.ts';
import { SparrowError } from '../errors.ts';
import type { TrainingSet } from '../labelstudio/annotation.ts';
import { labelName } from '../labelstudio/choices.ts';
import type { Pair } from '../labelstudio/label-config.ts';
import { optionsFor } from './text-options.ts';

/** What a text says about one control: the labels to tick, and how sure the model is of the best one. */
export interface Answer {
  labels: readonly string[];
  score: number;
}

/** A longer text is read up to here, in training and in prediction alike. */
export const longestText = 1_000_000;

/** With more labels than this the names alone teach nothing worth their memory. */
const mostColdStartLabels = 1000;
const multipleThreshold = 0.5;

/** Cut a text to the documented length, never inside a surrogate pair. */
function cutText(text: string): string {
  if (text.length <= longestText) return text;
  const last = text.charCodeAt(longestText - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? longestText - 1 : longestText);
}

/** Fit a model on the labelled texts of one control, or say which labels are missing. */
export function fitControl(
  pair: Pair,
  set: TrainingSet,
  options: { C?: number; onProgress?: (phase: string, done: number, total: number) => void },
): TextClassifier {
  const texts = set.samples.map((sample) => cutText(sample.text));
  const classes = new Set(set.samples.flatMap((sample) => sample.labels));
  if (classes.size < 2) throw new SparrowError('TOO_FEW_LABELS', tooFew(pair, texts.length, classes));
  const targets = pair.multiple
    ? set.samples.map((sample) => sample.labels)
    : set.samples.map((sample) => sample.labels[0] ?? '');
  const { onProgress } = options;
  const classifier = TextClassifier.fit(texts, targets, {
    ...optionsFor(texts, options.C),
    multiLabel: pair.multiple,
    sampleWeight: set.samples.map((sample) => sample.weight),
    ...(onProgress && { onProgress: ({ phase, done, total }) => onProgress(phase, done, total) }),
  });
  const { objective } = classifier.report;
  const proba = classifier.predictProba(texts.slice(0, 8));
  if (Number.isFinite(objective) && proba.every((p) => Number.isFinite(p))) return classifier;
  classifier.dispose();
  throw new SparrowError('TRAINING_FAILED', `Training "${pair.fromName}" gave numbers that are not finite.`);
}

function tooFew(pair: Pair, count: number, classes: ReadonlySet<string>): string {
  const [only] = classes;
  const found =
    only === undefined
      ? 'no labelled text yet'
      : `${count === 1 ? 'one text' : `${count} texts`}, all labelled "${only}"`;
  return `Training "${pair.fromName}" needs two classes with at least one labelled text each; there is ${found}.`;
}

/** The model that knows nothing but the names of the labels; null where even they say nothing. */
export function coldStart(pair: Pair, options: { C?: number }): TextClassifier | null {
  const labels = [...new Set(pair.labels)];
  if (labels.length < 2 || labels.length > mostColdStartLabels) return null;
  const texts = labels.map((label) => labelName(label, pair));
  if (!texts.some((text) => /[\p{L}\p{N}]/u.test(text))) return null;
  try {
    return TextClassifier.fit(texts, pair.multiple ? labels.map((label) => [label]) : labels, {
      ...optionsFor(texts, options.C),
      // So few texts cost nothing, and no label may seem likelier than another for want of precision.
      tol: 1e-10,
      multiLabel: pair.multiple,
    });
  } catch (error) {
    // Names without a single term, such as "1" and "2": nothing to go by, as with no labels at all.
    if (error instanceof SparrowError && (error.code === 'BAD_INPUT' || error.code === 'TOO_FEW_LABELS')) return null;
    throw error;
  }
}

/** Answers texts with a classifier, in the labels that the label config has today. */
export class ControlModel {
  readonly classifier: TextClassifier;
  /** For each class the label that stands in results; null where the config no longer has it. */
  readonly #labels: readonly (string | null)[];
  readonly #multiple: boolean;

  constructor(pair: Pair, classifier: TextClassifier) {
    const known = new Set(pair.labels);
    const isOpen = pair.open === true || pair.dynamicKey !== null;
    this.classifier = classifier;
    this.#multiple = pair.multiple;
    this.#labels = classifier.classes.map((name) =>
      known.has(name) ? name : (pair.predictedValues.get(name) ?? (isOpen ? name : null)),
    );
  }

  /** One answer for each text; `allowed[i]`, where given, limits the labels of text i. */
  answer(texts: readonly string[], allowed: readonly (ReadonlySet<string> | null)[]): Answer[] {
    const proba = this.classifier.predictProba(texts.map(cutText));
    const width = this.#labels.length;
    return texts.map((_, i) => this.#read(proba.subarray(i * width, (i + 1) * width), allowed[i] ?? null));
  }

  #read(row: Float64Array, allowed: ReadonlySet<string> | null): Answer {
    const labels: string[] = [];
    let best: string | null = null;
    let score = 0;
    for (let k = 0; k < row.length; k++) {
      const label = this.#labels[k];
      const p = row[k] ?? 0;
      if (label == null || (allowed !== null && !allowed.has(label))) continue;
      if (this.#multiple && p >= multipleThreshold && !labels.includes(label)) labels.push(label);
      if (best !== null && p <= score) continue;
      best = label;
      score = p;
    }
    if (best === null) return { labels: [], score: 0 };
    return { labels: this.#multiple ? labels : [best], score: Number.isFinite(score) ? score : 0 };
  }
}
