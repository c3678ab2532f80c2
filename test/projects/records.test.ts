import { describe, expect, test } from 'vitest';
import type { Task } from '../../src/labelstudio/types.ts';
import { idOf, recordsOf } from '../../src/projects/records.ts';

function tasks(...list: unknown[]): Task[] {
  return list as Task[];
}

const result = [{ from_name: 'c', to_name: 't', type: 'choices', value: { choices: ['a'] } }];

describe('recordsOf', () => {
  test('keeps the task and what a training or a report reads of its annotations', () => {
    const annotation = {
      id: 5,
      result,
      was_cancelled: false,
      ground_truth: true,
      created_at: '2026-01-01T00:00:00Z',
      updated_at: '2026-01-02T03:10:00.123456Z',
      lead_time: 3.2,
      completed_by: { id: 3, email: 'ann@example.com', first_name: 'Ann' },
      prediction: { id: 9, model_version: 'v1', score: 0.5, result, task: 1, cluster: null },
      unique_id: 'x',
    };
    const { records, waiting, withoutId } = recordsOf(tasks({ id: 1, data: { text: 'x' }, annotations: [annotation] }));
    expect(records).toEqual([
      { t: 'task', id: '1', data: { text: 'x' } },
      {
        t: 'annotation',
        id: '5',
        task: '1',
        at: '2026-01-02T03:10:00.123456Z',
        body: {
          id: 5,
          result,
          was_cancelled: false,
          ground_truth: true,
          created_at: '2026-01-01T00:00:00Z',
          updated_at: '2026-01-02T03:10:00.123456Z',
          lead_time: 3.2,
          completed_by: 3,
          prediction: { model_version: 'v1', score: 0.5, result },
        },
      },
    ]);
    expect([waiting, withoutId]).toEqual([[], 0]);
  });

  test('reads the tutorial’s completions, whose times are seconds', () => {
    const completions = [{ id: 7, result, created_at: 1_600_000_000 }];
    const { records } = recordsOf(tasks({ id: 1, data: 'x', completions }));
    expect(records[1]).toMatchObject({ t: 'annotation', id: '7', at: '2020-09-13T12:26:40.000000Z' });
  });

  test('tells of texts that did not come', () => {
    const { records, waiting } = recordsOf(tasks({ id: 1, data: null, annotations: [{ id: 5, result }] }));
    expect(records).toHaveLength(1);
    expect(waiting).toEqual(['1']);
  });

  test('what has no id is counted, or given one where the list replaces everything', () => {
    const odd = tasks({ data: 'x', annotations: [{ result }, { id: 2, result }] }, null, 7, {
      id: 3,
      annotations: [null],
    });
    expect(recordsOf(odd)).toMatchObject({ records: [], withoutId: 2 });
    const { records } = recordsOf(odd, { inventIds: true });
    expect(records.map((record) => ('id' in record ? record.id : ''))).toEqual(['#1', '#1#0', '2']);
  });
});

describe('idOf', () => {
  test.each([
    [7, '7'],
    ['a', 'a'],
    ['', null],
    [Number.NaN, null],
    [null, null],
    [{}, null],
    ['x'.repeat(101), null],
  ])('reads %j as %j', (value, expected) => {
    expect(idOf(value)).toBe(expected);
  });
});
