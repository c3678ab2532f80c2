// Which versions stay: a pinned one survives every clean-up, one that is deleted is gone for good.
import type { Context } from 'hono';
import { SparrowError } from '../errors.ts';
import { json } from './answer.ts';
import { readJsonObject } from './json-body.ts';
import type { Route, RouteParts } from './route.ts';

const path = '/api/projects/:id/versions/:version';

export function retentionRoutes(parts: RouteParts): Route[] {
  const access = 'credentials';
  return [
    { method: 'POST', path: `${path}/pin`, access, handle: (c) => pin(c, parts) },
    { method: 'DELETE', path, access, handle: (c) => remove(c, parts) },
  ];
}

/** `{"pinned": false}` takes the pin away; without a body it is set. */
async function pin(c: Context, { registry, events, limits }: RouteParts): Promise<Response> {
  const { pinned = true } = await readJsonObject(c.req.raw, { limitBytes: limits.bodyBytes });
  if (typeof pinned !== 'boolean') throw new SparrowError('BAD_INPUT', 'pinned must be true or false.');
  const { key, version } = namesIn(c);
  await registry.versions.pin(key, version, pinned);
  const did = pinned ? `pinned ${version}` : `took the pin of ${version} away`;
  events.add({ kind: 'change', project: key, status: 200, did });
  return json({ id: key, pinned: await registry.versions.pinned(key) });
}

async function remove(c: Context, { registry, events }: RouteParts): Promise<Response> {
  const { key, version } = namesIn(c);
  await registry.versions.remove(key, version);
  events.add({ kind: 'change', project: key, status: 200, did: `deleted ${version}` });
  return json({ id: key, deleted: version });
}

function namesIn(c: Context): { key: string; version: string } {
  return { key: c.req.param('id') ?? '', version: c.req.param('version') ?? '' };
}
