import { describe, expect, test } from 'vitest';
import type { Prediction, Task } from '../../src/labelstudio/types.ts';
import { accuraciesOf, objectionTo } from '../../src/projects/gate.ts';
import { MLBackend } from '../../src/sdk/backend.ts';
import type { VersionRecord } from '../../src/store/model-store.ts';
import { annotated, newsConfig, newsTexts, predictBody, tryApp } from '../server/try-app.ts';

function version(name: string, trainOutput: unknown, labelConfig = newsConfig): VersionRecord {
  const createdAt = '2026-11-24T21:15:00.000Z';
  return { version: name, project: '7', createdAt, parent: null, meta: { trainOutput, labelConfig }, files: {} };
}

/** Whether a version with one accuracy may serve after one with another. */
function passes(then: [value: number, docs: number], now: [value: number, docs: number]): boolean {
  const output = ([accuracy, docs]: [number, number]) => ({ accuracy, docs });
  return objectionTo(version('v2', output(now)), version('v1', output(then))) === null;
}

describe('the gate', () => {
  test('F30 stops what is much worse, and nothing that chance or harder texts may explain', () => {
    expect(passes([0.9, 1000], [0.3, 1000])).toBe(false);
    expect(passes([0.9, 1000], [0.69, 1000])).toBe(false);
    expect(passes([0.9, 1000], [0.75, 2000])).toBe(true);
    expect(passes([0.95, 20], [0.7, 30])).toBe(true);
    expect(passes([1, 12], [0, 12])).toBe(true);
    expect(passes([0.3, 1000], [0.9, 1000])).toBe(true);
    expect(passes([1, 40], [0.5, 40])).toBe(false);
  });

  test('compares nothing that answers another question or was not measured', () => {
    const good = { accuracy: 0.9, docs: 1000 };
    const bad = { accuracy: 0.2, docs: 1000 };
    expect(objectionTo(version('v1', bad), null)).toBeNull();
    expect(objectionTo(version('v2', bad, '<View/>'), version('v1', good))).toBeNull();
    for (const other of [
      null,
      7,
      {},
      { accuracy: Number.NaN, docs: 9 },
      { accuracy: '0.2', docs: 9 },
      { controls: [7] },
    ]) {
      expect(objectionTo(version('v2', other), version('v1', good))).toBeNull();
      expect(objectionTo(version('v2', bad), version('v1', other))).toBeNull();
    }
  });

  test('reads the accuracy of each control, a bare number or one with its interval', () => {
    const report = { quality: { accuracy: { value: 0.8, low: 0.7, high: 0.9 }, docs: 50 } };
    const controls = [{ fromName: 'topic', file: null, report }, { fromName: 'mood', report: {} }, null];
    expect(accuraciesOf({ controls })).toEqual(new Map([['topic', { value: 0.8, docs: 50 }]]));
    const then = version('v1', { controls });
    const now = version('v2', {
      controls: [{ fromName: 'topic', report: { quality: { accuracy: 0.2, docs: 50 } } }],
    });
    expect(objectionTo(now, then)).toBe(
      'v2 is much worse than v1: the accuracy of "topic" is 20.0 % on 50 texts, it was 80.0 % on 50 texts. ' +
        'It is kept as a candidate and does not serve; look at the labels, or activate it.',
    );
  });
});

/** Its accuracy is what the last label says. */
class Measured extends MLBackend {
  predict(tasks: readonly Task[]): Prediction[] {
    return tasks.map(() => ({ result: [], score: 0 }));
  }
  async fit(tasks: AsyncIterable<Task> | Iterable<Task>): Promise<unknown> {
    let last = '';
    for await (const { annotations } of tasks) last = JSON.stringify(annotations);
    return { accuracy: last.includes('Sport') ? 0.2 : 0.9, docs: 500 };
  }
}

describe('a training with mixed-up labels', () => {
  async function label(app: ReturnType<typeof tryApp>, id: number, topic: string): Promise<void> {
    await app.post('/webhook', annotated(id, `text ${id}`, topic));
    await app.registry.drain();
  }

  test('F30 leaves the old model serving, shows both, and waits for a person', async () => {
    const app = tryApp({ Backend: Measured });
    await label(app, 1, 'Weather');
    const good = (await app.post('/predict', predictBody(['x']))).body.model_version;
    await label(app, 2, 'Sport');
    expect((await app.post('/predict', predictBody(['x']))).body.model_version).toBe(good);
    const { versions, current } = (await app.get('/api/projects/7/versions')).body;
    expect([versions.length, current]).toEqual([2, good]);
    const told = (await app.get('/api/events')).body.events.map(({ did }: { did: string }) => did);
    expect(told).toContainEqual(expect.stringContaining(`is much worse than ${good}`));
    expect((await app.get('/metrics')).body.candidates).toBe(1);
    expect(app.logged()).toContain('it was 90.0 % on 500 texts');
    await app.post('/api/projects/7/activate', { version: versions[0].version });
    expect((await app.post('/predict', predictBody(['x']))).body.model_version).toBe(versions[0].version);
    await label(app, 3, 'Sport');
    expect((await app.post('/predict', predictBody(['x']))).body.model_version > versions[0].version).toBe(true);
  });

  test('serves all the same where the gate is off', async () => {
    const app = tryApp({ Backend: Measured, hasGate: false });
    await label(app, 1, 'Weather');
    await label(app, 2, 'Sport');
    expect((await app.get('/api/projects/7/versions')).body.versions[0].isCurrent).toBe(true);
  });

  test('F30 of our own model is noticed by the accuracy that its report measures', async () => {
    const app = tryApp();
    const train = async (labelOf: (i: number) => string) => {
      const annotations = Array.from({ length: 160 }, (_, i) => {
        const { task, annotation } = annotated(i, `${newsTexts[i % 8]![0]} ${i}`, labelOf(i)) as {
          [key: string]: object;
        };
        return { ...task, annotations: [annotation] };
      });
      await app.post('/train', { annotations, project: '7.1690000000', label_config: newsConfig });
      await app.registry.drain();
      return (await app.post('/predict', predictBody(['Rain and wind']))).body.model_version;
    };
    const good = await train((i) => newsTexts[i % 8]![1]);
    expect(await train((i) => newsTexts[(i * 7 + (i >> 3)) % 8]![1])).toBe(good);
    expect((await app.get('/metrics')).body.candidates).toBe(1);
    const { body } = await app.get('/metrics?format=prometheus');
    expect(body).toMatch(/sparrow_model_accuracy\{project="7",control="topic"\} 0\.[0-4]/);
    expect(body).toMatch(/sparrow_model_info\{project="7",version="v000002-[^"]+"\} 1/);
  });
});
