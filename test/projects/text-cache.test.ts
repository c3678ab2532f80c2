import { expect, test } from 'vitest';
import { readConfig } from '../../src/labelstudio/label-config.ts';
import type { Task } from '../../src/labelstudio/types.ts';
import type { LabelSource } from '../../src/projects/label-source.ts';
import { hasAddresses, TextCache } from '../../src/projects/text-cache.ts';
import { sourceOf } from '../server/label-source.ts';

const config =
  '<View><Text name="t" value="$text" valueType="url"/><Choices name="c" toName="t"><Choice value="a"/></Choices></View>';
const { pairs } = readConfig(config);

function tasksAt(...uris: string[]): Task[] {
  return uris.map((text, id) => ({ id, data: { text } }));
}

function fetching(fetchUri: LabelSource['fetchUri'], signal = new AbortController().signal) {
  return { source: sourceOf(() => [], { fetchUri }), signal };
}

test('only a config with addresses has any', () => {
  expect(hasAddresses(pairs)).toBe(true);
  expect(hasAddresses(readConfig(config.replace(' valueType="url"', '')).pairs)).toBe(false);
});

test('each text is fetched once, a few at a time, and known ones not at all', async () => {
  const cache = new TextCache();
  const asked: string[] = [];
  let [running, most] = [0, 0];
  const parts = fetching(async (uri) => {
    asked.push(uri);
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return `text of ${uri}`;
  });
  const uris = Array.from({ length: 30 }, (_, i) => `/data/${i}.txt`);
  const known = new Map([['/data/0.txt', 'known']]);
  const first = await cache.forTasks('7', tasksAt(...uris, ...uris), pairs, { ...parts, known });
  expect([first.texts.size, first.missing, most]).toEqual([30, 0, 6]);
  expect(first.texts.get('/data/0.txt')).toBe('known');
  const second = await cache.forTasks('7', tasksAt(...uris.slice(1)), pairs, parts);
  expect([second.texts.size, asked.length]).toEqual([29, 29]);
  await cache.forTasks('8', tasksAt('/data/1.txt'), pairs, parts);
  expect(asked.length).toBe(30);
});

test('what failed is said, and not asked again for a minute', async () => {
  let now = 0;
  const cache = new TextCache({ now: () => now });
  let asked = 0;
  const parts = fetching(async () => {
    asked++;
    throw new Error('The address is not on http://studio.');
  });
  const found = await cache.forTasks('7', tasksAt('http://evil/a', 'http://evil/b'), pairs, parts);
  expect(found).toEqual({ texts: new Map(), missing: 2, why: 'The address is not on http://studio.' });
  await cache.forTasks('7', tasksAt('http://evil/a'), pairs, parts);
  expect(asked).toBe(2);
  now = 61_000;
  await cache.forTasks('7', tasksAt('http://evil/a'), pairs, parts);
  expect(asked).toBe(3);
});

test('the time ends, and what is there by then is given', async () => {
  const cache = new TextCache();
  const over = new AbortController();
  const parts = fetching(async (uri, _, options) => {
    if (uri === '/data/quick.txt') return 'quick';
    over.abort();
    return new Promise((_resolve, reject) => {
      if (options?.signal?.aborted) reject(options.signal.reason);
    });
  }, over.signal);
  const found = await cache.forTasks('7', tasksAt('/data/slow.txt', '/data/quick.txt'), pairs, parts);
  expect(found).toMatchObject({ missing: 1, why: 'there was not enough time' });
  expect([...found.texts]).toEqual([['/data/quick.txt', 'quick']]);
});

test('memory is bounded: the least used text goes first, and one that is too large is not kept', async () => {
  const cache = new TextCache({ mostBytes: 20_000 });
  const asked: string[] = [];
  const parts = fetching(async (uri) => {
    asked.push(uri);
    return 'x'.repeat(uri.includes('large') ? 9000 : 1000);
  });
  const fetch = (uri: string) => cache.forTasks('7', tasksAt(uri), pairs, parts);
  for (const uri of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'a', 'i', 'j', 'a', 'b', 'large', 'large'])
    await fetch(uri);
  expect(asked.filter((uri) => uri === 'a')).toHaveLength(1);
  expect(asked.filter((uri) => uri === 'b')).toHaveLength(2);
  expect(asked.filter((uri) => uri === 'large')).toHaveLength(2);
});
