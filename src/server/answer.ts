// How this server answers: JSON with the same headers everywhere, and one form for every error, {"error": sentence}.
import { messageOf, SparrowError } from '../errors.ts';

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

/** An error as a client sees it. What is not in the catalogue is a bug: its message stays in the log. */
export function errorAnswer(error: unknown, request: Request, requestId: string): Response {
  const isKnown = error instanceof SparrowError;
  const status = isKnown ? error.status : 500;
  const sentence = isKnown ? error.message : `Something went wrong inside; the log has it under request ${requestId}.`;
  return json({ error: sentence }, status, {
    'x-request-id': requestId,
    ...(status === 503 && { 'retry-after': '1' }),
    ...closing(request, status),
  });
}

/** After an answer to a body that was not read to its end, a pooled client's next request would fail: close. */
export function closing(request: Request, status: number): Headers {
  const { headers, method } = request;
  if (method === 'GET' || method === 'HEAD') return {};
  const hasBody = headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0;
  const isLeftOver = status === 413 || (hasBody && !request.bodyUsed);
  return isLeftOver ? { connection: 'close' } : {};
}

/** The log's view of an error: with the stack only where it is a bug. */
export function logged(error: unknown): { [key: string]: unknown } {
  if (error instanceof SparrowError) return { error: error.message, code: error.code };
  return { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined };
}
