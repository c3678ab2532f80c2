import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { kindOfKey } from '../../src/labelstudio/access.ts';
import { LabelStudioClient, type LabelStudioClientOptions } from '../../src/labelstudio/client.ts';
import { systemClock } from '../../src/labelstudio/clock.ts';
import type { Task } from '../../src/labelstudio/types.ts';
import { FakeClock, FakeLabelStudio, networkError, never, streamed } from './fake-label-studio.ts';

const ORIGIN = 'http://label-studio.test:8080';
const LEGACY = '0123456789abcdef0123456789abcdef01234567';
const PERSONAL = jwt({ token_type: 'refresh', jti: 'secret' });
const EXPORT = '/api/projects/7/export';

function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256' })}.${part(claims)}.c2lnbmF0dXJl`;
}

interface Setup {
  studio: FakeLabelStudio;
  clock: FakeClock;
  client: LabelStudioClient;
}

function setup(options: Partial<LabelStudioClientOptions> = {}): Setup {
  const studio = new FakeLabelStudio();
  const clock = new FakeClock();
  const client = new LabelStudioClient({ url: ORIGIN, key: LEGACY, fetch: studio.fetch, clock, ...options });
  return { studio, clock, client };
}

async function all<Value>(items: AsyncIterable<Value>): Promise<Value[]> {
  const list: Value[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function failureOf(work: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

function text(body: string, type = 'application/json', status = 200): Response {
  return new Response(body, { status, headers: { 'content-type': type } });
}

function tasks(from: number, to: number): Task[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    id: from + i,
    data: { text: `text ${from + i}` },
    annotations: [],
  }));
}

describe('F61 the key', () => {
  it('tells its kind by its form', () => {
    expect([LEGACY, PERSONAL, '', 'a.b', 'a.b.c'].map(kindOfKey)).toEqual([
      'legacy',
      'personal',
      'none',
      'legacy',
      'personal',
    ]);
  });

  it('of the old kind is sent as it is', async () => {
    const { studio, client } = setup({ key: ` ${LEGACY}\n` });
    studio.on('/api/current-user/whoami', { id: 3, email: 'a@b.test' });
    expect(await client.whoAmI()).toEqual({ id: 3, email: 'a@b.test', keyKind: 'legacy' });
    expect(studio.asked[0]?.authorization).toBe(`Token ${LEGACY}`);
  });

  it('of the new kind buys a token, once for as long as that holds', async () => {
    const { studio, client, clock } = setup({ key: PERSONAL });
    const access = (n: number): object => ({ access: jwt({ n, exp: clock.now() / 1000 + 300 }) });
    studio
      .on(
        '/api/token/refresh/',
        () => access(1),
        () => access(2),
      )
      .on('/api/current-user/whoami', { id: 3 });
    await Promise.all([client.whoAmI(), client.whoAmI()]);
    await client.whoAmI();
    expect(studio.paths().filter((path) => path === '/api/token/refresh/')).toHaveLength(1);
    expect(studio.asked[0]).toMatchObject({
      method: 'POST',
      authorization: null,
      body: JSON.stringify({ refresh: PERSONAL }),
    });
    expect(studio.asked[1]?.authorization).toMatch(/^Bearer ey/);
    clock.time += 280_000;
    await client.whoAmI();
    expect(studio.paths().filter((path) => path === '/api/token/refresh/')).toHaveLength(2);
    expect(studio.asked.at(-1)?.authorization).not.toBe(studio.asked[1]?.authorization);
  });

  it('of the new kind is exchanged once more when its token is refused', async () => {
    const { studio, client } = setup({ key: PERSONAL });
    studio.on('/api/token/refresh/', { access: jwt({ n: 1 }) }, { access: jwt({ n: 2 }) });
    studio.on('/api/current-user/whoami', 401, { id: 3 });
    expect(await client.whoAmI()).toMatchObject({ id: 3, keyKind: 'personal' });
    expect(studio.paths()).toEqual([
      '/api/token/refresh/',
      '/api/current-user/whoami',
      '/api/token/refresh/',
      '/api/current-user/whoami',
    ]);
  });

  it('finds the route of the exchange without its slash too', async () => {
    const { studio, client } = setup({ key: PERSONAL });
    studio.on('/api/token/refresh', { access: jwt({}) }).on('/api/current-user/whoami', { id: 3 });
    expect(await client.whoAmI()).toMatchObject({ id: 3 });
  });

  it.each([
    ['none', '', 'set LABEL_STUDIO_API_KEY'],
    ['legacy', LEGACY, 'copy it anew into LABEL_STUDIO_API_KEY'],
    ['personal', PERSONAL, 'make a new personal access token'],
  ])('that is refused (%s) stops with the setting, and is not shown again for a while', async (_, key, advice) => {
    const { studio, client, clock } = setup({ key });
    const refused = text(JSON.stringify({ detail: `Token ${key} is invalid.` }), 'application/json', 401);
    studio.on('/api/token/refresh/', refused).on('/api/current-user/whoami', refused);
    const error = await failureOf(client.whoAmI());
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', message: expect.stringContaining(advice) });
    expect(error.message).toContain(ORIGIN);
    const asked = studio.asked.length;
    expect(asked).toBeLessThanOrEqual(2);
    for (let i = 0; i < 5; i++) await expect(client.project('7')).rejects.toThrow(advice);
    expect(studio.asked).toHaveLength(asked);
    clock.time += 61_000;
    studio.on('/api/token/refresh/', { access: jwt({}) }).on('/api/current-user/whoami', { id: 3 });
    expect(await client.whoAmI()).toMatchObject({ id: 3 });
  });

  it('that may not read a project is told so', async () => {
    const { studio, client } = setup();
    studio.on('/api/projects/7', text('{"detail":"You do not have permission."}', 'application/json', 403));
    await expect(client.project('7')).rejects.toThrow(
      /may not read .*\/api\/projects\/7 \(403: You do not have permission\)/,
    );
  });

  it.each([LEGACY, PERSONAL])('F134 stands in no error: %.8s', async (key) => {
    const { studio, client } = setup({ key, attempts: 1 });
    const access = jwt({ n: 7 });
    studio.on('/api/token/refresh/', { access });
    for (const status of [200, 400, 401, 403, 404, 418, 429, 500, 503]) {
      const answer = text(JSON.stringify({ detail: `no ${key} and no ${access}` }), 'application/json', status);
      studio.on('/api/tasks/1', answer).on(EXPORT, answer);
      for (const work of [client.task(1), all(client.exportTasks('7'))]) {
        const { message } = await failureOf(work);
        expect(message).toMatch(/^Label Studio|^The user/);
        expect(message).not.toContain(key);
        expect(message).not.toContain(access);
      }
    }
  });
});

describe('F60 a Label Studio that is away', () => {
  it.each([
    ['ECONNREFUSED', 'that Label Studio is running'],
    ['ENOTFOUND', 'no such host'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'NODE_EXTRA_CA_CERTS'],
    ['CERT_HAS_EXPIRED', 'NODE_EXTRA_CA_CERTS'],
  ])('by %s is asked again with growing pauses, then named with what to try', async (code, advice) => {
    const { studio, client, clock } = setup();
    studio.on('/api/projects/7', networkError(code));
    const error = await failureOf(client.project('7'));
    expect(error).toMatchObject({ code: 'IO_FAILED' });
    expect(error.message).toContain(ORIGIN);
    expect(error.message).toContain(code);
    expect(error.message).toContain(advice);
    expect(studio.asked).toHaveLength(4);
    expect(clock.slept).toEqual([500, 1000, 2000]);
  });

  it('on localhost is said to be the container itself, perhaps', async () => {
    const { studio, client } = setup({ url: 'http://localhost:8080', attempts: 1 });
    studio.on('/api/projects/7', networkError('ECONNREFUSED'));
    await expect(client.project('7')).rejects.toThrow(/In a container localhost is the container itself/);
  });

  it('and comes back is no error', async () => {
    const { studio, client } = setup();
    studio.on('/api/projects/7', networkError('ECONNRESET'), 502, { label_config: '<View/>', title: 'T' });
    expect(await client.project('7')).toEqual({ id: '7', title: 'T', labelConfig: '<View/>', createdAt: null });
  });
});

describe('F62 Retry-After', () => {
  const busy = (status: number, after?: string): Response =>
    new Response('{}', { status, headers: after === undefined ? {} : { 'retry-after': after } });

  it.each([
    ['7', 7000],
    ['0', 0],
    ['Tue, 24 Nov 2026 12:00:09 GMT', 9000],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
    ['86400', 60_000],
    ['Wed, 25 Nov 2026 12:00:00 GMT', 60_000],
    ['soon', 500],
    ['-5', 500],
    [undefined, 500],
  ])('of %j is obeyed within its cap: %i ms', async (after, ms) => {
    for (const status of [429, 503]) {
      const { studio, client, clock } = setup();
      studio.on('/api/projects/7', busy(status, after), { label_config: '<View/>' });
      await client.project('7');
      expect(clock.slept).toEqual([ms]);
    }
  });

  it('is not waited for without end', async () => {
    const { studio, client } = setup();
    studio.on('/api/projects/7', busy(429, '1'));
    expect(await failureOf(client.project('7'))).toMatchObject({
      code: 'BUSY',
      message: expect.stringContaining('429'),
    });
    expect(studio.asked).toHaveLength(4);
  });

  it('an error that is no pause is not asked again', async () => {
    const { studio, client } = setup();
    studio.on('/api/projects/7', 500);
    expect(await failureOf(client.project('7'))).toMatchObject({ code: 'IO_FAILED' });
    expect(studio.asked).toHaveLength(1);
  });
});

describe('F63 an answer that is no data', () => {
  const cases: [string, Response, RegExp][] = [
    [
      'a login page',
      text('<!DOCTYPE html><title>Log in</title>', 'text/html'),
      /with a page, not data: .*LABEL_STUDIO_URL/,
    ],
    ['a page that says it is JSON', text('\n<html></html>'), /with a page, not data/],
    ['nothing', text(''), /an empty answer/],
    ['half a JSON', text('{"id": 3, "emai'), /not JSON/],
    ['plain text', text('OK', 'text/plain'), /not JSON/],
    ['a list', text('[1]'), /of another shape/],
    [
      'an error with a status of 200',
      text('{"detail": "Quota exceeded.", "status": 200}'),
      /that says "Quota exceeded"/,
    ],
  ];

  it.each(cases)('%s is named', async (_, response, message) => {
    const { studio, client } = setup();
    studio.on('/api/current-user/whoami', response);
    const error = await failureOf(client.whoAmI());
    expect(error).toMatchObject({ code: 'IO_FAILED', message: expect.stringMatching(message) });
    expect(error.message).toMatch(/^[A-Z].*\.$/);
  });

  it.each([
    ...cases.filter(([name]) => name !== 'a list' && name !== 'half a JSON'),
    ['half a list', text('[{"id":1,"data":{}},{"id":2,'), /not a whole list of tasks: it breaks off after 1 items/],
    ['a list of something else', text('[{"id":1}]'), /an item of it is no task/],
    ['a list of nothing', text('[null]'), /an item of it is no task/],
  ] as [string, Response, RegExp][])('%s is never trained on', async (_, response, message) => {
    const { studio, client } = setup();
    studio.on(EXPORT, response);
    const error = await failureOf(all(client.exportTasks('7')));
    expect(error).toMatchObject({ code: 'IO_FAILED', message: expect.stringMatching(message) });
  });
});

describe('the export', () => {
  it('gives the tasks, less what is not learnt from', async () => {
    const { studio, client } = setup();
    const task = { id: 1, data: { text: 'x' }, annotations: [{ id: 5, result: [] }] };
    studio.on(EXPORT, [{ ...task, predictions: [{}], drafts: [{}], meta: {} }]);
    expect(await all(client.exportTasks('7'))).toEqual([task]);
    expect(studio.asked[0]?.url).toBe(`${ORIGIN}${EXPORT}?exportType=JSON`);
    await all(client.exportTasks('7', { all: true }));
    expect(studio.asked[1]?.url).toContain('download_all_tasks=true');
  });

  it('F64 comes as a stream, and is left when nobody reads on', async () => {
    const { studio, client } = setup();
    let asked = 0;
    async function more(): Promise<string> {
      asked++;
      return ',{"id":2,"data":{}}';
    }
    studio.on(EXPORT, () => new Response(streamed('[{"id":1,"data":{}}', more, more, more, more, more)));
    for await (const task of client.exportTasks('7')) {
      expect(task.id).toBe(1);
      break;
    }
    expect(asked).toBeLessThan(5);
  });

  it('F64 is stopped by size', async () => {
    const { studio, client } = setup({ exportLimits: { bytes: 1000 } });
    const item = `{"id":1,"data":{"text":"${'x'.repeat(100)}"}}`;
    studio.on(EXPORT, () => new Response(streamed(`[${item}`, ...Array.from({ length: 50 }, () => `,${item}`), ']')));
    expect(await failureOf(all(client.exportTasks('7')))).toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining('1000 bytes'),
    });
  });

  it('F64 is stopped by silence', async () => {
    const { studio, client, clock } = setup();
    studio.on(EXPORT, () => new Response(streamed('[{"id":1,"data":{}}', never)));
    const error = await failureOf(all(client.exportTasks('7')));
    expect(error).toMatchObject({ code: 'IO_FAILED', message: expect.stringContaining('sent nothing for 60 seconds') });
    expect(clock.slept).toEqual([60_000]);
  });

  it('F64 is stopped by total time, however steadily it drips', async () => {
    const { studio, client, clock } = setup({ exportLimits: { totalMs: 10_000 } });
    async function drip(): Promise<string> {
      clock.time += 1000;
      return ' ';
    }
    studio.on(EXPORT, () => new Response(streamed('[', ...Array.from({ length: 100 }, () => drip))));
    expect(await failureOf(all(client.exportTasks('7')))).toMatchObject({
      message: expect.stringContaining('not done within 10 seconds'),
    });
  });

  it('F64 that never begins is stopped', async () => {
    const { studio, client } = setup({ exportLimits: { waitMs: 5000 } });
    studio.on(EXPORT, () => never());
    expect(await failureOf(all(client.exportTasks('7')))).toMatchObject({
      message: expect.stringContaining('did not answer within 5 seconds'),
    });
  });

  it('F64 that breaks off is an error', async () => {
    const { studio, client } = setup();
    const broken = (): Promise<string> => Promise.reject(new Error('socket hang up'));
    studio.on(EXPORT, () => new Response(streamed('[{"id":1,"data":{}}', broken)));
    expect(await failureOf(all(client.exportTasks('7')))).toMatchObject({
      code: 'IO_FAILED',
      message: expect.stringContaining('broke off: socket hang up'),
    });
  });

  it('F64 counts the bytes of a packed answer unpacked', async () => {
    const { studio, client } = setup({ exportLimits: { bytes: 100_000 }, clock: systemClock });
    const packed = gzipSync(Buffer.alloc(10_000_000, ' '));
    const unpacked = (): ReadableStream<Uint8Array> =>
      new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
    studio.on(EXPORT, () => new Response(unpacked()));
    expect(await failureOf(all(client.exportTasks('7')))).toMatchObject({ code: 'TOO_LARGE' });
  });

  it('is given up when the one who asked gives up', async () => {
    const stop = new AbortController();
    const { studio, client } = setup({ signal: stop.signal, clock: systemClock });
    studio.on(EXPORT, () => new Response(streamed('[{"id":1,"data":{}},', never)));
    const failure = failureOf(all(client.exportTasks('7')));
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort(new Error('enough'));
    expect((await failure).message).toBe('enough');
  });

  it('is asked only for a project that is a number', async () => {
    const { studio, client } = setup();
    for (const id of ['../1', '', '1/../2', 'x'])
      await expect(all(client.exportTasks(id))).rejects.toThrow(/not the number of a project/);
    expect(studio.asked).toEqual([]);
  });
});

describe('tasks by pages', () => {
  const page = (n: number, size = 2): string => `/api/tasks?project=7&page=${n}&page_size=${size}&fields=all`;

  it('end with the last one', async () => {
    const { studio, client } = setup();
    studio.on(page(1), { tasks: tasks(1, 2), total: 3 }).on(page(2), { tasks: tasks(3, 3), total: 3 });
    const pages = await all(client.taskPages('7', { size: 2 }));
    expect(pages.map((one) => [one.page, one.tasks.map((task) => task.id), one.total])).toEqual([
      [1, [1, 2], 3],
      [2, [3], 3],
    ]);
    expect(studio.asked).toHaveLength(2);
  });

  it('may be smaller than they were asked for', async () => {
    const { studio, client } = setup();
    for (const n of [1, 2, 3]) studio.on(page(n, 100), { tasks: tasks(2 * n - 1, 2 * n), total: 6 });
    const pages = await all(client.taskPages('7', { size: 100 }));
    expect(pages.flatMap((one) => one.tasks.map((task) => task.id))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('end at the page that is not there', async () => {
    const { studio, client } = setup();
    studio.on(page(1), { tasks: tasks(1, 2) }).on(page(2), 404);
    expect(await all(client.taskPages('7', { size: 2 }))).toHaveLength(1);
  });

  it('of a project that is not there are an error', async () => {
    const { client } = setup();
    await expect(all(client.taskPages('7'))).rejects.toThrow(/has no .*\/api\/tasks/);
  });

  it('go on after an error from the page that failed', async () => {
    const { studio, client } = setup({ attempts: 1 });
    studio.on(page(1), { tasks: tasks(1, 2), total: 4 }).on(page(2), 500, { tasks: tasks(3, 4), total: 4 });
    const got: number[] = [];
    let next = 1;
    const take = async (): Promise<void> => {
      for await (const one of client.taskPages('7', { size: 2, from: next })) {
        got.push(...one.tasks.map((task) => Number(task.id)));
        next = one.page + 1;
      }
    };
    await expect(take()).rejects.toThrow(/500/);
    await take();
    expect(got).toEqual([1, 2, 3, 4]);
  });

  it('one alone', async () => {
    const { studio, client } = setup();
    studio.on('/api/tasks/5', { ...tasks(5, 5)[0], predictions: [{}] });
    expect(await client.task(5)).toEqual(tasks(5, 5)[0]);
  });
});

describe('F65 a redirect', () => {
  const to = (location: string): Response => new Response(null, { status: 302, headers: { location } });

  it('to the same address is followed with the key', async () => {
    const { studio, client } = setup();
    studio.on('/api/projects/7', to('/api/projects/7/')).on('/api/projects/7/', { label_config: '<View/>' });
    expect(await client.project('7')).toMatchObject({ labelConfig: '<View/>' });
    expect(studio.asked[1]?.authorization).toBe(`Token ${LEGACY}`);
  });

  it.each(['http://evil.test/api/projects/7', 'https://label-studio.test:8080/', '//evil.test/'])(
    'to %s is not followed',
    async (location) => {
      const { studio, client } = setup();
      studio.on('/api/projects/7', to(location));
      await expect(client.project('7')).rejects.toThrow(/the key is not sent to another address: set LABEL_STUDIO_URL/);
      expect(studio.asked).toHaveLength(1);
    },
  );

  it('without an end is left', async () => {
    const { studio, client } = setup();
    studio.on('/api/projects/7', to('/api/projects/7'));
    await expect(client.project('7')).rejects.toThrow(/so on without an end/);
    expect(studio.asked.length).toBeLessThan(10);
  });

  it('of the exchange of keys is not followed at all', async () => {
    const { studio, client } = setup({ key: PERSONAL });
    studio.on('/api/token/refresh/', to('/elsewhere'));
    await expect(client.whoAmI()).rejects.toThrow(/redirects/);
    expect(studio.paths()).toEqual(['/api/token/refresh/']);
  });
});

describe('F87 the text behind an address', () => {
  it('is fetched from Label Studio with the key', async () => {
    const { studio, client } = setup();
    studio.on('/data/upload/1/a.txt', text('\ufeffcafé', 'text/plain'));
    expect(await client.fetchUri('/data/upload/1/a.txt')).toBe('café');
    expect(studio.asked[0]?.authorization).toBe(`Token ${LEGACY}`);
  });

  it('in a cloud is resolved by Label Studio', async () => {
    const { studio, client } = setup();
    studio.on('/tasks/5/resolve/', text('from the cloud', 'text/plain'));
    expect(await client.fetchUri('s3://bucket/a.txt', 5)).toBe('from the cloud');
  });

  it('F135 is not fetched from anywhere else', async () => {
    const { studio, client } = setup();
    for (const uri of ['http://evil.test/a', '//evil.test/a', 'file:///etc/passwd', '/api/current-user/token']) {
      await expect(client.fetchUri(uri, 5)).rejects.toThrow();
    }
    studio.on(
      '/tasks/5/resolve/',
      new Response(null, { status: 303, headers: { location: 'https://s3.test/signed' } }),
    );
    await expect(client.fetchUri('s3://bucket/a.txt', 5)).rejects.toThrow(/switch "Use pre-signed URLs" off/);
    expect(studio.asked).toHaveLength(1);
  });

  it('is not the page that asks to log in', async () => {
    const { studio, client } = setup();
    studio.on('/data/upload/a.txt', new Response(null, { status: 302, headers: { location: '/user/login/?next=x' } }));
    studio.on('/user/login/', text('<html>', 'text/html')).on('/api/current-user/whoami', { id: 3 });
    await expect(client.fetchUri('/data/upload/a.txt')).rejects.toThrow(/asks to log in/);
    expect(await client.whoAmI()).toMatchObject({ id: 3 });
  });
});

it('an address with a path is kept before every route', async () => {
  const { studio, client } = setup({ url: 'https://host.test/ls/' });
  studio.on('/ls/api/projects/7', { label_config: '<View/>' });
  await client.project('7');
  expect(studio.asked[0]?.url).toBe('https://host.test/ls/api/projects/7');
});

it('a wrong address stops the start with the name of the setting', () => {
  expect(() => setup({ url: 'label-studio:8080' })).toThrow(/LABEL_STUDIO_URL must be the address/);
});
