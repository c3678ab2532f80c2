// `npm run bench -- scale`: what one replica holds and how it grows. A thousand projects are trained on one server, then asked
// at random, all of them loaded and only some; then one, two and four servers share a Redis; then files are labelled in shards.
// Processor time is given beside wall time: it stays the same where others are at work on the machine.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.ts';
import { type Finding, nothingFound, type Settings } from './finding.ts';
import { type News, type NewsProject, predictBody, projectOf, readNews, trainProject } from './news-project.ts';
import { findCommand } from './runner.ts';
import { runShards, type Sharded } from './scale-shards.ts';
import {
  type BesideProcess,
  freePort,
  type ServerProcess,
  serverProblem,
  startBeside,
  startSparrow,
  startWorker,
} from './server-process.ts';
import { quantile } from './statistics.ts';
import { seededRandom } from './synthesis.ts';
import { formatBytes, formatSeconds, formatTable } from './table.ts';

interface Sizes {
  readonly projects: number;
  /** Labelled texts of each project. */
  readonly texts: number;
  readonly requests: number;
  readonly shardTexts: number;
}

/** How a number of processes answers. */
interface Serving {
  readonly what: string;
  readonly processes: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
  /** Processor time of the servers, for one request. */
  readonly cpuEach: number;
  /** Of all servers together. */
  readonly memoryBytes: number;
}

interface Training {
  readonly what: string;
  readonly projects: number;
  readonly seconds: number;
  readonly cpuEach: number;
}

const connections = 16;

export async function runScale({ data, isQuick, say }: Settings): Promise<Finding> {
  const problem = serverProblem();
  if (problem) return nothingFound('scale', problem);
  const news = readNews(data);
  const sizes: Sizes = isQuick
    ? { projects: 40, texts: 20, requests: 1000, shardTexts: 20_000 }
    : { projects: 1000, texts: 20, requests: 6000, shardTexts: 100_000 };
  const folder = mkdtempSync(join(tmpdir(), 'sparrow-scale-'));
  const started: Started = [];
  try {
    const alone = await runAlone(folder, news, sizes, { say, started });
    say(formatServings(alone.servings));
    const shared = findCommand('redis-server') ? await runShared(folder, news, sizes, { say, started }) : null;
    const shards = await runShards(folder, news, sizes.shardTexts, say);
    const servings = [...alone.servings, ...(shared?.servings ?? [])];
    const trainings = [alone.training, ...(shared?.trainings ?? [])];
    const memory = alone.memory.map(({ projects, bytes }) => `${projects}: ${formatBytes(bytes)}`).join(', ');
    const text = [
      formatServings(servings),
      formatTrainings(trainings),
      `memory of one server by projects loaded — ${memory}`,
      ...(shared
        ? [`Redis holds ${formatBytes(shared.redisBytes / shared.annotations)} for each annotation`]
        : ['redis-server: not installed.']),
      formatShards(shards),
    ];
    return {
      kind: 'scale',
      text: text.join('\n\n'),
      content: {
        sizes,
        servings,
        trainings,
        memory: alone.memory,
        redis: shared && { bytes: shared.redisBytes, annotations: shared.annotations },
        shards,
      },
      isRight: servings.every(({ failed }) => failed === 0),
    };
  } finally {
    for (const one of started) await one.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** To be stopped at the end, whatever comes; most are stopped before. */
type Started = { stop(): Promise<void> }[];

interface Surroundings extends Pick<Settings, 'say'> {
  readonly started: Started;
}

/** One server with everything in it. */
async function runAlone(folder: string, news: News, sizes: Sizes, { say, started }: Surroundings) {
  const place = join(folder, 'alone');
  mkdirSync(place);
  const server = await startSparrow(place, { MAX_LOADED_PROJECTS: String(sizes.projects) });
  started.push(server);
  const memory = [{ projects: 0, bytes: server.memoryBytes() ?? 0 }];
  const marks = new Set([0.1, 0.3, 1].map((share) => Math.round(share * sizes.projects)));
  const training = await trainAll('one server, in itself', [server], [server], news, sizes, (done) => {
    if (!marks.has(done)) return;
    memory.push({ projects: done, bytes: server.memoryBytes() ?? 0 });
    say(`${done} projects trained on one server`);
  });
  const servings = [await ask('all projects loaded', [server], news, sizes)];
  await server.stop();
  const few = Math.max(1, Math.round(sizes.projects / 10));
  const again = await startSparrow(place, { MAX_LOADED_PROJECTS: String(few) });
  started.push(again);
  servings.push(await ask('a tenth of them loaded', [again], news, { ...sizes, requests: sizes.requests / 5 }));
  await again.stop();
  return { servings, training, memory };
}

/** Several servers and workers on one Redis. */
async function runShared(folder: string, news: News, sizes: Sizes, { say, started }: Surroundings) {
  const place = join(folder, 'shared');
  const redisFolder = join(place, 'redis');
  mkdirSync(redisFolder, { recursive: true });
  const port = await freePort();
  const durable = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--save', ''];
  const redisArguments = ['--port', String(port), '--bind', '127.0.0.1', '--dir', redisFolder, ...durable];
  const redis = startBeside('redis', 'redis-server', redisArguments);
  started.push(redis);
  await sleep(1000);
  const settings = { REDIS_URL: `redis://127.0.0.1:${port}`, MAX_LOADED_PROJECTS: String(sizes.projects) };
  const before = redis.memoryBytes() ?? 0;
  const servings: Serving[] = [];
  const trainings: Training[] = [];
  let isTrained = false;
  for (const processes of [1, 2, 4]) {
    say(`${processes} servers on one Redis`);
    const servers = await Promise.all(Array.from({ length: processes }, () => startSparrow(place, settings)));
    const workers = isTrained ? [] : [startWorker(place, settings), startWorker(place, settings)];
    started.push(...servers, ...workers);
    if (!isTrained) {
      await sleep(2000);
      trainings.push(await trainAll('one server, two workers', servers, [...servers, ...workers], news, sizes));
      isTrained = true;
    }
    servings.push(await ask(`${processes} on one Redis`, servers, news, sizes));
    for (const one of [...servers, ...workers]) await one.stop();
  }
  const redisBytes = (redis.memoryBytes() ?? 0) - before;
  await redis.stop();
  return { servings, trainings, redisBytes, annotations: sizes.projects * sizes.texts };
}

/** Each project's labelled texts, a different part of the corpus each, sent at once; until all are trained. */
async function trainAll(
  what: string,
  servers: readonly ServerProcess[],
  charged: readonly (ServerProcess | BesideProcess)[],
  news: News,
  { projects, texts }: Sizes,
  onTrained: (done: number) => void = () => {},
): Promise<Training> {
  const clients = servers.map(({ url }) => new Client(url, connections));
  const cpuBefore = cpuOf(charged);
  const start = performance.now();
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < projects) {
      const i = next++;
      const client = clients[i % clients.length]!;
      await trainProject(client, partOf(news, i, texts), projectOf(i + 1), texts);
      onTrained(++done);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  const seconds = (performance.now() - start) / 1000;
  for (const client of clients) client.close();
  return { what, projects, seconds, cpuEach: (cpuOf(charged) - cpuBefore) / projects };
}

function partOf(news: News, i: number, texts: number): News {
  const from = (i * texts) % (news.train.texts.length - texts);
  const { train } = news;
  return {
    ...news,
    train: { texts: train.texts.slice(from, from + texts), labels: train.labels.slice(from, from + texts) },
  };
}

/** Predictions of one task each, for projects at random, spread over the servers. */
async function ask(
  what: string,
  servers: readonly ServerProcess[],
  news: News,
  { projects, requests }: Sizes,
): Promise<Serving> {
  const clients = servers.map(({ url }) => new Client(url, connections));
  const random = seededRandom(7);
  // Once for nothing, so that every project is loaded everywhere that has room for it.
  for (const client of clients) for (let i = 0; i < projects; i++) await predict(client, news, projectOf(i + 1), i);
  const cpuBefore = cpuOf(servers);
  const start = performance.now();
  const latencies: number[] = [];
  let sent = 0;
  let failed = 0;
  const worker = async (): Promise<void> => {
    while (sent < requests) {
      const i = sent++;
      const began = performance.now();
      const project = projectOf(1 + Math.floor(random() * projects));
      if ((await predict(clients[i % clients.length]!, news, project, i)) !== 200) failed++;
      latencies.push((performance.now() - began) / 1000);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - start) / 1000;
  const cpuEach = (cpuOf(servers) - cpuBefore) / requests;
  for (const client of clients) client.close();
  const memoryBytes = servers.reduce((sum, server) => sum + (server.memoryBytes() ?? 0), 0);
  const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  return { what, processes: servers.length, perSecond: requests / seconds, p50, p99, failed, cpuEach, memoryBytes };
}

async function predict(client: Client, news: News, project: NewsProject, i: number): Promise<number> {
  const text = news.test.texts[i % news.test.texts.length]!;
  return (await client.post('/predict', predictBody(news, project, [text], i))).status;
}

function cpuOf(processes: readonly { cpuSeconds(): number | null }[]): number {
  return processes.reduce((sum, one) => sum + (one.cpuSeconds() ?? Number.NaN), 0);
}

function formatServings(servings: readonly Serving[]): string {
  const rows = servings.map(({ what, perSecond, p50, p99, cpuEach, memoryBytes, failed }) => [
    what,
    perSecond.toFixed(0),
    formatSeconds(p50),
    formatSeconds(p99),
    formatSeconds(cpuEach),
    (1 / cpuEach).toFixed(0),
    formatBytes(memoryBytes),
    String(failed),
  ]);
  const heading = [
    'POST /predict, 1 task',
    'requests/s',
    'p50',
    'p99',
    'CPU each',
    'a core would do',
    'memory',
    'failed',
  ];
  return formatTable(heading, rows);
}

function formatTrainings(trainings: readonly Training[]): string {
  const rows = trainings.map(({ what, projects, seconds, cpuEach }) => [
    what,
    String(projects),
    formatSeconds(seconds),
    formatSeconds(cpuEach),
    ((3600 / cpuEach) | 0).toString(),
  ]);
  return formatTable(['trainings', 'projects', 'together', 'CPU each', 'a core would do in an hour'], rows);
}

function formatShards(shards: readonly Sharded[]): string {
  const rows = shards.map(({ shards, texts, seconds, cpuSeconds, memoryBytes }) => [
    `${shards} at a time`,
    String(texts),
    formatSeconds(seconds),
    (texts / seconds).toFixed(0),
    formatSeconds(cpuSeconds / texts),
    formatBytes(memoryBytes),
  ]);
  return formatTable(['sparrow predict, shards', 'texts', 'together', 'texts/s', 'CPU each', 'memory of each'], rows);
}
