// Six real corpora against scikit-learn's figures: columns, idf, weights, the optimum and what it predicts.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { TfidfVectorizer } from '../../src/classifier/vectorizer.ts';
import { MetricsSum } from '../../src/evaluation/metrics.ts';
import { expectedFigures, hasCorpora, readCorpus, vectorizerOptions } from '../corpora.ts';

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

// A file without any test is a failure.
it.skipIf(hasCorpora)('is measured where the corpora are', ({ skip }) => skip());

describe.runIf(hasCorpora).each(hasCorpora ? expectedFigures() : [])('$name $features', ({ name, expected }) => {
  const options = vectorizerOptions(expected.options);
  const train = readCorpus(name, 'train');
  const test = readCorpus(name, 'test');

  it("has scikit-learn's columns, idf and weights", () => {
    const vectorizer = new TfidfVectorizer(options);
    const X = vectorizer.fitTransform(train.texts);
    expect(X.shape).toEqual([train.texts.length, expected.n_features]);
    expect(X.data).toHaveLength(expected.nnz_train);
    const digest = createHash('sha256').update(vectorizer.vocabulary.join('\n')).digest('hex');
    expect(digest).toBe(expected.vocabulary_sha256);
    for (const [j, idf] of expected.idf_first5.entries()) expect(vectorizer.idf[j]).toBeCloseTo(idf, 12);
    expect(Math.abs(sum(vectorizer.idf) / expected.idf_sum - 1)).toBeLessThan(1e-10);
    expect(Math.abs(sum(X.data) / expected.train_sum - 1)).toBeLessThan(1e-10);
    const first = X.indptr[1]!;
    expect(Array.from(X.indices.subarray(0, first))).toEqual(expected.first_row.indices);
    for (const [e, value] of expected.first_row.data.entries()) expect(X.data[e]).toBeCloseTo(value, 14);
    const unseen = vectorizer.transform(test.texts);
    expect(unseen.data).toHaveLength(expected.nnz_test);
    expect(Math.abs(sum(unseen.data) / expected.test_sum - 1)).toBeLessThan(1e-10);
  });

  it('reaches the optimum and predicts as it does', () => {
    const { optimum } = expected.fits;
    const classifier = TextClassifier.fit(train.texts, train.labels, options);
    expect(classifier.classes).toEqual(expected.class_order);
    expect(classifier.report.converged).toBe(true);
    expect(Math.abs(classifier.report.objective / optimum.objective - 1)).toBeLessThan(1e-6);
    const proba = classifier.predictProba(test.texts);
    const metrics = new MetricsSum(classifier.classes);
    metrics.add(test.labels, proba);
    const { accuracy, macroF1, logLoss } = metrics.result();
    expect(Math.abs(accuracy - optimum.accuracy)).toBeLessThan(0.0006);
    expect(Math.abs(macroF1 - optimum.macro_f1)).toBeLessThan(0.0006);
    expect(Math.abs(logLoss - optimum.log_loss)).toBeLessThan(2e-4);
    for (const [k, value] of optimum.first_test_proba.entries()) expect(Math.abs(proba[k]! - value)).toBeLessThan(5e-4);
  });
});
