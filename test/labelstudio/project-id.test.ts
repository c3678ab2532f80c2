import { expect, it } from 'vitest';
import { projectIdOf } from '../../src/labelstudio/project-id.ts';

it.each([
  ['7.1690000000', '7'],
  ['7', '7'],
  [7, '7'],
  [7.169, '7'],
  [0, '0'],
  ['', ''],
  [null, ''],
  [undefined, ''],
  [{ id: 7 }, '7'],
  [{ id: '7.1690000000' }, '7'],
  [{}, ''],
  [' 7.5 ', '7'],
  ['demo-project_1', 'demo-project_1'],
  ['.5', ''],
])('%j is the project %j', (value, id) => {
  expect(projectIdOf(value)).toBe(id);
});

it.each([
  '../../etc',
  '..',
  '/etc/passwd',
  '%2e%2e',
  'a/b',
  'a\u0000',
  '7.x/../y',
  'é',
  'a'.repeat(65),
  -1,
  1e300,
  Number.NaN,
  true,
  [7],
  { id: [7] },
  { id: { id: 7 } },
])('F137 %j is refused', (value) => {
  expect(() => projectIdOf(value)).toThrow(/^The project must be/);
});
