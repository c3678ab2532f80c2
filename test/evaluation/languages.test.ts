// Auto selection and explanations in scripts with and without spaces, with marks inside words, right to left.
import { describe, expect, test } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { chooseOptions } from '../../src/evaluation/auto.ts';
import { Explainer } from '../../src/evaluation/explain.ts';
import { explanationHtml, explanationText } from '../../src/evaluation/explanation-output.ts';
import { scriptShares } from '../../src/evaluation/scripts.ts';
import { languages } from './languages.ts';

describe.each(languages)('$language', async ({ texts, labels, spacing, probe }) => {
  const choice = await chooseOptions(texts, labels, { budgetMs: Number.POSITIVE_INFINITY });
  const classifier = TextClassifier.fit(texts, labels, choice.options);

  test('is recognised by its script', () => {
    expect(scriptShares(texts).spacing).toBe(spacing);
  });

  test('is learnt well enough to tell topics apart', () => {
    const chosen = choice.table.find(({ verdict }) => verdict === 'chosen')!;
    expect(chosen.accuracy).toBeGreaterThan(0.95);
    expect(classifier.predict([probe.text])).toEqual([probe.label]);
  });

  test('gives the same scores however characters are composed', () => {
    const [composed, decomposed] = ['NFC', 'NFD'].map((form) => classifier.predictProba([probe.text.normalize(form)]));
    expect(decomposed).toEqual(composed);
  });

  test('is explained by whole words of the original', () => {
    const { words, label } = new Explainer(classifier).explain(probe.text);
    expect(label).toBe(probe.label);
    for (const { start, end, text } of words) expect(probe.text.slice(start, end)).toBe(text);
    const word = words.find(({ text }) => text.includes(probe.word) || probe.word.includes(text));
    expect(word?.contribution).toBeGreaterThan(0);
  });

  test('keeps its direction in what is shown', () => {
    const explanation = new Explainer(classifier).explain(probe.text);
    expect(explanationHtml(explanation)).toContain('<p dir="auto"');
    expect(explanationText(explanation)).toMatch(/\u2068[^\u2069]+\u2069/);
  });
});

describe('scripts', () => {
  test('are mixed where both kinds occur', () => {
    expect(scriptShares(['天气很好 nice weather today', '今天下雨 rain all day long']).spacing).toBe('mixed');
  });

  test('without letters count as spaced', () => {
    expect(scriptShares(['123 456', '']).spacing).toBe('spaced');
  });

  test('mixed sets get features of both kinds', async () => {
    const [chinese] = languages;
    const turkish = languages.at(-1)!;
    const texts = [...chinese!.texts, ...turkish.texts];
    const labels = [...chinese!.labels, ...turkish.labels];
    expect(scriptShares(texts).spacing).toBe('mixed');
    const { options, table } = await chooseOptions(texts, labels, { budgetMs: Number.POSITIVE_INFINITY });
    expect(table.some(({ name }) => name.includes('characters') && name.includes('words'))).toBe(true);
    const classifier = TextClassifier.fit(texts, labels, options);
    expect(classifier.predict([chinese!.probe.text, turkish.probe.text])).toEqual(['weather', 'weather']);
  });

  test('with marks inside words keep them there in auto, and not in the default', async () => {
    const hindi = languages.find(({ language }) => language === 'Hindi')!;
    const { options } = await chooseOptions(hindi.texts, hindi.labels, { fixed: { analyzer: 'word' } });
    const auto = TextClassifier.fit(hindi.texts, hindi.labels, options);
    expect(auto.vocabulary()).toContain('बारिश');
    expect(TextClassifier.fit(hindi.texts, hindi.labels).vocabulary()).not.toContain('बारिश');
  });
});
