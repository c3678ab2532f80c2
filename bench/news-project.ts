// A Label Studio project made of the news corpus: its label config, tasks and events, as Label Studio sends them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';
import { type Corpus, corpusPath, readCorpus } from './corpus.ts';

export interface NewsProject {
  readonly uid: string;
  readonly id: number;
}

export interface News {
  readonly train: Corpus;
  readonly test: Corpus;
  readonly labelConfig: string;
}

export function readNews(data: string): News {
  const train = readCorpus(corpusPath(data, 'agnews', 'train'));
  const test = readCorpus(corpusPath(data, 'agnews', 'test'));
  return { train, test, labelConfig: labelConfigOf(train.labels) };
}

/** The same news with several times as many labels. */
export function withManyLabels(news: News, times: number): News {
  const labels = news.train.labels.map((label, i) => `${label} ${i % times}`);
  return { ...news, train: { ...news.train, labels }, labelConfig: labelConfigOf(labels) };
}

function labelConfigOf(labels: readonly string[]): string {
  const choices = [...new Set(labels)].map((label) => `<Choice value="${label}"/>`).join('');
  const text = '<Text name="news" value="$text"/>';
  return `<View>${text}<Choices name="topic" toName="news">${choices}</Choices></View>`;
}

export function projectOf(id: number): NewsProject {
  return { uid: `${id}.1767323045`, id };
}

export function predictBody(news: News, project: NewsProject, texts: readonly string[], firstId: number): object {
  return {
    tasks: texts.map((text, i) => ({ id: firstId + i, data: { text } })),
    project: project.uid,
    label_config: news.labelConfig,
    params: { login: null, password: null, context: null },
  };
}

export function annotationEvent(news: News, project: NewsProject, id: number, text: string, label: string): object {
  return {
    action: 'ANNOTATION_CREATED',
    annotation: annotationOf(id, label),
    task: { id, data: { text }, project: project.id },
    project: {
      id: project.id,
      title: 'News',
      label_config: news.labelConfig,
      created_at: '2026-01-02T03:04:05.000000Z',
    },
  };
}

export function trainingEvent(news: News, project: NewsProject): object {
  return {
    action: 'START_TRAINING',
    project: {
      id: project.id,
      title: 'News',
      label_config: news.labelConfig,
      created_at: '2026-01-02T03:04:05.000000Z',
    },
  };
}

/** Connect, and train on the first `count` texts; ends when the server has trained. */
export async function trainProject(client: Client, news: News, project: NewsProject, count: number): Promise<void> {
  await patiently(client, '/setup', { project: project.uid, schema: news.labelConfig, hostname: '', access_token: '' });
  const annotations = news.train.texts.slice(0, count).map((text, i) => ({
    id: i + 1,
    data: { text },
    annotations: [annotationOf(i + 1, news.train.labels[i]!)],
  }));
  const body = { annotations, project: project.uid, label_config: news.labelConfig, params: {} };
  const { job } = await patiently<{ job?: string }>(client, '/train', body);
  if (job === undefined) return;
  for (;;) {
    const status = await patiently<{ job_status: string; error: string | null }>(client, '/job_status', { job });
    if (status.job_status === 'finished') return;
    if (status.job_status === 'failed') throw new Error(`the training failed: ${status.error}`);
    await sleep(50);
  }
}

/** The version that answers now. */
export async function versionOf(client: Client, news: News, project: NewsProject): Promise<string> {
  const body = { project: project.uid, schema: news.labelConfig, hostname: '', access_token: '' };
  return (await patiently<{ model_version: string }>(client, '/setup', body)).model_version;
}

/** A server that is short of something says 503, and is asked again as it wants to be. */
async function patiently<T>(client: Client, path: string, body: object): Promise<T> {
  for (let attempt = 1; attempt < 100; attempt++) {
    const { status, body: text } = await client.post(path, body);
    if (status < 400) return JSON.parse(text) as T;
    if (status !== 503) throw new Error(`POST ${path} answered ${status}: ${text.slice(0, 300)}`);
    await sleep(200);
  }
  throw new Error(`POST ${path} was answered 503 a hundred times`);
}

function annotationOf(id: number, label: string): object {
  return {
    id,
    result: [{ id: `r${id}`, from_name: 'topic', to_name: 'news', type: 'choices', value: { choices: [label] } }],
    was_cancelled: false,
    ground_truth: false,
    created_at: '2026-01-02T03:10:00.000000Z',
    updated_at: '2026-01-02T03:10:00.000000Z',
    completed_by: 1,
    task: id,
  };
}
