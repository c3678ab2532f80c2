// How Node loads a model class of a user's own: its TypeScript without the types, `sparrow-ml` as the copy that runs, and
// anew when its address says so. JavaScript, because it runs in Node's own loader thread, from the sources as from the build.
import { readFile } from 'node:fs/promises';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const marker = 'reload';
/** @type {{ own: { [name: string]: string }, stripper: string | null }} */
const settings = { own: {}, stripper: null };

export function initialize(data) {
  Object.assign(settings, data);
}

export async function resolve(specifier, context, next) {
  const parent = context.parentURL ?? '';
  if (!isUsers(parent)) return next(specifier, context);
  const own = settings.own[specifier];
  if (own !== undefined) return { url: own, format: 'module', shortCircuit: true };
  const found = await next(specifier, context).catch((error) => {
    // `./words.js` names what TypeScript would make of words.ts.
    const isTwin = /^\.{1,2}\/.*\.js$/.test(specifier) && error.code === 'ERR_MODULE_NOT_FOUND';
    if (!isTwin) throw error;
    return next(specifier.replace(/js$/, 'ts'), context).catch(() => Promise.reject(error));
  });
  const round = new URL(parent).searchParams.get(marker);
  if (round === null || !isUsers(found.url)) return found;
  const url = new URL(found.url);
  url.searchParams.set(marker, round);
  return { ...found, url: url.href };
}

export async function load(url, context, next) {
  if (!isUsers(url) || !/\.m?ts$/.test(new URL(url).pathname)) return next(url, context);
  const path = fileURLToPath(url);
  const source = await readFile(path, 'utf8');
  return { format: 'module', source: await stripped(source, path), shortCircuit: true };
}

function isUsers(url) {
  return url.startsWith('file:') && !url.includes('/node_modules/') && !Object.values(settings.own).includes(url);
}

/** Types become blanks, so lines and columns stay what they were. */
async function stripped(source, path) {
  if (module.stripTypeScriptTypes) return module.stripTypeScriptTypes(source, { mode: 'strip' });
  if (settings.stripper === null) {
    throw new Error(
      'this Node cannot read TypeScript: use Node 22.13 or newer, run `npm install @swc/wasm-typescript`, or write JavaScript',
    );
  }
  const { transformSync } = (await import(settings.stripper)).default;
  try {
    return transformSync(source, { mode: 'strip-only', filename: path }).code;
  } catch (error) {
    const { message, startLine, startColumn } = error ?? {};
    if (startLine === undefined) throw error;
    throw new SyntaxError(`${path}:${startLine}:${startColumn + 1}: ${message}`);
  }
}
