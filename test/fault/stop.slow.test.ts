// The built server on its way down, and without anybody who reads its log.
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { annotated, newsConfig, newsEvents, newsTexts, predictBody } from '../server/try-app.ts';
import {
  askOnce,
  type BuiltServer,
  host,
  isBuilt,
  modelDirectory,
  pause,
  type Reply,
  settled,
  startBuilt,
} from './built-server.ts';

/** Many labelled texts in one body, so that a training takes its time. */
function largeTrain(tasks: number): object {
  const words = Array.from({ length: 200 }, (_, i) => `${newsTexts[i % 8]![0]} w${(i * 7919) % 1000}`);
  const annotations = Array.from({ length: tasks }, (_, id) => {
    const { annotation, task } = annotated(
      id,
      `${words[id % 200]} ${words[(id * 31) % 200]} n${id}`,
      newsTexts[id % 8]![1],
    ) as {
      annotation: object;
      task: object;
    };
    return { ...task, annotations: [annotation] };
  });
  return { annotations, project: '7.1690000000', label_config: newsConfig };
}

describe.skipIf(!isBuilt)('a server that is told to stop', () => {
  test('F35 answers what it has, puts the training back, and ends in time', async () => {
    const dir = modelDirectory();
    const server = await startBuilt({ dir });
    for (const event of newsEvents()) await server.post('/webhook', event);
    await settled(server);
    expect((await server.post('/train', largeTrain(3000))).status).toBe(201);
    await expect.poll(async () => (await server.get('/api/projects/7')).body.training).toBe(true);
    const texts = Array.from({ length: 8000 }, (_, i) => `${newsTexts[i % 8]![0]} ${i}`);
    const answer = server.post('/predict', predictBody(texts));
    await pause(20);
    const began = performance.now();
    const end = server.end('SIGTERM');
    const { status, body } = await answer;
    expect([status, body.results.length]).toEqual([200, texts.length]);
    expect(await end).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(server.log.at(-1)?.msg).toBe('stopped');
    const next = await startBuilt({ dir });
    expect((await settled(next)).body.annotations).toBe(3000);
    const { versions } = (await next.get('/api/projects/7/versions')).body;
    expect(versions[0].trainOutput.controls[0].report.docs).toBe(3000);
  });

  test('F35 does not wait for a training that hangs', async () => {
    const server = await startBuilt({ dir: modelDirectory(), fit: 'for (;;);' });
    await server.post('/webhook', newsEvents()[0]);
    await expect.poll(async () => (await server.get('/api/projects/7')).body.training).toBe(true);
    const began = performance.now();
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test.each(['SIGINT', 'SIGHUP'] as const)('F36 by %s ends in order', async (signal) => {
    const server = await startBuilt({ dir: modelDirectory() });
    expect(await server.end(signal)).toEqual({ code: 0, signal: null });
  });

  test('F36 twice ends at once, with the store whole', async () => {
    const dir = modelDirectory();
    const server = await startBuilt({ dir });
    for (const event of newsEvents()) await server.post('/webhook', event);
    // An open request would be waited for.
    const headers = { 'content-type': 'application/json', 'content-length': 9 };
    const open = request({ host, port: server.port, method: 'POST', path: '/predict', headers });
    open.on('error', () => {}).flushHeaders();
    await pause(50);
    server.child.kill('SIGTERM');
    await server.until((line) => line.includes('"stopping"'));
    expect(await server.end('SIGTERM')).toEqual({ code: 1, signal: null });
    const next = await startBuilt({ dir });
    expect((await settled(next)).body.annotations).toBe(8);
    expect((await next.get('/ready')).body.problems).toEqual([]);
  });

  test('F35 no request is lost while it is replaced three times under load', async () => {
    const dir = modelDirectory();
    let server = await startBuilt({ dir });
    const env = { PORT: String(server.port) };
    const { port } = server;
    let isOver = false;
    let acknowledged = 0;
    let retries = 0;
    const ask = async (path: string, body: object): Promise<Reply> => {
      for (;;) {
        const answer = await askOnce(port, path, body);
        if (answer !== 'refused') return answer;
        retries++;
        await pause(10);
      }
    };
    const annotate = async (first: number) => {
      for (let id = first; !isOver; id += 2) {
        const [text, topic] = newsTexts[id % 8]!;
        expect((await ask('/webhook', annotated(id, `${text} ${id}`, topic))).status).toBe(201);
        acknowledged++;
      }
    };
    const predict = async () => {
      while (!isOver) expect((await ask('/predict', predictBody(['Rain and wind']))).status).toBe(200);
    };
    const work = [annotate(0), annotate(1), predict(), predict()];
    for (let i = 0; i < 3; i++) {
      await pause(150);
      expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null });
      server = await startBuilt({ dir, env });
    }
    await pause(100);
    isOver = true;
    await Promise.all(work);
    expect((await settled(server)).body.annotations).toBe(acknowledged);
    expect(retries).toBeGreaterThan(0);
  });
});

describe.skipIf(!isBuilt)('a log that nobody reads', () => {
  test('F157 holds up no request, is bounded and counted, and does not keep the server from ending', async () => {
    const dir = modelDirectory();
    const port = await freePort();
    const env = { PORT: String(port), LOG_LEVEL: 'debug' };
    const server = await startBuilt({ dir, isDeaf: true, env });
    server.port = port;
    await expect.poll(() => server.get('/health').catch(() => null), { timeout: 20_000 }).not.toBeNull();
    const path = `/${'x'.repeat(2000)}`;
    const before = residentMiB(server);
    for (let i = 0; i < 60; i++) {
      await Promise.all(Array.from({ length: 50 }, () => server.post('/predict', `{"tasks": 0, "pad": "${path}"}`)));
    }
    expect((await server.post('/webhook', newsEvents()[0])).status).toBe(201);
    expect(residentMiB(server) - before).toBeLessThan(100);
    const began = performance.now();
    expect((await server.end('SIGTERM')).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test('F36 F157 whose reader is gone leaves the server serving', async () => {
    const server = await startBuilt({ dir: modelDirectory(), env: { LOG_LEVEL: 'debug' } });
    server.child.stdout?.destroy();
    server.child.stderr?.destroy();
    for (let i = 0; i < 20; i++) expect((await server.get('/health')).status).toBe(200);
    for (const event of newsEvents()) expect((await server.post('/webhook', event)).status).toBe(201);
    await settled(server);
    expect((await server.get('/metrics')).body.dropped_log_lines).toBeGreaterThan(0);
    expect((await server.end('SIGTERM')).code).toBe(0);
  });
});

function residentMiB(server: BuiltServer): number {
  const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

async function freePort(): Promise<number> {
  const probe = await startBuilt({ dir: modelDirectory() });
  await probe.end('SIGTERM');
  return probe.port;
}
