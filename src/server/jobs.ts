// Trainings as Label Studio asks about them, and as our own API shows them.
import type { Context } from 'hono';
import { SparrowError } from '../errors.ts';
import { readProjectRef } from '../projects/project-ref.ts';
import type { Job } from '../training/job.ts';
import { json } from './answer.ts';
import { readJsonObject } from './json-body.ts';
import { requiredText } from './requests.ts';
import type { Route, RouteParts } from './route.ts';

export function jobRoutes(parts: RouteParts): Route[] {
  return [
    { method: 'POST', path: '/job_status', access: 'credentials', handle: (c) => jobStatus(c, parts) },
    { method: 'GET', path: '/is_training', access: 'credentials', handle: (c) => isTraining(c, parts) },
    { method: 'GET', path: '/api/jobs/:id', access: 'credentials', handle: (c) => showJob(c, parts) },
  ];
}

async function jobStatus(c: Context, { registry, limits }: RouteParts): Promise<Response> {
  const body = await readJsonObject(c.req.raw, { limitBytes: limits.bodyBytes });
  const job = await registry.job(requiredText(body, 'job'));
  // 410 is what the client reads as "removed".
  if (!job) throw new SparrowError('GONE', 'There is no such job, or it ended long ago.');
  const { result } = job;
  return json({
    job_status: job.state === 'canceled' ? 'failed' : job.state,
    error: job.error,
    created_at: timeOf(job.createdAt),
    enqueued_at: timeOf(job.createdAt),
    started_at: timeOf(job.startedAt),
    ended_at: timeOf(job.endedAt),
    ...(result && { result: { model_version: result.modelVersion, train_output: result.trainOutput } }),
  });
}

async function isTraining(c: Context, { registry }: RouteParts): Promise<Response> {
  const key = await registry.keyOf(readProjectRef(c.req.query('project')));
  if (!(await registry.exists(key))) return json({ is_training: false });
  const { running, waiting } = registry.activity(key);
  const job = running ?? waiting;
  return json({
    is_training: job !== null,
    backend: 'none',
    model_version: await registry.modelVersion(key),
    ...(job && { job_id: job.id }),
  });
}

async function showJob(c: Context, { registry }: RouteParts): Promise<Response> {
  const job = await registry.job(c.req.param('id') ?? '');
  if (!job) throw new SparrowError('NOT_FOUND', 'There is no such job, or it ended long ago.');
  return json(jobJson(job));
}

function jobJson(job: Job): { [key: string]: unknown } {
  return {
    id: job.id,
    project: job.project,
    state: job.state,
    reason: job.reason,
    createdAt: timeOf(job.createdAt),
    startedAt: timeOf(job.startedAt),
    endedAt: timeOf(job.endedAt),
    progress: job.progress,
    error: job.error,
    result: job.result,
  };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
