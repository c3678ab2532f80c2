// The report: plain data that says what is known, and what is not.
import { describe, expect, test } from 'vitest';
import { type FitOptions, type Target, TextClassifier } from '../../src/classifier/text-classifier.ts';
import { seededRandom } from '../../src/evaluation/folds.ts';
import { holdOut, measureCurve } from '../../src/evaluation/out-of-fold.ts';
import { makeReport, type ReportParts } from '../../src/evaluation/report.ts';

const words = {
  fruit: ['apple', 'pear', 'plum', 'grape'],
  tool: ['hammer', 'saw', 'drill', 'wrench'],
  bird: ['crow', 'owl', 'finch', 'gull'],
};

/** Texts of a telling word and fillers; every tenth label is another's. */
function sample(count: number) {
  const random = seededRandom(4);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
  const names = Object.keys(words) as (keyof typeof words)[];
  const truth = Array.from({ length: count }, (_, i) => names[i % 3]!);
  const texts = truth.map(
    (name) =>
      `${pick(['old', 'new', 'big'])} ${pick(words[name])} ${pick(['here', 'there', 'now'])} ${pick(['x1', 'y2', 'z3'])}`,
  );
  const labels = truth.map((name, i) => (i % 10 === 7 ? names[(names.indexOf(name) + 1) % 3]! : name));
  return { texts, truth, labels };
}

function reportOn(
  texts: readonly string[],
  targets: readonly Target[],
  options: FitOptions,
  more: Partial<ReportParts> = {},
) {
  const heldOut = holdOut(texts, targets, options);
  return makeReport({ targets, heldOut, multiLabel: options.multiLabel ?? false, ...more });
}

describe('a report', () => {
  const { texts, truth, labels } = sample(300);
  const options: FitOptions = { C: 5 };
  const report = reportOn(texts, labels, options, {
    classifier: TextClassifier.fit(texts, labels, options),
    curve: measureCurve(texts, labels, options, { budgetMs: Number.POSITIVE_INFINITY }),
    ratings: texts.flatMap((_, item) => [
      { item, annotator: 'ann', label: truth[item]! },
      { item, annotator: 'bob', label: labels[item]! },
    ]),
  });

  test('is plain data', () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  test('gives accuracy with an interval, and precision and recall for each class', () => {
    expect(report.accuracy.value).toBeCloseTo(0.9, 1);
    expect(report.accuracy.low).toBeLessThan(report.accuracy.value);
    expect(report.accuracy.high).toBeGreaterThan(report.accuracy.value);
    expect(report.perClass.map(({ label }) => label)).toEqual(['bird', 'fruit', 'tool']);
    for (const line of report.perClass) {
      expect(line.recallInterval.low).toBeLessThan(line.recall);
      expect(line.recallInterval.high).toBeGreaterThan(line.recall);
      expect(line.precisionInterval.low).toBeLessThan(line.precision);
    }
    const predictions = report.confusion.flat().reduce((sum: number, count) => sum + (count as number), 0);
    expect(predictions).toBe(300);
  });

  test('names the annotations that look wrong', () => {
    expect(report.suspects.length).toBeGreaterThan(12);
    expect(report.suspects.every(({ doc, given }) => labels[doc] === given)).toBe(true);
    const right = report.suspects.filter(
      ({ doc, suggested }) => truth[doc] === suggested && labels[doc] !== truth[doc],
    );
    expect(right.length / report.suspects.length).toBeGreaterThan(0.9);
    expect(report.suspectShare).toBeCloseTo(0.1, 1);
  });

  test('names the terms that tell classes apart', () => {
    for (const { label, terms } of report.topTerms) {
      const names = terms.slice(0, 6).map(({ term }) => term);
      expect(names).toEqual(expect.arrayContaining(words[label as keyof typeof words]));
    }
  });

  test('says how honest the scores are and what temperature they need', () => {
    expect(report.calibration.error).toBeGreaterThan(0);
    expect(report.calibration.temperature).toBeGreaterThan(0.1);
    expect(report.calibration.bins.reduce((sum, { count }) => sum + count, 0)).toBe(300);
  });

  test('looks ahead and says how annotators agree', () => {
    expect(report.learningCurve.points.length).toBeGreaterThan(2);
    expect(report.learningCurve.summary).toMatch(/more/);
    expect(report.agreement!.pairs[0]).toMatchObject({ annotators: ['ann', 'bob'], shared: 300, agreement: 0.9 });
    expect(report.notes).toEqual([]);
  });
});

test('of few texts says what it cannot say', () => {
  const { texts, labels } = sample(24);
  const { notes, accuracy, learningCurve } = reportOn(texts, [...labels.slice(0, 23), 'rare'], {});
  expect(accuracy.high - accuracy.low).toBeGreaterThan(0.2);
  expect(notes[0]).toMatch(/^With 24 labelled texts accuracy is known no better than between \d+ % and \d+ %\.$/);
  expect(notes[1]).toBe('Fewer than 5 texts have "rare": what is said of them says little.');
  expect(notes[2]).toMatch(/too few labels \(24\)/);
  expect(learningCurve.law).toBeNull();
});

test('of several labels a text tells labels to add and to take away', () => {
  const { texts, truth } = sample(300);
  const lists = truth.map((name, i) => {
    if (i % 30 === 0) return [];
    return i % 30 === 1 ? [name, name === 'fruit' ? 'tool' : 'fruit'] : [name];
  });
  const report = reportOn(texts, lists, { multiLabel: true, C: 5 });
  expect(report.suspects.filter(({ change }) => change === 'add').length).toBeGreaterThan(3);
  expect(report.suspects.filter(({ change }) => change === 'remove').length).toBeGreaterThan(3);
  expect(report.suspects.every(({ doc, change }) => doc % 30 === (change === 'add' ? 0 : 1))).toBe(true);
  expect(report.confusion[0]).toHaveLength(2);
});

test('held-out predictions are those of models that have not seen the text', () => {
  const texts = Array.from({ length: 40 }, (_, i) => `unique${i} word`);
  const labels = texts.map((_, i) => (i % 2 ? 'a' : 'b'));
  const told: [number, number][] = [];
  const { outOfFold, folds, k } = holdOut(texts, labels, { C: 100 }, { onFold: (...fold) => void told.push(fold) });
  expect(told).toEqual([1, 2, 3, 4, 5].map((done) => [done, 5]));
  expect(k).toBe(5);
  expect(new Set(folds).size).toBe(5);
  for (const p of outOfFold) expect(Math.abs(p - 0.5)).toBeLessThan(0.1);
});
