// The built server with WORKERS=2: processes that predict beside the one that keeps everything. To whoever speaks HTTP it must
// be one server: each request comes on a connection of its own, and connections are dealt out in turn.
import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { describe, expect, test } from 'vitest';
import { annotated, newsConfig, newsEvents, newsTexts, predictBody } from '../server/try-app.ts';
import {
  askOnce,
  type BuiltServer,
  host,
  isBuilt,
  modelDirectory,
  pause,
  settled,
  startBuilt,
} from './built-server.ts';

const texts = newsTexts.map(([text]) => text);
const isLinux = existsSync('/proc/self/task');

/** Process ids of the serving processes. */
function servingOf({ child: { pid } }: BuiltServer): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.trim().split(' ').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie has ended too.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes
async function ask(server: BuiltServer, path: string, body: object): Promise<any> {
  const answer = await askOnce(server.port, path, body);
  if (answer === 'refused') throw new Error('refused');
  expect(answer.status).toBeLessThan(300);
  return JSON.parse(answer.body);
}

/** A server whose processes all serve. */
async function startTwo(more: { dir?: string; env?: { [name: string]: string } } = {}): Promise<BuiltServer> {
  const { dir = modelDirectory() } = more;
  const server = await startBuilt({ dir, env: { WORKERS: '2', ...more.env } });
  await allServe(server, more.env ?? {});
  return server;
}

/** The one that keeps everything, and two that it has heard of. */
async function allServe(
  server: BuiltServer,
  { BASIC_AUTH_USER: user, BASIC_AUTH_PASS: password } = {} as { [name: string]: string },
) {
  const headers =
    user === undefined ? {} : { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  const count = async () => (await server.get('/metrics', headers)).body.processes;
  await expect.poll(count, { timeout: 30_000 }).toBe(3);
}

async function train(server: BuiltServer): Promise<void> {
  for (const event of newsEvents()) await ask(server, '/webhook', event);
  await settled(server);
}

/** As many connections as make sure that each process is asked. */
const often = Array.from({ length: 6 });

describe.skipIf(!isBuilt || !isLinux)('a server of several processes', () => {
  test('predicts what a server of one process predicts, to every form of request', async () => {
    const one = await startBuilt({ dir: modelDirectory() });
    const two = await startTwo();
    expect(servingOf(two)).toHaveLength(2);
    for (const server of [one, two]) await train(server);
    const bodies: object[] = [
      predictBody(texts),
      predictBody(['Rain']),
      { ...predictBody(texts), project: 7 },
      { tasks: [{ data: { text: 'Budget' } }], project: '7.1690000000', label_config: newsConfig, model_version: 'x' },
      { tasks: [null, { data: null }, { data: { text: 7 } }], project: '7', label_config: newsConfig, params: null },
      { tasks: [], project: null },
      predictBody(texts, '99.1'),
    ];
    const plain = (body: unknown) => JSON.stringify(body).replaceAll(/"(model_version|id)":"[^"]*"/g, '');
    for (const body of bodies) {
      const expected = plain(await ask(one, '/predict', body));
      for (const _ of often) expect(plain(await ask(two, '/predict', body))).toBe(expected);
    }
    for (const [path, body] of [
      ['/predict', '{"tasks": 1}'],
      ['/predict', '{'],
      ['/predict/x', '{}'],
    ] as const) {
      const [a, b] = await Promise.all([one.post(path, body), two.post(path, body)]);
      expect([b.status, b.body]).toEqual([a.status, a.body]);
    }
    expect((await two.get('/predict')).headers.allow).toBe('POST');
  });

  test('lets what a label has taught answer from every process within a second', async () => {
    const server = await startTwo();
    await train(server);
    const asked = predictBody(['zebra']);
    for (const _ of often) await ask(server, '/predict', asked);
    const began = performance.now();
    for (const id of [21, 22, 23]) await ask(server, '/webhook', annotated(id, 'zebra zebra', 'Sport'));
    const { body } = await settled(server);
    await expect
      .poll(
        async () => {
          const answers = await Promise.all(often.map(() => ask(server, '/predict', asked)));
          return new Set(
            answers.map((answer) => `${answer.model_version} ${answer.results[0].result[0].value.choices}`),
          );
        },
        { interval: 10 },
      )
      .toEqual(new Set([`${body.modelVersion} Sport`]));
    // Trainings of three webhooks included.
    expect(performance.now() - began).toBeLessThan(2000);
  });

  test('lets a rollback, a deletion and a new label config answer from every process', async () => {
    const server = await startTwo();
    await train(server);
    const asked = predictBody(['rain']);
    const versionsSaid = async () =>
      new Set(await Promise.all(often.map(async () => (await ask(server, '/predict', asked)).model_version)));
    const { versions } = (await server.get('/api/projects/7/versions')).body;
    await versionsSaid();
    await ask(server, '/api/projects/7/activate', { version: versions.at(-1).version });
    await expect.poll(versionsSaid).toEqual(new Set([versions.at(-1).version]));
    await ask(server, '/webhook', { action: 'PROJECT_DELETED', project: { id: 7 } });
    await ask(server, '/delete', { project: '7.1690000000' });
    await expect.poll(async () => [...(await versionsSaid())].every((one) => one.startsWith('untrained'))).toBe(true);
  });

  test('brings the text of an annotation to the process that waits for it', async () => {
    const server = await startTwo({ env: { START_TRAINING_EACH_N_UPDATES: '0' } });
    await train(server);
    const { task: _, ...withoutTask } = annotated(31, 'thunder', 'Weather') as { task: object };
    await ask(server, '/webhook', withoutTask);
    const before = (await server.get('/api/projects/7')).body.annotations;
    const body = { ...predictBody([]), tasks: [{ id: 31, data: { text: 'thunder' } }] };
    for (const __ of often) await ask(server, '/predict', body);
    expect([before, (await server.get('/api/projects/7')).body.annotations]).toEqual([8, 9]);
  });

  test('asks for credentials at every process, and keeps the address of who guesses', async () => {
    const secrets = { BASIC_AUTH_USER: 'me', BASIC_AUTH_PASS: 'secret' };
    const server = await startTwo({ env: secrets });
    const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    for (const _ of often) {
      expect(await askOnce(server.port, '/predict', predictBody(['rain']))).toMatchObject({ status: 401 });
      expect(await askOnce(server.port, '/webhook', {})).toMatchObject({ status: 401 });
    }
    expect((await server.get('/health')).status).toBe(200);
    expect((await server.post('/predict', predictBody(['rain']), { authorization })).status).toBe(200);
    const wrong = { authorization: 'Basic bWU6eA==' };
    const pages = await Promise.all(Array.from({ length: 21 }, () => server.get('/', wrong)));
    expect(pages.every(({ status }) => status === 401)).toBe(true);
    const began = performance.now();
    await server.get('/', wrong);
    expect(performance.now() - began).toBeGreaterThan(900);
  });

  test('counts and tells of the predictions of all processes in one place', async () => {
    const server = await startTwo();
    await train(server);
    for (const _ of often) await ask(server, '/predict', predictBody(texts));
    const { body } = await server.get('/metrics');
    await expect
      .poll(async () => {
        const { predicted_tasks: tasks, requests, processes } = (await server.get('/metrics')).body;
        return [tasks, requests['/predict']?.['200'], processes];
      })
      .toEqual([6 * texts.length, 6, 3]);
    expect(body.resident_memory_bytes).toBeGreaterThan(120e6);
    const { events } = (await server.get('/api/events?project=7')).body;
    const told = events.filter(({ kind }: { kind: string }) => kind === 'predict');
    expect(told.map(({ times, tasks }: { times: number; tasks: number }) => [times, tasks])).toEqual([[6, 48]]);
    expect((await server.get('/api/projects/7/next')).body.tasks).toHaveLength(8);
  });

  test('streams events through, and ends the stream when it stops', async () => {
    const server = await startTwo();
    const headers = { accept: 'text/event-stream' };
    let heard = '';
    const over = new Promise((resolve, reject) => {
      get({ host, port: server.port, path: '/api/events', headers, agent: false }, (answer) => {
        expect(answer.headers['content-type']).toContain('text/event-stream');
        answer.on('data', (chunk) => {
          heard += chunk;
        });
        answer.on('end', resolve).on('error', reject);
      }).on('error', reject);
    });
    await pause(300);
    await ask(server, '/webhook', newsEvents()[0]!);
    await expect.poll(() => heard).toContain('"kind":"webhook"');
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await over;
  });

  test('F35 loses nothing that was acknowledged when a serving process is killed, and replaces it', async () => {
    const dir = modelDirectory();
    const server = await startTwo({ dir });
    await train(server);
    let isOver = false;
    let acknowledged = 0;
    const annotate = async (first: number) => {
      for (let id = first; !isOver; id += 2) {
        const [text, topic] = newsTexts[id % 8]!;
        const answer = await askOnce(server.port, '/webhook', annotated(id, `${text} ${id}`, topic));
        if (answer === 'refused') {
          await pause(5);
          id -= 2;
        } else if (answer.status === 201) acknowledged++;
        else throw new Error(`${answer.status} ${answer.body}`);
      }
    };
    const work = [annotate(100), annotate(101)];
    for (let i = 0; i < 4; i++) {
      await pause(200);
      const pid = servingOf(server)[0]!;
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => isAlive(pid)).toBe(false);
    }
    isOver = true;
    await Promise.all(work);
    expect(acknowledged).toBeGreaterThan(0);
    const { body } = await settled(server);
    expect(body.annotations).toBeGreaterThanOrEqual(8 + acknowledged);
    expect(server.log.filter(({ msg }) => msg.includes('another takes its place'))).toHaveLength(4);
    await allServe(server);
    expect(servingOf(server)).toHaveLength(2);
    for (const _ of often) expect((await ask(server, '/predict', predictBody(['rain']))).results).toHaveLength(1);
  });

  test('answers by itself while every serving process is gone', async () => {
    const server = await startTwo();
    await train(server);
    const answers: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const serving = servingOf(server);
      for (const pid of serving) process.kill(pid, 'SIGKILL');
      await expect.poll(() => serving.filter(isAlive)).toEqual([]);
      answers.push(...(await Promise.all(often.map(() => ask(server, '/predict', predictBody(['rain']))))));
    }
    expect(answers).toHaveLength(18);
  });

  test('F36 ends all processes when the one that keeps everything is killed', async () => {
    const dir = modelDirectory();
    const server = await startTwo({ dir });
    await train(server);
    const serving = servingOf(server);
    await server.end('SIGKILL');
    await expect.poll(() => serving.filter(isAlive)).toEqual([]);
    const next = await startBuilt({ dir, env: { WORKERS: '2', PORT: String(server.port) } });
    expect((await settled(next)).body.annotations).toBe(8);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'F35 by %s to all answers what it has and ends in order',
    async (signal) => {
      const server = await startTwo();
      await train(server);
      const serving = servingOf(server);
      const many = Array.from({ length: 8000 }, (_, i) => `${texts[i % 8]} ${i}`);
      const answer = server.post('/predict', predictBody(many));
      await pause(30);
      // As a terminal or a service manager does it.
      for (const pid of serving) process.kill(pid, signal);
      const end = server.end(signal);
      expect((await answer).body.results).toHaveLength(8000);
      expect(await end).toEqual({ code: 0, signal: null });
      expect(serving.filter(isAlive)).toEqual([]);
      expect(server.log.at(-1)?.msg).toBe('stopped');
      expect(server.log.filter(({ level }) => level >= 40)).toEqual([]);
    },
  );

  test('says in one sentence that the port is taken', async () => {
    const { port } = await startBuilt({ dir: modelDirectory() });
    const second = startBuilt({ dir: modelDirectory(), env: { WORKERS: '2', PORT: String(port) } });
    await expect(second).rejects.toThrow(`sparrow: Port ${port} on ${host} is in use by another program`);
  });
});
