// What every store of models must do. Called by the test of each implementation with a way to make an empty store.
import { describe, expect, test } from 'vitest';
import type { ErrorCode, SparrowError } from '../../src/errors.ts';
import type { ModelStore, NewVersion } from '../../src/store/model-store.ts';

interface StoreUnderTest {
  store: ModelStore;
  /** Sets the store's clock. */
  setTime(ms: number): void;
}

const start = Date.parse('2026-11-24T21:15:00Z');
const hour = 3_600_000;

export function version(text: string, parent: string | null = null): NewVersion {
  const files = new Map([
    ['model.safetensors', Buffer.from(text)],
    ['config.json', Buffer.from('{}')],
  ]);
  return { parent, meta: { trainOutput: { text } }, files };
}

export async function codeOf(work: Promise<unknown>): Promise<ErrorCode | 'none'> {
  return work.then(
    () => 'none',
    (error: SparrowError) => error.code,
  );
}

export function modelStoreSuite(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`${name}: versions`, () => {
    versionTests(make);
  });
  describe(`${name}: the pointer`, () => {
    pointerTests(make);
  });
  describe(`${name}: clean-up`, () => {
    cleanUpTests(make);
  });
  describe(`${name}: projects`, () => {
    projectTests(make);
  });
}

function versionTests(make: () => Promise<StoreUnderTest>): void {
  test('a version comes back with its record and its bytes', async () => {
    const { store, setTime } = await make();
    setTime(start);
    const put = await store.put('7', version('one'));
    expect(put.version).toMatch(/^v000001-20261124T211500-[0-9a-f]{6}$/);
    expect(put).toMatchObject({ project: '7', parent: null, createdAt: '2026-11-24T21:15:00.000Z' });
    expect(put.files['model.safetensors']).toMatchObject({ bytes: 3, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await store.versions('7')).toEqual([put]);
    expect(Buffer.from(await store.read('7', put.version, 'model.safetensors')).toString()).toBe('one');
  });

  test('metadata comes back as JSON keeps it', async () => {
    const { store } = await make();
    const meta = { a: 1, gone: undefined, deep: { list: [1, null, 'é😀'] } };
    const put = await store.put('7', { parent: null, meta, files: new Map() });
    expect(put.meta).toEqual({ a: 1, deep: { list: [1, null, 'é😀'] } });
    expect((await store.versions('7'))[0]?.meta).toEqual(put.meta);
  });

  test('a version is not changed by what happens to the bytes it was given', async () => {
    const { store } = await make();
    const bytes = Buffer.from('before');
    const put = await store.put('7', { parent: null, meta: {}, files: new Map([['m', bytes]]) });
    bytes.fill(0);
    expect(Buffer.from(await store.read('7', put.version, 'm')).toString()).toBe('before');
  });

  test('F37 versions grow and sort when the clock jumps back an hour and forward a year', async () => {
    const { store, setTime } = await make();
    const names: string[] = [];
    for (const time of [start, start - hour, start + 365 * 24 * hour, start]) {
      setTime(time);
      names.push((await store.put('7', version(String(time)))).version);
    }
    expect([...names].sort()).toEqual(names);
    expect((await store.versions('7')).map((record) => record.version)).toEqual(names.toReversed());
  });

  test('a name is not given again after its version was removed', async () => {
    const { store } = await make();
    const first = await store.put('7', version('same'));
    await store.remove('7', first.version);
    const second = await store.put('7', version('same'));
    expect(second.version > first.version).toBe(true);
    expect(second.version).toMatch(/^v000002-/);
  });

  test('concurrent puts get names of their own', async () => {
    const { store } = await make();
    const records = await Promise.all(Array.from({ length: 8 }, () => store.put('7', version('same'))));
    expect(new Set(records.map((record) => record.version)).size).toBe(8);
  });

  test.each(['', '../up', 'a/b', '.hidden', 'version.json', 'VERSION.JSON', 'a\0b', '__proto__', 'x'.repeat(101)])(
    'F138 a model file may not be called %j',
    async (file) => {
      const { store } = await make();
      const put = store.put('7', { parent: null, meta: {}, files: new Map([[file, new Uint8Array(1)]]) });
      expect(await codeOf(put)).toBe('BAD_INPUT');
      expect(await store.versions('7')).toEqual([]);
    },
  );

  test('a file may be called constructor', async () => {
    const { store } = await make();
    const put = await store.put('7', { parent: null, meta: {}, files: new Map([['constructor', Buffer.from('x')]]) });
    expect(await store.read('7', put.version, 'constructor')).toHaveLength(1);
    expect(await codeOf(store.read('7', put.version, 'toString'))).toBe('NOT_FOUND');
  });

  test.each([
    '',
    'v1',
    '../../etc',
    '/etc',
    '%2e%2e',
    'a\0b',
    'CON',
    'v000009-20261124T211500-000000',
    'x'.repeat(300),
  ])('F137 a version called %j is not found', async (name) => {
    const { store } = await make();
    await store.put('7', version('one'));
    expect(await codeOf(store.read('7', name, 'model.safetensors'))).toBe('NOT_FOUND');
    expect(await codeOf(store.setCurrent('7', name))).toBe('NOT_FOUND');
    expect(await codeOf(store.remove('7', name))).toBe('NOT_FOUND');
    expect(await codeOf(store.pin('7', name, true))).toBe('NOT_FOUND');
  });
}

function pointerTests(make: () => Promise<StoreUnderTest>): void {
  test('a version is current only when the pointer was moved to it', async () => {
    const { store } = await make();
    expect(await store.current('7')).toBeNull();
    const put = await store.put('7', version('one'));
    expect(await store.current('7')).toBeNull();
    await store.setCurrent('7', put.version);
    expect(await store.current('7')).toEqual(put);
  });

  test('the pointer may go back to an older version', async () => {
    const { store } = await make();
    const first = await store.put('7', version('one'));
    const second = await store.put('7', version('two', first.version));
    await store.setCurrent('7', second.version);
    await store.setCurrent('7', first.version, second.version);
    expect((await store.current('7'))?.version).toBe(first.version);
  });

  test('F18 a training that started from another version does not overrule a rollback', async () => {
    const { store } = await make();
    const first = await store.put('7', version('one'));
    const second = await store.put('7', version('two'));
    await store.setCurrent('7', second.version, null);
    await store.setCurrent('7', first.version);
    const third = await store.put('7', version('three', second.version));
    expect(await codeOf(store.setCurrent('7', third.version, second.version))).toBe('CONFLICT');
    expect((await store.current('7'))?.version).toBe(first.version);
    expect((await store.versions('7'))[0]?.version).toBe(third.version);
  });

  test('of two who expect the same version to be current one succeeds', async () => {
    const { store } = await make();
    const [first, second] = [await store.put('7', version('one')), await store.put('7', version('two'))];
    const moves = [first, second].map((record) => codeOf(store.setCurrent('7', record.version, null)));
    expect((await Promise.all(moves)).sort()).toEqual(['CONFLICT', 'none']);
  });
}

function cleanUpTests(make: () => Promise<StoreUnderTest>): void {
  test('pruning keeps the newest, the current and the pinned', async () => {
    const { store } = await make();
    const names: string[] = [];
    for (const text of ['a', 'b', 'c', 'd', 'e']) names.push((await store.put('7', version(text))).version);
    await store.setCurrent('7', names[0]!);
    await store.pin('7', names[2]!, true);
    expect(await store.pinned('7')).toEqual([names[2]]);
    expect((await store.prune('7', 1)).sort()).toEqual([names[1], names[3]]);
    expect((await store.versions('7')).map((record) => record.version)).toEqual([names[4], names[2], names[0]]);
    await store.pin('7', names[2]!, false);
    expect(await store.prune('7', 0)).toEqual([names[4], names[2]]);
    expect((await store.current('7'))?.version).toBe(names[0]);
  });

  test('pruning a project that is not there removes nothing', async () => {
    const { store } = await make();
    expect(await store.prune('nobody', 3)).toEqual([]);
  });

  test('the current and the pinned cannot be removed', async () => {
    const { store } = await make();
    const [first, second] = [await store.put('7', version('one')), await store.put('7', version('two'))];
    await store.setCurrent('7', first.version);
    await store.pin('7', second.version, true);
    expect(await codeOf(store.remove('7', first.version))).toBe('CONFLICT');
    expect(await codeOf(store.remove('7', second.version))).toBe('CONFLICT');
  });

  test('F17 a reader that has begun finishes while the version is pruned', async () => {
    const { store } = await make();
    const big = new Uint8Array(4_000_000).fill(7);
    const first = await store.put('7', { parent: null, meta: {}, files: new Map([['m', big]]) });
    await store.setCurrent('7', first.version);
    const second = await store.put('7', version('two'));
    await store.setCurrent('7', second.version);
    const reading = codeOf(store.read('7', first.version, 'm'));
    const pruned = store.prune('7', 1);
    expect(['none', 'NOT_FOUND']).toContain(await reading);
    expect(await pruned).toEqual([first.version]);
    expect(await codeOf(store.read('7', first.version, 'm'))).toBe('NOT_FOUND');
  });
}

function projectTests(make: () => Promise<StoreUnderTest>): void {
  const ids = [
    '',
    '7',
    '../../etc',
    '/etc/passwd',
    '%2e%2e%2f',
    'a\0b',
    'CON',
    'x'.repeat(300),
    'News',
    'news',
    '__proto__',
  ];

  test('F137 any string may be a project, and none meets another', async () => {
    const { store } = await make();
    for (const id of ids) {
      const put = await store.put(id, version(`model of ${id}`));
      await store.setCurrent(id, put.version);
    }
    expect(await store.projects()).toEqual([...ids].sort());
    for (const id of ids) {
      const record = await store.current(id);
      expect(record).toMatchObject({ project: id, version: expect.stringMatching(/^v000001-/) });
      const bytes = await store.read(id, record!.version, 'model.safetensors');
      expect(Buffer.from(bytes).toString()).toBe(`model of ${id}`);
    }
  });

  test('a project without anything is empty, not an error', async () => {
    const { store } = await make();
    expect(await store.current('nobody')).toBeNull();
    expect(await store.versions('nobody')).toEqual([]);
    expect(await store.pinned('nobody')).toEqual([]);
    expect(await store.getState('nobody')).toEqual({});
    expect(await store.projects()).toEqual([]);
    expect(await codeOf(store.read('nobody', 'v000001-20261124T211500-000000', 'm'))).toBe('NOT_FOUND');
  });

  test('the state is merged, and undefined takes a key out', async () => {
    const { store } = await make();
    await store.setState('7', { title: 'News', labelConfig: '<View/>', host: null });
    await Promise.all([store.setState('7', { title: undefined }), store.setState('7', { more: [1] })]);
    expect(await store.getState('7')).toEqual({ labelConfig: '<View/>', host: null, more: [1] });
    expect(await store.projects()).toEqual(['7']);
  });

  test('a deleted project is gone, and its names are not given again', async () => {
    const { store } = await make();
    const first = await store.put('7', version('one'));
    await store.setCurrent('7', first.version);
    await store.setState('7', { title: 'News' });
    await store.deleteProject('7');
    expect(await store.current('7')).toBeNull();
    expect(await store.versions('7')).toEqual([]);
    expect(await store.getState('7')).toEqual({});
    expect(await store.projects()).toEqual([]);
    expect(await codeOf(store.read('7', first.version, 'model.safetensors'))).toBe('NOT_FOUND');
    const again = await store.put('7', version('one'));
    expect(await store.current('7')).toBeNull();
    expect(again.version).toMatch(/^v000002-/);
    await store.setCurrent('7', again.version, null);
    expect((await store.versions('7')).map((record) => record.version)).toEqual([again.version]);
  });

  test('deleting a project that is not there is fine', async () => {
    const { store } = await make();
    await store.deleteProject('nobody');
    expect(await store.projects()).toEqual([]);
  });

  test('a copy of the current version starts another project', async () => {
    const { store } = await make();
    const source = await store.put('7', version('one'));
    await store.setCurrent('7', source.version);
    await store.copyCurrent('7', '8');
    const copy = await store.current('8');
    expect(copy).toMatchObject({ project: '8', parent: null, meta: source.meta, files: source.files });
    expect(Buffer.from(await store.read('8', copy!.version, 'model.safetensors')).toString()).toBe('one');
    expect(await codeOf(store.copyCurrent('nobody', '9'))).toBe('NOT_FOUND');
  });
}
