// The ways between Label Studio and a backend that users have: other host names, TLS, paths, credentials; and the ways
// that do not work, which must say why.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { choicesConfig, chosen } from './annotating.ts';
import { BackendProcess, isBuilt } from './backend-process.ts';
import type { ConnectOptions } from './connection.ts';
import { LabelStudio, type StudioProject } from './label-studio.ts';
import { type FrontProxy, startProxy } from './proxy.ts';

const config = choicesConfig(['positive', 'negative']);
/** What is tried here is not how quick a machine is that others use too. */
const patience = 10;
const texts: readonly [string, string][] = [
  ['a good film', 'positive'],
  ['good and kind', 'positive'],
  ['a bad film', 'negative'],
  ['bad and dull', 'negative'],
];

describe.skipIf(!isBuilt)('ways to connect', () => {
  let studio: LabelStudio;
  let open: BackendProcess;
  let guarded: BackendProcess;
  const proxies: FrontProxy[] = [];

  beforeAll(async () => {
    studio = await LabelStudio.start();
    const auth = { BASIC_AUTH_USER: 'studio', BASIC_AUTH_PASS: 'p@ss: word', WEBHOOK_SECRET: 'open sesame' };
    [open, guarded] = await Promise.all([BackendProcess.start(), BackendProcess.start(auth)]);
  });

  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.close();
  });

  afterAll(async () => {
    await studio.close();
    await Promise.all([open.remove(), guarded.remove()]);
  });

  async function proxied(target: string, options: Parameters<typeof startProxy>[1]): Promise<FrontProxy> {
    const proxy = await startProxy(target, options);
    proxies.push(proxy);
    return proxy;
  }

  /** Connect, label four texts, and see them predicted; the statuses of the webhooks. */
  async function labelAll(project: StudioProject, options: ConnectOptions): Promise<number[]> {
    const connection = await studio.connect(project, { ...options, patience });
    for (const [i, task] of studio
      .importTasks(
        project,
        texts.map(([text]) => ({ text })),
      )
      .entries()) {
      await connection.annotate(task, [chosen('label', 'text', texts[i]![1])], await connection.open(task));
    }
    return connection.webhooks.map(({ status }) => status);
  }

  /** The project learnt: an answer of a trained version, and the right one. */
  async function expectLearnt(project: StudioProject, backend: BackendProcess, headers = {}): Promise<void> {
    await backend.trained(project.id, headers);
    const [task] = studio.importTasks(project, [{ text: 'a good one' }]);
    const [prediction] = await project.connection!.predict([task!]);
    expect(prediction).toMatchObject({ model_version: /^v/, result: [{ value: { choices: ['positive'] } }] });
  }

  test.each([
    ['its address', () => ({ url: open.url })],
    ['a slash at the end', () => ({ url: `${open.url}/` })],
    [
      'another host name, as containers have',
      () => ({ url: `http://sparrow.internal:${open.port}`, isNameLocal: true }),
    ],
    ['a path that nobody takes away', () => ({ url: `${open.url}/ml/news` })],
  ])('by %s', async (_, options) => {
    const project = studio.createProject('Films', config);
    expect(await labelAll(project, options())).toEqual([201, 201, 201, 201]);
    await expectLearnt(project, open);
  });

  test('by HTTPS with a certificate of one’s own, under a path that the proxy takes away, and one that it does not', async () => {
    for (const strip of ['/ml/news', '']) {
      const proxy = await proxied(open.url, { isTls: true, strip });
      const project = studio.createProject('Films', config);
      expect(await labelAll(project, { url: `https://127.0.0.1:${proxy.port}/ml/news` })).toEqual([201, 201, 201, 201]);
      await expectLearnt(project, open);
      expect(proxy.paths).toContain('/ml/news/webhook');
    }
  });

  describe('with a user and a password', () => {
    const credentials = { user: 'studio', password: 'p@ss: word' };
    const basic = `Basic ${Buffer.from('studio:p@ss: word').toString('base64')}`;

    test.each([
      [
        'in the webhook’s URL',
        () => ({ webhookUrl: `http://studio:p%40ss%3A%20word@127.0.0.1:${guarded.port}/webhook` }),
      ],
      ['as the webhook’s header', () => ({ webhookHeaders: { Authorization: basic } })],
      ['with a secret header on the webhook', () => ({ webhookHeaders: { 'X-Webhook-Secret': 'open sesame' } })],
    ])('%s', async (_, more) => {
      const project = studio.createProject('Films', config);
      const statuses = await labelAll(project, { url: guarded.url, ...credentials, ...more() });
      expect(statuses).toEqual([201, 201, 201, 201]);
      await expectLearnt(project, guarded, { authorization: basic });
    });

    test('F78 the automatic webhook has none: predictions work, annotations are refused, counted and explained', async () => {
      const project = studio.createProject('Films', config);
      const before = await guarded.get('/metrics', { authorization: basic });
      expect(await labelAll(project, { url: guarded.url, ...credentials })).toEqual([401, 401, 401, 401]);
      await project.connection!.predict([...project.tasks.values()]);
      const metrics = await guarded.get('/metrics', { authorization: basic });
      expect(metrics.body.refused_webhooks - before.body.refused_webhooks).toBe(4);
      const { events } = (await guarded.get('/api/events', { authorization: basic })).body;
      const refused = events.find(({ kind }: { kind: string }) => kind === 'refused');
      expect(refused.why).toContain('it came without credentials');
      expect(refused.why).toContain('add the header Authorization');
      const predicted = events.find((one: { project: string; kind: string; why?: string }) => {
        return one.kind === 'predict' && one.project === String(project.id) && one.why?.includes('no webhook');
      });
      expect(predicted).toBeDefined();
    });

    test('not given, or wrong: Label Studio shows what is wanted', async () => {
      const project = studio.createProject('Films', config);
      await expect(studio.connect(project, { url: guarded.url })).rejects.toThrow(/wants a user and a password/);
      const wrong = { url: guarded.url, user: 'studio', password: 'guess' };
      await expect(studio.connect(project, wrong)).rejects.toThrow(/user or password is wrong/);
    });
  });

  test('a payload that is not sent teaches nothing, and the log of events says which switch it is', async () => {
    const project = studio.createProject('Films', config);
    expect(await labelAll(project, { url: open.url, isPayloadSent: false })).toEqual([200, 200, 200, 200]);
    const { events } = (await open.get('/api/events')).body;
    expect(JSON.stringify(events)).toContain('switch \\"Send payload\\" on');
  });

  test('the tutorial’s walk: curl, connect, two labels of different kinds, predictions', async () => {
    const curl = async (...args: string[]) => (await promisify(execFile)('curl', ['-s', ...args])).stdout;
    const isThere = await curl('--version').catch(() => null);
    const get = async (path: string) => (isThere ? curl(open.url + path) : (await fetch(open.url + path)).text());
    // The tutorial’s check: $ curl http://localhost:9090/ and /health answer {"status":"UP"}.
    for (const path of ['/', '/health']) expect(JSON.parse(await get(path))).toMatchObject({ status: 'UP' });
    const sentiment =
      '<View>\n  <Text name="text" value="$text" />\n  <Choices name="label" toName="text" choice="single" showInLine="true">\n' +
      '    <Choice value="positive" />\n    <Choice value="negative" />\n  </Choices>\n</View>';
    const project = studio.createProject('Sentiment', sentiment);
    const connection = await studio.connect(project, { url: open.url, patience });
    // Before anything is labelled the names of the labels answer, as the reference’s own test wants it.
    const tasks = studio.importTasks(project, [{ text: 'That is positive!' }, { text: 'a dull day' }]);
    const cold = await connection.predict(tasks);
    expect(cold[0]?.result[0]?.value.choices).toEqual(['positive']);
    await connection.annotate(tasks[0]!, [chosen('label', 'text', 'positive')], cold[0]);
    await connection.annotate(tasks[1]!, [chosen('label', 'text', 'negative')], cold[1]);
    await open.trained(project.id);
    const [next] = studio.importTasks(project, [{ text: 'another dull one' }]);
    expect(await connection.predict([next!])).toMatchObject([{ result: [{ value: { choices: ['negative'] } }] }]);
    const started = await connection.startTraining();
    expect(started).toMatchObject({ status: 201, body: { result: { job: expect.any(String) } } });
  });

  test('the reference’s own request, without a project, is answered as its test wants', async () => {
    const label_config =
      '<View><Text name="text" value="$text"/><View style="padding: 20px"><Header value="Choose text sentiment"/>' +
      '<Choices name="sentiment" toName="text" choice="single" showInLine="true"><Choice value="Positive"/>' +
      '<Choice value="Negative"/><Choice value="Neutral"/></Choices></View></View>';
    const body = { tasks: [{ data: { text: 'That is positive!' } }], label_config };
    const answer = await open.post('/predict', body);
    expect(answer.body.results[0].result[0].value.choices[0]).toBe('Positive');
  });
});
