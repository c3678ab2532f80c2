import { describe, expect, test } from 'vitest';
import { annotated, newsEvents, type TryApp, tryApp } from './try-app.ts';

/** Label all of the news once, then a text more each time; one training each. */
async function trainTimes(app: TryApp, times: number): Promise<string[]> {
  for (const event of newsEvents()) await app.post('/webhook', event);
  for (let i = 0; i < times; i++) {
    if (i > 0) await app.post('/webhook', annotated(100 + i, `Rain again ${i}`, 'Weather'));
    await app.post('/webhook', { action: 'START_TRAINING', project: { id: 7 } });
    await app.registry.drain();
  }
  return names(app);
}

const byHand = { trainEachUpdates: 0 };

async function names(app: TryApp): Promise<string[]> {
  const { versions } = (await app.get('/api/projects/7/versions')).body;
  return versions.map(({ version }: { version: string }) => version);
}

describe('versions', () => {
  test('say what they learnt from: the same labels have the same digest', async () => {
    const app = tryApp(byHand);
    const other = tryApp(byHand);
    await trainTimes(app, 1);
    await trainTimes(other, 1);
    const newest = async (from: TryApp) => (await from.get('/api/projects/7/versions')).body.versions[0];
    const digests = [(await newest(app)).trainingSet, (await newest(other)).trainingSet];
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
    await trainTimes(other, 2);
    expect((await newest(other)).trainingSet).not.toBe(digests[0]);
  });

  test('a pinned one outlives the clean-up until its pin is taken away', async () => {
    const app = tryApp({ ...byHand, keptVersions: 2 });
    const [first = ''] = await trainTimes(app, 1);
    const path = `/api/projects/7/versions/${first}/pin`;
    expect((await app.post(path, {})).body).toEqual({ id: '7', pinned: [first] });
    expect((await app.get('/api/projects/7/versions')).body.versions).toMatchObject([{ isPinned: true }]);
    expect(await trainTimes(app, 5)).toHaveLength(3);
    expect((await names(app)).at(-1)).toBe(first);
    expect((await app.post(path, { pinned: false })).body.pinned).toEqual([]);
    expect(await trainTimes(app, 6)).toHaveLength(2);
    expect(await names(app)).not.toContain(first);
  });

  test('one can be deleted, but not what serves or is pinned', async () => {
    const app = tryApp(byHand);
    const [newest = '', older = '', oldest = ''] = await trainTimes(app, 3);
    const remove = (version: string) => app.request(`/api/projects/7/versions/${version}`, { method: 'DELETE' });
    await app.post(`/api/projects/7/versions/${older}/pin`, {});
    expect(await remove(newest)).toMatchObject({ status: 409, body: { error: `Version ${newest} serves now.` } });
    expect(await remove(older)).toMatchObject({ status: 409 });
    expect(await remove(oldest)).toMatchObject({ status: 200, body: { id: '7', deleted: oldest } });
    expect(await names(app)).toEqual([newest, older]);
    expect(await remove(oldest)).toMatchObject({ status: 404 });
  });

  test.each(['gone', '..', '%2e%2e%2f', 'v1', 'x'.repeat(300)])(
    'F137 none called %j is pinned or deleted',
    async (name) => {
      const app = tryApp(byHand);
      await trainTimes(app, 1);
      const path = `/api/projects/7/versions/${name}`;
      for (const answer of [
        await app.post(`${path}/pin`, {}),
        await app.request(path, { method: 'DELETE' }),
        await app.post(`/api/projects/nobody/versions/${name}/pin`, {}),
      ]) {
        expect(answer.status).toBe(404);
      }
      expect(await names(app)).toHaveLength(1);
    },
  );

  test('pinned must be true or false', async () => {
    const app = tryApp(byHand);
    const [first = ''] = await trainTimes(app, 1);
    expect(await app.post(`/api/projects/7/versions/${first}/pin`, { pinned: 'yes' })).toMatchObject({ status: 400 });
  });
});
