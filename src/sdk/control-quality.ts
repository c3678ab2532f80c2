// How good the model of one control is, found out with each training on texts that it did not learn from. Bounded: with
// many texts a part of them is judged, and a project that has hardly grown keeps the report it has.
import type { TextClassifier } from '../classifier/text-classifier.ts';
import type { Report, SuspectAnnotation } from '../evaluation/report.ts';
import type { TrainingSet } from '../labelstudio/annotation.ts';
import { labelName } from '../labelstudio/choices.ts';
import type { Pair } from '../labelstudio/label-config.ts';
import { isObject } from '../labelstudio/types.ts';
import { cutText } from './control-model.ts';
import { optionsFor } from './text-options.ts';

/** The report of a training, its labels as people read them, its suspects by task. */
export interface ControlQuality extends Omit<Report, 'suspects'> {
  readonly suspects: readonly (SuspectAnnotation & { readonly task: string | null })[];
  /** Texts there were when it was made, for whoever decides whether it is still good. */
  readonly madeAt: number;
}

/** Below, folds would be a handful of texts. */
const leastTexts = 10;
const leastOfTwoClasses = 2;
const mostJudged = 4000;
const curveMs = 300;
const mostSuspects = 50;
/** A report of up to so many texts takes no time; a larger one is made anew when the set has changed by a tenth. */
const cheapTexts = 1000;
const changeShare = 0.1;

/** `before` is the report of the last version, if any. Null where there are too few labels to say anything. */
export async function judgeControl(
  pair: Pair,
  set: TrainingSet,
  classifier: TextClassifier,
  options: { C?: number; before?: unknown },
): Promise<ControlQuality | null> {
  const { samples } = set;
  const kept = stillGood(options.before, samples.length);
  // Labels that were renamed, added or given up make it a report on something else.
  if (
    kept &&
    isAbout(
      kept,
      classifier.classes.map((label) => labelName(label, pair)),
    )
  )
    return kept;
  const step = Math.ceil(samples.length / mostJudged);
  const judged = samples.filter((_, i) => i % step === 0);
  const targets = judged.map(({ labels }) => {
    const names = labels.map((label) => labelName(label, pair));
    return pair.multiple ? names : (names[0] ?? '');
  });
  if (!isEnough(targets.flat(), judged.length)) return null;
  // Loaded when first needed: serving needs none of it.
  const [{ holdOut, measureCurve }, { makeReport }] = await Promise.all([
    import('../evaluation/out-of-fold.ts'),
    import('../evaluation/report.ts'),
  ]);
  const texts = judged.map(({ text }) => cutText(text));
  const fit = { ...optionsFor(texts, options.C), multiLabel: pair.multiple };
  const report = makeReport({
    targets,
    multiLabel: pair.multiple,
    heldOut: holdOut(texts, targets, fit),
    classifier,
    curve: measureCurve(texts, targets, fit, { budgetMs: curveMs }),
    most: mostSuspects,
    notes: step > 1 ? [`Judged on ${judged.length} of the ${samples.length} texts.`] : [],
  });
  return {
    ...report,
    topTerms: report.topTerms.map(({ label, terms }) => ({ label: labelName(label, pair), terms })),
    suspects: report.suspects.map((suspect) => {
      const id = judged[suspect.doc]?.taskId;
      return { ...suspect, task: id === undefined ? null : String(id) };
    }),
    madeAt: samples.length,
  };
}

/** Two classes at least must be there to be told apart, each more than once. */
function isEnough(labels: readonly string[], texts: number): boolean {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const frequent = [...counts.values()].filter((count) => count >= leastOfTwoClasses);
  return texts >= leastTexts && frequent.length >= 2;
}

function isAbout({ perClass }: ControlQuality, classes: readonly string[]): boolean {
  const known = new Set(perClass?.map(({ label }) => label));
  return known.size === classes.length && classes.every((label) => known.has(label));
}

function stillGood(before: unknown, texts: number): ControlQuality | null {
  if (!isObject(before) || typeof before.madeAt !== 'number' || texts <= cheapTexts) return null;
  return Math.abs(texts - before.madeAt) < changeShare * before.madeAt ? (before as unknown as ControlQuality) : null;
}
