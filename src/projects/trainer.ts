// What a registry needs of whoever trains: this process (trainings.ts), or workers elsewhere (shared-trainings.ts).
import type { ModelStore } from '../store/model-store.ts';
import type { Job } from '../training/job.ts';
import type { Project } from './project.ts';

export interface Trainer {
  readonly queue: JobBoard;
  /** Whether trainings start by themselves. */
  readonly isAutomatic: boolean;
  /** The training set changed; `updates` records of it. Without a job, `why` says why. */
  changed(project: Project, updates: number, reason: string): Promise<{ job: Job | null; why: string | null }>;
  /** Somebody asked. Where a training would find nothing new, the one that knows it all is the answer. */
  ask(project: Project, reason: string): Promise<Job>;
  /** Take up what a stop or a crash left undone. */
  resume(key: string): Promise<void>;
  /** Whether a project must stay in memory. */
  isBusy(key: string): boolean;
  /** The project was deleted. */
  forget(key: string): void;
  stop(): Promise<void>;
}

/** The jobs that are known. */
export interface JobBoard {
  readonly size: { running: number; waiting: number };
  running(project: string): Job | null;
  waiting(project: string): Job | null;
  job(id: string): Promise<Job | null>;
  /** End the project's jobs: nobody wants their result. */
  cancel(project: string, why: string): void | Promise<void>;
  /** Resolves when nothing runs and nothing waits. */
  drain(): Promise<void>;
}

/** The job with what its training said, which is kept with the version. */
export async function withOutput(job: Job | null, store: ModelStore): Promise<Job | null> {
  if (!job?.result || job.result.trainOutput !== null) return job;
  const { modelVersion } = job.result;
  const record = (await store.versions(job.project)).find(({ version }) => version === modelVersion);
  return { ...job, result: { ...job.result, trainOutput: record?.meta.trainOutput ?? null } };
}
