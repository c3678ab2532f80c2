import { describe, expect, it } from 'vitest';
import { type Pair, readConfig } from '../../src/labelstudio/label-config.ts';
import { addressesOf, textOf } from '../../src/labelstudio/task.ts';
import type { Json, Task } from '../../src/labelstudio/types.ts';
import { exchange, labelConfig } from './fixtures.ts';

function pairFor(object: string): Pair {
  const { pairs } = readConfig(`<View>${object}<Choices name="c" toName="t"><Choice value="a"/></Choices></View>`);
  return pairs[0] as Pair;
}

const plain = pairFor('<Text name="t" value="$text"/>');

function textIn(data: unknown, pair: Pair = plain): string | null {
  const reading = textOf({ data: data as Json }, pair);
  return 'text' in reading ? reading.text : null;
}

function problemIn(data: unknown, pair: Pair = plain): string | null {
  const reading = textOf({ data: data as Json }, pair);
  return 'problem' in reading ? reading.problem : null;
}

describe('a Text', () => {
  it('F73 odd tasks have a text or a reason, as recorded', () => {
    const { request, emptyResultsAt } = exchange('predict-odd-tasks');
    const pair = readConfig(String(request.label_config)).pairs[0] as Pair;
    const tasks = request.tasks as Task[];
    const without = tasks.flatMap((task, i) => ('problem' in textOf(task, pair) ? [i] : []));
    expect(without).toEqual(emptyResultsAt);
  });

  it.each([
    [null, 'null'],
    [['a'], 'a list'],
    [{ a: 1 }, 'an object'],
    ['', 'empty'],
    [' \n\u00a0', 'empty'],
  ])('F73 %j is a problem that is named', (text, word) => {
    expect(problemIn({ text })).toContain(word);
  });

  it.each([
    [12345, '12345'],
    [0, '0'],
    [false, 'false'],
    [1.5e-7, '1.5e-7'],
  ])('the %s %j is its text', (value, text) => {
    expect(textIn({ text: value })).toBe(text);
  });

  it('is not trimmed and not changed', () => {
    expect(textIn({ text: ' a\n b \ud800' })).toBe(' a\n b \ud800');
  });

  it('comes from under $undefined$ only where the key is missing', () => {
    expect(textIn({ $undefined$: 'x' })).toBe('x');
    expect(textIn({ text: null, $undefined$: 'x' })).toBeNull();
    expect(textIn({ text: '', $undefined$: 'x' })).toBeNull();
  });

  it('F73 a task that is none, or has no data, is a problem and not an exception', () => {
    for (const task of [null, undefined, 7, 'x', [], {}, { data: null }, { data: [] }, { data: 'text' }]) {
      expect(textOf(task as unknown as Task, plain)).toHaveProperty('problem');
      expect(addressesOf(task as unknown as Task, plain)).toEqual([]);
    }
  });

  it('F84 keys that objects have by themselves are found only where the data has them', () => {
    for (const key of ['__proto__', 'constructor', 'toString', 'constructor.name', '__proto__.x', 'hasOwnProperty']) {
      const pair = pairFor(`<Text name="t" value="$${key}"/>`);
      expect(textIn({}, pair)).toBeNull();
      expect(textIn(JSON.parse(`{"${key}": "mine"}`), pair)).toBe('mine');
    }
    expect(textIn(JSON.parse('{"__proto__": {"x": "deep"}}'), pairFor('<Text name="t" value="$__proto__.x"/>'))).toBe(
      'deep',
    );
  });
});

describe('F87 a path', () => {
  it.each([
    ['$a.b', { a: { b: 'x' } }],
    ['$a.b', { 'a.b': 'x' }],
    ['$a[0]', { a: ['x'] }],
    ['$a[1].b', { a: [1, { b: 'x' }] }],
    ['$a.0.b', { a: [{ b: 'x' }] }],
    ['$a[0][1]', { a: [[0, 'x']] }],
    ["$a['b c'].d", { a: { 'b c': { d: 'x' } } }],
    ['$正文', { 正文: 'x' }],
    ['$$text', { text: 'x' }],
  ])('%s leads to its value', (value, data) => {
    expect(textIn(data, pairFor(`<Text name="t" value="${value}"/>`))).toBe('x');
  });

  it.each([
    ['$a.length', { a: [1, 2] }],
    ['$a.length', { a: 'text' }],
    ['$a.b', { a: null }],
    ['$a.b', { a: 'b' }],
    ['$a[', { a: ['x'] }],
    ['$a..b', { a: { b: 'x' } }],
    ['$.', {}],
  ])('%s leads nowhere in %j', (value, data) => {
    expect(problemIn(data, pairFor(`<Text name="t" value="${value}"/>`))).toContain('has no');
  });

  it('F123 of a hundred thousand steps takes no longer than it is long', () => {
    const pair = { ...plain, textKey: 'a[0].'.repeat(100_000) };
    const start = performance.now();
    expect(textIn({ a: [] }, pair)).toBeNull();
    expect(performance.now() - start).toBeLessThan(200);
  });
});

describe('other objects', () => {
  const page = pairFor('<HyperText name="t" value="$html"/>');
  const talk = readConfig(labelConfig('10-paragraphs').xml).pairs[0] as Pair;

  it('HyperText is read without its markup', () => {
    expect(textIn({ html: '<p>Dear <b>Sir</b></p><script>alert(1)</script>' }, page)).toBe('Dear Sir');
    expect(problemIn({ html: '<img src="x">' }, page)).toContain('empty');
  });

  it('Paragraphs are the turns, one a line, without the speakers', () => {
    const dialogue = [
      { author: 'A', text: 'Hello' },
      { author: 'B' },
      { author: 'B', text: ' ' },
      { text: 7 },
      'bare',
      null,
    ];
    expect(textIn({ dialogue }, talk)).toBe('Hello\n7\nbare');
    expect(textIn({ dialogue: 'one text' }, talk)).toBe('one text');
    expect(problemIn({ dialogue: [] }, talk)).toContain('empty');
    expect(problemIn({ dialogue: { text: 'x' } }, talk)).toContain('an object');
  });

  it('base64 is decoded', () => {
    const latin = pairFor('<Text name="t" value="$x" encoding="base64"/>');
    const unicode = pairFor('<Text name="t" value="$x" encoding="base64unicode"/>');
    expect(textIn({ x: Buffer.from('café', 'latin1').toString('base64') }, latin)).toBe('café');
    expect(textIn({ x: Buffer.from('café 👋').toString('base64') }, unicode)).toBe('café 👋');
  });

  it('two texts of one control are read as one, and one of them will do', () => {
    const both = readConfig(labelConfig('12-two-texts').xml).pairs[0] as Pair;
    expect(textIn({ title: 'T', body: 'B' }, both)).toBe('T\nB');
    expect(textIn({ body: 'B' }, both)).toBe('B');
    expect(problemIn({}, both)).toContain('"title"');
  });
});

describe('F87 valueType="url"', () => {
  const linked = pairFor('<Text name="t" value="$url" valueType="url"/>');
  const task: Task = { data: { url: '/data/upload/1/a.txt' } };

  it('is a problem until the text was fetched by someone who may', () => {
    expect(addressesOf(task, linked)).toEqual(['/data/upload/1/a.txt']);
    expect(textOf(task, linked)).toEqual({ problem: expect.stringContaining('not fetched') });
    expect(textOf(task, linked, new Map([['/data/upload/1/a.txt', 'the text']]))).toEqual({ text: 'the text' });
  });

  it('holds for the turns of Paragraphs, which are fetched as JSON', () => {
    const talk = pairFor('<Paragraphs name="t" value="$url" valueType="url"/>');
    const fetched = new Map([['/data/upload/1/a.txt', '[{"author":"A","text":"Hi"}]']]);
    expect(textOf(task, talk, fetched)).toEqual({ text: 'Hi' });
  });

  it('asks for nothing where there is no address', () => {
    expect(addressesOf({ data: { url: '' } }, linked)).toEqual([]);
    expect(addressesOf({ data: { url: 7 } }, linked)).toEqual([]);
    expect(addressesOf({ data: { text: '/data/upload/x' } }, plain)).toEqual([]);
  });
});
