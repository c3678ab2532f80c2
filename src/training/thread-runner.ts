// Runs trainings on threads: whatever a training does (trap, exit, eat memory, never end), the server goes on and the
// job fails with the reason. A thread that did well and stayed small is kept warm for the next training.
import { totalmem } from 'node:os';
import { Worker } from 'node:worker_threads';
import { messageOf, SparrowError } from '../errors.ts';
import type { ThreadData, ThreadMessage, TrainMessage } from './messages.ts';
import type { TrainingHooks, TrainingRequest, TrainingResult, TrainingRunner } from './runner.ts';

export interface ThreadRunnerOptions {
  /** Where the built `training/worker.js` is. */
  workerUrl: URL;
  data: ThreadData;
  /** JavaScript heap of one thread. Default half of the machine's memory, at most 4 GiB. */
  heapMb?: number;
  /**
   * A thread that holds more than this after its training is not kept: linear memory is only given back with it. What it
   * holds makes the next training of the same project several times faster, so the default is a sixteenth of the
   * machine's memory, at least 192 MiB and at most 1 GiB.
   */
  mostHeldBytes?: number;
  /** A thread that holds more than 192 MiB waits so long for the next training. Default a minute. */
  largeIdleMs?: number;
}

/** An annotator may think about a text for a while. */
const idleMs = 10 * 60_000;
const largeBytes = 192 * 2 ** 20;

export class ThreadRunner implements TrainingRunner {
  readonly #options: Required<ThreadRunnerOptions>;
  /** At most one thread waits for work. */
  #idle: { worker: Worker; cancel: () => void } | null = null;
  readonly #busy = new Set<Worker>();
  #isClosed = false;
  #data: ThreadData;

  constructor(options: ThreadRunnerOptions) {
    const half = Math.floor(totalmem() / 2 ** 21);
    this.#options = {
      heapMb: Math.min(4096, Math.max(256, half)),
      mostHeldBytes: Math.min(2 ** 30, Math.max(largeBytes, totalmem() / 16)),
      largeIdleMs: 60_000,
      ...options,
    };
    this.#data = options.data;
  }

  run(request: TrainingRequest, hooks: TrainingHooks): Promise<TrainingResult> {
    const { signal } = hooks;
    if (signal.aborted) return Promise.reject(signal.reason);
    const data = this.#data;
    const worker = this.#take();
    this.#busy.add(worker);
    return new Promise((resolve, reject) => {
      let heldBytes = 0;
      const end = (isGood: boolean) => {
        letGo(worker);
        signal.removeEventListener('abort', onAbort);
        this.#busy.delete(worker);
        if (isGood && data === this.#data) this.#keep(worker, heldBytes);
        else void worker.terminate();
      };
      const fail = (error: unknown, isGood = false) => {
        end(isGood);
        reject(error);
      };
      const onAbort = () => fail(signal.reason);
      signal.addEventListener('abort', onAbort);
      worker.on('error', (error) => fail(this.#failureOf(error)));
      worker.on('messageerror', (error) => fail(this.#failureOf(error)));
      worker.on('exit', (code) =>
        fail(new SparrowError('TRAINING_FAILED', `The training thread ended by itself, with exit code ${code}.`)),
      );
      worker.on('message', (message: ThreadMessage) => {
        if (message.type === 'progress') hooks.onProgress(message.phase, message.done, message.total);
        else if (message.type === 'log') hooks.onLog(message.message);
        else if (message.type === 'done') {
          heldBytes = message.heldBytes;
          end(heldBytes <= this.#options.mostHeldBytes);
          const { trainOutput, files, digest, values } = message;
          resolve({ trainOutput, files: new Map(files), digest, values });
        } else {
          if (message.stack !== null) hooks.onLog(message.stack);
          const why = message.code === null ? `The training failed: ${message.message}` : message.message;
          fail(new SparrowError(message.code ?? 'TRAINING_FAILED', why), message.code === 'TOO_FEW_LABELS');
        }
      });
      worker.postMessage({ type: 'train', request } satisfies TrainMessage);
    });
  }

  /** Starting a thread takes longer than training on a few hundred texts. */
  warm(): void {
    if (!this.#idle && this.#busy.size === 0 && !this.#isClosed) this.#keep(this.#spawn(), 0);
  }

  /** A thread that knows another module is not kept, nor waited for. */
  exchange(backendUrl: string): void {
    this.#data = { ...this.#data, backendUrl };
    this.#idle?.cancel();
    void this.#idle?.worker.terminate();
    this.#idle = null;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const threads = [...this.#busy];
    if (this.#idle) threads.push(this.#idle.worker);
    this.#idle?.cancel();
    this.#idle = null;
    await Promise.all(threads.map((worker) => worker.terminate()));
  }

  #take(): Worker {
    if (!this.#idle) return this.#spawn();
    const { worker, cancel } = this.#idle;
    cancel();
    this.#idle = null;
    letGo(worker);
    worker.ref();
    return worker;
  }

  #spawn(): Worker {
    const { workerUrl, heapMb } = this.#options;
    const resourceLimits = { maxOldGenerationSizeMb: heapMb };
    const worker = new Worker(workerUrl, { workerData: this.#data, resourceLimits });
    letGo(worker);
    return worker;
  }

  #keep(worker: Worker, heldBytes: number): void {
    if (this.#isClosed || this.#idle) {
      void worker.terminate();
      return;
    }
    const drop = () => {
      if (this.#idle?.worker === worker) this.#idle = null;
      clearTimeout(timer);
      void worker.terminate();
    };
    const timer = setTimeout(drop, heldBytes > largeBytes ? this.#options.largeIdleMs : idleMs).unref();
    worker.on('exit', drop);
    worker.unref();
    this.#idle = { worker, cancel: () => clearTimeout(timer) };
  }

  #failureOf(error: unknown): SparrowError {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      const limit = `${this.#options.heapMb} MiB`;
      const why = `The training needs more memory than its thread may take (${limit}); it was stopped.`;
      return new SparrowError('OUT_OF_MEMORY', why, { cause: error });
    }
    return new SparrowError('TRAINING_FAILED', `The training thread broke: ${messageOf(error)}`, { cause: error });
  }
}

/** Hear nothing more of a thread. By name: without names, Node's own listeners would go too, and messages with them. */
function letGo(worker: Worker): void {
  for (const event of ['message', 'messageerror', 'error', 'exit']) worker.removeAllListeners(event);
  // A thread that nobody listens to may still break; unheard, that would end the process.
  worker.on('error', () => {});
}
