// What pages show, made up: a project of any number of classes, measured, with words of any kind in every place.
import type { ProjectSummary } from '../../src/projects/summary.ts';
import type { ControlView, Quality } from '../../src/server/dashboard-report.ts';
import type { EventEntry } from '../../src/server/event-log.ts';
import type { VersionLine } from '../../src/server/pages-versions.ts';

export const version = 'v000012-20261124T211500-3fa9c1';
export const now = Date.parse('2026-11-24T21:17:00Z');

export function qualityOf(labels: readonly string[], accuracy = 0.88): Quality {
  const perClass = labels.map((label, i) => ({
    label,
    precision: 0.9,
    recall: 0.8,
    f1: 0.5 + (i % 50) / 100,
    support: 40,
  }));
  return {
    docs: 40 * labels.length,
    method: 'by models that had not seen the text',
    accuracy: { value: accuracy, low: accuracy - 0.03, high: accuracy + 0.03 },
    macroF1: accuracy,
    logLoss: 0.35,
    ece: 0.02,
    perClass,
    confusion: labels.map((_, i) => labels.map((_, j) => (i === j ? 33 : 1))),
    calibration: [0.3, 0.5, 0.7, 0.9].map((confidence) => ({ confidence, accuracy: confidence, docs: 100 })),
    learningCurve: [50, 100, 200].map((x) => ({ x, y: 0.5 + x / 1000, low: 0.5, high: 0.8 })),
    nextHint: null,
    notes: [],
  };
}

export function controlOf(labels: readonly string[], accuracy?: number): ControlView {
  return {
    name: labels[0] ?? '',
    reason: null,
    fit: { docs: 400, classes: labels.length, features: 3000, solver: 'sdca', iterations: 7, converged: true },
    quality: qualityOf(labels, accuracy),
    topTerms: labels.map((label) => ({
      label,
      terms: Array.from({ length: 10 }, (_, i) => ({ term: `${label} word ${i}`, weight: 3 - i / 2 })),
    })),
    suspicious: labels.map((label, i) => ({
      task: String(i),
      given: label,
      suggested: label,
      change: i % 2 === 0 ? ('replace' as const) : ('add' as const),
      probability: 0.01,
    })),
    agreement: {
      items: 12,
      alpha: 0.61,
      annotators: labels.slice(0, 2).map((annotator) => ({ annotator, shared: 12, agreement: 0.75 })),
    },
    selection: ['as good', 'chosen'].map((verdict) => ({
      name: labels[0] ?? '',
      C: 10,
      docs: 400,
      accuracy: 0.88,
      logLoss: 0.3,
      verdict,
    })),
  };
}

export function summaryOf(words: string): ProjectSummary {
  return {
    id: words,
    title: words,
    modelVersion: version,
    annotations: 423,
    documents: 420,
    labels: [words],
    training: true,
    job: { id: words, state: 'started', progress: { phase: words, done: 1, total: 2 } },
    lastJob: { id: words, state: 'failed', error: words, modelVersion: null },
    trainedAt: new Date(now).toISOString(),
    hostname: 'http://label-studio.test:8080',
    labelConfig: words,
    notes: [words],
    syncedAt: new Date(now).toISOString(),
    webhookAt: null,
    acceptance: {
      judged: 2,
      accepted: 1,
      byVersion: [{ version: words, judged: 2, accepted: 1 }],
      byLabel: [words, 'other'].map((label) => ({ label, judged: 1, accepted: 1 })),
    },
  };
}

export function eventOf(words: string): EventEntry {
  return {
    seq: 1,
    at: new Date(now).toISOString(),
    kind: 'webhook',
    project: words,
    action: words,
    did: words,
    why: words,
    modelVersion: words,
    times: 2,
  };
}

export function lineOf(name: string, labels: readonly string[], accuracy?: number): VersionLine {
  const record = {
    version: name,
    project: '7',
    createdAt: new Date(now).toISOString(),
    parent: null,
    meta: { reason: labels[0], seconds: 1 },
    files: {},
  };
  return { record, controls: [controlOf(labels, accuracy)] };
}
