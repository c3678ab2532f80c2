// The port: opened with time limits on everything a client can be slow at, and closed so that whoever is being
// answered still gets the answer.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { SparrowError } from '../errors.ts';

export interface ConnectionOptions {
  /** Longest time for the headers, and for a whole request. Defaults 15 s and 5 minutes. */
  headersTimeoutMs?: number;
  requestTimeoutMs?: number;
  /** Longest time in which a connection moves not one byte while it is being answered. Default 5 minutes. */
  silenceTimeoutMs?: number;
  /** Longest time that a connection waits for its next request. Default 75 s. */
  keepAliveMs?: number;
  /** Connections at one time; further ones are closed at once. Default 10,000. */
  mostConnections?: number;
  /** Most bytes of a request's headers. Default 32 KiB. */
  mostHeaderBytes?: number;
  /** Sees each request first; true when it has taken care of it. */
  before?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface ListenOptions extends ConnectionOptions {
  host: string;
  port: number;
}

/** Answers on connections that another process, or another part of this one, has accepted. */
export interface Receiver {
  take(socket: Socket): void;
  /** Answer what has come; after `graceMs` cut off what is left. */
  close(graceMs: number): Promise<void>;
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
  mostHeaderBytes: 32 * 1024,
};
const closingStepMs = 25;

export async function listen(app: Hono, options: ListenOptions): Promise<Listener> {
  const { host, port } = options;
  const server: Server = serverFor(app, options, () => !server.listening);
  server.maxConnections = options.mostConnections ?? defaults.mostConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(refusalOf(error, host, port)));
    server.listen({ host, port }, resolve);
  });
  return { host, port: (server.address() as AddressInfo).port, close: (graceMs) => close(server, graceMs) };
}

/** The same without a port. */
export function receive(app: Hono, options: ConnectionOptions): Receiver {
  let isClosing = false;
  const server = serverFor(app, options, () => isClosing);
  const most = options.mostConnections ?? defaults.mostConnections;
  const sockets = new Set<Socket>();
  // Node begins to look after time limits when a server listens; this one does so in its own way.
  server.emit('listening');
  return {
    take: (socket) => {
      if (sockets.size >= most || isClosing) {
        socket.destroy();
        return;
      }
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      // A client may close its side once it has sent the request.
      socket.allowHalfOpen = true;
      server.emit('connection', socket);
      socket.resume();
    },
    close: async (graceMs) => {
      isClosing = true;
      const until = performance.now() + graceMs;
      while (sockets.size > 0 && performance.now() < until) {
        server.closeIdleConnections();
        await new Promise((resolve) => setTimeout(resolve, closingStepMs));
      }
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      // It never ran, as far as Node knows; what it looks after must stop all the same.
      server.close(() => {});
    },
  };
}

function serverFor(app: Hono, options: ConnectionOptions, isClosing: () => boolean): Server {
  const { before, headersTimeoutMs, requestTimeoutMs, silenceTimeoutMs, keepAliveMs, mostHeaderBytes } = {
    ...defaults,
    ...options,
  };
  const answer = getRequestListener((request, env) => app.fetch(request, env));
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: Math.min(5000, headersTimeoutMs, requestTimeoutMs),
      maxHeaderSize: mostHeaderBytes,
    },
    (request, response) => {
      // Whoever keeps a connection would send the next request to a server that is gone.
      if (isClosing()) response.setHeader('connection', 'close');
      if (before?.(request, response) !== true) void answer(request, response);
    },
  );
  // A client that never reads its answer would hold it in memory for ever.
  server.timeout = silenceTimeoutMs;
  return server;
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

/** Why a port cannot be opened, and what to do. */
export function refusalOf(error: Error, host: string, port: number): Error {
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
