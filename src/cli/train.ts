// `sparrow train DATA… --model FILE`: labelled texts in, a model file out.
import type { Command } from 'commander';
import { ModelFit } from '../classifier/fit.ts';
import { readTargets } from '../classifier/targets.ts';
import { type FitReport, type Target, TextClassifier } from '../classifier/text-classifier.ts';
import { addLabelFlags, addOutputFlags, type CommonFlags, columnsOf, rounded, secondsSince } from './data-options.ts';
import { checkClasses, sayIfNotConverged } from './fit-checks.ts';
import { type LabelledOptions, labelledTargets, readLabelled } from './labelled.ts';
import { isModelFile, versionOf } from './model.ts';
import { addRegressionFlags, addVectorizerFlags, type FlagOptions, optionsFor, readFlags } from './option-flags.ts';
import { checkOutput, writeOutput } from './output-file.ts';
import type { Session } from './session.ts';
import { counted, grouped, visible } from './visible.ts';

interface TrainFlags extends CommonFlags {
  model: string;
  force?: boolean;
}

interface Summary extends Omit<FitReport, 'seconds'> {
  version: string;
  model: string;
  seconds: { read: number; vectorize: number; fit: number; save: number; total: number };
}

export function configure(command: Command, session: Session): void {
  command
    .argument('<data...>', 'JSONL, CSV, TSV or Label Studio JSON files, plain or gzip; - is standard input')
    .requiredOption('-m, --model <file>', 'model file to write')
    .option('--force', 'overwrite a file that is no model');
  addLabelFlags(command);
  addRegressionFlags(addVectorizerFlags(command));
  addOutputFlags(command).action((data: string[], flags: TrainFlags) => train(data, flags, session));
}

async function train(data: readonly string[], flags: TrainFlags, session: Session): Promise<void> {
  const start = performance.now();
  const options = readFlags({ ...flags }, session);
  const rules = { inputs: data, force: flags.force === true, mayReplace: isModelFile };
  const target = checkOutput(flags.model, '--model', session, rules);
  if (flags.quiet) session.progress.hide();
  const reading = { columns: columnsOf(flags), labelConfig: flags.labelConfig };
  const { classifier, read } = await fitTo(data, reading, options, session);
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
  const seconds = rounded({ read, vectorize, fit: fitted, save, total: secondsSince(start) });
  const summary = summaryOf(report, version, flags.model, seconds);
  await session.write(flags.json ? `${JSON.stringify(summary)}\n` : textOf(summary));
}

/** The keys that others script against, in their order. */
function summaryOf(report: FitReport, version: string, model: string, seconds: Summary['seconds']): Summary {
  const { docs, classes, features, nnz, bytes, solver, iterations, objective, gap, converged } = report;
  const fitted = { docs, classes, features, nnz, bytes, solver, iterations, objective, gap, converged };
  return { ...fitted, version, model, seconds };
}

/** Count texts as they are read, so that none are kept, and fit when all are. */
async function fitTo(
  data: readonly string[],
  reading: LabelledOptions,
  options: FlagOptions,
  session: Session,
): Promise<{ classifier: TextClassifier; read: number }> {
  const start = performance.now();
  const { progress } = session;
  const fit = new ModelFit({
    // What hangs on the number of documents is said again when they have been counted.
    ...optionsFor(options, 2),
    onProgress: ({ done, total }) => progress.update('fitting', done, total),
  });
  const found: Target[] = [];
  for await (const { texts, targets } of readLabelled(data, reading, session)) {
    fit.count(texts);
    for (const target of targets) found.push(target);
  }
  const read = secondsSince(start) - fit.countSeconds;
  const set = labelledTargets(found);
  checkClasses(set);
  const model = await session.block(() => {
    return fit.finish(readTargets(set.targets, set.isMultiLabel, undefined), optionsFor(options, found.length));
  });
  return { classifier: TextClassifier.of(model), read };
}

function textOf({ seconds, ...summary }: Summary): string {
  const { read, vectorize, fit: fitting, save, total } = seconds;
  const times = [`read ${read.toFixed(2)}`, `vectorize ${vectorize.toFixed(2)}`, `fit ${fitting.toFixed(2)}`];
  return [
    `${counted(summary.docs, 'document')}, ${counted(summary.classes, 'class', 'classes')}, ${counted(summary.features, 'feature')}`,
    `${summary.solver}: ${counted(summary.iterations, 'iteration')}, objective ${summary.objective.toPrecision(8)}, gap ${summary.gap.toExponential(1)}`,
    `${total.toFixed(2)} s (${times.join(', ')}, save ${save.toFixed(2)}), ${grouped(summary.bytes)} bytes of text`,
    `model ${visible(summary.model)}, version ${summary.version}`,
    '',
  ].join('\n');
}
