// From annotated tasks to a training set. Every annotation that is seen is either used or left out for a reason that is
// counted, so that "why is my label not learnt" has an answer: `annotations` = `used` + the sum of `left`.

import { type AgreementRule, agreeing, type Rating, type Voice } from './agreement.ts';
import { annotationTime } from './annotation-time.ts';
import { labelsOf } from './choices.ts';
import type { ParsedLabelConfig } from './controls.ts';
import type { Pair } from './pairs.ts';
import { firstOf, itemsOf, labelsOfItems } from './result-items.ts';
import { type FetchedTexts, textOf } from './task.ts';
import { type Annotation, bareObject, isObject, type JsonObject, type Task } from './types.ts';

export type { AgreementRule } from './agreement.ts';

/** One text with what it was labelled; several labels only where the control takes several. */
export interface Sample {
  text: string;
  labels: readonly string[];
  weight: number;
  taskId?: number | string;
}

export interface TrainingSet {
  samples: Sample[];
  /** Who said what of the tasks that several people labelled. */
  ratings: readonly Rating[];
  report: TrainingSetReport;
}

/** What became of the annotations. */
interface TrainingSetReport {
  tasks: number;
  annotations: number;
  /** Annotations that a sample stands on; several that agree make one sample. */
  used: number;
  /** Reason → annotations that were left out for it. */
  left: { [reason: string]: number };
  /** Label that the config does not have → how often it was annotated. */
  unknownLabels: { [label: string]: number };
  /** Tasks that have no annotation at all. */
  unlabelled: number;
  /** Annotations of a single choice that hold several; the first counted. */
  firstOfSeveral: number;
}

export interface TrainingSetOptions {
  rule?: AgreementRule;
  /** No other control can be meant: an item of another name counts when its type is ours. */
  onlyControl?: boolean;
  fetched?: FetchedTexts;
}

/** How the annotations of one label config are read, in training and in whatever reports about it. */
export type TrainingRules = Pick<TrainingSetOptions, 'rule' | 'onlyControl'>;

/** The rules for a config; `agreement` is a setting, of which anything but a rule means the default. */
export function rulesOf(parsed: ParsedLabelConfig | null, agreement: unknown): TrainingRules {
  const rule = agreement === 'each' || agreement === 'latest' ? agreement : 'majority';
  // Controls that are not served count too: an item of another name may well be theirs.
  return { rule, onlyControl: Object.keys(parsed ?? {}).length === 1 };
}

/** The reasons for leaving an annotation out, as they stand in the report. */
const LEFT = {
  malformed: 'not readable',
  cancelled: 'cancelled or skipped',
  empty: 'empty result',
  otherControl: 'another control only',
  noChoice: 'no choice in it',
  unknownLabel: 'label not in the config',
  noText: 'task without usable text',
  notGroundTruth: 'ground truth preferred',
  outvoted: 'outvoted',
  older: 'older than another',
} as const;

/** The training set of one control, with a report of everything that was seen. */
export function trainingSet(tasks: Iterable<Task>, pair: Pair, options: TrainingSetOptions = {}): TrainingSet {
  const builder = new Builder(pair, options);
  for (const task of tasks) builder.add(task);
  return { samples: builder.samples, ratings: builder.ratings, report: builder.report() };
}

class Builder {
  readonly samples: Sample[] = [];
  readonly ratings: Rating[] = [];
  readonly #pair: Pair;
  readonly #options: TrainingSetOptions;
  readonly #labels: ReadonlySet<string>;
  readonly #order: ReadonlyMap<string, number>;
  readonly #left = new Map<string, number>();
  readonly #unknown = new Map<string, number>();
  #tasks = 0;
  #annotations = 0;
  #used = 0;
  #unlabelled = 0;
  #firstOfSeveral = 0;

  constructor(pair: Pair, options: TrainingSetOptions) {
    this.#pair = pair;
    this.#options = options;
    this.#labels = new Set(pair.labels);
    this.#order = new Map(pair.labels.map((label, i) => [label, i]));
  }

  add(task: Task): void {
    this.#tasks++;
    const annotations = annotationsOf(task);
    this.#annotations += annotations.length;
    if (annotations.length === 0) this.#unlabelled++;
    const known = this.#knownFor(task);
    const usable = annotations.flatMap((annotation) => this.#read(annotation, known) ?? []);
    if (usable.length === 0) return;
    const reading = textOf(task, this.#pair, this.#options.fetched);
    if ('problem' in reading) this.#leave(LEFT.noText, usable.length);
    else this.#agree(reading.text, task.id, usable);
  }

  #rate(item: string, voices: readonly Voice[]): void {
    for (const { labels, annotator } of voices) {
      if (annotator !== undefined) this.ratings.push({ item, annotator, label: labels.join(', ') });
    }
  }

  report(): TrainingSetReport {
    return {
      tasks: this.#tasks,
      annotations: this.#annotations,
      used: this.#used,
      left: bareObject(this.#left),
      unknownLabels: bareObject(this.#unknown),
      unlabelled: this.#unlabelled,
      firstOfSeveral: this.#firstOfSeveral,
    };
  }

  #leave(reason: string, count = 1): void {
    if (count > 0) this.#left.set(reason, (this.#left.get(reason) ?? 0) + count);
  }

  // Null where every label is known: the config does not list them, or the task brings none of its own.
  #knownFor(task: Task): ReadonlySet<string> | null {
    if (this.#pair.open) return null;
    if (this.#pair.dynamicKey === null) return this.#labels;
    const labels = labelsOf(task, this.#pair);
    return labels.length === this.#pair.labels.length ? null : new Set(labels);
  }

  #read(annotation: unknown, known: ReadonlySet<string> | null): Voice | null {
    const reason = this.#unusable(annotation);
    if (reason) {
      this.#leave(reason);
      return null;
    }
    const given = annotation as Annotation;
    const items = itemsOf(given, this.#pair, this.#options.onlyControl ?? false);
    const found = labelsOfItems(items, this.#pair);
    if (found.length === 0) {
      this.#leave(items.length === 0 ? LEFT.otherControl : LEFT.noChoice);
      return null;
    }
    const chosen = this.#pair.multiple ? found : [firstOf(found, this.#pair)];
    if (chosen.length < found.length) this.#firstOfSeveral++;
    const labels: string[] = [];
    for (const label of chosen) {
      if (known === null || known.has(label)) labels.push(label);
      else this.#unknown.set(label, (this.#unknown.get(label) ?? 0) + 1);
    }
    if (labels.length === 0) {
      this.#leave(LEFT.unknownLabel);
      return null;
    }
    return {
      labels: labels.sort((a, b) => this.#place(a) - this.#place(b) || (a < b ? -1 : 1)),
      isGroundTruth: given.ground_truth === true,
      time: annotationTime(given),
      ...annotatorOf(given),
    };
  }

  // A set of labels is one set however it was ticked: in the order of the config, what it does not list last.
  #place(label: string): number {
    return this.#order.get(label) ?? this.#order.size;
  }

  #unusable(annotation: unknown): string | null {
    if (!isObject(annotation)) return LEFT.malformed;
    if (annotation.was_cancelled === true || annotation.skipped === true) return LEFT.cancelled;
    return Array.isArray(annotation.result) && annotation.result.length > 0 ? null : LEFT.empty;
  }

  #agree(text: string, taskId: Task['id'], usable: readonly Voice[]): void {
    if (usable.length > 1) this.#rate(taskId === undefined ? text : String(taskId), usable);
    const { kept, leftOut } = agreeing(usable, this.#options.rule ?? 'majority');
    for (const [reason, count] of leftOut) this.#leave(LEFT[reason], count);
    this.#used += kept.length;
    const samples = this.#options.rule === 'each' ? kept : kept.slice(0, 1);
    for (const { labels } of samples) {
      this.samples.push({ text, labels, weight: 1 / samples.length, ...(taskId === undefined ? {} : { taskId }) });
    }
  }
}

/** A number, or an object around one, by the age of Label Studio; an e-mail address stands in some exports. */
function annotatorOf({ completed_by: by }: Annotation): { annotator?: string } {
  const id = isObject(by) ? (by.id ?? by.email) : by;
  return typeof id === 'number' || (typeof id === 'string' && id !== '') ? { annotator: String(id) } : {};
}

function annotationsOf(task: Task): readonly unknown[] {
  if (!isObject(task)) return [];
  const { annotations, completions } = task as JsonObject;
  if (Array.isArray(annotations) && (annotations.length > 0 || !Array.isArray(completions))) return annotations;
  return Array.isArray(completions) ? completions : [];
}
