// The server as one function of its parts: routes, who may use them, and one way for errors out. No port, no clock,
// no environment; `app.request()` is enough to test it.
import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import type { Registry } from '../projects/registry.ts';
import { closing, errorAnswer, logged, refusal } from './answer.ts';
import { apiRoutes } from './api.ts';
import { basicAuth, type Credentials } from './auth.ts';
import { RecentPredictions } from './dashboard-recent.ts';
import { EventLog } from './event-log.ts';
import { healthRoute, healthRoutes } from './health.ts';
import { inferenceRoutes } from './inference.ts';
import { jobRoutes } from './jobs.ts';
import { lifecycleRoutes } from './lifecycle.ts';
import { Metrics } from './metrics.ts';
import { predictRoutes } from './predict.ts';
import { retentionRoutes } from './retention.ts';
import {
  handlerOf,
  type Limits,
  type Log,
  type PredictParts,
  type Route,
  type RouteParts,
  type Site,
} from './route.ts';
import { routePathOf } from './route-path.ts';
import { setupRoutes } from './setup.ts';
import { syncRoutes } from './sync.ts';
import { trainRoutes } from './train.ts';
import { validateRoutes } from './validate.ts';
import { versionRoutes } from './versions.ts';
import { webhookRoutes } from './webhook.ts';

export interface AppOptions {
  registry: Registry;
  events?: EventLog;
  metrics?: Metrics;
  /** Null: everybody may use everything. */
  auth?: Credentials | null;
  limits?: Partial<Limits>;
  log?: Log;
  /** Shown by `/health`, as the tutorial's age expects it. */
  modelDir?: string;
  recent?: RecentPredictions;
  /** Shown by the page that helps to connect Label Studio. */
  site?: Omit<Site, 'hasAuth'>;
  /** One sentence about why models cannot be kept, or null. */
  storeProblem?: () => Promise<string | null>;
}

export const defaultLimits: Limits = {
  bodyBytes: 64 * 2 ** 20,
  trainBodyBytes: 512 * 2 ** 20,
  tasks: 100_000,
  inFlight: 1000,
};

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface App {
  hono: Hono;
  /** Every route with its rule of access; a test walks them. */
  routes: readonly Route[];
}

export function createApp(options: AppOptions): App {
  const parts: RouteParts = {
    registry: options.registry,
    events: options.events ?? new EventLog(),
    metrics: options.metrics ?? new Metrics(),
    limits: { ...defaultLimits, ...options.limits },
    log: options.log ?? silent,
    modelDir: options.modelDir ?? '',
    recent: options.recent ?? new RecentPredictions(),
    site: {
      host: '0.0.0.0',
      port: 9090,
      labelStudio: { url: null, apiKey: null },
      ...options.site,
      hasAuth: options.auth != null,
    },
    storeProblem: options.storeProblem ?? (async () => null),
  };
  const routes = allRoutes(parts);
  return { hono: honoOf(routes, parts, options.auth ?? null), routes };
}

/** What a process answers that only predicts; everything else it passes on. */
export function createPredictApp(parts: PredictParts, auth: Credentials | null): Hono {
  return honoOf([healthRoute(parts), ...predictRoutes(parts)], parts, auth);
}

function honoOf(
  routes: readonly Route[],
  parts: Pick<PredictParts, 'events' | 'metrics' | 'limits' | 'log'> & { registry: { readonly modelUrl: string } },
  auth: Credentials | null,
): Hono {
  const hono = new Hono({ getPath: routePathOf });
  const newId = requestIds();
  const add = (route: Route) => hono.on(route.method, route.path, handlerOf(route, parts, newId));
  // Open routes come first: a request that reaches one has not passed the guard, and never falls through to the rest.
  for (const route of routes) if (route.access === 'open') add(route);
  hono.use(refuseCrossSite);
  if (auth) hono.use(basicAuth(auth, parts));
  for (const route of routes) if (route.access !== 'open') add(route);
  hono.notFound((c) => notFound(c, routes));
  hono.onError((error, c) => {
    const id = newId();
    parts.log.error({ request: id, ...logged(error, parts.registry.modelUrl) }, 'request failed');
    return errorAnswer(error, c.req.raw, id);
  });
  return hono;
}

function allRoutes(parts: RouteParts): Route[] {
  return [
    ...healthRoutes(parts),
    ...setupRoutes(parts),
    ...predictRoutes(parts),
    ...webhookRoutes(parts),
    ...trainRoutes(parts),
    ...jobRoutes(parts),
    ...versionRoutes(parts),
    ...validateRoutes(parts),
    ...lifecycleRoutes(parts),
    ...syncRoutes(parts),
    ...apiRoutes(parts),
    ...inferenceRoutes(parts),
    ...retentionRoutes(parts),
  ];
}

/** A browser says when another site makes it send something; no such request may change anything. */
async function refuseCrossSite(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  const site = c.req.header('sec-fetch-site') ?? siteByOrigin(c);
  const isOurs = site === 'same-origin' || site === 'none';
  if (isOurs || c.req.method === 'GET' || c.req.method === 'HEAD') {
    await next();
    return undefined;
  }
  return refusal(c.req.raw, 403, 'Another site may not send this.', { headers: closing(c.req.raw, 403) });
}

/** What an older browser tells: the origin of the page that sends. A program sends none. */
function siteByOrigin(c: Context): string {
  const origin = c.req.header('origin');
  if (origin === undefined) return 'none';
  const isSame = URL.canParse(origin) && new URL(origin).host === c.req.header('host');
  return isSame ? 'same-origin' : 'cross-site';
}

function notFound(c: Context, routes: readonly Route[]): Response {
  const methods = routes.filter((route) => route.path === c.req.path).map((route) => route.method);
  const close = closing(c.req.raw, 404);
  if (methods.length === 0) return refusal(c.req.raw, 404, 'There is nothing at this path.', { headers: close });
  const error = `This path takes ${methods.join(' and ')}, not ${c.req.method.slice(0, 20)}.`;
  return refusal(c.req.raw, 405, error, { headers: { allow: methods.join(', '), ...close } });
}

/** Short ids that are unique within the log of one process. */
function requestIds(): () => string {
  const prefix = randomBytes(4).toString('hex');
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}
