// Keeps a model that is much worse than the one that serves from taking its place: labels may have been mixed up on the
// way. What is compared are accuracies on texts that each model had not seen, which the model class measures itself;
// without them every version passes.
import { isObject } from '../labelstudio/types.ts';
import type { VersionRecord } from '../store/model-store.ts';

/** Share of right answers out of so many texts, none of which the model was trained on. */
export interface Accuracy {
  value: number;
  docs: number;
}

/** With fewer texts an accuracy is mostly luck. */
const leastDocs = 20;
/** A loss smaller than this is what new and harder texts may bring. */
const largestLoss = 0.2;
/** Standard errors that the loss must exceed besides. */
const errors = 3;

/**
 * Why `after` should not serve in place of `before`; null when it may. A version for another label config answers
 * another question, so its accuracy is not compared.
 */
export function objectionTo(after: VersionRecord, before: VersionRecord | null): string | null {
  if (before === null || before.meta.labelConfig !== after.meta.labelConfig) return null;
  const known = accuraciesOf(before.meta.trainOutput);
  for (const [name, now] of accuraciesOf(after.meta.trainOutput)) {
    const then = known.get(name);
    if (then === undefined || !isMuchWorse(now, then)) continue;
    const of = name === '' ? '' : ` of ${JSON.stringify(name)}`;
    return (
      `${after.version} is much worse than ${before.version}: the accuracy${of} is ${percent(now)}, it was ` +
      `${percent(then)}. It is kept as a candidate and does not serve; look at the labels, or activate it.`
    );
  }
  return null;
}

function isMuchWorse(now: Accuracy, then: Accuracy): boolean {
  if (now.docs < leastDocs || then.docs < leastDocs) return false;
  const loss = then.value - now.value;
  return loss > largestLoss && loss > errors * Math.sqrt(variance(now) + variance(then));
}

/** Variance of the share, estimated with a success and a failure added: never zero. */
function variance({ value, docs }: Accuracy): number {
  const share = (value * docs + 1) / (docs + 2);
  return (share * (1 - share)) / docs;
}

function percent({ value, docs }: Accuracy): string {
  return `${(100 * value).toFixed(1)} % on ${docs} texts`;
}

/**
 * Control → accuracy, read with care: any model class may have written it. Ours reports on each control; another may
 * return `{ accuracy, docs }` from `fit`, which stands under the name ''.
 */
export function accuraciesOf(trainOutput: unknown): Map<string, Accuracy> {
  const found = new Map<string, Accuracy>();
  if (!isObject(trainOutput)) return found;
  const whole = accuracyIn(trainOutput);
  if (whole) found.set('', whole);
  const controls: unknown[] = Array.isArray(trainOutput.controls) ? trainOutput.controls : [];
  for (const control of controls) {
    if (!isObject(control) || !isObject(control.report) || typeof control.fromName !== 'string') continue;
    const { quality } = control.report;
    const accuracy = isObject(quality) ? accuracyIn(quality) : null;
    if (accuracy) found.set(control.fromName, accuracy);
  }
  return found;
}

/** `accuracy` is a number, or one with the ends of its interval beside it; `measured` are the texts it is about. */
function accuracyIn({ accuracy, measured, docs: all }: { [key: string]: unknown }): Accuracy | null {
  const value = isObject(accuracy) ? accuracy.value : accuracy;
  const docs = measured ?? all;
  const isShare = typeof value === 'number' && value >= 0 && value <= 1;
  return isShare && typeof docs === 'number' && docs > 0 ? { value, docs } : null;
}
