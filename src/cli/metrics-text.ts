// Metrics for reading: a line of figures, a table by class, and what is most often taken for what.
import type { ClassMetrics, Metrics } from '../evaluation/metrics.ts';
import type { MultiLabelMetrics } from '../evaluation/multi-label-metrics.ts';
import { counted, grouped, visible } from './visible.ts';

const labelWidth = 28;
const mostConfusions = 5;

export function metricsText(metrics: Metrics | MultiLabelMetrics, totalSeconds: number): string {
  const { docs, accuracy, macroF1, logLoss, ece, perClass } = metrics;
  const widest = Math.max(5, ...perClass.map(({ label }) => shown(label).length));
  const figures = `accuracy ${fixed(accuracy)}  macro-F1 ${fixed(macroF1)}  log loss ${fixed(logLoss)}  ece ${fixed(ece)}`;
  const heads = ['precision', 'recall', 'f1', 'support'].map((head) => head.padStart(10)).join('');
  return [
    `${counted(docs, 'document')} in ${totalSeconds.toFixed(2)} s`,
    figures,
    '',
    `${'class'.padEnd(widest)}${heads}`,
    ...perClass.map((of) => rowOf(of, widest)),
    ...confusionsOf(metrics),
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

function shown(label: string): string {
  const text = visible(label);
  return text.length > labelWidth ? `${text.slice(0, labelWidth - 1)}…` : text;
}

function fixed(value: number): string {
  return value.toFixed(4);
}
