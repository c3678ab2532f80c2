// Which address may be asked: only those of the one Label Studio that was configured, compared by origin after parsing.
// A task, a setup or a redirect may name any host it likes; none of them is ever called, so no token goes there.
import { SparrowError } from '../errors.ts';
import { plain, quoted } from './quoted.ts';

/** Check the setting that names Label Studio; throws BAD_OPTION with a sentence that names the setting. */
export function labelStudioAddress(url: string, setting = 'LABEL_STUDIO_URL'): URL {
  const wanted = `${setting} must be the address of Label Studio, such as http://label-studio:8080`;
  let address: URL;
  try {
    address = new URL(url.trim());
  } catch {
    throw new SparrowError('BAD_OPTION', `${wanted}; ${quoted(url)} is none.`);
  }
  if (!isHttp(address)) throw new SparrowError('BAD_OPTION', `${wanted}; ${quoted(url)} is not http or https.`);
  if (address.username !== '' || address.password !== '') {
    throw new SparrowError('BAD_OPTION', `${setting} must not hold a user or a password: the key has its own setting.`);
  }
  address.search = '';
  address.hash = '';
  return address;
}

/** An address of Label Studio's API: `path` begins with "/" and stands under the path of the configured address. */
export function apiAddress(base: URL, path: string, query: { readonly [key: string]: string } = {}): URL {
  const address = new URL(base);
  address.pathname = prefixOf(base) + path;
  for (const [key, value] of Object.entries(query)) address.searchParams.set(key, value);
  return address;
}

const CLOUD = /^(?:s3|gs|azure-blob):\/\//i;
// What may hold a task's data. Not the API: a task that names it must not bring its answers, tokens among them.
const DATA_PATHS =
  /^\/(?:data\/|storage-data\/|static\/|media\/|tasks\/[0-9]+\/(?:resolve|presign)\/?$|projects\/[0-9]+\/file-proxy\/?$)/;
const LONGEST_URI = 8192;

/** Where the value of a task with `valueType="url"` is fetched; throws BAD_INPUT where that is not Label Studio. */
export function dataAddress(base: URL, uri: string, taskId?: number | string): URL {
  const shown = plain(uri, 100);
  if (uri.length > LONGEST_URI) throw new SparrowError('BAD_INPUT', `The address ${shown} is too long to be fetched.`);
  if (CLOUD.test(uri)) return resolvedByLabelStudio(base, uri, taskId);
  let address: URL | null = null;
  try {
    address = new URL(/^\/(?![/\\])/.test(uri) ? prefixed(base, uri) : uri, base.origin);
  } catch {
    // Not an address at all: the sentence below says it.
  }
  if (address === null || !isHttp(address) || address.origin !== base.origin || address.username !== '') {
    throw new SparrowError('BAD_INPUT', `The address ${shown} is not on ${base.origin}, and no other host is asked.`);
  }
  const path = address.pathname.slice(prefixOf(base).length);
  if (!address.pathname.startsWith(prefixOf(base)) || !DATA_PATHS.test(path)) {
    throw new SparrowError('BAD_INPUT', `The address ${shown} is not one where Label Studio keeps the data of tasks.`);
  }
  address.hash = '';
  return address;
}

function resolvedByLabelStudio(base: URL, uri: string, taskId: number | string | undefined): URL {
  if (!/^[0-9]+$/.test(String(taskId ?? ''))) {
    throw new SparrowError('BAD_INPUT', `The address ${plain(uri, 100)} can only be fetched for a task with a number.`);
  }
  const fileuri = Buffer.from(uri).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  return apiAddress(base, `/tasks/${taskId}/resolve/`, { fileuri });
}

/** Where a redirect leads, or null where it leaves Label Studio. */
export function redirectAddress(from: URL, location: string): URL | null {
  try {
    const address = new URL(location, from);
    return address.origin === from.origin && address.username === '' ? address : null;
  } catch {
    return null;
  }
}

function prefixed(base: URL, path: string): string {
  const prefix = prefixOf(base);
  return path === prefix || path.startsWith(`${prefix}/`) ? path : prefix + path;
}

function prefixOf(base: URL): string {
  let end = base.pathname.length;
  while (end > 0 && base.pathname.charAt(end - 1) === '/') end--;
  return base.pathname.slice(0, end);
}

function isHttp(address: URL): boolean {
  return address.protocol === 'http:' || address.protocol === 'https:';
}
