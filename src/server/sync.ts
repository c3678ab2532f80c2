// Bring a project's labels to what Label Studio has, now: for whoever does not want to wait for the button or the events.
import type { Context } from 'hono';
import { json } from './answer.ts';
import type { Route, RouteParts } from './route.ts';

export function syncRoutes(parts: RouteParts): Route[] {
  return [{ method: 'POST', path: '/api/projects/:id/sync', access: 'credentials', handle: (c) => sync(c, parts) }];
}

async function sync(c: Context, { registry, events }: RouteParts): Promise<Response> {
  const project = c.req.param('id') ?? '';
  const job = await registry.sync(project);
  events.add({ kind: 'change', project, status: 202, did: 'began to read the labels from Label Studio', job: job.id });
  return json({ job: job.id, state: job.state }, 202);
}
