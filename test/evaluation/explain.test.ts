// Explanations: they sum to what the model says, point into the original text, and say what would change its mind.
import { describe, expect, test } from 'vitest';
import { type FitOptions, TextClassifier } from '../../src/classifier/text-classifier.ts';
import { Explainer } from '../../src/evaluation/explain.ts';
import { explanationHtml, explanationText } from '../../src/evaluation/explanation-output.ts';

const texts = [
  'A GOOD film, good fun',
  'Good café, très bon',
  'bad film; really BAD',
  'boring and bad, no fun',
  'the weather is cold',
  'cold rain and wind, cold weather',
];
const labels = ['good', 'good', 'bad', 'bad', 'weather', 'weather'];

function logOddsOf(classifier: TextClassifier, text: string, label: string, against: string | null): number {
  const proba = classifier.predictProba([text]);
  const p = proba[classifier.classes.indexOf(label)]!;
  return Math.log(p / (against === null ? 1 - p : proba[classifier.classes.indexOf(against)]!));
}

const kinds: [string, FitOptions][] = [
  ['words', {}],
  ['words 1–2 with sublinear tf', { ngramRange: [1, 2], sublinearTf: true, C: 10 }],
  ['single characters as words', { tokenPattern: 'one', norm: 'l1', useIdf: false }],
  ['stop words left out', { stopWords: 'english', binary: true, norm: 'none' }],
  ['characters', { analyzer: 'char', ngramRange: [1, 3] }],
  ['characters in words', { analyzer: 'char_wb', ngramRange: [2, 9], stripAccents: 'unicode' }],
  ['accents to ASCII', { stripAccents: 'ascii', lowercase: false }],
  ['a pattern of its own', { tokenPattern: '[\\w\\p{M}]+', normalize: 'nfc' }],
  [
    'two blocks, refined',
    {
      features: [{}, { analyzer: 'char_wb', ngramRange: [2, 4] }],
      refinement: { columnPower: 1, naiveBayes: 0.3, temperature: 0.7 },
    },
  ],
  ['one against the rest', { multiClass: 'ovr', refinement: {} }],
];
const odd = [
  'A good Film, NOT bad — good!',
  'ΣΊΣΥΦΟΣ good ΟΔΌΣ bad',
  'İstanbul good ıslak bad',
  'cafe\u0301 tre\u0300s bon\u00a0 bad  weather',
  'ｆｕｌｌ ﬁlm 𝐠𝐨𝐨𝐝 bad 👍 good',
  'نص عربي good ভালো bad ไทย',
  '   ',
  '',
];

describe('contributions', () => {
  test.each(kinds)('sum to the log-odds of the model: %s', (_, options) => {
    const classifier = TextClassifier.fit([...texts, ...odd.slice(0, 6)], [...labels, ...labels], {
      C: 10,
      ...options,
    });
    const explainer = new Explainer(classifier);
    for (const text of [...texts, ...odd]) {
      const { label, against, logOdds, base, terms } = explainer.explain(text, { maxTerms: Number.POSITIVE_INFINITY });
      expect(logOdds).toBeCloseTo(logOddsOf(classifier, text, label, against), 3);
      expect(terms.reduce((sum, { contribution }) => sum + contribution, base)).toBeCloseTo(logOdds, 6);
    }
  });

  test('of two classes speak for either of them', () => {
    const classifier = TextClassifier.fit(texts.slice(0, 4), labels.slice(0, 4), { C: 10 });
    const explainer = new Explainer(classifier);
    for (const label of ['good', 'bad']) {
      const { against, logOdds } = explainer.explain('good bad fun', { label });
      expect(logOdds).toBeCloseTo(logOddsOf(classifier, 'good bad fun', label, against), 4);
    }
  });

  test('for a label that the model has not are refused by name', () => {
    const classifier = TextClassifier.fit(texts, labels);
    expect(() => new Explainer(classifier).explain('good', { label: 'ugly' })).toThrow(
      'The model has no label "ugly".',
    );
  });

  test('of several labels a text are for and against each alone', () => {
    const classifier = TextClassifier.fit(texts, [['a'], ['a', 'b'], ['b'], ['b'], [], []], {
      multiLabel: true,
      C: 10,
    });
    const { against, logOdds } = new Explainer(classifier).explain('good bad film', { label: 'b' });
    expect(against).toBeNull();
    expect(logOdds).toBeCloseTo(logOddsOf(classifier, 'good bad film', 'b', null), 4);
  });

  test('go to words of the original text, case, accents and markup intact', () => {
    const classifier = TextClassifier.fit(texts, labels, { C: 10, stripAccents: 'unicode' });
    const text = '<b>BAD</b> cafe\u0301 & Film';
    const { words } = new Explainer(classifier).explain(text, { label: 'bad' });
    for (const { start, end, text: word } of words) expect(text.slice(start, end)).toBe(word);
    expect(words.map(({ text: word }) => word)).toEqual(['BAD', 'cafe\u0301', 'Film']);
    expect(words[0]!.contribution).toBeGreaterThan(0);
    expect(words[1]!.contribution).toBeLessThan(0);
  });

  test('of word pairs are shared by both words', () => {
    const classifier = TextClassifier.fit(texts, labels, { C: 10, ngramRange: [2, 2] });
    const { words, terms, logOdds, base } = new Explainer(classifier).explain('cold weather', { label: 'weather' });
    expect(terms.map(({ term }) => term)).toEqual(['cold weather']);
    for (const { contribution } of words) expect(contribution).toBeCloseTo((logOdds - base) / 2, 10);
  });

  test('of Chinese go to words though no spaces part them', () => {
    const classifier = TextClassifier.fit(
      ['北京天气很冷', '股票市场上涨', '今天天气好', '股票下跌'],
      ['天气', '股市', '天气', '股市'],
      {
        analyzer: 'char',
        ngramRange: [1, 2],
        C: 10,
      },
    );
    const { label, words } = new Explainer(classifier).explain('上海天气');
    expect(label).toBe('天气');
    expect(words.map(({ text }) => text)).toContain('天气');
  });
});

describe('counterfactual', () => {
  const classifier = TextClassifier.fit(texts, labels, { C: 100 });
  const explainer = new Explainer(classifier);

  test('names the fewest words found without which the label changes', () => {
    const text = 'good weather, cold rain';
    const { label, counterfactual } = explainer.explain(text);
    expect(label).toBe('weather');
    const rest = counterfactual!.removed.reduceRight(
      (cut, { start, end }) => `${cut.slice(0, start)} ${cut.slice(end)}`,
      text,
    );
    expect(counterfactual!.changes).toBe(true);
    expect(classifier.predict([rest])).toEqual([counterfactual!.label]);
    expect(counterfactual!.label).not.toBe('weather');
  });

  test('removes all repeats of a word at once', () => {
    const { counterfactual } = explainer.explain('Cold and cold, good', { label: 'weather' });
    expect(counterfactual!.removed.filter(({ text }) => text.toLowerCase() === 'cold')).toHaveLength(2);
  });

  test('is left out when asked, and where nothing speaks for the label', () => {
    expect(explainer.explain('cold', { counterfactual: false }).counterfactual).toBeNull();
    expect(explainer.explain('unheard').counterfactual).toBeNull();
  });
});

describe('output', () => {
  const classifier = TextClassifier.fit([...texts, 'طقس بارد جدا', 'فيلم جيد'], [...labels, 'weather', 'good'], {
    C: 100,
  });
  const explainer = new Explainer(classifier);

  test('in HTML holds the text as it is, escaped and shaded', () => {
    const text = '<i>Good</i> & bad';
    const html = explanationHtml(explainer.explain(text));
    expect(html).toContain('&lt;i&gt;<mark');
    expect(html).toContain('>Good</mark>&lt;/i&gt; &amp; <mark');
    const shown = /<p dir="auto"[^>]*>(.*)<\/p>/.exec(html)![1]!;
    const plain = shown
      .replace(/<[^>]*>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&');
    expect(plain).toBe(text);
  });

  test('in text lists words for and against, and the way out', () => {
    const lines = explanationText(explainer.explain('good but bad, Good')).split('\n');
    expect(lines[0]).toMatch(/^\u2068good\u2069 \d+\.\d %, log-odds \+\d\.\d\d against \u2068bad\u2069$/);
    expect(lines[1]).toMatch(/\+\d\.\d\d {2}\u2068good\u2069$/);
    expect(lines[2]).toMatch(/−\d\.\d\d {2}\u2068bad\u2069$/);
    expect(lines[4]).toMatch(/^Without \u2068good\u2069 it would be /);
  });

  test('isolates right-to-left words', () => {
    const explanation = explainer.explain('طقس بارد اليوم');
    expect(explanation.label).toBe('weather');
    expect(explanationText(explanation)).toContain('\u2068طقس\u2069');
    expect(explanationHtml(explanation)).toContain('dir="auto"');
  });
});
