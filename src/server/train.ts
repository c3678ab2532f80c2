// All labelled tasks in one body: how the tutorial's and the middle age's Label Studio asks for a training.
import type { Context } from 'hono';
import { SparrowError } from '../errors.ts';
import { isObject, type Task } from '../labelstudio/types.ts';
import { readProjectRef } from '../projects/project-ref.ts';
import { json } from './answer.ts';
import { readJsonObject } from './json-body.ts';
import { configOf } from './requests.ts';
import type { Route, RouteParts } from './route.ts';

export function trainRoutes(parts: RouteParts): Route[] {
  return [{ method: 'POST', path: '/train', access: 'credentials', handle: (c) => train(c, parts) }];
}

async function train(c: Context, { registry, events, limits }: RouteParts): Promise<Response> {
  const body = await readJsonObject(c.req.raw, { limitBytes: limits.trainBodyBytes, trim: withoutPredictions });
  const tasks = [body.annotations, body.completions].find((list) => Array.isArray(list) && list.length > 0);
  const ref = readProjectRef(body.project);
  const project = await registry.keyOf(ref);
  if (!Array.isArray(tasks)) {
    const why = 'No annotations found: annotations (or completions) must be a list of labelled tasks.';
    events.add({ kind: 'train', project, status: 400, did: 'nothing', why });
    throw new SparrowError('BAD_INPUT', why);
  }
  const job = await registry.train(ref, tasks as Task[], { labelConfig: configOf(body.label_config) });
  events.add({
    kind: 'train',
    project,
    status: 201,
    did: `kept ${tasks.length} tasks and started a training`,
    job: job.id,
  });
  return json({ job: job.id }, 201);
}

/** Old predictions can be most of the body, and nothing is learnt from them. */
function withoutPredictions(_: string, task: unknown): unknown {
  if (!isObject(task) || task.predictions === undefined) return task;
  const { predictions: _dropped, ...rest } = task;
  return rest;
}
