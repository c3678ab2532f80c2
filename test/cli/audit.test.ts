// `audit`: labels that were turned are found, and said where they are.
import { describe, expect, test } from 'vitest';
import { corpus, csv, exported, jsonl } from './corpus.ts';
import { Desk } from './harness.ts';

const desk = new Desk();
/** Texts whose labels are right but for those at 7 and 40. */
const samples = corpus(120).map((sample, i) => (i === 7 || i === 40 ? { ...sample, label: 'money' } : sample));
const wrong = [7, 40].map((i) => samples[i]!.text).sort();
desk.write('data.jsonl', jsonl(samples));

interface Suspect {
  place: string;
  given: string;
  suggested: string;
  change: string;
  givenProbability: number;
  suggestedProbability: number;
  text: string;
}

async function audit(...argv: string[]) {
  const { code, out, err } = await desk.run(['audit', ...argv, '--json']);
  return { code, err, json: out === '' ? undefined : JSON.parse(out) };
}

describe('audit', () => {
  test.each([['--no-auto'], ['--budget', '20']])('finds the labels that were turned, with %s %s', async (...how) => {
    const { code, err, json } = await audit('data.jsonl', ...how.filter((word) => word !== undefined));
    expect([code, err]).toEqual([0, '']);
    expect(Object.keys(json)).toEqual(['docs', 'folds', 'suspicious', 'share', 'suspects', 'seconds']);
    expect(json).toMatchObject({ docs: 120, folds: 5 });
    const suspects: Suspect[] = json.suspects;
    const first = suspects.slice(0, 2);
    expect(first.map(({ text }) => text).sort()).toEqual(wrong);
    expect(first.map(({ place }) => place).sort()).toEqual(['data.jsonl:41', 'data.jsonl:8']);
    for (const { given, suggested, change, givenProbability, suggestedProbability } of first) {
      expect([given, change]).toEqual(['money', 'replace']);
      expect(suggested).not.toBe('money');
      expect(suggestedProbability).toBeGreaterThan(givenProbability);
    }
  });

  test('names lines of a table, tasks of an export, and the file among several', async () => {
    desk.write('data.csv', csv(samples));
    desk.write('more.jsonl', jsonl(corpus(30)));
    desk.write('export.json', JSON.stringify(exported(samples)));
    const places = async (...files: string[]) => {
      const { json } = await audit(...files, '--no-auto', '--most', '2');
      return json.suspects.map(({ place }: Suspect) => place).sort();
    };
    expect(await places('data.csv')).toEqual(['data.csv:42', 'data.csv:9']);
    expect(await places('more.jsonl', 'data.jsonl')).toEqual(['data.jsonl:41', 'data.jsonl:8']);
    expect(await places('export.json')).toEqual(
      [7, 40].map((i) => `task ${(exported(samples)[i] as { id: number }).id}`).sort(),
    );
  });

  test('--most limits the list and not the count', async () => {
    const all = (await audit('data.jsonl', '--no-auto')).json;
    const { json } = await audit('data.jsonl', '--no-auto', '--most', '1');
    expect(json.suspicious).toBe(all.suspicious);
    expect(json.suspects).toEqual(all.suspects.slice(0, 1));
    expect((await audit('data.jsonl', '--no-auto', '--most', '0')).json.suspects).toEqual(all.suspects);
  });

  test('with several labels a text says which is missing or too many', async () => {
    const rows = samples.map(({ text, label }, i) => ({ text, label: i === 3 ? [] : [label] }));
    desk.write('multi.jsonl', jsonl(rows));
    const { json } = await audit('multi.jsonl', '--no-auto', '--most', '0', '--C', '20');
    const found: Suspect[] = json.suspects;
    expect(found.find(({ place }) => place === 'multi.jsonl:4')).toMatchObject({ change: 'add' });
    expect(found.find(({ place, given }) => place === 'multi.jsonl:8' && given === 'money')).toMatchObject({
      change: 'remove',
    });
  });

  test('for people each label stands with its text, safe for a terminal and in its own direction', async () => {
    const odd = samples.map((sample) => ({ ...sample, text: `${sample.text} \u001b[31m\u202eنص` }));
    desk.write('odd.jsonl', jsonl(odd));
    const { out } = await desk.run(['audit', 'odd.jsonl', '--no-auto', '--most', '3']);
    expect(out).toMatch(/^\d+ of 120 texts \(\d+\.\d %\) have a label that looks wrong, judged by 5 models/);
    expect(out).toMatch(
      /\n {3}1\. \u2068odd\.jsonl:\d+\u2069: \u2068money\u2069 → \u2068(sport|weather)\u2069 \(\d+\.\d % against/,
    );
    expect(out).toContain('\\u001b[31m\\u202eنص\u2069');
    expect(out).not.toContain('\u001b');
  });

  test('too few texts, one class and wrong numbers end in one sentence each', async () => {
    const complaint = async (...argv: string[]) => {
      const { code, err } = await desk.run(['audit', ...argv]);
      return [code, err];
    };
    desk.write('few.jsonl', jsonl(corpus(6)));
    expect(await complaint('few.jsonl')).toEqual([
      1,
      'sparrow: Judging labels needs at least 10 texts; there are 6.\n',
    ]);
    desk.write('one.jsonl', jsonl(corpus(12, ['sport'])));
    expect(await complaint('one.jsonl')).toEqual([
      1,
      'sparrow: The data hold one label only, "sport"; a classifier needs at least two.\n',
    ]);
    expect(await complaint('data.jsonl', '--folds', '1')).toEqual([
      2,
      'sparrow: --folds must be a whole number of at least 2, not "1".\n',
    ]);
    expect(await complaint('data.jsonl', '--most', '-1')).toEqual([
      2,
      'sparrow: --most must be a whole number of at least 0, not "-1".\n',
    ]);
  });
});
