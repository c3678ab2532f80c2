// The entry of a process that only predicts: it is given connections, answers POST /predict and GET /health from models that
// it reads and never writes, and passes everything else on to the process that keeps everything. It ends with it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Context } from 'hono';
import { messageOf, SparrowError } from '../errors.ts';
import { ServingProjects, type ServingProjectsOptions } from '../projects/serving-projects.ts';
import { loadBackendModule } from '../sdk/backend-module.ts';
import { FileStore } from '../store/file-store.ts';
import { createPredictApp, defaultLimits } from './app.ts';
import { settingsOf, sharedPlacesOf } from './configuration.ts';
import { receive } from './listen.ts';
import { askOwner, passOn } from './owner-door.ts';
import { routePathIn } from './route-path.ts';
import type { Beginning, ToOwner, ToServing } from './serving-messages.ts';
import { ServingNews } from './serving-news.ts';

interface Serving {
  projects: ServingProjects;
  hear(message: Exclude<ToServing, Beginning>): Promise<void>;
  take(socket: Socket): void;
  stop(graceMs: number): Promise<void>;
}

/** Just under what container engines wait. */
const alarmedGraceMs = 8000;

function tell(message: ToOwner, onSent?: () => void): void {
  // Without an owner the process is about to end.
  if (process.connected) process.send?.(message, undefined, undefined, () => onSent?.());
  else onSent?.();
}

async function begin(message: Beginning): Promise<Serving> {
  const { configuration, owner, directions } = message;
  const news = new ServingNews((told) => tell({ kind: 'news', news: told }), {
    isDebug: configuration.logLevel === 'debug' || configuration.logLevel === 'trace',
  });
  const written = new Map<number, (error: string | null) => void>();
  const { projects, close } = await openProjects(message, written, news);
  for (const direction of directions) projects.follow(direction);
  const { metrics, events, recent, log } = news;
  const auth = configuration.auth && { ...configuration.auth, webhookSecret: configuration.webhookSecret };
  const limits = { ...defaultLimits, ...configuration.limits };
  const { modelDir } = configuration;
  const passOnRead = (c: Context, body: object) => askOwner(incomingOf(c), JSON.stringify(body), owner);
  const parts = { registry: projects, events, metrics, limits, log, modelDir, recent, passOn: passOnRead };
  const before = (request: IncomingMessage, response: ServerResponse) => {
    if (isOurs(request)) return false;
    passOn(request, response, owner);
    return true;
  };
  const receiver = receive(createPredictApp(parts, auth), { before });
  news.flush();
  tell({ kind: 'serving' });
  return {
    projects,
    hear: async (heard) => {
      if (heard.kind === 'changed') await projects.changed(heard.project);
      else if (heard.kind === 'direction') projects.follow(heard.direction);
      else if (heard.kind === 'exchange') await projects.exchangeBackend(await loadBackendModule(heard.backendUrl));
      else if (heard.kind === 'written') written.get(heard.id)?.(heard.error);
    },
    take: (socket) => receiver.take(socket),
    stop: async (graceMs) => {
      await receiver.close(graceMs);
      news.end();
      await close();
    },
  };
}

async function openProjects(
  { configuration, backendUrl }: Beginning,
  written: Map<number, (error: string | null) => void>,
  { log: lines }: ServingNews,
): Promise<{ projects: ServingProjects; close(): Promise<void> }> {
  const log = (project: string, message: string) => tell({ kind: 'note', note: { kind: 'model', project, message } });
  const onWarning = (message: string) => lines.warn({}, message);
  const { mostLoaded, modelDir } = configuration;
  const backend = await loadBackendModule(backendUrl);
  const common: Omit<ServingProjectsOptions, 'store'> = {
    backend,
    settings: settingsOf(configuration),
    mostLoaded,
    log,
  };
  if (configuration.redisUrl !== null) {
    const { openServing } = await import('../projects/production.ts');
    return openServing({ stores: { ...sharedPlacesOf(configuration), onWarning }, projects: common });
  }
  const store = await FileStore.open({ dir: modelDir, readOnly: true, onWarning });
  let writes = 0;
  const projects = new ServingProjects({
    ...common,
    store: {
      current: (project) => store.current(project),
      versions: (project) => store.versions(project),
      read: (project, version, file) => store.read(project, version, file),
      getState: (project) => store.getState(project),
      setState: (project, patch) =>
        new Promise((resolve, reject) => {
          const id = ++writes;
          written.set(id, (error) => {
            written.delete(id);
            if (error === null) resolve();
            else reject(new SparrowError('IO_FAILED', error));
          });
          tell({ kind: 'write', id, project, patch });
        }),
    },
  });
  return { projects, close: () => projects.close() };
}

function isOurs({ method, url = '/' }: IncomingMessage): boolean {
  if (method !== 'POST' && method !== 'GET') return false;
  return url.startsWith('/') && routePathIn(url) === (method === 'POST' ? '/predict' : '/health');
}

function incomingOf(c: Context): IncomingMessage {
  return (c.env as { incoming: IncomingMessage }).incoming;
}

function main(): void {
  let serving: Promise<Serving> | null = null;
  const stop = (graceMs: number) => {
    const stopping = serving?.then((one) => one.stop(graceMs)) ?? Promise.resolve();
    // What was told last is on its way until the channel has taken this.
    void stopping.catch(() => {}).then(() => tell({ kind: 'stopped' }, () => process.exit(0)));
  };
  process.on('message', (message: ToServing, socket?: Socket) => {
    if (message.kind === 'connection') {
      // Where the client has left meanwhile, there is none.
      tell({ kind: 'taken', id: message.id });
      if (socket !== undefined) void serving?.then((one) => one.take(socket));
    } else if (message.kind === 'begin') {
      serving = begin(message);
      serving.catch(failed);
    } else if (message.kind === 'stop') stop(message.graceMs);
    else void serving?.then((one) => one.hear(message)).catch(failed);
  });
  // A terminal interrupts all processes of its group; the owner says when to stop.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  process.once('SIGTERM', () => stop(alarmedGraceMs));
  process.once('disconnect', () => process.exit(0));
  tell({ kind: 'ready' });
}

/** Another takes its place. */
function failed(error: unknown): void {
  const isBug = error instanceof Error && !(error instanceof SparrowError);
  const said = isBug ? (error.stack ?? error.message) : messageOf(error);
  tell({ kind: 'failed', error: said }, () => process.exit(1));
}

main();
