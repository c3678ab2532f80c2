// `sparrow predict --label-studio CONFIG.xml`: a JSON array of tasks with predictions, as Label Studio imports it. A task
// without a text keeps its place, with no opinion.
import { indexOfLargest } from '../evaluation/metrics.ts';
import { labelsAbove } from '../evaluation/multi-label-metrics.ts';
import type { ScoreKind } from '../evaluation/rank.ts';
import type { Pair } from '../labelstudio/label-config.ts';
import { choiceResult, emptyPrediction } from '../labelstudio/prediction.ts';
import type { Prediction } from '../labelstudio/types.ts';
import type { Columns } from './columns.ts';
import type { Model } from './model.ts';
import { isTask, type Row } from './rows.ts';
import { scorer } from './score.ts';
import type { Session } from './session.ts';
import { badInput } from './source.ts';
import { pairsFromConfig, TextFinder } from './tasks.ts';
import { readTexts } from './texts.ts';
import { listed, quoted } from './visible.ts';

export interface TaskOptions {
  config: string;
  columns: Columns;
  batchRows: number;
  scoreKind: ScoreKind | undefined;
}

export async function predictTasks(
  { classifier, version }: Model,
  data: readonly string[],
  { config, columns, batchRows, scoreKind }: TaskOptions,
  session: Session,
): Promise<void> {
  const { classes, multiLabel } = classifier;
  const { pair, labels } = matchingPair(pairsFromConfig(config, session), classes, config);
  const reading = { columns, finder: new TextFinder(columns, pair), missingText: '' };
  const score = scorer(scoreKind, multiLabel);
  let count = 0;
  const predictionOf = (text: string, row: Float64Array): Prediction => {
    count++;
    if (text === '') return emptyPrediction(version);
    const best = indexOfLargest(row);
    const chosen = multiLabel ? labelsAbove(row, labels) : [labels[best]!];
    return {
      result: chosen.length > 0 ? [choiceResult(pair, chosen, `sparrow-${count}`)] : [],
      score: score(row),
      model_version: version,
    };
  };
  let separator = '[\n';
  for await (const { texts, rows } of readTexts(data, reading, session, batchRows)) {
    const proba = classifier.predictProba(texts);
    let lines = '';
    texts.forEach((text, i) => {
      const prediction = predictionOf(text, proba.subarray(i * classes.length, (i + 1) * classes.length));
      lines += `${separator}${JSON.stringify(taskOf(rows[i]!, text, pair, prediction))}`;
      separator = ',\n';
    });
    await session.write(lines);
  }
  await session.write('\n]\n');
}

/** The pair that knows all classes of the model, and the label of each class. */
function matchingPair(
  pairs: readonly Pair[],
  classes: readonly string[],
  config: string,
): { pair: Pair; labels: readonly string[] } {
  const lacking = pairs.map((pair) => classes.filter((name) => labelOf(pair, name) === undefined));
  const at = lacking.findIndex((names) => names.length === 0);
  const pair = pairs[at];
  if (pair !== undefined) return { pair, labels: classes.map((name) => labelOf(pair, name)!) };
  const names = pairs.map(({ fromName }, i) => `${quoted(fromName)} lacks ${listed(lacking[i]!, 3)}`).join(', ');
  throw badInput(config, `no control has all classes of the model: ${names}`);
}

function labelOf(pair: Pair, name: string): string | undefined {
  if (pair.labels.includes(name)) return name;
  return pair.predictedValues.get(name) ?? (pair.open || pair.dynamicKey !== null ? name : undefined);
}

/** A task to import: its identity and data, without the annotations it may have come with. */
function taskOf(row: Row, text: string, pair: Pair, prediction: Prediction): Row {
  const predictions = [prediction];
  if (!isTask(row)) return { data: { ...row, [pair.textKey]: text }, predictions };
  const { id, data, meta } = row;
  return { ...(id !== undefined && { id }), data, ...(meta !== undefined && { meta }), predictions };
}
