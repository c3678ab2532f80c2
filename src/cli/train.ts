// `sparrow train DATA… --model FILE`: labelled texts in, a model file out.
import type { Command } from 'commander';
import { type FitOptions, ModelFit } from '../classifier/fit.ts';
import { readTargets } from '../classifier/targets.ts';
import { type FitReport, type Target, TextClassifier } from '../classifier/text-classifier.ts';
import { SparrowError } from '../errors.ts';
import {
  type AutoSummary,
  budgetOf,
  choiceText,
  chooseFor,
  defaultBudgetSeconds,
  summaryOfChoice,
} from './auto-choice.ts';
import { addLabelFlags, addOutputFlags, type CommonFlags, columnsOf, rounded, secondsSince } from './data-options.ts';
import { checkClasses, sayIfNotConverged } from './fit-checks.ts';
import { type LabelledOptions, labelledTargets, readLabelled, readLabelledSet } from './labelled.ts';
import { isModelFile, versionOf } from './model.ts';
import { addRegressionFlags, addVectorizerFlags, type FlagOptions, optionsFor, readFlags } from './option-flags.ts';
import { checkOutput, writeOutput } from './output-file.ts';
import type { Session } from './session.ts';
import { counted, grouped, visible } from './visible.ts';

interface TrainFlags extends CommonFlags {
  model: string;
  force?: boolean;
  auto?: boolean;
  budget?: string;
}

interface Summary extends Omit<FitReport, 'seconds'> {
  version: string;
  model: string;
  /** With --auto only, as is the time that choosing took. */
  auto?: AutoSummary;
  seconds: { read: number; choose?: number; vectorize: number; fit: number; save: number; total: number };
}

export function configure(command: Command, session: Session): void {
  command
    .argument('<data...>', 'JSONL, CSV, TSV or Label Studio JSON files, plain or gzip; - is standard input')
    .requiredOption('-m, --model <file>', 'model file to write')
    .option('--force', 'overwrite a file that is no model');
  addLabelFlags(command);
  command
    .option('--auto', 'choose by cross-validation what no option below says')
    .option('--budget <seconds>', `time for choosing, with --auto (default: ${defaultBudgetSeconds})`);
  addRegressionFlags(addVectorizerFlags(command));
  addOutputFlags(command).action((data: string[], flags: TrainFlags) => train(data, flags, session));
}

async function train(data: readonly string[], flags: TrainFlags, session: Session): Promise<void> {
  const start = performance.now();
  const options = readFlags({ ...flags }, session);
  const budget = budgetOf(flags.budget);
  if (flags.budget !== undefined && !flags.auto) {
    throw new SparrowError('BAD_OPTION', '--budget is the time for --auto, which was not given.');
  }
  const rules = { inputs: data, force: flags.force === true, mayReplace: isModelFile };
  const target = checkOutput(flags.model, '--model', session, rules);
  if (flags.quiet) session.progress.hide();
  const reading = { columns: columnsOf(flags), labelConfig: flags.labelConfig };
  const fit = flags.auto
    ? chooseAndFit(data, reading, { options, budget }, session)
    : countAndFit(data, reading, options, session);
  const { classifier, read, choice } = await fit;
  session.progress.clear();
  const { report } = classifier;
  sayIfNotConverged(report, session);
  const saveStart = performance.now();
  const bytes = classifier.save();
  const version = versionOf(bytes);
  writeOutput(target, [bytes], session);
  const save = secondsSince(saveStart);
  classifier.dispose();
  const { vectorize, fit: fitted } = report.seconds;
  const times = { read, ...(choice && { choose: choice.seconds }), vectorize, fit: fitted, save };
  const summary = summaryOf(report, version, flags.model, rounded({ ...times, total: secondsSince(start) }));
  if (choice) summary.auto = choice.summary;
  await session.write(flags.json ? `${JSON.stringify(summary)}\n` : textOf(summary));
}

/** A classifier and the seconds that reading took, and choosing where options were chosen. */
interface Fitted {
  classifier: TextClassifier;
  read: number;
  choice?: { summary: AutoSummary; seconds: number };
}

/** Count texts as they are read, so that none are kept, and fit when all are. */
function countAndFit(
  data: readonly string[],
  reading: LabelledOptions,
  options: FlagOptions,
  session: Session,
): Promise<Fitted> {
  const start = performance.now();
  const onProgress: FitOptions['onProgress'] = ({ done, total }) => session.progress.update('fitting', done, total);
  // What hangs on the number of documents is said again when they have been counted.
  return withFit({ ...optionsFor(options, 2), onProgress }, session, async (fit) => {
    const found: Target[] = [];
    for await (const { texts, targets } of readLabelled(data, reading, session)) {
      fit.count(texts);
      for (const target of targets) found.push(target);
    }
    const read = secondsSince(start) - fit.countSeconds;
    await fit.gather();
    const set = labelledTargets(found);
    checkClasses(set);
    const model = await session.block(() => {
      return fit.finishWithHelp(
        readTargets(set.targets, set.isMultiLabel, undefined),
        optionsFor(options, found.length),
      );
    });
    return { classifier: TextClassifier.of(model), read };
  });
}

/** Keep all texts, choose on them, and give them up as they are vectorized. */
async function chooseAndFit(
  data: readonly string[],
  reading: LabelledOptions,
  { options, budget }: { options: FlagOptions; budget: number },
  session: Session,
): Promise<Fitted> {
  const start = performance.now();
  const set = await readLabelledSet(data, reading, session);
  checkClasses(set);
  const read = secondsSince(start);
  const found = await chooseFor(set, optionsFor(options, set.targets.length), budget, session);
  const choice = { summary: summaryOfChoice(found, set), seconds: secondsSince(start) - read };
  const onProgress: FitOptions['onProgress'] = ({ phase, done, total }) =>
    phase === 'fit'
      ? session.progress.update('fitting', done, total)
      : session.progress.update('vectorizing', done, total, 'texts');
  return withFit({ ...found.options, multiLabel: set.isMultiLabel, onProgress }, session, async (fit) => {
    await session.block(() => fit.countAll(set.texts.drain(), set.targets.length));
    await fit.gather();
    const model = await session.block(() => fit.finishWithHelp(readTargets(set.targets, set.isMultiLabel, undefined)));
    return { classifier: TextClassifier.of(model), read, choice };
  });
}

/** A fit on all cores. */
async function withFit<T>(options: FitOptions, { io }: Session, use: (fit: ModelFit) => Promise<T>): Promise<T> {
  const { threads = 1 } = io;
  if (threads < 2) return use(new ModelFit(options));
  const { FitThreads } = await import('../training/fit-threads.ts');
  const help = new FitThreads(threads);
  try {
    return await use(new ModelFit(options, help));
  } finally {
    await help.end();
  }
}

/** The keys that others script against, in their order. */
function summaryOf(report: FitReport, version: string, model: string, seconds: Summary['seconds']): Summary {
  const { docs, classes, features, nnz, bytes, solver, iterations, objective, gap, converged } = report;
  const fitted = { docs, classes, features, nnz, bytes, solver, iterations, objective, gap, converged };
  return { ...fitted, version, model, seconds };
}

function textOf({ seconds, auto, ...summary }: Summary): string {
  const { read, choose: choosing, vectorize, fit: fitting, save, total } = seconds;
  const times = [
    `read ${read.toFixed(2)}`,
    ...(choosing === undefined ? [] : [`choose ${choosing.toFixed(2)}`]),
    `vectorize ${vectorize.toFixed(2)}`,
    `fit ${fitting.toFixed(2)}`,
  ];
  return [
    ...(auto ? [choiceText(auto)] : []),
    `${counted(summary.docs, 'document')}, ${counted(summary.classes, 'class', 'classes')}, ${counted(summary.features, 'feature')}`,
    `${summary.solver}: ${counted(summary.iterations, 'iteration')}, objective ${summary.objective.toPrecision(8)}, gap ${summary.gap.toExponential(1)}`,
    `${total.toFixed(2)} s (${times.join(', ')}, save ${save.toFixed(2)}), ${grouped(summary.bytes)} bytes of text`,
    `model ${visible(summary.model)}, version ${summary.version}`,
    '',
  ].join('\n');
}
