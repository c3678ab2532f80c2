// `npm run bench -- start`: from the start of a process to its first answer, beside Node's own start and an empty module.
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from './client.ts';
import { type Finding, nothingFound, type Settings } from './finding.ts';
import { type News, predictBody, projectOf, readNews, trainProject, withManyLabels } from './news-project.ts';
import { runCommand } from './runner.ts';
import { serverProblem, startSparrow } from './server-process.ts';
import { type Summary, summarize } from './statistics.ts';
import { formatBytes, formatSpread, formatTable } from './table.ts';
import { commandLine } from './whole-process.ts';

/** So many times as many labels, and so many texts to train on: a model of some 32 MB. */
const labelsTimes = 12;
const trainedTexts = 20_000;
const trained = projectOf(7);
const untrained = projectOf(8);

interface Start {
  readonly name: string;
  measure(): Promise<number>;
}

export async function runStart({ data, isQuick, say }: Settings): Promise<Finding> {
  const problem = serverProblem();
  if (problem) return nothingFound('start', problem);
  const folder = mkdtempSync(join(tmpdir(), 'sparrow-start-'));
  try {
    const news = withManyLabels(readNews(data), labelsTimes);
    say(`training on ${trainedTexts} texts`);
    const server = await startSparrow(folder, { AUTO_SECONDS: '0' });
    const client = new Client(server.url, 1);
    await trainProject(client, news, trained, isQuick ? 2000 : trainedTexts);
    client.close();
    await server.stop();
    const model = formatBytes(largestFile(join(folder, 'models')));
    const empty = join(folder, 'empty.mjs');
    writeFileSync(empty, '');
    const starts: Start[] = [
      { name: 'node, an empty module', measure: async () => timed(() => runCommand(process.execPath, [empty])) },
      {
        name: 'sparrow --help',
        measure: async () => timed(() => runCommand(process.execPath, [commandLine, '--help'])),
      },
      { name: 'server, untrained project', measure: () => firstPrediction(folder, news, untrained.uid) },
      { name: `server, model of ${model}`, measure: () => firstPrediction(folder, news, trained.uid) },
    ];
    const seconds = starts.map(() => [] as number[]);
    for (let run = 0; run < (isQuick ? 3 : 15); run++) {
      for (const [i, start] of starts.entries()) seconds[i]!.push(await start.measure());
    }
    const outcomes = starts.map(({ name }, i): { name: string; seconds: Summary } => {
      return { name, seconds: summarize(seconds[i]!) };
    });
    const rows = outcomes.map((outcome) => [outcome.name, formatSpread(outcome.seconds)]);
    return {
      kind: 'start',
      text: formatTable(['to the first answer', ''], rows),
      content: { outcomes },
      isRight: true,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function timed(run: () => void): number {
  const started = performance.now();
  run();
  return (performance.now() - started) / 1000;
}

/** From the start of the server to the first prediction, checked. */
async function firstPrediction(folder: string, news: News, uid: string): Promise<number> {
  const started = performance.now();
  const server = await startSparrow(folder, { AUTO_SECONDS: '0' });
  const client = new Client(server.url, 1);
  const body = predictBody(news, { uid, id: 0 }, [news.test.texts[0]!], 1);
  const { results } = await client.postJson<{ results: { score: number }[] }>('/predict', body);
  const seconds = (performance.now() - started) / 1000;
  client.close();
  await server.stop();
  if (!(results[0]!.score > 0)) throw new Error(`the first prediction of project ${uid} has no score`);
  return seconds;
}

function largestFile(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(...entries.map(({ parentPath, name }) => statSync(join(parentPath, name)).size));
}
