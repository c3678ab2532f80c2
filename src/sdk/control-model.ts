// The model of one control: what it learns from labelled tasks, and what it says about a text. Its classes are the
// labels of the pair, so a path through nested choices is one class.
import { type FitOptions, type Target, TextClassifier } from '../classifier/text-classifier.ts';
import { SparrowError } from '../errors.ts';
import type { Explainer } from '../evaluation/explain.ts';
import { multiLabelScoreOf, type ScoreKind, scoreOf } from '../evaluation/rank.ts';
import type { TrainingSet } from '../labelstudio/annotation.ts';
import { labelName } from '../labelstudio/choices.ts';
import type { Pair } from '../labelstudio/label-config.ts';
import type { ControlExplanation } from './backend.ts';
import type { Plan } from './control-options.ts';
import { fitAgain } from './control-refits.ts';
import { namesOptions } from './text-options.ts';
import { leastExamples, type Thresholds, thresholdFor, tuneThresholds } from './thresholds.ts';

/** What a text says about one control: the labels to tick, and how sure the model is of the best one. */
export interface Answer {
  labels: readonly string[];
  score: number;
}

/** A longer text is read up to here, in training and in prediction alike. */
export const longestText = 1_000_000;

/** With more labels than this the names alone teach nothing worth their memory. */
const mostColdStartLabels = 1000;
/** Lines between yes and no are found on so many texts at most: more would not move them, and it must stay cheap. */
const mostTuned = 3000;
const tuningFolds = 3;

/** Cut a text to the documented length, never inside a surrogate pair. */
export function cutText(text: string): string {
  if (text.length <= longestText) return text;
  const last = text.charCodeAt(longestText - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? longestText - 1 : longestText);
}

/** What a control learns from, as a fit takes it. */
export function learnable(pair: Pair, { samples }: TrainingSet): { texts: string[]; targets: Target[] } {
  const texts = samples.map((sample) => cutText(sample.text));
  const classes = new Set(samples.flatMap((sample) => sample.labels));
  if (classes.size < 2) throw new SparrowError('TOO_FEW_LABELS', tooFew(pair, texts.length, classes));
  const targets = samples.map(({ labels }) => (pair.multiple ? labels : (labels[0] ?? '')));
  return { texts, targets };
}

/** Fit a model on the labelled texts of one control of a project, or say which labels are missing. */
export function fitControl(
  project: string,
  pair: Pair,
  set: TrainingSet,
  options: FitOptions,
  onProgress?: (phase: string, done: number, total: number) => void,
): TextClassifier {
  const { texts, targets } = learnable(pair, set);
  const classifier = fitAgain(JSON.stringify([project, pair.fromName]), texts, targets, {
    ...options,
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
      : `${count === 1 ? 'one text' : `${count} texts`}, all labelled "${labelName(only, pair)}"`;
  return `Training "${pair.fromName}" needs two classes with at least one labelled text each; there is ${found}.`;
}

/** Where the line between yes and no lies for each label of a multiple choice; null where one half must do. */
export async function tuneControl(pair: Pair, set: TrainingSet, plan: Plan): Promise<Thresholds | null> {
  if (!pair.multiple || set.samples.length < leastExamples) return null;
  const targets = set.samples.map(({ labels }) => labels);
  if (plan.heldOut) return tuneThresholds(plan.heldOut, targets);
  // Loaded when first needed: serving needs none of it.
  const { holdOut } = await import('../evaluation/out-of-fold.ts');
  // Every so many-th text: a project's first texts may not be like its last.
  const step = Math.ceil(set.samples.length / mostTuned);
  const samples = set.samples.filter((_, i) => i % step === 0);
  const texts = samples.map((sample) => cutText(sample.text));
  const some = samples.map(({ labels }) => labels);
  return tuneThresholds(holdOut(texts, some, { ...plan.options, multiLabel: true }, { k: tuningFolds }), some);
}

/** The model that knows nothing but the names of the labels; null where even they say nothing. */
export function coldStart(pair: Pair, options: { C?: number }): TextClassifier | null {
  const labels = [...new Set(pair.labels)];
  if (labels.length < 2 || labels.length > mostColdStartLabels) return null;
  const texts = labels.map((label) => labelName(label, pair));
  if (!texts.some((text) => /[\p{L}\p{N}]/u.test(text))) return null;
  try {
    return TextClassifier.fit(texts, pair.multiple ? labels.map((label) => [label]) : labels, {
      ...namesOptions(texts, options.C),
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
  /** For each class the probability from which on it is ticked. */
  readonly #thresholds: readonly number[];
  readonly #scoreKind: ScoreKind;
  #explainer: Explainer | undefined;

  constructor(
    pair: Pair,
    classifier: TextClassifier,
    { thresholds = null, scoreKind = 'probability' }: { thresholds?: Thresholds | null; scoreKind?: ScoreKind } = {},
  ) {
    const known = new Set(pair.labels);
    const isOpen = pair.open === true || pair.dynamicKey !== null;
    this.classifier = classifier;
    this.#multiple = pair.multiple;
    this.#scoreKind = scoreKind;
    this.#thresholds = classifier.classes.map((name) => thresholdFor(thresholds, name));
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

  /** For each text the probability that the labels it has are wrong. */
  doubts(texts: readonly string[], given: readonly (readonly string[])[]): number[] {
    const proba = this.classifier.predictProba(texts.map(cutText));
    const width = this.#labels.length;
    return texts.map((_, i) => {
      const own = new Set(given[i]);
      const row = proba.subarray(i * width, (i + 1) * width);
      const wrong = this.#labels.map((label, k) => {
        const isGiven = label !== null && own.has(label);
        return isGiven ? 1 - row[k]! : this.#multiple ? row[k]! : 0;
      });
      // A label that the model does not know leaves nothing to say.
      return Math.min(1, Math.max(0, ...wrong));
    });
  }

  /** Every label that the config has, the likeliest first. */
  probabilities(text: string): { label: string; probability: number }[] {
    const row = this.classifier.predictProba([cutText(text)]);
    const best = new Map<string, number>();
    for (const [k, label] of this.#labels.entries()) {
      if (label !== null) best.set(label, Math.max(best.get(label) ?? 0, row[k] ?? 0));
    }
    const found = [...best].map(([label, probability]) => ({ label, probability }));
    return found.sort((a, b) => b.probability - a.probability);
  }

  /** Which words carried the likeliest label. Loaded when first asked: serving needs none of it. */
  async explain(text: string): Promise<Pick<ControlExplanation, 'words' | 'without'>> {
    if (!this.#explainer) {
      const { Explainer } = await import('../evaluation/explain.ts');
      this.#explainer ??= new Explainer(this.classifier);
    }
    const { words, counterfactual } = this.#explainer.explain(cutText(text));
    const isTurned = counterfactual?.changes === true && counterfactual.removed.length > 0;
    return {
      words: words.map(({ start, end, contribution }) => ({ start, end, weight: contribution })),
      without: isTurned
        ? {
            words: [...new Set(counterfactual.removed.map((word) => word.text))],
            label: counterfactual.label,
            probability: counterfactual.probability,
          }
        : null,
    };
  }

  #read(row: Float64Array, allowed: ReadonlySet<string> | null): Answer {
    const labels: string[] = [];
    const open: number[] = [];
    let best: string | null = null;
    let score = 0;
    for (let k = 0; k < row.length; k++) {
      const label = this.#labels[k];
      const p = row[k] ?? 0;
      if (label == null || (allowed !== null && !allowed.has(label))) continue;
      open.push(p);
      if (this.#multiple && p >= (this.#thresholds[k] ?? 1) && !labels.includes(label)) labels.push(label);
      if (best !== null && p <= score) continue;
      best = label;
      score = p;
    }
    if (best === null) return { labels: [], score: 0 };
    if (this.#scoreKind !== 'probability') score = this.#scoreOf(open);
    return { labels: this.#multiple ? labels : [best], score: Number.isFinite(score) ? score : 0 };
  }

  /** How sure it is among the labels that may be given. */
  #scoreOf(open: readonly number[]): number {
    if (this.#multiple) return multiLabelScoreOf(Float64Array.from(open), this.#scoreKind);
    const sum = open.reduce((total, p) => total + p, 0);
    return sum > 0
      ? scoreOf(
          Float64Array.from(open, (p) => p / sum),
          this.#scoreKind,
        )
      : 0;
  }
}
