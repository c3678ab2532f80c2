// All labelled tasks in one body: how the tutorial's and the middle age's Label Studio asks for a training. The body may
// have hundreds of megabytes, so its tasks are written down as they come and are never in memory together.
import type { Context } from 'hono';
import { SparrowError } from '../errors.ts';
import type { Task } from '../labelstudio/types.ts';
import { readProjectRef } from '../projects/project-ref.ts';
import type { TaskDraft } from '../projects/task-draft.ts';
import { json } from './answer.ts';
import { readJsonObject } from './json-body.ts';
import { configOf } from './requests.ts';
import { logJob, type Route, type RouteParts } from './route.ts';

export function trainRoutes(parts: RouteParts): Route[] {
  return [{ method: 'POST', path: '/train', access: 'credentials', handle: (c) => train(c, parts) }];
}

/** The same list under the names of two ages; the first that holds a task counts. */
const lists = ['annotations', 'completions'] as const;

async function train(c: Context, parts: RouteParts): Promise<Response> {
  const { registry, events, limits } = parts;
  const drafts = new Map<string, TaskDraft>();
  const take = async (key: string, tasks: readonly unknown[]) => {
    const draft = drafts.get(key) ?? (await registry.draft());
    drafts.set(key, draft);
    await draft.add(tasks as Task[]);
  };
  try {
    const handOver = { keys: new Set<string>(lists), take };
    const body = await readJsonObject(c.req.raw, { limitBytes: limits.trainBodyBytes, handOver });
    const ref = readProjectRef(body.project);
    const project = await registry.keyOf(ref);
    const draft = drafts.get('annotations') ?? drafts.get('completions');
    if (!draft) {
      const why = 'No annotations found: annotations (or completions) must be a list of labelled tasks.';
      events.add({ kind: 'train', project, status: 400, did: 'nothing', why });
      throw new SparrowError('BAD_INPUT', why);
    }
    const job = await registry.train(ref, draft, { labelConfig: configOf(body.label_config) });
    logJob(c, parts, project, job.id);
    const did = `kept ${draft.tasks} tasks and started a training`;
    events.add({ kind: 'train', project, status: 201, did, job: job.id });
    return json({ job: job.id }, 201);
  } finally {
    for (const draft of drafts.values()) await draft.abandon();
  }
}
