// S3_URL: where the object store is, and who is asking.
//
//   s3://KEY:SECRET@host[:port]/bucket[/prefix][?region=eu-central-1][&tls=0]
//   https://KEY:SECRET@host[:port]/bucket[/prefix][?region=…]      the same; http:// is the same as tls=0
//
// Key and secret are percent-encoded where they hold `/`, `+`, `@` or `:`. The bucket is always part of the path. Without a
// region it is us-east-1, which stores other than Amazon's mostly take.
import { SparrowError } from '../errors.ts';

export interface S3Address {
  /** Scheme, host, port, bucket and prefix; ends with a slash. */
  base: URL;
  /** The bucket alone; ends with a slash. */
  bucket: URL;
  /** What the keys of all objects begin with; empty, or ends with a slash. */
  prefix: string;
  region: string;
  key: string;
  secret: string;
}

const form = 's3://KEY:SECRET@host/bucket, or https:// in place of s3://';

export function readS3Url(text: string): S3Address {
  // `s3:` is no scheme that URL takes apart fully, so it is read as one that is.
  const url = parse(text.replace(/^s3:/i, 'https:'));
  if (!url || !['https:', 'http:'].includes(url.protocol) || url.hostname === '') {
    throw new SparrowError('BAD_OPTION', `S3_URL must be an address such as ${form}.`);
  }
  const [bucket = '', ...rest] = url.pathname.split('/').filter((part) => part !== '');
  const [key, secret] = [decoded(url.username), decoded(url.password)];
  if (bucket === '') throw new SparrowError('BAD_OPTION', `S3_URL names no bucket: write it as ${form}.`);
  if (key === '' || secret === '') {
    const hint = 'a secret with "/", "+" or "@" in it must be percent-encoded';
    throw new SparrowError('BAD_OPTION', `S3_URL holds no key and secret: write it as ${form}; ${hint}.`);
  }
  const tls = url.searchParams.get('tls');
  const isPlain = url.protocol === 'http:' || tls === '0' || tls === 'false';
  const origin = `${isPlain ? 'http' : 'https'}://${url.host}`;
  const prefix = rest.map((part) => `${part}/`).join('');
  return {
    base: new URL(`${origin}/${bucket}/${prefix}`),
    bucket: new URL(`${origin}/${bucket}/`),
    prefix: decoded(prefix),
    region: url.searchParams.get('region') ?? 'us-east-1',
    key,
    secret,
  };
}

function parse(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
