// `sparrow predict MODEL [DATA…|-]`: texts in, a line of JSON out for each, in order and in constant memory. What is
// read is what the reader of the output can take.
import { type Command, Option } from 'commander';
import type { TextClassifier } from '../classifier/text-classifier.ts';
import { indexOfLargest } from '../evaluation/metrics.ts';
import { labelsAbove } from '../evaluation/multi-label-metrics.ts';
import type { ScoreKind } from '../evaluation/rank.ts';
import { addTextFlags, type CommonFlags, columnsOf } from './data-options.ts';
import { readModel } from './model.ts';
import { scoreKinds, scorer } from './score.ts';
import type { Session } from './session.ts';
import { readTexts } from './texts.ts';

interface PredictFlags extends CommonFlags {
  probabilities?: boolean;
  labelStudio?: string;
  score?: ScoreKind;
}

const batchRows = 256;

export function configure(command: Command, session: Session): void {
  command
    .argument('<model>', 'model file')
    .argument('[data...]', 'objects with a text, or Label Studio tasks; - or nothing is standard input')
    .option('--probabilities', 'add the probability of every class')
    .addOption(new Option('--score <kind>', 'what the score is (default: probability)').choices(scoreKinds))
    .option('--label-studio <config>', 'write tasks with predictions that Label Studio imports, by this label config')
    .option('--json', 'changes nothing: the output is JSON')
    .option('-q, --quiet', 'show no progress');
  addTextFlags(command).action((model: string, data: string[], flags: PredictFlags) =>
    predict(model, data.length === 0 ? ['-'] : data, flags, session),
  );
}

async function predict(name: string, data: readonly string[], flags: PredictFlags, session: Session): Promise<void> {
  const model = readModel(name, session);
  // On one terminal the lines themselves are the progress.
  if (flags.quiet || session.io.stdout.isTTY) session.progress.hide();
  const columns = columnsOf(flags);
  if (flags.labelStudio !== undefined) {
    const { predictTasks } = await import('./predict-tasks.ts');
    const options = { config: flags.labelStudio, columns, batchRows, scoreKind: flags.score };
    await predictTasks(model, data, options, session);
  } else {
    const { classifier } = model;
    const writer = new LineWriter(classifier, flags);
    for await (const { texts } of readTexts(data, { columns }, session, batchRows)) {
      await session.write(writer.lines(classifier.predictProba(texts)));
    }
  }
  model.classifier.dispose();
}

/** Writes rows of probabilities as JSON by hand: with many classes, their names are encoded only once. */
class LineWriter {
  readonly #classes: readonly string[];
  readonly #names: readonly string[];
  readonly #multiLabel: boolean;
  readonly #hasAll: boolean;
  readonly #score: (row: Float64Array) => number;

  constructor({ classes, multiLabel }: TextClassifier, { probabilities, score }: PredictFlags) {
    this.#classes = classes;
    this.#names = classes.map((label) => JSON.stringify(label));
    this.#multiLabel = multiLabel;
    this.#hasAll = probabilities === true;
    this.#score = scorer(score, multiLabel);
  }

  lines(proba: Float64Array): string {
    const width = this.#classes.length;
    let lines = '';
    for (let start = 0; start < proba.length; start += width) lines += this.#line(proba.subarray(start, start + width));
    return lines;
  }

  #line(row: Float64Array): string {
    const best = indexOfLargest(row);
    const label = this.#multiLabel ? JSON.stringify(labelsAbove(row, this.#classes)) : this.#names[best];
    const all = this.#hasAll ? `,"probabilities":{${this.#names.map((name, k) => `${name}:${row[k]}`).join(',')}}` : '';
    return `{"label":${label},"score":${this.#score(row)}${all}}\n`;
  }
}
