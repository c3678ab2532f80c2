// Pages that are made from the code are as the code is. `npx vitest run test/docs/reference.test.ts -u` makes them anew.
import { expect, test } from 'vitest';
import { commandsPage, configurationPage, variablesDescribed, variablesRead } from './reference.ts';

test('every variable that is read is described, and no other', () => {
  expect(variablesDescribed()).toEqual(variablesRead());
});

test('docs/configuration.md is as the code is', async () => {
  await expect(configurationPage()).toMatchFileSnapshot('../../docs/configuration.md');
});

test('docs/commands.md is as the code is', async () => {
  await expect(await commandsPage()).toMatchFileSnapshot('../../docs/commands.md');
});
