// The build in a browser, as it is: no bundler, no polyfill, a static server. The same figures as in Node.
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { corpus } from '../cli/corpus.ts';
import { root } from './import-graph.ts';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasChromium = existsSync(executablePath);
if (!hasChromium) console.info(`No Chromium at ${executablePath} (set CHROMIUM): tests in a browser are left out.`);

const types: Readonly<Record<string, string>> = { js: 'text/javascript', wasm: 'application/wasm', html: 'text/html' };
const samples = corpus(200);
const texts = samples.map(({ text }) => text);
const labels = samples.map(({ label }) => label);
const unseen = [
  'The COACH and the goal',
  'wind, rain — and a storm',
  'a bank raised its price',
  'nothing known',
  'Straße',
];
const options = { ngramRange: [1, 2], C: 10 } as const;

const worker = `
  import { initialize, TextClassifier } from '/browser.js';
  onmessage = async ({ data: { module, texts, labels, unseen, options } }) => {
    await initialize(module);
    postMessage([...TextClassifier.fit(texts, labels, options).predictProba(unseen)]);
  };`;

/** Serves the build, a page, a worker and a model; keeps the paths that were asked for. */
function startServer(requested: string[], model: Uint8Array): Server {
  return createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    requested.push(path);
    const file = new URL(`dist${path}`, root);
    if (path === '/') return response.writeHead(200, { 'content-type': types['html'] }).end('<!doctype html>');
    if (path === '/worker.js') return response.writeHead(200, { 'content-type': types['js'] }).end(worker);
    if (path === '/model.safetensors') return response.end(model);
    if (!file.href.startsWith(new URL('dist/', root).href) || !existsSync(file)) return response.writeHead(404).end();
    const type = types[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    return response.writeHead(200, { 'content-type': type }).end(readFileSync(file));
  });
}

describe.runIf(hasChromium)('the library in a browser', () => {
  const requested: string[] = [];
  const classifier = TextClassifier.fit(texts, labels, options);
  const expected = Array.from(classifier.predictProba(unseen));
  const server = startServer(requested, classifier.save());
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  /** Run a module's text in a fresh page, with the entry and the data at hand. */
  async function inPage(entry: string, body: string): Promise<unknown> {
    requested.length = 0;
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(address);
    const data = JSON.stringify({ texts, labels, unseen, options });
    const code = `(async (data) => { const sparrow = await import('/${entry}'); ${body} })(${data})`;
    const result: unknown = await page.evaluate(code);
    await page.close();
    expect(errors).toEqual([]);
    return result;
  }

  const train = `
    await sparrow.initialize();
    const classifier = sparrow.TextClassifier.fit(data.texts, data.labels, data.options);
    const again = sparrow.TextClassifier.load(classifier.save());
    return { labels: again.predict(data.unseen), proba: [...again.predictProba(data.unseen)] };`;

  it.each(['index.js', 'browser.js'])('trains on 200 texts and predicts as in Node, from %s', async (entry) => {
    const found = (await inPage(entry, train)) as { labels: string[]; proba: number[] };
    expect(found.labels).toEqual(classifier.predict(unseen));
    expect(found.proba).toEqual(expected);
    expect(found.labels.slice(0, 3)).toEqual(['sport', 'weather', 'money']);
    expect(requested).toContain('/wasm/sparrow.wasm');
    const rooms = new Set(requested.map((path) => path.split('/').slice(0, -1).join('/')));
    expect([...rooms].toSorted()).toEqual(['', '/chunks', '/wasm']);
    expect(requested.filter((path) => /node:|hono|server|start|pino|simple-text/.test(path))).toEqual([]);
  });

  it('reads a model of ours from an address', async () => {
    const body = `
      await sparrow.initialize(fetch('/wasm/sparrow.wasm'));
      return [...(await sparrow.loadModel('/model.safetensors')).predictProba(data.unseen)];`;
    expect(await inPage('browser.js', body)).toEqual(expected);
  });

  it('says what is missing before the kernels are there, and where there is no model', async () => {
    const body = `
      const message = async (work) => { try { return await work(); } catch (error) { return error.message; } };
      const fit = () => sparrow.TextClassifier.fit(data.texts, data.labels).classes;
      const early = await message(fit);
      const lost = await message(() => sparrow.loadModel('/nowhere.safetensors'));
      const wrong = await message(() => sparrow.initialize(fetch('/nowhere.wasm')));
      await sparrow.initialize();
      return { early, lost, wrong, late: fit() };`;
    expect(await inPage('browser.js', body)).toEqual({
      early: expect.stringContaining('call `await initialize()` before the first use'),
      lost: '/nowhere.safetensors: the model cannot be read (the answer is 404 Not Found).',
      wrong: expect.stringMatching(/nowhere\.wasm: the kernels are not there \(404\)\.$/),
      late: ['money', 'sport', 'weather'],
    });
  });

  it('works in a worker, with a module that was compiled elsewhere', async () => {
    const body = `
      const worker = new Worker('/worker.js', { type: 'module' });
      const module = await WebAssembly.compileStreaming(fetch('/wasm/sparrow.wasm'));
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.postMessage({ module, ...data });
      });`;
    expect(await inPage('browser.js', body)).toEqual(expected);
  });
});
