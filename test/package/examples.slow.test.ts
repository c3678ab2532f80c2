// Every value that the library exports has an example at its definition, and every example runs as it stands there.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { reachOf, root } from './import-graph.ts';

interface Documented {
  name: string;
  /** The example's lines, without the comment around them; empty where there is none. */
  example: string;
}

const declaration =
  /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export (?:default )?(?:abstract )?(?:async )?(?:class|function|const) (\w+)/g;
const sources = reachOf(['src/index.ts']).files.map((file) => readFileSync(new URL(file, root), 'utf8'));
const documented = sources.flatMap((source) =>
  Array.from(source.matchAll(declaration), ([, comment = '', name = '']): Documented => {
    const text = comment.replace(/^\s*\* ?/gm, '');
    const example = /@example\n([\s\S]*)$/.exec(text)?.[1] ?? /```[jt]s\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    return { name, example: example.trim() };
  }),
);

const folder = mkdtempSync(join(tmpdir(), 'sparrow-examples-'));
mkdirSync(join(folder, 'node_modules'));
symlinkSync(fileURLToPath(root), join(folder, 'node_modules/sparrow-ml'), 'dir');
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const library = (await import(new URL('dist/index.js', root).href)) as { [name: string]: unknown };

it.each(Object.keys(library))('the example of %s runs', (name) => {
  const found = documented.filter((one) => one.name === name && one.example !== '');
  expect(found, 'one example at the definition').toHaveLength(1);
  const { example } = found[0]!;
  const used = Object.keys(library).filter((other) => new RegExp(`\\b${other}\\b`).test(example));
  expect(used).toContain(name);
  writeFileSync(join(folder, `${name}.js`), `import { ${used.join(', ')} } from 'sparrow-ml';\n${example}\n`);
  const options = { cwd: folder, encoding: 'utf8', timeout: 30_000 } as const;
  const { status, stderr } = spawnSync(process.execPath, [`${name}.js`], options);
  expect([status, stderr.split('\n').filter((line) => !line.startsWith('{'))]).toEqual([0, ['']]);
});
