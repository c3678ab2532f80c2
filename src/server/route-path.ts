// The path that routes are matched with. Label Studio joins a route's name to whatever address it was given, so
// `/ml/news/predict` is `/predict`; a slash at the end makes no difference.

/** What Label Studio calls: only these may stand under a path of the user's. */
const protocolPaths: ReadonlySet<string> = new Set([
  '/health',
  '/setup',
  '/predict',
  '/webhook',
  '/train',
  '/job_status',
  '/is_training',
  '/validate',
  '/versions',
  '/delete',
  '/duplicate_model',
  '/metrics',
]);

const prefixPattern = /^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*){1,8}$/;

/** The decoded path of a request's address, without prefix and final slash. */
export function routePathOf(request: Request): string {
  const { url } = request;
  const start = url.indexOf('/', url.indexOf('://') + 3);
  return start === -1 ? '/' : pathIn(url, start);
}

/** The same of the target in a request's first line, `/ml/predict?…`. */
export function routePathIn(target: string): string {
  return pathIn(target, 0);
}

function pathIn(url: string, start: number): string {
  const path = url.slice(start, endOf(url, start));
  return protocolPaths.has(path) ? path : normalized(decoded(path));
}

function endOf(url: string, start: number): number {
  const query = url.indexOf('?', start);
  const hash = url.indexOf('#', start);
  const ends = [query, hash].filter((end) => end !== -1);
  return ends.length === 0 ? url.length : Math.min(...ends);
}

function decoded(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

function normalized(path: string): string {
  const bare = path.length > 1 && path.endsWith('/') && !path.endsWith('//') ? path.slice(0, -1) : path;
  if (protocolPaths.has(bare) || bare.startsWith('/api/')) return bare;
  const slash = bare.lastIndexOf('/');
  const name = bare.slice(slash);
  return slash > 0 && protocolPaths.has(name) && prefixPattern.test(bare.slice(0, slash)) ? name : bare;
}
