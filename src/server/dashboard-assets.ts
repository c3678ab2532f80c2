// The style sheet, the script and the icon, which stand beside this file as they are. Their address holds a digest of
// their content, so a browser keeps them for as long as it likes.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The bird of the page's head. */
const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#a0581c" d="M4 17c3-8 10-11 16-9 2-2 5-2 7 ' +
  '0l3 2-4 2c1 8-5 14-13 14-3 0-6-1-8-3l5-1c-3-1-5-3-6-5z"/><circle cx="22.5" cy="11" r="1.5" fill="#fff"/></svg>';

interface Asset {
  type: string;
  body: string;
}

function read(url: URL): string {
  return readFileSync(url, 'utf8');
}

export const assets: ReadonlyMap<string, Asset> = new Map([
  ['pages-style.css', { type: 'text/css; charset=utf-8', body: read(new URL('./pages-style.css', import.meta.url)) }],
  [
    'pages-client.js',
    { type: 'text/javascript; charset=utf-8', body: read(new URL('./pages-client.js', import.meta.url)) },
  ],
  ['icon.svg', { type: 'image/svg+xml', body: icon }],
]);

/** Changes when any of them does. */
export const assetVersion = digestOf([...assets.values()]);

function digestOf(all: readonly Asset[]): string {
  const hash = createHash('sha256');
  for (const { body } of all) hash.update(body);
  return hash.digest('hex').slice(0, 12);
}
