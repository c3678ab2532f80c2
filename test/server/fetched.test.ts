// Tasks that name their text by an address: it is fetched from the configured Label Studio, and from nobody else.
import { describe, expect, test } from 'vitest';
import { LabelStudioClient } from '../../src/labelstudio/client.ts';
import { MemoryJournal } from '../../src/store/memory-journal.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { FakeClock, FakeLabelStudio } from '../labelstudio/fake-label-studio.ts';
import { annotated, labelsOf, newsConfig, newsTexts, tryApp } from './try-app.ts';

const urlConfig = newsConfig.replace('value="$text"', 'value="$text" valueType="url"');
const project = { id: 7, title: 'News', label_config: urlConfig };

function studioWithTexts() {
  const studio = new FakeLabelStudio();
  for (const [i, [text]] of newsTexts.entries()) studio.on(`/data/upload/7/${i}.txt`, new Response(text));
  studio.on('/data/upload/7/new.txt', new Response('The team scored'));
  const options = { url: 'http://studio:8080', key: 'k'.repeat(40), fetch: studio.fetch, clock: new FakeClock() };
  return { studio, source: new LabelStudioClient({ ...options, attempts: 1 }) };
}

const events = newsTexts.map(([, topic], i) => annotated(i + 1, `/data/upload/7/${i}.txt`, topic, { project }));

function predict(...addresses: string[]) {
  const tasks = addresses.map((text, id) => ({ id, data: { text } }));
  return { tasks, project: '7.1', label_config: urlConfig };
}

describe('F87 text at an address', () => {
  test('is learnt from and predicted, and fetched once', async () => {
    const { studio, source } = studioWithTexts();
    const app = tryApp({ source, trainEachUpdates: 0 });
    await app.post('/setup', { project: '7.1', schema: urlConfig });
    for (const event of events) await app.post('/webhook', event);
    await app.post('/webhook', { action: 'START_TRAINING', project });
    await app.registry.drain();
    const { lastJob } = (await app.get('/api/projects/7')).body;
    const job = await app.get(`/api/jobs/${lastJob.id}`);
    expect(job.body.result.trainOutput.controls[0].report.docs).toBe(8);
    const answer = await app.post('/predict', predict('/data/upload/7/new.txt', '/data/upload/7/0.txt'));
    expect(labelsOf(answer)).toEqual(['Sport', 'Weather']);
    await app.post('/predict', predict('/data/upload/7/new.txt'));
    const fetched = studio.paths().filter((path) => path.startsWith('/data/'));
    expect([fetched.length, new Set(fetched).size]).toEqual([9, 9]);
    expect(studio.asked.every(({ url }) => url.startsWith('http://studio:8080/'))).toBe(true);
  });

  test('is kept with the version: after a restart only what is new is fetched', async () => {
    const [store, journal] = [new MemoryStore(), new MemoryJournal()];
    const first = tryApp({ store, journal, source: studioWithTexts().source });
    for (const event of events.slice(0, 6)) await first.post('/webhook', event);
    await first.registry.drain();
    const { studio, source } = studioWithTexts();
    const second = tryApp({ store, journal, source });
    for (const event of events) await second.post('/webhook', event);
    await second.registry.drain();
    expect(
      studio
        .paths()
        .filter((path) => path.startsWith('/data/'))
        .sort(),
    ).toEqual(['/data/upload/7/6.txt', '/data/upload/7/7.txt']);
  });

  test('F135 on another host, or of Label Studio’s API, is not fetched, and the others are predicted', async () => {
    const { studio, source } = studioWithTexts();
    const app = tryApp({ source, trainEachUpdates: 0 });
    const bad = [
      'http://169.254.169.254/latest',
      'http://evil/data/upload/a',
      '/api/current-user/whoami',
      '//evil/data/a',
    ];
    const answer = await app.post('/predict', predict(...bad, '/data/upload/7/2.txt'));
    expect(answer.status).toBe(200);
    expect(answer.body.results.map(({ result }: { result: unknown[] }) => result.length)).toEqual([0, 0, 0, 0, 1]);
    expect(answer.body.results[0].reason).toBe('topic: its text is at an address that was not fetched');
    expect(studio.paths()).toEqual(['/data/upload/7/2.txt']);
    const said = (await app.get('/api/events')).body.events.find(({ kind }: { kind: string }) => kind === 'sync');
    expect(said.did).toMatch(/^4 texts could not be fetched from Label Studio: The address .* no other host is asked/);
  });

  test('is not fetched at all without a key, and setup says so', async () => {
    const app = tryApp();
    const setup = await app.post('/setup', { project: '7.1', schema: urlConfig });
    expect(setup.body.message).toContain('without LABEL_STUDIO_API_KEY there is none');
    const answer = await app.post('/predict', predict('/data/upload/7/0.txt'));
    expect(answer.body.results[0]).toMatchObject({ result: [], score: 0 });
  });

  test('that is away costs the predictions of the others nothing', async () => {
    const { studio, source } = studioWithTexts();
    studio.on('/data/upload/7/0.txt', 500);
    const app = tryApp({ source, trainEachUpdates: 0 });
    for (const event of events) await app.post('/webhook', event);
    await app.post('/webhook', { action: 'START_TRAINING', project });
    await app.registry.drain();
    const { modelVersion, lastJob } = (await app.get('/api/projects/7')).body;
    expect(modelVersion).toMatch(/^v/);
    const job = await app.get(`/api/jobs/${lastJob.id}`);
    expect(job.body.result.trainOutput.controls[0].report).toMatchObject({
      docs: 7,
      trainingSet: { left: { 'task without usable text': 1 } },
    });
  });
});
