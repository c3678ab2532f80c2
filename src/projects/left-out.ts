// Why an annotation that has just come will not be learnt from, in words for the log of events. No word of the text and
// no label stands in it; the report of a training names the labels.
import { rulesOf, trainingSet } from '../labelstudio/annotation.ts';
import type { Task } from '../labelstudio/types.ts';
import type { Reading } from './config-readings.ts';
import { hasAddresses } from './text-cache.ts';

/** The training set's reasons → what to say; what is missing here says enough by itself. */
const sentences: ReadonlyMap<string, string> = new Map([
  ['label not in the config', 'its label is not in the label config, so it is kept but not learnt from'],
  ['task without usable text', 'its task has no text where the label config says, so it is kept but not learnt from'],
  ['another control only', 'it answers no control that is served'],
  ['no choice in it', 'it has no choice in it'],
  ['cancelled or skipped', 'it was skipped'],
  ['empty result', 'it is empty'],
]);

const mostLabels = 2000;

/** Null where at least one of the annotations is used by some control, or where nothing can be said. */
export function whyLeftOut(tasks: readonly Task[], reading: Reading | null, agreement: unknown): string | null {
  if (reading === null) return null;
  if (reading.pairs.length === 0) return 'nothing in the label config can be learnt';
  // An annotator waits for the answer, and so many labels take longer to look through than everything else.
  if (reading.pairs.some(({ labels }) => labels.length > mostLabels)) return null;
  const rules = rulesOf(reading.parsed, agreement);
  const reasons = new Set<string>();
  for (const pair of reading.pairs) {
    const { report } = trainingSet(tasks, pair, rules);
    if (report.used > 0) return null;
    for (const reason of Object.keys(report.left)) reasons.add(reason);
  }
  // A text at an address is fetched for the training.
  if (hasAddresses(reading.pairs)) reasons.delete('task without usable text');
  // A control that was not answered is the least of the reasons.
  if (reasons.size > 1) reasons.delete('another control only');
  return [...reasons].map((reason) => sentences.get(reason) ?? reason).join('; ') || null;
}
