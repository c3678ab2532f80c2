// A whole server in one process for tests: memory or file store, trainings in this thread, no port.

import { Registry, type RegistryOptions } from '../../src/projects/registry.ts';
import type { BackendClass } from '../../src/sdk/backend.ts';
import { SimpleTextClassifier } from '../../src/sdk/simple-text-classifier.ts';
import { type AppOptions, createApp } from '../../src/server/app.ts';
import { EventLog } from '../../src/server/event-log.ts';
import { Metrics } from '../../src/server/metrics.ts';
import { noteKeeper } from '../../src/server/notes.ts';
import type { Log } from '../../src/server/route.ts';
import type { Journal } from '../../src/store/journal.ts';
import { MemoryJournal } from '../../src/store/memory-journal.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { ModelStore } from '../../src/store/model-store.ts';
import { InProcessRunner, sourceOf } from '../../src/training/runner.ts';

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  body: any;
  headers: Headers;
}

export type TryOptions = Partial<Omit<RegistryOptions, 'backend'>> &
  Omit<AppOptions, 'registry' | 'events' | 'metrics'> & { Backend?: BackendClass };

export interface TryApp {
  hono: ReturnType<typeof createApp>['hono'];
  registry: Registry;
  store: ModelStore;
  journal: Journal;
  events: EventLog;
  metrics: Metrics;
  routes: ReturnType<typeof createApp>['routes'];
  /** Everything that was logged, as text. */
  logged(): string;
  request(path: string, init?: RequestInit): Promise<Answer>;
  get(path: string, headers?: { [name: string]: string }): Promise<Answer>;
  post(path: string, body: unknown, headers?: { [name: string]: string }): Promise<Answer>;
}

export function tryApp(options: TryOptions = {}): TryApp {
  const { store = new MemoryStore(), journal = new MemoryJournal(), Backend = SimpleTextClassifier } = options;
  const lines: string[] = [];
  const write = (values: object, message: string) => void lines.push(JSON.stringify({ ...values, message }));
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const events = new EventLog();
  const metrics = new Metrics();
  const registry = new Registry({
    runner: new InProcessRunner(Backend, sourceOf(journal, store)),
    onNote: noteKeeper({ events, metrics, log }),
    ...options,
    store,
    journal,
    backend: { url: 'test:', Backend },
  });
  const { hono, routes } = createApp({ log, modelDir: 'models', ...options, registry, events, metrics });
  const request = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await hono.request(path, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
  };
  return {
    hono,
    registry,
    store,
    journal,
    events,
    metrics,
    routes,
    logged: () => lines.join('\n'),
    request,
    get: (path, headers = {}) => request(path, { headers }),
    post: (path, body, headers = {}) =>
      request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'heartex/1.22.0', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

export const newsConfig =
  '<View><Text name="news" value="$text"/><Choices name="topic" toName="news"><Choice value="Politics"/>' +
  '<Choice value="Technology"/><Choice value="Sport"/><Choice value="Weather"/></Choices></View>';

/** Four topics whose texts share their own words. */
export const newsTexts: readonly [text: string, label: string][] = [
  ['Rain will spread from the west by evening', 'Weather'],
  ['Heavy rain and wind are expected tomorrow', 'Weather'],
  ['The striker scored twice in the final', 'Sport'],
  ['The team won the final after extra time', 'Sport'],
  ['Parliament votes on the budget tonight', 'Politics'],
  ['The minister defends the budget in parliament', 'Politics'],
  ['The new phone charges in ten minutes', 'Technology'],
  ['A phone with a faster chip is announced', 'Technology'],
];

const firstSecond = Date.parse('2026-01-02T03:10:00Z');

export interface AnnotationOptions {
  /** When it was saved, in seconds; by default annotations come in the order of their ids. */
  second?: number;
  more?: object;
}

/** An annotation as Label Studio sends it; without a label it was skipped. */
export function annotation(id: number, label: string | null, { second = id, more = {} }: AnnotationOptions = {}) {
  const result =
    label === null
      ? []
      : [{ id: 'r1', from_name: 'topic', to_name: 'news', type: 'choices', value: { choices: [label] } }];
  const time = new Date(firstSecond + second * 1000).toISOString().replace('Z', '000Z');
  return { id, task: id, result, was_cancelled: label === null, created_at: time, updated_at: time, ...more };
}

export interface EventOptions extends AnnotationOptions {
  action?: string;
  project?: object;
}

/** A webhook's body about one annotation: task and annotation have the same id. */
export function annotated(id: number, text: string, label: string | null, options: EventOptions = {}): object {
  return {
    action: options.action ?? 'ANNOTATION_CREATED',
    annotation: annotation(id, label, options),
    task: { id, data: { text } },
    project: { id: 7, title: 'News', label_config: newsConfig, ...options.project },
  };
}

/** The webhooks of one annotator who labels all of `newsTexts`. */
export function newsEvents(project: object = {}): object[] {
  return newsTexts.map(([text, label], i) => annotated(i + 1, text, label, { project }));
}

/** Body of a predict with one task for each text. */
export function predictBody(texts: readonly string[], project: unknown = '7.1690000000'): object {
  const tasks = texts.map((text, id) => ({ id, data: { text } }));
  return { tasks, project, label_config: newsConfig, params: { login: null, password: null, context: null } };
}

/** The label that each result ticks; null for none. */
export function labelsOf(answer: Answer): (string | null)[] {
  return answer.body.results.map(
    (one: { result: { value: { choices: string[] } }[] }) => one.result[0]?.value.choices[0] ?? null,
  );
}
