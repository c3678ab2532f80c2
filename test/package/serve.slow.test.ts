// The server as a function of the library, from the build: options checked, a model class of one's own, an orderly end.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { root } from './import-graph.ts';

const { serve } = (await import(new URL('dist/index.js', root).href)) as typeof import('../../src/index.ts');
const folder = mkdtempSync(join(tmpdir(), 'sparrow-serve-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'node_modules'));
symlinkSync(fileURLToPath(root), join(folder, 'node_modules/sparrow-ml'), 'dir');

const lines: string[] = [];
const write = (_: object, message: string) => void lines.push(message);
const log = { debug: write, info: write, warn: write, error: write };

test('a wrong option is refused with the name of its variable', async () => {
  await expect(serve({ port: 99_999, log })).rejects.toThrow('PORT must be a whole number from 0 to 65535');
  await expect(serve({ coldStart: 'never' as 'none', log })).rejects.toThrow('COLD_START must be one of labels, none');
});

test('serves a model class by path or address of its module', async () => {
  const backend = join(folder, 'model.mjs');
  const source = `import { MLBackend } from 'sparrow-ml';
    export class Mine extends MLBackend {
      predict(tasks) { return tasks.map(() => ({ result: [], score: 0.25 })); }
      fit() { return {}; }
    }`;
  writeFileSync(backend, source);
  for (const one of [backend, pathToFileURL(backend)]) {
    const modelDir = mkdtempSync(join(folder, 'models-'));
    const server = await serve({ host: '127.0.0.1', port: 0, modelDir, backend: one, log });
    const answer = await fetch(`http://127.0.0.1:${server.port}/health`);
    expect(await answer.json()).toMatchObject({ status: 'UP', model_class: 'Mine' });
    await server.close();
    await expect(fetch(`http://127.0.0.1:${server.port}/health`)).rejects.toThrow();
  }
});
