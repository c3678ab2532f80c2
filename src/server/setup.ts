// Label Studio connects, or asks before each round of predictions which version will answer. It waits three seconds
// and takes an error for "disconnected", so a label config is never an error here: notes say what is not served.
import type { Context } from 'hono';
import { json } from './answer.ts';
import { readJsonObject } from './json-body.ts';
import { configOf, readSetup } from './requests.ts';
import type { Route, RouteParts } from './route.ts';

export function setupRoutes(parts: RouteParts): Route[] {
  return [{ method: 'POST', path: '/setup', access: 'credentials', handle: (c) => setup(c, parts) }];
}

async function setup(c: Context, { registry, events, limits }: RouteParts): Promise<Response> {
  const request = readSetup(await readJsonObject(c.req.raw, { limitBytes: limits.bodyBytes }));
  const details = { labelConfig: configOf(request.schema), hostname: request.hostname };
  const { project, modelVersion, notes } = await registry.setup(request.ref, details, request.accessToken);
  events.addRepeated({
    kind: 'setup',
    project,
    status: 200,
    did: `answered with ${modelVersion}`,
    modelVersion,
    ...(notes.length > 0 && { why: notes.join(' ') }),
  });
  const message = notes.join(' ');
  return json({ model_version: modelVersion, ...(notes.length > 0 && { message, notes }) });
}
