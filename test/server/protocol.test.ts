// Every recorded or constructed exchange of test/protocol, both ways: the status and what else the file promises.
import { describe, expect, test } from 'vitest';
import { exchange, exchanges, labelConfigs, recordedTraffic } from '../labelstudio/fixtures.ts';
import { sourceOf } from './label-source.ts';
import { type Answer, tryApp } from './try-app.ts';

const routes = {
  setup: '/setup',
  predict: '/predict',
  webhook: '/webhook',
  train: '/train',
  'job-status': '/job_status',
};

/** A webhook is sent by python-requests, all else by Label Studio's connector. */
function agentOf(route: string): { [name: string]: string } {
  return { 'user-agent': route === 'webhook' ? 'python-requests/2.28.1' : 'heartex/1.22.0' };
}

describe('every fixture', () => {
  test.each(exchanges().map((one) => [one.name, one] as const))('%s is answered as it should be', async (_, one) => {
    const app = tryApp();
    const answer = await app.post(routes[one.route], one.request, agentOf(one.route));
    expect(answer.status).toBe(one.status);
    for (const [key, type] of Object.entries(one.responseKeys ?? {})) expect(typeof answer.body[key]).toBe(type);
    if (one.results !== undefined) checkPredictions(answer, one.results, one.emptyResultsAt ?? []);
    if (one.status >= 400) expect(answer.body).toEqual({ error: expect.any(String) });
    await app.registry.drain();
    if (one.samples !== undefined) {
      const status = await app.post('/job_status', { job: answer.body.job });
      expect(status.body).toMatchObject({ job_status: 'finished', result: { model_version: expect.any(String) } });
      expect(status.body.result.train_output.controls[0].report.docs).toBe(one.samples);
    }
    if (one.addsToTrainingSet !== undefined) {
      const { body } = await app.get('/api/projects/7');
      expect(body.annotations).toBe(one.addsToTrainingSet);
    }
  });

  test('the same path with a slash at the end, or under a path of the user’s, is the same route', async () => {
    const one = exchange('predict-one');
    for (const path of ['/predict/', '/ml/predict', '/ml/news-2/predict', '/ml/predict/']) {
      expect((await tryApp().post(path, one.request)).status).toBe(200);
    }
  });
});

function checkPredictions(answer: Answer, count: number, empty: readonly number[]): void {
  const { results, model_version: version } = answer.body;
  expect(results).toHaveLength(count);
  for (const [i, one] of results.entries()) {
    expect(one.model_version).toBe(version);
    expect(one.score).toBeGreaterThanOrEqual(0);
    expect(one.score).toBeLessThanOrEqual(1);
    expect(one.result).toHaveLength(empty.includes(i) ? 0 : 1);
    if (empty.includes(i)) expect(one).toMatchObject({ score: 0, reason: expect.any(String) });
  }
}

describe('annotation events on one annotation', () => {
  const names = ['webhook-annotation-created', 'webhook-annotation-updated-late', 'webhook-annotation-updated'];

  test.each([
    ['in order', names],
    ['in reverse order', [...names].reverse()],
  ])('%s end at the latest label', async (_, order) => {
    const app = tryApp({ trainEachUpdates: 0 });
    for (const name of order) await app.post('/webhook', exchange(name).request, agentOf('webhook'));
    const tasks = [];
    for await (const task of app.journal.tasks('7')) tasks.push(task);
    expect(tasks).toMatchObject([
      { id: '101', annotations: [{ id: 501, result: [{ value: { choices: ['Sport'] } }] }] },
    ]);
  });

  test('F70 a deletion by ids alone takes the label away, also when it comes first', async () => {
    for (const order of [
      ['webhook-annotations-created', 'webhook-annotations-deleted'],
      ['webhook-annotations-deleted', 'webhook-annotations-created'],
    ]) {
      const app = tryApp({ trainEachUpdates: 0 });
      for (const name of order) await app.post('/webhook', exchange(name).request, agentOf('webhook'));
      expect((await app.get('/api/projects/7')).body.annotations).toBe(1);
    }
  });
});

describe('an annotation without its text', () => {
  test('waits for it, and is learnt from once a predict brings it', async () => {
    const app = tryApp({ trainEachUpdates: 0 });
    const event = exchange('webhook-annotation-created-without-task').request;
    const answer = await app.post('/webhook', event, agentOf('webhook'));
    expect(answer.body.result.changed).toBe(1);
    expect((await app.get('/api/projects/7')).body.annotations).toBe(0);
    await app.post('/predict', exchange('predict-many').request);
    expect((await app.get('/api/projects/7')).body).toMatchObject({ annotations: 1, documents: 1 });
  });

  test('is asked for in Label Studio when there is a key', async () => {
    const asked: unknown[] = [];
    const source = sourceOf(() => [], {
      task: async (id) => {
        asked.push(id);
        return { id, data: { text: 'The striker scored' } };
      },
    });
    const app = tryApp({ trainEachUpdates: 0, source });
    await app.post('/webhook', exchange('webhook-annotation-created-without-task').request, agentOf('webhook'));
    await expect.poll(async () => (await app.get('/api/projects/7')).body.annotations).toBe(1);
    expect(asked).toEqual(['102']);
  });
});

describe('the recorded traffic of a real Label Studio', () => {
  test('F67 every request gets a good answer, and the training set is what the events say', async () => {
    const app = tryApp();
    const statuses: [string, number][] = [];
    for (const { method, path, headers, body } of recordedTraffic()) {
      const answer = method === 'GET' ? await app.get(path, headers) : await app.post(path, body, headers);
      const action = typeof body === 'object' && typeof body.action === 'string' ? ` ${body.action}` : '';
      statuses.push([`${path}${action}`, answer.status]);
      if (path === '/predict' && typeof body === 'object') {
        checkPredictions(answer, (body.tasks as unknown[]).length, []);
      }
      if (path === '/setup') expect(answer.body).toEqual({ model_version: expect.stringMatching(/^untrained-/) });
      await app.registry.drain();
    }
    for (const [what, status] of statuses) expect([200, 201], what).toContain(status);
    expect(statuses).toContainEqual(['/webhook PROJECT_UPDATED', 201]);
    const { body } = await app.get('/api/projects/1');
    expect(body).toMatchObject({
      title: 'News',
      annotations: 1,
      documents: 1,
      hostname: 'http://label-studio.test:8080',
    });
    expect(body.lastJob.error).toContain('needs two classes');
  });

  test('F134 no token of it is kept, logged or shown', async () => {
    const app = tryApp();
    for (const { method, path, headers, body } of recordedTraffic()) {
      if (method === 'GET') await app.get(path, headers);
      else await app.post(path, body, headers);
    }
    await app.registry.drain();
    const pages = await Promise.all(
      ['/api/projects', '/api/projects/1', '/api/events', '/metrics', '/ready', '/versions'].map((path) =>
        app.get(path),
      ),
    );
    const tasks = [];
    for await (const task of app.journal.tasks('1')) tasks.push(task);
    const state = await app.store.getState('1');
    const everything = JSON.stringify([pages.map(({ body }) => body), app.logged(), tasks, state]);
    expect(everything).not.toContain('0123456789abcdef');
    expect(app.logged()).not.toContain('striker');
    expect(JSON.stringify(pages[2]?.body)).not.toContain('striker');
  });
});

describe('F86 label configs', () => {
  test.each(labelConfigs().map((one) => [one.name, one] as const))(
    '%s is set up, predicted and validated',
    async (_, one) => {
      const app = tryApp();
      const project = '3.1700000000';
      const setup = await app.post('/setup', { project, schema: one.xml });
      expect(setup.status).toBe(200);
      expect(typeof setup.body.model_version).toBe('string');
      const tasks = [
        { id: 1, data: { text: 'one', a: 'two' } },
        { id: 2, data: {} },
      ];
      const predicted = await app.post('/predict', { project, tasks, label_config: one.xml });
      expect(predicted.status).toBe(200);
      expect(predicted.body.results).toHaveLength(2);
      expect(predicted.body.model_version).toBe(setup.body.model_version);
      const validated = await app.post('/validate', { config: one.xml });
      if (one.mustReject) {
        expect(setup.body.message).toEqual(expect.any(String));
        expect(validated).toMatchObject({ status: 400, body: { error: expect.any(String) } });
      } else {
        expect(predicted.body.model_version).toBe(setup.body.model_version);
        expect(validated).toMatchObject({ status: 200, body: { status: 'ok' } });
      }
    },
  );

  test.each([[null], [''], [7], [{}], ['not xml'], ['<View>']])(
    'setup answers 200 to the schema %j',
    async (schema) => {
      const answer = await tryApp().post('/setup', { project: '3.1', schema });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        model_version: 'untrained',
        message: expect.any(String),
        notes: expect.any(Array),
      });
    },
  );

  test('a config that cannot be read does not replace one that can', async () => {
    const app = tryApp();
    const good = await app.post('/setup', exchange('setup').request);
    const bad = await app.post('/setup', { ...exchange('setup').request, schema: '<View>' });
    expect(bad.body).toMatchObject({ model_version: good.body.model_version, message: expect.any(String) });
    const predicted = await app.post('/predict', { ...exchange('predict-one').request, label_config: '' });
    expect(predicted.body.results[0].result).toHaveLength(1);
  });
});
