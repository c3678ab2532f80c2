// Replicas and workers on one Redis, all in this process, with apps that are asked without a port.
import { onTestFinished } from 'vitest';
import type { LabelSource } from '../../src/projects/label-source.ts';
import { openReplica, openTrainingWorker } from '../../src/projects/production.ts';
import type { BackendClass } from '../../src/sdk/backend.ts';
import { SimpleTextClassifier } from '../../src/sdk/simple-text-classifier.ts';
import { createApp } from '../../src/server/app.ts';
import type { SharedPlaces } from '../../src/store/shared-stores.ts';
import { openSharedStores } from '../../src/store/shared-stores.ts';
import type { Job } from '../../src/training/job.ts';
import { InProcessRunner, sourceOf } from '../../src/training/runner.ts';
import { emptyDirectory } from '../store/places.ts';

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  body: any;
  ms: number;
}

export interface TryReplica {
  replica: Awaited<ReturnType<typeof openReplica>>;
  notes: string[];
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
}

export interface ReplicaOptions {
  trainEachUpdates?: number;
  pollMs?: number;
  patienceMs?: number;
  source?: LabelSource;
}

export function placesOn(redisUrl: string, more: Partial<SharedPlaces> = {}): SharedPlaces {
  return { redisUrl, s3Url: null, modelDir: emptyDirectory(), ...more };
}

export async function tryReplica(places: SharedPlaces, options: ReplicaOptions = {}): Promise<TryReplica> {
  const { trainEachUpdates = 1, pollMs = 150, patienceMs, source = null } = options;
  const notes: string[] = [];
  const replica = await openReplica({
    stores: { ...places, ...(patienceMs !== undefined && { patienceMs }), onWarning: (one) => void notes.push(one) },
    registry: {
      backend: { url: 'test:', Backend: SimpleTextClassifier },
      trainEachUpdates,
      source,
      onNote: ({ message }) => void notes.push(message),
    },
    pollMs,
  });
  onTestFinished(() => replica.close());
  const write = (values: object, message: string) => void notes.push(`${message} ${JSON.stringify(values)}`);
  const log = { debug() {}, info: write, warn: write, error: write };
  const { hono } = createApp({ registry: replica.registry, storeProblem: () => replica.problem(), log });
  const send = async (path: string, init: RequestInit) => {
    const started = performance.now();
    const response = await hono.request(path, init);
    const body: unknown = await response.json();
    return { status: response.status, body, ms: performance.now() - started };
  };
  return {
    replica,
    notes,
    get: (path) => send(path, {}),
    post: (path, body) => {
      const headers = { 'content-type': 'application/json', 'user-agent': 'heartex/1.22.0' };
      return send(path, { method: 'POST', headers, body: JSON.stringify(body) });
    },
  };
}

export interface TryWorkerOptions {
  Backend?: BackendClass;
  trainEachUpdates?: number;
  lookEachMs?: number;
  source?: LabelSource;
}

/** A worker that trains in this thread. */
export async function tryWorker(places: SharedPlaces, options: TryWorkerOptions = {}) {
  const { Backend = SimpleTextClassifier, trainEachUpdates = 1, lookEachMs = 60_000, source = null } = options;
  const { journal, store, close } = await openSharedStores({ ...places, patienceMs: 2000 });
  const ended: Job[] = [];
  const notes: string[] = [];
  const worker = await openTrainingWorker({
    stores: places,
    backend: { url: 'test:', Backend },
    settings: {},
    runner: new InProcessRunner(Backend, sourceOf(journal, store)),
    source,
    keptVersions: 10,
    hasGate: true,
    eachUpdates: trainEachUpdates,
    lookEachMs,
    jobs: { lockMs: 2000, longestPauseMs: 0, onEnd: (job) => void ended.push(job) },
    log: (_, message) => void notes.push(message),
  });
  onTestFinished(async () => {
    await worker.close();
    await close();
  });
  return { worker, ended, notes };
}
