// ONNX graphs run by ONNX Runtime: on real texts and on every option, the same probabilities as the classifier's.
import { describe, expect, it } from 'vitest';
import { exportOnnx, type OnnxOptions } from '../../src/classifier/export-onnx.ts';
import { type FitOptions, TextClassifier } from '../../src/classifier/text-classifier.ts';
import { TfidfVectorizer } from '../../src/classifier/vectorizer.ts';
import { hasCorpora, readCorpus } from '../corpora.ts';
import { exportCases as cases, labels, oddTexts, texts } from './export-cases.ts';
import { hasOnnxRuntime, OnnxGraph } from './onnx-runtime.ts';

const tolerance = 1e-5;
const batchSize = 100;

interface Comparison {
  /** Largest difference of a probability, among texts that the graph calls exact. */
  difference: number;
  /** Texts whose label is another. */
  otherLabels: number;
  exact: number;
}

/** Run the texts through graph and classifier. */
async function compare(
  classifier: TextClassifier,
  texts: readonly string[],
  options: OnnxOptions,
): Promise<Comparison> {
  const graph = await OnnxGraph.open(exportOnnx(classifier.model, options).bytes);
  const analyzers = classifier.model.blocks.map(({ vectorizer }) => new TfidfVectorizer(vectorizer));
  const width = classifier.classes.length;
  const result = { difference: 0, otherLabels: 0, exact: 0 };
  for (let from = 0; from < texts.length; from += batchSize) {
    const batch = texts.slice(from, from + batchSize);
    const terms = () =>
      analyzers.map((one, i) => [i === 0 ? 'terms' : `terms_${i}`, batch.map((text) => one.analyze(text))]);
    const outputs = await graph.run(options.input === 'text' ? { text: batch } : Object.fromEntries(terms()));
    const { probabilities, label, exact } = outputs;
    expect(probabilities!.dims).toEqual([batch.length, width]);
    const expected = classifier.predictProba(batch);
    const labels = classifier.predict(batch);
    for (const [i, known] of labels.entries()) {
      if (exact && !exact.data[i]) continue;
      result.exact++;
      if (label && label.data[i] !== known) result.otherLabels++;
      for (let at = i * width; at < (i + 1) * width; at++) {
        result.difference = Math.max(result.difference, Math.abs(probabilities!.data[at]! - expected[at]!));
      }
    }
  }
  await graph.session.release();
  return result;
}

describe.runIf(hasOnnxRuntime)('ONNX graphs', () => {
  it.each(cases)('%s: from terms, the probabilities of the classifier', async (_, options) => {
    const classifier = TextClassifier.fit(texts, labels, options);
    const { difference, otherLabels, exact } = await compare(classifier, [...texts, ...oddTexts], {});
    expect(difference).toBeLessThan(tolerance);
    expect([otherLabels, exact]).toEqual([0, texts.length + oddTexts.length]);
  });

  it.each(cases)('%s: from text, the same or a refusal', async (_, options) => {
    const classifier = TextClassifier.fit(texts, labels, options);
    const kinds = classifier.model.blocks.map(({ vectorizer }) => vectorizer);
    if (kinds.some(({ analyzer, tokenPattern }) => analyzer !== 'word' || tokenPattern.includes('['))) {
      expect(() => exportOnnx(classifier.model, { input: 'text' })).toThrow(/ONNX has no operators for/);
      return;
    }
    const { difference, otherLabels, exact } = await compare(classifier, [...texts, ...oddTexts], { input: 'text' });
    expect(difference).toBeLessThan(tolerance);
    expect([otherLabels, exact]).toEqual([0, texts.length + oddTexts.length - 1]);
  });

  it('two classes are one sigmoid, and several labels a sigmoid each without a best one', async () => {
    const two = TextClassifier.fit(
      texts,
      texts.map((_, i) => (i % 3 === 0 ? 'yes' : 'no')),
    );
    expect((await compare(two, oddTexts, {})).difference).toBeLessThan(tolerance);
    const lists = texts.map((_, i) => (i % 3 === 0 ? ['a', 'b'] : i % 3 === 1 ? ['b'] : []));
    const several = TextClassifier.fit(texts, lists, { multiLabel: true });
    expect((await compare(several, texts, { input: 'text' })).difference).toBeLessThan(tolerance);
    expect(exportOnnx(several.model).outputs.map(({ name }) => name)).toEqual(['probabilities']);
  });

  it('texts that need more than the graph knows are said not to be exact', async () => {
    const classifier = TextClassifier.fit(texts, labels);
    const graph = await OnnxGraph.open(exportOnnx(classifier.model, { input: 'text' }).bytes);
    const { exact } = await graph.run({ text: ['plain', 'déjà vu', '雨', 'Ünder', 'a—b', '“rain”', 'e\u0301'] });
    expect(Array.from(exact!.data, Boolean)).toEqual([true, true, true, false, false, false, false]);
  });
});

const corpora: [name: string, FitOptions][] = [
  ['sms', {}],
  ['sms', { analyzer: 'char_wb', ngramRange: [2, 4] }],
  ['agnews', {}],
  [
    'agnews',
    {
      features: [
        { ngramRange: [1, 2], minDf: 2 },
        { analyzer: 'char_wb', ngramRange: [3, 4], minDf: 5 },
      ],
    },
  ],
];

describe.runIf(hasOnnxRuntime && hasCorpora)('ONNX graphs of real texts', () => {
  it.each(corpora)('%s %j', async (name, options) => {
    const train = readCorpus(name, 'train');
    // Two wide blocks are a lot of columns, and ONNX knows no sparse rows.
    const test = readCorpus(name, 'test').texts.slice(0, options.features ? 2000 : undefined);
    const classifier = TextClassifier.fit(train.texts, train.labels, options);
    const fromTerms = await compare(classifier, test, {});
    expect(fromTerms.difference).toBeLessThan(tolerance);
    expect(fromTerms.exact).toBe(test.length);
    if (options.features ?? options.analyzer) return;
    const fromText = await compare(classifier, test, { input: 'text' });
    expect(fromText.difference).toBeLessThan(tolerance);
    expect(fromText.exact).toBeGreaterThan(0.9 * test.length);
  });
});
