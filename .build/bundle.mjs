// Builds `dist` from `src`: entries under the names that package.json and the threads know, everything else in chunks
// that they share, packages inside. One file opens many times faster than the hundreds that it is made of, and whoever
// installs Sparrow installs nothing else. Licences of what is inside go into one file beside it.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { rolldown } from 'rolldown';

const entries = [
  'index',
  'browser',
  'serve',
  'server',
  'cli',
  'training/worker',
  'training/fit-thread',
  'evaluation/fold-thread',
  'evaluation/crew-thread',
  'server/serving-process',
  'server/configuration',
  'server/start-worker',
  'sdk/index',
  'sdk/simple-text-classifier',
];
/** Loaded by those who have them installed. */
const optional = ['bullmq', 'ioredis', 'aws4fetch', '@swc/wasm-typescript'];
/** What is not compiled but read or sent as it is. */
const asset = /\.(css|wasm|d\.ts)$|^(server|sdk)[\\/][^\\/]+\.js$/;

const placed = new Set();

rmSync('dist', { recursive: true, force: true });
const build = await rolldown({
  input: Object.fromEntries(entries.map((name) => [name, `src/${name}.ts`])),
  platform: 'node',
  external: optional,
  plugins: [placeAssets('src')],
});
const { output } = await build.write({
  dir: 'dist',
  format: 'es',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name].js',
});
await build.close();
for (const file of readdirSync('src', { recursive: true })) {
  if (!asset.test(file)) continue;
  mkdirSync(dirname(join('dist', file)), { recursive: true });
  copyFileSync(join('src', file), join('dist', file));
}
for (const target of placed) {
  if (!existsSync(join('dist', target)))
    throw new Error(`the sources name dist/${target}, which the build does not make`);
}
writeFileSync('dist/licenses.txt', licences(output.flatMap((chunk) => chunk.moduleIds ?? [])));

/**
 * Keeps `new URL('./file', import.meta.url)` true: it is meant from where the source stands, and code moves from file to
 * file when it is bundled.
 */
function placeAssets(root) {
  const mark = 'sparrow-asset:';
  const top = resolve(root);
  return {
    name: 'place-assets',
    transform(code, id) {
      if (!id.startsWith(top + sep) || !code.includes('import.meta.url')) return null;
      if (/new URL\((?!')[^()]*import\.meta\.url/.test(code))
        throw new Error(`${id}: name files beside code literally`);
      return code.replaceAll(/new URL\('(\.[^']+)', import\.meta\.url\)/g, (_, path) => {
        const place = relative(top, resolve(dirname(id), path))
          .split(sep)
          .join('/');
        // A folder stays one, and the root has a name.
        const target = path.endsWith('/') ? `${place || '.'}/` : place;
        placed.add(target);
        return `new URL('${mark}${target}', import.meta.url)`;
      });
    },
    renderChunk(code, { fileName }) {
      if (!code.includes(mark)) return null;
      return code.replaceAll(/(["'`])sparrow-asset:([^"'`]+)\1/g, (_, quote, target) => {
        const path = posix.relative(posix.dirname(fileName), target);
        return `${quote}${path.startsWith('.') ? path : `./${path}`}${target.endsWith('/') ? '/' : ''}${quote}`;
      });
    },
  };
}

/** Name, version and licence of each package that modules come from. */
function licences(modules) {
  const folders = new Set(modules.flatMap((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id) ?? []));
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
      const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8').trim() : '';
      return `${name} ${version} (${license})\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
