// LOG_DIR of the built server: its own doings in one file, those of trainings in another.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isBuilt, modelDirectory, settled, startBuilt } from '../fault/built-server.ts';
import { newsEvents } from './try-app.ts';

test.skipIf(!isBuilt)('LOG_DIR tells trainings apart from requests', async () => {
  const dir = modelDirectory();
  const logDir = join(dir, 'logs');
  mkdirSync(logDir);
  const server = await startBuilt({ dir: join(dir, 'models'), env: { LOG_DIR: logDir, LOG_LEVEL: 'debug' } });
  for (const event of newsEvents()) await server.post('/webhook', event);
  await settled(server);
  await server.end('SIGTERM');
  const lines = (name: string) =>
    readFileSync(join(logDir, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  const [mine, trainings] = [lines('server.log'), lines('training.log')];
  expect(mine.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['listening', 'request', 'stopped']));
  expect(mine.filter(({ state }) => state !== undefined)).toEqual([]);
  expect(trainings).toContainEqual(expect.objectContaining({ project: '7', state: 'finished' }));
  expect(trainings.filter(({ route }) => route !== undefined)).toEqual([]);
});
