// Requests to an object store: signed, with a time limit, and repeated only where repeating cannot do harm. A body counts only
// when it is whole; what is sent is sent with its checksum, so that the store refuses what was cut or changed on the way.
import { createHash } from 'node:crypto';
import type { AwsClient } from 'aws4fetch';
import { type ErrorCode, messageOf, SparrowError } from '../errors.ts';
import { missingPackages } from './redis-errors.ts';
import type { S3Address } from './s3-address.ts';

export interface S3RequestsOptions {
  /** How long one attempt may take; large bodies have longer. Default 15 s. */
  timeoutMs?: number;
  /** Attempts of a request that may be repeated. Default 4. */
  attempts?: number;
  /** Pause before the first repetition; it doubles, with jitter. Default 200 ms. */
  pauseMs?: number;
}

export interface S3Answer {
  status: number;
  body: Buffer;
}

interface S3Request {
  method: 'GET' | 'PUT' | 'DELETE';
  url: URL;
  body?: Uint8Array;
  headers?: { [name: string]: string };
  /** Statuses that are an answer and no failure, besides those of success. */
  expected?: readonly number[];
}

const leastBytesPerMs = 200;
const passing = [408, 429, 500, 502, 503, 504];

/** What a refusal means, by status or by the store's own code; completes "The object store (S3_URL, …)". */
const meanings: readonly [pattern: RegExp, meaning: string, code: ErrorCode][] = [
  [/NoSuchBucket/, 'has no such bucket; make it, or correct S3_URL', 'IO_FAILED'],
  [
    /SignatureDoesNotMatch|InvalidAccessKeyId/,
    'does not take the key and secret in S3_URL; correct them there',
    'IO_FAILED',
  ],
  [/RequestTimeTooSkewed/, 'finds that the clock of this machine is wrong; set it', 'IO_FAILED'],
  [
    /AuthorizationHeaderMalformed|PermanentRedirect|^30[178]/,
    'is in another region; say which with ?region= in S3_URL',
    'IO_FAILED',
  ],
  [/^40[13]/, 'does not allow this to the key in S3_URL; give it reading, writing, listing and deleting', 'IO_FAILED'],
  [/^507|InsufficientStorage|QuotaExceeded|XMinioStorageFull/, 'has no space left', 'NO_SPACE'],
];

export class S3Requests {
  readonly #client: AwsClient;
  readonly #place: string;
  readonly #options: Required<S3RequestsOptions>;

  static async open(address: S3Address, options: S3RequestsOptions = {}): Promise<S3Requests> {
    const { AwsClient } = await loadAws4fetch();
    const { key: accessKeyId, secret: secretAccessKey, region } = address;
    const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 });
    return new S3Requests(client, address, options);
  }

  private constructor(client: AwsClient, { base }: S3Address, options: S3RequestsOptions) {
    this.#client = client;
    this.#place = base.host;
    this.#options = { timeoutMs: 15_000, attempts: 4, pauseMs: 200, ...options };
  }

  /** Sends until there is an answer; `doing` completes "Could not …". All our requests may be repeated without harm. */
  async send(doing: string, request: S3Request): Promise<S3Answer> {
    const { attempts, pauseMs } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(doing, request, attempt === attempts);
      if (answer) return answer;
      await new Promise((resolve) => setTimeout(resolve, pauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2)));
    }
  }

  /** Null when it is worth another attempt; on the last one what is wrong is said. */
  async #attempt(doing: string, request: S3Request, isLast: boolean): Promise<S3Answer | null> {
    let answer: S3Answer;
    try {
      answer = await this.#once(request);
    } catch (error) {
      if (!isFromNetwork(error)) throw error;
      if (!isLast) return null;
      const why = messageOf(error instanceof Error && error.cause instanceof Error ? error.cause : error);
      const message = `Could not ${doing}: the object store (S3_URL, ${this.#place}) does not answer as it should (${why}).`;
      throw new SparrowError('IO_FAILED', message, { cause: error });
    }
    const { status } = answer;
    if ((status >= 200 && status < 300) || request.expected?.includes(status)) return answer;
    if (passing.includes(status) && !isLast) return null;
    throw this.#refusal(doing, answer);
  }

  async #once({ method, url, body, headers }: S3Request): Promise<S3Answer> {
    const bytes = body?.length ?? 0;
    const sha256 = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    const signal = AbortSignal.timeout(this.#options.timeoutMs + Math.ceil(bytes / leastBytesPerMs));
    const response = await this.#client.fetch(url.href, {
      method,
      headers: { 'x-amz-content-sha256': sha256, ...headers },
      ...(body && { body: body as Uint8Array<ArrayBuffer> }),
      redirect: 'manual',
      signal,
    });
    const answer = Buffer.from(await response.arrayBuffer());
    const length = response.headers.get('content-length');
    const isCut = length !== null && !response.headers.has('content-encoding') && Number(length) !== answer.length;
    if (isCut) throw new TypeError(`${answer.length} of ${length} bytes came`);
    return { status: response.status, body: answer };
  }

  #refusal(doing: string, { status, body }: S3Answer): SparrowError {
    const code = /<Code>([A-Za-z0-9]{1,60})<\/Code>/.exec(body.toString('utf8', 0, 4000))?.[1] ?? '';
    const said = `${status} ${code}`.trim();
    const known = meanings.find(([pattern]) => pattern.test(code) || pattern.test(said));
    const meaning = known?.[1] ?? 'refuses it';
    const message = `Could not ${doing}: the object store (S3_URL, ${this.#place}) ${meaning} (${said}).`;
    return new SparrowError(known?.[2] ?? 'IO_FAILED', message);
  }
}

/** `fetch` says with a TypeError that the network failed, with a TimeoutError that it took too long. */
function isFromNetwork(error: unknown): boolean {
  return error instanceof Error && (error instanceof TypeError || error.name === 'TimeoutError');
}

async function loadAws4fetch(): Promise<typeof import('aws4fetch')> {
  try {
    return await import('aws4fetch');
  } catch (cause) {
    throw missingPackages('S3_URL', 'aws4fetch', cause);
  }
}
