// Trainings that hang, trap, exit or run out of memory in the built server: their job fails with the reason, and everybody
// else is served and trained.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { optionsFor } from '../../src/sdk/text-options.ts';
import { randomFrom } from '../oracle/random.ts';
import { annotated, newsConfig, newsTexts, predictBody, tryApp } from '../server/try-app.ts';
import { type BuiltServer, isBuilt, modelDirectory, pause, settled, startBuilt } from './built-server.ts';

/** What project 1 to 5 do when they are trained; any other is trained well. */
const fit = `
  const { project } = this;
  if (project === '1') for (;;);
  if (project === '2') {
    const bytes = new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,5,1,3,0,0,11]);
    new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f();
  }
  if (project === '3') process.exit(3);
  if (project === '4') throw new Error('nobody can learn this');
  if (project === '5') { new WebAssembly.Memory({ initial: 1, maximum: 1 }).grow(1); }
  return { trained: project };
`;

const patient = { timeout: 90_000, interval: 500 };

async function annotate(server: BuiltServer, project: number, id: number): Promise<void> {
  const [text, topic] = newsTexts[id % newsTexts.length]!;
  const event = annotated(id, text, topic, { project: { id: project } });
  expect((await server.post('/webhook', event)).status).toBe(201);
}

async function lastJob(server: BuiltServer, project: number): Promise<{ state: string; error: string }> {
  await expect
    .poll(async () => (await server.get(`/api/projects/${project}`)).body.lastJob?.state, { timeout: 30_000 })
    .toMatch(/finished|failed/);
  return (await server.get(`/api/projects/${project}`)).body.lastJob;
}

function threads(server: BuiltServer): number {
  const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
  return Number(/Threads:\s+(\d+)/.exec(status)?.[1]);
}

describe.skipIf(!isBuilt)('a training', () => {
  test('F26 F27 F28 that breaks in any way fails with its reason, and every other project is trained and served', async () => {
    const server = await startBuilt({ dir: modelDirectory(), fit, env: { TRAINING_TIMEOUT_SECONDS: '2' } });
    await annotate(server, 9, 1);
    await lastJob(server, 9);
    const before = threads(server);
    for (let project = 1; project <= 8; project++) await annotate(server, project, project);
    let slowest = 0;
    const isWorking = { now: true };
    const watch = (async () => {
      while (isWorking.now) {
        const began = performance.now();
        expect((await server.post('/predict', predictBody(['x'], '9.1'))).status).toBe(200);
        slowest = Math.max(slowest, performance.now() - began);
        await pause(20);
      }
    })();
    const errors = [
      'The training was stopped at its time limit of 2 s.',
      'The training failed: unreachable',
      'The training thread ended by itself, with exit code 3.',
      'The training failed: nobody can learn this',
      'The training failed: WebAssembly.Memory.grow(): Maximum memory size exceeded',
    ];
    for (const [i, error] of errors.entries()) {
      expect(await lastJob(server, i + 1)).toMatchObject({ state: 'failed', error });
    }
    for (const project of [6, 7, 8]) expect((await lastJob(server, project)).state).toBe('finished');
    isWorking.now = false;
    await watch;
    expect(slowest).toBeLessThan(5000);
    // No broken thread is left over.
    await expect.poll(() => threads(server), { timeout: 10_000 }).toBeLessThanOrEqual(before + 1);
    expect((await server.get('/metrics')).body.trainings).toMatchObject({ failed: 5, finished: 4 });
    const told = (await server.get('/api/events')).body.events.map(({ did }: { did: string }) => did).join('\n');
    for (const error of errors) expect(told).toContain(error);
    expect((await server.end('SIGTERM')).code).toBe(0);
  });
});

describe('numbers', () => {
  test.each(['1e300', '1e-300', '1e15'])(
    'F29 with C = %s a training ends well or with a sentence, and predictions stay finite',
    async (C) => {
      const app = tryApp({ settings: { C: Number(C) } });
      for (const [i, [text, topic]] of newsTexts.entries()) await app.post('/webhook', annotated(i, text, topic));
      await app.registry.drain();
      const { lastJob: job } = (await app.get('/api/projects/7')).body;
      expect(job.state === 'finished' || (job.state === 'failed' && job.error.length > 10)).toBe(true);
      const { status, body } = await app.post('/predict', predictBody(['Rain and wind']));
      expect(status).toBe(200);
      expect(body.results[0].score).toBeGreaterThanOrEqual(0);
      expect(body.results[0].score).toBeLessThanOrEqual(1);
    },
  );

  test('F32 a hundred thousand texts of one class and one of another are trained on', () => {
    const texts = Array.from({ length: 100_001 }, (_, i) => `Rain and wind number ${i % 5000} in place ${i % 777}`);
    texts[0] = 'The striker scored';
    const labels = texts.map((_, i) => (i === 0 ? 'Sport' : 'Weather'));
    const classifier = TextClassifier.fit(texts, labels, optionsFor(texts));
    expect(classifier.report.docs).toBe(100_001);
    const [sport = 0, weather = 0] = classifier
      .predictProba(['The striker scored', 'Rain in place 5'])
      .filter((_, i) => i % 2 === 0);
    expect(sport).toBeGreaterThan(weather);
    expect(sport).toBeLessThan(1);
    classifier.dispose();
  });
});

// The limit on address space (`ulimit -v`) is of no use: V8 reserves far more of it than it ever fills.
// It takes a while, so it is tried with whole systems only.
test.skipIf(!isBuilt || process.platform !== 'linux' || process.env.SPARROW_TRIAL !== '1')(
  'F152 a training that needs more memory than the process may have fails with its reason, and the next one runs',
  async () => {
    const server = await startBuilt({ dir: modelDirectory(), limits: 'ulimit -d 280000' });
    const random = randomFrom(152);
    const word = () => `w${Math.floor(random() * 1_200_000)}`;
    const annotations = Array.from({ length: 12_000 }, (_, id) => {
      const value = { choices: [id % 2 ? 'Sport' : 'Weather'] };
      const result = [{ from_name: 'topic', to_name: 'news', type: 'choices', value }];
      return { id, data: { text: Array.from({ length: 60 }, word).join(' ') }, annotations: [{ id, result }] };
    });
    const body = { annotations, project: '7.1', label_config: newsConfig };
    expect((await server.post('/train', body)).status).toBe(201);
    await expect.poll(async () => (await server.get('/is_training?project=7')).body.is_training, patient).toBe(false);
    expect((await server.get('/api/projects/7')).body.lastJob).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/memory/),
    });
    for (let id = 1; id <= 8; id++) await annotate(server, 8, id);
    expect((await settled(server, '8')).body.lastJob).toMatchObject({ state: 'finished' });
    expect((await server.post('/predict', predictBody(['Rain and wind'], '8.1'))).body.model_version).toMatch(/^v/);
  },
);

test.skipIf(!isBuilt)('F25 a project that is deleted while its training hangs lets go of it', async () => {
  const server = await startBuilt({ dir: modelDirectory(), fit });
  await annotate(server, 1, 1);
  await expect.poll(async () => (await server.get('/api/projects/1')).body.training, { timeout: 10_000 }).toBe(true);
  expect((await server.post('/delete', { project: '1' })).status).toBe(200);
  expect((await server.get('/api/projects/1')).status).toBe(404);
  await annotate(server, 6, 6);
  expect((await lastJob(server, 6)).state).toBe('finished');
  await settled(server, '6');
});
