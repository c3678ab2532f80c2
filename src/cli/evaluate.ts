// `sparrow evaluate MODEL DATA…`: how good a model is on labelled texts; `--cv K DATA…` fits K models to find out how
// good one fitted to all of the data would be.
import type { Command } from 'commander';
import type { FitReport, Target, TextClassifier } from '../classifier/text-classifier.ts';
import { SparrowError } from '../errors.ts';
import { crossValidate, metricsSum, stratumOf } from '../evaluation/cross-validate.ts';
import { crossValidateOnThreads } from '../evaluation/fold-threads.ts';
import { scarceLabels } from '../evaluation/folds.ts';
import type { Metrics } from '../evaluation/metrics.ts';
import type { MultiLabelMetrics } from '../evaluation/multi-label-metrics.ts';
import type { ReliabilityBin } from '../evaluation/reliability.ts';
import { addLabelFlags, addOutputFlags, type CommonFlags, columnsOf, rounded, secondsSince } from './data-options.ts';
import { checkClasses, sayIfNotConverged } from './fit-checks.ts';
import { type LabelledOptions, readLabelled, readLabelledSet } from './labelled.ts';
import { metricsText } from './metrics-text.ts';
import { readModel } from './model.ts';
import {
  addRegressionFlags,
  addVectorizerFlags,
  type FlagOptions,
  flagOf,
  optionsFor,
  readFlags,
  refuseFlag,
} from './option-flags.ts';
import { checkOutput, writeOutput } from './output-file.ts';
import type { Session } from './session.ts';
import { counted, listed } from './visible.ts';

interface EvaluateFlags extends CommonFlags {
  cv?: string;
  html?: string;
  force?: boolean;
}

interface Evaluation {
  metrics: Metrics | MultiLabelMetrics;
  bins: readonly ReliabilityBin[];
  method: string;
  classifier?: TextClassifier;
  seconds: { read: number; fit?: number; predict: number };
}

/** What both ways of evaluating need. */
interface Job {
  reading: LabelledOptions;
  session: Session;
}

export function configure(command: Command, session: Session): void {
  command
    .usage('[options] <model> <data...>\n       sparrow evaluate [options] --cv <k> <data...>')
    .argument('<files...>', 'a model file and labelled data; with --cv labelled data only')
    .option('--cv <k>', 'cross-validate with k folds; takes the options of train')
    .option('--html <file>', 'write the report with its plots as a page')
    .option('--force', 'overwrite a file that exists');
  addLabelFlags(command);
  addRegressionFlags(addVectorizerFlags(command));
  addOutputFlags(command).action((files: string[], flags: EvaluateFlags) => evaluate(files, flags, session));
}

async function evaluate(files: readonly string[], flags: EvaluateFlags, session: Session): Promise<void> {
  const start = performance.now();
  const options = readFlags({ ...flags }, session);
  const page =
    flags.html === undefined
      ? null
      : checkOutput(flags.html, '--html', session, { inputs: files, force: flags.force === true });
  if (flags.quiet) session.progress.hide();
  const reading = { columns: columnsOf(flags), labelConfig: flags.labelConfig };
  const job = { reading, session };
  const { metrics, bins, method, classifier, seconds } =
    flags.cv === undefined
      ? await evaluateModel(files, options, job)
      : await evaluateFolds(foldsOf(flags.cv), files, options, job);
  if (page !== null) {
    const { evaluationPage } = await import('./evaluation-page.ts');
    const title = flags.cv === undefined ? `${files[0]} on ${files.slice(1).join(', ')}` : files.join(', ');
    writeOutput(page, [evaluationPage({ title, method, metrics, bins, classifier })], session);
  }
  classifier?.dispose();
  const summary = { ...metrics, seconds: rounded({ ...seconds, total: secondsSince(start) }) };
  const text = () => metricsText(metrics, bins, summary.seconds.total);
  await session.write(flags.json ? `${JSON.stringify(summary)}\n` : text());
}

function foldsOf(text: string): number {
  const k = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return k >= 2 ? k : refuseFlag('--cv', 'a whole number of at least 2', text);
}

/** In constant memory: documents are predicted as they are read. */
async function evaluateModel(files: readonly string[], options: FlagOptions, job: Job): Promise<Evaluation> {
  const [model = '', ...data] = files;
  const [option] = Object.keys(options);
  if (option !== undefined) {
    throw new SparrowError(
      'BAD_OPTION',
      `${flagOf(option)} belongs to a fit, and the model is fitted; it goes with --cv.`,
    );
  }
  if (data.length === 0) {
    throw new SparrowError('BAD_OPTION', 'evaluate needs a model and data; to cross-validate data alone, give --cv.');
  }
  const { classifier } = readModel(model, job.session);
  const sum = metricsSum(classifier.classes, classifier.multiLabel);
  const start = performance.now();
  let predictMs = 0;
  for await (const { texts, targets } of readLabelled(data, job.reading, job.session)) {
    const batchStart = performance.now();
    sum.add(classifier.multiLabel ? targets : targets.map(onlyLabel), classifier.predictProba(texts));
    predictMs += performance.now() - batchStart;
  }
  const predict = predictMs / 1000;
  return {
    metrics: sum.result(),
    bins: sum.reliability(),
    method: 'by a model that is not told their labels',
    classifier,
    seconds: { read: secondsSince(start) - predict, predict },
  };
}

function onlyLabel(target: Target): string {
  if (typeof target === 'string') return target;
  if (target.length === 1) return target[0]!;
  const found = target.length === 0 ? 'no label' : `several labels (${listed(target)})`;
  throw new SparrowError('BAD_INPUT', `The model gives one label, but the data hold a row with ${found}.`);
}

async function evaluateFolds(
  k: number,
  data: readonly string[],
  options: FlagOptions,
  { reading, session }: Job,
): Promise<Evaluation> {
  const start = performance.now();
  const set = await readLabelledSet(data, reading, session);
  const { texts, targets, isMultiLabel } = set;
  const read = secondsSince(start);
  checkClasses(set);
  const scarce = isMultiLabel ? [] : scarceLabels(targets.map(stratumOf), k);
  if (scarce.length > 0) {
    const those = counted(scarce.length, 'class has', 'classes have');
    session.say(`${those} fewer than ${k} documents, so some folds lack them: ${listed(scarce, 5)}.`);
  }
  let done = 0;
  const settings = {
    k,
    multiLabel: isMultiLabel,
    seed: options.seed ?? 0,
    optionsFor: (docs: number) => optionsFor(options, docs),
    onFold: (_: number, report: FitReport) => {
      session.progress.update('cross-validating', ++done, k);
      sayIfNotConverged(report, session);
    },
  };
  const { threads = 1, signal } = session.io;
  const { metrics, bins, seconds } =
    threads > 1
      ? await crossValidateOnThreads(texts, targets, { ...settings, threads, signal })
      : await session.block(() => crossValidate(texts, targets, settings));
  session.progress.clear();
  const method = `by ${k} models, each without the texts that it judged`;
  return { metrics, bins, method, seconds: { read, ...seconds } };
}
