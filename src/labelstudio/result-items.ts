// The items of one annotation that answer one control, and the labels in them. Items of other controls, regions and
// relations stand in the same list and are passed over.
import { hasPaths, labelOf, pathOf, typeOf } from './choices.ts';
import type { Pair } from './pairs.ts';
import { type Annotation, isObject, type JsonObject } from './types.ts';

/** The labels that an annotation gives for the control of `pair`, as they stand there; null where it says nothing. */
export function labelsIn(annotation: Annotation, pair: Pair, onlyControl = false): readonly string[] | null {
  const items = itemsOf(annotation, pair, onlyControl);
  return items.length === 0 ? null : labelsOfItems(items, pair);
}

/** The items of an annotation that answer the pair's control; with `onlyControl` those of its type will do. */
export function itemsOf(annotation: Annotation, pair: Pair, onlyControl: boolean): JsonObject[] {
  const items = (Array.isArray(annotation.result) ? annotation.result : []).filter((item: unknown) => isObject(item));
  const ours = items.filter((item) => item.from_name === pair.fromName);
  if (ours.length > 0 || !onlyControl) return ours;
  return items.filter((item) => item.type === typeOf(pair));
}

/** The labels of these items, each once, as they stand there. */
export function labelsOfItems(items: readonly JsonObject[], pair: Pair): string[] {
  const labels = new Set<string>();
  for (const { value } of items) {
    const entries = isObject(value) ? value[typeOf(pair)] : undefined;
    for (const entry of Array.isArray(entries) ? entries : [entries]) {
      const label = labelOf(entry, pair);
      if (label !== null) labels.add(label);
    }
  }
  return [...labels];
}

/**
 * The label that counts where a single choice holds several: the first. Choosing a nested choice may choose the groups
 * around it as well, and they come first: then the choice itself is meant.
 */
export function firstOf(labels: readonly string[], pair: Pair): string {
  const [head = ''] = labels;
  if (!hasPaths(pair)) return head;
  let found = pathOf(head);
  for (const label of labels) {
    const path = pathOf(label);
    if (path.length > found.length && found.every((step, i) => step === path[i])) found = path;
  }
  return JSON.stringify(found);
}
