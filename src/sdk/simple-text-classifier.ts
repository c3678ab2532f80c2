// The text classifier that the server runs by default: TF-IDF and logistic regression, one model for each control of
// the label config. Until a control is trained it is answered by a model fitted on the names of its labels.
import { randomBytes } from 'node:crypto';
import type { FitReport } from '../classifier/text-classifier.ts';
import { TextClassifier } from '../classifier/text-classifier.ts';
import { messageOf, SparrowError } from '../errors.ts';
import type { ScoreKind } from '../evaluation/rank.ts';
import { rulesOf, type TrainingRules, type TrainingSet, trainingSet } from '../labelstudio/annotation.ts';
import { labelName, labelsOf } from '../labelstudio/choices.ts';
import { type Pair, readConfig } from '../labelstudio/label-config.ts';
import { choiceResult } from '../labelstudio/prediction.ts';
import { type FetchedTexts, textOf } from '../labelstudio/task.ts';
import { bareObject, isObject, type Prediction, type ResultItem, type Task } from '../labelstudio/types.ts';
import {
  type BackendContext,
  type ControlExplanation,
  type FitContext,
  MLBackend,
  type PredictContext,
} from './backend.ts';
import { ControlModel, coldStart, fitControl, learnable, tuneControl } from './control-model.ts';
import { type OptionsChoice, planFor } from './control-options.ts';
import { type ControlQuality, judgeControl } from './control-quality.ts';
import { givenLabels, suspectsOf } from './doubts.ts';
import { newestTasks } from './newest-tasks.ts';
import type { Thresholds } from './thresholds.ts';

/** What training left for one control; without a file it has too few labels, and `reason` says so. */
export interface TrainedControl {
  fromName: string;
  file: string | null;
  reason?: string;
  /** Multiple choice: from which probability on a label is ticked; without it from one half. */
  thresholds?: Thresholds;
  /** Options that were chosen for it; missing while there are too few labels to choose by. */
  choice?: OptionsChoice;
  report: ControlReport;
}

export interface ControlReport extends Partial<FitReport> {
  /** What became of the annotations. */
  trainingSet: TrainingSet['report'];
  /** Labelled tasks beyond MAX_DOCUMENTS, which were not looked at. */
  olderTasks?: number;
  /** Texts of each label in the training set. */
  support: { [label: string]: number };
  /** How good the model is; missing where there are too few labels to say. */
  quality?: ControlQuality;
}

export interface TrainOutput {
  labels: string[];
  controls: TrainedControl[];
}

/** Time for choosing options, where no setting says. */
const defaultAutoMs = 2000;

interface Draft {
  items: ResultItem[];
  scores: number[];
  reasons: string[];
  /** Probability that a label the task has already is wrong; null where it has none. */
  doubt: number | null;
}

export class SimpleTextClassifier extends MLBackend {
  readonly #pairs: readonly Pair[];
  readonly #notes: readonly string[];
  readonly #rules: TrainingRules;
  readonly #C: number | undefined;
  readonly #autoMs: number;
  readonly #scoreKind: ScoreKind;
  readonly #mostTerms: number | null;
  readonly #mostDocuments: number | null;
  #models: ReadonlyMap<string, ControlModel> = new Map();
  /** Control → task → probability that its label is wrong, by models that had not seen it. */
  #suspects: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map();

  constructor(context: BackendContext) {
    super(context);
    const { pairs, notes, parsed } = readConfig(context.labelConfig);
    this.#pairs = pairs;
    this.#notes = notes;
    this.#rules = rulesOf(parsed, context.settings.agreement);
    const { C, autoMs, score, maxVocabulary, maxDocuments } = context.settings;
    this.#C = typeof C === 'number' ? C : undefined;
    this.#autoMs = typeof autoMs === 'number' ? autoMs : defaultAutoMs;
    this.#scoreKind = score === 'margin' || score === 'entropy' ? score : 'probability';
    this.#mostTerms = typeof maxVocabulary === 'number' ? maxVocabulary : null;
    this.#mostDocuments = typeof maxDocuments === 'number' ? maxDocuments : null;
  }

  override async setup(): Promise<void> {
    const trained = new Map(controlsOf(this.trainOutput).map((control) => [control.fromName, control]));
    const models = new Map<string, ControlModel>();
    try {
      for (const pair of this.#pairs) {
        const file = trained.get(pair.fromName)?.file ?? null;
        const classifier = file === null ? this.#untrained(pair) : await this.#load(pair, file);
        const thresholds = file === null ? null : (trained.get(pair.fromName)?.thresholds ?? null);
        const how = { thresholds, scoreKind: this.#scoreKind };
        if (classifier) models.set(pair.fromName, new ControlModel(pair, classifier, how));
      }
    } catch (error) {
      giveBack(models);
      throw error;
    }
    this.#models = models;
    const judged = [...trained].filter(([, { file }]) => typeof file === 'string');
    this.#suspects = new Map(judged.map(([name, { report }]) => [name, suspectsOf(report?.quality)]));
  }

  async #load(pair: Pair, file: string): Promise<TextClassifier | null> {
    const classifier = TextClassifier.load(await this.context.readFile(file), file);
    if (classifier.multiLabel === pair.multiple) {
      // Before it serves, not while somebody waits for the first answer.
      await classifier.prepare();
      return classifier;
    }
    // The control changed between one and several choices: its model answers another question than is asked now.
    classifier.dispose();
    return this.#untrained(pair);
  }

  #untrained(pair: Pair): TextClassifier | null {
    if (this.context.settings.coldStart === 'none') return null;
    return coldStart(pair, this.#C === undefined ? {} : { C: this.#C });
  }

  override predict(tasks: readonly Task[], context: PredictContext): Prediction[] {
    const drafts = tasks.map((): Draft => ({ items: [], scores: [], reasons: [], doubt: null }));
    for (const pair of this.#pairs) this.#answer(pair, tasks, drafts, context);
    return drafts.map((draft) => this.#finish(draft));
  }

  #answer(pair: Pair, tasks: readonly Task[], drafts: readonly Draft[], context: PredictContext): void {
    const isInteractive = context.context !== null;
    const model = this.#models.get(pair.fromName);
    const asked: Task[] = [];
    const places: Draft[] = [];
    const texts: string[] = [];
    const allowed: (ReadonlySet<string> | null)[] = [];
    for (const [i, task] of tasks.entries()) {
      const draft = drafts[i];
      if (!draft) continue;
      const reading = readText(task, pair, context.fetched);
      if ('problem' in reading) draft.reasons.push(`${pair.fromName}: ${reading.problem}`);
      else if (!model) draft.reasons.push(`${pair.fromName}: nothing is trained yet`);
      else {
        asked.push(task);
        places.push(draft);
        texts.push(reading.text);
        allowed.push(optionsOf(task, pair));
      }
    }
    if (!model || texts.length === 0) return;
    for (const [i, answer] of model.answer(texts, allowed).entries()) {
      const draft = places[i];
      if (!draft) continue;
      draft.scores.push(answer.score);
      if (answer.labels.length === 0) draft.reasons.push(`${pair.fromName}: no label is likely`);
      else draft.items.push(choiceResult(pair, answer.labels, isInteractive ? shortId() : undefined));
    }
    this.#doubt(pair, model, { asked, places, texts });
  }

  /** Tasks that have a label already are told how likely it is wrong. */
  #doubt(
    pair: Pair,
    model: ControlModel,
    { asked, places, texts }: { asked: readonly Task[]; places: readonly Draft[]; texts: readonly string[] },
  ): void {
    const suspects = this.#suspects.get(pair.fromName);
    // A model of the labels' names has no opinion on anybody's labels.
    if (!suspects) return;
    const given = asked.map((task) => givenLabels(task, pair));
    const labelled = [...given.keys()].filter((i) => given[i] !== null);
    if (labelled.length === 0) return;
    const doubts = model.doubts(
      labelled.map((i) => texts[i]!),
      labelled.map((i) => given[i]!),
    );
    for (const [at, i] of labelled.entries()) {
      const unseen = suspects.get(String(asked[i]?.id));
      places[i]!.doubt = Math.max(places[i]!.doubt ?? 0, unseen ?? doubts[at]!);
    }
  }

  /** A task is as sure as its least sure answer: that is what sorting by score should find. */
  #finish({ items, scores, reasons, doubt }: Draft): Prediction {
    const score = scores.length === 0 ? 0 : Math.min(1, ...scores);
    const reason = reasons.length > 0 ? reasons.join('; ') : this.#pairs.length === 0 ? this.#notes.join(' ') : '';
    return {
      result: items,
      score,
      model_version: this.modelVersion,
      ...(reason !== '' && { reason }),
      ...(doubt !== null && { mislabeling: doubt }),
    };
  }

  override explain(text: string): Promise<ControlExplanation[]> {
    return Promise.all(
      this.#pairs.map(async (pair) => {
        const { fromName } = pair;
        const model = this.#models.get(fromName);
        if (!model) return { name: fromName, labels: [], words: [], note: 'Nothing is trained yet.' };
        const named = (label: string) => labelName(label, pair);
        const { words, without } = await model.explain(text);
        return {
          name: fromName,
          labels: model.probabilities(text).map(({ label, ...one }) => ({ label: named(label), ...one })),
          words,
          ...(without !== undefined && { without: without && { ...without, label: named(without.label) } }),
        };
      }),
    );
  }

  override async fit(tasks: AsyncIterable<Task> | Iterable<Task>, context: FitContext): Promise<TrainOutput> {
    if (this.#pairs.length === 0) {
      throw new SparrowError('TOO_FEW_LABELS', `There is nothing to train. ${this.#notes.join(' ')}`.trim());
    }
    const { kept: labelled, dropped } = await newestTasks(tasks, this.#mostDocuments);
    if (dropped > 0) {
      this.context.log(
        `The ${labelled.length} tasks that were annotated last are learnt from; ${dropped} older ones are not: MAX_DOCUMENTS sets the limit.`,
      );
    }
    const controls: TrainedControl[] = [];
    const problems: SparrowError[] = [];
    for (const [n, pair] of this.#pairs.entries()) {
      context.signal?.throwIfAborted();
      const set = trainingSet(labelled, pair, { ...this.#rules, ...(context.fetched && { fetched: context.fetched }) });
      const support = supportOf(set);
      const report: ControlReport = { trainingSet: set.report, support, ...(dropped > 0 && { olderTasks: dropped }) };
      try {
        controls.push(await this.#train(pair, set, `${n}.safetensors`, report, context));
      } catch (error) {
        if (!(error instanceof SparrowError && error.code === 'TOO_FEW_LABELS')) throw error;
        problems.push(error);
        controls.push({ fromName: pair.fromName, file: null, reason: error.message, report });
      }
    }
    if (problems[0] && problems.length === controls.length) throw problems[0];
    return { labels: [...new Set(this.#pairs.flatMap((pair) => pair.labels))], controls };
  }

  async #train(
    pair: Pair,
    set: TrainingSet,
    file: string,
    report: ControlReport,
    context: FitContext,
  ): Promise<TrainedControl> {
    const { texts, targets } = learnable(pair, set);
    const before = controlsOf(this.trainOutput).find(({ fromName }) => fromName === pair.fromName);
    const plan = await planFor(texts, targets, {
      C: this.#C ?? null,
      mostTerms: this.#mostTerms,
      autoMs: this.#autoMs,
      multiLabel: pair.multiple,
      before: before?.choice,
      onProgress: (done, total) => context.progress('choose options', done, total),
    });
    context.signal?.throwIfAborted();
    const classifier = fitControl(this.context.project, pair, set, plan.options, (phase, done, total) =>
      context.progress(phase, done, total),
    );
    try {
      context.writeFile(file, classifier.save());
      const thresholds = await tuneControl(pair, set, plan);
      const quality = await judgeControl({ pair, set, classifier, plan, before: before?.report?.quality });
      return {
        fromName: pair.fromName,
        file,
        ...(thresholds && { thresholds }),
        ...(plan.choice && { choice: plan.choice }),
        report: { ...classifier.report, ...report, ...(quality && { quality }) },
      };
    } finally {
      classifier.dispose();
    }
  }

  override dispose(): void {
    giveBack(this.#models);
    this.#models = new Map();
  }
}

export default SimpleTextClassifier;

function giveBack(models: ReadonlyMap<string, ControlModel>): void {
  for (const { classifier } of models.values()) classifier.dispose();
}

function readText(task: Task, pair: Pair, fetched?: FetchedTexts): { text: string } | { problem: string } {
  try {
    return textOf(task, pair, fetched);
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

/** The labels that a task's own data limits it to; null where it brings none. */
function optionsOf(task: Task, pair: Pair): ReadonlySet<string> | null {
  if (pair.dynamicKey === null) return null;
  const labels = labelsOf(task, pair);
  return labels.length === pair.labels.length ? null : new Set(labels);
}

function supportOf(set: TrainingSet): { [label: string]: number } {
  const counts = new Map<string, number>();
  for (const { labels } of set.samples) {
    for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return bareObject(counts);
}

/** Controls of a `trainOutput`, whatever wrote it: a model store may hold versions of another class. */
function controlsOf(output: unknown): TrainedControl[] {
  return isObject(output) && Array.isArray(output.controls) ? (output.controls as TrainedControl[]) : [];
}

/** An id for a result item, as the interface makes them itself. */
function shortId(): string {
  return randomBytes(8).toString('base64url').slice(0, 10);
}
