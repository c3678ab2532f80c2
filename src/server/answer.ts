// How this server answers: JSON with the same headers everywhere. Every error holds {"error": sentence}, which Label
// Studio shows; on our own routes it is a problem report of RFC 9457 besides.
import { STATUS_CODES } from 'node:http';
import { type ErrorCode, messageOf, SparrowError } from '../errors.ts';
import { placeOf } from '../sdk/user-code.ts';
import { routePathOf } from './route-path.ts';

/** Pages may not frame us, guess types or keep answers. A plain object, which the HTTP adapter writes fastest. */
const commonHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

type Headers = { [name: string]: string };

export function json(value: unknown, status = 200, headers?: Headers): Response {
  const all = { ...commonHeaders, 'content-type': 'application/json', ...headers };
  return new Response(JSON.stringify(value), { status, headers: all });
}

export function text(value: string, contentType: string): Response {
  return new Response(value, { headers: { ...commonHeaders, 'content-type': contentType } });
}

/** What a page may load and do: only what comes from here, and no script or style that stands in the page itself. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A page for browsers. */
export function page(markup: string, status = 200, headers?: Headers): Response {
  const type = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': pagePolicy };
  return new Response(markup, { status, headers: { ...commonHeaders, ...type, ...headers } });
}

/** A file of the page, kept by the browser for as long as its address stays. */
export function asset(body: string, contentType: string): Response {
  const keep = { 'cache-control': 'private, max-age=31536000, immutable' };
  return new Response(body, { headers: { ...commonHeaders, ...keep, 'content-type': contentType } });
}

/** Go on to another page after a form was sent. */
export function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { ...commonHeaders, location } });
}

/** A refusal in the form that its caller reads: problem details under /api, what Label Studio shows elsewhere. */
export function refusal(
  request: Request,
  status: number,
  sentence: string,
  { code, headers }: { code?: ErrorCode; headers?: Headers } = {},
): Response {
  if (!routePathOf(request).startsWith('/api/')) return json({ error: sentence }, status, headers);
  const problem = {
    type: code === undefined ? 'about:blank' : `urn:sparrow:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: sentence,
    error: sentence,
    ...(code !== undefined && { code }),
  };
  return json(problem, status, { 'content-type': 'application/problem+json', ...headers });
}

/** An error as a client sees it. What is not in the catalogue is a bug: its message stays in the log. */
export function errorAnswer(error: unknown, request: Request, requestId: string): Response {
  const isKnown = error instanceof SparrowError;
  const status = isKnown ? error.status : 500;
  const isTold = isKnown && error.code !== 'MODEL_FAILED';
  const known = isKnown ? error.message : 'Something went wrong inside.';
  const sentence = isTold ? known : `${known.slice(0, -1)}; the log has it under request ${requestId}.`;
  const headers = {
    'x-request-id': requestId,
    ...(status === 503 && { 'retry-after': '1' }),
    ...closing(request, status),
  };
  return refusal(request, status, sentence, { ...(isKnown && { code: error.code }), headers });
}

/** After an answer to a body that was not read to its end, a pooled client's next request would fail: close. */
export function closing(request: Request, status: number): Headers {
  const { headers, method } = request;
  if (method === 'GET' || method === 'HEAD') return {};
  const hasBody = headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0;
  const isLeftOver = status === 413 || (hasBody && !request.bodyUsed);
  return isLeftOver ? { connection: 'close' } : {};
}

/** The log's view of an error: with the stack only where it is a bug, and the place where it is one of the model's. */
export function logged(error: unknown, modelUrl = ''): { [key: string]: unknown } {
  if (error instanceof SparrowError && error.code === 'MODEL_FAILED') {
    const { message, cause } = error;
    return { error: `${message} ${messageOf(cause)}`, at: placeOf(cause, modelUrl), stack: stackOf(cause) };
  }
  if (error instanceof SparrowError) return { error: error.message, code: error.code };
  return { error: messageOf(error), stack: stackOf(error) };
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
