// What a route is, and what every route shares: counting, timing, limits, and one way for errors to become answers.
import type { Context } from 'hono';
import { SparrowError } from '../errors.ts';
import type { Registry } from '../projects/registry.ts';
import { errorAnswer, json, logged } from './answer.ts';
import type { EventLog } from './event-log.ts';
import type { Metrics } from './metrics.ts';

export interface Route {
  method: 'GET' | 'POST';
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

/** What routes work with. */
export interface RouteParts {
  registry: Registry;
  events: EventLog;
  metrics: Metrics;
  limits: Limits;
  log: Log;
  modelDir: string;
  /** One sentence about why models cannot be kept, or null. */
  storeProblem(): Promise<string | null>;
}

/** A handler for Hono out of a route. */
export function handlerOf(route: Route, parts: RouteParts, newId: () => string): (c: Context) => Promise<Response> {
  const { metrics, limits, log } = parts;
  const name = route.path;
  return async (c) => {
    const startedAt = performance.now();
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
      const id = newId();
      const response = errorAnswer(error, c.req.raw, id);
      status = response.status;
      const values = { route: name, status, request: id, ...logged(error) };
      if (status >= 500) log.error(values, 'request failed');
      else log.info(values, 'request refused');
      return response;
    } finally {
      const ms = performance.now() - startedAt;
      metrics.inFlight--;
      metrics.request(name, status, ms / 1000);
      log.debug({ route: name, status, ms: Math.round(ms * 1000) / 1000 }, 'request');
    }
  };
}

/** For counting only: nobody is there to read it. */
const clientLeft = 499;

/** Whether the connection broke before the whole request had come: then its errors are nobody's fault here. */
function hasLeft(c: Context): boolean {
  const { incoming } = (c.env ?? {}) as { incoming?: { destroyed: boolean; complete: boolean } };
  return incoming?.destroyed === true && !incoming.complete;
}
