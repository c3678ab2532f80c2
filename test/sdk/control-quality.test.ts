// What a training says about itself: figures from texts that it did not learn from, suspects by task, and nothing where
// there are too few labels to say anything.
import { describe, expect, test } from 'vitest';
import type { TrainingSet } from '../../src/labelstudio/annotation.ts';
import { readConfig } from '../../src/labelstudio/label-config.ts';
import { fitControl } from '../../src/sdk/control-model.ts';
import { type ControlQuality, judgeControl } from '../../src/sdk/control-quality.ts';

const choices =
  '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="wet"/><Choice value="dry"/></Choices></View>';
const taxonomy =
  '<View><Text name="t" value="$text"/><Taxonomy name="c" toName="t"><Choice value="weather"><Choice value="wet"/>' +
  '<Choice value="dry"/></Choice></Taxonomy></View>';
const words = { wet: ['rain', 'fog', 'snow', 'storm', 'cloud'], dry: ['sun', 'heat', 'desert', 'drought', 'dust'] };

/** Texts of both kinds, told apart by their words; `wrong` of them bear the other label. */
function setOf(
  count: number,
  { wrong = [], label = (kind) => kind }: { wrong?: number[]; label?: (kind: 'wet' | 'dry') => string } = {},
): TrainingSet {
  const samples = Array.from({ length: count }, (_, i) => {
    const kind = i % 2 === 0 ? 'wet' : 'dry';
    const own = words[kind];
    const text = `${own[i % 5]} and ${own[(i + 2) % 5]} on day ${i}`;
    const given = wrong.includes(i) ? (kind === 'wet' ? 'dry' : 'wet') : kind;
    return { text, labels: [label(given)], weight: 1, taskId: 100 + i };
  });
  const report = { tasks: count, annotations: count, used: count, left: {}, unknownLabels: {} };
  return { samples, report } as unknown as TrainingSet;
}

async function judged(config: string, set: TrainingSet, before?: unknown): Promise<ControlQuality | null> {
  const pair = readConfig(config).pairs[0]!;
  const classifier = fitControl(pair, set, {});
  try {
    return await judgeControl(pair, set, classifier, { before });
  } finally {
    classifier.dispose();
  }
}

describe('the report of a training', () => {
  test('judges each text by a model that had not seen it', async () => {
    const found = await judged(choices, setOf(60));
    expect(found).toMatchObject({ docs: 60, measured: 60, folds: 5, madeAt: 60 });
    expect(found?.accuracy.value).toBeGreaterThan(0.9);
    expect(found?.accuracy.low).toBeLessThan(found!.accuracy.value);
    expect(found?.perClass.map(({ label }) => label)).toEqual(['dry', 'wet']);
    const [dry] = found!.topTerms;
    expect(dry?.terms.some(({ term }) => words.dry.includes(term))).toBe(true);
  });

  test('names the tasks whose label looks wrong', async () => {
    const found = await judged(choices, setOf(80, { wrong: [12, 33] }));
    expect(found?.suspects.map(({ task }) => task).sort()).toEqual(['112', '133']);
    expect(found?.suspects.find(({ task }) => task === '112')).toMatchObject({
      given: 'dry',
      suggested: 'wet',
      change: 'replace',
    });
  });

  test('calls a path of nested choices as people read it', async () => {
    const label = (kind: string) => JSON.stringify(['weather', kind]);
    const found = await judged(taxonomy, setOf(40, { label }));
    expect(found?.perClass.map((one) => one.label)).toEqual(['weather / dry', 'weather / wet']);
    expect(found?.topTerms.map((one) => one.label)).toEqual(['weather / dry', 'weather / wet']);
  });

  test.each([2, 9])('is not made of %i texts', async (count) => {
    expect(await judged(choices, setOf(count))).toBeNull();
  });

  test('is not made where one class has a single text', async () => {
    const set = setOf(20);
    const samples = set.samples.filter(({ labels }, i) => labels[0] === 'wet' || i === 1);
    expect(await judged(choices, { ...set, samples })).toBeNull();
  });

  test('is kept while a large project has hardly changed, and made anew when it has', async () => {
    const perClass = [{ label: 'dry' }, { label: 'wet' }];
    const before = { madeAt: 1190, perClass };
    expect(await judged(choices, setOf(1200), before)).toBe(before);
    const renamed = { madeAt: 1190, perClass: [{ label: 'dry' }, { label: 'damp' }] };
    expect(await judged(choices, setOf(1200), renamed)).toMatchObject({ madeAt: 1200 });
    expect(await judged(choices, setOf(1200), { madeAt: 1000, perClass })).toMatchObject({ madeAt: 1200 });
    expect(await judged(choices, setOf(40), { madeAt: 40, perClass })).toMatchObject({ docs: 40 });
  });
});
