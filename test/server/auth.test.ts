import { describe, expect, test } from 'vitest';
import { exchange } from '../labelstudio/fixtures.ts';
import { predictBody, tryApp } from './try-app.ts';

const auth = { user: 'annotator', password: 'pässword: 1' };

function basic(text: string): { [name: string]: string } {
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
}

const good = basic(`${auth.user}:${auth.password}`);

describe('basic auth', () => {
  test('F132 only liveness is open, and every route says what it is', async () => {
    const app = tryApp({ auth });
    for (const { method, path, access } of app.routes) {
      const answer = await app.request(path, { method });
      if (access === 'open') expect([path, answer.status]).toEqual(['/health', 200]);
      else expect([path, answer.status]).toEqual([path, 401]);
    }
    expect(app.routes.filter(({ access }) => access === 'open').map(({ path }) => path)).toEqual(['/health']);
  });

  test('the right user and password open every route', async () => {
    const app = tryApp({ auth });
    expect((await app.post('/predict', predictBody(['sport']), good)).status).toBe(200);
    expect((await app.get('/', good)).status).toBe(200);
    expect((await app.get('/health', good)).status).toBe(200);
  });

  test.each([
    ['a wrong user', basic(`other:${auth.password}`)],
    ['a wrong password', basic(`${auth.user}:wrong`)],
    ['an empty password', basic(`${auth.user}:`)],
    ['no user', basic(`:${auth.password}`)],
    ['no colon', basic(auth.user)],
    ['another length', basic(`${auth.user}:${auth.password.repeat(50)}`)],
    ['the colon elsewhere', basic(`${auth.user}:pässword: 1:`)],
    ['an empty header', { authorization: '' }],
    ['another scheme', { authorization: good.authorization?.replace('Basic', 'Bearer') ?? '' }],
    ['no scheme', { authorization: good.authorization?.replace('Basic ', '') ?? '' }],
    ['bad base64', { authorization: 'Basic %%%' }],
    ['two headers in one', { authorization: `${good.authorization}, ${good.authorization}` }],
    [
      'latin-1 in place of UTF-8',
      { authorization: `Basic ${Buffer.from('annotator:pässword: 1', 'latin1').toString('base64')}` },
    ],
  ])('F130 %s is refused with the same 401', async (_, headers) => {
    const answer = await tryApp({ auth }).post('/predict', predictBody(['sport']), headers);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="Sparrow", charset="UTF-8"');
    expect(answer.body).toEqual({ error: 'The user or password is wrong.' });
  });

  test('F109 no spelling of a path goes past it', async () => {
    const app = tryApp({ auth });
    for (const path of [
      '/%70redict',
      '/predict/',
      '/ml/predict',
      '//predict',
      '/predict%2F',
      '/health/../predict',
      '/nope',
    ]) {
      expect([path, (await app.post(path, predictBody(['sport']))).status]).toEqual([path, 401]);
    }
    expect((await app.get('/api/projects')).status).toBe(401);
  });

  test('F78 a webhook without credentials is refused, counted, and explained', async () => {
    const app = tryApp({ auth });
    const answer = await app.post('/webhook', exchange('webhook-annotation-created').request);
    expect(answer.status).toBe(401);
    expect(answer.body.error).toContain('add the header Authorization');
    const { body } = await app.get('/api/events', good);
    expect(body.events[0]).toMatchObject({ kind: 'refused', status: 401, did: 'refused /webhook' });
    expect(body.events[0].why).toContain('add the header Authorization');
    expect((await app.get('/metrics', good)).body).toMatchObject({ refused_credentials: 1, refused_webhooks: 1 });
  });

  test('a webhook may show a secret of its own, which opens nothing else', async () => {
    const app = tryApp({ auth: { ...auth, webhookSecret: 'sésame' }, pause: async () => {} } as never);
    const secret = { 'x-webhook-secret': 'sésame' };
    const event = exchange('webhook-annotation-created').request;
    for (const path of ['/webhook', '/webhook/', '/ml/webhook', '/%77ebhook']) {
      expect([path, (await app.post(path, event, secret)).status]).toEqual([path, 201]);
    }
    expect((await app.post('/webhook', event, { 'x-webhook-secret': 'sesame' })).status).toBe(401);
    expect((await app.post('/webhook', event, { 'x-webhook-secret': '' })).status).toBe(401);
    expect((await app.post('/predict', predictBody(['sport']), secret)).status).toBe(401);
    expect((await app.get('/api/projects', secret)).status).toBe(401);
    expect((await app.post('/webhook', event, good)).status).toBe(201);
    expect((await tryApp({ auth }).post('/webhook', event, { 'x-webhook-secret': '' })).status).toBe(401);
    expect(app.logged() + JSON.stringify((await app.get('/api/events', good)).body)).not.toContain('sésame');
  });

  test('the connection is closed after an answer to a body that was not read', async () => {
    const answer = await tryApp({ auth }).post('/predict', predictBody(['sport']), { 'content-length': '300' });
    expect(answer.headers.get('connection')).toBe('close');
  });

  test('F134 neither user nor password is in a log, an event or an answer', async () => {
    const app = tryApp({ auth });
    const answers = [
      await app.post('/predict', {}, good),
      await app.post('/predict', {}, basic(`${auth.user}:wrong-secret`)),
      await app.get('/api/events', good),
      await app.get('/metrics', good),
    ];
    const everything = JSON.stringify(answers.map(({ body }) => body)) + app.logged();
    for (const secret of [auth.user, 'pässword', 'wrong-secret', good.authorization?.slice(6) ?? '']) {
      expect(everything).not.toContain(secret);
    }
  });

  test('without auth everything is open', async () => {
    expect((await tryApp().get('/api/projects')).status).toBe(200);
  });
});
