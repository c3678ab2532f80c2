// The dashboard in a browser: it looks like something in light, in dark and on a phone, asks nobody else for anything,
// follows what happens, and lets a text be tried.
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Listener, listen } from '../../src/server/listen.ts';
import { annotated, newsEvents, predictBody, type TryApp, tryApp } from './try-app.ts';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasChromium = existsSync(executablePath);
if (!hasChromium) console.info(`No Chromium at ${executablePath} (set CHROMIUM): the dashboard is not looked at.`);

const paths = ['', 'projects/7', 'projects/7/history', 'events', 'connect', 'openapi'];
const looks: { [name: string]: BrowserContextOptions } = {
  light: { colorScheme: 'light', viewport: { width: 1200, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1200, height: 800 } },
  phone: { colorScheme: 'light', viewport: { width: 360, height: 700 } },
};

describe.runIf(hasChromium)('the dashboard in a browser', () => {
  let app: TryApp;
  let listener: Listener;
  let browser: Browser;
  let address: string;
  /** Light, and used by every test that does not need another look. */
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    app = tryApp();
    for (let round = 0; round < 4; round++) {
      for (const [i, event] of newsEvents().entries()) {
        const { annotation, task, project } = event as {
          annotation: object;
          task: { data: { text: string } };
          project: object;
        };
        const id = round * 10 + i;
        const text = `${task.data.text} ${'again '.repeat(round)}`;
        await app.post('/webhook', {
          action: 'ANNOTATION_CREATED',
          annotation: { ...annotation, id, task: id },
          task: { id, data: { text } },
          project,
        });
      }
      await app.registry.drain();
    }
    await app.post('/predict', predictBody(['rain', 'budget', 'a phone that wins the final']));
    listener = await listen(app.hono, { host: '127.0.0.1', port: 0 });
    address = `http://127.0.0.1:${listener.port}/`;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await open(looks.light!);
  });

  afterAll(async () => {
    await browser?.close();
    await listener?.close(0);
  });

  async function open(options: BrowserContextOptions): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('request', (request) => {
      if (!request.url().startsWith(address)) complaints.push(`asked ${request.url()}`);
    });
    return page;
  }

  test.each(Object.entries(looks))('F172 in %s every page is whole, fits, and asks nobody else', async (_, options) => {
    const page = await open(options);
    for (const path of paths) {
      await page.goto(address + path);
      expect(await page.locator('h1').count()).toBe(1);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect([path, overflow]).toEqual([path, 0]);
    }
    await page.goto(`${address}projects/7`);
    expect((await page.screenshot()).length).toBeGreaterThan(5000);
    await page.context().close();
    expect(complaints).toEqual([]);
  });

  test('text and paper differ enough to be read, in light and in dark', async () => {
    for (const look of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: look });
      await page.goto(`${address}projects/7`);
      for (const selector of ['h1', '.quiet', '.badge', 'a', 'button, .card h2']) {
        expect([look, selector, await contrastOf(page, selector)]).toEqual([
          look,
          selector,
          expect.toSatisfy((ratio: number) => ratio >= 4.5),
        ]);
      }
    }
  });

  test('a text is judged as it is typed, with its words marked', async () => {
    await page.goto(`${address}projects/7`);
    await page.fill('#try', 'Heavy rain <b>and</b> wind');
    await page.waitForSelector('.shares li');
    expect(await page.locator('.shares .label').first().textContent()).toBe('Weather');
    expect(await page.locator('.marked').textContent()).toBe('Heavy rain <b>and</b> wind');
    expect(await page.locator('mark.for3').allTextContents()).toContain('rain');
    await page.fill('#try', '');
    await page.waitForSelector('.shares', { state: 'detached' });
  });

  test('what happens is shown without anybody reloading', async () => {
    await page.goto(`${address}projects/7`);
    const version = page.locator('#state code').first();
    const before = await version.textContent();
    await page.focus('#try');
    await app.post('/webhook', annotated(900, 'Snow and fog tomorrow', 'Weather'));
    await app.registry.drain();
    await expect.poll(() => version.textContent(), { timeout: 5000 }).not.toBe(before);
    expect(await page.evaluate('document.activeElement.id')).toBe('try');
  });

  test('with the keyboard alone one gets from the top of a page into it and through it', async () => {
    await page.goto(`${address}projects/7`);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const isInside = await page.evaluate('document.querySelector("main").contains(document.activeElement)');
    expect(isInside).toBe(true);
  });

  test('a version is let serve and taken back with two clicks', async () => {
    await page.goto(`${address}projects/7/history`);
    const current = await page.locator('tr.current code').getAttribute('title');
    await page.locator('td form button').last().click();
    await page.waitForSelector('.note.good');
    expect(await page.locator('tr.current code').getAttribute('title')).not.toBe(current);
    await page.click('text=Undo');
    await page.waitForSelector('.note.good');
    expect(await page.locator('tr.current code').getAttribute('title')).toBe(current);
    await page.click('text=Compare the two');
    expect(await page.locator('#compared').textContent()).toContain('→');
  });

  test('nothing went wrong in any page', () => {
    expect(complaints).toEqual([]);
  });
});

/** Ratio of luminances of an element's text and of the paper behind it, as WCAG measures it. */
function contrastOf(page: Page, selector: string): Promise<number> {
  return page.evaluate(`(() => {
    const element = document.querySelector(${JSON.stringify(selector)});
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgb = (colour) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    let behind = element;
    while (behind && rgb(getComputedStyle(behind).backgroundColor)[3] < 255) behind = behind.parentElement;
    const luminance = (colour) => {
      const [r, g, b] = rgb(colour).slice(0, 3).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const pair = [getComputedStyle(element).color, getComputedStyle(behind ?? document.documentElement).backgroundColor].map(luminance);
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  })()`);
}
