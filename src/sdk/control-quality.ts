// How good the model of one control is, found out with each training on texts that it did not learn from. Bounded: with
// many texts a part of them is judged, and a project that has hardly grown keeps the report it has.
import type { FitOptions, TextClassifier } from '../classifier/text-classifier.ts';
import type { Report, SuspectAnnotation } from '../evaluation/report.ts';
import type { TrainingSet } from '../labelstudio/annotation.ts';
import { labelName } from '../labelstudio/choices.ts';
import type { Pair } from '../labelstudio/label-config.ts';
import { isObject } from '../labelstudio/types.ts';
import { cutText } from './control-model.ts';
import type { Plan } from './control-options.ts';
import { distance, sketchOf } from './label-sketch.ts';

/** The report of a training, its labels as people read them, its suspects by task. */
export interface ControlQuality extends Omit<Report, 'suspects'> {
  readonly suspects: readonly (SuspectAnnotation & { readonly task: string | null })[];
  /** Texts there were when it was made, for whoever decides whether it is still good. */
  readonly madeAt: number;
  readonly sketch: string;
  /** Time that making it took. */
  readonly tookMs: number;
}

/** Below, folds would be a handful of texts. */
const leastTexts = 10;
const leastOfTwoClasses = 2;
const mostJudged = 4000;
const curveMs = 300;
const mostSuspects = 50;
/** A report that takes no longer is made with each training; a dearer one when the set has changed by a tenth. */
const cheapMs = 100;
const cheapTexts = 1000;
const changeShare = 0.1;

export interface Judged {
  readonly pair: Pair;
  readonly set: TrainingSet;
  readonly classifier: TextClassifier;
  readonly plan: Plan;
  /** The report of the last version, if any. */
  readonly before?: unknown;
}

/** Null where there are too few labels to say anything. */
export async function judgeControl({ pair, set, classifier, plan, before }: Judged): Promise<ControlQuality | null> {
  const started = performance.now();
  const { samples } = set;
  const classes = classifier.classes.map((label) => labelName(label, pair));
  const sketch = sketchOf(samples);
  const kept = plan.heldOut === null ? stillGood(before, samples.length, sketch) : null;
  // Labels that were renamed, added or given up make it a report on something else.
  if (kept && isAbout(kept, classes)) return withoutMended(kept, pair, samples);
  // A choice has judged what it could already; otherwise some are judged now.
  const step = plan.heldOut ? 1 : Math.ceil(samples.length / mostJudged);
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
  const fit = named({ ...plan.options, multiLabel: pair.multiple }, pair);
  const report = makeReport({
    targets,
    multiLabel: pair.multiple,
    heldOut: plan.heldOut ? { ...plan.heldOut, classes } : holdOut(texts, targets, fit),
    classifier,
    curve: measureCurve(texts, targets, fit, { budgetMs: curveMs }),
    ratings: set.ratings,
    selection: plan.choice?.table ?? [],
    most: mostSuspects,
    notes: [
      ...(plan.choice?.notes ?? []),
      ...(step > 1 ? [`Judged on ${judged.length} of the ${samples.length} texts.`] : []),
    ],
  });
  return {
    ...report,
    topTerms: report.topTerms.map(({ label, terms }) => ({ label: labelName(label, pair), terms })),
    suspects: report.suspects.map((suspect) => {
      const id = judged[suspect.doc]?.taskId;
      return { ...suspect, task: id === undefined ? null : String(id) };
    }),
    madeAt: samples.length,
    sketch,
    tookMs: Math.round(performance.now() - started),
  };
}

/** The options as they apply to labels as people read them. */
function named(options: FitOptions, pair: Pair): FitOptions {
  const { refinement, classWeight } = options;
  const renamed = <T>(map: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(map).map(([label, value]) => [labelName(label, pair), value]));
  return {
    ...options,
    ...(typeof refinement?.temperature === 'object' && {
      refinement: { ...refinement, temperature: renamed(refinement.temperature) },
    }),
    ...(typeof classWeight === 'object' && classWeight && { classWeight: renamed(classWeight) }),
  };
}

/** Labels that were changed since are no longer suspected. */
function withoutMended(quality: ControlQuality, pair: Pair, samples: TrainingSet['samples']): ControlQuality {
  const given = new Map(samples.map(({ taskId, labels }) => [String(taskId), labels]));
  const isStill = ({ task, given: label, change }: ControlQuality['suspects'][number]) => {
    const now = task === null ? undefined : given.get(task)?.map((one) => labelName(one, pair));
    return now === undefined || now.includes(label) === (change !== 'add');
  };
  const suspects = quality.suspects?.filter(isStill);
  return suspects && suspects.length < quality.suspects.length ? { ...quality, suspects } : quality;
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

function stillGood(before: unknown, texts: number, sketch: string): ControlQuality | null {
  if (!isObject(before) || typeof before.madeAt !== 'number') return null;
  const isCheap = texts <= cheapTexts && !(typeof before.tookMs === 'number' && before.tookMs > cheapMs);
  const changed = distance(before.sketch, sketch) ?? Number.POSITIVE_INFINITY;
  return isCheap || changed >= changeShare * before.madeAt ? null : (before as unknown as ControlQuality);
}
