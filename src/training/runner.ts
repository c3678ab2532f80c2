// Where a training runs: on a thread of its own (production) or in this one (fast tests). Both come down to
// `runTraining`: make the backend, give it the labelled tasks, collect what it leaves.
import type { Task } from '../labelstudio/types.ts';
import type { BackendClass, BackendSettings } from '../sdk/backend.ts';
import { createContext, valuesInMemory } from '../sdk/context.ts';
import type { Journal } from '../store/journal.ts';
import type { ModelStore } from '../store/model-store.ts';
import { DigestedTasks } from './digested-tasks.ts';

/** All that a thread must know of one training; plain data. */
export interface TrainingRequest {
  job: string;
  /** Why it was asked for, in words. */
  reason: string;
  project: string;
  labelConfig: string;
  /** The version that serves now, for models that learn from where they were. */
  modelVersion: string;
  trainOutput: unknown;
  settings: BackendSettings;
  /** Texts that tasks name by an address only: address → text. */
  fetched?: ReadonlyMap<string, string>;
}

export interface TrainingResult {
  trainOutput: unknown;
  files: ReadonlyMap<string, Uint8Array>;
  /** Of the labelled tasks as they were read: two versions with one digest learnt from the same. */
  digest: string;
  /** What the model set for its project meanwhile; undefined forgets a key. */
  values: { readonly [key: string]: unknown };
}

export interface TrainingHooks {
  onProgress(phase: string, done: number, total: number): void;
  onLog(message: string): void;
  signal: AbortSignal;
}

export interface TrainingRunner {
  /** Rejects with a sentence when the training failed, and with the signal's reason when it was aborted. */
  run(request: TrainingRequest, hooks: TrainingHooks): Promise<TrainingResult>;
  /** A training is likely soon: get ready for it. */
  warm?(): void;
  /** From the next training on, use the model class of another module. */
  exchange?(backendUrl: string): void;
  close(): Promise<void>;
}

/** Where the labelled tasks and the files of the serving version come from. */
export interface TrainingSource {
  tasks(project: string): AsyncIterable<Task>;
  readFile(project: string, version: string, name: string): Promise<Uint8Array>;
  /** What is known of the project, the model's own values among it. */
  state(project: string): Promise<{ readonly [key: string]: unknown }>;
}

export function sourceOf(
  journal: Pick<Journal, 'tasks'>,
  store: Pick<ModelStore, 'read' | 'getState'>,
): TrainingSource {
  return {
    // A journal keeps tasks and annotations as they came, whatever their shape: they are read with care later.
    tasks: (project) => journal.tasks(project) as AsyncIterable<Task>,
    readFile: (project, version, name) => store.read(project, version, name),
    state: (project) => store.getState(project),
  };
}

export async function runTraining(
  Backend: BackendClass,
  request: TrainingRequest,
  source: TrainingSource,
  hooks: TrainingHooks,
): Promise<TrainingResult> {
  const files = new Map<string, Uint8Array>();
  const values = valuesInMemory(() => source.state(request.project));
  const { project, labelConfig, trainOutput, modelVersion, settings } = request;
  const readFile = (name: string) => source.readFile(project, modelVersion, name);
  const log = (message: string) => hooks.onLog(message);
  const context = { project, labelConfig, trainOutput, modelVersion, settings, readFile, log, values };
  const backend = new Backend(createContext(context));
  try {
    const tasks = new DigestedTasks(source.tasks(request.project));
    const output = await backend.fit(tasks, {
      reason: request.reason,
      writeFile: (name, bytes) => void files.set(name, bytes),
      progress: (phase, done, total) => hooks.onProgress(phase, done, total),
      ...(request.fetched && { fetched: request.fetched }),
      signal: hooks.signal,
    });
    return { trainOutput: output ?? null, files, digest: tasks.digest, values: values.changes };
  } finally {
    backend.dispose?.();
  }
}

/** Trains in this thread: simple and quick to start, but nothing else is answered meanwhile. */
export class InProcessRunner implements TrainingRunner {
  readonly #Backend: BackendClass;
  readonly #source: TrainingSource;

  constructor(Backend: BackendClass, source: TrainingSource) {
    this.#Backend = Backend;
    this.#source = source;
  }

  run(request: TrainingRequest, hooks: TrainingHooks): Promise<TrainingResult> {
    return runTraining(this.#Backend, request, this.#source, hooks);
  }

  async close(): Promise<void> {}
}
