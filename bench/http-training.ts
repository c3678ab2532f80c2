// Predictions for one project while another gets a label and is trained on, again and again.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.ts';
import { type Load, loadServer, medianOver, type Pressure } from './http-load.ts';
import { annotationEvent, type News, projectOf, trainingEvent, trainProject, versionOf } from './news-project.ts';
import type { ServerProcess } from './server-process.ts';
import { formatSeconds, formatTable } from './table.ts';

const trainedProject = projectOf(8);

export interface During {
  readonly server: string;
  readonly loads: readonly Load[];
  /** Texts of the project that is trained on, and how often it was. */
  readonly texts: number;
  readonly trainings: number;
}

/** One connection, while trainings on so many texts follow one another. */
export async function loadDuringTrainings(
  server: ServerProcess,
  news: News,
  texts: number,
  { pressure, rounds }: { pressure: Pressure; rounds: number },
): Promise<During> {
  const labeller = await Labeller.begin(server, news, texts);
  const loads: Load[] = [];
  await loadServer(server, { ...pressure, seconds: 1 });
  for (let round = 0; round < rounds; round++) loads.push(await loadServer(server, pressure));
  return { server: server.name, texts, loads, trainings: await labeller.end() };
}

/** Gives a label and has the server train, over and over. */
class Labeller {
  readonly #client: Client;
  readonly #done: Promise<number>;
  #isEnding = false;

  private constructor(client: Client, news: News, count: number) {
    this.#client = client;
    this.#done = this.#run(news, count);
    this.#done.catch(() => {});
  }

  static async begin(server: ServerProcess, news: News, count: number): Promise<Labeller> {
    const client = new Client(server.url, 2);
    await trainProject(client, news, trainedProject, count);
    return new Labeller(client, news, count);
  }

  async #run(news: News, count: number): Promise<number> {
    for (let done = 0; ; done++) {
      if (this.#isEnding) return done;
      const version = await versionOf(this.#client, news, trainedProject);
      const next = count + done;
      const [text, label] = [news.train.texts[next]!, news.train.labels[next]!];
      await this.#client.post('/webhook', annotationEvent(news, trainedProject, next + 1, text, label));
      await this.#client.post('/webhook', trainingEvent(news, trainedProject));
      while (!this.#isEnding && (await versionOf(this.#client, news, trainedProject)) === version) await sleep(50);
    }
  }

  /** How many trainings there were. */
  async end(): Promise<number> {
    this.#isEnding = true;
    const trainings = await this.#done;
    this.#client.close();
    return trainings;
  }
}

export function formatDuring(during: readonly During[]): string {
  const rows = during.map(({ server, texts, trainings, loads }) => {
    const of = medianOver(loads);
    return [
      `${server} (${trainings} trainings on ${texts} texts)`,
      of(({ requests, seconds }) => requests / seconds).toFixed(0),
      formatSeconds(of(({ p50 }) => p50)),
      formatSeconds(of(({ p99 }) => p99)),
      formatSeconds(of(({ max }) => max)),
    ];
  });
  return formatTable(['1 task, 1 connection, during', 'requests/s', 'p50', 'p99', 'max'], rows);
}
