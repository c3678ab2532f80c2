// Our own API beside the protocol: projects, versions, rollback, how good a model is and why it answers as it does,
// events, metrics. What a route takes is checked against the schema that stands in /openapi.json.
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { SparrowError } from '../errors.ts';
import type { JsonObject } from '../labelstudio/types.ts';
import { json, text } from './answer.ts';
import { queueOfTasks } from './dashboard-recent.ts';
import { dashboardRoutes } from './dashboard-routes.ts';
import type { EventEntry } from './event-log.ts';
import { readJsonObject } from './json-body.ts';
import type { ShapeName } from './openapi-shapes.ts';
import type { Route, RouteParts } from './route.ts';

const heartbeatMs = 20_000;
const mostNext = 100;

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
        const { version } = await readBody(c, 'ActivateRequest', parts);
        return activate(c, String(version), parts);
      },
    },
    { method: 'GET', path: '/api/projects/:id/report', access, handle: (c) => report(c, parts) },
    { method: 'POST', path: '/api/projects/:id/explain', access, handle: (c) => explain(c, parts) },
    { method: 'GET', path: '/api/projects/:id/next', access, handle: (c) => queue(c, parts) },
    { method: 'GET', path: '/api/projects/:id/queue', access, handle: (c) => queue(c, parts) },
    { method: 'POST', path: '/api/projects/:id/queue', access, handle: (c) => queueOfGiven(c, parts) },
    { method: 'GET', path: '/api/events', access, handle: (c) => eventsRoute(c, parts) },
    { method: 'GET', path: '/metrics', access, handle: (c) => metricsRoute(c, parts) },
    {
      method: 'GET',
      path: '/openapi.json',
      access,
      handle: async () => json((await import('./openapi.ts')).openApi()),
    },
    ...dashboardRoutes(parts),
  ];
}

function idOf(c: Context): string {
  return c.req.param('id') ?? '';
}

/** A body that is what its schema asks for. The schemas are loaded for the first such request. */
async function readBody(c: Context, shape: ShapeName, { limits }: RouteParts): Promise<JsonObject> {
  const body = await readJsonObject(c.req.raw, { limitBytes: limits.bodyBytes });
  const [{ conforming }, { shapes }] = await Promise.all([
    import('./openapi-schema.ts'),
    import('./openapi-shapes.ts'),
  ]);
  return conforming(body, shapes[shape], shapes);
}

async function report(c: Context, { registry }: RouteParts): Promise<Response> {
  const key = idOf(c);
  const record = await registry.versions.serving(key);
  const { controlsOf } = await import('./dashboard-report.ts');
  const controls = record ? controlsOf(record.meta) : [];
  return json({ modelVersion: await registry.modelVersion(key), controls });
}

async function explain(c: Context, parts: RouteParts): Promise<Response> {
  const { text: given } = await readBody(c, 'ExplainRequest', parts);
  const { modelVersion, controls } = await parts.registry.explain(idOf(c), String(given));
  const untold = { name: '', labels: [], words: [], note: 'The model class of this server does not explain itself.' };
  return json({ modelVersion, controls: controls ?? [untold] });
}

/** Texts without a label that were predicted lately, in the order in which labelling them pays. */
async function queue(c: Context, { registry, recent }: RouteParts): Promise<Response> {
  const key = idOf(c);
  if (!(await registry.exists(key))) throw new SparrowError('NOT_FOUND', 'Nothing is known of this project.');
  return json({ tasks: recent.least(key, mostNext) });
}

/** The same of tasks that are given, by what the current version says of them. */
async function queueOfGiven(c: Context, parts: RouteParts): Promise<Response> {
  const { registry, limits } = parts;
  const { tasks } = await readBody(c, 'QueueRequest', parts);
  const given = tasks as readonly unknown[];
  if (given.length > limits.tasks) {
    throw new SparrowError('TOO_LARGE', `tasks holds ${given.length}; the most is ${limits.tasks}.`);
  }
  const key = idOf(c);
  if (!(await registry.exists(key))) throw new SparrowError('NOT_FOUND', 'Nothing is known of this project.');
  const asked = { labelConfig: null, context: null, params: {} };
  const { results, modelVersion } = await registry.predict({ id: key, createdAt: null }, given, asked);
  return json({ modelVersion, tasks: queueOfTasks(given, results) });
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
  const [records, pinned] = await Promise.all([registry.versions.of(key), registry.versions.pinned(key)]);
  return json({
    current,
    versions: records.map(({ version, createdAt, parent, meta, files }) => ({
      version,
      createdAt,
      isCurrent: version === current,
      isPinned: pinned.includes(version),
      parent,
      reason: meta.reason ?? null,
      seconds: meta.seconds ?? null,
      trainingSet: meta.trainingSet ?? null,
      trainOutput: meta.trainOutput ?? null,
      bytes: Object.values(files).reduce((sum, file) => sum + file.bytes, 0),
    })),
  });
}

async function activate(c: Context, version: string, { registry, events }: RouteParts): Promise<Response> {
  const key = idOf(c);
  const record = await registry.versions.activate(key, version);
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
