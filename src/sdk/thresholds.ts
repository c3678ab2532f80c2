// From which probability on a label of a multiple choice is ticked. One half suits a loss that counts every mistake alike;
// labels that are rare are then hardly ever ticked. So the line is drawn where F1 is best on texts that the model had not
// seen: for all labels together and, where there are enough examples to say it, for a label by itself.
import type { Target } from '../classifier/text-classifier.ts';
import { bareObject } from '../labelstudio/types.ts';

export interface Thresholds {
  /** For every label that has none of its own. */
  all: number;
  labels: { [label: string]: number };
  /** Texts that it was found on, and F1 over all labels there: at one half, and at these. */
  docs: number;
  f1AtHalf: number;
  f1: number;
}

/** Predictions of texts by models that had not seen them. */
export interface Unseen {
  readonly classes: readonly string[];
  /** Index of each text among the targets. */
  readonly docs: Uint32Array;
  /** Probabilities (docs, classes). */
  readonly outOfFold: Float64Array;
}

/** With fewer examples one half is as good a guess as any. */
export const leastExamples = 50;
/** Texts with the label, and without, that a line of its own must rest on. */
const leastForLabel = 25;
/** Lines are tried a two-hundredth apart, and none where hardly anything or nearly everything is ticked. */
const bins = 200;
const lowest = 0.1;
const highest = 0.9;
const half = 0.5;

/** Null where there are too few examples to tell. */
export function tuneThresholds(unseen: Unseen, targets: readonly Target[]): Thresholds | null {
  const { classes, docs, outOfFold } = unseen;
  if (docs.length < leastExamples) return null;
  const own = classes.map(() => new Histogram());
  const together = new Histogram();
  for (const [i, doc] of docs.entries()) {
    const given = new Set([targets[doc] ?? []].flat());
    for (const [k, label] of classes.entries()) {
      const p = outOfFold[i * classes.length + k] ?? 0;
      own[k]?.add(p, given.has(label));
      together.add(p, given.has(label));
    }
  }
  const all = together.best().threshold;
  const labels = new Map<string, number>();
  const counts = { hits: 0, ticked: 0 };
  for (const [k, histogram] of own.entries()) {
    const isTelling = Math.min(histogram.positive, histogram.total - histogram.positive) >= leastForLabel;
    const { threshold, f1 } = histogram.best();
    const line = isTelling && f1 > histogram.f1At(all) ? threshold : all;
    if (line !== all) labels.set(classes[k] ?? '', line);
    const { hits, ticked } = histogram.countsAt(line);
    counts.hits += hits;
    counts.ticked += ticked;
  }
  const f1 = f1Of(counts.hits, counts.ticked, together.positive);
  return { all, labels: bareObject(labels), docs: docs.length, f1AtHalf: together.f1At(half), f1 };
}

/** Read back from a `trainOutput`, whatever wrote it. */
export function thresholdFor(thresholds: Thresholds | null | undefined, label: string): number {
  const own = thresholds?.labels;
  const line = own && Object.hasOwn(own, label) ? own[label] : thresholds?.all;
  return typeof line === 'number' && line > 0 && line < 1 ? line : half;
}

/** Probabilities of one question, or of many, and how often the answer is yes. */
class Histogram {
  readonly #all = new Float64Array(bins + 1);
  readonly #yes = new Float64Array(bins + 1);
  total = 0;
  positive = 0;

  add(p: number, isYes: boolean): void {
    const bin = Math.max(0, Math.min(bins, Math.floor(p * bins)));
    this.#all[bin]!++;
    this.total++;
    if (!isYes) return;
    this.#yes[bin]!++;
    this.positive++;
  }

  countsAt(threshold: number): { hits: number; ticked: number } {
    let [hits, ticked] = [0, 0];
    for (let bin = Math.round(threshold * bins); bin <= bins; bin++) {
      hits += this.#yes[bin]!;
      ticked += this.#all[bin]!;
    }
    return { hits, ticked };
  }

  f1At(threshold: number): number {
    const { hits, ticked } = this.countsAt(threshold);
    return f1Of(hits, ticked, this.positive);
  }

  /** Of lines that are as good as each other, the one nearest to one half. */
  best(): { threshold: number; f1: number } {
    let best = { threshold: half, f1: this.f1At(half) };
    let [hits, ticked] = [0, 0];
    for (let bin = bins; bin >= lowest * bins; bin--) {
      hits += this.#yes[bin]!;
      ticked += this.#all[bin]!;
      const threshold = bin / bins;
      const f1 = f1Of(hits, ticked, this.positive);
      const isNearer = Math.abs(threshold - half) < Math.abs(best.threshold - half);
      if (threshold <= highest && (f1 > best.f1 || (f1 === best.f1 && isNearer))) best = { threshold, f1 };
    }
    return best;
  }
}

function f1Of(hits: number, ticked: number, positive: number): number {
  return ticked + positive === 0 ? 0 : (2 * hits) / (ticked + positive);
}
