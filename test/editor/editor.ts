// Label Studio's own annotation interface in a browser, fed from a page of ours: what an annotator sees and clicks. The
// published bundle is not a dependency; .ci/run fetches it, and tests that need it are left out where it is missing.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const places = ['../../.build/editor/package/', '../../.build/editor/node_modules/@heartexlabs/label-studio/'];
const bundle = places
  .map((place) => new URL(`${place}build/static/`, import.meta.url))
  .find((place) => existsSync(place));

/** Why there is no editor to test with, or null. */
export const missing: string | null = !existsSync(executablePath)
  ? `No Chromium at ${executablePath} (set CHROMIUM)`
  : bundle === undefined
    ? 'No Label Studio front end under .build/editor (see .ci/run)'
    : null;

export interface EditorTask {
  id: number;
  text: string;
  labelConfig: string;
  /** As the backend predicted it. */
  prediction: { result: unknown[]; score: number; model_version: string };
}

const markup = `<!doctype html><meta charset="utf-8"><title>Label Studio</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/css/main.css"><div id="label-studio"></div><script src="/js/main.js"></script>`;

const interfaces = [
  'panel',
  'update',
  'submit',
  'controls',
  'topbar',
  'side-column',
  'annotations:menu',
  'predictions:menu',
];

/** An annotator at a browser. */
export class Editor {
  readonly page: Page;
  /** Requests that left the page's own origin, and errors of the page. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #close: () => void;
  readonly #origin: string;

  static async open(): Promise<Editor> {
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname;
      const type = path.endsWith('.css') ? 'text/css' : path.endsWith('.js') ? 'text/javascript' : 'text/html';
      response.setHeader('content-type', type);
      if (path === '/') response.end(markup);
      else if (/^\/(css|js)\/main\.(css|js)$/.test(path)) response.end(readFileSync(new URL(path.slice(1), bundle)));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new Editor(browser, await browser.newPage(), origin, () => server.close());
  }

  private constructor(browser: Browser, page: Page, origin: string, close: () => void) {
    this.#browser = browser;
    this.#origin = origin;
    this.#close = close;
    this.page = page;
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(origin) && !url.startsWith('data:')) this.complaints.push(`asked ${url}`);
    });
  }

  /** Open a task as Label Studio does: with an annotation that begins with the prediction. */
  async show(task: EditorTask): Promise<void> {
    await this.page.goto(this.#origin);
    const { id, text, labelConfig, prediction } = task;
    const given = { id, data: { text }, annotations: [], predictions: [{ id: 1, ...prediction }] };
    await this.page.evaluate(`new Promise((resolve) => {
      new LabelStudio('label-studio', {
        config: ${JSON.stringify(labelConfig)},
        interfaces: ${JSON.stringify(interfaces)},
        user: { pk: 1, firstName: 'Anna', lastName: 'Tator' },
        task: ${JSON.stringify(given)},
        onLabelStudioLoad: (studio) => { window.studio = studio; resolve(); },
        onSubmitAnnotation: (_, annotation) => { window.submitted = annotation.serializeAnnotation(); },
      });
    })`);
    // Not in the load callback: the editor chooses one of its own after it.
    await this.page.evaluate(`(() => {
      const { annotationStore } = window.studio;
      const begun = annotationStore.addAnnotationFromPrediction(annotationStore.predictions[0]);
      annotationStore.selectAnnotation(begun.id);
    })()`);
    await this.page.waitForSelector('.ant-checkbox-wrapper');
  }

  /** Labels with a tick; the hot key behind each is left out. */
  async ticked(): Promise<string[]> {
    const texts = await this.page.locator('.ant-checkbox-wrapper-checked').allTextContents();
    return texts.map((text) => text.replace(/\[\w\]$/, ''));
  }

  /** Choose another label and submit; the answer is the annotation's result, as Label Studio would save it. */
  async correctTo(label: string): Promise<unknown[]> {
    await this.page.click(`text=/^${label}/`);
    await this.page.click('button:has-text("Submit")');
    await this.page.waitForFunction('window.submitted !== undefined');
    return this.page.evaluate('window.submitted') as Promise<unknown[]>;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#close();
  }
}
