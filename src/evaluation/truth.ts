// Targets as numbers, for single labels and for lists of labels alike.

import { byCodePoint } from '../classifier/targets.ts';
import type { Target } from '../classifier/text-classifier.ts';
import type { Truth } from './scale-fit.ts';

export interface Labelling {
  /** In code point order. */
  readonly classes: readonly string[];
  readonly truth: Truth;
  /** Classes of row i: labels[labelEnds[i]] … labels[labelEnds[i + 1]], as LabelSums reads them. */
  readonly labelEnds: Uint32Array;
  readonly labels: Uint32Array;
}

/** Number the labels; with `classes` given, those and no others. */
export function labellingOf(targets: readonly Target[], multiLabel: boolean, classes?: readonly string[]): Labelling {
  const lists = targets.map((target) => (typeof target === 'string' ? [target] : [...new Set(target)]));
  const sorted = classes ?? [...new Set(lists.flat())].sort(byCodePoint);
  const indexOf = new Map(sorted.map((label, k) => [label, k]));
  const numbered = lists.map((list) => list.flatMap((label) => indexOf.get(label) ?? []));
  const labelEnds = new Uint32Array(targets.length + 1);
  for (const [i, list] of numbered.entries()) labelEnds[i + 1] = labelEnds[i]! + list.length;
  return {
    classes: sorted,
    truth: multiLabel ? multiTruth(numbered, sorted.length) : singleTruth(numbered, sorted.length),
    labelEnds,
    labels: Uint32Array.from(numbered.flat()),
  };
}

function singleTruth(lists: readonly (readonly number[])[], classes: number): Truth {
  return { kind: 'single', classes, of: Int32Array.from(lists, (list) => list[0] ?? -1) };
}

function multiTruth(lists: readonly (readonly number[])[], classes: number): Truth {
  const of = new Uint8Array(lists.length * classes);
  for (const [i, list] of lists.entries()) for (const k of list) of[i * classes + k] = 1;
  return { kind: 'multi', classes, of };
}

/** The labelling of some of the rows. */
export function labellingAt({ classes, truth, labelEnds, labels }: Labelling, wanted: ArrayLike<number>): Labelling {
  const ends = new Uint32Array(wanted.length + 1);
  const picked: number[] = [];
  for (let i = 0; i < wanted.length; i++) {
    for (let at = labelEnds[wanted[i]!]!; at < labelEnds[wanted[i]! + 1]!; at++) picked.push(labels[at]!);
    ends[i + 1] = picked.length;
  }
  const lists = Array.from({ length: wanted.length }, (_, i) => picked.slice(ends[i], ends[i + 1]));
  return {
    classes,
    truth: truth.kind === 'multi' ? multiTruth(lists, classes.length) : singleTruth(lists, classes.length),
    labelEnds: ends,
    labels: Uint32Array.from(picked),
  };
}
