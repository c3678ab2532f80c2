// Puts the embedded server together: files under MODEL_DIR, a training thread, one port. Which model class it serves is
// a module's URL; nothing here knows it by name.
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { LabelSource } from '../projects/label-source.ts';
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

export interface StartOptions {
  configuration: Configuration;
  /** URL of the module with the model class. */
  backendUrl: string;
  log: Log;
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

export async function startServer({ configuration, backendUrl, log }: StartOptions): Promise<RunningServer> {
  const { modelDir, limits, auth } = configuration;
  const journalDirectory = join(modelDir, 'journal');
  const onWarning = (message: string) => log.warn({}, message);
  const store = await FileStore.open({ dir: modelDir, onWarning });
  const journal = await FileJournal.open({ dir: journalDirectory, lock: store.lock, onWarning });
  const events = new EventLog();
  const metrics = new Metrics();
  const registry = new Registry({
    store,
    journal,
    backend: await loadBackendModule(backendUrl),
    settings: settingsOf(configuration),
    runner: new ThreadRunner({
      workerUrl: new URL('../training/worker.js', import.meta.url),
      data: { backendUrl, journalDirectory, storeDirectory: modelDir },
    }),
    source: await sourceOf(configuration),
    queue: { concurrency: configuration.workers },
    trainEachUpdates: configuration.trainEachUpdates,
    onNote: noteKeeper({ events, metrics, log }),
  });
  const storeProblem = () => store.problem();
  const { hono } = createApp({ registry, events, metrics, auth, limits, log, modelDir, storeProblem });
  const keep = async () => {
    await registry.close();
    await journal.close();
    await store.close();
  };
  const { host, port } = configuration;
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

function settingsOf({ coldStart, C }: Configuration): { [name: string]: unknown } {
  return { coldStart, ...(C !== null && { C }) };
}

/** Most servers have no key, and start sooner without the client. */
async function sourceOf({ labelStudio }: Configuration): Promise<LabelSource | null> {
  if (labelStudio === null) return null;
  const { LabelStudioClient } = await import('../labelstudio/client.ts');
  return new LabelStudioClient({ url: labelStudio.url, key: labelStudio.apiKey });
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
