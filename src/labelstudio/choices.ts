// Labels as they stand in the value of a result item. A label is a plain string of ours: the choice itself or, where
// choices are nested, the JSON text of the path to it. Compared exactly, never trimmed, never folded.
import { valueAt } from './data-path.ts';
import type { Pair } from './pairs.ts';
import { isObject, type Json, type Task } from './types.ts';

/** The `type` of the pair's result items, which is also the key of their labels. */
export function typeOf(pair: Pair): 'choices' | 'taxonomy' {
  return pair.control === 'Taxonomy' ? 'taxonomy' : 'choices';
}

/** True where the labels of the pair are paths through nested choices. */
export function hasPaths(pair: Pair): boolean {
  return pair.paths ?? pair.control === 'Taxonomy';
}

/** The label of one entry of `value.choices` or `value.taxonomy`; null for what is none. */
export function labelOf(entry: unknown, pair: Pair): string | null {
  if (typeof entry === 'string') return hasPaths(pair) ? JSON.stringify([entry]) : entry;
  if (!Array.isArray(entry) || entry.length === 0 || !entry.every((step) => typeof step === 'string')) return null;
  // A project that had nested choices once keeps lists of one in its older annotations.
  return hasPaths(pair) || entry.length > 1 ? JSON.stringify(entry) : String(entry[0]);
}

/** What Label Studio wants in place of the label: a string, or the list of strings that a path is. */
export function entryOf(label: string, pair: Pair): Json {
  return hasPaths(pair) ? [...pathOf(label)] : label;
}

/** The steps of a label from the outermost choice; one step where choices are not nested. */
export function pathOf(label: string): readonly string[] {
  if (!label.startsWith('[')) return [label];
  try {
    const path: unknown = JSON.parse(label);
    return Array.isArray(path) && path.every((step) => typeof step === 'string') ? path : [label];
  } catch {
    return [label];
  }
}

/** The words of a label: what a reader is shown, and what a model may learn from before anything is labelled. */
export function labelName(label: string, pair: Pair): string {
  return hasPaths(pair) ? pathOf(label).join(' / ') : label;
}

/** The labels that may be chosen for this task: the config's and, for dynamic choices, those that the task brings. */
export function labelsOf(task: Task, pair: Pair): readonly string[] {
  if (pair.dynamicKey === null || !isObject(task)) return pair.labels;
  const labels = new Set(pair.labels);
  const waiting: Option[] = optionsIn(valueAt(task.data, pair.dynamicKey), []).reverse();
  for (let next = waiting.pop(); next && labels.size < MAX_LABELS; next = waiting.pop()) {
    labels.add(hasPaths(pair) ? JSON.stringify(next.path) : (next.path[0] ?? ''));
    if (hasPaths(pair) && next.path.length < MAX_STEPS) waiting.push(...optionsIn(next.children, next.path).reverse());
  }
  return [...labels];
}

const MAX_LABELS = 10_000;
const MAX_STEPS = 100;

interface Option {
  readonly path: readonly string[];
  readonly children: unknown;
}

function optionsIn(list: unknown, above: readonly string[]): Option[] {
  if (!Array.isArray(list)) return [];
  return list.slice(0, MAX_LABELS).flatMap((option: unknown) => {
    const value = isObject(option) ? (valueAt(option, 'alias') ?? valueAt(option, 'value')) : option;
    if (typeof value !== 'string' || value === '') return [];
    return [{ path: [...above, value], children: isObject(option) ? valueAt(option, 'children') : undefined }];
  });
}
