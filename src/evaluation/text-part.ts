// A part of the texts that candidates meet on: a stratified sample with its folds, and who works on it.
import type { Target } from '../classifier/text-classifier.ts';
import type { FeatureSet } from './candidates.ts';
import type { Crew, CrewPart } from './crew.ts';
import { stratumOf } from './cross-validate.ts';
import { foldsOfTexts, seededRandom } from './folds.ts';
import { PartRows } from './part-rows.ts';
import { type Labelling, labellingAt } from './truth.ts';

/** All labelled texts, an order in which every beginning has its share of each class, and who works on them. */
export interface TextPool {
  readonly texts: readonly string[];
  readonly targets: readonly Target[];
  readonly labelling: Labelling;
  readonly order: Uint32Array;
  readonly seed: number;
  readonly crew: Crew;
}

export class TextPart {
  /** Indices of the texts, ascending. */
  readonly docs: Uint32Array;
  readonly folds: Uint16Array;
  /** Folds that are held out in turn; 1: only the first is. */
  readonly k: number;
  readonly labelling: Labelling;
  readonly #units: number;
  readonly #size: number;
  readonly #work: CrewPart;
  readonly #sets = new Map<string, PartRows>();

  /** The first `count` texts of the pool's order in `cut` folds, all of which or the first only are held out. */
  constructor({ texts, targets, labelling, order, seed, crew }: TextPool, count: number, cut: number, heldOut = cut) {
    this.docs = order.slice(0, count).sort();
    this.k = heldOut;
    const own = Array.from(this.docs, (i) => texts[i]!);
    this.#units = unitsOf(own);
    const strata = Array.from(this.docs, (i) => stratumOf(targets[i]!));
    this.folds = foldsOfTexts(own, strata, cut, seed);
    this.labelling = labellingAt(labelling, this.docs);
    this.#size = crew.size;
    this.#work = crew.open({ docs: this.docs, folds: this.folds, k: heldOut });
  }

  /** Time that trying a candidate takes grows with this. */
  get work(): number {
    return (this.#units + unitsOfARow * this.docs.length) * Math.max(1, this.k - 1);
  }

  /** Texts that a model of one fold is trained on. */
  get trained(): number {
    return this.docs.length - this.folds.reduce((held, fold) => held + (fold === 0 ? 1 : 0), 0);
  }

  /** Whether a set's texts are vectorized already. */
  has({ name }: FeatureSet): boolean {
    return this.#sets.has(name);
  }

  rowsOf(features: FeatureSet): PartRows {
    const known = this.#sets.get(features.name);
    if (known) return known;
    const rows = new PartRows(this, this.#size, (task) => this.#work.do(features, task));
    this.#sets.set(features.name, rows);
    return rows;
  }

  /** Give up the rows of all feature sets but one. */
  keepOnly(kept: FeatureSet): void {
    this.#work.keepOnly(kept);
    for (const name of this.#sets.keys()) if (name !== kept.name) this.#sets.delete(name);
  }

  /** Give up everything; nothing can be asked any more. */
  dispose(): void {
    this.#work.dispose();
    this.#sets.clear();
  }
}

/** What a row costs beside its text, in units of text. */
const unitsOfARow = 200;

function unitsOf(texts: readonly string[]): number {
  return texts.reduce((total, text) => total + text.length, 0);
}

/** An order of the texts in which every beginning has its share of each class. */
export function stratifiedOrder(targets: readonly Target[], seed: number): Uint32Array {
  const random = seededRandom(seed);
  const byLabel = new Map<string, number[]>();
  for (const [i, target] of targets.entries()) {
    const label = stratumOf(target);
    const same = byLabel.get(label);
    if (same) same.push(i);
    else byLabel.set(label, [i]);
  }
  const place = new Float64Array(targets.length);
  for (const indices of byLabel.values()) {
    const keys = new Map(indices.map((index) => [index, random()]));
    indices.sort((a, b) => keys.get(a)! - keys.get(b)!);
    for (const [rank, index] of indices.entries()) place[index] = (rank + random()) / indices.length;
  }
  return Uint32Array.from(targets.keys()).sort((a, b) => place[a]! - place[b]!);
}

/** How many texts of the order make a part of at most so many texts and UTF-16 units; nearly all are all. */
export function partSize({ texts, order }: TextPool, docs: number, units: number): number {
  let count = 0;
  let sum = 0;
  while (count < order.length && count < docs && sum < units) sum += texts[order[count++]!]!.length;
  return count * nearlyAll >= order.length ? order.length : count;
}

/** A step from one part to the next that is smaller than this is not worth taking. */
export const nearlyAll = 1.5;

/** Not more folds than the second largest class has texts, so that a fold seldom trains without a class. */
export function foldCount(wanted: number, { truth, labels }: Labelling, texts: number): number {
  const second = countsOf(truth.classes, labels).sort().at(-2) ?? texts;
  return Math.max(2, Math.min(wanted, truth.kind === 'multi' ? texts : second));
}

/** How uneven the classes are, and the largest weight that balancing them would give. */
export function balanceOf({ truth, labels }: Labelling): { imbalance: number; mostWeight: number } {
  const present = countsOf(truth.classes, labels).filter((count) => count > 0);
  const least = Math.min(...present);
  return { imbalance: Math.max(...present) / least, mostWeight: labels.length / (present.length * least) };
}

function countsOf(classes: number, labels: Uint32Array): Float64Array {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]!++;
  return counts;
}
