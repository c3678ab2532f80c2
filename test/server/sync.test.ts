// Labels read from Label Studio itself: by the first connection, by the button, by hand; whole or not at all.
import { describe, expect, test } from 'vitest';
import { SparrowError } from '../../src/errors.ts';
import type { LabelSource } from '../../src/projects/label-source.ts';
import { MemoryJournal } from '../../src/store/memory-journal.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { FakeClock } from '../training/fake-clock.ts';
import { sourceOf } from './label-source.ts';
import {
  annotated,
  annotation,
  labelsOf,
  newsConfig,
  newsEvents,
  newsTexts,
  predictBody,
  type TryApp,
  tryApp,
} from './try-app.ts';

const project = '7.1690000000';

/** So many labelled tasks, as Label Studio has them. */
function labelledTasks(count: number): object[] {
  return Array.from({ length: count }, (_, id) => {
    const [text, topic] = newsTexts[id % newsTexts.length]!;
    return { id, data: { text: `${text} ${id}` }, annotations: [annotation(id, topic)] };
  });
}

const away = () => new SparrowError('IO_FAILED', 'Label Studio at http://studio cannot be reached.');

async function press(app: TryApp) {
  await app.post('/webhook', { action: 'START_TRAINING', project: { id: 7, label_config: newsConfig } });
  await app.registry.drain();
  return (await app.get('/api/projects/7')).body;
}

async function syncEvents(app: TryApp): Promise<string[]> {
  const { events } = (await app.get('/api/events')).body;
  return events.flatMap(({ kind, did }: { kind: string; did: string }) => (kind === 'sync' ? [did] : []));
}

describe('when labels are read', () => {
  test('once when the project connects: what was labelled before the backend was there', async () => {
    const app = tryApp({ source: sourceOf(() => labelledTasks(8)) });
    await app.post('/setup', { project, schema: newsConfig });
    await app.registry.drain();
    const answer = await app.post('/predict', predictBody(['The team scored', 'Rain and wind']));
    expect(labelsOf(answer)).toEqual(['Sport', 'Weather']);
    expect(await syncEvents(app)).toEqual([
      'Read 8 annotations of 8 tasks from Label Studio; they are not what was known before.',
    ]);
  });

  test('by the button: what is gone in Label Studio is forgotten, and nothing new makes no version', async () => {
    const tasks = labelledTasks(8);
    const app = tryApp({ source: sourceOf(() => tasks) });
    expect((await press(app)).annotations).toBe(8);
    tasks.pop();
    const second = await press(app);
    expect(second.annotations).toBe(7);
    expect((await press(app)).modelVersion).toBe(second.modelVersion);
    expect((await syncEvents(app))[0]).toContain('nothing in them is new');
  });

  test('by hand, with a job to ask about', async () => {
    const app = tryApp({ source: sourceOf(() => labelledTasks(8)), trainEachUpdates: 0 });
    await app.post('/setup', { project, schema: newsConfig });
    const answer = await app.post('/api/projects/7/sync', {});
    expect(answer).toMatchObject({ status: 202, body: { job: expect.any(String), state: expect.any(String) } });
    await app.registry.drain();
    expect((await app.get(`/api/jobs/${answer.body.job}`)).body).toMatchObject({ state: 'finished' });
    expect((await app.get('/api/projects/7')).body).toMatchObject({ annotations: 8, documents: 8 });
    expect((await app.store.getState('7')).syncedAt).toMatch(/^20/);
  });

  test('by hand is refused with what is missing: a key, a number, the project', async () => {
    const app = tryApp();
    await app.post('/setup', { project, schema: newsConfig });
    await app.post('/setup', { schema: newsConfig });
    const noKey = await app.post('/api/projects/7/sync', {});
    expect([noKey.status, noKey.body.error]).toEqual([400, expect.stringContaining('LABEL_STUDIO_API_KEY')]);
    expect((await app.post('/api/projects/default/sync', {})).status).toBe(400);
    expect((await app.post('/api/projects/99/sync', {})).status).toBe(404);
  });

  test('with the token that Label Studio sent along, where there is no key; it is kept nowhere', async () => {
    const tokens: (string | null)[][] = [];
    const sourceWith = (token: string, hostname: string | null) => {
      tokens.push([token, hostname]);
      return sourceOf(() => labelledTasks(8));
    };
    const app = tryApp({ sourceWith });
    const setup = { project, schema: newsConfig, hostname: 'http://studio:8080', access_token: 'owners-token' };
    await app.post('/setup', setup);
    await app.post('/setup', setup);
    await app.registry.drain();
    expect(tokens).toEqual([['owners-token', 'http://studio:8080']]);
    expect((await app.get('/api/projects/7')).body.annotations).toBe(8);
    const pages = [await app.get('/api/projects'), await app.get('/api/events'), await app.get('/metrics')];
    const everything = JSON.stringify([pages.map(({ body }) => body), await app.store.getState('7')]);
    expect(everything + app.logged()).not.toContain('owners-token');
  });

  test('after a restart, when the reading was still owed', async () => {
    const [store, journal] = [new MemoryStore(), new MemoryJournal()];
    const stuck = { run: () => new Promise<never>(() => {}), close: async () => {} };
    const never = sourceOf(() => [], { project: () => new Promise<never>(() => {}) });
    const first = tryApp({ store, journal, runner: stuck, source: never, trainEachUpdates: 0 });
    await first.post('/webhook', { action: 'START_TRAINING', project: { id: 7, label_config: newsConfig } });
    await first.registry.close();
    const second = tryApp({ store, journal, source: sourceOf(() => labelledTasks(8)), trainEachUpdates: 0 });
    await second.registry.start();
    await second.registry.drain();
    expect((await second.get('/api/projects/7')).body).toMatchObject({ annotations: 8, modelVersion: /^v/ });
  });
});

describe('whole or not at all', () => {
  test('pages go on where they broke off, after a pause, and the progress is told', async () => {
    const clock = new FakeClock();
    const asked: number[] = [];
    let failures = 2;
    const inner = sourceOf(() => labelledTasks(450));
    const source: LabelSource = {
      ...inner,
      async *taskPages(id, options) {
        asked.push(options.from);
        for await (const page of inner.taskPages(id, options)) {
          if (page.page === 3 && failures-- > 0) throw away();
          yield page;
        }
      },
    };
    const app = tryApp({ source, queue: { clock }, trainEachUpdates: 0 });
    await app.post('/setup', { project, schema: newsConfig });
    const { body } = await app.post('/api/projects/7/sync', {});
    const job = async () => (await app.get(`/api/jobs/${body.job}`)).body;
    await expect.poll(async () => (await job()).progress).toMatchObject({ done: 200, total: 450 });
    for (const waits of [1, 2]) {
      await expect.poll(async () => (await syncEvents(app)).length).toBe(waits);
      clock.pass(4000);
    }
    await app.registry.drain();
    expect(await job()).toMatchObject({ state: 'finished' });
    expect(asked).toEqual([1, 3, 3]);
    expect((await app.get('/api/projects/7')).body.annotations).toBe(450);
    expect((await syncEvents(app)).at(-1)).toBe(
      'Reading the labels waits: Label Studio at http://studio cannot be reached.',
    );
  });

  test('what cannot be read whole does not count, and what is known already is trained on', async () => {
    const source = sourceOf(() => labelledTasks(150), {
      async *taskPages() {
        yield { page: 1, tasks: labelledTasks(100) as never, total: 150, totalAnnotations: 150 };
        throw new SparrowError('UNAUTHORIZED', 'Label Studio refuses the key: set LABEL_STUDIO_API_KEY anew.');
      },
    });
    const clock = new FakeClock();
    const app = tryApp({ source, trainEachUpdates: 0, queue: { clock } });
    for (const event of newsEvents()) await app.post('/webhook', event);
    const { annotations, lastJob } = await press(app);
    expect([annotations, lastJob.state]).toEqual([8, 'finished']);
    const [said] = await syncEvents(app);
    expect(said).toContain(
      'what is known already is used: Label Studio refuses the key: set LABEL_STUDIO_API_KEY anew.',
    );
  });

  test('F60 a Label Studio that is away is asked again by itself, ever less often', async () => {
    const clock = new FakeClock();
    let isAway = true;
    let asked = 0;
    const source = sourceOf(() => labelledTasks(8), {
      project: async () => {
        asked++;
        if (isAway) throw away();
        return { title: 'News', labelConfig: newsConfig, createdAt: null };
      },
    });
    const app = tryApp({ source, queue: { clock } });
    await app.post('/setup', { project, schema: newsConfig });
    await app.registry.drain();
    expect((await syncEvents(app))[0]).toContain('asked again in 5 seconds: Label Studio at http://studio');
    const later = async (ms: number) => {
      clock.pass(ms);
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      await app.registry.drain();
    };
    await later(4000);
    expect(asked).toBe(1);
    await later(1000);
    expect(asked).toBe(2);
    expect((await syncEvents(app))[0]).toContain('asked again in 10 seconds');
    isAway = false;
    await later(10_000);
    expect((await app.get('/api/projects/7')).body.annotations).toBe(8);
    await later(60 * 60_000);
    expect(asked).toBe(3);
  });

  test('F61 a refused key is not tried again by itself', async () => {
    const clock = new FakeClock();
    let asked = 0;
    const source = sourceOf(() => [], {
      project: async () => {
        asked++;
        throw new SparrowError('UNAUTHORIZED', 'Label Studio refuses the key: set LABEL_STUDIO_API_KEY anew.');
      },
    });
    const app = tryApp({ source, queue: { clock } });
    await app.post('/setup', { project, schema: newsConfig });
    for (const event of newsEvents()) await app.post('/webhook', event);
    await app.registry.drain();
    clock.pass(60 * 60_000);
    await app.registry.drain();
    expect(asked).toBe(1);
  });

  test('F66 tasks that move to an earlier page, because others were deleted, are not lost', async () => {
    const tasks = labelledTasks(450);
    const inner = sourceOf(() => tasks);
    const source: LabelSource = {
      ...inner,
      async *taskPages(id, options) {
        for await (const page of inner.taskPages(id, options)) {
          yield page;
          if (page.page === 2 && tasks.length === 450) tasks.splice(10, 120);
        }
      },
    };
    const app = tryApp({ source, trainEachUpdates: 0 });
    await press(app);
    const found = new Set<string>();
    for await (const { id } of app.journal.tasks('7')) found.add(id);
    for (const { id } of tasks as { id: number }[]) expect(found.has(String(id)), `task ${id}`).toBe(true);
  });

  test('F66 events that come while it is read are newer than what is read', async () => {
    const inner = sourceOf(() => labelledTasks(250));
    let app: TryApp | null = null;
    const source: LabelSource = {
      ...inner,
      async *taskPages(id, options) {
        for await (const page of inner.taskPages(id, options)) {
          yield page;
          if (page.page !== 1) continue;
          await app?.post('/webhook', annotated(900, 'A new text', 'Weather', { second: 900 }));
          await app?.post('/webhook', annotated(3, 'Another text', 'Politics', { second: 9000 }));
          await app?.post('/webhook', { action: 'ANNOTATIONS_DELETED', annotations: [{ id: 5 }], project: { id: 7 } });
        }
      },
    };
    app = tryApp({ source, trainEachUpdates: 0 });
    expect((await press(app)).annotations).toBe(250);
    const labels = new Map<string, unknown>();
    for await (const task of app.journal.tasks('7')) labels.set(task.id, task.annotations[0]);
    expect(labels.has('5')).toBe(false);
    expect(JSON.stringify(labels.get('3'))).toContain('Politics');
    expect(labels.has('900')).toBe(true);
  });

  test('where few of many tasks are labelled the export is read, which holds no others', async () => {
    const all = Array.from({ length: 3000 }, (_, id) => ({ id, data: { text: 'x' }, annotations: [] }));
    const inner = sourceOf(() => all);
    const source: LabelSource = {
      ...inner,
      async *taskPages(id, options) {
        for await (const page of inner.taskPages(id, options)) yield { ...page, totalAnnotations: 20 };
      },
      async *exportTasks() {
        yield* labelledTasks(20) as never[];
      },
    };
    const app = tryApp({ source });
    expect((await press(app)).annotations).toBe(20);
  });
});

describe('the right project', () => {
  test('F77 another project of the same number, in another Label Studio, is left alone', async () => {
    const createdAt = '2026-01-02T03:04:05.678901Z';
    const there = { title: 'Other', labelConfig: newsConfig, createdAt };
    const app = tryApp({ source: sourceOf(() => labelledTasks(8), { project: async () => there }) });
    await app.post('/setup', { project, schema: newsConfig });
    await app.registry.drain();
    expect((await app.get('/api/projects/7')).body).toMatchObject({ annotations: 0, title: null });
    expect((await syncEvents(app))[0]).toContain('is another one than the project 7 that is connected');
    const same = tryApp({ source: sourceOf(() => labelledTasks(8), { project: async () => there }) });
    await same.post('/setup', { project: `7.${Math.floor(Date.parse(createdAt) / 1000)}`, schema: newsConfig });
    await same.registry.drain();
    expect((await same.get('/api/projects/7')).body).toMatchObject({ annotations: 8, title: 'Other' });
  });

  test('F25 a project that is gone in Label Studio ends the job as cancelled, and its model stays', async () => {
    let isGone = false;
    const source = sourceOf(() => labelledTasks(8), {
      project: async () => {
        if (isGone) throw new SparrowError('NOT_FOUND', 'Label Studio has no http://studio/api/projects/7 (404).');
        return { title: 'News', labelConfig: newsConfig, createdAt: null };
      },
    });
    const app = tryApp({ source });
    const { modelVersion } = await press(app);
    isGone = true;
    const after = await press(app);
    expect(after.modelVersion).toBe(modelVersion);
    expect(after.lastJob).toMatchObject({ state: 'finished' });
    const jobs = (await app.get('/api/events')).body.events.filter(({ kind }: { kind: string }) => kind === 'training');
    expect(jobs[0].did).toContain('The training was cancelled: The project was deleted in Label Studio');
  });

  test('the label config and the title are taken from there, a config that cannot be read is not', async () => {
    let labelConfig = newsConfig.replace('Politics', 'State');
    const source = sourceOf(() => labelledTasks(8), {
      project: async () => ({ title: 'Renamed', labelConfig, createdAt: null }),
    });
    const app = tryApp({ source });
    await press(app);
    expect((await app.get('/api/projects/7')).body).toMatchObject({ title: 'Renamed', annotations: 6 });
    labelConfig = '<View>';
    await app.post('/api/projects/7/sync', {});
    await app.registry.drain();
    expect((await app.get('/api/projects/7')).body.labels).toContain('State');
  });
});
