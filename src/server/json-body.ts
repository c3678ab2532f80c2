// The door for request bodies: content type, size, JSON. What passes is an object; what does not is refused with the
// place and the expected form. Nothing over its limit is held in memory.
import { messageOf, SparrowError } from '../errors.ts';
import type { JsonObject } from '../labelstudio/types.ts';
import { deepest, JsonObjectStream } from './json-stream.ts';

/** Up to here a body is read in one go, beyond it as a stream. */
const smallBytes = 2 ** 20;

/** Longest stretch of parsing before others have their turn, and how much is parsed between two looks at the clock. */
const turnMs = 8;
const stepBytes = 64 * 1024;

export interface BodyOptions {
  limitBytes: number;
  /** Lists too long to be held: their elements are handed over as they come, and an empty list stays in the object. */
  handOver?: HandOver;
}

export interface HandOver {
  keys: ReadonlySet<string>;
  take(key: string, elements: readonly unknown[]): Promise<void>;
}

/** The request's body, a JSON object; a request without a body counts as `{}`. */
export async function readJsonObject(request: Request, options: BodyOptions): Promise<JsonObject> {
  const { limitBytes, handOver } = options;
  const { headers } = request;
  const declared = Number(headers.get('content-length') ?? Number.NaN);
  const isEmpty = declared === 0 || (Number.isNaN(declared) && !headers.has('transfer-encoding') && !request.body);
  if (isEmpty) return {};
  checkType(headers);
  if (declared > limitBytes) throw tooLarge(limitBytes);
  // What is declared and small comes whole, by the server's short path.
  if (declared <= smallBytes) return handedOver(parseObject(await request.text()), handOver);
  const start = await readUpTo(request, Math.min(limitBytes, smallBytes));
  if (start.isWhole) return handedOver(parseObject(new TextDecoder().decode(Buffer.concat(start.chunks))), handOver);
  return readStream(start, options);
}

async function handedOver(object: JsonObject, handOver: HandOver | undefined): Promise<JsonObject> {
  const left: { [key: string]: unknown } = object;
  for (const key of handOver?.keys ?? []) {
    const list = Object.hasOwn(left, key) ? left[key] : undefined;
    if (!Array.isArray(list)) continue;
    left[key] = [];
    if (list.length > 0) await handOver?.take(key, list);
  }
  return left;
}

function checkType(headers: Headers): void {
  const type = headers.get('content-type');
  const encoding = headers.get('content-encoding')?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    throw new SparrowError('UNSUPPORTED_TYPE', 'The body must not be compressed: send it without Content-Encoding.');
  }
  const [name = '', ...parameters] = (type ?? '').toLowerCase().split(';');
  const isJson = /^\s*(application|text)\/(json|[a-z0-9.-]+\+json)\s*$/.test(name);
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(one)?.[1]).find(Boolean);
  if (isJson && (charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii')) return;
  throw new SparrowError('UNSUPPORTED_TYPE', 'The body must be JSON in UTF-8: send Content-Type: application/json.');
}

interface Start {
  chunks: Uint8Array[];
  isWhole: boolean;
  reader: ReadableStreamDefaultReader<Uint8Array>;
}

async function readUpTo(request: Request, limit: number): Promise<Start> {
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  for (let size = 0; size <= limit; ) {
    const { done, value } = await reader.read();
    if (done) return { chunks, isWhole: true, reader };
    chunks.push(value);
    size += value.length;
  }
  return { chunks, isWhole: false, reader };
}

async function readStream({ chunks, reader }: Start, { limitBytes, handOver }: BodyOptions): Promise<JsonObject> {
  const stream = new JsonObjectStream(handOver?.keys);
  let size = 0;
  let since = performance.now();
  const push = async (chunk: Uint8Array) => {
    const rest = size === 0 ? withoutMark(chunk) : chunk;
    size += chunk.length;
    if (size > limitBytes) throw tooLarge(limitBytes);
    for (let at = 0; at < rest.length; at += stepBytes) {
      stream.push(rest.subarray(at, at + stepBytes));
      for (const [key, elements] of stream.takeElements()) await handOver?.take(key, elements);
      // What has arrived already is read without waiting, so nobody else would be answered before the end.
      if (performance.now() - since < turnMs) continue;
      await new Promise((resolve) => setImmediate(resolve));
      since = performance.now();
    }
  };
  try {
    for (const chunk of chunks) await push(chunk);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return stream.end();
      await push(value);
    }
  } catch (error) {
    void reader.cancel().catch(() => {});
    throw error;
  }
}

/** A byte order mark at the start is let pass. */
function withoutMark(chunk: Uint8Array): Uint8Array {
  return chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? chunk.subarray(3) : chunk;
}

function tooLarge(limitBytes: number): SparrowError {
  const limit = limitBytes >= 2 ** 20 ? `${Math.floor(limitBytes / 2 ** 20)} MiB` : `${limitBytes} bytes`;
  return new SparrowError('TOO_LARGE', `The body is larger than ${limit}; MAX_BODY_BYTES sets the limit.`);
}

function parseObject(text: string): JsonObject {
  // Before parsing: it takes the parser long, and storing what is too deep would overflow the stack later.
  if (isDeeperThan(text, deepest)) {
    throw new SparrowError('BAD_INPUT', `The body is nested more than ${deepest} deep.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SparrowError('BAD_INPUT', `The body is not valid JSON${placeOf(text, messageOf(error))}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SparrowError('BAD_INPUT', 'The body must be a JSON object.');
  }
  return value as JsonObject;
}

/** Where it went wrong, as far as the parser says; never with a piece of the text itself. */
function placeOf(text: string, message: string): string {
  const position = /position (\d+)/.exec(message)?.[1];
  const offset = message.includes('end of JSON') ? text.length : position === undefined ? null : Number(position);
  if (offset === null) return '';
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return ` at line ${line}, column ${offset - before.lastIndexOf('\n')}`;
}

/** Exact for valid JSON; of anything else the parser has its own opinion. */
function isDeeperThan(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) i = endOfString(text, i);
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > limit) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}

/** Index of the quote that ends the string which begins at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}
