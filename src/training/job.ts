// One training, from the moment it is asked for to its end. A job is a plain record: whoever changes it is the queue.
import type { ErrorCode } from '../errors.ts';

/** `canceled` ends a job whose result nobody wants any more; to Label Studio it has failed. */
type JobState = 'queued' | 'started' | 'finished' | 'failed' | 'canceled';

export interface JobProgress {
  phase: string;
  done: number;
  total: number;
}

/** What a finished training made. */
export interface JobResult {
  /** The version that was made; or, when nothing had changed, the one that serves. */
  modelVersion: string;
  /** False when the version was kept but does not serve, and `note` says why. */
  isCurrent: boolean;
  note?: string;
  trainOutput: unknown;
}

export interface Job {
  readonly id: string;
  readonly project: string;
  /** Why it was asked for, in words. */
  readonly reason: string;
  /** Times are milliseconds since 1970. */
  readonly createdAt: number;
  state: JobState;
  startedAt: number | null;
  endedAt: number | null;
  progress: JobProgress | null;
  result: JobResult | null;
  /** The sentence that says why it failed or was cancelled. */
  error: string | null;
  errorCode: ErrorCode | null;
}

export function isOver(job: Job): boolean {
  return job.endedAt !== null;
}
