// Metrics against the worked examples of scikit-learn's documentation and against counting by hand.
import { describe, expect, test } from 'vitest';
import { MetricsSum } from '../../src/evaluation/metrics.ts';
import { MultiLabelMetricsSum } from '../../src/evaluation/multi-label-metrics.ts';

/** Metrics of certain predictions. */
function metricsOf(classes: readonly string[], truth: readonly string[], predicted: readonly string[]) {
  const sum = new MetricsSum(classes);
  const rows = predicted.map((label) => classes.map((name) => (name === label ? 1 : 0)));
  sum.add(truth, Float64Array.from(rows.flat()));
  return sum.result();
}

describe('one label a document', () => {
  test('accuracy, precision, recall and macro-F1 are those of scikit-learn', () => {
    const metrics = metricsOf(['0', '1', '2'], [...'012012'], [...'021001']);
    expect(metrics.docs).toBe(6);
    expect(metrics.accuracy).toBeCloseTo(2 / 6, 15);
    expect(metrics.macroF1).toBeCloseTo(0.26666666666666666, 15);
    expect(metrics.perClass[0]).toEqual({ label: '0', precision: 2 / 3, recall: 1, f1: 0.8, support: 2 });
    expect(metrics.perClass[1]).toEqual({ label: '1', precision: 0, recall: 0, f1: 0, support: 2 });
    expect(metrics.confusion).toEqual([
      [2, 0, 0],
      [1, 0, 1],
      [0, 2, 0],
    ]);
  });

  test('log loss is that of scikit-learn', () => {
    const sum = new MetricsSum(['ham', 'spam']);
    sum.add(['spam', 'ham', 'ham', 'spam'], Float64Array.of(0.1, 0.9, 0.9, 0.1, 0.8, 0.2, 0.35, 0.65));
    expect(sum.result().logLoss).toBeCloseTo(0.21616187468057912, 14);
  });

  test('a certain error costs what clipping at the epsilon of a double leaves', () => {
    const { logLoss } = metricsOf(['a', 'b'], ['a'], ['b']);
    expect(logLoss).toBeCloseTo(-Math.log(Number.EPSILON), 10);
  });

  test('calibration error sums the distances over fifteen bins', () => {
    const sum = new MetricsSum(['a', 'b']);
    // Bin (0.6, 0.667]: mean confidence 0.63, half right. Bin (0.933, 1]: 0.95, right.
    sum.add(['a', 'b', 'a'], Float64Array.of(0.62, 0.38, 0.64, 0.36, 0.95, 0.05));
    expect(sum.result().ece).toBeCloseTo((2 * Math.abs(0.5 - 0.63) + 0.05) / 3, 12);
  });

  test('a confidence on the edge of two bins belongs to the lower one', () => {
    const sum = new MetricsSum(['a', 'b', 'c']);
    const fifth = 3 / 15;
    sum.add(['a', 'b'], Float64Array.of(fifth, 0, 0, 0.19, 0, 0));
    expect(sum.result().ece).toBeCloseTo(Math.abs(1 - fifth - 0.19) / 2, 12);
  });

  test('macro-F1 leaves out classes that neither occur nor are predicted', () => {
    const metrics = metricsOf(['a', 'b', 'unused'], ['a', 'b'], ['a', 'b']);
    expect(metrics.macroF1).toBe(1);
    expect(metrics.perClass.map(({ label }) => label)).toEqual(['a', 'b', 'unused']);
  });

  test('a label that the model does not know is an error with a row of its own', () => {
    const metrics = metricsOf(['b', 'c'], ['a', 'b'], ['b', 'b']);
    expect(metrics.accuracy).toBe(0.5);
    expect(metrics.perClass.map(({ label, support }) => [label, support])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 0],
    ]);
    expect(metrics.confusion).toEqual([
      [0, 1, 0],
      [0, 1, 0],
      [0, 0, 0],
    ]);
    expect(metrics.macroF1).toBeCloseTo((0 + 2 / 3) / 2, 15);
  });

  test('documents may come in any number of parts', () => {
    const classes = ['a', 'b'];
    const proba = Float64Array.of(0.9, 0.1, 0.4, 0.6, 0.7, 0.3);
    const whole = new MetricsSum(classes);
    whole.add(['a', 'a', 'b'], proba);
    const parts = new MetricsSum(classes);
    parts.add(['a'], proba.subarray(0, 2));
    parts.add(['a', 'b'], proba.subarray(2));
    expect(parts.result()).toEqual(whole.result());
  });

  test('of equal probabilities the first class is the prediction', () => {
    const sum = new MetricsSum(['a', 'b']);
    sum.add(['a'], Float64Array.of(0.5, 0.5));
    expect(sum.result().accuracy).toBe(1);
  });

  test('labels are in the order of code points, astral characters behind the private use area', () => {
    const labels = ['', 'B', 'a', 'ab', 'é', '\uffff', '\u{1f600}'];
    const { perClass } = metricsOf(
      ['a'],
      labels.toReversed(),
      labels.map(() => 'a'),
    );
    expect(perClass.map(({ label }) => label)).toEqual(labels);
  });

  test('nothing at all is zero and not NaN', () => {
    const { docs, accuracy, macroF1, logLoss, ece } = new MetricsSum(['a', 'b']).result();
    expect([docs, accuracy, macroF1, logLoss, ece]).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('several labels a document', () => {
  test('accuracy asks for the whole set, the rest for each class', () => {
    const sum = new MultiLabelMetricsSum(['x', 'y', 'z']);
    sum.add([['x', 'y'], [], ['z', 'unknown']], Float64Array.of(0.9, 0.6, 0.1, 0.2, 0.5, 0.1, 0.1, 0.1, 0.8));
    const metrics = sum.result();
    expect(metrics.accuracy).toBeCloseTo(1 / 3, 15);
    expect(metrics.perClass.map(({ label, f1 }) => [label, f1])).toEqual([
      ['unknown', 0],
      ['x', 1],
      ['y', 2 / 3],
      ['z', 1],
    ]);
    expect(metrics.macroF1).toBeCloseTo((0 + 1 + 2 / 3 + 1) / 4, 15);
    expect(metrics.confusion[2]).toEqual([
      [1, 1],
      [0, 1],
    ]);
    const losses = [0.9, 0.6, 0.9, 0.8, 0.5, 0.9, 0.9, 0.9, 0.8].map((p) => -Math.log(p));
    expect(metrics.logLoss).toBeCloseTo(losses.reduce((a, b) => a + b) / 9, 12);
  });
});
