// What every journal must do. Called by the test of each implementation with a way to make an empty one; `reopen` gives
// the same journal as another process would find it.
import { describe, expect, test } from 'vitest';
import { draftOf, type Journal, type JournalRecord, type LabelledTask } from '../../src/store/journal.ts';

interface JournalUnderTest {
  journal: Journal;
  reopen(): Promise<Journal>;
}

type Make = () => Promise<JournalUnderTest>;

export function task(id: string, text = `text ${id}`): JournalRecord {
  return { t: 'task', id, data: { text } };
}

export function annotation(id: string, of: string, seconds: number, label = 'Sport', more = {}): JournalRecord {
  const result =
    label === '' ? [] : [{ from_name: 'topic', to_name: 'text', type: 'choices', value: { choices: [label] } }];
  return { t: 'annotation', id, task: of, at: at(seconds), body: { id, result, was_cancelled: false, ...more } };
}

export function deletion(id: string, seconds: number): JournalRecord {
  return { t: 'annotation-deleted', id, at: at(seconds) };
}

function at(seconds: number): string {
  return new Date(Date.parse('2026-11-24T12:00:00Z') + seconds * 1000).toISOString();
}

export async function all(journal: Journal, project = '7'): Promise<LabelledTask[]> {
  const tasks: LabelledTask[] = [];
  for await (const task of journal.tasks(project)) tasks.push(task);
  return tasks;
}

/** Task and label of every live annotation, which is what a training sees. */
export async function labels(journal: Journal, project = '7'): Promise<string[]> {
  const tasks = await all(journal, project);
  return tasks.flatMap(({ id, annotations }) => annotations.map((body) => `${id} ${labelOf(body)}`));
}

function labelOf(body: unknown): string {
  return (body as { result: { value: { choices: string[] } }[] }).result[0]!.value.choices[0]!;
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

/** A small generator of numbers (mulberry32), so that a failing run can be repeated by its seed. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Records about a few tasks and annotations, in any order, with repetitions. */
export function randomRecords(count: number, random: (below: number) => number): JournalRecord[] {
  return Array.from({ length: count }, () => {
    const number = random(12);
    const id = String(number);
    const of = String(number % 6); // an annotation never changes its task
    const kind = random(20);
    if (kind < 4) return task(of, `text ${random(3)}`);
    if (kind < 14) return annotation(id, of, random(30), ['Sport', 'Politics', ''][random(3)]);
    if (kind < 18) return deletion(id, random(30));
    return kind === 18 ? { t: 'task-deleted', id: of } : task(of);
  });
}

export function journalSuite(name: string, make: Make): void {
  describe(`${name}: what counts`, () => {
    countingTests(make);
  });
  describe(`${name}: order and repetition`, () => {
    orderTests(make);
  });
  describe(`${name}: projects and many records`, () => {
    projectTests(make);
  });
  describe(`${name}: drafts`, () => {
    draftTests(make);
  });
}

function countingTests(make: Make): void {
  test('a labelled task comes back with its data and its annotations, also to others', async () => {
    const { journal, reopen } = await make();
    const data = { text: 'naïve 😀 \ud800', 'a.b': [1, null] };
    const records: JournalRecord[] = [
      { t: 'task', id: '1', data },
      annotation('10', '1', 0),
      annotation('11', '1', 1, 'Politics'),
    ];
    expect(await journal.append('7', records)).toEqual({ changed: 3, forTraining: 2 });
    for (const reader of [journal, await reopen()]) {
      expect(await reader.counts('7')).toEqual({ tasks: 1, annotations: 2 });
      const [found] = await all(reader);
      expect(found).toMatchObject({ id: '1', data, annotations: [{ id: '10' }, { id: '11' }] });
    }
  });

  test('tasks come in the order first seen', async () => {
    const { journal, reopen } = await make();
    for (const id of ['3', '1', '2']) await journal.append('7', [task(id), annotation(`1${id}`, id, 0)]);
    await journal.append('7', [annotation('13', '3', 5, 'Politics')]);
    for (const reader of [journal, await reopen()]) {
      expect(await labels(reader)).toEqual(['3 Politics', '1 Sport', '2 Sport']);
    }
  });

  test('F34 skipped, empty and unlabelled do not count and change nothing for a training', async () => {
    const { journal } = await make();
    const skipped = annotation('10', '1', 0, 'Sport', { was_cancelled: true });
    const records = [
      task('1'),
      task('2'),
      skipped,
      annotation('11', '1', 0, ''),
      annotation('12', '2', 0, 'x', { skipped: true }),
    ];
    expect(await journal.append('7', records)).toEqual({ changed: 5, forTraining: 0 });
    expect(await journal.counts('7')).toEqual({ tasks: 0, annotations: 0 });
    expect(await all(journal)).toEqual([]);
    expect(await journal.append('7', [annotation('10', '1', 1)])).toEqual({ changed: 1, forTraining: 1 });
    expect(await journal.append('7', [annotation('10', '1', 2, '')])).toEqual({ changed: 1, forTraining: 1 });
    expect(await journal.counts('7')).toEqual({ tasks: 0, annotations: 0 });
  });

  test('an annotation whose task never came counts, with no data', async () => {
    const { journal } = await make();
    await journal.append('7', [annotation('10', '1', 0)]);
    expect(await journal.counts('7')).toEqual({ tasks: 1, annotations: 1 });
    expect(await all(journal)).toMatchObject([{ id: '1', data: null }]);
    expect(await journal.append('7', [task('1')])).toEqual({ changed: 1, forTraining: 1 });
    expect(await all(journal)).toMatchObject([{ id: '1', data: { text: 'text 1' } }]);
  });

  test('a touched annotation with the same label is kept and changes nothing for a training', async () => {
    const { journal } = await make();
    await journal.append('7', [task('1'), annotation('10', '1', 0)]);
    const touched = annotation('10', '1', 5, 'Sport', { lead_time: 3 });
    expect(await journal.append('7', [touched])).toEqual({ changed: 1, forTraining: 0 });
    expect(await all(journal)).toMatchObject([{ annotations: [{ lead_time: 3 }] }]);
  });

  test('a changed text of a labelled task is a change for a training', async () => {
    const { journal } = await make();
    await journal.append('7', [task('1', 'before'), annotation('10', '1', 0)]);
    expect(await journal.append('7', [task('1', 'before')])).toEqual({ changed: 0, forTraining: 0 });
    expect(await journal.append('7', [task('1', 'after')])).toEqual({ changed: 1, forTraining: 1 });
    expect(await all(journal)).toMatchObject([{ data: { text: 'after' } }]);
  });

  test('F70 a deleted annotation is gone, and a deleted task takes its annotations with it for good', async () => {
    const { journal, reopen } = await make();
    await journal.append('7', [task('1'), annotation('10', '1', 0), annotation('11', '1', 0)]);
    await journal.append('7', [task('2'), annotation('20', '2', 0)]);
    expect(await journal.append('7', [deletion('10', 9)])).toEqual({ changed: 1, forTraining: 1 });
    expect(await journal.counts('7')).toEqual({ tasks: 2, annotations: 2 });
    expect(await journal.append('7', [{ t: 'task-deleted', id: '2' }])).toEqual({ changed: 1, forTraining: 1 });
    const late = [task('2'), annotation('20', '2', 99), { t: 'task-deleted', id: '2' } as const];
    expect(await journal.append('7', late)).toEqual({ changed: 0, forTraining: 0 });
    for (const reader of [journal, await reopen()]) expect(await labels(reader)).toEqual(['1 Sport']);
  });

  test('after a reset only what follows counts, and the same again is no change for a training', async () => {
    const { journal, reopen } = await make();
    const sync: JournalRecord[] = [{ t: 'reset' }, task('1'), annotation('10', '1', 0)];
    await journal.append('7', [task('2'), annotation('20', '2', 0), deletion('10', 9)]);
    expect((await journal.append('7', sync)).forTraining).toBeGreaterThan(0);
    for (const reader of [journal, await reopen()]) expect(await labels(reader)).toEqual(['1 Sport']);
    expect(await journal.append('7', sync)).toEqual({ changed: 3, forTraining: 0 });
    expect((await journal.append('7', [{ t: 'reset' }])).forTraining).toBe(1);
    expect(await journal.counts('7')).toEqual({ tasks: 0, annotations: 0 });
  });
}

function orderTests(make: Make): void {
  test('F21 F141 what is repeated, at once or a day later, changes nothing', async () => {
    const { journal, reopen } = await make();
    const event = [task('1'), annotation('10', '1', 0)];
    expect(await journal.append('7', event)).toEqual({ changed: 2, forTraining: 1 });
    expect(await journal.append('7', event)).toEqual({ changed: 0, forTraining: 0 });
    expect(await (await reopen()).counts('7')).toEqual({ tasks: 1, annotations: 1 });
    expect(await journal.append('7', [...event, ...event])).toEqual({ changed: 0, forTraining: 0 });
    expect(await labels(journal)).toEqual(['1 Sport']);
  });

  test('F22 created, updated, deleted and a task in any order give the same', async () => {
    const events = [
      annotation('10', '1', 0, 'Sport'),
      annotation('10', '1', 1, 'Politics'),
      deletion('10', 2),
      task('1'),
    ];
    const other = [
      annotation('11', '1', 0, 'Sport'),
      annotation('11', '1', 1, 'Politics'),
      deletion('11', 0),
      task('1'),
    ];
    for (const [four, expected] of [
      [events, []],
      [other, ['1 Politics']],
    ] as const) {
      for (const order of permutations(four)) {
        const { journal } = await make();
        for (const record of order) await journal.append('7', [record]);
        expect(await labels(journal)).toEqual(expected);
      }
    }
  });

  test('times are compared as times, to the microsecond, whatever their form', async () => {
    const { journal } = await make();
    const stamps = [
      'nonsense',
      '2026-11-24T12:00:00Z',
      '2026-11-24T12:00:00.1Z',
      '2026-11-24T12:00:00.100001Z',
      '2026-11-24T14:00:00.100002+02:00',
      '2026-11-24T12:00:00.200000+0000',
      '2026-11-24 12:00:00.3',
    ];
    const records = stamps.map((time, i) => ({ ...annotation('10', '1', 0, String(i)), at: time }) as JournalRecord);
    for (const record of records) expect((await journal.append('7', [record])).changed).toBe(1);
    for (const record of records) expect((await journal.append('7', [record])).changed).toBe(0);
    expect(await labels(journal)).toEqual(['1 6']);
  });

  test('F22 random events in two orders give the same, in memory and read again', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = randomFrom(seed);
      const records = randomRecords(60, random).filter((record) => record.t !== 'task'); // a task has no time
      const [forward, backward] = [await make(), await make()];
      for (const record of records) await forward.journal.append('7', [record]);
      await backward.journal.append('7', records.toReversed());
      const expected = (await labels(forward.journal)).sort();
      expect((await labels(backward.journal)).sort(), `seed ${seed}`).toEqual(expected);
      for (const { reopen } of [forward, backward]) {
        expect((await labels(await reopen())).sort(), `seed ${seed}`).toEqual(expected);
      }
    }
  });

  test('F20 a thousand concurrent events are all kept', async () => {
    const { journal, reopen } = await make();
    const ids = Array.from({ length: 1000 }, (_, i) => String(i));
    await Promise.all(ids.map((id) => journal.append('7', [task(id), annotation(id, id, 0)])));
    expect(await journal.counts('7')).toEqual({ tasks: 1000, annotations: 1000 });
    expect((await all(await reopen())).map(({ id }) => id)).toEqual(ids);
  });
}

function projectTests(make: Make): void {
  test('F137 projects do not meet, whatever they are called', async () => {
    const { journal, reopen } = await make();
    const ids = ['', '7', '../../etc', 'a\0b', 'CON', 'x'.repeat(300), 'News', 'news', '__proto__'];
    for (const id of ids) await journal.append(id, [task('1', id), annotation('10', '1', 0)]);
    for (const reader of [journal, await reopen()]) {
      for (const id of ids) expect(await all(reader, id)).toMatchObject([{ data: { text: id } }]);
    }
  });

  test('F84 names of the prototype are ordinary ids and keys', async () => {
    const { journal, reopen } = await make();
    const data = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": "x"}');
    await journal.append('7', [{ t: 'task', id: '__proto__', data }, annotation('constructor', '__proto__', 0)]);
    for (const reader of [journal, await reopen()]) {
      const [found] = await all(reader);
      expect(JSON.stringify(found?.data)).toBe(JSON.stringify(data));
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test('a project without records is empty, not an error', async () => {
    const { journal } = await make();
    expect(await journal.counts('7')).toEqual({ tasks: 0, annotations: 0 });
    expect(await all(journal)).toEqual([]);
    expect(await journal.append('7', [])).toEqual({ changed: 0, forTraining: 0 });
    await journal.deleteProject('7');
  });

  test('a deleted project is empty and can begin again', async () => {
    const { journal, reopen } = await make();
    await journal.append('7', [task('1'), annotation('10', '1', 0)]);
    await journal.deleteProject('7');
    expect(await journal.counts('7')).toEqual({ tasks: 0, annotations: 0 });
    await Promise.all([journal.append('7', [task('2'), annotation('20', '2', 0)]), journal.append('7', [task('3')])]);
    await Promise.all([journal.deleteProject('7'), journal.deleteProject('7')]);
    await journal.append('7', [task('4'), annotation('40', '4', 0)]);
    for (const reader of [journal, await reopen()]) expect(await labels(reader)).toEqual(['4 Sport']);
  });

  test('a reader sees the tasks as they were when it began', async () => {
    const { journal } = await make();
    for (let id = 0; id < 20; id++) await journal.append('7', [task(`${id}`), annotation(`${id}`, `${id}`, 0)]);
    const seen: string[] = [];
    for await (const { id } of journal.tasks('7')) {
      seen.push(id);
      if (seen.length === 1) await journal.append('7', [{ t: 'reset' }, task('99'), annotation('99', '99', 0)]);
    }
    expect(seen).toHaveLength(20);
    expect(await labels(journal)).toEqual(['99 Sport']);
  });

  test('thousands of records in one append are one append', async () => {
    const { journal, reopen } = await make();
    await journal.append('7', [task('old'), annotation('old', 'old', 0)]);
    const ids = Array.from({ length: 3000 }, (_, i) => String(i));
    const records: JournalRecord[] = [{ t: 'reset' }, ...ids.flatMap((id) => [task(id), annotation(id, id, 0)])];
    const [long, short] = await Promise.all([
      journal.append('7', records),
      journal.append('7', [task('new'), annotation('new', 'new', 0)]),
    ]);
    expect([long.changed, short.changed]).toEqual([6001, 2]);
    const { tasks } = await journal.counts('7');
    expect([3000, 3001]).toContain(tasks); // the short one came before the reset or after it
    expect(await all(await reopen())).toHaveLength(tasks);
  });
}

function draftTests(make: Make): void {
  const old = [task('1'), annotation('10', '1', 0), task('2'), annotation('20', '2', 0)];

  test('what is written counts from the commit on, in place of everything before', async () => {
    const { journal, reopen } = await make();
    await journal.append('7', [...old, deletion('30', 9)]);
    const draft = await draftOf(journal);
    await draft.add([task('2'), annotation('20', '2', 0, 'Politics')]);
    await draft.add([task('3'), annotation('30', '3', 0)]);
    expect(await labels(await reopen())).toEqual(['1 Sport', '2 Sport']);
    expect((await draft.commit('7')).forTraining).toBeGreaterThan(0);
    await draft.abandon();
    for (const reader of [journal, await reopen()]) expect(await labels(reader)).toEqual(['2 Politics', '3 Sport']);
    await journal.append('7', [annotation('20', '2', 1)]);
    for (const reader of [journal, await reopen()]) expect(await labels(reader)).toEqual(['2 Sport', '3 Sport']);
  });

  test('the same again is no change for a training', async () => {
    const { journal } = await make();
    await journal.append('7', old);
    for (const project of ['7', undefined]) {
      const draft = await draftOf(journal, project);
      await draft.add(old);
      expect((await draft.commit('7')).forTraining).toBe(0);
    }
  });

  test('an abandoned draft was never there, and an empty one empties', async () => {
    const { journal, reopen } = await make();
    await journal.append('7', old);
    const abandoned = await draftOf(journal, '7');
    await abandoned.add([task('3'), annotation('30', '3', 0)]);
    await abandoned.abandon();
    for (const reader of [journal, await reopen()]) expect(await labels(reader)).toEqual(['1 Sport', '2 Sport']);
    expect((await (await draftOf(journal, '7')).commit('7')).forTraining).toBeGreaterThan(0);
    expect(await journal.counts('7')).toEqual({ tasks: 0, annotations: 0 });
  });

  test('F66 what is appended while a draft is written stays on top of it, the later one winning', async () => {
    const { journal, reopen } = await make();
    if (!journal.draft) return;
    await journal.append('7', old);
    const draft = await journal.draft('7');
    await draft.add([task('1'), annotation('10', '1', 5, 'Weather')]);
    await journal.append('7', [annotation('10', '1', 3, 'Politics'), task('4'), annotation('40', '4', 3)]);
    await draft.add([task('2'), annotation('20', '2', 5, 'Weather')]);
    await journal.append('7', [deletion('20', 9)]);
    await draft.commit('7');
    for (const reader of [journal, await reopen()]) expect(await labels(reader)).toEqual(['1 Weather', '4 Sport']);
  });

  test('drafts of several projects at a time do not meet', async () => {
    const { journal, reopen } = await make();
    const drafts = await Promise.all(['a', 'b', 'c'].map(async (id) => ({ id, draft: await draftOf(journal, id) })));
    for (let n = 0; n < 700; n++) {
      for (const { id, draft } of drafts)
        await draft.add([task(`${n}`, `${id} ${n}`), annotation(`${n}`, `${n}`, 0, id)]);
    }
    await Promise.all(drafts.map(({ id, draft }) => draft.commit(id)));
    const reader = await reopen();
    for (const { id } of drafts) {
      const tasks = await all(reader, id);
      expect(tasks).toHaveLength(700);
      expect(tasks[699]).toMatchObject({ data: { text: `${id} 699` } });
    }
  });
}
