// `npm run bench -- http`: `POST /predict` on the running server, kept-alive connections, one task and a hundred, beside
// the reference backend's way of answering; and while another project is trained on. Predictions are checked before the
// load starts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from './client.ts';
import { type Finding, nothingFound, type Settings } from './finding.ts';
import { type Load, loadServer, medianOver, writeBodies } from './http-load.ts';
import { type During, formatDuring, loadDuringTrainings } from './http-training.ts';
import { type News, predictBody, projectOf, readNews, trainProject } from './news-project.ts';
import { findCommand, findPython } from './runner.ts';
import { type ServerProcess, serverProblem, startReference, startSparrow } from './server-process.ts';
import { type Summary, summarize } from './statistics.ts';
import { formatSeconds, formatTable } from './table.ts';

const trainedTexts = 4000;
const project = projectOf(7);
/** As it comes, and in more processes than one. */
const variants = [
  { name: 'sparrow', settings: {} },
  { name: 'sparrow, 2 processes', settings: { WORKERS: '2' } },
] as const;
const scenarios = [
  { name: '1 task', tasks: 1, connections: 8 },
  { name: '100 tasks', tasks: 100, connections: 4 },
] as const;

interface Outcome {
  readonly scenario: string;
  readonly server: string;
  readonly perSecond: Summary;
  readonly loads: readonly Load[];
}

interface Checked {
  readonly server: string;
  readonly startSeconds: number;
  readonly accuracy: number;
}

export async function runHttp({ data, isQuick, say }: Settings): Promise<Finding> {
  const problem = serverProblem();
  if (problem) return nothingFound('http', problem);
  const news = readNews(data);
  const folder = mkdtempSync(join(tmpdir(), 'sparrow-http-'));
  const python = findPython('flask, gunicorn, sklearn');
  const servers: ServerProcess[] = [];
  try {
    for (const { name, settings } of variants) servers.push(await startSparrow(join(folder, name), settings, name));
    const own = [...servers];
    if (python) servers.push(await startReference(python, folder), await startReference(python, null));
    const checked: Checked[] = [];
    for (const server of servers) checked.push(await prepare(server, news, say));
    const effort = { seconds: isQuick ? 1 : 5, rounds: isQuick ? 2 : 5 };
    const outcomes = await runScenarios(servers, news, folder, effort, say);
    const during: During[] = [];
    const pressure = { ...writeBodies(news, project, folder, 1), connections: 1, seconds: effort.seconds };
    const [texts, rounds] = isQuick ? [2000, 2] : [17_000, 3];
    for (const server of own) {
      say(`POST /predict during trainings on ${texts} texts: ${server.name}`);
      during.push(await loadDuringTrainings(server, news, texts, { pressure, rounds }));
    }
    const notes = [
      findCommand('wrk')
        ? 'Load by wrk, one thread.'
        : 'wrk: not installed; load by node:http, which itself bounds the rate.',
      python
        ? 'The reference is written anew and does less than the original: see bench/peers/reference-server.py.'
        : 'flask, gunicorn: not installed.',
    ];
    return {
      kind: 'http',
      text: [formatHttp(outcomes), formatDuring(during), ...checked.map(formatChecked), ...notes].join('\n'),
      content: { trainedTexts, checked, outcomes, during, notes },
      isRight: [...outcomes, ...during].every(({ loads }) => loads.every(({ failed }) => failed === 0)),
    };
  } finally {
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Train the server and see that it predicts. */
async function prepare(server: ServerProcess, news: News, say: Settings['say']): Promise<Checked> {
  say(`${server.name}: training on ${trainedTexts} texts`);
  const client = new Client(server.url, 2);
  await trainProject(client, news, project, trainedTexts);
  const texts = news.test.texts.slice(0, 500);
  const answer = await client.postJson<{
    results: { result: { value: { choices: string[] } }[]; score: number }[];
    model_version: string;
  }>('/predict', predictBody(news, project, texts, 1));
  client.close();
  if (answer.results.length !== texts.length)
    throw new Error(`${server.name} answered ${answer.results.length} results`);
  const right = answer.results.filter(({ result }, i) => result[0]?.value.choices[0] === news.test.labels[i]).length;
  const accuracy = right / texts.length;
  if (accuracy < 0.8) throw new Error(`${server.name} predicts ${accuracy} of the texts right, expected 0.8 or more`);
  return { server: server.name, startSeconds: server.startSeconds, accuracy };
}

async function runScenarios(
  servers: readonly ServerProcess[],
  news: News,
  folder: string,
  effort: { seconds: number; rounds: number },
  say: Settings['say'],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, tasks, connections } of scenarios) {
    const pressure = { ...writeBodies(news, project, folder, tasks), connections };
    const loads = servers.map(() => [] as Load[]);
    say(`POST /predict, ${name}`);
    // Once for nothing: both sides compile or fill what they use first.
    for (const server of servers) await loadServer(server, { ...pressure, seconds: 1 });
    for (let round = 0; round < effort.rounds; round++) {
      for (const [i, server] of servers.entries()) {
        loads[i]!.push(await loadServer(server, { ...pressure, seconds: effort.seconds }));
      }
    }
    for (const [i, server] of servers.entries()) {
      const perSecond = summarize(loads[i]!.map(({ requests, seconds }) => requests / seconds));
      outcomes.push({ scenario: name, server: server.name, perSecond, loads: loads[i]! });
    }
  }
  return outcomes;
}

function formatHttp(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ scenario, server, perSecond, loads }) => {
    const ours = outcomes.find((other) => other.scenario === scenario && other.server === 'sparrow')!;
    const of = medianOver(loads);
    const cpu = of(({ cpuSeconds, requests }) => (cpuSeconds ?? Number.NaN) / requests);
    return [
      `${scenario}: ${server}`,
      `${perSecond.median.toFixed(0)} (${perSecond.min.toFixed(0)} – ${perSecond.max.toFixed(0)})`,
      server === 'sparrow' ? '' : `${(ours.perSecond.median / perSecond.median).toFixed(1)}×`,
      formatSeconds(of(({ p50 }) => p50)),
      formatSeconds(of(({ p99 }) => p99)),
      formatSeconds(cpu),
      String(loads.reduce((sum, { failed }) => sum + failed, 0)),
    ];
  });
  const heading = ['POST /predict', 'requests/s', 'Sparrow is', 'p50', 'p99', 'CPU each', 'failed'];
  return formatTable(heading, rows);
}

function formatChecked({ server, startSeconds, accuracy }: Checked): string {
  const start = formatSeconds(startSeconds);
  return `${server}: first answer ${start} after its start; ${(accuracy * 100).toFixed(1)} % of 500 texts right`;
}
