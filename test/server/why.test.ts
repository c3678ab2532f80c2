// The log of events tells the truth: for each call what came, what was done and, if nothing, why.
import { describe, expect, test } from 'vitest';
import { exchange, recordedTraffic } from '../labelstudio/fixtures.ts';
import {
  annotated,
  annotation,
  newsConfig,
  newsEvents,
  newsTexts,
  predictBody,
  type TryApp,
  tryApp,
} from './try-app.ts';

const webhook = { 'user-agent': 'python-requests/2.28.1' };

async function lastEvent(app: TryApp, kind = 'webhook') {
  return (await app.get('/api/events')).body.events.find((event: { kind: string }) => event.kind === kind);
}

describe('a webhook that teaches nothing says why', () => {
  test.each([
    ['without its payload', exchange('webhook-action-only').request, 'without its payload'],
    ['with a label that the config lacks', annotated(1, 'Roses', 'Gardening'), 'its label is not in the label config'],
    [
      'about a task without text',
      { ...annotated(1, 'x', 'Sport'), task: { id: 1, data: { body: 'x' } } },
      'no text where',
    ],
    ['about a skipped task', annotated(1, 'Rain', null), 'it was skipped'],
    ['whose text did not come', exchange('webhook-annotation-created-without-task').request, 'is waited for'],
    [
      'without an id',
      { ...annotated(1, 'Rain', 'Weather'), annotation: { task: 1, result: annotation(1, 'Weather').result } },
      'have no id',
    ],
    ['of an unknown action', { action: 'MOON_RISES', project: { id: 7 } }, 'the action is not known'],
    ['about links between labels', exchange('webhook-unknown').request, 'links between labels'],
    [
      'about a deletion that names nothing',
      { action: 'ANNOTATIONS_DELETED', project: { id: 7 } },
      'without its payload',
    ],
    ['about a config without changes', { action: 'PROJECT_UPDATED', project: { id: 7 } }, 'nothing to train follows'],
  ])('%s', async (_, event, why) => {
    const app = tryApp();
    await app.post('/setup', { project: '7.1', schema: newsConfig });
    const answer = await app.post('/webhook', event, webhook);
    expect([200, 201]).toContain(answer.status);
    expect((await lastEvent(app)).why).toContain(why);
  });

  test('of another control only', async () => {
    const app = tryApp();
    const other = { ...annotated(1, 'Rain', 'Weather'), annotation: annotation(1, 'Weather') };
    other.annotation.result = other.annotation.result.map((item) => ({ ...item, from_name: 'stars', type: 'rating' }));
    await app.post('/webhook', other, webhook);
    expect((await lastEvent(app)).why).toBe('it answers no control that is served');
  });

  test('never with the label or the text itself', async () => {
    const app = tryApp();
    await app.post('/webhook', annotated(1, 'A secret text', 'A secret label'), webhook);
    expect(JSON.stringify((await app.get('/api/events')).body) + app.logged()).not.toContain('secret');
  });
});

describe('what is missing between the two is said where it shows', () => {
  test('tasks with annotations, of which no webhook ever told', async () => {
    const app = tryApp();
    const tasks = [{ id: 1, data: { text: 'Rain' }, annotations: [annotation(1, 'Weather')] }];
    const body = { tasks, project: '7.1', label_config: newsConfig };
    await app.post('/predict', body);
    expect((await lastEvent(app, 'predict')).why).toContain('no webhook about any has come: add one');
    expect((await app.get('/api/projects/7')).body.webhookAt).toBeNull();
    await app.post('/webhook', annotated(1, 'Rain', 'Weather'), webhook);
    await app.post('/predict', body);
    expect((await lastEvent(app, 'predict')).why).toBeUndefined();
    expect((await app.get('/api/projects/7')).body.webhookAt).toMatch(/^20/);
  });

  test('the version that was asked for, and the one that answered', async () => {
    const app = tryApp();
    const { body } = await app.post('/predict', { ...predictBody(['rain']), model_version: 'v7' });
    const event = await lastEvent(app, 'predict');
    expect(event).toMatchObject({ modelVersion: body.model_version, tasks: 1 });
    expect(event.why).toContain('Label Studio asked for "v7"; the current version answered.');
  });

  test('a recorded session reads as what happened in it', async () => {
    const app = tryApp();
    for (const { method, path, headers, body } of recordedTraffic()) {
      if (method === 'GET') await app.get(path, headers);
      else await app.post(path, body, headers);
      await app.registry.drain();
    }
    const { events } = (await app.get('/api/events')).body;
    const told = events.flatMap(({ kind, action, did, why }: { [key: string]: string }) =>
      kind === 'webhook' ? [[action, did, why]] : [],
    );
    expect(told).toContainEqual(['ANNOTATION_CREATED', 'kept the annotations', 'it was skipped']);
    expect(told).toContainEqual(['ANNOTATIONS_DELETED', 'forgot the annotations', undefined]);
    expect(told).toContainEqual(['PROJECT_UPDATED', 'started a training', undefined]);
    expect(JSON.stringify(events)).not.toContain('striker');
  });
});

describe('how often predictions are accepted', () => {
  /** A webhook about a task that was shown with this prediction. */
  function judged(id: number, topic: string, predicted: string, version = 'v1', action = 'ANNOTATION_CREATED'): object {
    const item = annotation(id, predicted).result[0];
    const prediction = { model_version: version, score: 0.9, result: [item] };
    return annotated(id, newsTexts[id % 8]?.[0] ?? '', topic, { action, more: { prediction } });
  }

  test('stands in the project, by version and by label, and in the counters', async () => {
    const app = tryApp({ trainEachUpdates: 0 });
    await app.post('/webhook', judged(1, 'Sport', 'Sport'), webhook);
    await app.post('/webhook', judged(2, 'Weather', 'Sport'), webhook);
    await app.post('/webhook', judged(3, 'Weather', 'Weather', 'v2'), webhook);
    await app.post('/webhook', annotated(4, 'Rain', 'Weather'), webhook);
    const { acceptance } = (await app.get('/api/projects/7')).body;
    expect(acceptance).toEqual({
      judged: 3,
      accepted: 2,
      byVersion: [
        { version: 'v2', judged: 1, accepted: 1 },
        { version: 'v1', judged: 2, accepted: 1 },
      ],
      byLabel: [
        { label: 'Sport', judged: 2, accepted: 1 },
        { label: 'Weather', judged: 1, accepted: 1 },
      ],
    });
    const metrics = (await app.get('/metrics')).body;
    expect(metrics).toMatchObject({ judged_predictions: 3, accepted_predictions: 2 });
    const text = (await app.get('/metrics?format=prometheus')).body;
    expect(text).toContain('sparrow_judged_predictions_total 3\n');
    expect(text).toContain('sparrow_accepted_predictions_total 2\n');
  });

  test('counts each annotation once, and follows it when it is changed', async () => {
    const app = tryApp({ trainEachUpdates: 0 });
    await app.post('/webhook', judged(1, 'Sport', 'Sport'), webhook);
    await app.post('/webhook', judged(1, 'Sport', 'Sport'), webhook);
    const later = { action: 'ANNOTATION_UPDATED', second: 50 };
    const prediction = { model_version: 'v1', result: annotation(1, 'Sport').result };
    await app.post(
      '/webhook',
      annotated(1, newsTexts[1]?.[0] ?? '', 'Weather', { ...later, more: { prediction } }),
      webhook,
    );
    expect((await app.get('/api/projects/7')).body.acceptance).toMatchObject({ judged: 1, accepted: 0 });
    expect((await app.get('/metrics')).body).toMatchObject({ judged_predictions: 1, accepted_predictions: 1 });
  });
});

describe('the projects of the API', () => {
  test('show paths through nested choices as their names', async () => {
    const app = tryApp();
    const schema =
      '<View><Text name="t" value="$text"/><Taxonomy name="c" toName="t"><Choice value="Out"><Choice value="Rain"/></Choice></Taxonomy></View>';
    await app.post('/setup', { project: '7.1', schema });
    expect((await app.get('/api/projects/7')).body.labels).toEqual(['Out', 'Out / Rain']);
  });

  test('F71 setup is quick and readable whatever the config is', async () => {
    const app = tryApp({ trainEachUpdates: 0 });
    for (const event of newsEvents()) await app.post('/webhook', event, webhook);
    const choices = Array.from({ length: 2000 }, (_, i) => `<Choice value="label ${i}"/>`).join('');
    const configs = [
      newsConfig.replace('</Choices>', `${choices}</Choices>`),
      `<View>${'<View>'.repeat(50_000)}`,
      `<!DOCTYPE x [<!ENTITY a "${'a'.repeat(1000)}">]><View/>`,
      '<View><Image name="i" value="$image"/><Choices name="c" toName="i"><Choice value="a"/></Choices></View>',
      JSON.stringify({ not: 'xml' }),
    ];
    for (const schema of configs) {
      const startedAt = performance.now();
      const { status, body } = await app.post('/setup', { project: '7.1', schema });
      expect([status, typeof body.model_version]).toEqual([200, 'string']);
      // 300 ms are promised; a machine that others use too has its pauses.
      expect(performance.now() - startedAt).toBeLessThan(1500);
    }
  });
});
