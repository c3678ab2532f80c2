// Puts the embedded server together: files under MODEL_DIR, a training thread, one port. Which model class it serves is
// a module's URL; nothing here knows it by name.
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { Registry } from '../projects/registry.ts';
import { loadBackendModule } from '../sdk/backend-module.ts';
import { FileJournal } from '../store/file-journal.ts';
import { FileStore } from '../store/file-store.ts';
import { ThreadRunner } from '../training/thread-runner.ts';
import { createApp } from './app.ts';
import type { Configuration } from './configuration.ts';
import { EventLog } from './event-log.ts';
import { listen } from './listen.ts';
import { Metrics } from './metrics.ts';
import { noteKeeper } from './notes.ts';
import type { Log } from './route.ts';
import { studioOf } from './studio.ts';

export interface StartOptions {
  configuration: Configuration;
  /** URL of the module with the model class. */
  backendUrl: string;
  log: Log;
  metrics?: Metrics;
}

export interface RunningServer {
  host: string;
  port: number;
  /** Addresses to type into Label Studio, the likeliest first. */
  urls: string[];
  /** Answer what has come, stop the trainings, keep everything; within about `graceMs`. */
  close(graceMs?: number): Promise<void>;
}

/** Under the ten seconds that container engines wait before they kill. */
const defaultGraceMs = 8000;

export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { configuration, backendUrl, log, metrics = new Metrics() } = options;
  const { modelDir, limits, webhookSecret } = configuration;
  const auth = configuration.auth && { ...configuration.auth, webhookSecret };
  const journalDirectory = join(modelDir, 'journal');
  const onWarning = (message: string) => {
    metrics.storeWarnings++;
    log.warn({}, message);
  };
  const store = await FileStore.open({ dir: modelDir, onWarning });
  const journal = await FileJournal.open({ dir: journalDirectory, lock: store.lock, onWarning });
  const events = new EventLog();
  const registry = new Registry({
    store,
    journal,
    backend: await loadBackendModule(backendUrl),
    settings: settingsOf(configuration),
    runner: new ThreadRunner({
      workerUrl: new URL('../training/worker.js', import.meta.url),
      data: { backendUrl, journalDirectory, storeDirectory: modelDir },
    }),
    ...(await studioOf(configuration)),
    queue: { concurrency: configuration.workers, timeLimitMs: configuration.trainingTimeLimitMs },
    trainEachUpdates: configuration.trainEachUpdates,
    mostLoaded: configuration.mostLoaded,
    keptVersions: configuration.keptVersions,
    hasGate: configuration.hasGate,
    onNote: noteKeeper({ events, metrics, log }),
  });
  const storeProblem = () => store.problem();
  const { host, port, labelStudio, labelStudioUrl } = configuration;
  const site = { host, port, labelStudio: { url: labelStudioUrl, apiKey: labelStudio?.apiKey ?? null } };
  const { hono } = createApp({ registry, events, metrics, auth, limits, log, modelDir, storeProblem, site });
  const keep = async () => {
    await registry.close();
    await journal.close();
    await store.close();
  };
  const open = async () => {
    // Before the first request: nobody may be told that nothing is training while a training is owed.
    await registry.start();
    return listen(hono, { host, port });
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
    close: async (graceMs = defaultGraceMs) => {
      events.end();
      await listener.close(graceMs);
      await keep();
    },
  };
}

function settingsOf({ coldStart, C, agreement }: Configuration): { [name: string]: unknown } {
  return { coldStart, agreement, ...(C !== null && { C }) };
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
