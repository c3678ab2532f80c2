// What stands in front of a backend in the wild: a proxy that ends TLS, and that serves it under a path, which it takes
// away before it passes a request on, or does not.
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSigned } from './certificate.ts';

export interface ProxyOptions {
  isTls?: boolean;
  /** Takes this away from the start of each path; what does not begin with it is not found. */
  strip?: string;
}

export interface FrontProxy {
  port: number;
  /** Paths as they arrived. */
  paths: string[];
  close(): Promise<void>;
}

export async function startProxy(
  target: string,
  { isTls = false, strip = '' }: ProxyOptions = {},
): Promise<FrontProxy> {
  const paths: string[] = [];
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const path = incoming.url ?? '/';
    paths.push(path);
    if (!path.startsWith(strip)) {
      outgoing.writeHead(404);
      outgoing.end();
      return;
    }
    const { method, headers } = incoming;
    const passed = requestHttp(
      target + (path.slice(strip.length) || '/'),
      { method: method ?? 'GET', headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  };
  const server = isTls ? createTlsServer(selfSigned('ml.example.test'), handle) : createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    paths,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
