// Load on `POST /predict`: bodies of different texts, kept-alive connections, by wrk where it is installed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from './client.ts';
import { type News, type NewsProject, predictBody } from './news-project.ts';
import { awaitCommand, findCommand, peerPath } from './runner.ts';
import type { ServerProcess } from './server-process.ts';
import { quantile, summarize } from './statistics.ts';

/** Different texts, so that nothing can be answered from memory of the last request. */
const bodiesEach = 200;

export interface Load {
  readonly requests: number;
  readonly seconds: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly cpuSeconds: number | null;
}

export interface Pressure {
  readonly file: string;
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}

export async function loadServer(server: ServerProcess, pressure: Pressure): Promise<Load> {
  const before = server.cpuSeconds();
  const load = findCommand('wrk') ? await runWrk(server, pressure) : await runClient(server, pressure);
  const after = server.cpuSeconds();
  return { ...load, cpuSeconds: before === null || after === null ? null : after - before };
}

async function runWrk(
  { url }: ServerProcess,
  { file, connections, seconds }: Pressure,
): Promise<Omit<Load, 'cpuSeconds'>> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', '-s', peerPath('predict.lua'), url];
  const printed = await awaitCommand('wrk', args, { BODIES: file });
  const line = printed.split('\n').findLast((candidate) => candidate.startsWith('{'));
  if (!line) throw new Error(`wrk said nothing of its outcome: ${printed}`);
  return JSON.parse(line);
}

async function runClient(
  { url }: ServerProcess,
  { bodies, connections, seconds }: Pressure,
): Promise<Omit<Load, 'cpuSeconds'>> {
  const client = new Client(url, connections);
  const start = performance.now();
  const end = start + seconds * 1000;
  const latencies: number[] = [];
  let failed = 0;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      const sent = performance.now();
      const { status } = await client.post('/predict', bodies[next++ % bodies.length]!);
      if (status !== 200) failed++;
      latencies.push((performance.now() - sent) / 1000);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  client.close();
  return {
    requests: latencies.length,
    seconds: (performance.now() - start) / 1000,
    failed,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    max: quantile(latencies, 1),
  };
}

/** The median of what is picked from each load. */
export function medianOver(loads: readonly Load[]): (pick: (load: Load) => number) => number {
  return (pick) => summarize(loads.map(pick)).median;
}

/** Requests of so many tasks each. */
export function writeBodies(
  news: News,
  project: NewsProject,
  folder: string,
  tasks: number,
): Pick<Pressure, 'file' | 'bodies'> {
  const bodies = Array.from({ length: bodiesEach }, (_, i) => {
    const texts = Array.from({ length: tasks }, (_, j) => news.test.texts[(i * tasks + j) % news.test.texts.length]!);
    return JSON.stringify(predictBody(news, project, texts, i * tasks));
  });
  const file = join(folder, `bodies-${tasks}`);
  writeFileSync(file, `${bodies.join('\n')}\n`);
  return { file, bodies };
}
