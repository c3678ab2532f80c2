// The one thing that needs a real port: 127.0.0.1, any free one.
import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Hono } from 'hono';
import { afterEach, describe, expect, test } from 'vitest';
import { type Listener, type ListenOptions, listen, receive } from '../../src/server/listen.ts';
import { tryApp } from './try-app.ts';

const host = '127.0.0.1';
const open: Listener[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close(0)));
});

type Start = (app: Hono, options?: Partial<ListenOptions>) => Promise<Listener>;

const listened: Start = (app, options = {}) => listen(app, { host, port: 0, ...options });

/** The port is somebody else's, who hands on the connections. */
const received: Start = async (app, options = {}) => {
  const receiver = receive(app, options);
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => receiver.take(socket));
  await once(server.listen(0, host), 'listening');
  const close = async (graceMs: number) => {
    server.close();
    await receiver.close(graceMs);
  };
  return { host, port: (server.address() as AddressInfo).port, close };
};

/** What the server says to some bytes, until it closes the connection. */
async function say(port: number, bytes: string): Promise<string> {
  const socket = connect(port, host);
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

describe.each([
  ['listen', listened],
  ['receive', received],
])('%s', (_, opened) => {
  const start: Start = async (app, options) => {
    const listener = await opened(app, options);
    open.push(listener);
    return listener;
  };

  test('F165 a port in use is a sentence with the way out', async () => {
    const first = await start(new Hono());
    await expect(listen(new Hono(), { host, port: first.port })).rejects.toMatchObject({
      code: 'IO_FAILED',
      message: `Port ${first.port} on 127.0.0.1 is in use by another program; stop that one or choose another port with PORT.`,
    });
    await expect(listen(new Hono(), { host: '192.0.2.1', port: 0 })).rejects.toThrow('HOST must be an address');
  });

  test('F35 closing lets the request in hand be answered and takes no new one', async () => {
    let release = () => {};
    let enter = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const entered = new Promise<void>((resolve) => {
      enter = resolve;
    });
    const app = new Hono().get('/', async (c) => {
      enter();
      await held;
      return c.text('done');
    });
    const { port, close } = await start(app);
    const answer = new Promise<string>((resolve, reject) => {
      const sent = request({ host, port, agent: false }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      });
      sent.on('error', reject).end();
    });
    await entered;
    const closing = close(10_000);
    await expect(once(connect(port, host), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    release();
    expect(await answer).toBe('done');
    await closing;
  });

  test('F35 while it closes, a kept connection is told not to send more', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const app = new Hono().get('/slow', async (c) => {
      await held;
      return c.text('slow');
    });
    const { port, close } = await start(app.get('/', (c) => c.text('done')));
    // The second request comes on a connection that still waits for its first answer.
    const socket = connect(port, host);
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closing = close(10_000);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    release();
    await once(socket, 'close');
    await closing;
    expect(answer).toMatch(/slow[\s\S]*connection: close[\s\S]*done$/i);
  });

  test('F35 what is not answered within the grace time is cut off', async () => {
    const { port, close } = await start(new Hono().get('/', () => new Promise<Response>(() => {})));
    const answer = say(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await close(10);
    expect(await answer).toBe('');
  });

  test('F101 headers that never end are answered with 408 and the connection is closed', async () => {
    const { port } = await start(new Hono(), { headersTimeoutMs: 50 });
    expect(await say(port, 'GET / HTTP/1.1\r\nHost: x\r\n')).toContain('408');
  });

  test('F110 a client that leaves in the middle of its request leaves no error behind', async () => {
    const app = tryApp();
    const { port } = await start(app.hono);
    for (const length of [50, 2 ** 21]) {
      const socket = connect(port, host);
      socket.write(
        `POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n{"a"`,
        () => setTimeout(() => socket.destroy(), 20),
      );
      await once(socket, 'close');
    }
    const counted = async () => (await app.get('/metrics')).body.requests['/predict'];
    await expect.poll(counted).toEqual({ 499: 2 });
    expect(app.logged()).not.toContain('failed');
  });

  test('F100 after a body over the limit the connection is closed, with the answer', async () => {
    const { port } = await start(tryApp({ limits: { bodyBytes: 1000 } }).hono);
    const head = 'POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const declared = await say(port, `${head}Content-Length: 2000\r\n\r\n${'x'.repeat(500)}`);
    const chunk = `400\r\n${'x'.repeat(0x400)}\r\n`;
    const chunked = await say(port, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`);
    for (const answer of [declared, chunked]) {
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect(answer.toLowerCase()).toContain('connection: close');
    }
  });

  test.each([
    ['two lengths', 'Content-Length: 1\r\nContent-Length: 2\r\n'],
    ['length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n'],
    ['a bare line end in a header', 'A: b\nContent-Length: 0\rX: y\r\n'],
  ])('F112 %s are refused, and the connection is closed', async (_, headers) => {
    const { port } = await start(new Hono().post('/', (c) => c.text('passed')));
    const answer = await say(port, `POST / HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
    expect(answer).toContain('400');
    expect(answer).not.toContain('passed');
  });
});
