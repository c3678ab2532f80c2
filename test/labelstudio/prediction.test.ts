import { expect, it } from 'vitest';
import { labelName } from '../../src/labelstudio/choices.ts';
import { type Pair, readConfig } from '../../src/labelstudio/label-config.ts';
import { choiceResult, emptyPrediction, safeScore } from '../../src/labelstudio/prediction.ts';
import { labelsIn } from '../../src/labelstudio/result-items.ts';
import { labelConfig } from './fixtures.ts';

function pairOf(name: string): Pair {
  return readConfig(labelConfig(name).xml).pairs[0] as Pair;
}

it('an item is what Label Studio draws', () => {
  expect(choiceResult(pairOf('01-news'), ['Sport'])).toEqual({
    from_name: 'topic',
    to_name: 'news',
    type: 'choices',
    value: { choices: ['Sport'] },
  });
  expect(choiceResult(pairOf('01-news'), ['Sport'], 'x1').id).toBe('x1');
  expect(choiceResult(pairOf('04-multiple'), ['login', 'crash']).value).toEqual({ choices: ['login', 'crash'] });
});

it('F86 nested labels are paths in their own form', () => {
  expect(choiceResult(pairOf('15-taxonomy'), ['["Eukarya","Animalia"]'])).toMatchObject({
    type: 'taxonomy',
    value: { taxonomy: [['Eukarya', 'Animalia']] },
  });
  expect(choiceResult(pairOf('06-nested-choices'), ['["Food","Fish"]'])).toMatchObject({
    type: 'choices',
    value: { choices: [['Food', 'Fish']] },
  });
  expect(labelName('["Food","Fish"]', pairOf('06-nested-choices'))).toBe('Food / Fish');
});

it('F85 a label goes out as it came in, also one that looks like a path', () => {
  for (const label of ['["a"]', '[', ' x ', 'R&D', '👩‍👩‍👧', '__proto__', '\u202eabc']) {
    const pair = { ...pairOf('01-news'), labels: [label] };
    expect(choiceResult(pair, [label]).value).toEqual({ choices: [label] });
    expect(labelsIn({ result: [choiceResult(pair, [label])] }, pair)).toEqual([label]);
  }
});

it('every label of every recorded config comes back from its own item', () => {
  for (const name of [
    '01-news',
    '05-aliases',
    '06-nested-choices',
    '15-taxonomy',
    '23-unicode',
    '24-entities',
    '37-case-and-whitespace',
  ]) {
    const pair = pairOf(name);
    for (const label of pair.labels) expect(labelsIn({ result: [choiceResult(pair, [label])] }, pair)).toEqual([label]);
  }
});

it('no opinion is an empty list and score 0', () => {
  expect(emptyPrediction('v1')).toEqual({ result: [], score: 0, model_version: 'v1' });
});

it('a score is a finite number from 0 to 1', () => {
  expect([0.5, 1.0000001, -1e-9, Number.NaN, Number.POSITIVE_INFINITY].map(safeScore)).toEqual([0.5, 1, 0, 0, 0]);
});
