import { describe, expect, test } from 'vitest';
import type { Prediction, Task } from '../../src/labelstudio/types.ts';
import { MLBackend } from '../../src/sdk/backend.ts';
import { exchange } from '../labelstudio/fixtures.ts';
import { newsConfig, newsEvents, predictBody, tryApp } from './try-app.ts';

describe('health', () => {
  test('tells the three keys of all ages, on both paths', async () => {
    const app = tryApp({ modelDir: 'models' });
    for (const path of ['/health', '/', '/ml/health', '/health/']) {
      expect(await app.get(path)).toMatchObject({
        status: 200,
        body: { status: 'UP', model_class: 'SimpleTextClassifier', model_dir: 'models' },
      });
    }
  });

  test('ready names what does not work', async () => {
    const app = tryApp({ storeProblem: async () => 'The disk is full.' });
    expect((await app.get('/ready')).body).toEqual({ ready: true, training: false, problems: ['The disk is full.'] });
    expect((await tryApp().get('/ready')).body).toEqual({ ready: true, training: true, problems: [] });
  });
});

describe('GET /api/events', () => {
  test('streams what happened and what happens, to whoever asks for a stream', async () => {
    const app = tryApp();
    await app.post('/setup', { project: '7', schema: newsConfig });
    const headers = { accept: 'text/event-stream' };
    const response = await app.hono.request('/api/events?project=7', { headers });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = response.body?.getReader();
    const next = async () => new TextDecoder().decode((await reader?.read())?.value);
    expect(await next()).toContain('"kind":"setup"');
    await app.post('/setup', { project: '8', schema: newsConfig });
    await app.post('/webhook', newsEvents()[0] ?? {});
    expect(await next()).toMatch(/"action":"ANNOTATION_CREATED".*"project":"7"/);
    app.events.end();
    await app.registry.drain();
  });
});

describe('odd requests', () => {
  test('F109 an unknown path is 404, a known one with another method 405', async () => {
    const app = tryApp();
    for (const path of ['//predict', '/predict%2F', '/nope', '/predict/x', `/${'a'.repeat(65_536)}`]) {
      const answer = await app.post(path, {});
      expect([path, answer.status]).toEqual([path, 404]);
      expect(answer.body).toEqual({ error: 'There is nothing at this path.' });
    }
    const wrong = await app.get('/predict');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect(wrong.body).toEqual({ error: 'This path takes POST, not GET.' });
  });

  test.each([
    [undefined, 'tasks must be a list of tasks.'],
    [null, 'tasks must be a list of tasks.'],
    ['text', 'tasks must be a list of tasks.'],
    [{ id: 1 }, 'tasks must be a list of tasks.'],
  ])('predict without a list of tasks (%j) is refused', async (tasks, error) => {
    expect(await tryApp().post('/predict', { tasks })).toMatchObject({ status: 400, body: { error } });
  });

  test('F106 no task, one task and ten thousand are answered, too many are refused with the limit', async () => {
    const app = tryApp({ limits: { tasks: 10_000 } });
    for (const count of [0, 1, 10_000]) {
      const { status, body } = await app.post('/predict', predictBody(Array.from({ length: count }, () => 'sport')));
      expect([status, body.results.length]).toEqual([200, count]);
    }
    const tooMany = await app.post('/predict', { tasks: Array.from({ length: 10_001 }, () => 0) });
    expect(tooMany).toMatchObject({ status: 413, body: { error: expect.stringContaining('10000') } });
  }, 30_000);

  test('F108 tasks of any shape keep their places', async () => {
    const tasks = [
      null,
      5,
      'x',
      [],
      { id: -1, data: { text: 'sport' } },
      { id: 'a', data: { text: 'sport' } },
      { id: 2 ** 60 },
    ];
    const { body } = await tryApp().post('/predict', { tasks, label_config: newsConfig });
    expect(body.results.map(({ result }: Prediction) => result.length)).toEqual([0, 0, 0, 0, 1, 1, 0]);
  });

  test('fields of another age, of another type, or missing do no harm', async () => {
    const app = tryApp();
    for (const params of [undefined, null, 'login', [], { context: undefined }]) {
      const { status } = await app.post('/predict', { tasks: [], params, try_fetch: true, force_reload: 'yes' });
      expect(status).toBe(200);
    }
    for (const extra of ['{"a": 1}', { a: 1 }, null, 'not json', 7]) {
      const body = { ...exchange('setup').request, extra_params: extra, hostname: 7, access_token: null };
      expect((await app.post('/setup', body)).status).toBe(200);
    }
  });

  // Some look like a path, a number or nothing at all without being one.
  const lookAlikes = ['．．／etc', '٧', '𝟕', '7\u200b', '7\u2024', '\u202e7'];
  const noProjects = ['../../etc', 'a b', '7/8', '\u0000', 'x'.repeat(300), 'x'.repeat(10_000), 'é', ...lookAlikes];
  test.each([...noProjects, { id: '../x' }, [7], true])(
    'F137 the project %j is refused on every route that takes one',
    async (project) => {
      const app = tryApp();
      const requests = [
        app.post('/setup', { project, schema: newsConfig }),
        app.post('/predict', { project, tasks: [] }),
        app.post('/train', { project, annotations: [{}], label_config: newsConfig }),
        app.post('/versions', { project }),
        app.post('/delete', { project }),
        app.post('/duplicate_model', { project_src: project, project_dst: '1' }),
      ];
      for (const answer of await Promise.all(requests)) {
        expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining('project') } });
      }
      if (typeof project === 'string') {
        const { status } = await app.get(`/api/projects/${encodeURIComponent(project)}`);
        expect([400, 404, 414]).toContain(status);
      }
      expect((await app.get('/api/projects')).body.projects).toEqual([]);
    },
  );

  test('F137 projects whose names differ in case are two', async () => {
    const app = tryApp();
    await app.post('/setup', { project: 'News', schema: newsConfig });
    await app.post('/setup', { project: 'news', schema: newsConfig });
    expect((await app.get('/api/projects')).body.projects).toHaveLength(2);
  });

  test('a request without a project has one all the same', async () => {
    const app = tryApp();
    for (const project of [null, undefined, '']) await app.post('/setup', { project, schema: newsConfig });
    expect((await app.get('/api/projects')).body.projects).toMatchObject([{ id: 'default' }]);
  });

  test('F104 no request changes what every object has', async () => {
    const app = tryApp();
    const bad = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}';
    for (const { method, path } of app.routes) {
      if (method !== 'POST') continue;
      await app.post(path, `${bad},"project":${bad}},"tasks":[${bad}}],"params":${bad}},"annotations":[${bad}}]}`);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    }
  });

  test('F74 a version that is gone, never was, or is no name is answered by the current one, which says so', async () => {
    const app = tryApp();
    for (const version of ['gone', 'undefined', 'INITIAL', '', null, 7]) {
      const { status, body } = await app.post('/predict', { ...predictBody(['sport']), model_version: version });
      expect([status, body.model_version]).toEqual([200, expect.stringMatching(/^untrained-/)]);
    }
    expect((await app.get('/api/events')).body.events.map(({ why }: { why: string }) => why)).toContain(
      'Label Studio asked for "gone"; the current version answered.',
    );
  });

  test('F75 with no label config there is no opinion, but a version', async () => {
    const answer = await tryApp().post('/predict', { tasks: [{ data: { text: 'x' } }], project: '7' });
    expect(answer.body).toEqual({
      results: [{ result: [], score: 0, model_version: 'untrained', reason: expect.any(String) }],
      model_version: 'untrained',
    });
  });

  test('START_TRAINING without a project is refused with a sentence', async () => {
    expect(await tryApp().post('/webhook', { action: 'START_TRAINING' })).toMatchObject({ status: 400 });
  });

  test('job_status without a job is refused, with an unknown one gone', async () => {
    expect(await tryApp().post('/job_status', {})).toMatchObject({ status: 400 });
    expect(await tryApp().post('/job_status', { job: 'x' })).toMatchObject({ status: 410 });
    expect(await tryApp().get('/api/jobs/x')).toMatchObject({ status: 404 });
  });

  test('F139 another site may not change anything, and no page may frame us', async () => {
    const app = tryApp();
    const answer = await app.post('/delete', { project: '7' }, { 'sec-fetch-site': 'cross-site' });
    expect(answer.status).toBe(403);
    const { headers } = await app.get('/api/projects', { 'sec-fetch-site': 'cross-site' });
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test('F113 more requests than can be served get a quick 503, while health answers', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    class Slow extends Echo {
      override async predict(tasks: readonly Task[]): Promise<Prediction[]> {
        await held;
        return super.predict(tasks);
      }
    }
    const app = tryApp({ Backend: Slow, limits: { inFlight: 2 } });
    const waiting = [1, 2].map(() => app.post('/predict', predictBody(['a'])));
    const refused = await app.post('/predict', predictBody(['a']));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await app.get('/health')).status).toBe(200);
    release();
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
    expect((await app.post('/predict', predictBody(['a']))).status).toBe(200);
  });
});

/** A model of somebody else's. */
class Echo extends MLBackend {
  predict(tasks: readonly Task[]): Prediction[] | Promise<Prediction[]> {
    return tasks.map(() => ({ result: [], score: 0.5 }));
  }
  fit(_tasks: AsyncIterable<Task> | Iterable<Task>): unknown {
    return { trained: true };
  }
}

describe('models that misbehave', () => {
  test('scores and shapes that Label Studio would refuse are put right', async () => {
    class Odd extends Echo {
      override predict(): Prediction[] {
        return [Number.NaN, null, 7, -1, 'x'].map((score) => ({ result: [], score }) as unknown as Prediction);
      }
    }
    const { body } = await tryApp({ Backend: Odd }).post('/predict', predictBody(['1', '2', '3', '4', '5']));
    expect(body.results.map(({ score }: Prediction) => score)).toEqual([0, 0, 1, 0, 0]);
  });

  test('a wrong number of predictions is an error for the whole request, with the model’s name', async () => {
    class Short extends Echo {
      override predict(): Prediction[] {
        return [];
      }
    }
    const answer = await tryApp({ Backend: Short }).post('/predict', predictBody(['1']));
    expect(answer.status).toBe(422);
    expect(answer.body.error).toContain('Short.predict must return a list with one prediction for each task');
  });

  test('one task that a model cannot take costs the others nothing', async () => {
    class Picky extends Echo {
      override predict(tasks: readonly Task[]): Prediction[] | Promise<Prediction[]> {
        if (tasks.some(({ id }) => id === 1)) throw new Error('no ones');
        return super.predict(tasks);
      }
    }
    const { body } = await tryApp({ Backend: Picky }).post('/predict', predictBody(['0', '1', '2']));
    expect(body.results).toMatchObject([
      { score: 0.5 },
      { score: 0, reason: expect.stringContaining('no ones') },
      { score: 0.5 },
    ]);
  });

  test.each([
    ['an error', new Error('the secret text')],
    ['a string', 'the secret text'],
    ['null', null],
  ])('F111 %s thrown is a 500 in the common form, and only the log knows more', async (_, thrown) => {
    class Broken extends Echo {
      override predict(): never {
        throw thrown;
      }
    }
    const app = tryApp({ Backend: Broken });
    const answer = await app.post('/predict', predictBody(['1']));
    expect(answer.status).toBe(500);
    const id = answer.headers.get('x-request-id');
    expect(answer.body).toEqual({
      error: `The model's own code failed in predict() of Broken; the log has it under request ${id}.`,
    });
    expect(app.logged()).toContain(id);
  });

  test('a model of another kind is trained and served like ours', async () => {
    class Counter extends Echo {
      override async fit(tasks: AsyncIterable<Task> | Iterable<Task>): Promise<unknown> {
        let count = 0;
        for await (const _ of tasks) count++;
        return { count };
      }
      override predict(tasks: readonly Task[]): Prediction[] {
        const { count = 0 } = (this.trainOutput ?? {}) as { count?: number };
        return tasks.map(() => ({ result: [], score: count / 100 }));
      }
    }
    const app = tryApp({ Backend: Counter });
    for (const event of newsEvents()) await app.post('/webhook', event);
    await app.registry.drain();
    expect((await app.get('/health')).body.model_class).toBe('Counter');
    expect((await app.post('/predict', predictBody(['1']))).body.results[0].score).toBe(0.08);
  });

  test('F114 predictions during fifty swaps are each of one version', async () => {
    class Versioned extends Echo {
      override async predict(tasks: readonly Task[]): Promise<Prediction[]> {
        await null;
        return tasks.map(() => ({ result: [], score: 0, made_by: this.modelVersion }));
      }
    }
    const app = tryApp({ Backend: Versioned });
    const answers = [];
    for (let i = 0; i < 50; i++) {
      const event = app.post(
        '/webhook',
        newsEvents({})[0] && { ...newsEvents()[0], annotation: { id: i, task: i, result: [{}] } },
      );
      for (let j = 0; j < 5; j++)
        answers.push(app.post('/predict', predictBody(Array.from({ length: 200 }, () => 'x'))));
      await event;
      await app.registry.drain();
    }
    const versions = new Set<string>();
    for (const { status, body } of await Promise.all(answers)) {
      expect(status).toBe(200);
      const made = new Set(body.results.flatMap((one: { [key: string]: string }) => [one.made_by, one.model_version]));
      expect([...made]).toEqual([body.model_version]);
      versions.add(body.model_version);
    }
    expect(versions.size).toBeGreaterThan(20);
  }, 30_000);
});
