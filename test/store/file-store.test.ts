// The store in directories: the common rules, then what only a disk can do wrong to it.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { FileStore } from '../../src/store/file-store.ts';
import { nodeFiles } from '../../src/store/files.ts';
import { projectNameOf } from '../../src/store/project-name.ts';
import { codeOf, modelStoreSuite, version } from '../conformance/model-store.ts';
import { Clock, emptyDirectory, makePipe, processNumbered } from './places.ts';
import { flipBit, StepFiles } from './step-files.ts';

const model = 'model.safetensors';

vi.setConfig({ testTimeout: 30_000 }); // hundreds of small files a test, on a disk that others use too

async function openStore(dir: string, more: Partial<Parameters<typeof FileStore.open>[0]> = {}) {
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const store = await FileStore.open({ dir, onWarning, heartbeatMs: 0, files: new StepFiles(), ...more });
  onTestFinished(() => store.close().catch(() => {}));
  return { store, warnings };
}

function projectPath(dir: string, ...more: string[]): string {
  return join(dir, 'projects', projectNameOf('7'), ...more);
}

/** A directory in which project 7 has versions with the given texts, the last one current; the store is closed. */
async function storeWith(...texts: string[]) {
  const dir = emptyDirectory();
  const { store } = await openStore(dir);
  const names: string[] = [];
  for (const text of texts) names.push((await store.put('7', version(text, names.at(-1) ?? null))).version);
  await store.setCurrent('7', names.at(-1)!);
  await store.close();
  return { dir, names };
}

modelStoreSuite('file store', async () => {
  const clock = new Clock();
  const { store } = await openStore(emptyDirectory(), { now: clock.now, files: nodeFiles });
  return {
    store,
    setTime: (ms) => {
      clock.time = ms;
    },
  };
});

describe('opened again', () => {
  test('everything is still there, without a warning', async () => {
    const { dir, names } = await storeWith('one', 'two');
    const { store, warnings } = await openStore(dir);
    expect((await store.current('7'))?.version).toBe(names[1]);
    expect((await store.versions('7')).map((record) => record.version)).toEqual(names.toReversed());
    expect(await store.projects()).toEqual(['7']);
    expect(await store.problem()).toBeNull();
    expect(warnings).toEqual([]);
  });

  test('a counter is not used twice though its version was removed, or deleted by hand', async () => {
    const { dir, names } = await storeWith('one', 'two', 'three');
    rmSync(projectPath(dir, names[2]!), { recursive: true });
    rmSync(projectPath(dir, 'current.json'));
    const first = await openStore(dir);
    await first.store.setCurrent('7', names[0]!);
    await first.store.remove('7', names[1]!);
    await first.store.close();
    const { store } = await openStore(dir);
    expect((await store.put('7', version('four'))).version).toMatch(/^v000004-/);
  });

  test('a counter is not used twice though the book is damaged', async () => {
    const { dir } = await storeWith('one', 'two');
    await flipBit(projectPath(dir, 'project.json'), 40);
    const { store, warnings } = await openStore(dir);
    expect((await store.put('7', version('three'))).version).toMatch(/^v000003-/);
    expect(warnings.filter((warning) => warning.includes('project.json'))).toHaveLength(1);
    expect(await store.projects()).toEqual(['7']);
  });

  test('files of a deleted project stay for the grace time and no longer', async () => {
    const { dir, names } = await storeWith('one');
    const clock = new Clock();
    const { store } = await openStore(dir, { now: clock.now, graceMs: 1000 });
    await store.deleteProject('7');
    await store.purge();
    expect(existsSync(projectPath(dir, names[0]!))).toBe(true);
    clock.advance(1000);
    await store.purge();
    expect(existsSync(projectPath(dir, names[0]!))).toBe(false);
    expect((await store.put('7', version('two'))).version).toMatch(/^v000002-/);
  });
});

describe('F9 F10 damaged files', () => {
  test('F9 any bit flipped in a model is seen, and the version before it serves', async () => {
    const { dir, names } = await storeWith('one', 'two two two');
    for (let byte = 0; byte < 11; byte++) {
      const path = projectPath(dir, names[1]!, model);
      await flipBit(path, byte, byte % 8);
      const { store, warnings } = await openStore(dir);
      expect((await store.current('7'))?.version).toBe(names[0]);
      expect(await codeOf(store.read('7', names[1]!, model))).toBe('BAD_MODEL');
      expect(warnings.filter((warning) => warning.includes('checksum'))).toHaveLength(1);
      await store.close();
      await flipBit(path, byte, byte % 8);
    }
    const { store } = await openStore(dir);
    expect((await store.current('7'))?.version).toBe(names[1]);
  });

  test.each(['project.json', 'current.json'])(
    'F9 any bit flipped in %s leaves a sound version serving',
    async (file) => {
      const { dir, names } = await storeWith('one', 'two');
      const { size } = await new StepFiles().lstat(projectPath(dir, file));
      for (let byte = 0; byte < size; byte += 13) {
        await flipBit(projectPath(dir, file), byte, byte % 8);
        const { store, warnings } = await openStore(dir);
        expect((await store.current('7'))?.version).toBe(names[1]);
        expect(warnings.length).toBeGreaterThan(0);
        await store.close();
        await flipBit(projectPath(dir, file), byte, byte % 8);
      }
    },
  );

  test('F9 any bit flipped in a record makes the version before it serve', async () => {
    const { dir, names } = await storeWith('one', 'two');
    const path = projectPath(dir, names[1]!, 'version.json');
    const { size } = await new StepFiles().lstat(path);
    for (let byte = 0; byte < size; byte += 29) {
      await flipBit(path, byte, byte % 8);
      const { store } = await openStore(dir);
      expect((await store.current('7'))?.version).toBe(names[0]);
      expect(await codeOf(store.read('7', names[1]!, model))).toBe('BAD_MODEL');
      await store.close();
      await flipBit(path, byte, byte % 8);
    }
  });

  test('F10 a model cut anywhere is refused', async () => {
    const { dir, names } = await storeWith('one', 'two');
    const { store } = await openStore(dir);
    for (const length of [2, 1, 0]) {
      truncateSync(projectPath(dir, names[1]!, model), length);
      expect(await codeOf(store.read('7', names[1]!, model))).toBe('BAD_MODEL');
      expect((await store.current('7'))?.version).toBe(names[0]);
    }
  });

  test('F13 a pointer to a version that is not there', async () => {
    const { dir, names } = await storeWith('one', 'two', 'three');
    rmSync(projectPath(dir, names[2]!), { recursive: true });
    const { store, warnings } = await openStore(dir);
    expect((await store.current('7'))?.version).toBe(names[1]);
    await store.current('7');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(names[1]);
  });

  test('F13 a pointer that was deleted', async () => {
    const { dir, names } = await storeWith('one', 'two');
    rmSync(projectPath(dir, 'current.json'));
    const { store, warnings } = await openStore(dir);
    expect((await store.current('7'))?.version).toBe(names[1]);
    expect(warnings).toHaveLength(1);
  });

  test('a damaged version does not bring back a newer one that was rolled back from', async () => {
    const { dir, names } = await storeWith('one', 'two', 'three');
    const first = await openStore(dir);
    await first.store.setCurrent('7', names[1]!);
    await first.store.close();
    await flipBit(projectPath(dir, names[1]!, model), 0);
    const { store } = await openStore(dir);
    expect((await store.current('7'))?.version).toBe(names[0]);
  });

  test('F14 with all versions bad the project starts untrained, its files are kept, and training works', async () => {
    const { dir, names } = await storeWith('one', 'two');
    for (const name of names) await flipBit(projectPath(dir, name, model), 0);
    const { store, warnings } = await openStore(dir);
    expect(await store.current('7')).toBeNull();
    expect(warnings.some((warning) => warning.includes('untrained'))).toBe(true);
    const put = await store.put('7', version('three'));
    await store.setCurrent('7', put.version, null);
    expect((await store.current('7'))?.version).toBe(put.version);
    expect(readdirSync(projectPath(dir))).toEqual(expect.arrayContaining(names));
  });
});

describe('F12 things that are not ours', () => {
  test('F12 links, pipes, directories and files are ignored with one warning each and left where they are', async () => {
    const { dir, names } = await storeWith('one');
    const outside = emptyDirectory();
    writeFileSync(join(outside, 'secret'), 'secret');
    const strange = 'v000009-20261124T211500-00000';
    symlinkSync(outside, projectPath(dir, `${strange}0`));
    makePipe(projectPath(dir, `${strange}1`));
    mkdirSync(projectPath(dir, `${strange}2`));
    writeFileSync(projectPath(dir, `${strange}3`), '');
    writeFileSync(projectPath(dir, 'notes.txt'), 'mine');
    symlinkSync(outside, join(dir, 'projects', projectNameOf('8')));
    mkdirSync(join(dir, 'projects', 'holiday'));
    writeFileSync(join(dir, 'todo.txt'), '');
    const before = readdirSync(dir, { recursive: true }).length;
    const { store, warnings } = await openStore(dir);
    for (let round = 0; round < 2; round++) {
      expect((await store.current('7'))?.version).toBe(names[0]);
      expect((await store.versions('7')).map((record) => record.version)).toEqual(names);
      expect(await store.projects()).toEqual(['7']);
      expect(await store.current('8')).toBeNull();
    }
    expect(new Set(warnings).size).toBe(warnings.length);
    for (const name of [
      `${strange}0`,
      `${strange}1`,
      `${strange}2`,
      `${strange}3`,
      'notes.txt',
      'holiday',
      'todo.txt',
    ]) {
      expect(warnings.filter((warning) => warning.includes(name))).toHaveLength(1);
    }
    expect(await codeOf(store.put('8', version('x')))).toBe('IO_FAILED');
    await store.close();
    expect(readdirSync(dir, { recursive: true }).length).toBe(before); // the lock came and went
    expect(readdirSync(outside)).toEqual(['secret']);
  });

  test.each(['project.json', 'state.json', 'current.json'])(
    'F12 a link or a pipe in place of %s is not followed',
    async (file) => {
      for (const kind of ['link', 'pipe', 'directory']) {
        const { dir, names } = await storeWith('one');
        const path = projectPath(dir, file);
        const elsewhere = join(emptyDirectory(), 'x');
        if (existsSync(path)) renameSync(path, elsewhere);
        if (kind === 'link') symlinkSync(elsewhere, path);
        else if (kind === 'pipe') makePipe(path);
        else mkdirSync(path);
        const { store, warnings } = await openStore(dir);
        expect((await store.current('7'))?.version).toBe(names[0]);
        expect(await store.getState('7')).toEqual({});
        expect(warnings.some((warning) => warning.includes(file))).toBe(true);
      }
    },
  );

  test('F12 a model file that is a link is not read', async () => {
    const { dir, names } = await storeWith('one');
    const path = projectPath(dir, names[0]!, model);
    const elsewhere = join(emptyDirectory(), 'x');
    renameSync(path, elsewhere);
    symlinkSync(elsewhere, path);
    const { store } = await openStore(dir);
    expect(await store.current('7')).toBeNull();
    expect(await codeOf(store.read('7', names[0]!, model))).toBe('BAD_MODEL');
  });

  test('a version with somebody else’s file in it is not pruned', async () => {
    const { dir, names } = await storeWith('one', 'two');
    writeFileSync(projectPath(dir, names[0]!, 'mine.txt'), 'mine');
    const { store, warnings } = await openStore(dir);
    expect(await store.prune('7', 1)).toEqual([]);
    expect(existsSync(projectPath(dir, names[0]!, 'mine.txt'))).toBe(true);
    expect(warnings.some((warning) => warning.includes('mine.txt'))).toBe(true);
    expect(await codeOf(store.remove('7', names[0]!))).toBe('CONFLICT');
  });

  test('F15 a version or a book of the next format is refused by name', async () => {
    const { encodeChecked } = await import('../../src/store/checked-json.ts');
    const { dir, names } = await storeWith('one', 'two');
    const record = { format: 2, version: names[1], project: '7', files: {} };
    writeFileSync(projectPath(dir, names[1]!, 'version.json'), encodeChecked(record));
    const { store, warnings } = await openStore(dir);
    expect((await store.current('7'))?.version).toBe(names[0]);
    expect(warnings.some((warning) => warning.includes('format 2'))).toBe(true);
    writeFileSync(projectPath(dir, 'project.json'), encodeChecked({ format: 2, id: '7' }));
    await expect(store.current('7')).rejects.toThrow(/format 2; this Sparrow reads 1/);
  });
});

describe('F5 F7 F8 a disk that says no', () => {
  test('F5 a full disk at any step of a save is "no space", leaves nothing, and passes', async () => {
    const { dir, names } = await storeWith('one');
    const steps = await countSteps();
    const files = new StepFiles();
    const { store } = await openStore(dir, { files });
    for (let at = 1; at <= steps; at++) {
      files.arm({ kind: 'fail', code: 'ENOSPC' }, at);
      const error = await saveTwo(store).catch((error) => error);
      expect(error).toMatchObject({ code: 'NO_SPACE', message: expect.stringContaining(`MODEL_DIR (${dir})`) });
      expect(leftovers(dir)).toEqual([]);
      const isSyncOfPointer = at === steps; // the pointer has moved by then
      expect((await store.current('7'))?.version === names[0]).toBe(!isSyncOfPointer);
      expect(await store.problem()).toBeNull();
    }
    const retried = await saveTwo(store);
    expect((await store.current('7'))?.version).toBe(retried.version);
  });

  test.each(['EDQUOT', 'EFBIG'])('F5 F6 %s is "no space" too', async (code) => {
    const { dir } = await storeWith('one');
    const files = new StepFiles();
    const { store } = await openStore(dir, { files });
    files.arm({ kind: 'fail', code }, 2);
    expect(await codeOf(saveTwo(store))).toBe('NO_SPACE');
  });

  test.each(['EACCES', 'EROFS', 'EIO'])('F7 %s names MODEL_DIR and the old model serves', async (code) => {
    const { dir, names } = await storeWith('one');
    const files = new StepFiles();
    const { store } = await openStore(dir, { files });
    files.arm({ kind: 'fail', code }, 2);
    await expect(saveTwo(store)).rejects.toMatchObject({
      code: 'IO_FAILED',
      message: expect.stringContaining('MODEL_DIR'),
    });
    expect((await store.current('7'))?.version).toBe(names[0]);
    await saveTwo(store);
  });

  test('F7 a directory that vanishes while running is said, and made again by the next write', async () => {
    const { dir, names } = await storeWith('one');
    const clock = new Clock();
    const { store } = await openStore(dir, { now: clock.now });
    await store.put('7', version('two'));
    rmSync(dir, { recursive: true });
    expect(await store.current('7')).toBeNull();
    expect(await store.problem()).toContain('MODEL_DIR');
    clock.advance(5000);
    const put = await store.put('7', version('three'));
    expect(put.version).toMatch(/^v000003-/); // remembered, though every trace on the disk is gone
    expect(put.version > names[0]!).toBe(true);
    expect(await store.problem()).toBeNull();
  });

  test.skipIf(process.getuid?.() === 0)('F7 a read-only directory is read, and said to be so', async () => {
    const { dir, names } = await storeWith('one');
    for (const path of [dir, projectPath(dir)]) chmodSync(path, 0o500);
    const { store, warnings } = await openStore(dir);
    expect((await store.current('7'))?.version).toBe(names[0]);
    expect(warnings).toHaveLength(1);
    expect(await store.problem()).toContain('EACCES');
    expect(await codeOf(store.put('7', version('two')))).toBe('IO_FAILED');
    for (const path of [dir, projectPath(dir)]) chmodSync(path, 0o700);
    await saveTwo(store);
  });

  test('F8 short writes are continued', async () => {
    const { dir } = await storeWith('one');
    const steps = await countSteps();
    const files = new StepFiles();
    const { store } = await openStore(dir, { files });
    for (let at = 1; at <= steps; at++) {
      files.arm({ kind: 'short' }, at);
      const put = await saveTwo(store);
      expect(Buffer.from(await store.read('7', put.version, model)).toString()).toBe('two');
      expect((await store.current('7'))?.version).toBe(put.version);
    }
  });
});

describe('F1 F2 the order of the steps', () => {
  test('F2 a save is temporary, fsync, rename, fsync of the directory, and the pointer last by the same four', async () => {
    const { dir } = await storeWith('one');
    const files = new StepFiles();
    const { store } = await openStore(dir, { files });
    files.calls.length = 0;
    const { version: name } = await saveTwo(store);
    const calls = files.calls.map((call) =>
      call.replace(/\.sparrow-[0-9a-f]+\.tmp/, 'TMP').replaceAll(name, 'VERSION'),
    );
    const folder = projectNameOf('7');
    const replace = (file: string) => [
      'open TMP',
      'write TMP',
      'sync TMP',
      `rename TMP ${file}`,
      `syncDirectory ${folder}`,
    ];
    const write = (file: string) => [`open ${file}`, `write ${file}`, `sync ${file}`];
    expect(calls).toEqual([
      ...replace('project.json'),
      'mkdir TMP',
      ...write(model),
      ...write('config.json'),
      ...write('version.json'),
      'syncDirectory TMP',
      'rename TMP VERSION',
      `syncDirectory ${folder}`,
      ...replace('current.json'),
    ]);
  });

  test.each(['crash', 'loss of power'])(
    'F1 F4 a %s at every step leaves the old version or the new one',
    async (kind) => {
      const steps = await countSteps();
      expect(steps).toBeGreaterThan(20);
      const template = await storeWith('one');
      for (let at = 1; at <= steps; at++) {
        const { dir, names } = copyOf(template);
        const files = new StepFiles();
        const dying = await openStore(dir, { files, processes: processNumbered(1) });
        files.arm({ kind: 'stop' }, at);
        await saveTwo(dying.store).catch(() => {});
        expect(files.isDown).toBe(true);
        if (kind !== 'crash') await files.losePower(dir);
        const { store } = await openStore(dir, { processes: processNumbered(2, [1]) });
        const current = await store.current('7');
        const text = Buffer.from(await store.read('7', current!.version, model)).toString();
        expect(current!.version === names[0] ? 'one' : 'two').toBe(text);
        expect(leftovers(dir)).toEqual([]);
        const seen = (await store.versions('7')).map((record) => record.version);
        const next = await saveTwo(store);
        expect(seen).not.toContain(next.version);
        expect(Number(next.version.slice(1, 7))).toBeGreaterThan(
          Math.max(...seen.map((name) => Number(name.slice(1, 7)))),
        );
        expect((await store.current('7'))?.version).toBe(next.version);
        await store.close();
      }
    },
  );

  test.each(['prune', 'deleteProject'] as const)(
    'F1 a crash at every step of %s leaves a store that works',
    async (work) => {
      const template = await storeWith('one', 'two');
      for (let at = 1; ; at++) {
        const { dir, names } = copyOf(template);
        const files = new StepFiles();
        const dying = await openStore(dir, { files, processes: processNumbered(1) });
        files.arm({ kind: 'stop' }, at);
        await (work === 'prune' ? dying.store.prune('7', 1) : dying.store.deleteProject('7')).catch(() => {});
        if (!files.isDown) break;
        const { store } = await openStore(dir, { processes: processNumbered(2, [1]) });
        const current = await store.current('7');
        expect(work === 'prune' ? [names[1]] : [names[1], undefined]).toContain(current?.version);
        expect(leftovers(dir)).toEqual([]);
        await store.close();
      }
    },
  );
});

async function saveTwo(store: FileStore) {
  const put = await store.put('7', version('two'));
  await store.setCurrent('7', put.version);
  return put;
}

function copyOf({ dir, names }: { dir: string; names: string[] }) {
  const copy = emptyDirectory();
  cpSync(dir, copy, { recursive: true });
  return { dir: copy, names };
}

/** How many changes a save makes. */
async function countSteps(): Promise<number> {
  const { dir } = await storeWith('one');
  const files = new StepFiles();
  const { store } = await openStore(dir, { files });
  files.calls.length = 0;
  await saveTwo(store);
  return files.calls.length;
}

function leftovers(dir: string): string[] {
  return readdirSync(dir, { recursive: true }).filter((name) => String(name).includes('.sparrow-')) as string[];
}

test('a directory is found again under a name that says which project it is', () => {
  expect(projectNameOf('7')).toMatch(/^7-[0-9a-f]{16}$/);
  expect(projectNameOf('News / Sport!')).toMatch(/^news-sport-[0-9a-f]{16}$/);
  expect(dirname(projectNameOf('../../etc'))).toBe('.');
});
