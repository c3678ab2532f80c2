// Metrics for reading: a line of figures, a table by class, and what is most often taken for what.
import { wilsonInterval } from '../evaluation/intervals.ts';
import type { ClassMetrics, Metrics } from '../evaluation/metrics.ts';
import type { MultiLabelMetrics } from '../evaluation/multi-label-metrics.ts';
import type { ReliabilityBin } from '../evaluation/reliability.ts';
import { counted, grouped, visible } from './visible.ts';

const labelWidth = 28;
const mostConfusions = 5;
const barCells = 20;

export function metricsText(
  metrics: Metrics | MultiLabelMetrics,
  bins: readonly ReliabilityBin[],
  totalSeconds: number,
): string {
  const { docs, accuracy, macroF1, logLoss, ece, perClass } = metrics;
  const widest = Math.max(5, ...perClass.map(({ label }) => shown(label).length));
  const figures = `accuracy ${fixed(accuracy)}  macro-F1 ${fixed(macroF1)}  log loss ${fixed(logLoss)}  ece ${fixed(ece)}`;
  const { low, high } = wilsonInterval(Math.round(accuracy * docs), docs);
  const heads = ['precision', 'recall', 'f1', 'support'].map((head) => head.padStart(10)).join('');
  return [
    `${counted(docs, 'document')} in ${totalSeconds.toFixed(2)} s`,
    figures,
    `accuracy lies between ${fixed(low)} and ${fixed(high)}, with 95 % certainty`,
    '',
    `${'class'.padEnd(widest)}${heads}`,
    ...perClass.map((of) => rowOf(of, widest)),
    ...confusionsOf(metrics),
    ...reliabilityOf(bins),
    '',
  ].join('\n');
}

function rowOf({ label, precision, recall, f1, support }: ClassMetrics, widest: number): string {
  const cells = [fixed(precision), fixed(recall), fixed(f1), grouped(support)];
  return `${shown(label).padEnd(widest)}${cells.map((cell) => cell.padStart(10)).join('')}`;
}

/** The commonest mistakes; a table of all would not fit. */
function confusionsOf({ perClass, confusion }: Metrics | MultiLabelMetrics): string[] {
  const mistakes = confusion.flatMap((row, truth) =>
    row.flatMap((count, predicted) =>
      typeof count === 'number' && truth !== predicted && count > 0 ? [{ truth, predicted, count }] : [],
    ),
  );
  if (mistakes.length === 0) return [];
  const worst = mistakes.sort((a, b) => b.count - a.count).slice(0, mostConfusions);
  const name = (index: number): string => shown(perClass[index]!.label);
  return [
    '',
    ...worst.map(({ truth, predicted, count }) => `${name(truth)} taken for ${name(predicted)}: ${grouped(count)}`),
  ];
}

/** Whether its scores mean what they say, with a bar for how many answers are so sure. */
function reliabilityOf(bins: readonly ReliabilityBin[]): string[] {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const heads = ['sure to', 'right', 'answers'].map((head) => head.padStart(10)).join('');
  const rows = bins.map(({ confidence, accuracy, count }) => {
    const cells = [percent(confidence), percent(accuracy), grouped(count)].map((cell) => cell.padStart(10)).join('');
    return `${cells}  ${'█'.repeat(Math.max(1, Math.round((count / most) * barCells)))}`;
  });
  return ['', heads, ...rows];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function shown(label: string): string {
  const text = visible(label);
  return text.length > labelWidth ? `${text.slice(0, labelWidth - 1)}…` : text;
}

function fixed(value: number): string {
  return value.toFixed(4);
}
