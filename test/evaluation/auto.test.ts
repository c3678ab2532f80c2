// Auto selection on texts made so that the right choice is known.
import { describe, expect, test } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { type AutoChoice, chooseOptions } from '../../src/evaluation/auto.ts';
import { seededRandom } from '../../src/evaluation/folds.ts';
import { MetricsSum } from '../../src/evaluation/metrics.ts';

const fillers = 'the a of to and in that it is was for on are with as his they at be this from'.split(' ');

/** Sentences of fillers with one telling part each. */
function sentences(count: number, seed: number, tell: (label: string, random: () => number) => string) {
  const random = seededRandom(seed);
  const any = () => fillers[Math.floor(random() * fillers.length)]!;
  const labels = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 'yes' : 'no'));
  const texts = labels.map((label) => [any(), any(), tell(label, random), any(), any(), any()].join(' '));
  return { texts, labels };
}

const allTime = { budgetMs: Number.POSITIVE_INFINITY };

function chosenOf({ table }: AutoChoice) {
  return table.find(({ verdict }) => verdict === 'chosen')!;
}

describe('a choice', () => {
  const byOrder = (label: string) => (label === 'yes' ? 'black white' : 'white black');
  const byStem = (label: string, random: () => number) => {
    const rest = Array.from({ length: 4 }, () => String.fromCharCode(97 + Math.floor(26 * random()))).join('');
    return (label === 'yes' ? 'zorq' : 'blim') + rest;
  };

  test('takes word pairs where the order of words tells', async () => {
    const { texts, labels } = sentences(200, 1, byOrder);
    const choice = await chooseOptions(texts, labels, allTime);
    expect(chosenOf(choice).name).toMatch(/1–2|1–3|characters/);
    expect(chosenOf(choice).accuracy).toBeGreaterThan(0.97);
    expect(choice.table.find(({ name }) => name === 'words')!.accuracy).toBeLessThan(0.7);
  });

  test('takes characters where words never repeat', async () => {
    const { texts, labels } = sentences(200, 2, byStem);
    const choice = await chooseOptions(texts, labels, allTime);
    expect(chosenOf(choice).name).toContain('characters');
    const fresh = sentences(100, 3, byStem);
    const classifier = TextClassifier.fit(texts, labels, choice.options);
    const right = classifier.predict(fresh.texts).filter((label, i) => label === fresh.labels[i]).length;
    expect(right).toBeGreaterThan(97);
  });

  test('takes the simplest where nothing is better', async () => {
    const { texts } = sentences(120, 4, byOrder);
    const random = seededRandom(9);
    const noise = texts.map(() => (random() < 0.5 ? 'yes' : 'no'));
    const chosen = chosenOf(await chooseOptions(texts, noise, allTime));
    expect(chosen.behind).toBeLessThanOrEqual(chosen.standardError);
    expect(chosen.name).toMatch(/^words of two|^words$/);
  });

  test('is the same for the same seed', async () => {
    const { texts, labels } = sentences(100, 5, byStem);
    const strip = ({ table, ...choice }: AutoChoice) => ({
      ...choice,
      table: table.map(({ seconds: _, ...line }) => line),
    });
    const settings = { ...allTime, seed: 3 };
    const [first, again] = [await chooseOptions(texts, labels, settings), await chooseOptions(texts, labels, settings)];
    expect(strip(again)).toEqual(strip(first));
  });

  test('F19 measured by work is the same however little time there was, and stops where work does', async () => {
    const { texts, labels } = sentences(300, 5, byStem);
    const strip = ({ table, ...choice }: AutoChoice) => ({
      ...choice,
      table: table.map(({ seconds: _, ...line }) => line),
    });
    const never = () => Number.NaN;
    const choose = async (budgetMs: number) =>
      strip(await chooseOptions(texts, labels, { budgetMs, clock: 'work', now: never }));
    const [little, again, much] = [await choose(60), await choose(60), await choose(100_000)];
    expect(again).toEqual(little);
    expect(little.table.length).toBeLessThan(much.table.length);
    expect(little.notes.join(' ')).toContain('There was no time to try');
    expect(much.notes).toEqual([]);
  });

  test('brings calibrated out-of-fold predictions of every text', async () => {
    const { texts, labels } = sentences(400, 6, (label, random) => {
      const isOpposite = random() < 0.2;
      return (label === 'yes') !== isOpposite ? 'good' : 'bad';
    });
    const choice = await chooseOptions(texts, labels, allTime);
    expect([...choice.docs]).toEqual([...texts.keys()]);
    const sum = new MetricsSum(choice.classes);
    sum.add(labels, choice.outOfFold);
    const { accuracy, ece } = sum.result();
    expect(accuracy).toBeGreaterThan(0.72);
    expect(ece).toBeLessThan(0.06);
    expect(accuracy).toBeCloseTo(chosenOf(choice).accuracy, 12);
  });

  test('keeps what is fixed', async () => {
    const { texts, labels } = sentences(60, 7, byOrder);
    const fixed = { C: 3, lowercase: false, classWeight: null, multiClass: 'auto' } as const;
    const { options } = await chooseOptions(texts, labels, { ...allTime, fixed });
    expect(options.C).toBe(3);
    expect(options.features!.every(({ lowercase }) => lowercase === false)).toBe(true);
    const whole = await chooseOptions(texts, labels, {
      ...allTime,
      fixed: { ngramRange: [1, 2], stopWords: 'english' },
    });
    expect(whole.options.features).toMatchObject([{ ngramRange: [1, 2], stopWords: 'english' }]);
  });

  test('works with several labels a text, none among them', async () => {
    const { texts, labels } = sentences(120, 8, byStem);
    const lists = labels.map((label, i) => (label === 'yes' ? ['tell', ...(i % 3 === 0 ? ['third'] : [])] : []));
    const marked = texts.map((text, i) => (i % 3 === 0 ? `${text} marked` : text));
    const choice = await chooseOptions(marked, lists, { ...allTime, multiLabel: true });
    expect(choice.classes).toEqual(['tell', 'third']);
    const { temperature } = choice.options.refinement!;
    expect(Object.keys(temperature as object)).toEqual(['tell', 'third']);
    const classifier = TextClassifier.fit(marked, lists, choice.options);
    expect(classifier.multiLabel).toBe(true);
    expect(classifier.predictProba(['of zorqabcd it'])[0]).toBeGreaterThan(0.5);
  });
});

describe('equal texts', () => {
  test('stand in one fold, so that copies do not flatter', async () => {
    const { texts } = sentences(40, 9, () => 'same');
    const random = seededRandom(10);
    const labels = texts.map(() => (random() < 0.5 ? 'yes' : 'no'));
    const copies = [...texts, ...texts, ...texts];
    const { folds, table } = await chooseOptions(copies, [...labels, ...labels, ...labels], allTime);
    for (const [i] of texts.entries()) expect(folds[i]).toBe(folds[i + texts.length]);
    expect(Math.max(...table.map(({ accuracy }) => accuracy))).toBeLessThan(0.8);
  });
});

describe('time', () => {
  /** A clock that moves by a step each time it is read. */
  const clock = (step: number) => {
    let now = 0;
    return () => {
      now += step;
      return now;
    };
  };

  test('that runs out leaves candidates untried and says which', async () => {
    const { texts, labels } = sentences(100, 11, () => 'x');
    const choice = await chooseOptions(texts, labels, { budgetMs: 100, now: clock(30) });
    expect(choice.table.map(({ name }) => name)).not.toContain('words 1–3');
    expect(choice.notes.at(-1)).toMatch(/^There was no time to try on as many texts: .*words 1–3/);
    expect(chosenOf(choice)).toBeDefined();
  });

  test('that runs out on part of the texts says of how many', async () => {
    const { texts, labels } = sentences(4000, 12, (label) => label);
    const choice = await chooseOptions(texts, labels, { budgetMs: 100, now: clock(30) });
    expect(choice.notes[0]).toBe('Candidates were compared on 1500 of 4000 texts; more time would allow all of them.');
    expect(choice.docs.length).toBeLessThan(4000);
    expect(choice.outOfFold).toHaveLength(choice.docs.length * 2);
  });
});

describe('few texts', () => {
  test('below four, or of one class, are refused', async () => {
    await expect(chooseOptions(['a', 'b', 'c'], ['x', 'y', 'x'])).rejects.toThrow(
      'at least two classes and four labelled texts',
    );
    await expect(chooseOptions(['a', 'b', 'c', 'd'], ['x', 'x', 'x', 'x'])).rejects.toThrow('at least two classes');
  });

  test.each([4, 5, 8, 12])('as few as %d give a choice that fits', async (count) => {
    const { texts, labels } = sentences(count, 13, (label) => label);
    const { options } = await chooseOptions(texts, labels, allTime);
    const classifier = TextClassifier.fit(texts, labels, options);
    expect(classifier.predictProba(texts).every(Number.isFinite)).toBe(true);
  });

  test('with a class of one text, or texts without words, do not fail', async () => {
    const choice = await chooseOptions(
      ['red apple', 'green apple', '', 'blue car', 'fast car', '!!!'],
      ['a', 'a', 'a', 'b', 'b', 'c'],
      allTime,
    );
    expect(choice.outOfFold.every(Number.isFinite)).toBe(true);
  });
});
