// The report that comes with a training: how good the model is, how sure that is, where it errs, which annotations look
// wrong and what more labels would bring. Plain data, from out-of-fold predictions only; what cannot be said from so few
// labels is said to be so.
import type { Target, TextClassifier } from '../classifier/text-classifier.ts';
import { type Agreement, agreementOf, type Rating } from './agreement.ts';
import { fitTemperature } from './calibration.ts';
import { metricsSum } from './cross-validate.ts';
import { type Interval, wilsonInterval } from './intervals.ts';
import { type CurvePoint, fitLearningCurve, type LearningCurve } from './learning-curve.ts';
import type { ClassMetrics, Metrics } from './metrics.ts';
import type { MultiLabelMetrics } from './multi-label-metrics.ts';
import type { HeldOut } from './out-of-fold.ts';
import { type ReliabilityBin, reliability } from './reliability.ts';
import type { CandidateResult } from './selection-table.ts';
import { findSuspects } from './suspicious.ts';
import { type TopTerm, topTerms } from './top-terms.ts';
import { labellingOf } from './truth.ts';

export interface ReportedClass extends ClassMetrics {
  readonly precisionInterval: Interval;
  readonly recallInterval: Interval;
}

export interface SuspectAnnotation {
  /** Index of the text among those given. */
  readonly doc: number;
  readonly given: string;
  /** The label that it looks like; with several labels a text the same, to be added or taken away. */
  readonly suggested: string;
  readonly change: 'replace' | 'add' | 'remove';
  readonly givenProbability: number;
  readonly suggestedProbability: number;
}

export interface Report {
  /** Labelled texts, and those of them that the figures are about. */
  readonly docs: number;
  readonly measured: number;
  readonly folds: number;
  readonly accuracy: Interval & { readonly value: number };
  readonly macroF1: number;
  readonly logLoss: number;
  readonly calibration: {
    readonly error: number;
    /** What the scores would still have to be divided by; near 1 where they are honest. */
    readonly temperature: number;
    readonly bins: readonly ReliabilityBin[];
  };
  readonly perClass: readonly ReportedClass[];
  readonly confusion: Metrics['confusion'] | MultiLabelMetrics['confusion'];
  /** Pairs that are taken for each other, most often first. */
  readonly confused: readonly { readonly truth: string; readonly predicted: string; readonly count: number }[];
  readonly topTerms: readonly { readonly label: string; readonly terms: readonly TopTerm[] }[];
  readonly suspects: readonly SuspectAnnotation[];
  /** Share of annotations that look wrong. */
  readonly suspectShare: number;
  readonly learningCurve: LearningCurve;
  readonly agreement: Agreement | null;
  readonly selection: readonly CandidateResult[];
  /** What a reader must know of the figures, a sentence each. */
  readonly notes: readonly string[];
}

export interface ReportParts {
  readonly targets: readonly Target[];
  readonly multiLabel?: boolean;
  readonly heldOut: HeldOut;
  readonly classifier?: TextClassifier;
  readonly curve?: readonly CurvePoint[];
  readonly ratings?: Iterable<Rating>;
  readonly selection?: readonly CandidateResult[];
  readonly notes?: readonly string[];
  /** Most suspects and confused pairs to name. Default 100. */
  readonly most?: number;
}

/** Half the width of an interval above which a figure is hardly known. */
const vague = 0.1;
const scarce = 5;

export function makeReport(parts: ReportParts): Report {
  const { targets, multiLabel = false, heldOut, classifier, curve = [], ratings, selection = [], most = 100 } = parts;
  const { classes, outOfFold, docs } = heldOut;
  const measured = Array.from(docs, (doc) => targets[doc]!);
  const sum = metricsSum(classes, multiLabel);
  sum.add(measured, outOfFold);
  const metrics = sum.result();
  const { truth } = labellingOf(measured, multiLabel, classes);
  const right = Math.round(metrics.accuracy * metrics.docs);
  const suspicion = findSuspects(outOfFold, truth);
  const agreement = ratings ? agreementOf(ratings) : null;
  const report = {
    docs: targets.length,
    measured: docs.length,
    folds: heldOut.k,
    accuracy: { value: metrics.accuracy, ...wilsonInterval(right, metrics.docs) },
    macroF1: metrics.macroF1,
    logLoss: metrics.logLoss,
    calibration: {
      error: metrics.ece,
      temperature: fitTemperature(outOfFold, truth),
      bins: reliability(outOfFold, truth),
    },
    perClass: metrics.perClass.map((line) => withIntervals(line)),
    confusion: metrics.confusion,
    confused: multiLabel ? [] : confusedPairs(metrics as Metrics).slice(0, most),
    topTerms: classifier ? topTerms(classifier.model) : [],
    suspects: suspicion.suspects.slice(0, most).map(({ row, given, suggested, isMissing, ...probabilities }) => ({
      doc: docs[row]!,
      given: classes[given]!,
      suggested: classes[suggested]!,
      change: multiLabel ? (isMissing ? ('add' as const) : ('remove' as const)) : ('replace' as const),
      ...probabilities,
    })),
    suspectShare: suspicion.share,
    learningCurve: fitLearningCurve(curve, targets.length),
    agreement: agreement && agreement.items > 0 ? agreement : null,
    selection,
  };
  return { ...report, notes: [...(parts.notes ?? []), ...notesOn(report)] };
}

function withIntervals(line: ClassMetrics): ReportedClass {
  const hits = Math.round(line.recall * line.support);
  const predicted = line.precision > 0 ? Math.round(hits / line.precision) : 0;
  return {
    ...line,
    precisionInterval: wilsonInterval(hits, predicted),
    recallInterval: wilsonInterval(hits, line.support),
  };
}

function confusedPairs({ perClass, confusion }: Metrics): Report['confused'] {
  const pairs = confusion.flatMap((row, i) => {
    return row.flatMap((count, j) => {
      return i === j || count === 0 ? [] : [{ truth: perClass[i]!.label, predicted: perClass[j]!.label, count }];
    });
  });
  return pairs.sort((a, b) => b.count - a.count);
}

function notesOn({ accuracy, measured, perClass, learningCurve }: Omit<Report, 'notes'>): string[] {
  const notes: string[] = [];
  if ((accuracy.high - accuracy.low) / 2 > vague) {
    const range = `${percent(accuracy.low)} and ${percent(accuracy.high)}`;
    notes.push(`With ${measured} labelled texts accuracy is known no better than between ${range}.`);
  }
  const few = perClass.filter(({ support }) => support < scarce).map(({ label }) => label);
  if (few.length > 0) {
    const names = few.slice(0, 5).map((label) => JSON.stringify(label));
    const more = few.length > names.length ? ` and ${few.length - names.length} more` : '';
    notes.push(`Fewer than ${scarce} texts have ${names.join(', ')}${more}: what is said of them says little.`);
  }
  if (learningCurve.problem) notes.push(learningCurve.problem);
  return notes;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
