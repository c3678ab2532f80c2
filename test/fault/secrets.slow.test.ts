// Every kind of secret, each with a mark of its own, through a server that is used in every way; then the marks are looked
// for in all that came out of it: log, answers, pages, metrics, events and the files under MODEL_DIR.
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { annotated, newsConfig, newsEvents, predictBody } from '../server/try-app.ts';
import {
  type BuiltServer,
  host,
  isBuilt,
  modelDirectory,
  type Reply,
  settled,
  spawnBuilt,
  startBuilt,
} from './built-server.ts';

/** A mark cannot come about by chance. */
const marks = {
  user: 'markuser7f3a',
  password: 'mark:pass wörd#7f3b',
  wrongPassword: 'markwrong7f3c',
  apiKey: 'markkey7f3d0123456789abcdef0123456789abcdef',
  accessToken: 'marktoken7f3e',
  webhookSecret: 'markhook7f3f',
  wrongSecret: 'markhook7f40',
  bearer: 'markbearer7f41',
  inAddress: 'markurl7f42',
};

/** A secret as it stands, and as headers and addresses carry it. */
function formsOf(secret: string): string[] {
  const basic = Buffer.from(`${marks.user}:${secret}`).toString('base64');
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64'), basic];
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** A Label Studio that repeats the key it was given in whatever it answers. */
async function tellTale(): Promise<string> {
  const handle: Handle = (request, response) => {
    const status = request.url?.includes('token') ? 401 : request.url?.includes('export') ? 500 : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ detail: `wrong: ${request.headers.authorization}`, key: request.headers.authorization }),
    );
  };
  const server = createServer(handle).listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

function basic(password: string): { [name: string]: string } {
  return { authorization: `Basic ${Buffer.from(`${marks.user}:${password}`).toString('base64')}` };
}

/** Everything that can be asked, rightly and wrongly. */
async function useAll(server: BuiltServer): Promise<Reply[]> {
  const good = basic(marks.password);
  const answers: Reply[] = [];
  const post = async (path: string, body: unknown, headers: object = good) => {
    answers.push(await server.post(path, body, headers as { [name: string]: string }));
  };
  const get = async (path: string, headers: object = good) => {
    answers.push(await server.get(path, headers as { [name: string]: string }));
  };
  const setup = { project: '7.1690000000', schema: newsConfig, access_token: marks.accessToken };
  await post('/setup', { ...setup, hostname: `http://me:${marks.inAddress}@ls.example/?token=${marks.inAddress}` });
  await post('/setup', { ...setup, extra_params: JSON.stringify({ token: marks.accessToken }) });
  for (const event of newsEvents()) await post('/webhook', { ...event, access_token: marks.accessToken });
  const { annotation } = annotated(50, 'Rain', 'Weather') as { annotation: object };
  await post('/webhook', {
    ...annotated(50, 'Rain', 'Weather'),
    annotation: { ...annotation, completed_by: { id: 1, email: 'a@b', token: marks.accessToken } },
  });
  await post('/webhook', { action: 'START_TRAINING', project: { id: 7 } });
  await post('/webhook', newsEvents()[0], { 'x-webhook-secret': marks.webhookSecret });
  await post('/webhook', newsEvents()[0], { 'x-webhook-secret': marks.wrongSecret });
  await post('/predict', {
    ...predictBody(['Rain']),
    params: { login: 'me', password: marks.accessToken, context: null },
  });
  await post('/predict', `{"access_token": "${marks.accessToken}", oops`);
  await post('/train', { annotations: [], access_token: marks.accessToken });
  await post('/predict', {}, basic(marks.wrongPassword));
  await get('/', { authorization: `Bearer ${marks.bearer}` });
  await get(`/nothing?token=${marks.accessToken}`, {});
  await get(`/health?token=${marks.accessToken}`);
  await settledWith(server, good);
  for (const path of [
    '/',
    '/ready',
    '/metrics',
    '/metrics?format=prometheus',
    '/api/events',
    '/api/projects',
    '/versions',
  ]) {
    await get(path);
    await get(path, { ...good, accept: 'text/html' });
  }
  for (const path of [
    '/connect',
    '/events',
    '/projects/7',
    '/projects/7/versions',
    '/api/projects/7',
    '/api/projects/7/versions',
  ]) {
    await get(path, { ...good, accept: 'text/html' });
  }
  await post('/delete', { project: '7', access_token: marks.accessToken });
  return answers;
}

async function settledWith(server: BuiltServer, headers: { [name: string]: string }): Promise<void> {
  await expect
    .poll(async () => (await server.get('/api/projects/7', headers)).body.training, { timeout: 20_000 })
    .toBe(false);
}

/** All files under a directory, as one text. */
function allFiles(dir: string): string {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map(({ parentPath, name }) => `${name}\n${readFileSync(join(parentPath, name), 'latin1')}`).join('\n');
}

describe.skipIf(!isBuilt)('secrets', () => {
  test('F134 of every kind are in no log, answer, page, metric, event or file', async () => {
    const dir = modelDirectory();
    const labelStudio = await tellTale();
    const env = {
      LOG_LEVEL: 'trace',
      BASIC_AUTH_USER: marks.user,
      BASIC_AUTH_PASS: marks.password,
      LABEL_STUDIO_URL: labelStudio,
      LABEL_STUDIO_API_KEY: marks.apiKey,
      WEBHOOK_SECRET: marks.webhookSecret,
    };
    const server = await startBuilt({ dir, env });
    const answers = await useAll(server);
    await server.end('SIGTERM');
    const out = [
      server.said.join('\n'),
      ...answers.map(({ body, headers }) => JSON.stringify([body, headers])),
      allFiles(dir),
    ].join('\n');
    expect(out.length).toBeGreaterThan(20_000);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 201, 400, 401]));
    for (const [kind, mark] of Object.entries(marks)) {
      for (const form of formsOf(mark)) {
        const at = out.indexOf(form);
        expect(at < 0 ? '' : out.slice(Math.max(0, at - 200), at + 100), `${kind} as ${form}`).toBe('');
      }
    }
  });

  test.each([
    ['REDIS_URL', `redis://:${marks.inAddress}@${host}:1/0`],
    ['REDIS_URL', `http://:${marks.inAddress}@x`],
    ['LABEL_STUDIO_URL', `http://me:${marks.inAddress}@x`],
    ['LABEL_STUDIO_URL', `ftp://me:${marks.inAddress}@x`],
    ['BASIC_AUTH_PASS', marks.inAddress],
    ['WEBHOOK_SECRET', marks.inAddress],
  ])('F134 a start that fails over %s does not repeat it', async (name, value) => {
    const server = spawnBuilt({ dir: modelDirectory(), env: { [name]: value } });
    // One that only waits for what is away is told to stop.
    const waiting = setTimeout(() => server.child.kill('SIGKILL'), 1500);
    await server.exited;
    clearTimeout(waiting);
    expect(server.said.join('\n')).not.toContain(marks.inAddress);
  });

  test('F135 no host that a request names is called', async () => {
    let calls = 0;
    const stranger = createServer((_, response) => {
      calls++;
      response.end('{}');
    }).listen(0, host);
    await once(stranger, 'listening');
    onTestFinished(() => void stranger.close());
    const { port } = stranger.address() as AddressInfo;
    const env = { LABEL_STUDIO_URL: await tellTale(), LABEL_STUDIO_API_KEY: marks.apiKey };
    const server = await startBuilt({ dir: modelDirectory(), env });
    const good = new URL(env.LABEL_STUDIO_URL).host;
    const hosts = [
      `${host}:${port}`,
      `localhost:${port}`,
      `2130706433:${port}`,
      `0x7f.1:${port}`,
      `[::ffff:${host}]:${port}`,
      `${good}@${host}:${port}`,
    ];
    for (const one of hosts) {
      const hostname = `http://${one}`;
      await server.post('/setup', { project: '7.1690000000', schema: newsConfig, hostname, access_token: 'x' });
      const [event] = newsEvents({ url: hostname, webhook_url: hostname }) as [{ task: object }];
      const task = { ...event.task, data: { text: `${hostname}/data/upload/1.txt` } };
      expect((await server.post('/webhook', { ...event, task, hostname, label_studio_url: hostname })).status).toBe(
        201,
      );
      await server.post('/webhook', { action: 'START_TRAINING', hostname, project: { id: 7, hostname } });
      const config = newsConfig.replace('value="$text"', 'value="$text" valueType="url"');
      const tasks = [{ id: 1, data: { text: `${hostname}/a.txt` } }];
      expect((await server.post('/predict', { tasks, label_config: config, project: '7.1690000000' })).status).toBe(
        200,
      );
    }
    await settled(server);
    expect(calls).toBe(0);
  });

  test('F172 a server calls nobody whom it was not told of, whatever is asked of it', async () => {
    const node = ['--import', new URL('./calls-hook.mjs', import.meta.url).href];
    const env = { LABEL_STUDIO_URL: await tellTale(), LABEL_STUDIO_API_KEY: marks.apiKey };
    for (const told of [{}, env]) {
      const server = await startBuilt({ dir: modelDirectory(), env: told, node });
      const hostname = 'http://label-studio.example';
      await server.post('/setup', { project: '7.1690000000', schema: newsConfig, hostname, access_token: 'x' });
      for (const event of newsEvents()) await server.post('/webhook', event);
      await server.post('/webhook', { action: 'START_TRAINING', project: { id: 7 } });
      await settled(server);
      await server.post('/predict', predictBody(['Rain and wind']));
      for (const path of ['/', '/projects/7', '/metrics', '/ready', '/openapi.json', '/versions?project=7']) {
        await server.get(path, { accept: 'text/html' });
      }
      await server.end('SIGTERM');
      const lines = server.said.filter((line) => line.startsWith('calls '));
      const { port } = new URL(env.LABEL_STUDIO_URL);
      expect(lines.filter((line) => !(line.includes(host) && line.includes(`"${port}"`)))).toEqual([]);
      expect(lines.length > 0).toBe(told === env);
    }
  });

  test('F131 a door that is open to other machines is warned of, with the setting', async () => {
    // The loopback in another spelling: not taken for one.
    const server = await startBuilt({ dir: modelDirectory(), env: { HOST: '::ffff:127.0.0.1' } });
    // The log is written on the side: it may come a moment after the server says that it listens.
    const warned = () => server.log.some(({ msg }) => String(msg).includes('set BASIC_AUTH_USER and BASIC_AUTH_PASS'));
    await expect.poll(warned, { timeout: 10_000 }).toBe(true);
    await settled(server, 'none').catch(() => {});
  });
});
