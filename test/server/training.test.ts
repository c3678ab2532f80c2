import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SimpleTextClassifier } from '../../src/sdk/simple-text-classifier.ts';
import { FileJournal } from '../../src/store/file-journal.ts';
import { FileStore } from '../../src/store/file-store.ts';
import type { Journal } from '../../src/store/journal.ts';
import { MemoryJournal } from '../../src/store/memory-journal.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { ModelStore } from '../../src/store/model-store.ts';
import { InProcessRunner, sourceOf, type TrainingRunner } from '../../src/training/runner.ts';
import { exchange } from '../labelstudio/fixtures.ts';
import { annotated, labelsOf, newsConfig, newsEvents, newsTexts, predictBody, type TryApp, tryApp } from './try-app.ts';

const unseen = ['Rain and wind', 'The team scored', 'A vote in parliament', 'The chip of the phone'];
const topics = ['Weather', 'Sport', 'Politics', 'Technology'];

async function label(app: TryApp, events: readonly object[] = newsEvents()): Promise<void> {
  for (const event of events) await app.post('/webhook', event, { 'user-agent': 'python-requests/2.28.1' });
  await app.registry.drain();
}

describe('from labels to predictions', () => {
  test('over webhooks: every annotation is learnt from, and version and predictions change', async () => {
    const app = tryApp();
    const setup = await app.post('/setup', exchange('setup').request);
    await label(app);
    const answer = await app.post('/predict', predictBody(unseen));
    expect(labelsOf(answer)).toEqual(topics);
    expect(answer.body.model_version).not.toBe(setup.body.model_version);
    expect((await app.post('/setup', exchange('setup').request)).body.model_version).toBe(answer.body.model_version);
    expect((await app.get('/api/projects/7')).body).toMatchObject({
      id: '7',
      modelVersion: answer.body.model_version,
      annotations: 8,
      documents: 8,
      labels: ['Politics', 'Technology', 'Sport', 'Weather'],
      training: false,
      lastJob: { state: 'finished', error: null },
    });
  });

  test('F69 over /train: the job is queued, ends, and its result tells the version', async () => {
    const app = tryApp();
    const { status, body } = await app.post('/train', exchange('train-completions').request);
    expect([status, typeof body.job]).toEqual([201, 'string']);
    const during = await app.get('/is_training?project=7.1767323045');
    expect(during.body).toMatchObject({ is_training: true, backend: 'none', job_id: body.job });
    await app.registry.drain();
    const job = await app.post('/job_status', { job: body.job });
    expect(job.body).toMatchObject({
      job_status: 'finished',
      error: null,
      created_at: expect.any(String),
      started_at: expect.any(String),
      ended_at: expect.any(String),
    });
    const { model_version: version } = job.body.result;
    expect((await app.post('/versions', { project: '7.1767323045' })).body).toEqual({ versions: [version] });
    expect((await app.get('/versions')).body).toEqual({ versions: [version] });
    expect((await app.post('/predict', exchange('predict-many').request)).body.model_version).toBe(version);
    const after = await app.get('/is_training?project=7.1767323045');
    expect(after.body).toEqual({ is_training: false, backend: 'none', model_version: version });
    expect((await app.get('/is_training?project=99')).body).toEqual({ is_training: false });
  });

  test('F69 a /train replaces what was known before', async () => {
    const app = tryApp();
    await label(app);
    await app.post('/train', { ...exchange('train-annotations').request, annotations: [] });
    expect((await app.get('/api/projects/7')).body.annotations).toBe(8);
    await app.post('/train', exchange('train-annotations').request);
    expect((await app.get('/api/projects/7')).body.annotations).toBe(12);
  });

  test('F31 with labels of one class the job fails with a sentence, and the names of the labels go on serving', async () => {
    const app = tryApp();
    await label(app, newsEvents().slice(0, 2));
    const { lastJob } = (await app.get('/api/projects/7')).body;
    expect(lastJob).toMatchObject({ state: 'failed', error: expect.stringContaining('needs two classes') });
    const job = await app.post('/job_status', { job: lastJob.id });
    expect(job.body).toMatchObject({ job_status: 'failed', error: lastJob.error });
    const answer = await app.post('/predict', predictBody(['sport']));
    expect(labelsOf(answer)).toEqual(['Sport']);
  });

  test('F34 skipped annotations are kept and never trained on', async () => {
    const app = tryApp();
    await label(app);
    const { modelVersion } = (await app.get('/api/projects/7')).body;
    const skipped = await app.post('/webhook', annotated(50, 'Rain and rain', null));
    expect(skipped.body.result).toMatchObject({ job: null, why: 'it was skipped' });
    await app.registry.drain();
    expect((await app.get('/api/projects/7')).body).toMatchObject({ annotations: 8, modelVersion });
  });

  test('F33 a label that the config lacks is counted, and training goes on with the rest', async () => {
    const app = tryApp();
    await label(app, [...newsEvents(), annotated(60, 'Roses in spring', 'Gardening')]);
    const { lastJob } = (await app.get('/api/projects/7')).body;
    const { trainingSet } = (await app.get(`/api/jobs/${lastJob.id}`)).body.result.trainOutput.controls[0].report;
    expect(trainingSet).toMatchObject({ used: 8, unknownLabels: { Gardening: 1 } });
  });
});

describe('when a training starts', () => {
  test('F20 a thousand webhooks at once lead to few trainings, and the last one knows all', async () => {
    const app = tryApp();
    const events = Array.from({ length: 1000 }, (_, i) => {
      const [text, topic] = newsTexts[i % newsTexts.length] ?? ['', ''];
      return annotated(i, `${text} ${i}`, topic);
    });
    const answers = await Promise.all(events.map((event) => app.post('/webhook', event)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    await app.registry.drain();
    const { annotations, lastJob } = (await app.get('/api/projects/7')).body;
    expect(annotations).toBe(1000);
    const job = await app.get(`/api/jobs/${lastJob.id}`);
    expect(job.body.result.trainOutput.controls[0].report.docs).toBe(1000);
    expect((await app.get('/metrics')).body.trainings.finished).toBeLessThan(20);
  }, 60_000);

  test('F21 the same webhook again starts nothing', async () => {
    const app = tryApp();
    await label(app);
    const { modelVersion } = (await app.get('/api/projects/7')).body;
    for (const event of newsEvents()) {
      const answer = await app.post('/webhook', event);
      expect(answer).toMatchObject({
        status: 201,
        body: { result: { changed: 0, job: null, why: 'it is known already' } },
      });
    }
    await app.registry.drain();
    expect((await app.get('/api/projects/7')).body.modelVersion).toBe(modelVersion);
  });

  test('F22 four events end at the same training set in every order', async () => {
    const event = (action: string, second: number, topic: string) =>
      annotated(9, 'Rain in the final', topic, { action, second });
    const events = [
      event('ANNOTATION_CREATED', 10, 'Weather'),
      event('ANNOTATION_UPDATED', 20, 'Sport'),
      event('ANNOTATION_UPDATED', 30, 'Politics'),
      annotated(10, 'Another text', 'Weather'),
    ];
    const ends = new Set<string>();
    for (const order of permutations(events)) {
      const app = tryApp({ trainEachUpdates: 0 });
      for (const one of order) await app.post('/webhook', one);
      const tasks = [];
      for await (const task of app.journal.tasks('7')) tasks.push(task);
      ends.add(JSON.stringify(tasks.sort((a, b) => (a.id < b.id ? -1 : 1))));
    }
    expect(ends.size).toBe(1);
    expect([...ends][0]).toContain('Politics');
  });

  test('F23 Start training pressed ten times is one job, and ten equal answers', async () => {
    const app = tryApp({ trainEachUpdates: 0 });
    for (const event of newsEvents()) await app.post('/webhook', event);
    const press = () =>
      app.post('/webhook', { action: 'START_TRAINING', project: { id: 7, label_config: newsConfig } });
    const together = await Promise.all(Array.from({ length: 5 }, press));
    await app.registry.drain();
    const later = [await press(), await press(), await press(), await press(), await press()];
    const jobs = new Set([...together, ...later].map(({ body }) => body.result.job));
    expect(jobs.size).toBe(1);
    expect((await app.get('/versions')).body.versions).toHaveLength(1);
  });

  test('START_TRAINING_EACH_N_UPDATES=3 trains at every third change', async () => {
    const app = tryApp({ trainEachUpdates: 3 });
    const jobs = [];
    for (const event of newsEvents()) {
      const { body } = await app.post('/webhook', event);
      await app.registry.drain();
      jobs.push(body.result.job === null ? body.result.why : 'job');
    }
    const one = 'training starts after 1 more changes';
    const two = 'training starts after 2 more changes';
    expect(jobs).toEqual([two, one, 'job', two, one, 'job', two, one]);
  });

  test('START_TRAINING_EACH_N_UPDATES=0 trains by the button only', async () => {
    const app = tryApp({ trainEachUpdates: 0 });
    for (const event of newsEvents()) {
      const { body } = await app.post('/webhook', event);
      expect(body.result).toMatchObject({ job: null, why: 'training starts only when asked' });
    }
    await app.registry.drain();
    expect((await app.get('/versions')).body.versions).toEqual([]);
    await app.post('/webhook', { action: 'START_TRAINING', project: { id: 7 } });
    await app.registry.drain();
    expect((await app.get('/versions')).body.versions).toHaveLength(1);
  });

  test('F68 PROJECT_UPDATED trains when the connector sends it, and only looks at the config when a webhook does', async () => {
    const app = tryApp({ trainEachUpdates: 0 });
    for (const event of newsEvents()) await app.post('/webhook', event);
    const body = { action: 'PROJECT_UPDATED', project: { id: 7, label_config: newsConfig } };
    const plain = await app.post('/webhook', body, { 'user-agent': 'python-requests/2.28.1' });
    expect(plain).toMatchObject({ status: 200, body: { result: { job: null } } });
    const pressed = await app.post('/webhook', body, { 'user-agent': 'heartex/1.6.0' });
    expect(pressed).toMatchObject({ status: 201, body: { result: { job: expect.any(String) } } });
  });

  test('F24 a changed label config asks for a new training, and a removed label is not predicted meanwhile', async () => {
    const app = tryApp();
    await label(app);
    const before = (await app.get('/api/projects/7')).body.modelVersion;
    const changed = newsConfig.replace('<Choice value="Weather"/>', '<Choice value="Health"/>');
    const project = { id: 7, title: 'News', label_config: changed, updated_at: '2026-02-01T00:00:00.000000Z' };
    const event = await app.post(
      '/webhook',
      { action: 'PROJECT_UPDATED', project },
      { 'user-agent': 'python-requests/2' },
    );
    expect(event.body.result.job).toEqual(expect.any(String));
    const during = await app.post('/predict', { ...predictBody(['Rain and wind']), label_config: changed });
    expect(labelsOf(during)).not.toContain('Weather');
    await app.registry.drain();
    const after = await app.get('/api/projects/7');
    expect(after.body.modelVersion).not.toBe(before);
    expect(after.body).toMatchObject({ annotations: 6, labels: ['Politics', 'Technology', 'Sport', 'Health'] });
    const late = { ...project, label_config: newsConfig, updated_at: '2026-01-15T00:00:00.000000Z' };
    await app.post('/webhook', { action: 'PROJECT_UPDATED', project: late }, { 'user-agent': 'python-requests/2' });
    expect((await app.get('/api/projects/7')).body.labels).toContain('Health');
  });
});

describe('projects', () => {
  test('two projects do not mix', async () => {
    const app = tryApp();
    const other = newsConfig.replaceAll('Sport', 'Games');
    await label(app);
    await label(
      app,
      newsTexts.map(([text, topic], i) =>
        annotated(i + 1, text, topic === 'Sport' ? 'Games' : topic, { project: { id: 8, label_config: other } }),
      ),
    );
    const seven = await app.post('/predict', predictBody(['The team scored']));
    const eight = await app.post('/predict', {
      ...predictBody(['The team scored'], '8.1690000000'),
      label_config: other,
    });
    expect([labelsOf(seven), labelsOf(eight)]).toEqual([['Sport'], ['Games']]);
    expect(seven.body.model_version).not.toBe(eight.body.model_version);
    expect((await app.get('/api/projects')).body.projects.map(({ id }: { id: string }) => id)).toEqual(['7', '8']);
    await app.post('/delete', { project: '7.1690000000' });
    expect((await app.get('/api/projects/7')).status).toBe(404);
    expect((await app.get('/api/projects/8')).body.annotations).toBe(8);
  });

  test('F77 projects of one number from two Label Studios are two projects', async () => {
    const app = tryApp();
    await app.post('/setup', { project: '7.1767323045', schema: newsConfig, hostname: 'http://one:8080' });
    await app.post('/setup', { project: '7.1690000000', schema: newsConfig, hostname: 'http://two:8080' });
    await label(app, newsEvents({ created_at: '2026-01-02T03:04:05.000000Z' }));
    const first = await app.post('/predict', predictBody(['The team scored'], '7.1767323045'));
    const second = await app.post('/predict', predictBody(['The team scored'], '7.1690000000'));
    expect(first.body.model_version).toMatch(/^v/);
    expect(second.body.model_version).toMatch(/^untrained-/);
    const { projects } = (await app.get('/api/projects')).body;
    expect(projects).toMatchObject([
      { id: '7', hostname: 'http://one:8080', annotations: 8 },
      { id: '7.1690000000', hostname: 'http://two:8080', annotations: 0 },
    ]);
  });

  test('F77 a project that events told of first belongs to the one that connects, also after a restart', async () => {
    const app = tryApp();
    await label(app);
    const setup = { schema: newsConfig, hostname: 'http://one:8080' };
    await app.post('/setup', { ...setup, project: '7.1767323045' });
    const again = tryApp({ store: app.store, journal: app.journal });
    await again.post('/setup', { ...setup, project: '7.1690000000' });
    const { projects } = (await again.get('/api/projects')).body;
    expect(projects.map(({ id }: { id: string }) => id)).toEqual(['7', '7.1690000000']);
  });

  test('a copy starts with the version of its source', async () => {
    const app = tryApp();
    await label(app);
    const copied = await app.post('/duplicate_model', { project_src: '7.1690000000', project_dst: '12.1690000001' });
    expect(copied).toMatchObject({ status: 200, body: {} });
    const answer = await app.post('/predict', predictBody(['The team scored'], '12.1690000001'));
    expect(labelsOf(answer)).toEqual(['Sport']);
    expect(answer.body.model_version).toMatch(/^v/);
    expect((await app.post('/duplicate_model', { project_src: '99', project_dst: '100' })).status).toBe(200);
  });

  test('F25 a project that is deleted while it trains ends its job, and starts empty when it comes back', async () => {
    const { holdEnd, ...parts } = heldTrainings();
    const app = tryApp(parts);
    holdEnd();
    for (const event of newsEvents()) await app.post('/webhook', event);
    const { job_id: id } = (await app.get('/is_training?project=7')).body;
    await app.post('/delete', { project: '7' });
    await app.registry.drain();
    expect((await app.get(`/api/jobs/${id}`)).body).toMatchObject({
      state: 'canceled',
      error: 'The project was deleted.',
    });
    expect((await app.get('/versions')).body.versions).toEqual([]);
    const again = await app.post('/setup', { project: '7.1690000000', schema: newsConfig });
    expect(again.body.model_version).toMatch(/^untrained-/);
  });

  test('F153 more projects than may be loaded are unloaded and come back with their models', async () => {
    const app = tryApp({ mostLoaded: 2 });
    await label(app);
    for (let id = 20; id < 30; id++) await app.post('/setup', { project: `${id}.1`, schema: newsConfig });
    expect((await app.get('/metrics')).body.loaded_projects).toBeLessThanOrEqual(3);
    expect(labelsOf(await app.post('/predict', predictBody(unseen)))).toEqual(topics);
  });
});

describe('versions', () => {
  test('an older version serves again when it is activated, and the next training overtakes it', async () => {
    const app = tryApp();
    await label(app);
    await label(app, [annotated(70, 'More rain', 'Weather')]);
    const { versions } = (await app.get('/versions?project=7')).body;
    expect(versions.length).toBeGreaterThan(1);
    const oldest = versions.at(-1);
    const activated = await app.post(`/api/projects/7/versions/${oldest}/activate`, {});
    expect(activated).toMatchObject({ status: 200, body: { id: '7', modelVersion: oldest } });
    expect((await app.post('/predict', predictBody(unseen))).body.model_version).toBe(oldest);
    const listed = await app.get('/api/projects/7/versions');
    expect(listed.body.versions.filter(({ isCurrent }: { isCurrent: boolean }) => isCurrent)).toMatchObject([
      { version: oldest },
    ]);
    await app.post('/webhook', { action: 'START_TRAINING', project: { id: 7 } });
    await app.registry.drain();
    const { modelVersion } = (await app.get('/api/projects/7')).body;
    expect(modelVersion > versions[0]).toBe(true);
  });

  test('F18 a rollback during a training is not overruled: the new version is a candidate', async () => {
    const { holdEnd, ...parts } = heldTrainings();
    const app = tryApp(parts);
    await label(app);
    await label(app, [annotated(70, 'More rain', 'Weather')]);
    const { versions } = (await app.get('/versions?project=7')).body;
    const end = holdEnd();
    const { body } = await app.post('/webhook', annotated(71, 'Even more rain', 'Weather'));
    const drained = app.registry.drain();
    await app.post('/api/projects/7/activate', { version: versions.at(-1) });
    end();
    await drained;
    const job = await app.get(`/api/jobs/${body.result.job}`);
    const current = (await app.get('/api/projects/7')).body.modelVersion;
    expect(job.body.result).toMatchObject({ isCurrent: false, note: expect.stringContaining('candidate') });
    expect(current).toBe(versions.at(-1));
  });

  test('F137 a version that does not exist is not activated', async () => {
    const app = tryApp();
    await label(app);
    for (const version of ['v9', '..%2F..%2Fetc', '%00', 'CON', 'v'.repeat(300)]) {
      expect((await app.post(`/api/projects/7/versions/${version}/activate`, {})).status).toBe(404);
    }
    expect((await app.post('/api/projects/99/activate', { version: 'v1' })).status).toBe(404);
  });

  test('ten versions are kept', async () => {
    const app = tryApp();
    await label(app);
    for (let i = 0; i < 12; i++) await label(app, [annotated(100 + i, `Rain ${i}`, 'Weather')]);
    expect((await app.get('/versions?project=7')).body.versions).toHaveLength(10);
  });
});

describe('after a restart', () => {
  let dir: string;
  const open: TryApp[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sparrow-'));
  });

  afterEach(async () => {
    for (const app of open.splice(0)) await stop(app);
    await rm(dir, { recursive: true, force: true });
  });

  async function start(options: Parameters<typeof tryApp>[0] = {}): Promise<TryApp> {
    const store = await FileStore.open({ dir });
    const journal = await FileJournal.open({ dir: join(dir, 'journal'), lock: store.lock });
    const app = tryApp({ store, journal, ...options });
    open.push(app);
    return app;
  }

  async function stop(app: TryApp): Promise<void> {
    await app.registry.close();
    await app.journal.close();
    await app.store.close();
    open.splice(open.indexOf(app), 1);
  }

  test('the same version gives the same predictions', async () => {
    const first = await start();
    await label(first);
    const before = await first.post('/predict', predictBody(unseen));
    await stop(first);
    const second = await start();
    expect((await second.post('/setup', { project: '7', schema: newsConfig })).body.model_version).toBe(
      before.body.model_version,
    );
    expect((await second.post('/predict', predictBody(unseen))).body).toEqual(before.body);
    expect((await second.get('/api/projects/7')).body).toMatchObject({ annotations: 8, title: 'News' });
  });

  test('a training that was due is taken up', async () => {
    const first = await start({ runner: { run: () => new Promise(() => {}), close: async () => {} } });
    for (const event of newsEvents()) await first.post('/webhook', event);
    await stop(first);
    const second = await start();
    await second.registry.start();
    await second.registry.drain();
    expect(labelsOf(await second.post('/predict', predictBody(unseen)))).toEqual(topics);
    await stop(second);
    const third = await start();
    await third.registry.start();
    await third.registry.drain();
    expect((await third.get('/versions')).body.versions).toHaveLength(1);
  });

  test('one that was through, but for its mark, makes no second version of the same', async () => {
    const first = await start();
    await label(first);
    const { versions } = (await first.get('/versions')).body;
    // As a killed process leaves it: the mark goes only when a project has been quiet for a while.
    expect((await first.store.getState('7')).training).toBe('due');
    const { store, journal } = first;
    const second = tryApp({ store, journal });
    await second.registry.start();
    await second.registry.drain();
    expect((await second.get('/versions')).body.versions).toEqual(versions);
    const { events } = (await second.get('/api/events')).body;
    expect(events[0]).toMatchObject({ kind: 'training', did: 'Nothing has changed since the last training.' });
    await second.post('/webhook', annotated(70, 'More rain', 'Weather'));
    await second.registry.drain();
    expect((await second.get('/versions')).body.versions).toHaveLength(versions.length + 1);
  });

  test('a training that somebody asked for is taken up, one that waits for the button is not', async () => {
    const stuck = { runner: { run: () => new Promise<never>(() => {}), close: async () => {} }, trainEachUpdates: 0 };
    const first = await start(stuck);
    for (const event of newsEvents()) await first.post('/webhook', event);
    await stop(first);
    const second = await start(stuck);
    await second.registry.start();
    expect(second.registry.queueSize).toEqual({ running: 0, waiting: 0 });
    await second.post('/webhook', { action: 'START_TRAINING', project: { id: 7 } });
    await stop(second);
    const third = await start({ trainEachUpdates: 0 });
    await third.registry.start();
    await third.registry.drain();
    expect((await third.get('/versions')).body.versions).toHaveLength(1);
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}

/** Trainings that do not end while they are held. */
function heldTrainings(): { store: ModelStore; journal: Journal; runner: TrainingRunner; holdEnd(): () => void } {
  const [store, journal] = [new MemoryStore(), new MemoryJournal()];
  const inner = new InProcessRunner(SimpleTextClassifier, sourceOf(journal, store));
  let mayEnd: Promise<void> = Promise.resolve();
  return {
    store,
    journal,
    runner: {
      run: async (...training) => {
        const result = await inner.run(...training);
        await mayEnd;
        return result;
      },
      close: () => inner.close(),
    },
    holdEnd() {
      let end = (): void => {};
      mayEnd = new Promise((resolve) => {
        end = resolve;
      });
      return end;
    },
  };
}
