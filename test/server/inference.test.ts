// The open inference protocol, V2: what learns in Label Studio answers other programs.
import { describe, expect, test } from 'vitest';
import { newsConfig, newsEvents, predictBody, type TryApp, tryApp } from './try-app.ts';

function body(data: unknown, more: object = {}, tensor: object = {}): object {
  const shape = [Array.isArray(data) ? data.length : 0];
  return { inputs: [{ name: 'text', datatype: 'BYTES', shape, data, ...tensor }], ...more };
}

async function trained(): Promise<TryApp> {
  const app = tryApp();
  for (const event of newsEvents()) await app.post('/webhook', event);
  await app.registry.drain();
  return app;
}

describe('a model for other programs', () => {
  test('says that it is there, and what it takes and gives', async () => {
    const app = await trained();
    expect((await app.get('/v2/health/live')).body).toEqual({ live: true });
    expect((await app.get('/v2/health/ready')).body).toEqual({ ready: true });
    expect((await app.get('/v2')).body).toMatchObject({ name: 'sparrow', extensions: [] });
    const version = await app.registry.modelVersion('7');
    expect((await app.get('/v2/models/7')).body).toEqual({
      name: '7',
      versions: [version],
      platform: 'sparrow',
      inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
      outputs: [
        { name: 'topic', datatype: 'BYTES', shape: [-1] },
        { name: 'score', datatype: 'FP32', shape: [-1] },
        { name: 'result', datatype: 'BYTES', shape: [-1] },
      ],
    });
    expect((await app.get(`/v2/models/7/versions/${version}/ready`)).body).toEqual({ name: '7', ready: true });
  });

  test('answers as /predict does, in the order of the texts', async () => {
    const app = await trained();
    const texts = ['rain in the evening', 'the team won', 'the budget'];
    const { status, body: answer } = await app.post('/v2/models/7/infer', body(texts, { id: 'a1' }));
    const { results, model_version: version } = (await app.post('/predict', predictBody(texts))).body;
    expect(status).toBe(200);
    expect(answer).toMatchObject({ model_name: '7', model_version: version, id: 'a1' });
    const [topic, score, result] = answer.outputs;
    expect(topic).toEqual({ name: 'topic', shape: [3], datatype: 'BYTES', data: ['Weather', 'Sport', 'Politics'] });
    expect(score.data).toEqual(results.map((one: { score: number }) => one.score));
    expect(result.data.map((one: string) => JSON.parse(one))).toEqual(
      results.map((one: { result: unknown }) => one.result),
    );
    const rows = texts.map((text) => [text]);
    const asked = body(rows, { outputs: [{ name: 'score' }] }, { shape: [3, 1] });
    const again = (await app.post(`/v2/models/7/versions/${version}/infer`, asked)).body;
    expect(again.outputs).toEqual([score]);
    const { events } = (await app.get('/api/events')).body;
    const event = { kind: 'predict', project: '7', did: 'predicted for another program' };
    expect(events).toContainEqual(expect.objectContaining(event));
  });

  test('finds the places of the text in any label config, and answers before the first training', async () => {
    const app = tryApp();
    const schema = `<View><Text name="t" value="$a.b"/><Text name="u" value="$__proto__"/>
      <Choices name="one" toName="t"><Choice value="Sports"/><Choice value="World"/></Choices>
      <Choices name="many" toName="u" choice="multiple"><Choice value="Sports"/><Choice value="World"/></Choices></View>`;
    await app.post('/setup', { project: '3', schema });
    const { outputs } = (await app.post('/v2/models/3/infer', body(['sports']))).body;
    expect(outputs[0]).toMatchObject({ name: 'one', data: ['Sports'] });
    expect(JSON.parse(outputs[1].data[0])).toEqual(['Sports']);
    expect(({} as { sports?: unknown }).sports).toBeUndefined();
  });

  test('knows no model that is not there, and serves no version but the current one', async () => {
    const app = await trained();
    for (const name of ['8', '..%2f..%2fetc', '__proto__', 'x'.repeat(300), '7%00']) {
      for (const path of ['', '/ready']) {
        const { status, body: answer } = await app.get(`/v2/models/${name}${path}`);
        expect([name, status, typeof answer.error]).toEqual([name, 404, 'string']);
      }
      expect((await app.post(`/v2/models/${name}/infer`, body(['a']))).status).toBe(404);
    }
    const { status, body: answer } = await app.post('/v2/models/7/versions/v1/infer', body(['a']));
    expect([status, answer.error]).toEqual([404, expect.stringMatching(/the version v0+\d.* serves, and no other/)]);
    await app.post('/webhook', { action: 'PROJECT_UPDATED', project: { id: 9, title: 'No config', label_config: '' } });
    expect((await app.get('/v2/models/9/ready')).status).toBe(503);
  });

  test.each([
    ['no input', {}, 'inputs must be a list with one tensor'],
    ['two inputs', { inputs: [{}, {}] }, 'inputs must be a list with one tensor'],
    ['an input that is none', { inputs: [null] }, 'inputs[0].name must be text'],
    ['another input', body(['a'], {}, { name: 'image' }), 'inputs[0].name must be text'],
    ['numbers', body([1], {}, { datatype: 'FP32' }), 'inputs[0].datatype must be BYTES'],
    ['data that is no list', body('a'), 'inputs[0].data must be a list of texts'],
    ['a text that is none', body(['a', null]), 'inputs[0].data[1] must be a text'],
    ['rows in rows', body([[['a']]]), 'inputs[0].data[0] must be a text'],
    ['a lying shape', body(['a'], {}, { shape: [2] }), 'inputs[0].shape must be [1] or [1, 1]'],
    ['no shape', body(['a'], {}, { shape: 'x' }), 'inputs[0].shape must be'],
    [
      'an unknown output',
      body(['a'], { outputs: [{ name: 'topicc' }] }),
      'no output "topicc"; it has topic, score, result',
    ],
    ['an output of the prototype', body(['a'], { outputs: [{ name: '__proto__' }] }), 'no output "__proto__"'],
    ['outputs that are none', body(['a'], { outputs: [1] }), 'outputs must be a list'],
    ['too many outputs', body(['a'], { outputs: Array(101).fill({ name: 'score' }) }), 'at most 100'],
  ])('refuses %s by name', async (_, sent, sentence) => {
    const app = await trained();
    const { status, body: answer } = await app.post('/v2/models/7/infer', sent);
    expect([status, answer.error]).toEqual([400, expect.stringContaining(sentence)]);
  });

  test('refuses binary tensors, and more texts than one request may hold', async () => {
    const app = tryApp({ limits: { tasks: 2 } });
    await app.post('/setup', { project: '7', schema: newsConfig });
    const path = '/v2/models/7/infer';
    const header = { 'inference-header-content-length': '12' };
    const answers = [
      await app.post(path, body(['a']), header),
      await app.post(path, body([], {}, { parameters: { binary_data_size: 9 } })),
      await app.post(path, 'x', { 'content-type': 'application/octet-stream' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([415, 415, 415]);
    expect(answers[0]?.body.error).toBe('Tensors in binary are not taken: send the texts as JSON, in data.');
    expect((await app.post(path, body(['a', 'b', 'c']))).status).toBe(413);
    expect((await app.post(path, body([['a', 'b', 'c']]))).status).toBe(413);
    expect((await app.post(path, body([]))).body.outputs[0].data).toEqual([]);
  });
});
