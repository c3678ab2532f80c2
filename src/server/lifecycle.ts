// Projects that go and projects that are copied, as Label Studio tells it.
import type { Context } from 'hono';
import { readProjectRef } from '../projects/project-ref.ts';
import { json } from './answer.ts';
import { readJsonObject } from './json-body.ts';
import type { Route, RouteParts } from './route.ts';

export function lifecycleRoutes(parts: RouteParts): Route[] {
  return [
    { method: 'POST', path: '/delete', access: 'credentials', handle: (c) => remove(c, parts) },
    { method: 'POST', path: '/duplicate_model', access: 'credentials', handle: (c) => duplicate(c, parts) },
  ];
}

async function remove(c: Context, { registry, events, limits }: RouteParts): Promise<Response> {
  const body = await readJsonObject(c.req.raw, { limitBytes: limits.bodyBytes });
  const ref = readProjectRef(body.project);
  const project = await registry.keyOf(ref);
  await registry.delete(ref);
  events.add({ kind: 'change', project, status: 200, did: 'deleted the project' });
  return json({});
}

async function duplicate(c: Context, { registry, events, limits }: RouteParts): Promise<Response> {
  const body = await readJsonObject(c.req.raw, { limitBytes: limits.bodyBytes });
  const from = readProjectRef(body.project_src);
  const to = readProjectRef(body.project_dst);
  await registry.duplicate(from, to);
  const project = await registry.keyOf(to);
  events.add({ kind: 'change', project, status: 200, did: `took over the model of project ${from.id}` });
  return json({});
}
