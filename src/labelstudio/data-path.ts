// Paths into the data of a task, as label configs write them: `text`, `article.body`, `items[0].text`, `a["b c"]`.
// Own properties only, so that no name reaches a prototype; read by hand, so that no path can make it slow.

/** What stands at the path; undefined where nothing does. A key that is spelt like the whole path goes first. */
export function valueAt(data: unknown, path: string): unknown {
  const direct = ownValue(data, path);
  if (direct !== undefined || !/[.[]/.test(path)) return direct;
  let value = data;
  for (const key of keysOf(path)) {
    value = ownValue(value, key);
    if (value === undefined) return undefined;
  }
  return value;
}

function ownValue(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  if (Array.isArray(value) && !/^[0-9]+$/.test(key)) return undefined;
  return (value as { [key: string]: unknown })[key];
}

function* keysOf(path: string): Generator<string> {
  let at = 0;
  while (at < path.length) {
    if (path.charAt(at) === '[') {
      const close = path.indexOf(']', at);
      const end = close === -1 ? path.length : close;
      yield unquoted(path.slice(at + 1, end));
      at = end + 1;
      if (path.charAt(at) === '.') at++;
      continue;
    }
    let end = at;
    while (end < path.length && path.charAt(end) !== '.' && path.charAt(end) !== '[') end++;
    yield path.slice(at, end);
    at = path.charAt(end) === '.' ? end + 1 : end;
  }
}

function unquoted(key: string): string {
  const quote = key.charAt(0);
  const isQuoted = key.length > 1 && (quote === '"' || quote === "'") && key.endsWith(quote);
  return isQuoted ? key.slice(1, -1) : key.trim();
}
