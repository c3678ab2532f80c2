import { describe, expect, test } from 'vitest';
import { ProjectKeys, readProjectRef } from '../../src/projects/project-ref.ts';

describe('readProjectRef', () => {
  test.each([
    ['7.1690000000', '7', '1690000000'],
    ['7', '7', null],
    [7, '7', null],
    [null, '', null],
    [undefined, '', null],
    ['', '', null],
    [{ id: 7, created_at: '2026-01-02T03:04:05.999000Z' }, '7', '1767323045'],
    [{ id: 7, created_at: 'yesterday' }, '7', null],
    [{ id: 7 }, '7', null],
  ])('reads %j', (value, id, createdAt) => {
    expect(readProjectRef(value)).toEqual({ id, createdAt });
  });
});

/** Keys over a store that knows the given projects. */
function keysOver(known: { [key: string]: string | null } = {}): ProjectKeys {
  return new ProjectKeys({
    createdAt: async (key) => known[key] ?? null,
    exists: async (key) => Object.hasOwn(known, key),
  });
}

describe('ProjectKeys', () => {
  test('the first project of a number has the number for its key', async () => {
    const keys = keysOver();
    expect(await keys.connect({ id: '7', createdAt: '100' })).toBe('7');
    expect(await keys.keyOf({ id: '7', createdAt: '100' })).toBe('7');
    expect(await keys.keyOf({ id: '7', createdAt: null })).toBe('7');
    expect(keys.createdAt('7')).toBe('100');
  });

  test('F77 a second project of the number that connects gets a key of its own', async () => {
    const keys = keysOver();
    await keys.connect({ id: '7', createdAt: '100' });
    expect(await keys.connect({ id: '7', createdAt: '200' })).toBe('7.200');
    const isKnown = keysOver({ '7': '100', '7.200': '200' });
    expect(await isKnown.keyOf({ id: '7', createdAt: '200' })).toBe('7.200');
    expect(await isKnown.keyOf({ id: '7', createdAt: '100' })).toBe('7');
    expect(isKnown.createdAt('7.200')).toBe('200');
  });

  test('a request without a date, or with an unknown one, belongs to the project that connected last', async () => {
    const keys = keysOver({ '7': '100', '7.200': '200' });
    expect(await keys.keyOf({ id: '7', createdAt: '999' })).toBe('7');
    await keys.connect({ id: '7', createdAt: '200' });
    expect(await keys.keyOf({ id: '7', createdAt: null })).toBe('7.200');
    expect(await keys.keyOf({ id: '7', createdAt: '999' })).toBe('7.200');
    await keys.connect({ id: '7', createdAt: '100' });
    expect(await keys.keyOf({ id: '7', createdAt: '999' })).toBe('7');
  });

  test('a project that events told of first is the one that connects', async () => {
    const keys = keysOver();
    expect(await keys.keyOf({ id: '7', createdAt: '100' })).toBe('7');
    expect(await keys.connect({ id: '7', createdAt: '200' })).toBe('7');
  });

  test('F77 what another server connected is found, whatever was asked before', async () => {
    const known: { [key: string]: string | null } = {};
    const here = keysOver(known);
    expect(await here.keyOf({ id: '7', createdAt: '100' })).toBe('7');
    expect(await here.keyOf({ id: '7', createdAt: '200' })).toBe('7');
    known['7'] = '100'; // as another server's `connect` stores it
    expect(await here.connect({ id: '7', createdAt: '200' })).toBe('7.200');
    const there = keysOver(known);
    expect(await there.keyOf({ id: '7', createdAt: '200' })).toBe('7');
    known['7.200'] = '200';
    expect(await there.keyOf({ id: '7', createdAt: '200' })).toBe('7.200');
    expect(await there.keyOf({ id: '7', createdAt: '100' })).toBe('7');
  });

  test('F77 a number that another server set free and gave away is not taken for the old project', async () => {
    const known: { [key: string]: string | null } = { '7': '100' };
    const keys = keysOver(known);
    expect(await keys.keyOf({ id: '7', createdAt: '100' })).toBe('7');
    known['7'] = '200';
    keys.recheck('7');
    expect(await keys.connect({ id: '7', createdAt: '100' })).toBe('7.100');
    expect(await keys.keyOf({ id: '7', createdAt: '200' })).toBe('7');
  });

  test('F77 a further project keeps its key when the first one is gone', async () => {
    const known = { '7.200': '200' };
    expect(await keysOver(known).keyOf({ id: '7', createdAt: '200' })).toBe('7.200');
    expect(await keysOver(known).connect({ id: '7', createdAt: '200' })).toBe('7.200');
    expect(await keysOver(known).connect({ id: '7', createdAt: '300' })).toBe('7');
  });

  test('requests without a project share one', async () => {
    const keys = keysOver();
    expect(await keys.keyOf({ id: '', createdAt: null })).toBe('default');
    expect(await keys.connect({ id: '', createdAt: null })).toBe('default');
  });

  test('a forgotten project leaves its number to the next one', async () => {
    const keys = keysOver();
    await keys.connect({ id: '7', createdAt: '100' });
    keys.forget('7');
    expect(await keys.connect({ id: '7', createdAt: '200' })).toBe('7');
  });
});
