import { expect, test } from 'vitest';
import type { Task } from '../../src/labelstudio/types.ts';
import { SimpleTextClassifier } from '../../src/sdk/simple-text-classifier.ts';
import { annotated, newsEvents, tryApp } from '../server/try-app.ts';

test('F26 a training that finds the queue full is not forgotten: it comes when others have ended', async () => {
  const app = tryApp({ queue: { mostWaiting: 2 } });
  const projects = [1, 2, 3, 4, 5, 6, 7, 8];
  for (const event of newsEvents()) {
    const all = projects.map((id) =>
      app.post('/webhook', { ...event, project: { ...(event as { project: object }).project, id } }),
    );
    for (const { status } of await Promise.all(all)) expect(status).toBe(201);
  }
  const trained = async () => {
    await app.registry.drain();
    const answers = await Promise.all(projects.map((id) => app.get(`/api/projects/${id}/versions`)));
    return answers.map(({ body }) => body.versions[0]?.trainOutput.controls[0].report.docs);
  };
  await expect.poll(trained, { timeout: 10_000 }).toEqual(projects.map(() => 8));
});

test('a start with more undone trainings than may wait takes them up one after another', async () => {
  const first = tryApp({ trainEachUpdates: 1000 });
  const projects = Array.from({ length: 12 }, (_, i) => 1 + i);
  for (const id of projects) {
    for (const [i, topic] of ['Sport', 'Weather'].entries()) {
      await first.post('/webhook', annotated(i, `${topic} ${i}`, topic, { project: { id } }));
    }
  }
  const { store, journal } = first;
  const second = tryApp({ store, journal, queue: { mostWaiting: 3 } });
  await second.registry.start();
  const trained = async () => {
    await second.registry.drain();
    return (await Promise.all(projects.map((id) => second.registry.versions.of(String(id))))).map(
      ({ length }) => length,
    );
  };
  await expect.poll(trained, { timeout: 10_000 }).toEqual(projects.map(() => 1));
});

test('F26 F113 whoever asks for a training when the queue is full is told so, and it comes all the same', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  class Slow extends SimpleTextClassifier {
    override async fit(tasks: AsyncIterable<Task>, context: Parameters<SimpleTextClassifier['fit']>[1]) {
      await held;
      return super.fit(tasks, context);
    }
  }
  const app = tryApp({ Backend: Slow, trainEachUpdates: 0, queue: { mostWaiting: 1 } });
  const projects = [1, 2, 3, 4];
  for (const id of projects) {
    for (const event of newsEvents({ id })) await app.post('/webhook', event);
  }
  const asked = [];
  for (const id of projects) asked.push(await app.post('/webhook', { action: 'START_TRAINING', project: { id } }));
  expect(asked.map(({ status }) => status)).toEqual([201, 201, 503, 503]);
  expect(asked[3]?.headers.get('retry-after')).toBe('1');
  expect(asked[3]?.body.error).toContain('wait for their training already');
  release();
  const trained = async () => {
    await app.registry.drain();
    return (await Promise.all(projects.map((id) => app.registry.versions.of(String(id))))).map(({ length }) => length);
  };
  await expect.poll(trained, { timeout: 10_000 }).toEqual([1, 1, 1, 1]);
});
