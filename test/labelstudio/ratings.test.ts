// Who said what of tasks that several people labelled, whatever the age of the export.
import { expect, test } from 'vitest';
import { trainingSet } from '../../src/labelstudio/annotation.ts';
import { readConfig } from '../../src/labelstudio/label-config.ts';
import type { Task } from '../../src/labelstudio/types.ts';

const pair = readConfig(
  '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="a"/><Choice value="b"/></Choices></View>',
).pairs[0]!;

function task(id: number, ...given: [by: unknown, label: string][]): Task {
  const annotations = given.map(([completed_by, label], i) => ({
    id: 10 * id + i,
    completed_by,
    result: [{ from_name: 'c', to_name: 't', type: 'choices', value: { choices: [label] } }],
  }));
  return { id, data: { text: `text ${id}` }, annotations } as unknown as Task;
}

test('ratings are of tasks with several annotations, by number, object or address of who gave them', () => {
  const { ratings, samples } = trainingSet(
    [
      task(1, [1, 'a'], [{ id: 2, email: 'x@y.z' }, 'b']),
      task(2, [1, 'a']),
      task(3, [{ email: 'x@y.z' }, 'a'], [null, 'b'], ['', 'b']),
    ],
    pair,
  );
  expect(samples).toHaveLength(3);
  expect(ratings).toEqual([
    { item: '1', annotator: '1', label: 'a' },
    { item: '1', annotator: '2', label: 'b' },
    { item: '3', annotator: 'x@y.z', label: 'a' },
  ]);
});
