// `explain`: the words behind a prediction as lines, as JSON and as a page.
import { describe, expect, test } from 'vitest';
import { corpus, exported, jsonl } from './corpus.ts';
import { Desk } from './harness.ts';

const desk = new Desk();
const samples = corpus(90);
desk.write('data.jsonl', jsonl(samples));
const trained = desk.run(['train', 'data.jsonl', '-m', 'm']);

async function explain(...argv: string[]) {
  await trained;
  return desk.run(['explain', ...argv]);
}

async function complaint(...argv: string[]): Promise<[number, string]> {
  const { code, out, err } = await explain(...argv);
  expect(out).toBe('');
  return [code, err];
}

const text = 'A Goal for the TEAM, then rain';

describe('explain', () => {
  test('--json of one text is the explanation, whose places are in the text as it was given', async () => {
    const { code, out, err } = await explain('m', text, '--json');
    expect([code, err]).toEqual([0, '']);
    const told = JSON.parse(out);
    expect(Object.keys(told)).toEqual(
      'model version text label probability against logOdds base words terms counterfactual'.split(' '),
    );
    expect(told).toMatchObject({ model: 'm', text, label: 'sport' });
    const byWord = new Map(
      told.words.map((word: { start: number; end: number; contribution: number }) => {
        return [text.slice(word.start, word.end), word.contribution];
      }),
    );
    expect(byWord.get('Goal')).toBeGreaterThan(0);
    expect(byWord.get('rain')).toBeLessThan(0);
    const sum = told.terms.reduce((all: number, { contribution }: { contribution: number }) => all + contribution, 0);
    expect(sum + told.base).toBeCloseTo(told.logOdds, 4);
  });

  test('for people the strongest words stand first, those against it last, with what would change it', async () => {
    const { out } = await explain('m', text);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^\u2068sport\u2069 \d+\.\d %, log-odds \+\d+\.\d\d against \u2068weather\u2069$/);
    expect(lines.findIndex((line) => line.includes('Goal'))).toBeLessThan(
      lines.findIndex((line) => line.includes('rain')),
    );
    expect(lines.find((line) => line.includes('rain'))).toMatch(/^ +−/);
    expect(lines.at(-1)).toMatch(/^Without \u2068(Goal|TEAM)\u2069.* it would be \u2068weather\u2069/);
    expect((await explain('m', text, '--no-counterfactual')).out).not.toContain('Without');
  });

  test('several texts, files of them and tasks are explained in order', async () => {
    desk.write('tasks.json', JSON.stringify(exported(samples.slice(0, 3))));
    desk.write('texts.jsonl', jsonl([{ text: 'rain and wind' }, { text: 'the bank' }]));
    const labels = async (...argv: string[]) =>
      JSON.parse((await explain('m', ...argv, '--json')).out).explanations.map((one: { label: string }) => one.label);
    expect(await labels('a goal', 'a loan')).toEqual(['sport', 'money']);
    expect(await labels('--data', 'texts.jsonl', 'tasks.json')).toEqual([
      'weather',
      'money',
      ...samples.slice(0, 3).map(({ label }) => label),
    ]);
    const { out } = await explain('m', '--data', 'texts.jsonl');
    expect(out).toMatch(
      /^\u2068rain and wind\u2069\n\u2068weather\u2069[\s\S]+\n\n\u2068the bank\u2069\n\u2068money\u2069/,
    );
  });

  test('another label can be asked for', async () => {
    const told = JSON.parse((await explain('m', text, '--label', 'weather', '--json')).out);
    expect(told).toMatchObject({ label: 'weather', against: 'sport' });
    expect(told.logOdds).toBeLessThan(0);
    expect(await complaint('m', text, '--label', 'snow')).toEqual([
      2,
      'sparrow: --label must be a label of the model ("money", "sport", "weather"), not "snow".\n',
    ]);
  });

  test('--html writes one page that loads nothing and lets nothing of a text run', async () => {
    const hostile = 'goal <script>alert(1)</script> مرحبا "team"';
    const { code, out } = await explain('m', hostile, 'rain', '--html', 'why.html');
    expect([code, out]).toEqual([0, 'why.html: 2 explained\n']);
    const page = desk.read('why.html');
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toMatch(/<script|src=|href=|url\(/);
    expect(page.match(/<p dir="auto"/g)).toHaveLength(2);
    expect(page).toContain('<mark style="background:rgba(37,99,235');
    expect(await complaint('m', 'x', '--html', 'why.html')).toEqual([
      2,
      'sparrow: --html why.html: the file exists; give --force to overwrite it.\n',
    ]);
    expect((await explain('m', 'x', '--html', 'why.html', '--force')).code).toBe(0);
    expect(await complaint('m', 'x', '--html', 'm', '--force')).toEqual([
      2,
      'sparrow: --html m: this is also the input, which is never overwritten.\n',
    ]);
  });

  test('words of a text send nothing to the terminal', async () => {
    desk.write('odd.jsonl', jsonl(samples.map(({ label }) => ({ text: `\u001b[2J${label} \u202e`, label }))));
    await desk.run(['train', 'odd.jsonl', '-m', 'odd', '--analyzer', 'char']);
    const { out } = await explain('odd', '\u001b[2Jsport \u202e');
    expect(out).toContain('\\u001b');
    for (const character of ['\u001b', '\u202e']) expect(out).not.toContain(character);
  });

  test('a text and no text end in a sentence each', async () => {
    const wanted = 'sparrow: explain needs texts, or --data with files of them: one of the two.\n';
    expect(await complaint('m')).toEqual([2, wanted]);
    expect(await complaint('m', 'x', '--data', 'data.jsonl')).toEqual([2, wanted]);
    expect(await complaint('data.jsonl', 'x')).toEqual([
      expect.any(Number),
      expect.stringMatching(/^sparrow: data\.jsonl/),
    ]);
  });
});
