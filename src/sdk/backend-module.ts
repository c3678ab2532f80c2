// Finds the model class in a module that is named by its URL: how the server and the training thread, which share no
// memory, come to use the same class.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SparrowError } from '../errors.ts';
import type { BackendClass } from './backend.ts';
import { saidWithPlace } from './user-code.ts';

/** A model class and the module that another thread can load it from. */
export interface BackendModule {
  readonly url: string;
  readonly Backend: BackendClass;
}

/** Load the default export of a module, or the only export, that can `predict` and `fit`. */
export async function loadBackendModule(url: string): Promise<BackendModule> {
  const classes = await backendClassesIn(url);
  if (classes.length === 1 && classes[0]) return { url, Backend: classes[0] };
  const found = classes.length === 0 ? 'none' : `${classes.length}: ${classes.map(({ name }) => name).join(' and ')}`;
  throw new SparrowError(
    'BAD_OPTION',
    `The model's module ${shownUrl(url)} must export one class with predict() and fit(), as default or alone; it has ${found}.`,
  );
}

/** All that could be meant; one where there is a default export. `round` other than 0 loads the module anew. */
export async function backendClassesIn(url: string): Promise<BackendClass[]> {
  let exported: { [name: string]: unknown };
  try {
    if (url.startsWith('file:') && !isOwn(url)) registerHooks(url);
    exported = (await import(/* @vite-ignore */ url)) as { [name: string]: unknown };
  } catch (cause) {
    const why = placeOfSyntax(cause, url) + saidWithPlace(cause, url);
    throw new SparrowError('BAD_OPTION', `The model's module ${shownUrl(url)} cannot be loaded: ${why}`, { cause });
  }
  if (isBackendClass(exported.default)) return [exported.default];
  return [...new Set(Object.values(exported).filter(isBackendClass))];
}

/** The same module at an address that Node has not loaded yet; the hooks hand it on to what it imports. */
export function reloadUrl(url: string, round: number): string {
  const address = new URL(url);
  address.searchParams.set('reload', String(round));
  return address.href;
}

/** A file by its path. */
function shownUrl(url: string): string {
  if (!url.startsWith('file:')) return url.slice(0, 200);
  const address = new URL(url);
  address.search = '';
  return fileURLToPath(address);
}

/** Node tells where JavaScript cannot be parsed on a terminal only: ask it as a terminal would. */
function placeOfSyntax(error: unknown, url: string): string {
  const isJavaScript = /^file:.*\.m?js(\?|$)/.test(url);
  if (!(error instanceof SyntaxError) || !isJavaScript) return '';
  const path = shownUrl(url);
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8', timeout: 10_000 });
  const [, line] = new RegExp(`${basename(path).replace(/\W/g, '\\$&')}:(\\d+)`).exec(stderr ?? '') ?? [];
  return line === undefined ? '' : `${basename(path)}:${line}: `;
}

const ownEntries = [
  ['sparrow-ml', new URL('../index.js', import.meta.url)],
  ['sparrow-ml/sdk', new URL('./index.js', import.meta.url)],
] as const;

function isOwn(url: string): boolean {
  return url.startsWith(new URL('../', import.meta.url).href);
}

/** Once a thread; a module that is loaded anew finds them there. */
function registerHooks(url: string): void {
  if (new URL(url).searchParams.has('reload')) return;
  const own = ownEntries.flatMap(([name, entry]) => (existsSync(entry) ? [[name, entry.href]] : []));
  const data = { own: Object.fromEntries(own), stripper: stripperFor(url) };
  register(new URL('./module-hooks.js', import.meta.url), { data });
}

/** What takes the types out of TypeScript where Node does not: the model's own copy, or ours. */
function stripperFor(url: string): string | null {
  for (const from of [url, import.meta.url]) {
    try {
      return createRequire(from).resolve('@swc/wasm-typescript');
    } catch {
      // not there
    }
  }
  return null;
}

// By shape, not by `instanceof`: a user's module may have its own copy of the base class.
function isBackendClass(value: unknown): value is BackendClass {
  if (typeof value !== 'function') return false;
  const prototype: unknown = value.prototype;
  if (typeof prototype !== 'object' || prototype === null) return false;
  return (
    'predict' in prototype &&
    typeof prototype.predict === 'function' &&
    'fit' in prototype &&
    typeof prototype.fit === 'function'
  );
}
