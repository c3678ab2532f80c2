// A training as BullMQ keeps it, and how it becomes a `Job`. Its data and its result are ours; what failed is told as code and
// sentence in one text, which is all that BullMQ keeps of an error.
import type { Job as BullJob, Queue } from 'bullmq';
import { type ErrorCode, messageOf, SparrowError } from '../errors.ts';
import { missingPackages } from '../store/redis-errors.ts';
import type { Job, JobProgress, JobResult } from './job.ts';

export const queueName = 'trainings';

export interface TrainingData {
  project: string;
  reason: string;
}

/** The train output is left out: it is in the version's record, and may be large. */
export type TrainingReturn = Omit<JobResult, 'trainOutput'>;

export type TrainingJob = BullJob<TrainingData, TrainingReturn>;
export type BullQueue = Queue<TrainingData, TrainingReturn>;

/** What replicas and workers tell each other about jobs. */
export type JobNews =
  | { kind: 'job'; id: string; project: string; state: 'queued' | 'started' | 'ended' }
  | { kind: 'cancel'; project: string; why: string };

/** Trying again would end the same way until something changes. */
const finalCodes: readonly (ErrorCode | null)[] = ['TOO_FEW_LABELS', 'BAD_INPUT', 'BAD_OPTION', 'GONE'];
/** A defect, or more memory than there is: perhaps an accident, but not for ever. */
const doubtfulCodes: readonly (ErrorCode | null)[] = [
  null,
  'TRAINING_FAILED',
  'MODEL_FAILED',
  'OUT_OF_MEMORY',
  'BAD_MODEL',
];
const doubtfulAttempts = 3;

export function isHopeless(error: unknown, attemptsBefore: number): boolean {
  const code = error instanceof SparrowError ? error.code : null;
  return finalCodes.includes(code) || (doubtfulCodes.includes(code) && attemptsBefore + 1 >= doubtfulAttempts);
}

export async function loadBullmq(): Promise<typeof import('bullmq')> {
  try {
    return await import('bullmq');
  } catch (cause) {
    throw missingPackages('REDIS_URL', 'bullmq ioredis', cause);
  }
}

export function reasonText(error: unknown): string {
  return `${error instanceof SparrowError ? error.code : ''}|${messageOf(error)}`;
}

/** The sentence and the code in such a text. */
export function readReason(text: string): { error: string; errorCode: ErrorCode | null } {
  const [, code = '', sentence] = /^([A-Z_]*)\|([\s\S]*)$/.exec(text) ?? [];
  if (sentence !== undefined) return { error: sentence, errorCode: code === '' ? null : (code as ErrorCode) };
  const isStalled = text.includes('stalled');
  const error = isStalled ? 'The worker ended in the middle of the training each time that it was tried.' : text;
  return { error, errorCode: 'TRAINING_FAILED' };
}

/** A job as the rest of Sparrow knows it; `bull` was read no earlier than its `state`. */
export function readJob(bull: TrainingJob, state: string, id = bull.id ?? ''): Job {
  const { failedReason, finishedOn = null } = bull;
  const isOver = state === 'completed' || state === 'failed' || finishedOn !== null;
  const isFinished = isOver && !failedReason;
  const { error, errorCode } = isOver && failedReason ? readReason(failedReason) : { error: null, errorCode: null };
  const ended = isFinished ? 'finished' : errorCode === 'GONE' ? 'canceled' : 'failed';
  return {
    id,
    project: bull.data.project,
    reason: bull.data.reason,
    createdAt: bull.timestamp,
    state: isOver ? ended : state === 'active' ? 'started' : 'queued',
    startedAt: bull.processedOn ?? null,
    endedAt: isOver ? (finishedOn ?? Date.now()) : null,
    progress: isOver ? null : progressOf(bull.progress),
    result: isFinished ? { ...bull.returnvalue, trainOutput: null } : null,
    error,
    errorCode,
  };
}

function progressOf(progress: unknown): JobProgress | null {
  const isOurs = typeof progress === 'object' && progress !== null && 'phase' in progress;
  return isOurs ? (progress as JobProgress) : null;
}

/** Of a job that waits behind the running one of its project there is no record yet. */
export function queuedJob(id: string, { project, reason }: TrainingData): Job {
  return {
    id,
    project,
    reason,
    createdAt: Date.now(),
    state: 'queued',
    startedAt: null,
    endedAt: null,
    progress: null,
    result: null,
    error: null,
    errorCode: null,
  };
}

/** The id of the job that follows another one of its project; all who ask meanwhile mean the same. */
export function successorOf(id: string): string {
  const [, first = id, count = '0'] = /^(.*)-(\d+)$/.exec(id) ?? [];
  return `${first}-${Number(count) + 1}`;
}

/** The id whose successor this is; null for a first one. */
export function predecessorOf(id: string): string | null {
  const [, first, count] = /^(.*)-(\d+)$/.exec(id) ?? [];
  return first === undefined || Number(count) < 1 ? null : `${first}-${Number(count) - 1}`;
}

/** Ids end in a count, which the first one has as 0. */
export function firstId(random: string): string {
  return `${random.replaceAll('-', '')}-0`;
}
