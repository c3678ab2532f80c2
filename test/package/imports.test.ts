// What comes with an import of the library: the classifier runs where there is neither Node nor a package manager.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reachOf, root } from './import-graph.ts';

const roomsOf = (files: readonly string[]) => [...new Set(files.map((file) => file.split('/').slice(0, -1).join('/')))];
const classifier = readdirSync(new URL('src/classifier', root)).map((name) => `src/classifier/${name}`);

test('the classifier imports nothing but itself, the kernels and the errors, not even later', () => {
  const { files, packages } = reachOf(classifier, { withDynamic: true });
  expect(packages).toEqual([]);
  expect(roomsOf(files)).toEqual(['src/classifier', 'src', 'src/wasm']);
});

test('so does the entry of browsers and edge runtimes, but for the base class of models', () => {
  const { files, packages } = reachOf(['src/browser.ts'], { withDynamic: true });
  expect(packages).toEqual([]);
  expect(files.filter((file) => file.startsWith('src/sdk/'))).toEqual(['src/sdk/backend.ts']);
  expect(roomsOf(files).toSorted()).toEqual(['src', 'src/classifier', 'src/sdk', 'src/wasm']);
});

test('nothing of theirs needs what only Node has', () => {
  for (const file of reachOf(['src/browser.ts', ...classifier]).files) {
    const code = readFileSync(new URL(file, root), 'utf8').replace(/^\s*\/?\*.*$|^\s*\/\/.*$/gm, '');
    expect(code, file).not.toMatch(/(?<![\w.])(?:process\.|__dirname|__filename|require\(|setImmediate\()/);
  }
});

test('the entry of Node brings the server in when serve is called, and not before', () => {
  const before = reachOf(['src/index.ts']);
  expect(before.packages).toEqual([]);
  expect(before.files.filter((file) => /^src\/(server|cli|store|training|projects)\//.test(file))).toEqual([]);
  const called = reachOf(['src/index.ts'], { withDynamic: true });
  expect(called.files).toContain('src/server/app.ts');
  expect(called.packages).toContain('hono');
});

test('an import for types only is none', () => {
  expect(reachOf(['src/sdk/backend.ts']).files).toEqual(['src/sdk/backend.ts']);
});
