import { expect, test } from 'vitest';
import { ConfigReadings } from '../../src/projects/config-readings.ts';
import { newsConfig } from '../server/try-app.ts';

test('keeps what it has read, but no more characters than it should', () => {
  const readings = new ConfigReadings();
  const first = readings.of(newsConfig);
  expect(readings.of(newsConfig)).toBe(first);
  // Each is a config of its own, of a million characters.
  for (let i = 0; i < 12; i++) readings.of(`${newsConfig}<!-- ${i} ${'x'.repeat(2 ** 20 - 1000)} -->`);
  expect(readings.of(newsConfig)).not.toBe(first);
  expect(readings.of(newsConfig)).toEqual(first);
});
