import { describe, expect, test } from 'vitest';
import { loadBackendModule } from '../../src/sdk/backend-module.ts';

/** A module as its text. */
function moduleOf(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

const model = 'class A { predict() {} fit() {} }';

describe('loadBackendModule', () => {
  test('takes the default export', async () => {
    const { Backend } = await loadBackendModule(
      moduleOf(`export default ${model}; export class B { predict() {} fit() {} }`),
    );
    expect(Backend.name).toBe('A');
  });

  test('takes the only class that can predict and fit, whatever base class it has', async () => {
    const { Backend, url } = await loadBackendModule(
      moduleOf(`export ${model} export class Other {} export const n = 1;`),
    );
    expect(Backend.name).toBe('A');
    expect(url).toMatch(/^data:/);
  });

  test.each([
    ['export const a = 1;', 'it has none'],
    [`export ${model} export class B { predict() {} fit() {} }`, 'it has 2: A and B'],
    ['export default { predict() {}, fit() {} };', 'it has none'],
  ])('refuses a module that leaves the choice open: %s', async (source, found) => {
    await expect(loadBackendModule(moduleOf(source))).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining(found),
    });
  });

  test('names the module that cannot be loaded', async () => {
    await expect(loadBackendModule('file:///nowhere/model.js')).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining('/nowhere/model.js cannot be loaded'),
    });
  });
});
