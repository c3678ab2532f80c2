// An evaluation as one file for a browser, with the dashboard's tables and plots: it loads nothing, and nothing runs in it.
import type { TextClassifier } from '../classifier/text-classifier.ts';
import { wilsonInterval } from '../evaluation/intervals.ts';
import type { Metrics } from '../evaluation/metrics.ts';
import type { MultiLabelMetrics } from '../evaluation/multi-label-metrics.ts';
import type { ReliabilityBin } from '../evaluation/reliability.ts';
import { topTerms } from '../evaluation/top-terms.ts';
import { assets } from '../server/dashboard-assets.ts';
import type { ControlView } from '../server/dashboard-report.ts';
import { html } from '../server/pages-html.ts';
import { control } from '../server/pages-quality.ts';

export interface Evaluated {
  /** What was evaluated on what. */
  readonly title: string;
  readonly method: string;
  readonly metrics: Metrics | MultiLabelMetrics;
  readonly bins: readonly ReliabilityBin[];
  /** The model, where there is one. */
  readonly classifier?: TextClassifier | undefined;
}

export function evaluationPage(evaluated: Evaluated): string {
  const { title } = evaluated;
  const style = assets.get('pages-style.css')?.body ?? '';
  // The style sheet is ours and holds no end of an element; all else is escaped by the template.
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title} · Sparrow</title>
<style>/*style*/</style>
</head>
<body>
<main id="main">
<div class="head"><h1><bdi>${title}</bdi></h1></div>
${control(viewOf(evaluated), 0, true)}
</main>
</body>
</html>
`;
  return page.toString().replace('/*style*/', () => style);
}

function viewOf({ metrics, bins, method, classifier }: Evaluated): ControlView {
  const { docs, accuracy, macroF1, logLoss, ece, perClass, confusion } = metrics;
  const isMatrix = confusion.every((row) => row.every((count) => typeof count === 'number'));
  return {
    name: '',
    reason: null,
    fit: classifier ? classifier.report : null,
    quality: {
      docs,
      method,
      accuracy: { value: accuracy, ...wilsonInterval(Math.round(accuracy * docs), docs) },
      macroF1,
      logLoss,
      ece,
      perClass,
      confusion: isMatrix ? (confusion as number[][]) : null,
      calibration: bins.map(({ confidence, accuracy: right, count }) => ({ confidence, accuracy: right, docs: count })),
      learningCurve: [],
      nextHint: null,
      notes: [],
    },
    topTerms: classifier ? topTerms(classifier.model) : [],
    suspicious: [],
    agreement: null,
    selection: [],
  };
}
