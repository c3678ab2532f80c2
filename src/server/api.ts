// Our own API beside the protocol: projects, versions, rollback, events, metrics.
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { SparrowError } from '../errors.ts';
import { json, text } from './answer.ts';
import type { EventEntry } from './event-log.ts';
import { readJsonObject } from './json-body.ts';
import { requiredText } from './requests.ts';
import type { Route, RouteParts } from './route.ts';

const heartbeatMs = 20_000;

export function apiRoutes(parts: RouteParts): Route[] {
  const { registry } = parts;
  const access = 'credentials';
  return [
    { method: 'GET', path: '/api/projects', access, handle: () => projects(parts) },
    { method: 'GET', path: '/api/projects/:id', access, handle: async (c) => json(await registry.summary(idOf(c))) },
    { method: 'GET', path: '/api/projects/:id/versions', access, handle: (c) => versions(c, parts) },
    {
      method: 'POST',
      path: '/api/projects/:id/versions/:version/activate',
      access,
      handle: (c) => activate(c, c.req.param('version') ?? '', parts),
    },
    {
      method: 'POST',
      path: '/api/projects/:id/activate',
      access,
      handle: async (c) => {
        const body = await readJsonObject(c.req.raw, { limitBytes: parts.limits.bodyBytes });
        return activate(c, requiredText(body, 'version'), parts);
      },
    },
    { method: 'GET', path: '/api/events', access, handle: (c) => eventsRoute(c, parts) },
    { method: 'GET', path: '/metrics', access, handle: (c) => metricsRoute(c, parts) },
  ];
}

function idOf(c: Context): string {
  return c.req.param('id') ?? '';
}

async function projects({ registry }: RouteParts): Promise<Response> {
  const summaries = [];
  for (const key of await registry.projects()) summaries.push(await registry.summary(key));
  return json({ projects: summaries });
}

async function versions(c: Context, { registry }: RouteParts): Promise<Response> {
  const key = idOf(c);
  if (!(await registry.exists(key))) throw new SparrowError('NOT_FOUND', 'Nothing is known of this project.');
  const current = await registry.modelVersion(key);
  const records = await registry.versions(key);
  return json({
    current,
    versions: records.map(({ version, createdAt, parent, meta, files }) => ({
      version,
      createdAt,
      isCurrent: version === current,
      parent,
      reason: meta.reason ?? null,
      seconds: meta.seconds ?? null,
      trainOutput: meta.trainOutput ?? null,
      bytes: Object.values(files).reduce((sum, file) => sum + file.bytes, 0),
    })),
  });
}

async function activate(c: Context, version: string, { registry, events }: RouteParts): Promise<Response> {
  const key = idOf(c);
  const record = await registry.activate(key, version);
  events.add({ kind: 'change', project: key, status: 200, did: `let ${version} serve`, modelVersion: version });
  return json({ id: key, modelVersion: record.version });
}

function eventsRoute(c: Context, { events }: RouteParts): Response | Promise<Response> {
  const project = c.req.query('project');
  const after = Number(c.req.query('after') ?? c.req.header('last-event-id') ?? 0) || 0;
  if (!c.req.header('accept')?.includes('text/event-stream'))
    return json({ events: events.recent({ project, after }) });
  return streamSSE(c, async (stream) => {
    const send = (entry: EventEntry) => {
      if (project !== undefined && entry.project !== project) return;
      void stream.writeSSE({ id: String(entry.seq), data: JSON.stringify(entry) });
    };
    for (const entry of events.recent({ project, after }).reverse()) send(entry);
    const stop = events.listen(send);
    // Proxies hang up on silence.
    const beat = setInterval(() => void stream.write(': still here\n\n'), heartbeatMs).unref();
    await Promise.race([new Promise<void>((resolve) => stream.onAbort(resolve)), events.ended()]);
    clearInterval(beat);
    stop();
  });
}

async function metricsRoute(c: Context, { registry, metrics, storeProblem }: RouteParts): Promise<Response> {
  const { running, waiting } = registry.queueSize;
  const gauges = {
    loadedProjects: registry.loadedProjects,
    trainingsRunning: running,
    trainingsWaiting: waiting,
    ready: (registry.problem ?? (await storeProblem())) === null,
  };
  const accept = c.req.header('accept') ?? '';
  const isText = /text\/plain\s*;[^,]*version=|application\/openmetrics-text/.test(accept);
  if (!isText && c.req.query('format') !== 'prometheus') return json(metrics.json(gauges));
  return text(metrics.prometheus(gauges), 'text/plain; version=0.0.4; charset=utf-8');
}
