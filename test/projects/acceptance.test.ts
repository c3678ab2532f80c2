import { describe, expect, test } from 'vitest';
import { AcceptanceTally, verdictOn } from '../../src/projects/acceptance.ts';

type Item = { from_name: string; to_name: string; type: string; value: { choices?: string[]; taxonomy?: string[][] } };

function choice(...choices: string[]): Item {
  return { from_name: 'topic', to_name: 'news', type: 'choices', value: { choices } };
}

/** An annotation that says `given` where `predicted` was shown. */
function annotation(id: number, given: Item[], predicted: Item[] | null, version = 'v1'): object {
  const prediction = predicted && { model_version: version, score: 0.5, result: predicted };
  return { id, result: given, ...(prediction && { prediction }) };
}

function counted(annotations: readonly object[]) {
  const tally = new AcceptanceTally();
  for (const one of annotations) tally.add(one);
  return tally.result();
}

describe('the rate of accepted predictions', () => {
  test('counts what annotators left and what they changed, by version and by label', () => {
    const found = counted([
      annotation(1, [choice('Sport')], [choice('Sport')]),
      annotation(2, [choice('World')], [choice('Sport')], 'v2'),
      annotation(3, [choice('World')], [choice('World')], 'v2'),
      annotation(4, [choice('World')], null),
    ]);
    expect(found).toEqual({
      judged: 3,
      accepted: 2,
      byVersion: [
        { version: 'v2', judged: 2, accepted: 1 },
        { version: 'v1', judged: 1, accepted: 1 },
      ],
      byLabel: [
        { label: 'Sport', judged: 2, accepted: 1 },
        { label: 'World', judged: 1, accepted: 1 },
      ],
    });
  });

  test('several choices are the same in any order', () => {
    const found = counted([
      annotation(1, [choice('a', 'b')], [choice('b', 'a')]),
      annotation(2, [choice('a')], [choice('a', 'b')]),
    ]);
    expect(found).toMatchObject({ judged: 2, accepted: 1 });
  });

  test('a control that was not predicted does not matter, a predicted one that was left empty does', () => {
    const rating = { from_name: 'rating', to_name: 'news', type: 'rating', value: {} };
    const found = counted([
      annotation(1, [choice('a'), rating], [choice('a')]),
      annotation(2, [rating], [choice('a')]),
      annotation(3, [choice('a')], []),
    ]);
    expect(found).toMatchObject({ judged: 2, accepted: 1 });
  });

  test('paths of a taxonomy are labels too', () => {
    const path: Item = { from_name: 't', to_name: 'n', type: 'taxonomy', value: { taxonomy: [['A', 'B']] } };
    expect(counted([annotation(1, [path], [path])]).byLabel).toEqual([{ label: 'A / B', judged: 1, accepted: 1 }]);
  });

  test('nothing labelled is nothing judged', () => {
    expect(counted([])).toEqual({ judged: 0, accepted: 0, byVersion: [], byLabel: [] });
  });

  test('one that was skipped, and what is no annotation, judges nothing', () => {
    const [shown] = [annotation(1, [choice('a')], [choice('a')])];
    expect(verdictOn(shown)).toBe(true);
    expect(verdictOn({ ...shown, result: [choice('b')] })).toBe(false);
    for (const one of [
      { ...shown, was_cancelled: true },
      { ...shown, skipped: true },
      { ...shown, prediction: {} },
      null,
    ]) {
      expect(verdictOn(one)).toBeNull();
    }
  });

  test('no more names are told apart than fit a page, and all are counted', () => {
    const found = counted(
      Array.from({ length: 1500 }, (_, id) => annotation(id, [], [choice(`label ${id}`)], `v${id}`)),
    );
    expect([found.judged, found.byLabel.length, found.byVersion.length]).toEqual([1500, 1000, 1000]);
  });
});
