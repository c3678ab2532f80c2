import { describe, expect, it } from 'vitest';
import { type AgreementRule, type Sample, trainingSet } from '../../src/labelstudio/annotation.ts';
import { annotationTime } from '../../src/labelstudio/annotation-time.ts';
import { labelsOf } from '../../src/labelstudio/choices.ts';
import { type Pair, readConfig } from '../../src/labelstudio/label-config.ts';
import { labelsIn } from '../../src/labelstudio/result-items.ts';
import type { Annotation, Json, Task } from '../../src/labelstudio/types.ts';
import { exchange, labelConfig } from './fixtures.ts';

function pairOf(xml: string): Pair {
  return readConfig(xml).pairs[0] as Pair;
}

const news = pairOf(labelConfig('01-news').xml);
const tags = pairOf(labelConfig('04-multiple').xml);
const taxonomy = pairOf(labelConfig('15-taxonomy').xml);
const nested = pairOf(labelConfig('06-nested-choices').xml);
const dynamic = pairOf(labelConfig('19-dynamic-choices').xml);

interface Extra extends Partial<Annotation> {
  day?: number;
}

function said(choices: Json, { day, ...extra }: Extra = {}, pair: Pair = news): Annotation {
  const type = pair.control === 'Taxonomy' ? 'taxonomy' : 'choices';
  const item = { from_name: pair.fromName, to_name: pair.toName, type, value: { [type]: choices } };
  const time = day === undefined ? {} : { updated_at: `2026-01-0${day}T00:00:00.000000Z` };
  return { result: [item], was_cancelled: false, ...time, ...extra };
}

function labelled(...annotations: unknown[]): Task {
  return { id: 1, data: { text: 'words' }, annotations: annotations as Annotation[] };
}

function labelsFor(pair: Pair, annotations: Annotation[], rule?: AgreementRule): (readonly string[])[] {
  return trainingSet([labelled(...annotations)], pair, rule ? { rule } : {}).samples.map((sample) => sample.labels);
}

function tasksOf(name: string): Task[] {
  const { request } = exchange(name);
  return (request.annotations ?? request.completions) as Task[];
}

describe('the recorded trainings', () => {
  it.each(['train-annotations', 'train-completions'])('F69 %s gives a sample for each of its 12 tasks', (name) => {
    const { samples, report } = trainingSet(tasksOf(name), news);
    const rain: Sample = {
      text: 'Rain will spread from the west by evening',
      labels: ['Weather'],
      weight: 1,
      taskId: name === 'train-annotations' ? 201 : 301,
    };
    expect(samples).toHaveLength(12);
    expect(samples[0]).toEqual(rain);
    expect(report).toEqual({
      tasks: 12,
      annotations: 12,
      used: 12,
      left: {},
      unknownLabels: {},
      unlabelled: 0,
      firstOfSeveral: 0,
    });
  });

  it('the edge cases give four, and every other annotation its reason', () => {
    const { samples, report } = trainingSet(tasksOf('train-edge-cases'), news);
    expect(samples.map((sample) => [sample.taskId, sample.labels])).toEqual([
      [401, ['Sport']],
      [402, ['Weather']],
      [406, ['Technology']],
      [410, ['Politics']],
    ]);
    expect(samples).toHaveLength(exchange('train-edge-cases').samples ?? 0);
    expect(report).toEqual({
      tasks: 10,
      annotations: 11,
      used: 4,
      left: {
        'cancelled or skipped': 1,
        'ground truth preferred': 1,
        'empty result': 1,
        'label not in the config': 1,
        'another control only': 1,
        'task without usable text': 1,
        'no choice in it': 1,
      },
      unknownLabels: { Gardening: 1 },
      unlabelled: 1,
      firstOfSeveral: 1,
    });
  });

  it('an empty list is an empty set', () => {
    expect(trainingSet([], news).samples).toEqual([]);
  });
});

describe('several annotations of one task', () => {
  const sport = said(['Sport'], { day: 1 });
  const weather = said(['Weather'], { day: 2 });
  const weatherLater = said(['Weather'], { day: 4 });
  const politics = said(['Politics'], { day: 3 });

  it('by majority are one sample of weight 1 with what most say', () => {
    const { samples, report } = trainingSet([labelled(weather, sport, politics, weatherLater)], news);
    expect(samples).toEqual([{ text: 'words', labels: ['Weather'], weight: 1, taskId: 1 }]);
    expect(report).toMatchObject({ annotations: 4, used: 2, left: { outvoted: 2 } });
  });

  it('on a tie are what was said last, wherever it stands in the list', () => {
    expect(labelsFor(news, [politics, sport])).toEqual([['Politics']]);
    expect(labelsFor(news, [sport, politics])).toEqual([['Politics']]);
  });

  it('on a tie without times are what stands last', () => {
    expect(labelsFor(news, [said(['Sport']), said(['Weather'])])).toEqual([['Weather']]);
  });

  it('by latest are the last word', () => {
    const tasks = [labelled(weather, politics, weather)];
    const { samples, report } = trainingSet(tasks, news, { rule: 'latest' });
    expect(samples.map((sample) => sample.labels)).toEqual([['Politics']]);
    expect(report).toMatchObject({ used: 1, left: { 'older than another': 2 } });
  });

  it('each are a sample each, in their order, and share the weight of the task', () => {
    const { samples, report } = trainingSet([labelled(weather, sport)], news, { rule: 'each' });
    expect(samples.map((sample) => [sample.labels, sample.weight])).toEqual([
      [['Weather'], 0.5],
      [['Sport'], 0.5],
    ]);
    expect(report).toMatchObject({ used: 2, left: {} });
  });

  it.each(['majority', 'latest', 'each'] as const)('are silenced by a ground truth, by %s', (rule) => {
    const truth = said(['Technology'], { day: 1, ground_truth: true });
    expect(labelsFor(news, [weather, weatherLater, truth], rule)).toEqual([['Technology']]);
  });

  it('are not silenced by a ground truth that cannot be used', () => {
    const truth = said(['Gone'], { ground_truth: true });
    const cancelled = said(['Sport'], { ground_truth: true, was_cancelled: true });
    expect(labelsFor(news, [weather, truth, cancelled])).toEqual([['Weather']]);
  });

  it('of several choices are counted by the whole set, in whatever order it was ticked', () => {
    const ab = said(['crash', 'login'], { day: 1 }, tags);
    const ba = said(['login', 'crash'], { day: 2 }, tags);
    const c = said(['praise'], { day: 3 }, tags);
    expect(labelsFor(tags, [ab, c, ba])).toEqual([['login', 'crash']]);
  });

  it('always add up: used and left are all', () => {
    const odd: unknown[] = [
      null,
      7,
      'x',
      [],
      {},
      { result: null },
      { result: [null, 7] },
      said(['Sport'], { skipped: true }),
    ];
    for (const rule of ['majority', 'latest', 'each'] as const) {
      const { report } = trainingSet([labelled(...odd, weather, sport, said(['Gone']))], news, { rule });
      const left = Object.values(report.left).reduce((sum, count) => sum + count, 0);
      expect(report.used + left).toBe(report.annotations);
      expect(report.annotations).toBe(odd.length + 3);
    }
  });
});

describe('one annotation', () => {
  it('of several choices keeps what the config has and reports the rest', () => {
    const { samples, report } = trainingSet([labelled(said(['login', 'gone', 'crash', 'login'], {}, tags))], tags);
    expect(samples[0]?.labels).toEqual(['login', 'crash']);
    expect(report).toMatchObject({ used: 1, left: {}, unknownLabels: { gone: 1 }, firstOfSeveral: 0 });
  });

  it('of a single choice counts with its first, even when that is not known', () => {
    const { samples, report } = trainingSet([labelled(said(['Gone', 'Sport']))], news);
    expect(samples).toEqual([]);
    expect(report).toMatchObject({ unknownLabels: { Gone: 1 }, firstOfSeveral: 1 });
  });

  it('compares labels exactly', () => {
    const { report } = trainingSet([labelled(said(['sport']), said(['Sport ']))], news);
    expect(report.unknownLabels).toEqual({ sport: 1, 'Sport ': 1 });
  });

  it('may give its choice bare instead of in a list', () => {
    expect(labelsFor(news, [said('Sport')])).toEqual([['Sport']]);
  });

  it.each([[7], [null], [{}], [[]], [[null, 7]], [{ length: 3 }]])('with %j for choices has none', (choices) => {
    expect(trainingSet([labelled(said(choices as Json))], news).report.left).toEqual({ 'no choice in it': 1 });
  });

  it('accepted from a prediction counts like any: origin and score are passed over', () => {
    const item = { id: 'p3', from_name: 'topic', to_name: 'news', type: 'choices', origin: 'prediction', score: 0.9 };
    expect(labelsFor(news, [{ result: [{ ...item, value: { choices: ['Sport'] } }] }])).toEqual([['Sport']]);
  });

  it('of a control of another name counts when no other can be meant', () => {
    const renamed = { result: [{ from_name: 'old', to_name: 'news', type: 'choices', value: { choices: ['Sport'] } }] };
    expect(trainingSet([labelled(renamed)], news).samples).toEqual([]);
    expect(trainingSet([labelled(renamed)], news, { onlyControl: true }).samples).toHaveLength(1);
    const region = { result: [{ from_name: 'ner', to_name: 'news', type: 'labels', value: { labels: ['Sport'] } }] };
    expect(trainingSet([labelled(region)], news, { onlyControl: true }).samples).toEqual([]);
  });

  it('is read from completions only where there are no annotations', () => {
    const task = { data: { text: 'x' }, annotations: [said(['Sport'])], completions: [said(['Weather'])] };
    expect(trainingSet([task], news).samples[0]?.labels).toEqual(['Sport']);
    expect(trainingSet([{ ...task, annotations: [] }], news).samples[0]?.labels).toEqual(['Weather']);
  });

  it('says which labels it gives, for who compares it with a prediction', () => {
    expect(labelsIn(said(['Sport']), news)).toEqual(['Sport']);
    expect(labelsIn({ result: [] }, news)).toBeNull();
  });
});

describe('nested labels', () => {
  it('of a Taxonomy are sets of paths', () => {
    const annotation = said([['Bacteria'], ['Eukarya', 'Animalia']], {}, taxonomy);
    expect(labelsFor(taxonomy, [annotation])).toEqual([['["Eukarya","Animalia"]', '["Bacteria"]']]);
  });

  it('of Choices are paths, and the choice is meant rather than the group it chose along', () => {
    expect(labelsFor(nested, [said([['Food', 'Fish']], {}, nested)])).toEqual([['["Food","Fish"]']]);
    const whole = said([['Food'], ['Food', 'Fruit'], ['Food', 'Fish']], {}, nested);
    expect(labelsFor(nested, [whole])).toEqual([['["Food","Fruit"]']]);
    expect(labelsFor(nested, [said(['Drink'], {}, nested)])).toEqual([['["Drink"]']]);
  });

  it('that are not in the config are reported as paths', () => {
    expect(trainingSet([labelled(said([['Food', 'Meat']], {}, nested))], nested).report.unknownLabels).toEqual({
      '["Food","Meat"]': 1,
    });
  });

  it('left over in a control that is flat now are its labels where they can be', () => {
    expect(labelsFor(news, [said([['Sport']])])).toEqual([['Sport']]);
    expect(trainingSet([labelled(said([['A', 'B']]))], news).report.unknownLabels).toEqual({ '["A","B"]': 1 });
  });
});

describe('dynamic choices', () => {
  const data = { text: 'words', options: [{ value: 'x' }, { value: 'Long', alias: 'l' }, 'bare', { value: 7 }, null] };

  it('are those of the task', () => {
    expect(labelsOf({ data }, dynamic)).toEqual(['x', 'l', 'bare']);
    expect(labelsOf({ data: {} }, dynamic)).toEqual([]);
    expect(labelsOf(null as unknown as Task, dynamic)).toEqual([]);
  });

  it('may be nested', () => {
    const pair = pairOf(
      '<View><Text name="t" value="$text"/><Choices name="c" toName="t" value="$o" allowNested="true"><Choice value="s"/></Choices></View>',
    );
    const options = [{ value: 'a', children: [{ value: 'b', children: [{ value: 'c' }] }] }, { value: 'd' }];
    expect(labelsOf({ data: { o: options } }, pair)).toEqual(['["s"]', '["a"]', '["a","b"]', '["a","b","c"]', '["d"]']);
  });

  it('are known where the task lists them, and all of them where it lists none', () => {
    const task = (choices: Json, value: Json): Task => ({ data: value, annotations: [said(choices, {}, dynamic)] });
    const { samples, report } = trainingSet(
      [task(['l'], data), task(['gone'], data), task(['any'], { text: 'x' })],
      dynamic,
    );
    expect(samples.map((sample) => sample.labels)).toEqual([['l'], ['any']]);
    expect(report.unknownLabels).toEqual({ gone: 1 });
  });
});

it('F84 a label called like a property of objects is learnt and counted like any', () => {
  const names = ['__proto__', 'constructor', 'toString'];
  const choices = names.map((name) => `<Choice value="${name}"/>`).join('');
  const pair = pairOf(
    `<View><Text name="t" value="$text"/><Choices name="__proto__" toName="t">${choices}</Choices></View>`,
  );
  const tasks = names.map((name) => labelled(said([name], {}, pair)));
  expect(trainingSet(tasks, pair).samples.map((sample) => sample.labels)).toEqual(names.map((name) => [name]));
  const { report } = trainingSet(tasks, { ...pair, labels: ['a'] });
  expect(Object.entries(report.unknownLabels)).toEqual(names.map((name) => [name, 1]));
  expect(JSON.parse(JSON.stringify(report)).unknownLabels).toHaveProperty('constructor', 1);
  expect(Object.keys(Object.prototype)).toEqual([]);
});

it('the same text labelled twice is two samples', () => {
  const task = labelled(said(['Sport']));
  expect(trainingSet([task, task], news).samples).toHaveLength(2);
});

it('tasks that are none are passed over', () => {
  const { samples, report } = trainingSet([null, 7, [], {}] as unknown as Task[], news);
  expect(samples).toEqual([]);
  expect(report).toMatchObject({ tasks: 4, annotations: 0, unlabelled: 4 });
});

describe('the time of an annotation', () => {
  it('sorts as text, to the microsecond, whatever form it came in', () => {
    const forms: [Annotation, string][] = [
      [{ created_at: 1_600_000_000 as unknown as string }, '2020-09-13T12:26:40.000000Z'],
      [{ updated_at: '2026-01-02T03:10:00Z' }, '2026-01-02T03:10:00.000000Z'],
      [{ updated_at: '2026-01-02T03:10:00.5Z' }, '2026-01-02T03:10:00.500000Z'],
      [{ updated_at: '2026-01-02T05:10:00.581573+02:00' }, '2026-01-02T03:10:00.581573Z'],
      [{ updated_at: '2026-01-02T03:10:00.581588', created_at: '2026-01-01T00:00:00Z' }, '2026-01-02T03:10:00.581588Z'],
      [{ created_at: '2026-01-02T03:10:00.581573Z' }, '2026-01-02T03:10:00.581573Z'],
      [{ updated_at: 'yesterday' }, ''],
      [{ updated_at: null as unknown as string }, ''],
      [{ created_at: Number.NaN as unknown as string }, ''],
      [{ created_at: 9e99 as unknown as string }, ''],
      [{}, ''],
    ];
    for (const [annotation, time] of forms) expect(annotationTime(annotation)).toBe(time);
  });
});
