// The thread is compiled code: these tests run when `dist` is there, as it is under `npm test`.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileJournal } from '../../src/store/file-journal.ts';
import { FileStore } from '../../src/store/file-store.ts';
import type { TrainingHooks, TrainingRequest } from '../../src/training/runner.ts';
import { ThreadRunner, type ThreadRunnerOptions } from '../../src/training/thread-runner.ts';

const dist = new URL('../../dist/', import.meta.url);
const workerUrl = new URL('training/worker.js', dist);
const ours = new URL('sdk/simple-text-classifier.js', dist).href;

const labelConfig =
  '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="wet"/><Choice value="dry"/></Choices></View>';

/** A model whose `fit` is the given code. */
function modelThat(code: string): string {
  return `data:text/javascript,${encodeURIComponent(`export default class M { predict() {} async fit(tasks, context) { ${code} } }`)}`;
}

function request(): TrainingRequest {
  return {
    job: 'j',
    reason: 'asked for',
    project: '7',
    labelConfig,
    modelVersion: 'untrained',
    trainOutput: null,
    settings: {},
  };
}

function hooks(more: Partial<TrainingHooks> = {}): TrainingHooks {
  return { onProgress: () => {}, onLog: () => {}, signal: new AbortController().signal, ...more };
}

describe.skipIf(!existsSync(workerUrl))('ThreadRunner', () => {
  let dir: string;
  let runners: ThreadRunner[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sparrow-'));
    runners = [];
    const store = await FileStore.open({ dir });
    const journal = await FileJournal.open({ dir: join(dir, 'journal'), lock: store.lock });
    const texts = ['rain and fog', 'rain', 'sun and heat', 'sun'];
    await journal.append(
      '7',
      texts.flatMap((text, i) => {
        const result = [{ from_name: 'c', to_name: 't', type: 'choices', value: { choices: [i < 2 ? 'wet' : 'dry'] } }];
        return [
          { t: 'task', id: `${i}`, data: { text } },
          { t: 'annotation', id: `${i}`, task: `${i}`, at: '2026-01-01T00:00:00Z', body: { id: i, result } },
        ] as const;
      }),
    );
    await journal.close();
    await store.close();
  });

  afterEach(async () => {
    await Promise.all(runners.map((runner) => runner.close()));
    await rm(dir, { recursive: true, force: true });
  });

  function runner(backendUrl: string, limits: Partial<ThreadRunnerOptions> = {}): ThreadRunner {
    const data = { backendUrl, journalDirectory: join(dir, 'journal'), storeDirectory: dir };
    const made = new ThreadRunner({ workerUrl, data, ...limits });
    runners.push(made);
    return made;
  }

  test('trains on the journal, tells its progress and hands over the files', async () => {
    const phases = new Set<string>();
    const { trainOutput, files } = await runner(ours).run(
      request(),
      hooks({ onProgress: (phase) => phases.add(phase) }),
    );
    expect(trainOutput).toMatchObject({ controls: [{ fromName: 'c', file: '0.safetensors', report: { docs: 4 } }] });
    expect(files.get('0.safetensors')?.length).toBeGreaterThan(100);
    expect(phases.size).toBeGreaterThan(0);
  });

  test('F31 too few labels is an answer, with its code', async () => {
    const training = runner(ours).run({ ...request(), project: 'unknown' }, hooks());
    await expect(training).rejects.toMatchObject({ code: 'TOO_FEW_LABELS' });
  });

  test.each([
    ['throws', 'throw new TypeError("no such thing")', 'The training failed: no such thing'],
    [
      'traps in WebAssembly',
      'const bytes = new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,5,1,3,0,0,11]); new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f()',
      'The training failed: unreachable',
    ],
    ['exits', 'process.exit(3)', 'The training thread ended by itself, with exit code 3.'],
    [
      'breaks outside of fit',
      'setTimeout(() => { throw new Error("late") }, 1); await new Promise(() => {})',
      'The training thread broke: late',
    ],
  ])('F27 a model that %s fails its job with the reason, and the next one runs', async (_, code, message) => {
    const marked = `if (globalThis.again) return 'fine'; globalThis.again = true; ${code}`;
    const made = runner(modelThat(marked));
    await expect(made.run(request(), hooks())).rejects.toMatchObject({ code: 'TRAINING_FAILED', message });
    // A thread that failed is replaced, so its memory of having failed is gone, and it fails again.
    await expect(made.run(request(), hooks())).rejects.toMatchObject({ message });
  });

  test('F27 a model that eats memory ends its thread alone', async () => {
    const code = 'const all = []; for (;;) all.push(new Array(1e5).fill(all.length + 0.5));';
    await expect(runner(modelThat(code), { heapMb: 64 }).run(request(), hooks())).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
      message: expect.stringContaining('64 MiB'),
    });
  });

  test('F28 a model that never ends is ended by the signal', async () => {
    const controller = new AbortController();
    const started = new Promise<void>((resolve) => {
      const code = 'context.progress("loop", 0, 1); for (;;);';
      const training = runner(modelThat(code)).run(
        request(),
        hooks({ signal: controller.signal, onProgress: () => resolve() }),
      );
      training.catch(() => {});
      void training.catch((reason) => expect(reason).toBe('enough'));
    });
    await started;
    controller.abort('enough');
  });

  test('a thread that did well is kept for the next training', async () => {
    const made = runner(modelThat('globalThis.count = (globalThis.count ?? 0) + 1; return globalThis.count'));
    expect((await made.run(request(), hooks())).trainOutput).toBe(1);
    expect((await made.run(request(), hooks())).trainOutput).toBe(2);
  });

  /** Takes 224 MiB and keeps them; returns how often it was called. */
  const thatGrows = `globalThis.held ??= new WebAssembly.Memory({ initial: 3584 });
    new Uint8Array(held.buffer).fill(1);
    globalThis.count = (globalThis.count ?? 0) + 1; return globalThis.count`;

  test('F151 a thread that grew is replaced, and its memory given back', async () => {
    const made = runner(modelThat(thatGrows), { mostHeldBytes: 128 * 2 ** 20 });
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 2; i++) expect((await made.run(request(), hooks())).trainOutput).toBe(1);
    await expect.poll(() => process.memoryUsage.rss() - before, { timeout: 10_000 }).toBeLessThan(100 * 2 ** 20);
  });

  test('F151 a thread that holds much is kept for the next training, and given back when none comes soon', async () => {
    const made = runner(modelThat(thatGrows), { mostHeldBytes: 2 ** 30, largeIdleMs: 1500 });
    const before = process.memoryUsage.rss();
    for (const count of [1, 2]) expect((await made.run(request(), hooks())).trainOutput).toBe(count);
    expect(process.memoryUsage.rss() - before).toBeGreaterThan(100 * 2 ** 20);
    await expect.poll(() => process.memoryUsage.rss() - before, { timeout: 10_000 }).toBeLessThan(100 * 2 ** 20);
    expect((await made.run(request(), hooks())).trainOutput).toBe(1);
  });

  test('an aborted request starts nothing', async () => {
    const signal = AbortSignal.abort('too late');
    await expect(runner(ours).run(request(), hooks({ signal }))).rejects.toBe('too late');
  });
});
