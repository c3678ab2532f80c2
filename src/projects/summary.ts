// A project in numbers, as the API and the status page show it.
import { trainingSet } from '../labelstudio/annotation.ts';
import type { Pair } from '../labelstudio/label-config.ts';
import type { Task } from '../labelstudio/types.ts';
import type { Journal } from '../store/journal.ts';
import type { Job, JobProgress } from '../training/job.ts';
import type { ConfigReadings } from './config-readings.ts';
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
  labelConfig: string | null;
  /** What of the label config is not served, or why nothing is. */
  notes: readonly string[];
}

export interface SummaryParts {
  journal: Journal;
  readings: ConfigReadings;
  activity: { running: Job | null; waiting: Job | null };
}

export async function summaryOf(project: Project, parts: SummaryParts): Promise<ProjectSummary> {
  const { labelConfig, record } = project;
  const reading = labelConfig === null ? null : parts.readings.of(labelConfig);
  const pairs = reading?.pairs ?? [];
  const { annotations, documents } = await keptFor(pairs, project.key, parts.journal);
  const active = parts.activity.running ?? parts.activity.waiting;
  const last = project.lastJob?.job ?? null;
  return {
    id: project.key,
    title: project.title,
    modelVersion: project.modelVersion,
    annotations,
    documents,
    labels: [...new Set(pairs.flatMap((pair) => pair.labels))],
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
    labelConfig,
    notes: reading?.notes ?? ['The project has no label config yet.'],
  };
}

/** Up to this many annotations are looked at one by one; beyond, all live ones are counted. */
const mostExamined = 5000;

async function keptFor(
  pairs: readonly Pair[],
  key: string,
  journal: Journal,
): Promise<{ annotations: number; documents: number }> {
  const live = await journal.counts(key);
  const isExact = pairs.length > 0 && live.annotations <= mostExamined;
  if (!isExact) return { annotations: live.annotations, documents: live.tasks };
  const tasks: Task[] = [];
  for await (const task of journal.tasks(key)) tasks.push(task as Task);
  const sets = pairs.map((pair) => trainingSet(tasks, pair, { onlyControl: pairs.length === 1 }));
  const used = sets.map((set) => set.report.used);
  const documents = new Set(sets.flatMap((set) => set.samples.map((sample) => sample.taskId)));
  return { annotations: Math.max(0, ...used), documents: documents.size };
}
