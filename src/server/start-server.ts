// Puts the server together: files under MODEL_DIR and a training thread or, with REDIS_URL, what it shares with others; and
// one port. Which model class it serves is a module's URL; nothing here knows it by name.
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import type { Direction } from '../projects/directions.ts';
import { Registry, type RegistryOptions } from '../projects/registry.ts';
import { type BackendModule, loadBackendModule } from '../sdk/backend-module.ts';
import { FileJournal } from '../store/file-journal.ts';
import { FileStore } from '../store/file-store.ts';
import { ThreadRunner } from '../training/thread-runner.ts';
import { createApp } from './app.ts';
import { type Configuration, settingsOf, sharedPlacesOf } from './configuration.ts';
import { RecentPredictions } from './dashboard-recent.ts';
import { EventLog } from './event-log.ts';
import { type Listener, listen, receive } from './listen.ts';
import { Metrics } from './metrics.ts';
import { noteKeeper } from './notes.ts';
import type { Log } from './route.ts';
import type { ServingProcessesOptions } from './serving-processes.ts';
import { studioOf } from './studio.ts';

export interface StartOptions {
  configuration: Configuration;
  /** URL of the module with the model class. */
  backendUrl: string;
  log: Log;
  /** Where trainings are logged; default where all else is. */
  trainingLog?: Log;
  metrics?: Metrics;
}

export interface RunningServer {
  host: string;
  port: number;
  /** Addresses to type into Label Studio, the likeliest first. */
  urls: string[];
  /** Serve the model class of another module, or of the same at another address, from the next request on. */
  exchange(backendUrl: string): Promise<void>;
  /** Answer what has come, stop the trainings, keep everything; within about `graceMs`. */
  close(graceMs?: number): Promise<void>;
}

/** Under the ten seconds that container engines wait before they kill. */
const defaultGraceMs = 8000;
/** What serving processes passed on is answered before they end. */
const lastRequestsMs = 100;

export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { configuration, backendUrl, log, metrics = new Metrics() } = options;
  const { modelDir, limits, webhookSecret } = configuration;
  const auth = configuration.auth && { ...configuration.auth, webhookSecret };
  const events = new EventLog();
  const onWarning = (message: string) => {
    metrics.storeWarnings++;
    events.add({ kind: 'model', project: '', did: message });
    log.warn({}, message);
  };
  const audience: Audience = { changed: () => {}, direct: () => {} };
  const isShared = configuration.redisUrl !== null || configuration.s3Url !== null;
  const common = {
    backend: await loadBackendModule(backendUrl),
    settings: settingsOf(configuration),
    ...(await studioOf(configuration)),
    trainEachUpdates: configuration.trainEachUpdates,
    mostLoaded: configuration.mostLoaded,
    onNote: noteKeeper({ events, metrics, log: options.trainingLog ?? log }),
    onDirection: (direction: Direction) => audience.direct(direction),
  };
  const parts = await (isShared ? shared : embedded)(configuration, common, audience, onWarning);
  const { registry, start, problem: storeProblem, close: keep } = parts;
  const { host, port, labelStudio, labelStudioUrl } = configuration;
  const site = { host, port, labelStudio: { url: labelStudioUrl, apiKey: labelStudio?.apiKey ?? null } };
  const recent = new RecentPredictions();
  const { hono } = createApp({ registry, events, metrics, auth, limits, log, modelDir, storeProblem, site, recent });
  const open = async (): Promise<Door> => {
    // Before the first request: nobody may be told that nothing is training while a training is owed.
    await start();
    if (configuration.workers === 1) return listen(hono, { host, port });
    const { onNote } = common;
    const write = parts.write;
    return openServing(
      hono,
      { configuration, backendUrl, events, metrics, recent, log, onNote, write, registry },
      audience,
    );
  };
  const listener = await open().catch(async (error: unknown) => {
    await keep();
    throw error;
  });
  if (auth === null && !isLoopback(host)) warnOfOpenDoor(host, log);
  return {
    host,
    port: listener.port,
    urls: urlsOf(host, listener.port),
    exchange: async (url) => {
      await registry.exchangeBackend(await loadBackendModule(url));
      listener.exchange?.(url);
    },
    close: async (graceMs = defaultGraceMs) => {
      events.end();
      await listener.close(graceMs);
      await keep();
    },
  };
}

/** Whoever must hear of what this process changes; nobody at first. */
interface Audience {
  changed(project: string): void;
  direct(direction: Direction): void;
}

/** Where requests come in. */
interface Door extends Pick<Listener, 'port' | 'close'> {
  exchange?(backendUrl: string): void;
}

/** Connections go to processes that predict, as many as WORKERS says; what is not theirs they pass on to this one. */
async function openServing(
  hono: Hono,
  { registry, ...options }: Omit<ServingProcessesOptions, 'owner' | 'here' | 'directions'> & { registry: Registry },
  audience: Audience,
): Promise<Door> {
  const [{ openOwnerDoor }, { ServingProcesses }] = await Promise.all([
    import('./owner-door.ts'),
    import('./serving-processes.ts'),
  ]);
  const door = await openOwnerDoor(hono);
  const directions = () => registry.directions();
  const here = receive(hono, {});
  const processes = await ServingProcesses.open({ ...options, owner: door.address, here, directions }).catch(
    async (error: unknown) => {
      await Promise.all([door.close(0), here.close(0)]);
      throw error;
    },
  );
  audience.changed = (project) => processes.changed(project);
  audience.direct = (direction) => processes.direct(direction);
  return {
    port: processes.port,
    exchange: (url) => processes.exchange(url),
    close: async (graceMs) => {
      await processes.stop(graceMs);
      await door.close(lastRequestsMs);
    },
  };
}

type Common = Pick<
  RegistryOptions,
  'settings' | 'source' | 'sourceWith' | 'trainEachUpdates' | 'mostLoaded' | 'onNote' | 'onDirection'
> & {
  backend: BackendModule;
};

interface Parts {
  registry: Registry;
  /** Takes up the trainings that a stop or a crash left undone; workers find them by themselves. */
  start(): Promise<void>;
  /** One sentence about what cannot be kept at the moment, or null. */
  problem(): Promise<string | null>;
  /** Keeps something with a project. */
  write(project: string, patch: { [key: string]: unknown }): Promise<void>;
  /** Stops the trainings, or leaves them to the workers, and keeps everything. */
  close(): Promise<void>;
}

/** Everything in this process and under MODEL_DIR. */
async function embedded(
  configuration: Configuration,
  common: Common,
  audience: Audience,
  onWarning: (message: string) => void,
): Promise<Parts> {
  const { modelDir, trainingTimeLimitMs, keptVersions, hasGate } = configuration;
  const journalDirectory = join(modelDir, 'journal');
  const store = await FileStore.open({
    dir: modelDir,
    onWarning,
    onChange: (project) => audience.changed(project),
  });
  const journal = await FileJournal.open({ dir: journalDirectory, lock: store.lock, onWarning });
  const registry = new Registry({
    ...common,
    store,
    journal,
    runner: new ThreadRunner({
      workerUrl: new URL('../training/worker.js', import.meta.url),
      data: { backendUrl: common.backend.url, journalDirectory, storeDirectory: modelDir },
    }),
    queue: { concurrency: 1, timeLimitMs: trainingTimeLimitMs },
    keptVersions,
    hasGate,
  });
  const close = async () => {
    await registry.close();
    await journal.close();
    await store.close();
  };
  return {
    registry,
    start: () => registry.start(),
    problem: () => store.problem(),
    write: (project, patch) => store.setState(project, patch),
    close,
  };
}

/** One of several replicas; workers train, and each process hears from Redis what was changed. */
async function shared(
  configuration: Configuration,
  common: Common,
  _: Audience,
  onWarning: (message: string) => void,
): Promise<Parts> {
  const { openReplica } = await import('../projects/production.ts');
  const replica = await openReplica({ stores: { ...sharedPlacesOf(configuration), onWarning }, registry: common });
  const { store } = replica.stores;
  return { ...replica, start: async () => {}, write: (project, patch) => store.setState(project, patch) };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function warnOfOpenDoor(host: string, log: Log): void {
  log.warn(
    { host },
    'Anybody who reaches this port may read predictions, change models and delete projects: set BASIC_AUTH_USER and ' +
      'BASIC_AUTH_PASS, or HOST=127.0.0.1 where Label Studio runs on this machine outside a container.',
  );
}

/** What to type into Label Studio: inside a container, localhost is the container. */
function urlsOf(host: string, port: number): string[] {
  if (isLoopback(host)) return [`http://${host === '::1' ? '[::1]' : host}:${port}`];
  if (host !== '0.0.0.0' && host !== '::') return [`http://${host.includes(':') ? `[${host}]` : host}:${port}`];
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.filter(({ family, internal }) => family === 'IPv4' && !internal);
  const hosts = ['localhost', ...outside.map(({ address }) => address), 'host.docker.internal'];
  return hosts.map((one) => `http://${one}:${port}`);
}
