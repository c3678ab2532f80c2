// How likely it is that the label a task already has is wrong: Label Studio's field `mislabeling`. A suspect of the last
// report was judged by a model that had not seen it; of all others the model that serves says what it thinks.

import type { Pair } from '../labelstudio/label-config.ts';
import { labelsIn } from '../labelstudio/result-items.ts';
import { type Annotation, isObject, type Task } from '../labelstudio/types.ts';

/** Task → probability that its label is wrong, from a report; whatever wrote that. */
export function suspectsOf(quality: unknown): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const suspects: unknown[] = isObject(quality) && Array.isArray(quality.suspects) ? quality.suspects : [];
  for (const suspect of suspects) {
    if (!isObject(suspect) || typeof suspect.task !== 'string') continue;
    const { givenProbability: given } = suspect;
    if (typeof given === 'number' && given >= 0 && given <= 1) found.set(suspect.task, 1 - given);
  }
  return found;
}

/** What the last annotation of a task says for the pair's control; null where nothing does. */
export function givenLabels(task: Task, pair: Pair): readonly string[] | null {
  if (!isObject(task) || !Array.isArray(task.annotations)) return null;
  for (const annotation of (task.annotations as unknown[]).toReversed()) {
    if (!isObject(annotation) || annotation.was_cancelled === true || annotation.skipped === true) continue;
    const labels = labelsIn(annotation as Annotation, pair);
    if (labels !== null && (labels.length > 0 || pair.multiple)) return labels;
  }
  return null;
}
