// The build in an edge runtime: the same files as in a browser, the kernels compiled beforehand, none of Node's modules.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { corpus } from '../cli/corpus.ts';
import { root } from './import-graph.ts';

const dist = new URL(process.env['DIST'] ?? '../../dist/', import.meta.url);
const samples = corpus(200);
const texts = samples.map(({ text }) => text);
const labels = samples.map(({ label }) => label);
const unseen = ['The COACH and the goal', 'wind, rain — and a storm', 'a bank raised its price', 'Straße'];
const options = { ngramRange: [1, 2], C: 10 } as const;
const data = JSON.stringify({ texts, labels, unseen, options });

function onTheEdge(program: string): { result: unknown; stderr: string } {
  const script = fileURLToPath(new URL('./edge-runtime.mjs', import.meta.url));
  const flags = ['--experimental-vm-modules', '--no-warnings'];
  const argv = [...flags, script, new URL('browser.js', dist).href, program];
  const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return { result: stdout === '' ? null : (JSON.parse(stdout) as unknown), stderr };
}

describe.skipIf(!existsSync(new URL('browser.js', dist)))('the library in an edge runtime', () => {
  it('trains on 200 texts and predicts as in Node, with kernels that were compiled beforehand', () => {
    const { result, stderr } = onTheEdge(`
      const { texts, labels, unseen, options } = ${data};
      await sparrow.initialize(wasm);
      const classifier = sparrow.TextClassifier.fit(texts, labels, options);
      const again = sparrow.TextClassifier.load(classifier.save());
      return [again.predict(unseen), [...again.predictProba(unseen)]];`);
    expect(stderr).toBe('');
    const classifier = TextClassifier.fit(texts, labels, options);
    expect(result).toEqual([classifier.predict(unseen), Array.from(classifier.predictProba(unseen))]);
  });

  it('is in a world without Node, where nothing else may be compiled', () => {
    const { result } = onTheEdge(`
      const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
      const said = await WebAssembly.compile(bytes).then(() => 'compiled', (error) => error.name);
      return [typeof process, typeof Buffer, typeof require, said];`);
    expect(result).toEqual(['undefined', 'undefined', 'undefined', 'CompileError']);
  });

  it.each(['workerd', 'edge-light', 'browser'])('is what the condition %s leads to', (condition) => {
    const folder = mkdtempSync(join(tmpdir(), 'sparrow-edge-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(fileURLToPath(root), join(folder, 'node_modules/sparrow-ml'), 'dir');
    const program = "console.log(import.meta.resolve('sparrow-ml'), import.meta.resolve('sparrow-ml/sparrow.wasm'))";
    const argv = [`--conditions=${condition}`, '--input-type=module', '--eval', program];
    const { stdout } = spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8' });
    expect(
      stdout
        .trim()
        .split(' ')
        .map((url) => url.replace(/^.*\/dist\//, '')),
    ).toEqual(['browser.js', 'wasm/sparrow.wasm']);
  });
});
