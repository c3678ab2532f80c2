// What goes on when the disk does not: the stores here fail on command.
import { describe, expect, test } from 'vitest';
import { SparrowError } from '../../src/errors.ts';
import { Registry } from '../../src/projects/registry.ts';
import { SimpleTextClassifier } from '../../src/sdk/simple-text-classifier.ts';
import { MemoryJournal } from '../../src/store/memory-journal.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { NewVersion } from '../../src/store/model-store.ts';
import { InProcessRunner, sourceOf } from '../../src/training/runner.ts';
import { annotation, newsConfig, newsTexts } from '../server/try-app.ts';
import { FakeClock } from '../training/fake-clock.ts';

class FailingStore extends MemoryStore {
  failure: SparrowError | null = null;
  damaged: string | null = null;

  override async put(project: string, version: NewVersion) {
    if (this.failure) throw this.failure;
    return super.put(project, version);
  }

  override async setState(project: string, patch: { [key: string]: unknown }) {
    if (this.failure) throw this.failure;
    return super.setState(project, patch);
  }

  override async read(project: string, version: string, file: string) {
    if (this.failure?.code === 'BAD_MODEL') throw this.failure;
    if (version === this.damaged) throw new SparrowError('BAD_MODEL', 'The checksum is wrong.');
    return super.read(project, version, file);
  }
}

const ref = { id: '7', createdAt: null };
const full = new SparrowError('NO_SPACE', 'Could not keep the new model: no space left.');
const tasks = newsTexts.map(([text, label], i) => ({
  id: i,
  data: { text },
  annotations: [annotation(i, label)] as never,
}));
const request = { labelConfig: newsConfig, context: null, params: {} };

function tryRegistry(store = new FailingStore(), journal = new MemoryJournal()) {
  const clock = new FakeClock();
  const notes: string[] = [];
  const registry = new Registry({
    store,
    journal,
    backend: { url: 'test:', Backend: SimpleTextClassifier },
    runner: new InProcessRunner(SimpleTextClassifier, sourceOf(journal, store)),
    queue: { clock },
    onNote: ({ message }) => notes.push(message),
  });
  return { registry, store, journal, clock, notes };
}

async function topicOf(registry: Registry, text: string): Promise<unknown> {
  const { results, modelVersion } = await registry.predict(ref, [{ data: { text } }], request);
  return [modelVersion.startsWith('v'), results[0]?.result[0]?.value.choices];
}

describe('a full disk', () => {
  test('F5 fails the training, leaves the old model serving, is told, and is tried again later', async () => {
    const { registry, store, clock, notes } = tryRegistry();
    await registry.annotated(ref, tasks, { labelConfig: newsConfig });
    store.failure = full;
    await registry.drain();
    expect(notes.at(-1)).toContain('no space left');
    expect(registry.problem).toBe(full.message);
    expect(await topicOf(registry, 'sport')).toEqual([false, ['Sport']]);
    store.failure = null;
    clock.pass(4_999);
    expect(registry.queueSize.waiting + registry.queueSize.running).toBe(0);
    clock.pass(1);
    await registry.drain();
    expect(registry.problem).toBeNull();
    expect(await topicOf(registry, 'Rain and wind')).toEqual([true, ['Weather']]);
  });

  test('F5 is tried again ever less often', async () => {
    const { registry, store, clock, notes } = tryRegistry();
    await registry.annotated(ref, tasks, { labelConfig: newsConfig });
    store.failure = full;
    const times: number[] = [];
    for (let second = 0; second <= 4000; second += 5) {
      await registry.drain();
      if (notes.length > times.length) times.push(second);
      clock.pass(5000);
    }
    expect(times).toEqual([0, 5, 15, 35, 75, 155, 315, 635, 1275, 2175, 3075, 3975]);
  });

  test('F7 does not disconnect Label Studio: setup answers from memory, and keeps what it learnt later', async () => {
    const { registry, store } = tryRegistry();
    store.failure = full;
    const details = { labelConfig: newsConfig, hostname: 'http://ls' };
    const setup = await registry.setup(ref, details);
    expect(setup.modelVersion).toMatch(/^untrained-/);
    expect(await topicOf(registry, 'sport')).toEqual([false, ['Sport']]);
    store.failure = null;
    await registry.setup(ref, details);
    expect(await store.getState('7')).toMatchObject({ labelConfig: newsConfig });
  });

  test('F41 refuses an event that it cannot remember to train on', async () => {
    const { registry, store } = tryRegistry();
    await registry.setup(ref, { labelConfig: newsConfig });
    store.failure = full;
    await expect(registry.annotated(ref, tasks, {})).rejects.toMatchObject({ code: 'NO_SPACE' });
  });
});

describe('a damaged version', () => {
  test('F9 gives way to the one before it', async () => {
    const store = new FailingStore();
    const first = tryRegistry(store);
    for (const some of [tasks.slice(0, 6), tasks]) {
      await first.registry.annotated(ref, some, { labelConfig: newsConfig });
      await first.registry.drain();
    }
    const [newest, older] = await store.versions('7');
    const second = tryRegistry(store);
    store.damaged = newest?.version ?? null;
    const { modelVersion } = await second.registry.predict(ref, [], request);
    expect(modelVersion).toBe(older?.version);
    expect((await second.registry.setup(ref, { labelConfig: newsConfig })).modelVersion).toBe(modelVersion);
  });

  test('F14 that has none before it leaves the names of the labels serving, until the next training', async () => {
    const store = new FailingStore();
    const first = tryRegistry(store);
    await first.registry.annotated(ref, tasks, { labelConfig: newsConfig });
    await first.registry.drain();
    const second = tryRegistry(store, first.journal);
    store.failure = new SparrowError('BAD_MODEL', 'The checksum is wrong.');
    expect(await topicOf(second.registry, 'sport')).toEqual([false, ['Sport']]);
    expect(second.notes[0]).toContain('The checksum is wrong.');
    expect(second.notes[1]).toMatch(/^Version untrained-\w+ serves in its place\.$/);
    store.failure = null;
    await second.registry.trainNow(ref, {});
    await second.registry.drain();
    expect(await topicOf(second.registry, 'Rain and wind')).toEqual([true, ['Weather']]);
  });
});
