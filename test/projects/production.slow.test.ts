// Production mode: several servers and several workers on one Redis, each of which may fail.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SimpleTextClassifier } from '../../src/sdk/simple-text-classifier.ts';
import { FileJournal } from '../../src/store/file-journal.ts';
import { FileStore } from '../../src/store/file-store.ts';
import { sourceOf } from '../server/label-source.ts';
import { annotated, newsConfig, newsEvents, predictBody, tryApp } from '../server/try-app.ts';
import { hasRedis, pause, type RedisServer, redisForTest, startRedis, until } from '../store/redis-server.ts';
import { startS3 } from '../store/s3-fake.ts';
import { placesOn, type TryReplica, tryReplica, tryWorker } from './production-parts.ts';

/** Twice what is promised, as others work on the same cores. */
const everyWebhookMs = 400;
const durable = ['--appendonly', 'yes', '--appendfsync', 'everysec'];

function versionOf(body: { model_version?: string }): string {
  return body.model_version ?? '';
}

/** Tell a replica of all the news texts with their labels; each must be taken. */
async function label(server: TryReplica): Promise<void> {
  for (const event of newsEvents()) expect((await server.post('/webhook', event)).status).toBe(201);
}

async function predict(server: TryReplica, text = 'Heavy rain in the west') {
  const { status, body } = await server.post('/predict', predictBody([text], '7'));
  return { status, label: body.results?.[0]?.result[0]?.value.choices[0], version: versionOf(body) };
}

/** Until the replica serves what learnt from all there is. */
function untilTrained(server: TryReplica, annotations: number) {
  const look = async () => {
    const { body } = await server.get('/api/projects/7');
    const version = body.modelVersion as string;
    const records = version?.startsWith('v') ? await server.replica.registry.versions.of('7') : [];
    const record = records.find((one) => one.version === version);
    const output = record?.meta.trainOutput as { controls?: { report: { docs: number } }[] } | undefined;
    return { version, docs: output?.controls?.[0]?.report.docs ?? 0 };
  };
  return until(look, ({ docs }) => docs >= annotations);
}

/** Until the files say, beside Redis, that the version is current; the rest of the note is written just after. */
async function untilNoted(directory: string, version: string): Promise<void> {
  const pointers = () => {
    const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    return names
      .filter((name) => name.endsWith('current.json'))
      .map((name) => readFileSync(join(directory, name), 'utf8'));
  };
  await until(pointers, (found) => found.some((text) => text.includes(version)));
  await pause(100);
}

describe.skipIf(!hasRedis)('production', () => {
  let redis: RedisServer;
  let made = 0;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(() => redis.end());

  function places(on = redis) {
    return placesOn(on.url, { prefix: `sparrow-${made++}` });
  }

  test('F49 what one server is told, a worker learns, and the announcement makes every server serve it', async () => {
    const shared = places();
    const [a, b] = [await tryReplica(shared, { pollMs: 60_000 }), await tryReplica(shared, { pollMs: 60_000 })];
    const workers = [await tryWorker(shared), await tryWorker(shared)];
    expect((await predict(b)).version).toMatch(/^untrained/);
    await label(a);
    const { version } = await untilTrained(a, 8);
    const serving = await until(
      () => predict(b),
      (seen) => seen.version === version,
    );
    expect(serving).toEqual({ status: 200, label: 'Weather', version });
    for (const { ended } of workers) for (const job of ended) expect([null, 'TOO_FEW_LABELS']).toContain(job.errorCode);
    const { body } = await b.get('/api/projects/7');
    expect(body).toMatchObject({
      annotations: 8,
      training: false,
      labels: ['Politics', 'Technology', 'Sport', 'Weather'],
    });
    await until(
      () => b.notes.join('\n'),
      (notes) => notes.includes(`${version} serves.`),
    );
  });

  test('F20 F23 many events and presses, at both servers, lead to few trainings and to one answer', async () => {
    const shared = places();
    const [a, b] = [await tryReplica(shared), await tryReplica(shared)];
    const events = Array.from({ length: 60 }, (_, i) => annotated(i + 1, `rain ${i}`, ['Weather', 'Sport'][i % 2]!));
    const answers = await Promise.all(events.map((event, i) => (i % 2 ? a : b).post('/webhook', event)));
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    const { ended } = await tryWorker(shared);
    await untilTrained(b, 60);
    const before = ended.length;
    expect(before).toBeLessThan(10);
    const press = { action: 'START_TRAINING', project: { id: 7, label_config: newsConfig } };
    const pressed = await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 ? a : b).post('/webhook', press)));
    const jobs = new Set(pressed.map(({ body }) => body.result.job));
    expect(jobs.size).toBe(1);
    const status = await a.post('/job_status', { job: [...jobs][0] });
    expect(status.body).toMatchObject({
      job_status: 'finished',
      error: null,
      result: { model_version: expect.any(String) },
    });
    expect(status.body.result.train_output).toMatchObject({ labels: expect.any(Array) });
    await pause(100);
    expect(ended).toHaveLength(before);
  });

  test('F77 two Label Studios with one project number are two projects, whichever server they reach', async () => {
    const shared = places();
    const [a, b] = [await tryReplica(shared), await tryReplica(shared)];
    await tryWorker(shared);
    const [one, two] = ['7.1767323045', '7.1690000000'];
    // Asked before anybody connected: that the number is nobody's must not be remembered.
    for (const server of [a, b]) await server.post('/predict', { ...predictBody(['Rain']), project: two });
    await a.post('/setup', { project: one, schema: newsConfig, hostname: 'http://one:8080' });
    await b.post('/setup', { project: two, schema: newsConfig, hostname: 'http://two:8080' });
    const events = newsEvents({ created_at: '2026-01-02T03:04:05.000000Z' });
    for (const [i, event] of events.entries()) await (i % 2 ? a : b).post('/webhook', event);
    await untilTrained(a, 8);
    for (const server of [a, b]) {
      const look = () => server.post('/predict', { ...predictBody(['Rain']), project: one });
      await until(look, ({ body }) => versionOf(body).startsWith('v'));
      const other = await server.post('/predict', { ...predictBody(['Rain']), project: two });
      expect(versionOf(other.body)).toMatch(/^untrained/);
      expect((await server.get('/api/projects')).body.projects).toMatchObject([
        { id: '7', hostname: 'http://one:8080', annotations: 8 },
        { id: two, hostname: 'http://two:8080', annotations: 0 },
      ]);
    }
    // The first one is deleted at one server, and the other server gives its number to a third.
    await a.post('/delete', { project: one });
    const third = '7.1800000000';
    await b.post('/setup', { project: third, schema: newsConfig, hostname: 'http://three:8080' });
    await until(
      async () => (await a.get('/api/projects')).body.projects.map(({ hostname }: { hostname: string }) => hostname),
      (hosts) => hosts.includes('http://three:8080'),
    );
    await a.post('/setup', { project: one, schema: newsConfig, hostname: 'http://one:8080' });
    const { projects } = (await a.get('/api/projects')).body;
    expect(projects.map(({ id, hostname }: { id: string; hostname: string }) => [id, hostname])).toEqual([
      ['7', 'http://three:8080'],
      [two, 'http://two:8080'],
      [one, 'http://one:8080'],
    ]);
  });

  test('a training starts by itself after so many changes, whichever servers heard of them', async () => {
    const shared = places();
    const [a, b] = [
      await tryReplica(shared, { trainEachUpdates: 8 }),
      await tryReplica(shared, { trainEachUpdates: 8 }),
    ];
    await tryWorker(shared, { trainEachUpdates: 8 });
    const answers = [];
    for (const [i, event] of newsEvents().entries())
      answers.push((await (i % 2 ? a : b).post('/webhook', event)).body.result);
    expect(answers.slice(0, 7).map(({ job }) => job)).toEqual(Array(7).fill(null));
    expect(answers[6].why).toBe('training starts after 1 more changes');
    expect(answers[7].job).toEqual(expect.any(String));
    await untilTrained(a, 8);
  });

  test('F49 an announcement that a replica missed is found by looking, and so is a rollback', async () => {
    const shared = places();
    const [a, b] = [await tryReplica(shared), await tryReplica(shared)];
    await tryWorker(shared);
    await predict(b);
    await label(a);
    const { version } = await untilTrained(a, 8);
    await until(
      () => predict(b),
      (seen) => seen.version === version,
    );
    await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    const versions = await a.replica.registry.versions.of('7');
    const older = versions.find((one) => one.version !== version)!;
    await a.post('/api/projects/7/activate', { version: older.version });
    await until(
      () => predict(b),
      (seen) => seen.version === older.version,
      1500,
    );
    // Whoever asks for a training after this wants one, though nothing was labelled since the last.
    const press = { action: 'START_TRAINING', project: { id: 7, label_config: newsConfig } };
    expect((await b.post('/webhook', press)).status).toBe(201);
    await until(
      () => predict(a),
      (seen) => seen.version > version,
    );
  });

  test('F44 what nobody asked for, because the asker was gone, is found and trained', async () => {
    const shared = places();
    const a = await tryReplica(shared);
    await a.replica.registry.setup({ id: '7', createdAt: null }, { labelConfig: newsConfig });
    const { journal } = a.replica.stores;
    const records = newsEvents().flatMap((event) => {
      const { task, annotation } = event as {
        task: { id: number; data: unknown };
        annotation: { id: number; updated_at: string };
      };
      const id = String(task.id);
      return [
        { t: 'task', id, data: task.data },
        { t: 'annotation', id, task: id, at: annotation.updated_at, body: annotation },
      ] as const;
    });
    await journal.append('7', records);
    const { ended } = await tryWorker(shared, { lookEachMs: 100 });
    await untilTrained(a, 8);
    await pause(300);
    expect(ended).toHaveLength(1);
  });

  test('F41 F42 Redis gone: predictions go on, events are refused at once, and all recovers by itself', async () => {
    const own = await redisForTest(durable);
    const shared = places(own);
    const [a, b] = [await tryReplica(shared), await tryReplica(shared)];
    await tryWorker(shared);
    await label(a);
    const { version } = await untilTrained(b, 8);
    await until(
      () => predict(a),
      (seen) => seen.version === version,
    );
    await until(
      () => a.get('/ready'),
      ({ body }) => body.training === true,
    );
    const late = annotated(9, 'A goal in the last minute', 'Sport');
    for (const fault of [() => own.kill(), () => own.signal('SIGSTOP')]) {
      await fault();
      const refused = await a.post('/webhook', late);
      expect(refused, a.notes.join('\n')).toMatchObject({
        status: 503,
        body: { error: expect.stringContaining('REDIS_URL') },
      });
      expect(refused.ms).toBeLessThan(everyWebhookMs);
      expect(await predict(a)).toEqual({ status: 200, label: 'Weather', version });
      expect(await predict(b)).toEqual({ status: 200, label: 'Weather', version });
      const { body } = await a.get('/ready');
      expect(body).toMatchObject({ ready: true, training: false });
      expect(body.problems.join()).toMatch(/does not answer.*predictions go on/);
      if (fault.toString().includes('kill')) await own.start();
      else own.signal('SIGCONT');
      for (const server of [a, b])
        await until(
          () => server.get('/ready'),
          ({ body }) => body.training === true,
        );
    }
    expect((await a.post('/webhook', late)).status).toBe(201);
    await untilTrained(b, 9);
  });

  test('F40 a server that starts without Redis predicts from the files, and connects later by itself', async () => {
    const own = await redisForTest(durable);
    const shared = places(own);
    const a = await tryReplica(shared);
    const { worker } = await tryWorker(shared);
    await label(a);
    const { version } = await untilTrained(a, 8);
    await a.replica.stores.store.close();
    await worker.stores.store.close();
    await own.kill();
    const late = await tryReplica(shared);
    expect(await predict(late)).toEqual({ status: 200, label: 'Weather', version });
    expect((await late.get('/ready')).body).toMatchObject({ ready: true, training: false });
    await own.start();
    await until(
      () => late.get('/ready'),
      ({ body }) => body.training === true,
    );
    expect((await late.post('/webhook', annotated(9, 'A late goal', 'Sport'))).status).toBe(201);
    await untilTrained(late, 9);
  });

  test('F43 Redis emptied: the models serve on, what is new is kept, and a few labels do not take their place', async () => {
    const own = await redisForTest(['--appendonly', 'no']);
    const shared = places(own);
    const a = await tryReplica(shared);
    const { ended } = await tryWorker(shared, { lookEachMs: 200 });
    await label(a);
    const { version } = await untilTrained(a, 8);
    await untilNoted(shared.modelDir, version);
    await own.command('FLUSHALL');
    await until(
      () => a.get('/ready'),
      ({ body }) => body.problems.join().includes('has lost the annotations of project 7'),
    );
    expect(await predict(a)).toEqual({ status: 200, label: 'Weather', version });
    const trainings = ended.length;
    const kept = await a.post('/webhook', annotated(20, 'A goal', 'Sport'));
    expect(kept).toMatchObject({ status: 201, body: { result: { changed: 2, job: null } } });
    expect(kept.body.result.why).toMatch(/Redis has lost the project’s earlier annotations/);
    await pause(400);
    expect(ended).toHaveLength(trainings);
    expect((await predict(a)).version).toBe(version);
    // The annotations come again, as one body, and with them the trainings.
    const tasks = newsEvents().map((event) => {
      const { task, annotation } = event as { task: object; annotation: object };
      return { ...task, annotations: [annotation] };
    });
    const again = await a.post('/train', { annotations: tasks, project: '7', label_config: newsConfig });
    expect(again.status).toBe(201);
    await until(
      () => predict(a),
      (seen) => seen.version > version,
    );
    await until(
      () => a.get('/ready'),
      ({ body }) => body.training === true,
    );
  });

  test('what an embedded server has kept is taken over, models and annotations', async () => {
    const shared = places();
    const store = await FileStore.open({ dir: shared.modelDir });
    const journal = await FileJournal.open({ dir: join(shared.modelDir, 'journal'), lock: store.lock });
    const embedded = tryApp({ store, journal });
    for (const event of newsEvents()) await embedded.post('/webhook', event);
    await embedded.registry.drain();
    const { modelVersion } = (await embedded.get('/api/projects/7')).body;
    await embedded.registry.close();
    await journal.close();
    await store.close();
    const a = await tryReplica(shared);
    expect(await predict(a)).toEqual({ status: 200, label: 'Weather', version: modelVersion });
    await tryWorker(shared, { lookEachMs: 100 });
    await until(
      () => a.get('/api/projects/7'),
      ({ body }) => body.annotations === 8,
    );
    expect((await a.post('/webhook', annotated(9, 'A late goal', 'Sport'))).status).toBe(201);
    await untilTrained(a, 9);
  });

  test('F43 with a key, a worker reads again from Label Studio what Redis has lost', async () => {
    const own = await redisForTest(['--appendonly', 'no']);
    const shared = places(own);
    const source = sourceOf(() =>
      newsEvents().map((event) => {
        const { task, annotation } = event as { task: object; annotation: object };
        return { ...task, annotations: [annotation] };
      }),
    );
    const a = await tryReplica(shared, { source });
    await tryWorker(shared, { source, lookEachMs: 200 });
    // Connecting for the first time reads what was labelled long before.
    expect((await a.post('/setup', { project: '7', schema: newsConfig })).status).toBe(200);
    const { version } = await untilTrained(a, 8);
    expect((await a.get('/api/projects/7')).body.lastJob).toMatchObject({ state: 'finished', modelVersion: version });
    await untilNoted(shared.modelDir, version);
    await own.command('FLUSHALL');
    await until(
      () => a.get('/api/projects/7'),
      ({ body }) => body.modelVersion > version && body.annotations === 8,
    );
    await until(
      () => a.get('/ready'),
      ({ body }) => body.training === true,
    );
  });

  test('F25 a project that is deleted during its training does not come back with the result', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isFitting = false;
    class Held extends SimpleTextClassifier {
      override async fit(...args: Parameters<SimpleTextClassifier['fit']>) {
        const output = await super.fit(...args);
        isFitting = true;
        await held;
        return output;
      }
    }
    const shared = places();
    const [a, b] = [await tryReplica(shared), await tryReplica(shared)];
    const { ended } = await tryWorker(shared, { Backend: Held });
    await label(a);
    await until(
      () => isFitting,
      (is) => is,
    );
    expect((await b.post('/delete', { project: '7' })).status).toBe(200);
    await until(
      () => ended.at(-1)?.state,
      (state) => state === 'canceled',
    );
    release();
    expect(ended.at(-1)).toMatchObject({ state: 'canceled', error: 'The project was deleted.' });
    await pause(200);
    expect(await a.replica.stores.store.projects()).toEqual([]);
    expect(await a.replica.stores.store.versions('7')).toEqual([]);
    await until(
      () => a.get('/api/projects/7'),
      ({ status }) => status === 404,
    );
  });

  test('two servers and two workers keep their models in an object store', async () => {
    const s3 = await startS3();
    onTestFinished(() => s3.close());
    const shared = { ...places(), s3Url: s3.url };
    const [a, b] = [await tryReplica(shared), await tryReplica(shared)];
    await tryWorker(shared);
    await tryWorker(shared);
    await label(a);
    const { version } = await untilTrained(a, 8);
    await until(
      () => predict(b),
      (seen) => seen.version === version,
    );
    expect([...s3.objects.keys()].filter((key) => key.includes(version))).toHaveLength(2);
  });

  test('a server says when nobody is there to train', async () => {
    const shared = places();
    const a = await tryReplica(shared);
    await until(
      () => a.get('/ready'),
      ({ body }) => body.problems.join().includes('start one with `sparrow worker`'),
    );
    await tryWorker(shared);
    await until(
      () => a.get('/ready'),
      ({ body }) => body.training === true,
    );
  });
});
