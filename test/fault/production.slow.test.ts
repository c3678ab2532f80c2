// Built servers and built workers as processes of their own on one Redis, each of which is killed or stopped at the worst moment.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { annotated, newsEvents, newsTexts, predictBody } from '../server/try-app.ts';
import { hasRedis, type RedisServer, startRedis, until } from '../store/redis-server.ts';
import {
  askOnce,
  BuiltServer,
  dist,
  isBuilt,
  modelDirectory,
  pause,
  type Reply,
  settled,
  spawnBuilt,
  startBuilt,
} from './built-server.ts';

interface WorkerOptions {
  dir: string;
  redisUrl: string;
  /** Body of an asynchronous `fit(tasks, context)`. */
  fit?: string;
  lockMs?: number;
}

/** A worker process; the lines of its log are its only voice. */
async function startWorker({ dir, redisUrl, fit, lockMs = 15_000 }: WorkerOptions): Promise<BuiltServer> {
  const predict = 'predict(tasks) { return tasks.map(() => ({ result: [], score: 0 })); }';
  const code = `export default class Model { ${predict} async fit(tasks, context) { ${fit} } }`;
  const model = fit === undefined ? {} : { MODEL_URL: `data:text/javascript,${encodeURIComponent(code)}` };
  return work(fileURLToPath(new URL('./work.mjs', import.meta.url)), [], 'works', {
    BUILT: dist.href,
    LOCK_MS: String(lockMs),
    MODEL_DIR: dir,
    REDIS_URL: redisUrl,
    ...model,
  });
}

async function work(
  script: string,
  args: string[],
  sign: string,
  env: { [name: string]: string },
): Promise<BuiltServer> {
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const worker = new BuiltServer(child);
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface({ input: stream }).on('line', (line) => worker.said.push(line));
  }
  onTestFinished(async () => {
    await worker.end();
  });
  await worker.until((line) => line.includes(sign));
  return worker;
}

/** Says that it fits, waits, and leaves its process's number as what it has learnt. */
const slowFit = `context.progress('fitting', 0, 1); console.log('fitting'); await new Promise((done) => setTimeout(done, 700)); return { by: process.pid };`;

/** The version that a server serves. */
async function current(server: BuiltServer): Promise<{ version: string; trainOutput: { by: number } } | null> {
  const { body } = await server.get('/api/projects/7/versions');
  return body.versions?.find(({ isCurrent }: { isCurrent: boolean }) => isCurrent) ?? null;
}

describe.skipIf(!hasRedis || !isBuilt)('servers and workers as processes', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(() => redis.end());

  test('F44 F45 a worker that is stopped beyond its lock, or killed, loses its training to another one', async () => {
    const dir = modelDirectory();
    const common = { dir, redisUrl: redis.url, fit: slowFit, lockMs: 1000 };
    const [server, ...workers] = await Promise.all([
      startBuilt({ dir, env: { REDIS_URL: redis.url }, fit: slowFit }),
      startWorker(common),
      startWorker(common),
    ]);
    const fits = (worker: BuiltServer) => worker.said.filter((line) => line === 'fitting').length;
    const untilOneFits = async (than: number) => {
      const found = () => workers.find((worker) => fits(worker) > than) ?? null;
      const first = (await until(found, (one) => one !== null))!;
      return { first, second: workers.find((worker) => worker !== first)! };
    };
    expect((await server.post('/webhook', newsEvents()[0])).status).toBe(201);
    const { first, second } = await untilOneFits(0);
    first.child.kill('SIGSTOP');
    const made = await until(
      () => current(server),
      (one) => one !== null,
      15_000,
    );
    expect(made?.trainOutput.by).toBe(second.child.pid);
    first.child.kill('SIGCONT');
    await first.until((line) => /lost its hold|too late/.test(line));
    expect((await server.post('/webhook', newsEvents()[1])).status).toBe(201);
    await until(
      () => fits(first) + fits(second),
      (count) => count > 2,
    );
    const [busy, idle] = fits(first) > 1 ? [first, second] : [second, first];
    await busy.end('SIGKILL');
    const next = await until(
      () => current(server),
      (one) => one !== null && one.version !== made?.version,
      15_000,
    );
    expect(next?.trainOutput.by).toBe(idle.child.pid);
    const { body } = await server.get('/api/projects/7/versions');
    expect(body.versions).toHaveLength(2);
  });

  test('F41 F171 what a server acknowledged before it was killed is learnt, and served by the other one', async () => {
    const dir = modelDirectory();
    const env = { REDIS_URL: `${redis.url}/1` };
    const [a, b] = [await startBuilt({ dir, env }), await startBuilt({ dir, env })];
    for (const event of newsEvents()) expect((await a.post('/webhook', event)).status).toBe(201);
    await a.end('SIGKILL');
    const cli = fileURLToPath(new URL('cli.js', dist));
    const worker = await work(cli, ['worker', '--model-dir', dir], 'waiting for trainings', env);
    const predict = () => b.post('/predict', predictBody(['The team scored in extra time'], '7'));
    const answer = await until(predict, ({ body }) => /^v/.test(body.model_version));
    expect(answer.body.results[0].result[0].value.choices).toEqual(['Sport']);
    expect((await b.post('/webhook', annotated(9, 'A late goal', 'Sport'))).status).toBe(201);
    expect(await worker.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await b.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  test('what a worker has learnt answers from every process of every server', async () => {
    const dir = modelDirectory();
    const env = { REDIS_URL: `${redis.url}/3`, WORKERS: '2' };
    const servers = await Promise.all([startBuilt({ dir, env }), startBuilt({ dir, env })]);
    const cli = fileURLToPath(new URL('cli.js', dist));
    await work(cli, ['worker', '--model-dir', dir], 'waiting for trainings', env);
    // A connection each, so that all processes are asked.
    const versions = async () => {
      const asked = servers.flatMap(({ port }) => Array.from({ length: 4 }, () => port));
      const answers = await Promise.all(asked.map((port) => askOnce(port, '/predict', predictBody(['Rain'], '7'))));
      return new Set(answers.map((answer) => (answer === 'refused' ? answer : JSON.parse(answer.body).model_version)));
    };
    const untilAllSay = async (isRight: (version: string) => boolean) => {
      const [version] = await until(versions, (found) => found.size === 1 && isRight([...found][0]!), 15_000);
      return version!;
    };
    for (const event of newsEvents()) expect((await servers[0]!.post('/webhook', event)).status).toBe(201);
    const first = await untilAllSay((version) => version.startsWith('v'));
    const counter = (version: string) => Number(/^v(\d+)/.exec(version)?.[1]);
    expect((await servers[1]!.post('/webhook', annotated(9, 'A late goal', 'Sport'))).status).toBe(201);
    await untilAllSay((version) => counter(version) > counter(first));
  });

  test('F35 no request is lost while servers and workers are replaced one after another', async () => {
    const dir = modelDirectory();
    const env = { REDIS_URL: `${redis.url}/2` };
    const cli = fileURLToPath(new URL('cli.js', dist));
    const newWorker = () => work(cli, ['worker', '--model-dir', dir], 'waiting for trainings', env);
    const newServer = () => startBuilt({ dir, env });
    const servers = [await newServer(), await newServer()];
    let worker = await newWorker();
    let [isOver, turn, acknowledged, passedOn] = [false, 0, 0, 0];
    // As a balancer does: in turn, and the next one where nobody listens or, as on a very busy machine, Redis was slow.
    const ask = async (path: string, body: object): Promise<Reply> => {
      for (;;) {
        const answer = await askOnce(servers[turn++ % 2]!.port, path, body);
        if (answer === 'refused') passedOn++;
        else if (answer.status !== 503) return answer;
      }
    };
    const annotate = async (first: number) => {
      for (let id = first; !isOver; id += 2) {
        const [text, topic] = newsTexts[id % 8]!;
        const { status, body } = await ask('/webhook', annotated(id, `${text} ${id}`, topic));
        expect([status, body]).toEqual([201, expect.any(String)]);
        acknowledged++;
      }
    };
    const predict = async () => {
      while (!isOver) expect((await ask('/predict', predictBody(['Rain and wind'], '7'))).status).toBe(200);
    };
    const load = [annotate(1), annotate(2), predict(), predict()];
    for (const i of [0, 1]) {
      await pause(200);
      expect(await servers[i]!.end('SIGTERM')).toEqual({ code: 0, signal: null });
      servers[i] = await newServer();
      expect(await worker.end('SIGTERM')).toEqual({ code: 0, signal: null });
      worker = await newWorker();
    }
    await pause(100);
    isOver = true;
    await Promise.all(load);
    expect(passedOn).toBeGreaterThan(0);
    expect(acknowledged).toBeGreaterThan(20);
    for (const server of servers) expect((await settled(server)).body.annotations).toBe(acknowledged);
    const learnt = async () => {
      const { body } = await servers[0]!.get('/api/projects/7/versions');
      return body.versions[0]?.trainOutput.controls[0].report.docs as number | undefined;
    };
    await until(learnt, (docs) => docs === acknowledged, 20_000);
  });

  test.each([
    ['REDIS_URL', 'ioredis', { REDIS_URL: 'redis://127.0.0.1:1' }, 'npm install bullmq ioredis'],
    [
      'S3_URL',
      'aws4fetch',
      { REDIS_URL: 'redis://127.0.0.1:1', S3_URL: 's3://k:s@127.0.0.1:1/b' },
      'npm install aws4fetch',
    ],
  ])('F168 %s without the package %s names the command that installs it', async (setting, hidden, env, command) => {
    const node = ['--import', new URL('./hidden-packages.mjs', import.meta.url).href];
    const server = spawnBuilt({ dir: modelDirectory(), env: { ...env, HIDDEN: hidden }, node });
    expect(await server.exited).toEqual({ code: 1, signal: null });
    const said = server.said.join('\n');
    expect(said).toContain(command);
    expect(said).toContain(`${setting} needs packages that are not installed`);
    expect(said).not.toContain(' at ');
  });
});
