import { describe, expect, test } from 'vitest';
import { openApi, operations } from '../../src/server/openapi.ts';
import { type Schema, violation } from '../../src/server/openapi-schema.ts';
import { shapes } from '../../src/server/openapi-shapes.ts';
import { exchange } from '../labelstudio/fixtures.ts';
import { annotated, newsEvents, predictBody, type TryApp, tryApp } from './try-app.ts';

/** Pages and their files: for browsers, and no part of the API. */
const pages = /^\/(?:projects\/:id.*|events|connect|openapi|assets\/:name)$/;

function inferBody(data: readonly string[]): object {
  return { inputs: [{ name: 'text', datatype: 'BYTES', shape: [data.length], data }] };
}

async function labelled(): Promise<TryApp> {
  const app = tryApp();
  for (const event of newsEvents()) await app.post('/webhook', event);
  await app.registry.drain();
  return app;
}

describe('the document', () => {
  test('holds every route there is, and no other', () => {
    const routes = tryApp().routes.filter(({ path }) => !pages.test(path) && path !== '/openapi.json');
    const served = routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(described.sort()).toEqual(served.sort());
  });

  test('is served, and every reference in it leads somewhere', async () => {
    const { body } = await tryApp().get('/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(body).toEqual(JSON.parse(JSON.stringify(openApi())));
    const names = [...JSON.stringify(body).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name ?? '',
    );
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !(name in body.components.schemas))).toEqual([]);
    const ids = operations.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('its page shows every operation and needs no script', async () => {
    const { body } = await tryApp().get('/openapi', { accept: 'text/html' });
    for (const { path } of operations) expect(body).toContain(`<code>${path}</code>`);
  });
});

describe('what is described is what comes and goes', () => {
  test.each([
    ['SetupRequest', 'setup'],
    ['SetupRequest', 'setup-legacy'],
    ['PredictRequest', 'predict-one'],
    ['PredictRequest', 'predict-many'],
    ['PredictRequest', 'predict-interactive'],
    ['PredictRequest', 'predict-odd-tasks'],
    ['TrainRequest', 'train-annotations'],
    ['TrainRequest', 'train-completions'],
    ['TrainRequest', 'train-edge-cases'],
    ['WebhookEvent', 'webhook-annotation-created'],
    ['WebhookEvent', 'webhook-annotations-created'],
    ['WebhookEvent', 'webhook-annotations-deleted'],
    ['WebhookEvent', 'webhook-project-updated'],
    ['WebhookEvent', 'webhook-start-training'],
    ['JobStatusRequest', 'job-status-unknown'],
  ] as const)('%s takes Label Studio’s own %s', async (shape, fixture) => {
    expect(violation((await exchange(fixture)).request, shapes[shape], shapes)).toBeNull();
  });

  test('every answer of a project’s life is as described', async () => {
    const app = await labelled();
    await app.post('/predict', predictBody(['rain']));
    const { job } = (await app.post('/webhook', { action: 'START_TRAINING', project: { id: 7 } })).body.result;
    await app.registry.drain();
    const { versions } = (await app.get('/versions?project=7')).body;
    const paths: { [path: string]: unknown } = {
      'post /setup': { project: '7', schema: '<View/>' },
      'post /predict': predictBody(['rain', 'budget']),
      'post /webhook': annotated(90, 'snow', 'Weather'),
      'post /train': { annotations: [{ id: 1, data: { text: 'a' }, annotations: [] }], project: '8' },
      'post /job_status': { job },
      'post /validate': { config: '<View/>' },
      'post /versions': { project: '7' },
      'post /duplicate_model': { project_src: '7', project_dst: '9' },
      'post /delete': { project: '9' },
      'post /api/projects/{id}/activate': { version: versions[0] },
      'post /api/projects/{id}/versions/{version}/activate': {},
      'post /api/projects/{id}/explain': { text: 'rain' },
      'post /v2/models/{name}/infer': inferBody(['rain']),
      'post /v2/models/{name}/versions/{version}/infer': inferBody(['rain']),
      'post /api/projects/{id}/queue': { tasks: [{ id: 1, data: { text: 'rain' } }] },
    };
    for (const { method, path, answer } of operations) {
      // Reading from Label Studio wants one, and the version that serves cannot be deleted.
      if (path.endsWith('/sync') || method === 'delete') continue;
      const id = path.startsWith('/api/jobs') ? job : '7';
      const address = path.replace('{id}', id).replace('{name}', '7').replace('{version}', versions[0]);
      const given = paths[`${method} ${path}`];
      const got = method === 'get' ? await app.get(address) : await app.post(address, given);
      expect([path, got.status]).toEqual([path, answer.status]);
      expect([path, violation(got.body, shapes[answer.shape], shapes)]).toEqual([path, null]);
    }
  });

  test('every refusal is as described', async () => {
    const app = tryApp({ auth: { user: 'u', password: 'p' } });
    const own = await app.get('/api/projects');
    expect([own.status, violation(own.body, shapes.Problem, shapes)]).toEqual([401, null]);
    expect(own.headers.get('content-type')).toBe('application/problem+json');
    const theirs = await app.post('/predict', {});
    expect([theirs.status, violation(theirs.body, shapes.Error, shapes)]).toEqual([401, null]);
    const open = tryApp();
    const unread = await open.post('/api/projects/7/sync', {});
    expect([unread.status, violation(unread.body, shapes.Problem, shapes)]).toEqual([404, null]);
    for (const path of ['/api/nothing', '/api/projects/x', '/api/jobs/x']) {
      const { status, body } = await open.get(path);
      expect([status, violation(body, shapes.Problem, shapes)]).toEqual([404, null]);
    }
    expect((await open.post('/api/events', {})).body).toMatchObject({ status: 405, title: 'Method Not Allowed' });
  });
});

describe('a schema', () => {
  const schemas = {
    Inner: { type: 'object', properties: { n: { type: 'integer', minimum: 1 } }, required: ['n'] },
  } as const;
  const schema: Schema = {
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 3 },
      list: { type: 'array', items: { $ref: '#/components/schemas/Inner' } },
      kind: { enum: ['a', 'b'] },
      maybe: { anyOf: [{ type: 'null' }, { type: 'number', maximum: 1 }] },
    },
    required: ['name'],
  };

  test.each([
    [{ name: 'x' }, null],
    [{ name: 'x', more: 1 }, null],
    [{}, 'name is missing.'],
    [[], 'It must be an object.'],
    [{ name: 1 }, 'name must be a text.'],
    [{ name: '' }, 'name must not be empty.'],
    [{ name: 'long' }, 'name must have at most 3 characters.'],
    [{ name: 'x', list: [{ n: 1 }, { n: 0 }] }, 'list[1].n must be at least 1.'],
    [{ name: 'x', list: [{}] }, 'list[0].n is missing.'],
    [{ name: 'x', list: [{ n: 1.5 }] }, 'list[0].n must be an integer.'],
    [{ name: 'x', kind: 'c' }, 'kind must be one of a, b.'],
    [{ name: 'x', maybe: null }, null],
    [{ name: 'x', maybe: 0.5 }, null],
    [{ name: 'x', maybe: 'y' }, 'maybe must be null.'],
    [JSON.parse('{"name":"x","__proto__":{"name":1}}'), null],
  ])('of %j says %s', (value, expected) => {
    expect(violation(value, schema, schemas)).toBe(expected);
  });
});
