import { describe, expect, it } from 'vitest';
import { arrayItems, NotAnArray } from '../../src/labelstudio/json-array.ts';

async function* inPieces(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string | Uint8Array, size = 7, maxItemBytes = 1000): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of arrayItems(inPieces(text, size), maxItemBytes)) items.push(item);
  return items;
}

describe('an array', () => {
  const values = [
    [],
    [1],
    [{ a: '],[{"\\"' }, [[]], 'é👋', '\\', '\\"', null, true, -1.5e3, {}, ''],
    [[1, [2, { b: [3] }]], 'x'],
  ];

  it.each([1, 2, 3, 7, 1000])('is read item by item, in pieces of %i bytes', async (size) => {
    for (const value of values) {
      expect(await read(JSON.stringify(value), size)).toEqual(value);
      expect(await read(`\ufeff \n${JSON.stringify(value, null, 2)}\r\n`, size)).toEqual(value);
    }
  });

  it('gives each item as soon as it is there', async () => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('[1, 2, ');
      throw new Error('the rest never comes');
    }
    const items = arrayItems(chunks(), 100);
    expect((await items.next()).value).toBe(1);
    expect((await items.next()).value).toBe(2);
    await expect(items.next()).rejects.toThrow('the rest never comes');
  });

  it('keeps keys of every name as keys', async () => {
    const [item] = await read('[{"__proto__": {"x": 1}}]');
    expect(Object.keys(item as object)).toEqual(['__proto__']);
    expect({}).not.toHaveProperty('x');
  });
});

describe('F63 what is no whole array', () => {
  it.each([
    ['', 'empty'],
    [' \n', 'empty'],
    ['{"detail":"no"}', 'not an array'],
    ['<!DOCTYPE html>', 'not an array'],
    ['null', 'not an array'],
    ['[', 'breaks off'],
    ['[{"a":1}', 'breaks off'],
    ['[{"a":1},', 'breaks off'],
    ['["a', 'breaks off'],
    ['[1,]', 'comma'],
    ['[,1]', 'comma'],
    ['[1,,2]', 'comma'],
    ['[1 2]', 'not JSON'],
    ['[{a:1}]', 'not JSON'],
    ['[1}]', 'not JSON'],
    ['[1] x', 'follows'],
    ['[1][2]', 'follows'],
    [`[${'['.repeat(2000)}`, 'deep'],
    [`["${'x'.repeat(2000)}"]`, 'bytes'],
  ])('%j is an error that says what it is', async (text, word) => {
    for (const size of [1, 7, 10_000]) {
      const failure = read(text, size);
      await expect(failure).rejects.toThrow(NotAnArray);
      await expect(failure).rejects.toThrow(word);
    }
  });

  it('and holds the start of it', async () => {
    const error = await read('<html>login</html>').catch((caught: unknown) => caught);
    expect(error instanceof NotAnArray && error.start).toMatch(/^<html>/);
  });
});

it('F64 a large array needs the memory of an item and linear time', async () => {
  const item = JSON.stringify({ id: 1, data: { text: 'word '.repeat(200) } });
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`[${item}`);
    const many = Buffer.from(`,${item}`.repeat(100));
    for (let i = 0; i < 200; i++) yield many;
    yield Buffer.from(']');
  }
  let count = 0;
  for await (const _ of arrayItems(chunks(), 10_000)) count++;
  expect(count).toBe(20_001);
});
