// Which versions there are: POST with a project in the middle age, GET with nothing today.
import type { Context } from 'hono';
import { readProjectRef } from '../projects/project-ref.ts';
import { json } from './answer.ts';
import { readJsonObject } from './json-body.ts';
import type { Route, RouteParts } from './route.ts';

export function versionRoutes(parts: RouteParts): Route[] {
  return [
    { method: 'GET', path: '/versions', access: 'credentials', handle: (c) => listed(c.req.query('project'), parts) },
    { method: 'POST', path: '/versions', access: 'credentials', handle: (c) => posted(c, parts) },
  ];
}

async function posted(c: Context, parts: RouteParts): Promise<Response> {
  const body = await readJsonObject(c.req.raw, { limitBytes: parts.limits.bodyBytes });
  return listed(body.project, parts);
}

/** Newest first; without a project those of all. */
async function listed(project: unknown, { registry }: RouteParts): Promise<Response> {
  const isNamed = project !== undefined && project !== null && project !== '';
  const keys = isNamed ? [await registry.keyOf(readProjectRef(project))] : await registry.projects();
  const records = (await Promise.all(keys.map((key) => registry.versions.of(key)))).flat();
  const isSingle = keys.length === 1;
  if (!isSingle) records.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return json({ versions: records.map(({ version }) => version) });
}
