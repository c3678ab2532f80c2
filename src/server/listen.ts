// The port: opened with time limits on everything a client can be slow at, and closed so that whoever is being
// answered still gets the answer.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { SparrowError } from '../errors.ts';

export interface ListenOptions {
  host: string;
  port: number;
  /** Longest time for the headers, and for a whole request. Defaults 15 s and 5 minutes. */
  headersTimeoutMs?: number;
  requestTimeoutMs?: number;
  /** Longest time in which a connection moves not one byte while it is being answered. Default 5 minutes. */
  silenceTimeoutMs?: number;
  /** Longest time that a connection waits for its next request. Default 75 s. */
  keepAliveMs?: number;
  /** Connections at one time; further ones are closed at once. Default 10,000. */
  mostConnections?: number;
}

export interface Listener {
  host: string;
  port: number;
  /** Accept nothing more, answer what has come; after `graceMs` cut off what is left. */
  close(graceMs: number): Promise<void>;
}

const defaults = {
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 300_000,
  silenceTimeoutMs: 300_000,
  /** Longer than the idle times of usual proxies and client pools, so that they hang up first. */
  keepAliveMs: 75_000,
  mostConnections: 10_000,
};
const closingStepMs = 25;

export async function listen(app: Hono, options: ListenOptions): Promise<Listener> {
  const { host, port, headersTimeoutMs, requestTimeoutMs, silenceTimeoutMs, keepAliveMs, mostConnections } = {
    ...defaults,
    ...options,
  };
  const answer = getRequestListener((request, env) => app.fetch(request, env));
  const server: Server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: Math.min(5000, headersTimeoutMs, requestTimeoutMs),
      maxHeaderSize: 32 * 1024,
    },
    (request, response) => {
      // Whoever keeps a connection would send the next request to a server that is gone.
      if (!server.listening) response.setHeader('connection', 'close');
      void answer(request, response);
    },
  );
  // A client that never reads its answer would hold it in memory for ever.
  server.timeout = silenceTimeoutMs;
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(refusalOf(error, host, port)));
    server.listen({ host, port }, resolve);
  });
  return { host, port: (server.address() as AddressInfo).port, close: (graceMs) => close(server, graceMs) };
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    // A kept-alive connection becomes idle only after its last answer, so look again and again.
    const idle = setInterval(() => server.closeIdleConnections(), closingStepMs);
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function refusalOf(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? error.code : '';
  const advice =
    code === 'EADDRINUSE'
      ? 'is in use by another program; stop that one or choose another port with PORT'
      : code === 'EACCES'
        ? 'may not be used by this user; choose one above 1023 with PORT'
        : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
          ? 'cannot be opened: HOST must be an address of this machine, such as 127.0.0.1 or 0.0.0.0'
          : null;
  return advice === null
    ? error
    : new SparrowError('IO_FAILED', `Port ${port} on ${host} ${advice}.`, { cause: error });
}
