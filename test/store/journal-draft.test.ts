// Drafts of the journal in files: a new content that is written beside the one in use and takes its place in one step,
// whatever happens on the way.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { FileJournal } from '../../src/store/file-journal.ts';
import { MemoryJournal } from '../../src/store/memory-journal.ts';
import { projectNameOf } from '../../src/store/project-name.ts';
import { annotation, labels, randomFrom, randomRecords, task } from '../conformance/journal.ts';
import { codeOf } from '../conformance/model-store.ts';
import { emptyDirectory } from './places.ts';
import { StepFiles } from './step-files.ts';

vi.setConfig({ testTimeout: 30_000 });

async function openJournal(dir: string, more: Partial<Parameters<typeof FileJournal.open>[0]> = {}) {
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const journal = await FileJournal.open({ dir, onWarning, files: new StepFiles(), ...more });
  onTestFinished(() => journal.close().catch(() => {}));
  return { journal, warnings };
}

function journalPath(dir: string): string {
  return join(dir, `${projectNameOf('7')}.journal`);
}

/** Three labelled tasks; closed. */
async function journalWithThree() {
  const dir = emptyDirectory();
  const { journal } = await openJournal(dir);
  for (const id of ['1', '2', '3']) await journal.append('7', [task(id), annotation(id, id, 0)]);
  await journal.close();
  return { dir };
}

describe('a draft in a file', () => {
  const news = Array.from({ length: 40 }, (_, i) => [task(`n${i}`, 'x'.repeat(300)), annotation(`n${i}`, `n${i}`, 0)]);
  const names = news.map((_, i) => `n${i} Sport`);

  async function write(journal: FileJournal, project?: string): Promise<void> {
    const draft = await journal.draft(project);
    try {
      for (const records of news) await draft.add(records);
      await draft.commit('7');
    } finally {
      await draft.abandon().catch(() => {});
    }
  }

  test.each([['7'], [undefined]])(
    'F1 a crash at any step of a draft leaves the old or the new (%s)',
    async (project) => {
      const outcomes = new Set<string>();
      for (let step = 1; ; step++) {
        const { dir } = await journalWithThree();
        const files = new StepFiles();
        const { journal } = await openJournal(dir, { files });
        await journal.append('7', [task('4'), annotation('4', '4', 0)]);
        files.arm({ kind: 'stop' }, step);
        const isDone = await write(journal, project).then(
          () => true,
          () => false,
        );
        await files.losePower(dir);
        const found = await labels((await openJournal(dir, { readOnly: true })).journal);
        const isOld = found.length === 4;
        if (!isOld) expect(found).toEqual(names);
        if (isDone) expect(isOld).toBe(false);
        outcomes.add(isOld ? 'old' : 'new');
        if (!files.isDown) break;
      }
      expect(outcomes).toEqual(new Set(['old', 'new']));
    },
  );

  test('F5 a full disk refuses the draft, takes its file away and leaves the journal in use', async () => {
    for (const from of [/open .*tmp/, /write .*tmp/, /sync .*tmp/, /rename .*tmp/]) {
      const { dir } = await journalWithThree();
      const files = new StepFiles();
      const { journal } = await openJournal(dir, { files });
      await journal.append('7', [task('4'), annotation('4', '4', 0)]);
      files.arm({ kind: 'fail', code: 'ENOSPC' }, 1, from);
      expect(await codeOf(write(journal, '7')), String(from)).toBe('NO_SPACE');
      await journal.append('7', [task('5'), annotation('5', '5', 0)]);
      expect(await labels(journal)).toHaveLength(5);
      expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      await write(journal, '7');
      expect(await labels(journal)).toEqual(names);
    }
  });

  test('the file begins with whose journal it is, and compactions keep away from a draft', async () => {
    const dir = emptyDirectory();
    const { journal } = await openJournal(dir);
    const filler = (n: number) => [task('1', `${n} ${'x'.repeat(200_000)}`), annotation('1', '1', n)];
    for (let n = 0; n < 5; n++) await journal.append('7', filler(n));
    const draft = await journal.draft('7');
    await draft.add(news[0]!);
    for (let n = 5; n < 20; n++) await journal.append('7', filler(n));
    await draft.add(news[1]!);
    await draft.commit('7');
    expect(await labels(journal)).toEqual(['n0 Sport', 'n1 Sport', '1 Sport']);
    for (let n = 20; n < 40; n++) await journal.append('7', filler(n));
    await journal.close();
    const { journal: again, warnings } = await openJournal(dir);
    expect(await labels(again)).toEqual(['n0 Sport', 'n1 Sport', '1 Sport']);
    expect(warnings).toEqual([]);
    const [first = ''] = readFileSync(journalPath(dir), 'utf8').split('\n');
    expect(JSON.parse(first.slice(9))).toMatchObject({ t: 'journal', format: 1, project: '7' });
    expect(statSync(journalPath(dir)).size).toBeLessThan(3_000_000);
  });

  test('appends and readers go on while drafts come and go, and end as in memory', async () => {
    const dir = emptyDirectory();
    const { journal } = await openJournal(dir);
    const memory = new MemoryJournal();
    const random = randomFrom(20_260_724);
    for (let round = 0; round < 15; round++) {
      const [here, there] = [await journal.draft('7'), await memory.draft('7')];
      const appends: Promise<unknown>[] = [];
      for (let n = 0; n < 20; n++) {
        const records = randomRecords(4, random);
        if (random(2) === 0) {
          appends.push(journal.append('7', records));
          await memory.append('7', records);
        } else {
          await here.add(records);
          await there.add(records);
        }
        if (random(5) === 0) await labels(journal);
      }
      const ends = random(4) === 0 ? 'abandon' : 'commit';
      await Promise.all([...appends, here[ends]('7')]);
      await there[ends]('7');
      expect(await labels(journal), `round ${round}`).toEqual(await labels(memory));
    }
    await journal.close();
    expect(await labels((await openJournal(dir)).journal)).toEqual(await labels(memory));
  });

  test('a project that is deleted meanwhile has no draft any more', async () => {
    const { dir } = await journalWithThree();
    const { journal } = await openJournal(dir);
    const draft = await journal.draft('7');
    await draft.add(news[0]!);
    await journal.deleteProject('7');
    expect(await codeOf(draft.commit('7'))).toBe('BUSY');
    await draft.abandon();
    expect(await labels(journal)).toEqual([]);
  });
});
