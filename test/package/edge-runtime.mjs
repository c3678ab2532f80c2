// A world like that of an edge runtime: the web's globals only, no module but the package's own files, nothing may be
// compiled from text or bytes; the kernels come compiled, as a bundler hands them over. Prints what the program returns.
import { readFileSync } from 'node:fs';
import { createContext, runInContext, SourceTextModule } from 'node:vm';

const [entry, program] = process.argv.slice(2);
const names = [
  'TextEncoder',
  'TextDecoder',
  'URL',
  'Response',
  'Request',
  'fetch',
  'crypto',
  'performance',
  'structuredClone',
];
const globals = Object.fromEntries(names.map((name) => [name, globalThis[name]]));
const context = createContext(globals, { codeGeneration: { strings: false, wasm: false } });
const modules = new Map();

function load(url) {
  const known = modules.get(url.href);
  if (known) return known;
  const module = new SourceTextModule(readFileSync(url, 'utf8'), {
    context,
    identifier: url.href,
    initializeImportMeta: (meta) => {
      meta.url = url.href;
    },
    importModuleDynamically: (name) => refuse(name, url.href),
  });
  modules.set(url.href, module);
  return module;
}

function refuse(name, parent) {
  throw new Error(`${parent} imports ${name}, which an edge runtime has not.`);
}

const main = load(new URL(entry));
await main.link((name, parent) =>
  name.startsWith('.') ? load(new URL(name, parent.identifier)) : refuse(name, parent.identifier),
);
await main.evaluate();
globals.sparrow = main.namespace;
// Compiled outside, but of that world's own class.
const compiled = new WebAssembly.Module(readFileSync(new URL('./wasm/sparrow.wasm', entry)));
globals.wasm = Object.setPrototypeOf(compiled, runInContext('WebAssembly.Module.prototype', context));
const run = new SourceTextModule(`export default await (async () => { ${program} })();`, { context });
await run.link((name) => refuse(name, 'the program'));
await run.evaluate();
console.log(JSON.stringify(run.namespace.default));
