// `npm run bench -- load`: predictions, annotations and trainings at once, at a fixed rate for a bounded time. A latency
// counts from the moment the request was due, so a server that stalls is charged for those who wait.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.ts';
import { type Finding, nothingFound, type Settings } from './finding.ts';
import {
  annotationEvent,
  type News,
  type NewsProject,
  predictBody,
  projectOf,
  readNews,
  trainingEvent,
  trainProject,
} from './news-project.ts';
import { serverProblem, startSparrow } from './server-process.ts';
import { quantile } from './statistics.ts';
import { seededRandom } from './synthesis.ts';
import { formatSeconds, formatTable } from './table.ts';

const projects = [1, 2, 3, 4].map(projectOf);
const trainedTexts = 1000;
const perSecond = 200;
/** Shares of the requests; the rest is one-task predictions. */
const mix = { annotation: 0.2, training: 0.002, many: 0.02 } as const;

type Kind = 'predict 1 task' | 'predict 100 tasks' | 'webhook: annotation' | 'webhook: training' | 'health';

interface Planned {
  readonly kind: Kind;
  readonly path: string;
  readonly body: string | null;
  readonly project: NewsProject;
}

interface Done {
  readonly kind: Kind;
  readonly project: NewsProject;
  readonly seconds: number;
  /** 0: no answer at all. */
  readonly status: number;
}

export async function runLoad({ data, isQuick, say }: Settings): Promise<Finding> {
  const problem = serverProblem();
  if (problem) return nothingFound('load', problem);
  const news = readNews(data);
  const folder = mkdtempSync(join(tmpdir(), 'sparrow-load-'));
  const server = await startSparrow(folder);
  const client = new Client(server.url, 64);
  try {
    for (const project of projects) await trainProject(client, news, project, trainedTexts);
    const seconds = isQuick ? 5 : 60;
    say(`${perSecond} requests/s for ${seconds} s over ${projects.length} projects`);
    const before = server.cpuSeconds();
    const done = await sendAll(client, planRequests(news, seconds * perSecond));
    const cpuSeconds = (server.cpuSeconds() ?? Number.NaN) - (before ?? Number.NaN);
    const lost = await findLost(client, done);
    const failed = done.filter(({ status }) => status === 0 || status >= 400).length;
    const routes = summarizeRoutes(done);
    const tail = [
      `${done.length} requests in ${seconds} s, ${failed} failed; server CPU ${formatSeconds(cpuSeconds)}`,
      lost.length === 0 ? 'Every acknowledged annotation is there.' : lost.join('\n'),
    ];
    return {
      kind: 'load',
      text: [formatRoutes(routes), ...tail].join('\n'),
      content: { perSecond, seconds, mix, projects: projects.length, trainedTexts, routes, failed, cpuSeconds, lost },
      isRight: lost.length === 0 && failed === 0,
    };
  } finally {
    client.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function planRequests(news: News, count: number): Planned[] {
  const random = seededRandom(1);
  const { texts, labels } = news.test;
  return Array.from({ length: count }, (_, i) => {
    const project = projects[i % projects.length]!;
    const at = i % texts.length;
    const draw = random();
    const plan = (kind: Kind, path: string, body: object | null): Planned => ({
      kind,
      path,
      body: body && JSON.stringify(body),
      project,
    });
    if (draw < mix.training) return plan('webhook: training', '/webhook', trainingEvent(news, project));
    if (draw < mix.training + mix.annotation) {
      // Ids beyond those of the first training.
      const event = annotationEvent(news, project, 1_000_000 + i, texts[at]!, labels[at]!);
      return plan('webhook: annotation', '/webhook', event);
    }
    if (draw > 1 - mix.many) {
      const many = Array.from({ length: 100 }, (_, j) => texts[(at + j) % texts.length]!);
      return plan('predict 100 tasks', '/predict', predictBody(news, project, many, i));
    }
    if (i % 50 === 0) return plan('health', '/health', null);
    return plan('predict 1 task', '/predict', predictBody(news, project, [texts[at]!], i));
  });
}

/** Send each when it is due, whether the earlier ones were answered or not. */
async function sendAll(client: Client, plan: readonly Planned[]): Promise<Done[]> {
  const start = performance.now();
  const answers = plan.map(async ({ kind, path, body, project }, i): Promise<Done> => {
    const due = start + (i / perSecond) * 1000;
    await sleep(Math.max(0, due - performance.now()));
    const answered = body === null ? client.get(path) : client.post(path, body);
    const status = await answered.then(
      (answer) => answer.status,
      () => 0,
    );
    return { kind, project, seconds: (performance.now() - due) / 1000, status };
  });
  return Promise.all(answers);
}

/** Projects that have not kept what was acknowledged, a sentence each. */
async function findLost(client: Client, done: readonly Done[]): Promise<string[]> {
  const lost: string[] = [];
  for (const project of projects) {
    const acknowledged = done.filter(
      (one) => one.project === project && one.kind === 'webhook: annotation' && one.status === 201,
    ).length;
    const { body } = await client.get(`/api/projects/${project.id}`);
    const { annotations } = JSON.parse(body) as { annotations: number };
    const expected = trainedTexts + acknowledged;
    if (annotations !== expected)
      lost.push(`Project ${project.id} has ${annotations} annotations, expected ${expected}.`);
  }
  return lost;
}

interface RouteSummary {
  readonly kind: Kind;
  readonly count: number;
  readonly failed: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

function summarizeRoutes(done: readonly Done[]): RouteSummary[] {
  return [...new Set(done.map(({ kind }) => kind))].sort().map((kind) => {
    const own = done.filter((one) => one.kind === kind);
    const times = own.map(({ seconds }) => seconds);
    return {
      kind,
      count: own.length,
      failed: own.filter(({ status }) => status === 0 || status >= 400).length,
      p50: quantile(times, 0.5),
      p90: quantile(times, 0.9),
      p99: quantile(times, 0.99),
      p999: quantile(times, 0.999),
      max: quantile(times, 1),
    };
  });
}

function formatRoutes(routes: readonly RouteSummary[]): string {
  const rows = routes.map(({ kind, count, failed, p50, p90, p99, p999, max }) => [
    kind,
    String(count),
    String(failed),
    ...[p50, p90, p99, p999, max].map(formatSeconds),
  ]);
  return formatTable(['', 'requests', 'failed', 'p50', 'p90', 'p99', 'p99.9', 'max'], rows);
}
