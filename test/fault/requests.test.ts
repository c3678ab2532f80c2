// Clients that are slow, rude, huge or gone, against a listening server in this process on 127.0.0.1.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Hono } from 'hono';
import { afterEach, describe, expect, test } from 'vitest';
import type { Prediction, Task } from '../../src/labelstudio/types.ts';
import { MLBackend } from '../../src/sdk/backend.ts';
import { longestText } from '../../src/sdk/control-model.ts';
import { basicAuth } from '../../src/server/auth.ts';
import { EventLog } from '../../src/server/event-log.ts';
import { type Listener, type ListenOptions, listen } from '../../src/server/listen.ts';
import { Metrics } from '../../src/server/metrics.ts';
import { randomFrom } from '../oracle/random.ts';
import { annotated, labelsOf, newsConfig, newsEvents, predictBody, tryApp } from '../server/try-app.ts';

const host = '127.0.0.1';
const open: Listener[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(open.splice(0).map((listener) => listener.close(0)));
});

async function start(app: Hono, options: Partial<ListenOptions> = {}): Promise<number> {
  const listener = await listen(app, { host, port: 0, ...options });
  open.push(listener);
  return listener.port;
}

function dial(port: number): Socket {
  const socket = connect(port, host).on('error', () => {});
  sockets.push(socket);
  return socket;
}

/** However it comes to its end. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on('close', () => resolve()));
}

/** What comes back for some bytes until the server closes the connection. */
async function say(port: number, bytes: string): Promise<string> {
  const socket = dial(port);
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  socket.write(bytes);
  await closed(socket);
  return answer;
}

function post(path: string, body: string, more = ''): string {
  const length = Buffer.byteLength(body);
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n${body}`;
}

const head = 'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

describe('slow clients', () => {
  test('F101 a body that drips is cut off at the time limit of a request', async () => {
    const port = await start(tryApp().hono, { requestTimeoutMs: 100, headersTimeoutMs: 100 });
    const socket = dial(port);
    const drip = setInterval(() => socket.write(' '), 20);
    socket.write(`${head}Content-Length: 1000\r\n\r\n`);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toContain('408');
    await closed(socket);
    clearInterval(drip);
  });

  test('F101 F102 hundreds of clients that say nothing, or never finish, are hung up on while others are served', async () => {
    const app = tryApp();
    const port = await start(app.hono, { headersTimeoutMs: 300, requestTimeoutMs: 300 });
    const beginnings = ['', 'G', `${head}Content-Length: 9\r\n\r\n{`, `${head}Transfer-Encoding: chunked\r\n\r\n5\r\n`];
    const slow = Array.from({ length: 400 }, (_, i) => {
      const socket = dial(port).resume();
      socket.write(beginnings[i % beginnings.length] ?? '');
      return closed(socket);
    });
    const body = JSON.stringify(predictBody(['sport']));
    const began = performance.now();
    expect(await say(port, post('/predict', body, 'Connection: close\r\n'))).toContain('200 OK');
    expect(performance.now() - began).toBeLessThan(5000);
    await Promise.all(slow);
    expect(app.metrics.inFlight).toBe(0);
  });

  test('F102 a connection that is kept alive and not used is closed', async () => {
    const port = await start(tryApp().hono, { keepAliveMs: 50 });
    const answer = await say(port, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(answer).toContain('200 OK');
  });

  test('F102 four hundred requests on one connection are answered in order', async () => {
    const port = await start(
      new Hono().get('/:n', (c) => c.text(`<${c.req.param('n')}>`)),
      { keepAliveMs: 100 },
    );
    const requests = Array.from({ length: 400 }, (_, n) => `GET /${n} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const answer = await say(port, requests.join(''));
    expect([...answer.matchAll(/<(\d+)>/g)].map(([, n]) => Number(n))).toEqual(requests.map((_, n) => n));
  });

  test('F101 a client that never reads its answer is hung up on', async () => {
    let served = (_: Socket): void => {};
    const serving = new Promise<Socket>((resolve) => {
      served = resolve;
    });
    const app = new Hono<{ Bindings: { incoming: { socket: Socket } } }>().get('/', (c) => {
      served(c.env.incoming.socket);
      return c.text('x'.repeat(2 ** 25));
    });
    const port = await start(app as unknown as Hono, { silenceTimeoutMs: 100 });
    dial(port).pause().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await closed(await serving);
  });

  test('connections beyond the most are refused, and let in again when there is room', async () => {
    const port = await start(tryApp().hono, { mostConnections: 5 });
    const held = Array.from({ length: 5 }, () => dial(port));
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    expect(await say(port, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('');
    for (const socket of held) socket.destroy();
    const health = 'GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    await expect.poll(() => say(port, health)).toContain('200 OK');
  });

  const seed = 7;
  test(`F110 clients that leave at random moments (seed ${seed}) leave no error and no work behind`, async () => {
    const random = randomFrom(seed);
    const app = tryApp();
    const port = await start(app.hono);
    const request = post('/predict', JSON.stringify(predictBody(Array.from({ length: 300 }, () => 'sport'))));
    const leave = async () => {
      const socket = dial(port);
      socket.write(request.slice(0, Math.ceil(random() * 1.3 * request.length)));
      await new Promise((resolve) => setTimeout(resolve, random() * 5));
      socket.destroy();
    };
    for (let i = 0; i < 30; i++) await Promise.all(Array.from({ length: 10 }, leave));
    await expect.poll(() => app.metrics.inFlight, { timeout: 10_000 }).toBe(0);
    expect(app.logged()).not.toContain('failed');
    expect(await say(port, post('/predict', '{"tasks":[]}', 'Connection: close\r\n'))).toContain('200 OK');
  });
});

describe('requests that lie', () => {
  test('F100 a length that is too short leaves a rest, which is refused and ends the connection', async () => {
    const port = await start(tryApp().hono);
    const answer = await say(port, `${head}Content-Length: 12\r\n\r\n{"tasks":[]}and some more\r\n\r\n`);
    expect(answer).toContain(' 400 ');
  });

  test('F112 requests sent together are answered one after another, each by itself', async () => {
    const port = await start(tryApp({ limits: { bodyBytes: 100 } }).hono, { keepAliveMs: 50 });
    const good = post('/predict', '{"tasks":[]}');
    const answer = await say(port, `${good}${good}${post('/predict', 'x'.repeat(200))}${good}`);
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '200', '413']);
  });

  test.each([
    ['a body with GET', 'GET /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello', 405],
    ['no host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['a header without a name', 'GET /health HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n', 400],
    ['a huge header', `GET /health HTTP/1.1\r\nHost: x\r\nA: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
    ['another protocol', '\x16\x03\x01\x02\x00\x01', 400],
    ['a chunk size that is none', `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
    ['a NUL in the path', 'GET /hea\0lth HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ])('F109 F112 %s is answered with a refusal and the end', async (_, bytes, status) => {
    const port = await start(tryApp().hono);
    expect(await say(port, bytes)).toContain(` ${status} `);
  });
});

describe('large requests', () => {
  test('F103 F107 are read in time that grows with their length, and long texts are cut', async () => {
    const app = tryApp();
    const words = Array.from({ length: 100_000 }, (_, i) => `w${i}`).join(' ');
    const texts = ['sport '.repeat(1_700_000), 'sport '.repeat(100_000), words, `${'x '.repeat(longestText)}sport`];
    const began = performance.now();
    const answer = await app.post('/predict', predictBody(texts));
    expect(labelsOf(answer).slice(0, 2)).toEqual(['Sport', 'Sport']);
    // Beyond the length that is read there is nothing to go by.
    const scores = answer.body.results.map(({ score }: { score: number }) => score);
    expect(scores[3]).toBeCloseTo(0.25, 3);
    const keys = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key ${i}`, i]));
    expect((await app.post('/predict', { tasks: [{ data: keys }], label_config: newsConfig })).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(10_000);
  }, 30_000);

  test('F72 tasks with thousands of old predictions are answered like others', async () => {
    const app = tryApp();
    const result = [{ from_name: 'topic', to_name: 'news', type: 'choices', value: { choices: ['Sport'] } }];
    const predictions = Array.from({ length: 3000 }, (_, id) => ({ id, result, score: 0.5, model_version: `v${id}` }));
    const body = predictBody(['sport', 'weather', 'politics']) as { tasks: object[] };
    const tasks = body.tasks.map((task) => ({ ...task, predictions }));
    expect(JSON.stringify(tasks).length).toBeGreaterThan(1_000_000);
    const answer = await app.post('/predict', { ...body, tasks });
    expect(labelsOf(answer)).toEqual(['Sport', 'Weather', 'Politics']);
  });
});

/** A model of somebody else's. */
class Echo extends MLBackend {
  static loads = 0;
  override setup(): void {
    Echo.loads++;
  }
  predict(tasks: readonly Task[]): Prediction[] {
    return tasks.map(() => ({ result: [], score: 0.5 }));
  }
  fit(): unknown {
    return { trained: true };
  }
}

describe('what Label Studio asks over and over', () => {
  test('F71 three hundred rounds of health, setup and predict load the model once and train nothing', async () => {
    Echo.loads = 0;
    const app = tryApp({ Backend: Echo });
    for (let i = 0; i < 300; i++) {
      await app.get('/health');
      await app.post('/setup', { project: '7.1690000000', schema: newsConfig, hostname: 'http://ls' });
      await app.post('/predict', predictBody(['sport']));
    }
    expect(Echo.loads).toBe(1);
    expect((await app.get('/metrics')).body).toMatchObject({ trainings: {}, requests: { '/predict': { 200: 300 } } });
    expect((await app.get('/api/events')).body.events.length).toBeLessThan(5);
  });

  test('F76 the answer bears the version that answered, whatever setup said before', async () => {
    const app = tryApp();
    const { model_version: before } = (await app.post('/setup', { project: '7', schema: newsConfig })).body;
    for (const event of newsEvents()) await app.post('/webhook', event);
    await app.registry.drain();
    const { body } = await app.post('/predict', { ...predictBody(['sport']), model_version: before });
    expect(body.model_version).not.toBe(before);
    expect(body.results[0].model_version).toBe(body.model_version);
    expect((await app.post('/setup', { project: '7', schema: newsConfig })).body.model_version).toBe(
      body.model_version,
    );
  });
});

describe('handlers that break', () => {
  const huge = new Error('inner', { cause: new Error('x'.repeat(10_000_000)) });
  const trap = {
    get message(): string {
      throw new Error('no message');
    },
  };
  test.each([
    ['an object whose message throws', trap],
    ['an error with a huge cause', huge],
    ['undefined', undefined],
    ['a symbol', Symbol('x')],
  ])('F111 %s is a 500 in the common form', async (_, thrown) => {
    class Broken extends Echo {
      override predict(): never {
        throw thrown;
      }
    }
    const app = tryApp({ Backend: Broken });
    const answer = await app.post('/predict', predictBody(['1']), { 'x-request-id': 'from-the-proxy' });
    expect(answer.status).toBe(500);
    expect(answer.body.error).toContain('under request from-the-proxy');
    expect(app.logged().length).toBeLessThan(100_000);
    expect((await app.get('/health')).status).toBe(200);
  });
});

describe('guessing passwords', () => {
  test('F133 slows an address down after twenty wrong ones in a minute, counts them, and leaves others alone', async () => {
    const metrics = new Metrics();
    let pauses = 0;
    let time = 0;
    const guard = basicAuth(
      { user: 'me', password: 'right' },
      {
        events: new EventLog(),
        metrics,
        now: () => time,
        pause: async () => {
          pauses++;
        },
      },
    );
    const app = new Hono().use(guard).get('/', (c) => c.text('in'));
    const ask = (password: string, remoteAddress: string) => {
      const authorization = `Basic ${Buffer.from(`me:${password}`).toString('base64')}`;
      return app.request('/', { headers: { authorization } }, { incoming: { socket: { remoteAddress } } });
    };
    for (let i = 0; i < 1000; i++) expect((await ask(`wrong ${i}`, '10.0.0.1')).status).toBe(401);
    expect(pauses).toBe(980);
    expect((await ask('wrong', '10.0.0.2')).status).toBe(401);
    expect(pauses).toBe(980);
    expect((await ask('right', '10.0.0.1')).status).toBe(200);
    expect(metrics.refusedCredentials).toBe(1001);
    time += 61_000;
    await ask('wrong', '10.0.0.1');
    expect(pauses).toBe(980);
  });
});

test('a request id of the proxy joins the log lines of a request and the job it asked for', async () => {
  const app = tryApp();
  await app.post('/webhook', annotated(1, 'Rain', 'Weather'), { 'x-request-id': 'abc-1' });
  await app.post('/webhook', annotated(2, 'Goal', 'Sport'), { 'x-request-id': 'not\tone {}' });
  await app.registry.drain();
  const lines = app
    .logged()
    .split('\n')
    .map((line) => JSON.parse(line));
  const asked = lines.find(({ message, request }) => message === 'training asked for' && request === 'abc-1');
  expect(lines.some(({ job, state }) => job === asked.job && state !== undefined)).toBe(true);
  expect(lines.some(({ route, request }) => route === '/webhook' && request === 'abc-1')).toBe(true);
  expect(app.logged()).not.toContain('not\\tone');
});
