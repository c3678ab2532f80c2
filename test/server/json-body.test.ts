import { describe, expect, test } from 'vitest';
import { readJsonObject } from '../../src/server/json-body.ts';
import { JsonObjectStream } from '../../src/server/json-stream.ts';

const limitBytes = 4 * 2 ** 20;

function post(body: BodyInit, headers: { [name: string]: string } = {}): Request {
  return new Request('http://x/', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    duplex: 'half',
  } as RequestInit);
}

/** The body in pieces, as a network brings it. */
function pieces(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = Buffer.from(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(new Uint8Array(bytes.subarray(at, at + size)));
      at += size;
    },
  });
}

function read(body: BodyInit, headers?: { [name: string]: string }) {
  return readJsonObject(post(body, headers), { limitBytes });
}

describe('readJsonObject', () => {
  test('reads an object, with or without a declared length, in any pieces', async () => {
    const text = '{"a": [1, {"b": "ü"}], "__proto__": 1}';
    const expected = JSON.stringify(JSON.parse(text));
    expect(JSON.stringify(await read(text))).toBe(expected);
    expect(JSON.stringify(await read(text, { 'content-length': String(Buffer.byteLength(text)) }))).toBe(expected);
    expect(JSON.stringify(await read(pieces(text, 3)))).toBe(expected);
  });

  test('takes a request without a body for an empty object', async () => {
    const request = new Request('http://x/', { method: 'POST' });
    expect(await readJsonObject(request, { limitBytes })).toEqual({});
  });

  test('F103 a byte order mark is let pass', async () => {
    expect(await read('\ufeff{"a":1}')).toEqual({ a: 1 });
  });

  test.each([
    ['application/json; charset=utf-8', {}],
    ['application/vnd.api+json', {}],
    ['text/json', {}],
    ['APPLICATION/JSON', {}],
  ])('accepts the type %s', async (type) => {
    expect(await read('{}', { 'content-type': type })).toEqual({});
  });

  test.each([
    ['text/plain', {}],
    ['', {}],
    ['application/x-www-form-urlencoded', {}],
    ['multipart/form-data; boundary=x', {}],
    ['application/json; charset=utf-16', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('F105 refuses the type "%s" with %j', async (type, more) => {
    await expect(read('{}', { 'content-type': type, ...more })).rejects.toMatchObject({ status: 415 });
  });

  test.each([
    ['[]', 'The body must be a JSON object.'],
    ['null', 'The body must be a JSON object.'],
    ['"text"', 'The body must be a JSON object.'],
    ['{"a": 1', 'The body is not valid JSON at line 1, column 8.'],
    ['{"a": 1,\n "b" 2}', 'The body is not valid JSON at line 2, column 6.'],
    ['', 'The body is not valid JSON at line 1, column 1.'],
  ])('F103 refuses %j with its place', async (body, message) => {
    await expect(read(body)).rejects.toMatchObject({ status: 400, message });
  });

  test.each(['{"a": NaN}', '{"a": 1,}', "{'a': 1}", '{"a": 01}', '{a: 1}'])('F103 refuses %s', async (body) => {
    await expect(read(body)).rejects.toMatchObject({ status: 400 });
  });

  test('never repeats a piece of the body', async () => {
    const error = await read('{"token": secret}').catch((reason: unknown) => String(reason));
    expect(error).toMatch(/not valid JSON/);
    expect(error).not.toContain('secret');
  });

  test.each([400_000, 501])('F103 refuses what is nested %i deep', async (depth) => {
    const body = `{"a": ${'['.repeat(depth)}${']'.repeat(depth)}}`;
    await expect(read(body)).rejects.toMatchObject({ status: 400, message: expect.stringContaining('nested') });
    await expect(read(`{"pad": "${'x'.repeat(2 ** 20)}", ${body.slice(1)}`)).rejects.toMatchObject({ status: 400 });
  });

  test('brackets in texts are no nesting', async () => {
    const text = `${'['.repeat(1000)}\\"${'{'.repeat(1000)}\\\\`;
    expect(await read(`{"a": "${text}"}`)).toEqual({ a: JSON.parse(`"${text}"`) });
  });

  test('F100 refuses a body over the limit: declared, and found out', async () => {
    const long = JSON.stringify({ a: 'x'.repeat(limitBytes) });
    const declared = read('{}', { 'content-length': String(limitBytes + 1) });
    const message = 'The body is larger than 4 MiB; MAX_BODY_BYTES sets the limit.';
    await expect(declared).rejects.toMatchObject({ status: 413, message });
    await expect(read(pieces(long, 2 ** 16))).rejects.toMatchObject({ status: 413, message });
  });

  test('hands over the elements of long lists as they come, in order, and keeps the rest', async () => {
    const tasks = Array.from({ length: 3000 }, (_, id) => ({ id, data: { text: 'x'.repeat(300) } }));
    const whole = { tasks, project: '7', label_config: '<View/>', other: [1], params: { a: [1] }, empty: [] };
    for (const text of [JSON.stringify(whole, null, 1), JSON.stringify({ ...whole, tasks: tasks.slice(0, 3) })]) {
      const taken: unknown[] = [];
      let calls = 0;
      const body = await readJsonObject(post(pieces(text, 4099)), {
        limitBytes,
        handOver: {
          keys: new Set(['tasks', 'empty', 'params']),
          take: async (key, elements) => {
            expect(key).toBe('tasks');
            calls++;
            taken.push(...elements);
          },
        },
      });
      expect({ ...body }).toEqual({ ...whole, tasks: [] });
      expect(taken).toEqual(JSON.parse(text).tasks);
      expect(calls > 100).toBe(text.length > 2 ** 20);
    }
  });

  test('what cannot be taken refuses the body', async () => {
    const take = () => Promise.reject(new Error('no space'));
    const reading = readJsonObject(post('{"a": [1]}'), { limitBytes, handOver: { keys: new Set(['a']), take } });
    await expect(reading).rejects.toThrow('no space');
  });

  test('F154 a large body that is there at once leaves others their turn', async () => {
    const text = JSON.stringify({ a: Array.from({ length: 12_000 }, (_, id) => ({ id, text: 'x'.repeat(300) })) });
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const body = new Uint8Array(Buffer.from(text));
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(body);
        controller.close();
      },
    });
    await read(stream);
    isOver = true;
    expect(turns).toBeGreaterThan(1);
  });
});

describe('JsonObjectStream', () => {
  const samples: unknown[] = [
    {},
    { a: [] },
    { a: [[], {}, [[1]], 'x', null, -1.5e3, true] },
    { 'a"\\': '\\"]}', b: { c: [{ d: ',' }] }, 'ünïcode ✓': '😀' },
    { list: [{ text: 'a, b: [c] {d}' }, 'e'], n: 0, s: '', o: {} },
  ];

  test.each(samples.map((sample) => [JSON.stringify(sample), sample]))(
    'reads %s like JSON.parse, cut anywhere',
    (text, sample) => {
      for (const spaced of [text, JSON.stringify(sample, null, 2), ` \n${text}\t `]) {
        const bytes = Buffer.from(spaced);
        for (let size = 1; size <= bytes.length; size++) {
          const stream = new JsonObjectStream();
          for (let at = 0; at < bytes.length; at += size) stream.push(bytes.subarray(at, at + size));
          expect({ ...stream.end() }).toEqual(sample);
        }
      }
    },
  );

  test.each([
    '',
    '[',
    '1',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,}',
    '{,}',
    '{"a":[1,]}',
    '{"a":[,1]}',
    '{"a":[1 2]}',
    '{"a":[1}',
    '{"a":1]',
    '{"a" 1}',
    '{"a":1 "b":2}',
    '{"a":1}{}',
    '{"a":1}x',
    '{"a"::1}',
    '{1:2}',
    '{"a":{"b":}}',
    '{"a":[}]}',
    '{"a":"\n"}',
    '{"a":nul}',
    '"a"',
    '{"a":[1],,"b":2}',
    '{"a":}',
  ])('refuses %s', (text) => {
    const feed = () => {
      const stream = new JsonObjectStream();
      stream.push(Buffer.from(text));
      return stream.end();
    };
    expect(feed).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
  });

  test('F104 the key __proto__ is an ordinary key', () => {
    const stream = new JsonObjectStream();
    stream.push(Buffer.from('{"__proto__": {"polluted": true}, "constructor": [1]}'));
    const object = stream.end();
    expect(Object.keys(object)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
