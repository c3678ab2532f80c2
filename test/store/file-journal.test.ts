// The journal in files: the common rules, then crashes, bad disks, compaction, and others who read meanwhile.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { FileJournal } from '../../src/store/file-journal.ts';
import { nodeFiles } from '../../src/store/files.ts';
import type { JournalRecord } from '../../src/store/journal.ts';
import { checksumOf, encodeLine, tableChecksumOf } from '../../src/store/journal-line.ts';
import { MemoryJournal } from '../../src/store/memory-journal.ts';
import { projectNameOf } from '../../src/store/project-name.ts';
import { WriterLock } from '../../src/store/writer-lock.ts';
import {
  all,
  annotation,
  deletion,
  journalSuite,
  labels,
  randomFrom,
  randomRecords,
  task,
} from '../conformance/journal.ts';
import { codeOf } from '../conformance/model-store.ts';
import { Clock, emptyDirectory, makePipe, processNumbered } from './places.ts';
import { flipBit, StepFiles } from './step-files.ts';

vi.setConfig({ testTimeout: 30_000 }); // hundreds of small files a test, on a disk that others use too

async function openJournal(dir: string, more: Partial<Parameters<typeof FileJournal.open>[0]> = {}) {
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const journal = await FileJournal.open({ dir, onWarning, files: new StepFiles(), ...more });
  onTestFinished(() => journal.close().catch(() => {}));
  return { journal, warnings };
}

function journalPath(dir: string, project = '7'): string {
  return join(dir, `${projectNameOf(project)}.journal`);
}

/** Three labelled tasks, each in an append of its own; closed. */
async function journalWithThree() {
  const dir = emptyDirectory();
  const { journal } = await openJournal(dir);
  for (const id of ['1', '2', '3']) await journal.append('7', [task(id), annotation(id, id, 0)]);
  await journal.close();
  return { dir, path: journalPath(dir) };
}

journalSuite('file journal', async () => {
  const dir = emptyDirectory();
  const { journal } = await openJournal(dir);
  return {
    journal,
    reopen: async () => (await openJournal(dir, { readOnly: true })).journal,
  };
});

describe('the file', () => {
  test('each line is a checksum and a record, and the first says whose journal it is', async () => {
    const { path } = await journalWithThree();
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(7);
    expect(JSON.parse(lines[0]!.slice(9))).toEqual({ t: 'journal', format: 1, project: '7' });
    for (const line of lines) expect(line).toMatch(/^[0-9a-f]{8}[ +]\{/);
    expect(lines.map((line) => line[8]).join('')).toBe(' + + + ');
  });

  test('the two ways to a checksum agree with the published value', () => {
    expect(tableChecksumOf(Buffer.from('123456789'))).toBe(0xcbf43926);
    for (const text of ['', 'a', 'naïve 😀', 'x'.repeat(1000)]) {
      expect(tableChecksumOf(Buffer.from(text))).toBe(checksumOf(Buffer.from(text)));
    }
  });

  test('what changes nothing is not written', async () => {
    const { dir, path } = await journalWithThree();
    const { size } = statSync(path);
    const { journal } = await openJournal(dir);
    await journal.append('7', [task('1'), annotation('1', '1', 0), annotation('1', '1', -5, 'Politics')]);
    expect(statSync(path).size).toBe(size);
  });

  test('concurrent appends share one sync', async () => {
    const files = new StepFiles();
    const { journal } = await openJournal(emptyDirectory(), { files });
    await journal.append('7', [task('0')]);
    files.calls.length = 0;
    await Promise.all(Array.from({ length: 64 }, (_, i) => journal.append('7', [task(String(i + 1))])));
    expect(files.calls.filter((call) => call.startsWith('datasync')).length).toBeLessThanOrEqual(2);
  });

  test('an append is written and synced before it resolves, a repeated one waits for the first', async () => {
    const files = new StepFiles();
    const { journal } = await openJournal(emptyDirectory(), { files });
    await journal.append('7', [task('0')]);
    files.calls.length = 0;
    const first = journal.append('7', [task('1')]).then(() => files.calls.at(-1));
    const second = journal.append('7', [task('1')]).then(() => files.calls.at(-1));
    expect(await Promise.all([first, second])).toEqual(Array(2).fill(expect.stringMatching(/^datasync/)));
  });
});

describe('crashes', () => {
  test('a torn last line is cut off with a warning and kept aside, wherever it is torn', async () => {
    const { path } = await journalWithThree();
    const bytes = readFileSync(path);
    const whole = bytes.subarray(0, -1).lastIndexOf('\n') + 1;
    for (let length = whole + 1; length < bytes.length; length += 9) {
      const dir = emptyDirectory();
      writeFileSync(journalPath(dir), bytes.subarray(0, length));
      const { journal, warnings } = await openJournal(dir);
      expect(await labels(journal)).toEqual(['1 Sport', '2 Sport']); // the third append lost its second line, so all
      expect(warnings).toEqual([expect.stringContaining('not wholly written')]);
      expect(statSync(`${journalPath(dir)}.aside`).size).toBeGreaterThan(0);
      await journal.append('7', [task('3'), annotation('3', '3', 0)]);
      await journal.close();
      expect(readFileSync(journalPath(dir))).toEqual(bytes);
    }
  });

  test('an append of which a crash left a part counts as not made', async () => {
    const dir = emptyDirectory();
    const { journal } = await openJournal(dir);
    await journal.append('7', [task('1'), annotation('1', '1', 0)]);
    const { size } = statSync(journalPath(dir));
    await journal.append('7', [{ t: 'reset' }, task('2'), annotation('2', '2', 0), task('3')]);
    await journal.close();
    const lines = readFileSync(journalPath(dir)).subarray(size).toString().split('\n');
    for (const kept of [1, 2, 3]) {
      truncateSync(journalPath(dir), size);
      writeFileSync(
        journalPath(dir),
        lines
          .slice(0, kept)
          .map((line) => `${line}\n`)
          .join(''),
        { flag: 'a' },
      );
      const again = await openJournal(dir);
      expect(await labels(again.journal)).toEqual(['1 Sport']);
      await again.journal.close();
    }
  });

  test('a bad line in the middle is skipped with a warning and kept aside, and the file is mended', async () => {
    const { dir, path } = await journalWithThree();
    const second = readFileSync(path).indexOf('"id":"2"');
    await flipBit(path, second + 6);
    const bad = readFileSync(path, 'utf8').split('\n')[3]!;
    const first = await openJournal(dir);
    expect(await all(first.journal)).toMatchObject([{ id: '1' }, { id: '2', data: null }, { id: '3' }]);
    expect(first.warnings).toEqual([expect.stringContaining('1 damaged lines')]);
    expect(readFileSync(`${path}.aside`, 'utf8')).toBe(`${bad}\n`);
    await first.journal.append('7', [task('4'), annotation('4', '4', 0)]);
    await first.journal.close();
    const again = await openJournal(dir);
    expect(await labels(again.journal)).toEqual(['1 Sport', '3 Sport', '4 Sport', '2 Sport'].sort());
    expect(again.warnings).toEqual([]);
  });

  test('F9 one bit flipped anywhere loses at most the append it is in', async () => {
    const { path } = await journalWithThree();
    const bytes = readFileSync(path);
    for (let byte = 0; byte < bytes.length; byte += 41) {
      const dir = emptyDirectory();
      const copy = Buffer.from(bytes);
      copy[byte] = copy[byte]! ^ (1 << (byte % 8));
      writeFileSync(journalPath(dir), copy);
      const { journal } = await openJournal(dir);
      const found = await labels(journal);
      expect(found.length).toBeGreaterThanOrEqual(2);
      for (const label of found) expect(['1 Sport', '2 Sport', '3 Sport']).toContain(label);
      await journal.append('7', [annotation('9', '9', 0)]);
      await journal.close();
      const again = await openJournal(dir);
      expect((await labels(again.journal)).sort()).toEqual([...found, '9 Sport'].sort());
    }
  });

  test.each(['crash', 'loss of power'])('F1 after a %s at any step what was acknowledged is there', async (kind) => {
    for (let at = 1; ; at++) {
      const dir = emptyDirectory();
      const files = new StepFiles();
      const dying = await openJournal(dir, { files, lock: await lockOf(dir, 1) });
      files.arm({ kind: 'stop' }, at);
      const acknowledged: string[] = [];
      for (const id of ['1', '2', '3', '4']) {
        const append = dying.journal.append('7', [task(id), annotation(id, id, 0)]);
        await append.then(() => acknowledged.push(`${id} Sport`)).catch(() => {});
      }
      if (!files.isDown) break;
      if (kind !== 'crash') await files.losePower(dir);
      const { journal } = await openJournal(dir, { lock: await lockOf(dir, 2, [1]) });
      const found = await labels(journal);
      expect(found).toEqual(expect.arrayContaining(acknowledged));
      expect(found.length - acknowledged.length).toBeLessThanOrEqual(1);
    }
  });
});

async function lockOf(dir: string, pid: number, dead: number[] = []): Promise<WriterLock> {
  return WriterLock.open({ dir, processes: processNumbered(pid, dead), heartbeatMs: 0 });
}

describe('a disk that says no', () => {
  test.each(['ENOSPC', 'EFBIG', 'EDQUOT', 'EIO'])(
    'F5 F8 %s refuses the append, keeps what was, and passes',
    async (code) => {
      const { dir, path } = await journalWithThree();
      const { size } = statSync(path);
      const files = new StepFiles();
      const { journal } = await openJournal(dir, { files });
      await journal.counts('7');
      for (const at of [1, 2]) {
        files.arm({ kind: 'fail', code }, at); // the write, then the sync
        const appends = ['4', '5'].map((id) => codeOf(journal.append('7', [task(id), annotation(id, id, 0)])));
        const expected = code === 'EIO' ? 'IO_FAILED' : 'NO_SPACE';
        expect(await Promise.all(appends)).toEqual([expected, expected]);
        expect(statSync(path).size).toBe(size);
        expect(await labels(journal)).toEqual(['1 Sport', '2 Sport', '3 Sport']);
      }
      expect(await journal.append('7', [task('4'), annotation('4', '4', 0)])).toMatchObject({ changed: 2 });
      expect(await labels(journal)).toHaveLength(4);
    },
  );

  test('F8 short writes are continued', async () => {
    const dir = emptyDirectory();
    const files = new StepFiles();
    const { journal } = await openJournal(dir, { files });
    for (let id = 0; id < 10; id++) {
      files.arm({ kind: 'short' }, 1 + (id % 3));
      await journal.append('7', [task(`${id}`), annotation(`${id}`, `${id}`, 0)]);
    }
    await journal.close();
    const again = await openJournal(dir);
    expect(await labels(again.journal)).toHaveLength(10);
    expect(again.warnings).toEqual([]);
  });

  test('F7 a journal deleted under its writer is begun again, and nothing is acknowledged into the void', async () => {
    const dir = emptyDirectory();
    const { journal } = await openJournal(join(dir, 'journal'));
    await journal.append('7', [task('1'), annotation('1', '1', 0)]);
    rmSync(journalPath(join(dir, 'journal')));
    expect(await journal.append('7', [task('2'), annotation('2', '2', 0)])).toMatchObject({ changed: 2 });
    const reader = await openJournal(join(dir, 'journal'), { readOnly: true });
    expect(await labels(reader.journal)).toEqual(['2 Sport']);
  });

  test('F7 a directory that vanishes is made again', async () => {
    const dir = join(emptyDirectory(), 'journal');
    const clock = new Clock();
    const { journal } = await openJournal(dir, { now: clock.now });
    await journal.append('7', [task('1')]);
    rmSync(dir, { recursive: true });
    clock.advance(5000);
    await journal.append('7', [task('2'), annotation('2', '2', 0)]);
    expect(await labels(journal)).toEqual(['2 Sport']);
  });

  test('more waiting than the bound is refused as busy, and what waits is kept', async () => {
    const { journal } = await openJournal(emptyDirectory(), { maxWaitingRecords: 10 });
    const codes = await Promise.all(
      Array.from({ length: 20 }, (_, i) => codeOf(journal.append('7', [task(String(i))]))),
    );
    expect(codes.filter((code) => code === 'none')).toHaveLength(10);
    expect(codes.filter((code) => code === 'BUSY')).toHaveLength(10);
    expect(await codeOf(journal.append('7', [task('99')]))).toBe('none');
  });

  test('more waiting bytes than the bound are refused as busy', async () => {
    const { journal } = await openJournal(emptyDirectory(), { maxWaitingBytes: 1000 });
    const long = journal.append('7', [task('1', 'x'.repeat(2000))]); // one that is too long alone is let in
    const late = codeOf(journal.append('7', [task('2')]));
    expect(await late).toBe('BUSY');
    expect(await long).toMatchObject({ changed: 1 });
    expect(await codeOf(journal.append('7', [task('2')]))).toBe('none');
  });
});

describe('compaction', () => {
  const long = 'x'.repeat(60_000);

  /** Changes one text until most of the file is dead. */
  async function wear(journal: FileJournal, rounds = 60): Promise<void> {
    for (let round = 0; round < rounds; round++) await journal.append('7', [task('1', `${round} ${long}`)]);
  }

  test('a file that is mostly dead is written anew, and appends and readers go on', async () => {
    const dir = emptyDirectory();
    const { journal, warnings } = await openJournal(dir);
    const records = [
      task('1'),
      annotation('10', '1', 0),
      task('2'),
      annotation('20', '2', 0),
      deletion('99', 1),
      task('3'),
    ];
    await journal.append('7', [...records, { t: 'task-deleted', id: '4' }]);
    const reader = journal.tasks('7');
    await reader.next();
    await wear(journal);
    expect(statSync(journalPath(dir)).size).toBeLessThan(1_500_000);
    expect(await labels(journal)).toEqual(['1 Sport', '2 Sport']);
    expect((await reader.next()).value).toMatchObject({ id: '2' });
    await reader.return(undefined);
    await journal.close();
    expect(warnings).toEqual([]);
    expect(readdirSync(dir).filter((name) => name.includes('.tmp'))).toEqual([]);
    const again = await openJournal(dir);
    expect(again.warnings).toEqual([]);
    expect(await all(again.journal)).toMatchObject([{ id: '1', data: { text: `59 ${long}` } }, { id: '2' }]);
    const late = [annotation('99', '2', 0), annotation('40', '4', 0), annotation('10', '1', -1, 'Politics')];
    expect(await again.journal.append('7', late)).toMatchObject({ changed: 0 });
  });

  /** Three writers at once, each changing the text of its task; tells each text that was acknowledged. */
  function wearTogether(journal: FileJournal, rounds: number, acknowledge: (id: number, round: number) => void) {
    const wearOne = async (id: number) => {
      for (let round = 0; round < rounds; round++) {
        await journal.append('7', [task(`${id}`, `${round} ${long}`)]);
        acknowledge(id, round);
      }
    };
    return Promise.all([0, 1, 2].map(wearOne));
  }

  const labelled = [annotation('10', '0', 0), annotation('11', '1', 0), annotation('12', '2', 0)];

  test.each(['crash', 'loss of power'])(
    'F1 a %s at any step of writing anew loses nothing acknowledged',
    async (kind) => {
      for (let at = 1; at <= 14; at++) {
        const dir = emptyDirectory();
        const files = new StepFiles();
        const dying = await openJournal(dir, { files, lock: await lockOf(dir, 1) });
        await dying.journal.append('7', labelled);
        files.arm({ kind: 'stop' }, at, /^open \.sparrow/);
        const last = [-1, -1, -1];
        const wearing = wearTogether(dying.journal, 60, (id, round) => {
          last[id] = round;
        });
        await wearing.catch(() => {});
        expect(files.isDown).toBe(true);
        if (kind !== 'crash') await files.losePower(dir);
        const { journal, warnings } = await openJournal(dir, { lock: await lockOf(dir, 2, [1]) });
        const texts = (await all(journal)).map(({ data }) => (data as { text: string }).text);
        for (const [id, round] of last.entries()) {
          expect([`${round} ${long}`, `${round + 1} ${long}`]).toContain(texts[id]);
        }
        expect(warnings.filter((warning) => warning.includes('damaged'))).toEqual([]);
        expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      }
    },
  );

  test('readers that begin at any moment while files are exchanged find every task whole', async () => {
    const { journal, warnings } = await openJournal(emptyDirectory());
    await journal.append('7', [...labelled, task('0', ''), task('1', ''), task('2', '')]);
    const readings: Promise<unknown[]>[] = [];
    const wearAndRead = async (id: string) => {
      for (let round = 0; round < 80; round++) {
        const append = journal.append('7', [task(id, `${round} ${long}`)]);
        readings.push(all(journal).then((found) => found.map(({ id, data }) => data && id)));
        await append;
      }
    };
    await Promise.all(['0', '1', '2'].map(wearAndRead));
    for (const found of await Promise.all(readings)) expect(found).toEqual(['0', '1', '2']);
    expect(warnings).toEqual([]);
  });

  test('a compaction that fails is said, and appends go on', async () => {
    const dir = emptyDirectory();
    const files = new StepFiles();
    const create = files.open;
    files.open = (path, mode) =>
      mode === 'create' && !path.includes('lock') && existsSync(journalPath(dir))
        ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))
        : create(path, mode);
    const { journal, warnings } = await openJournal(dir, { files });
    await journal.append('7', [annotation('10', '1', 0)]);
    await wear(journal, 30);
    expect(warnings).toEqual([expect.stringContaining('no space left')]);
    expect(await all(journal)).toMatchObject([{ data: { text: `29 ${long}` } }]);
  });

  test('random records with restarts and compactions end as in memory', async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const random = randomFrom(seed);
      const dir = emptyDirectory();
      const memory = new MemoryJournal();
      let { journal } = await openJournal(dir);
      for (let round = 0; round < 40; round++) {
        const records = randomRecords(random(8), random);
        if (random(12) === 0) records.unshift({ t: 'reset' });
        if (random(2) === 0) records.push(task('1', `${random(9)}${'x'.repeat(200_000)}`));
        const [a, b] = await Promise.all([journal.append('7', records), memory.append('7', records)]);
        expect(a, `seed ${seed} round ${round}`).toEqual(b);
        if (random(8) === 0) {
          await journal.close();
          ({ journal } = await openJournal(dir));
        }
      }
      expect(await journal.counts('7')).toEqual(await memory.counts('7'));
      expect(byId(await all(journal)), `seed ${seed}`).toEqual(byId(await all(memory)));
      await journal.close();
    }
  });

  function byId(tasks: { id: string; annotations: unknown[] }[]) {
    const order = (a: { id?: unknown }, b: { id?: unknown }) => (String(a.id) < String(b.id) ? -1 : 1);
    return tasks
      .map((task) => ({ ...task, annotations: (task.annotations as { id: string }[]).sort(order) }))
      .sort(order);
  }
});

describe('others', () => {
  test('a reader beside the writer sees what is wholly written, each time anew', async () => {
    const { dir, path } = await journalWithThree();
    const { journal } = await openJournal(dir);
    const reader = await openJournal(dir, { readOnly: true });
    expect(await labels(reader.journal)).toHaveLength(3);
    await journal.append('7', [task('4'), annotation('4', '4', 0)]);
    expect(await reader.journal.counts('7')).toEqual({ tasks: 4, annotations: 4 });
    writeFileSync(path, encodeLine(task('5')).bytes.subarray(0, 20), { flag: 'a' });
    expect(await labels(reader.journal)).toHaveLength(4);
    expect(reader.warnings).toEqual([]);
    expect(await codeOf(reader.journal.append('7', [task('6')]))).toBe('CONFLICT');
  });

  test('F16 a second process reads the journal and may not append until the first is done', async () => {
    const { dir } = await journalWithThree();
    const first = await openJournal(dir, { lock: await lockOf(dir, 1) });
    const secondLock = await lockOf(dir, 2);
    const second = await openJournal(dir, { lock: secondLock });
    expect(await labels(second.journal)).toHaveLength(3);
    expect(await codeOf(second.journal.append('7', [task('4')]))).toBe('CONFLICT');
    await first.journal.append('7', [task('4'), annotation('4', '4', 0)]);
    expect(await labels(second.journal)).toHaveLength(4);
    rmSync(join(dir, 'writer.lock'));
    expect(await codeOf(second.journal.append('7', [task('5'), annotation('5', '5', 0)]))).toBe('none');
    expect(await labels(second.journal)).toHaveLength(5);
  });

  test('only so many projects are open, and all are served', async () => {
    const dir = emptyDirectory();
    let open = 0;
    let most = 0;
    const files = new StepFiles();
    const create = files.open;
    files.open = async (path, mode) => {
      const file = await create(path, mode);
      if (!path.endsWith('.journal')) return file;
      most = Math.max(most, ++open);
      return {
        ...file,
        close: () => {
          open--;
          return file.close();
        },
      };
    };
    const { journal } = await openJournal(dir, { files, maxOpenProjects: 3 });
    const ids = Array.from({ length: 12 }, (_, i) => `p${i}`);
    for (const round of [0, 1]) {
      for (const id of ids) await journal.append(id, [task('1'), annotation(String(round), '1', round)]);
    }
    for (const id of ids) expect(await labels(journal, id)).toEqual(['1 Sport', '1 Sport']);
    expect(most).toBeLessThanOrEqual(4);
    await journal.close();
    expect(open).toBe(0);
  });

  test('the file of a deleted project stays for the grace time and no longer', async () => {
    const { dir, path } = await journalWithThree();
    const clock = new Clock();
    const first = await openJournal(dir, { now: clock.now });
    await first.journal.deleteProject('7');
    expect(existsSync(path)).toBe(false);
    await first.journal.close();
    const kept = () => readdirSync(dir).filter((name) => name.includes('.deleted-'));
    await (await openJournal(dir, { now: clock.now, graceMs: 1000 })).journal.close();
    expect(kept()).toHaveLength(1);
    clock.advance(1000);
    await (await openJournal(dir, { now: clock.now, graceMs: 1000 })).journal.close();
    expect(kept()).toEqual([]);
  });

  test('F12 a link, a pipe or a directory in the place of a journal is refused and left', async () => {
    const elsewhere = join(emptyDirectory(), 'x');
    writeFileSync(elsewhere, 'mine');
    for (const make of [(path: string) => symlinkSync(elsewhere, path), makePipe, (path: string) => mkdirSync(path)]) {
      const dir = emptyDirectory();
      make(journalPath(dir));
      const { journal } = await openJournal(dir);
      expect(await codeOf(journal.append('7', [task('1')]))).toBe('IO_FAILED');
      expect(await codeOf(journal.counts('7'))).toBe('IO_FAILED');
      expect(readFileSync(elsewhere, 'utf8')).toBe('mine');
    }
  });

  test('F15 a journal of the next format, or of another project, is refused by name', async () => {
    const { dir, path } = await journalWithThree();
    renameSync(path, journalPath(dir, '8'));
    writeFileSync(path, encodeLine({ t: 'journal', format: 2, project: '7' }).bytes);
    const { journal } = await openJournal(dir);
    await expect(journal.append('7', [task('1')])).rejects.toThrow(/format 2; this Sparrow reads 1/);
    await expect(journal.counts('8')).rejects.toThrow(/belongs to project "7", not "8"/);
    expect(statSync(path).size).toBeGreaterThan(0);
  });

  test('asking about a project that has no journal makes none', async () => {
    const dir = emptyDirectory();
    const { journal } = await openJournal(dir);
    expect(await journal.counts('7')).toEqual({ tasks: 0, annotations: 0 });
    expect(await all(journal)).toEqual([]);
    expect(readdirSync(dir)).toEqual(['writer.lock']);
    await journal.append('7', [task('1'), annotation('1', '1', 0)]);
    expect(await journal.counts('7')).toEqual({ tasks: 1, annotations: 1 });
  });

  test('a line longer than any window is read', async () => {
    const dir = emptyDirectory();
    const { journal } = await openJournal(dir, { files: nodeFiles });
    const records: JournalRecord[] = [
      task('1', 'y'.repeat(3_000_000)),
      annotation('1', '1', 0),
      task('2'),
      annotation('2', '2', 0),
    ];
    await journal.append('7', records);
    const reader = await openJournal(dir, { readOnly: true, files: nodeFiles });
    const found = await all(reader.journal);
    expect(found.map(({ data }) => (data as { text: string }).text.length)).toEqual([3_000_000, 6]);
  });
});
