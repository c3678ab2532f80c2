// What a route is, and what every route shares: counting, timing, limits, and one way for errors to become answers.
import type { Context } from 'hono';
import { SparrowError } from '../errors.ts';
import type { JsonObject } from '../labelstudio/types.ts';
import type { Registry } from '../projects/registry.ts';
import { errorAnswer, json, logged } from './answer.ts';
import type { RecentPredictions } from './dashboard-recent.ts';
import type { EventLog } from './event-log.ts';
import type { Metrics } from './metrics.ts';

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  /** `open`: also without credentials. Only liveness is. */
  access: 'open' | 'credentials';
  handle(c: Context): Response | Promise<Response>;
}

/** The part of a logger that the server uses. */
export interface Log {
  debug(values: object, message: string): void;
  info(values: object, message: string): void;
  warn(values: object, message: string): void;
  error(values: object, message: string): void;
}

export interface Limits {
  bodyBytes: number;
  trainBodyBytes: number;
  /** Tasks in one predict. */
  tasks: number;
  /** Requests answered at one time. */
  inFlight: number;
}

/** Where this server is and what it was told of Label Studio: what the page says that helps to connect them. */
export interface Site {
  host: string;
  port: number;
  hasAuth: boolean;
  labelStudio: { url: string | null; apiKey: string | null };
}

/** What routes work with. */
export interface RouteParts {
  registry: Registry;
  events: EventLog;
  metrics: Metrics;
  limits: Limits;
  log: Log;
  modelDir: string;
  recent: RecentPredictions;
  site: Site;
  /** One sentence about why models cannot be kept, or null. */
  storeProblem(): Promise<string | null>;
}

/** What predictions need of it, in the process that keeps everything and in those that only predict. */
export interface PredictParts extends Pick<RouteParts, 'metrics' | 'limits' | 'log' | 'modelDir'> {
  registry: Pick<Registry, 'modelClass' | 'modelUrl'> & {
    predict(...request: Parameters<Registry['predict']>): Promise<Awaited<ReturnType<Registry['predict']>> | null>;
  };
  events: Pick<EventLog, 'addRepeated'>;
  recent: Pick<RecentPredictions, 'add'>;
  /** Has a request answered that is not this process's to answer; its body is read already. */
  passOn?(c: Context, body: JsonObject): Promise<Response>;
}

type HandlerParts = Pick<RouteParts, 'metrics' | 'limits' | 'log'> & { registry: { readonly modelUrl: string } };

/** A handler for Hono out of a route. */
export function handlerOf(route: Route, parts: HandlerParts, newId: () => string): (c: Context) => Promise<Response> {
  const { metrics, limits, log, registry } = parts;
  const name = route.path;
  return async (c) => {
    const startedAt = performance.now();
    const id = requestIdOf(c) ?? newId();
    c.set(requestKey, id);
    metrics.inFlight++;
    let status = 500;
    try {
      const isTooMany = metrics.inFlight > limits.inFlight && route.access !== 'open';
      if (isTooMany) {
        metrics.refusedBusy++;
        throw new SparrowError('BUSY', 'Too many requests at once; try again in a second.');
      }
      const response = await route.handle(c);
      status = response.status;
      return response;
    } catch (error) {
      if (hasLeft(c)) {
        status = clientLeft;
        return json({ error: 'The client left before it was answered.' }, 400);
      }
      const response = errorAnswer(error, c.req.raw, id);
      status = response.status;
      const values = { route: name, status, request: id, ...logged(error, registry.modelUrl) };
      if (status >= 500) log.error(values, 'request failed');
      else log.info(values, 'request refused');
      return response;
    } finally {
      const ms = performance.now() - startedAt;
      metrics.inFlight--;
      metrics.request(name, status, ms / 1000);
      log.debug({ route: name, status, request: id, ms: Math.round(ms * 1000) / 1000 }, 'request');
    }
  };
}

const requestKey = 'request';
const idPattern = /^[A-Za-z0-9._:-]{1,64}$/;

/** The id that a proxy gave the request, where it is one that may stand in a log. */
function requestIdOf(c: Context): string | null {
  const given = c.req.header('x-request-id');
  return given !== undefined && idPattern.test(given) ? given : null;
}

/** A request asked for a training: one line that joins their ids. */
export function logJob(c: Context, { log }: Pick<RouteParts, 'log'>, project: string, job: string): void {
  log.info({ request: c.get(requestKey), project, job }, 'training asked for');
}

/** For counting only: nobody is there to read it. */
const clientLeft = 499;

/** Whether the connection broke before the whole request had come: then its errors are nobody's fault here. */
function hasLeft(c: Context): boolean {
  const { incoming } = (c.env ?? {}) as { incoming?: { destroyed: boolean; complete: boolean } };
  return incoming?.destroyed === true && !incoming.complete;
}
