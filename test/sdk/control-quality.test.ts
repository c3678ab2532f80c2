// What a training says about itself: figures from texts that it did not learn from, suspects by task, and nothing where
// there are too few labels to say anything.
import { describe, expect, test } from 'vitest';
import type { TrainingSet } from '../../src/labelstudio/annotation.ts';
import { readConfig } from '../../src/labelstudio/label-config.ts';
import { fitControl, learnable } from '../../src/sdk/control-model.ts';
import { planFor } from '../../src/sdk/control-options.ts';
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
  return { samples, ratings: [], report } as unknown as TrainingSet;
}

interface Circumstances {
  before?: unknown;
  autoMs?: number;
}

async function judged(
  config: string,
  set: TrainingSet,
  { before, autoMs = 0 }: Circumstances = {},
): Promise<ControlQuality | null> {
  const pair = readConfig(config).pairs[0]!;
  const { texts, targets } = learnable(pair, set);
  const plan = await planFor(texts, targets, { C: null, autoMs, multiLabel: pair.multiple, before: null });
  const classifier = fitControl('1', pair, set, plan.options);
  try {
    return await judgeControl({ pair, set, classifier, plan, before });
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
    const made = (await judged(choices, setOf(1190)))!;
    expect(await judged(choices, setOf(1200), { before: made })).toEqual(made);
    const renamed = { ...made, perClass: [{ label: 'dry' }, { label: 'damp' }] };
    expect(await judged(choices, setOf(1200), { before: renamed })).toMatchObject({ madeAt: 1200 });
    expect(await judged(choices, setOf(1320), { before: made })).toMatchObject({ madeAt: 1320 });
    const mixed = Array.from({ length: 200 }, (_, i) => i);
    const turned = await judged(choices, setOf(1190, { wrong: mixed }), { before: made });
    expect(turned?.accuracy.value).toBeLessThan(made.accuracy.value);
  });

  test('is made anew for a small project each time, unless that takes long', async () => {
    const cheap = { ...(await judged(choices, setOf(40)))!, tookMs: 5 };
    expect(await judged(choices, setOf(41), { before: cheap })).toMatchObject({ docs: 41 });
    const dear = { ...cheap, tookMs: 900 };
    expect(await judged(choices, setOf(41), { before: dear })).toEqual(dear);
    expect(await judged(choices, setOf(45), { before: dear })).toMatchObject({ docs: 45 });
  });

  test('that is kept no longer suspects a label that was changed since', async () => {
    const found = await judged(choices, setOf(80, { wrong: [12, 33] }));
    const before = { ...found!, tookMs: 900 };
    const kept = await judged(choices, setOf(80, { wrong: [33] }), { before });
    expect(kept?.suspects.map(({ task }) => task)).toEqual(['133']);
    expect(kept?.madeAt).toBe(80);
  });

  test('is made of the folds of a choice, with the table behind it and calibrated scores', async () => {
    const found = await judged(choices, setOf(120, { wrong: [12, 33] }), { autoMs: 20_000 });
    expect(found).toMatchObject({ docs: 120, measured: 120, folds: 5 });
    expect(found?.selection.filter(({ verdict }) => verdict === 'chosen')).toHaveLength(1);
    expect(
      found?.suspects
        .slice(0, 2)
        .map(({ task }) => task)
        .sort(),
    ).toEqual(['112', '133']);
    expect(found?.calibration.temperature).toBeGreaterThan(0.8);
    expect(found?.calibration.temperature).toBeLessThan(1.25);
    const paths = await judged(taxonomy, setOf(60, { label: (kind) => JSON.stringify(['weather', kind]) }), {
      autoMs: 20_000,
    });
    expect(paths?.perClass.map((one) => one.label)).toEqual(['weather / dry', 'weather / wet']);
  });

  test('says how far annotators agree', async () => {
    const ratings = ['a', 'b', 'c', 'd'].flatMap((item) =>
      ['ann', 'bob'].map((annotator) => ({
        item,
        annotator,
        label: item === 'd' && annotator === 'bob' ? 'dry' : 'wet',
      })),
    );
    const found = await judged(choices, { ...setOf(40), ratings });
    expect(found?.agreement).toMatchObject({ items: 4, pairs: [{ annotators: ['ann', 'bob'], agreement: 0.75 }] });
  });
});
