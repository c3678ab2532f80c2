// Labels, class weights and sample weights as the numbers a problem is made of.
import { SparrowError } from '../errors.ts';
import type { Targets } from '../wasm/problem.ts';
import type { CheckedRegressionOptions } from './options.ts';

/** A label, or with multiLabel the list of labels that are true. */
export type Target = string | readonly string[];

/** What a fit is about: its classes and what is true of each sample. */
export interface TargetTable {
  /** All classes, in code point order. */
  readonly classes: readonly string[];
  readonly multiLabel: boolean;
  /** Classes of sample i: labels[labelEnds[i]] … labels[labelEnds[i + 1]]. */
  readonly labelEnds: Uint32Array;
  readonly labels: Uint32Array;
  /** Weight of each sample; null where all are 1. */
  readonly weights: Float64Array | null;
}

/** Read the targets; `extra` names classes that must be there even if no sample has them. */
export function readTargets(
  targets: readonly Target[],
  multiLabel: boolean,
  sampleWeight: readonly number[] | undefined,
  extra: readonly string[] = [],
): TargetTable {
  const index = new Map<string, number>();
  const indexOf = (label: string): number => {
    const known = index.get(label);
    if (known !== undefined) return known;
    index.set(label, index.size);
    return index.size - 1;
  };
  for (const label of extra) indexOf(label);
  const labelEnds = new Uint32Array(targets.length + 1);
  // Room for one label a sample, which is what most have: fresh memory costs more than the reading.
  let labels = new Uint32Array(targets.length);
  let count = 0;
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i]!;
    if (typeof target === 'string' && count < labels.length) labels[count++] = indexOf(target);
    else {
      for (const label of labelsOf(target, multiLabel, i)) {
        if (count === labels.length) labels = grown(labels);
        labels[count++] = indexOf(label);
      }
    }
    labelEnds[i + 1] = count;
  }
  const classes = [...index.keys()].sort(byCodePoint);
  const place = new Uint32Array(classes.length);
  for (const [k, label] of classes.entries()) place[index.get(label)!] = k;
  labels = labels.subarray(0, count);
  for (let e = 0; e < count; e++) labels[e] = place[labels[e]!]!;
  return { classes, multiLabel, labelEnds, labels, weights: readWeights(sampleWeight, targets.length) };
}

function grown(labels: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * labels.length + 64);
  larger.set(labels);
  return larger;
}

/** The labels of one text that may have several. */
function labelsOf(target: unknown, multiLabel: boolean, i: number): Iterable<string> {
  if (typeof target === 'string') return [target];
  if (multiLabel && Array.isArray(target)) return new Set(target);
  throw new SparrowError('BAD_INPUT', `Label ${i} is a list; set multiLabel to give a text several labels or none.`);
}

function readWeights(given: readonly number[] | undefined, count: number): Float64Array | null {
  if (!given) return null;
  if (given.length !== count) {
    throw new SparrowError('BAD_INPUT', `There are ${count} samples but ${given.length} sample weights.`);
  }
  const wrong = given.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (wrong >= 0)
    throw new SparrowError('BAD_INPUT', `Sample weight ${wrong} is ${given[wrong]}, not a number of 0 or more.`);
  return Float64Array.from(given);
}

/** Order of Python's strings: by code point, where UTF-16 order would put U+E000 … U+FFFF behind astral characters. */
export function byCodePoint(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates after all other code units. */
function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
}

/** How the classes are told apart. */
export type Scheme = 'softmax' | 'binary' | 'ovr' | 'independent';

/**
 * One softmax; one sigmoid (two classes, the second is "true"); a sigmoid for each class, whose probabilities are then
 * scaled to sum to one; or the same with each probability standing for itself.
 */
export function schemeOf(
  table: Pick<TargetTable, 'classes' | 'multiLabel'>,
  multiClass: CheckedRegressionOptions['multiClass'],
): Scheme {
  if (table.multiLabel) return 'independent';
  if (table.classes.length === 2 && multiClass !== 'multinomial') return 'binary';
  return multiClass === 'ovr' ? 'ovr' : 'softmax';
}

/** The problem's numbers: C, sample and class weights become one cost a sample and factors for each output. */
export function buildTargets(table: TargetTable, scheme: Scheme, options: CheckedRegressionOptions): Targets {
  const { classes, labelEnds, labels } = table;
  const outputs = scheme === 'binary' ? 1 : classes.length;
  const ones = new Float32Array(outputs).fill(1);
  const shared = {
    outputs,
    costs: sampleCosts(table, scheme, options),
    fitIntercept: options.fitIntercept,
  };
  if (scheme === 'softmax')
    return {
      ...shared,
      loss: 'softmax',
      labelEnds,
      labels,
      trueCosts: ones,
      falseCosts: ones,
    };
  const balanced = options.classWeight === 'balanced' && scheme !== 'binary';
  const factors = balanced ? balanceAgainstRest(table) : { trueCosts: ones, falseCosts: ones };
  if (scheme !== 'binary') return { ...shared, loss: 'sigmoid', labelEnds, labels, ...factors };
  const positives = positivesOnly(table);
  return { ...shared, loss: 'sigmoid', ...positives, ...factors };
}

/** With one output, only samples of the second class have a label: output 0. */
function positivesOnly({ labelEnds, labels }: TargetTable): {
  labelEnds: Uint32Array;
  labels: Uint32Array;
} {
  const ends = new Uint32Array(labelEnds.length);
  for (let i = 0; i < labels.length; i++) ends[i + 1] = ends[i]! + labels[i]!;
  return { labelEnds: ends, labels: new Uint32Array(ends.at(-1)!) };
}

function sampleCosts(table: TargetTable, scheme: Scheme, { C, classWeight }: CheckedRegressionOptions): Float32Array {
  const { classes, labelEnds, labels, weights } = table;
  const perClass = new Float64Array(classes.length).fill(1);
  if (classWeight === 'balanced') {
    if (scheme !== 'ovr')
      for (const [k, count] of classCounts(table).entries()) perClass[k] = labels.length / (classes.length * count);
  } else if (classWeight) {
    for (const [k, label] of classes.entries())
      if (Object.hasOwn(classWeight, label)) perClass[k] = classWeight[label]!;
  }
  const costs = new Float32Array(labelEnds.length - 1);
  for (let i = 0; i < costs.length; i++) {
    costs[i] = C * (weights ? weights[i]! : 1) * (table.multiLabel ? 1 : perClass[labels[i]!]!);
  }
  return costs;
}

function classCounts({ classes, labels }: TargetTable): Float64Array {
  const counts = new Float64Array(classes.length);
  for (const label of labels) counts[label]!++;
  return counts;
}

/** Each class against the rest: n / (2 · count) on either side. */
function balanceAgainstRest(table: TargetTable): {
  trueCosts: Float32Array;
  falseCosts: Float32Array;
} {
  const samples = table.labelEnds.length - 1;
  const counts = classCounts(table);
  return {
    trueCosts: Float32Array.from(counts, (count) => (count > 0 ? samples / (2 * count) : 1)),
    falseCosts: Float32Array.from(counts, (count) => (count < samples ? samples / (2 * (samples - count)) : 1)),
  };
}
