// `sparrow demo`: the whole of it without Label Studio. A server of its own with nothing in it, an annotator that labels
// news over HTTP as Label Studio would, and the predictions getting better in front of one's eyes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { SparrowError } from '../errors.ts';
import { isObject, type JsonObject } from '../labelstudio/types.ts';
import { Annotator, type DemoProject, projectOf, seededRandom } from './demo-annotator.ts';
import { englishNews } from './demo-news.ts';
import { germanNews } from './demo-news-german.ts';
import type { Session } from './session.ts';
import { interruptionOf } from './start.ts';
import { counted } from './visible.ts';

interface DemoFlags {
  port: string;
  rate: string;
  texts: string;
  fast?: boolean;
  stay?: boolean;
}

const ownModel = new URL('../sdk/simple-text-classifier.js', import.meta.url).href;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const shownEvery = 20;
const mostShown = 8;

export function configure(command: Command, session: Session): void {
  command
    .option('-p, --port <number>', 'port of the demo’s own server; 0 takes any', '9090')
    .option('--rate <number>', 'texts labelled a second', '4')
    .option('--texts <number>', 'texts labelled of each language at most', '1000')
    .option('--fast', 'label as fast as it goes, and end when done')
    .option('--no-stay', 'end when all is labelled')
    .action((flags: DemoFlags) => demo(flags, session));
}

async function demo(flags: DemoFlags, session: Session): Promise<void> {
  const pace = paceOf(flags, session);
  const most = positive('--texts', flags.texts);
  const { startServer } = await import('../server/start-server.ts');
  const { readConfiguration } = await import('../server/configuration.ts');
  const modelDir = await mkdtemp(join(tmpdir(), 'sparrow-demo-'));
  // Nothing of the caller's settings: the demo is the same everywhere.
  const configuration = readConfiguration({ HOST: '127.0.0.1', PORT: flags.port, MODEL_DIR: modelDir });
  const server = await startServer({ configuration, backendUrl: ownModel, log: silent });
  const url = `http://127.0.0.1:${server.port}`;
  try {
    await session.write(`Watch it learn: ${url}/\n\n`);
    const stopped = interruptionOf(session).then(() => 'stopped' as const);
    const done = show(url, { pace, most }, session).then(() => 'done' as const);
    done.catch(() => {});
    const outcome = await Promise.race([done, stopped]);
    const stays = outcome === 'done' && flags.stay !== false && !flags.fast;
    if (stays) {
      await session.write(`\nThe dashboard stays at ${url}/ until you press Ctrl-C.\n`);
      await stopped;
    }
  } finally {
    await server.close(1000);
    await rm(modelDir, { recursive: true, force: true });
  }
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1000) return value;
  throw new SparrowError('BAD_OPTION', `${flag} must be a number above 0 and up to 1000, not ${JSON.stringify(text)}.`);
}

/** Waits between two texts. */
function paceOf({ rate, fast }: DemoFlags, { io: { signal } }: Session): () => Promise<void> {
  const perSecond = positive('--rate', rate);
  return async () => {
    signal?.throwIfAborted();
    if (!fast) await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond));
  };
}

async function show(
  url: string,
  { pace, most }: { pace: () => Promise<void>; most: number },
  session: Session,
): Promise<void> {
  const random = seededRandom(7);
  const projects = [projectOf(1, 'News', englishNews, random), projectOf(2, 'Nachrichten', germanNews, random)];
  const request = (path: string, body?: object) => ask(`${url}${path}`, body);
  for (const whole of projects) {
    const project = { ...whole, toLabel: whole.toLabel.slice(0, most) };
    const annotator = new Annotator(project, { request, random, pace });
    await annotator.connect();
    await labelProject(project, annotator, session);
    await idle(project, request);
    await report(project, annotator, request, session);
  }
}

async function labelProject(project: DemoProject, annotator: Annotator, session: Session): Promise<void> {
  const { title, toLabel, heldOut } = project;
  await session.write(`${title}: ${counted(toLabel.length, 'text')} to label, ${heldOut.length} others to judge by\n`);
  const line = async (labelled: number) => {
    const { accuracy, modelVersion } = await annotator.accuracy();
    session.progress.clear();
    await session.write(`${lineOf(labelled, accuracy, modelVersion)}\n`);
  };
  await line(0);
  await annotator.labelAll(async (labelled) => {
    session.progress.update('labelling', labelled, toLabel.length);
    const isShown = labelled % shownEvery === 0 || labelled === toLabel.length || labelled === shownEvery / 2;
    if (isShown) await line(labelled);
  });
}

function lineOf(labelled: number, accuracy: number, modelVersion: string): string {
  const version = /^v0*(\d+)-/.exec(modelVersion)?.[1];
  const bar = '█'.repeat(Math.round(accuracy * 30)).padEnd(30, '░');
  const name = version === undefined ? 'label names only' : `version ${version}`;
  return `  ${String(labelled).padStart(4)} labelled  ${bar} ${(accuracy * 100).toFixed(0).padStart(3)} % right  ${name}`;
}

type Ask = (path: string, body?: object) => Promise<JsonObject>;

/** Wait for the last training, so that the report is about all labels. */
async function idle({ id }: DemoProject, request: Ask): Promise<void> {
  for (;;) {
    const { training } = await request(`/api/projects/${id}`);
    if (training !== true) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function report(project: DemoProject, annotator: Annotator, request: Ask, session: Session): Promise<void> {
  const summary = await request(`/api/projects/${project.id}`);
  const { accuracy, modelVersion } = await annotator.accuracy();
  const { versions } = await request(`/api/projects/${project.id}/versions`);
  const { controls } = await request(`/api/projects/${project.id}/report`);
  const lines = [
    lineOf(project.toLabel.length, accuracy, modelVersion),
    `  learnt from ${counted(Number(summary.annotations), 'annotation')}, last training ${secondsOf(versions)}`,
    ...acceptanceLine(summary.acceptance),
    ...suspicionLines(controls, annotator),
  ];
  await session.write(`${lines.join('\n')}\n\n`);
}

function secondsOf(versions: unknown): string {
  const [last] = Array.isArray(versions) ? versions.filter(isObject) : [];
  return typeof last?.seconds === 'number' ? `in ${Math.round(last.seconds * 1000)} ms` : 'not measured';
}

function acceptanceLine(acceptance: unknown): string[] {
  if (!isObject(acceptance) || typeof acceptance.judged !== 'number' || acceptance.judged === 0) return [];
  const share = (100 * Number(acceptance.accepted)) / acceptance.judged;
  return [`  ${share.toFixed(0)} % of the predictions shown while labelling were left as they were`];
}

/** The annotator slipped now and then; how many of its slips does the report find? */
function suspicionLines(controls: unknown, { slips }: Annotator): string[] {
  const lists = Array.isArray(controls) ? controls.filter(isObject).map(({ suspicious }) => suspicious) : [];
  const suspects = lists.flat().filter(isObject);
  if (slips.size === 0 || suspects.length === 0) return [];
  const tasks = suspects.map(({ task }) => String(task));
  const found = tasks.filter((task) => slips.has(task));
  const head = `  the annotator slipped ${counted(slips.size, 'time')}; of ${tasks.length} labels that look wrong ${found.length} were slips:`;
  const shown = found.slice(0, mostShown).map((task) => {
    const slip = slips.get(task);
    return `    task ${task}: labelled ${slip?.given}, is ${slip?.label}: ${slip?.text.slice(0, 60)}…`;
  });
  return [head, ...shown];
}

async function ask(address: string, body?: object): Promise<JsonObject> {
  const init = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'sparrow-demo' },
    body: JSON.stringify(body),
  };
  const response = await fetch(address, init);
  const answer: unknown = await response.json();
  if (response.ok && isObject(answer)) return answer;
  const why = isObject(answer) && typeof answer.error === 'string' ? answer.error : `status ${response.status}`;
  throw new SparrowError('IO_FAILED', `The demo’s server refused ${new URL(address).pathname}: ${why}`);
}
