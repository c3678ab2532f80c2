// The way from a serving process to the process that keeps everything: a port of the loopback interface that lets in whoever
// knows this start's token. A request goes through as it came, header by header, and so does its answer, however long it lasts.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Hono } from 'hono';
import { clientAddress } from './auth.ts';
import { type Listener, listen } from './listen.ts';

/** Where it is, and what opens it. */
export interface OwnerAddress {
  port: number;
  token: string;
}

const loopback = '127.0.0.1';
const tokenHeader = 'x-sparrow-token';
const clientHeader = 'x-sparrow-client';
/** What is said of one connection, not of the request or answer. */
const ofConnection: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'upgrade',
  'expect',
  tokenHeader,
  clientHeader,
]);
/** More than a serving process takes, as it adds headers. */
const mostHeaderBytes = 40 * 1024;
const mostConnections = 100_000;

/** Opens the door to an app. */
export async function openOwnerDoor(app: Hono): Promise<Listener & { address: OwnerAddress }> {
  const token = randomBytes(32).toString('hex');
  const before = (request: IncomingMessage & { [clientAddress]?: string }, response: ServerResponse) => {
    if (!isToken(request.headers[tokenHeader], token)) {
      response.writeHead(403, { connection: 'close' }).end();
      return true;
    }
    request[clientAddress] = String(request.headers[clientHeader] ?? '');
    return false;
  };
  const listener = await listen(app, { host: loopback, port: 0, before, mostHeaderBytes, mostConnections });
  return { ...listener, address: { port: listener.port, token } };
}

function isToken(given: string | string[] | undefined, token: string): boolean {
  return (
    typeof given === 'string' &&
    given.length === token.length &&
    timingSafeEqual(Buffer.from(given), Buffer.from(token))
  );
}

/** Have the owner answer a request, body and answer streamed. */
export function passOn(request: IncomingMessage, response: ServerResponse, owner: OwnerAddress): void {
  const { method = 'GET', url = '/' } = request;
  const sent = httpRequest({ ...target(owner), method, path: url, headers: headersOn(request, owner) });
  sent.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headersBack(answer));
    response.flushHeaders();
    answer.pipe(response);
    answer.on('close', () => {
      sent.destroy();
      if (!answer.complete) response.destroy();
    });
  });
  sent.on('error', () => {
    if (response.headersSent) response.destroy();
    else unanswered(response);
  });
  // Whoever leaves is not waited for.
  response.on('close', () => sent.destroy());
  request.on('error', () => sent.destroy());
  request.pipe(sent);
}

/** Have the owner answer a request whose body was read here. */
export function askOwner(request: IncomingMessage, body: string, owner: OwnerAddress): Promise<Response> {
  const headers = headersOn(request, owner, Buffer.byteLength(body));
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ ...target(owner), method: request.method ?? 'POST', path: request.url ?? '/', headers });
    sent.on('error', reject);
    sent.on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        sent.destroy();
        const back = new Headers(pairsOf(headersBack(answer)));
        resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 502, headers: back }));
      });
    });
    sent.end(body);
  });
}

function target({ port }: OwnerAddress): { host: string; port: number; agent: false } {
  return { host: loopback, port, agent: false };
}

/** Names and values by turns, as they came but for what is of the connection. `length`: of a body that is written anew. */
function headersOn(request: IncomingMessage, { token }: OwnerAddress, length?: number): string[] {
  const { rawHeaders, method, headers } = request;
  const isAnew = length !== undefined;
  const kept = pairsOf(rawHeaders).filter(([name]) => !isAnew || !/^(content-length|transfer-encoding)$/i.test(name));
  const hasLength = !isAnew && ('content-length' in headers || 'transfer-encoding' in headers);
  const own = [
    // Otherwise Node would declare a body in chunks.
    ...(hasLength || method === 'GET' || method === 'HEAD' ? [] : [['content-length', String(length ?? 0)]]),
    // An answer then says `close` only where its client's connection is to be closed as well.
    ['connection', 'keep-alive'],
    [tokenHeader, token],
    [clientHeader, request.socket.remoteAddress ?? ''],
  ];
  return [...kept.filter(([name]) => !ofConnection.has(name.toLowerCase())), ...own].flat();
}

function headersBack({ rawHeaders, headers }: IncomingMessage): string[] {
  const kept = pairsOf(rawHeaders).filter(([name]) => !/^(connection|keep-alive|transfer-encoding)$/i.test(name));
  return [...kept, ...(headers.connection === 'close' ? [['connection', 'close']] : [])].flat();
}

function pairsOf(flat: readonly string[]): [name: string, value: string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]);
}

function unanswered(response: ServerResponse): void {
  const error = 'The process that keeps annotations and models did not answer; try again in a second.';
  const headers = { 'content-type': 'application/json', 'retry-after': '1', connection: 'close' };
  response.writeHead(503, headers).end(JSON.stringify({ error }));
}
