// What a control is trained with: the usual options for few labels, a choice for more, the same choice until the set has
// grown by half.
import { describe, expect, test } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { type OptionsChoice, planFor } from '../../src/sdk/control-options.ts';
import { namesOptions, optionsFor } from '../../src/sdk/text-options.ts';
import { languages } from '../evaluation/languages.ts';

const words = { wet: ['rain', 'fog', 'snow', 'storm', 'cloud'], dry: ['sun', 'heat', 'desert', 'drought', 'dust'] };

function texts(count: number): { texts: string[]; targets: string[] } {
  const targets = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 'wet' : 'dry'));
  const own = (i: number) => words[i % 2 === 0 ? 'wet' : 'dry'];
  return { texts: targets.map((_, i) => `${own(i)[i % 5]} and ${own(i)[(i + 2) % 5]} on day ${i}`), targets };
}

const settings = { C: null, autoMs: 20_000, multiLabel: false, before: null };

async function plan(count: number, changed: Partial<Parameters<typeof planFor>[2]> = {}) {
  const set = texts(count);
  return planFor(set.texts, set.targets, { ...settings, ...changed });
}

/** A choice as it comes out of a store. */
async function choiceOf(count: number, changed = {}): Promise<OptionsChoice> {
  return JSON.parse(JSON.stringify((await plan(count, changed)).choice));
}

describe('a plan', () => {
  test('takes the usual options below twenty texts, without time, and where one class has a single text', async () => {
    const usual = {
      choice: null,
      heldOut: null,
      options: { C: 10, refinement: { columnPower: 0.5, naiveBayes: 0.1 } },
    };
    expect(await plan(19)).toMatchObject(usual);
    expect(await plan(60, { autoMs: 0 })).toMatchObject(usual);
    const set = texts(40);
    const targets = set.targets.map((_, i) => (i === 0 ? 'wet' : 'dry'));
    expect(await planFor(set.texts, targets, settings)).toMatchObject(usual);
    expect(await plan(6, { C: 3 })).toMatchObject({ options: { C: 3 } });
  });

  test('chooses from twenty on, tells how far it is, and brings predictions of every text', async () => {
    const told: number[] = [];
    const found = await plan(40, { onProgress: (done, total) => void told.push(done / total) });
    expect(found.choice).toMatchObject({ texts: 40, classes: 2, asked: { C: null, multiLabel: false } });
    expect(found.options).toBe(found.choice?.options);
    expect(found.heldOut?.docs).toHaveLength(40);
    expect(told.length).toBeGreaterThan(3);
    expect(told.every((share) => share >= 0 && share <= 1)).toBe(true);
  });

  test('keeps the choice until texts or classes have changed by half', async () => {
    const before = await choiceOf(40);
    for (const count of [28, 41, 59]) {
      expect(await plan(count, { before })).toEqual({ options: before.options, choice: before, heldOut: null });
    }
    for (const count of [26, 60]) expect((await plan(count, { before })).choice?.texts).toBe(count);
    const set = texts(44);
    const more = set.targets.map((target, i) => (i > 40 ? 'fog' : target));
    expect((await planFor(set.texts, more, { ...settings, before })).choice?.classes).toBe(3);
  });

  test('chooses anew when another C or kind of control is asked for', async () => {
    const before = await choiceOf(40);
    const found = await plan(40, { before, C: 2 });
    expect(found.options.C).toBe(2);
    expect(found.heldOut).not.toBeNull();
  });

  test.each([
    ['nothing', undefined],
    ['another thing', { options: 1, asked: {}, texts: 40, classes: 2 }],
    ['no features', { options: {}, asked: settings, texts: 40, classes: 2 }],
    [
      'features that no fit takes',
      { options: { features: [{ analyzer: 'lines' }] }, asked: {}, texts: 40, classes: 2 },
    ],
    [
      'a wrong C',
      { options: { features: [{}], C: 'x' }, asked: { C: null, multiLabel: false }, texts: 40, classes: 2 },
    ],
    [
      'a wrong temperature',
      {
        options: { features: [{}], refinement: { temperature: -1 } },
        asked: { C: null, multiLabel: false },
        texts: 40,
        classes: 2,
      },
    ],
    [
      'a block that is nothing',
      { options: { features: [null] }, asked: { C: null, multiLabel: false }, texts: 40, classes: 2 },
    ],
  ])('makes nothing of a kept choice that holds %s', async (_, before) => {
    expect((await plan(40, { before })).heldOut).not.toBeNull();
  });
});

describe('the usual options', () => {
  test.each(languages)('suit $language', ({ texts, labels, spacing, probe }) => {
    const { features = [] } = optionsFor(texts);
    const kinds = features.map(({ analyzer = 'word' }) => analyzer);
    expect(kinds).toEqual(spacing === 'unspaced' ? ['char', 'word'] : ['word', 'char_wb']);
    const step = Math.ceil(texts.length / 18);
    const few = texts.map((text, i) => ({ text, label: labels[i]! })).filter((_, i) => i % step === 0);
    const classifier = TextClassifier.fit(
      few.map(({ text }) => text),
      few.map(({ label }) => label),
      optionsFor(few.map(({ text }) => text)),
    );
    expect(classifier.predict([probe.text])).toEqual([probe.label]);
  });

  test('of label names are words and pairs of them, or characters where there are no spaces', () => {
    expect(namesOptions(['World news', 'Sports'])).toEqual({ ngramRange: [1, 2], C: 10 });
    expect(namesOptions(['体育', '财经'], 3)).toEqual({ analyzer: 'char', ngramRange: [1, 2], C: 3 });
  });
});
