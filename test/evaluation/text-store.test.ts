// Texts kept as UTF-8 come back as they went in, by number, in order, and once.
import { describe, expect, test } from 'vitest';
import { TextStore } from '../../src/evaluation/text-store.ts';

const texts = [
  '',
  'plain',
  'é😀 \u0000 end',
  '\ud800',
  'lone \udfff inside',
  ...Array.from({ length: 3000 }, (_, i) => `${i} ${'ß'.repeat((i * 7919) % 1500)}`),
  'longer than a chunk '.repeat(100_000),
  'last',
];

function filled(): TextStore {
  const store = new TextStore();
  for (const text of texts) store.push(text);
  return store;
}

describe('TextStore', () => {
  test('gives every text by its number, and all of them in order any number of times', () => {
    const store = filled();
    expect(store.length).toBe(texts.length);
    for (const index of [0, 1, 2, 3, 4, 5, 1500, texts.length - 2, texts.length - 1]) {
      expect(store.at(index)).toBe(texts[index]);
    }
    expect([...store]).toEqual(texts);
    expect([...store]).toEqual(texts);
  });

  test('drains once and is empty then', () => {
    const store = filled();
    expect([...store.drain()]).toEqual(texts);
    expect(store.length).toBe(0);
    expect([...store]).toEqual([]);
  });
});
