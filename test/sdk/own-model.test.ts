// A model class of one's own on the whole server: what it keeps for its project, and what it is told.
import { expect, test } from 'vitest';
import type { Json, Prediction, Task } from '../../src/labelstudio/types.ts';
import { type FitContext, MLBackend } from '../../src/sdk/backend.ts';
import { annotated, newsEvents, predictBody, tryApp } from '../server/try-app.ts';

/** Counts its trainings, across versions, and predictions, across instances. */
class Counting extends MLBackend {
  override async predict(tasks: readonly Task[]): Promise<Prediction[]> {
    const asked = Number((await this.get('asked')) ?? 0) + 1;
    await this.set('asked', asked);
    const control = this.labelInterface.first('Choices', 'Text');
    const reason = JSON.stringify([asked, await this.get('trainings'), this.trainOutput]);
    return tasks.map(() => ({ ...control.prediction('Sport', 0.5), reason }));
  }

  override async fit(tasks: AsyncIterable<Task>, { reason }: FitContext): Promise<Json> {
    let count = 0;
    for await (const _ of tasks) count++;
    const trainings = Number((await this.get('trainings')) ?? 0) + 1;
    await this.set('trainings', trainings);
    return { count, reason: reason ?? null, read: await this.get('trainings') };
  }
}

test('get and set are kept for the project, from predict and from fit, across versions and restarts', async () => {
  const app = tryApp({ Backend: Counting, trainEachUpdates: 0 });
  const start = () => app.post('/webhook', { action: 'START_TRAINING', project: { id: 7 } });
  for (const event of newsEvents()) expect((await app.post('/webhook', event)).status).toBe(201);
  for (let round = 1; round <= 2; round++) {
    await start();
    await app.registry.drain();
    const { body } = await app.post('/predict', predictBody(['a text']));
    expect(JSON.parse(body.results[0].reason)).toEqual([
      round,
      round,
      { count: 8, reason: 'Start training was pressed', read: round },
    ]);
    if (round === 1)
      await app.post('/webhook', annotated(1, 'a text', 'Sport', { action: 'ANNOTATION_UPDATED', second: 100 }));
  }
  const again = tryApp({ Backend: Counting, store: app.store, journal: app.journal, trainEachUpdates: 0 });
  const { body } = await again.post('/predict', predictBody(['a text']));
  expect(JSON.parse(body.results[0].reason).slice(0, 2)).toEqual([3, 2]);
  expect(JSON.stringify((await app.get('/api/projects/7')).body)).not.toContain('own:');
});

test('a model that asks for what the config lacks answers with the sentence, not with a fault', async () => {
  class Picky extends Counting {
    readonly place = this.labelInterface.first('Taxonomy');
  }
  const app = tryApp({ Backend: Picky });
  const { status, body } = await app.post('/predict', predictBody(['a text']));
  expect([status, body.error]).toEqual([
    400,
    expect.stringContaining('This model needs a Taxonomy on a text, and the label config has none.'),
  ]);
});
