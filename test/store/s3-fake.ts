// An object store for tests that is strict where a real one is: it verifies every signature and every body's checksum, and
// knows If-None-Match. On demand it fails in the ways that a network and a busy store do.
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault =
  | { status: number; code?: string }
  /** The body ends after half of it, with the connection. */
  | 'cut'
  /** The body is shorter than the store meant, and looks whole. */
  | 'short'
  /** The request is obeyed, but its answer never arrives. */
  | 'lost'
  /** No answer at all. */
  | 'silent';

export interface S3Fake {
  url: string;
  /** Path → body. */
  objects: Map<string, Buffer>;
  /** Method and path of each request, in order. */
  requests: string[];
  /** Decides what goes wrong with a request; undefined lets it pass. */
  fault: ((method: string, path: string) => Fault | undefined) | null;
  close(): Promise<void>;
}

const key = 'AKIAEXAMPLE';
const secret = 'a/secret+with@signs';
const region = 'eu-test-1';

export async function startS3(bucket = 'models'): Promise<S3Fake> {
  const objects = new Map<string, Buffer>();
  const fake: Pick<S3Fake, 'objects' | 'requests' | 'fault'> = { objects, requests: [], fault: null };
  const server = createServer((request, response) => {
    void handle(fake, bucket, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const login = `${key}:${encodeURIComponent(secret)}`;
  return Object.assign(fake, {
    url: `s3://${login}@127.0.0.1:${port}/${bucket}/sparrow?region=${region}&tls=0`,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

async function handle(
  fake: Pick<S3Fake, 'objects' | 'requests' | 'fault'>,
  bucket: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bodyOf(request);
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
  const method = request.method ?? 'GET';
  fake.requests.push(`${method} ${url.pathname}`);
  const fault = fake.fault?.(method, url.pathname);
  if (fault === 'silent') return;
  if (typeof fault === 'object') return refuse(response, fault.status, fault.code ?? 'InternalError');
  if (!isSigned(request, url, body)) return refuse(response, 403, 'SignatureDoesNotMatch');
  const [, bucketName, ...rest] = decodeURIComponent(url.pathname).split('/');
  if (bucketName !== bucket) return refuse(response, 404, 'NoSuchBucket');
  const path = rest.join('/');
  if (path === '') return list(fake.objects, url, response);
  const answer = obey(fake.objects, method, path, request, body);
  if (fault === 'lost') return void request.socket.destroy();
  if (answer.status >= 400) return refuse(response, answer.status, answer.code ?? 'NoSuchKey');
  send(response, answer.body ?? Buffer.alloc(0), fault);
}

interface Obeyed {
  status: number;
  code?: string;
  body?: Buffer;
}

function obey(
  objects: Map<string, Buffer>,
  method: string,
  path: string,
  request: IncomingMessage,
  body: Buffer,
): Obeyed {
  if (method === 'PUT') {
    if (request.headers['if-none-match'] === '*' && objects.has(path))
      return { status: 412, code: 'PreconditionFailed' };
    objects.set(path, body);
    return { status: 200 };
  }
  if (method === 'DELETE') {
    objects.delete(path);
    return { status: 204 };
  }
  const found = objects.get(path);
  return found ? { status: 200, body: found } : { status: 404, code: 'NoSuchKey' };
}

function send(response: ServerResponse, body: Buffer, fault: Fault | undefined): void {
  const half = body.subarray(0, body.length >> 1);
  if (fault === 'short') {
    response.writeHead(200, { 'content-length': half.length });
    response.end(half);
    return;
  }
  response.writeHead(200, { 'content-length': body.length });
  if (fault !== 'cut') return void response.end(body);
  response.write(half, () => response.socket?.destroy());
}

/** Two names a page, so that whoever lists must turn pages. */
function list(objects: Map<string, Buffer>, url: URL, response: ServerResponse): void {
  const prefix = url.searchParams.get('prefix') ?? '';
  const after = url.searchParams.get('continuation-token') ?? '';
  const below = [...objects.keys()].filter((path) => path.startsWith(prefix));
  const parts = below.flatMap((path) => {
    const end = path.indexOf('/', prefix.length);
    return end < 0 ? [] : [path.slice(0, end + 1)];
  });
  const all = [...new Set(parts)].sort().filter((name) => name > after);
  const page = all.slice(0, 2);
  const more = all.length > page.length ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
  const names = page.map((name) => `<CommonPrefixes><Prefix>${encodeURIComponent(name)}</Prefix></CommonPrefixes>`);
  response.end(`<?xml version="1.0"?><ListBucketResult>${names.join('')}${more}</ListBucketResult>`);
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
}

/** AWS Signature Version 4, from its documentation. */
function isSigned(request: IncomingMessage, url: URL, body: Buffer): boolean {
  const authorization = request.headers.authorization ?? '';
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, accessKey, date = '', signedRegion = '', signedHeaders = '', signature] = parts.exec(authorization) ?? [];
  const bodySum = createHash('sha256').update(body).digest('hex');
  if (accessKey !== key || signedRegion !== region || request.headers['x-amz-content-sha256'] !== bodySum) return false;
  const names = signedHeaders.split(';');
  if (!names.includes('host') || !names.includes('x-amz-content-sha256')) return false;
  const headers = names.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`).join('');
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const path = decodeURIComponent(url.pathname).split('/').map(encode).join('/');
  const canonical = [request.method, path, query.join('&'), headers, signedHeaders, bodySum].join('\n');
  const scope = `${date}/${region}/s3/aws4_request`;
  const time = request.headers['x-amz-date'];
  const toSign = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const hmac = (by: string | Buffer, text: string) => createHmac('sha256', by).update(text).digest();
  const signingKey = [date, region, 's3', 'aws4_request'].reduce<Buffer>(
    (by, text) => hmac(by, text),
    Buffer.from(`AWS4${secret}`),
  );
  return hmac(signingKey, toSign).toString('hex') === signature;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
