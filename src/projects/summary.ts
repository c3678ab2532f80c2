// A project in numbers, as the API and the status page show it.
import { labelName } from '../labelstudio/choices.ts';
import type { Job, JobProgress } from '../training/job.ts';
import type { Acceptance } from './acceptance.ts';
import type { ConfigReadings } from './config-readings.ts';
import type { Examinations } from './examination.ts';
import type { Project } from './project.ts';

export interface ProjectSummary {
  id: string;
  title: string | null;
  modelVersion: string;
  /** Annotations that a training would learn from now. */
  annotations: number;
  /** Tasks they belong to. */
  documents: number;
  labels: string[];
  /** Whether a training runs or waits. */
  training: boolean;
  job: { id: string; state: Job['state']; progress: JobProgress | null } | null;
  lastJob: { id: string; state: Job['state']; error: string | null; modelVersion: string | null } | null;
  trainedAt: string | null;
  hostname: string | null;
  /** When all labels were last read from Label Studio; null for never. */
  syncedAt: string | null;
  /** When the last webhook about its annotations came, since this server started; null for none. */
  webhookAt: string | null;
  /** How often annotators left a prediction as it was: in all, by version, by predicted label. */
  acceptance: Acceptance;
  labelConfig: string | null;
  /** What of the label config is not served, or why nothing is. */
  notes: readonly string[];
}

export interface SummaryParts {
  examinations: Examinations;
  readings: ConfigReadings;
  activity: { running: Job | null; waiting: Job | null };
}

export async function summaryOf(project: Project, parts: SummaryParts): Promise<ProjectSummary> {
  const { labelConfig, record } = project;
  const reading = labelConfig === null ? null : parts.readings.of(labelConfig);
  const pairs = reading?.pairs ?? [];
  const { annotations, documents, acceptance } = await parts.examinations.of(project, reading);
  const active = parts.activity.running ?? parts.activity.waiting;
  const last = project.lastJob?.job ?? null;
  return {
    id: project.key,
    title: project.title,
    modelVersion: project.modelVersion,
    annotations,
    documents,
    labels: [...new Set(pairs.flatMap((pair) => pair.labels.map((label) => labelName(label, pair))))],
    training: active !== null,
    job: active && { id: active.id, state: active.state, progress: active.progress },
    lastJob: last && {
      id: last.id,
      state: last.state,
      error: last.error,
      modelVersion: last.result?.modelVersion ?? null,
    },
    trainedAt: record?.createdAt ?? null,
    hostname: project.hostname,
    syncedAt: project.syncedAt,
    webhookAt: project.webhookAt,
    acceptance,
    labelConfig,
    notes: reading?.notes ?? ['The project has no label config yet.'],
  };
}
