// The demo's annotator against a server in this process, and what the demo is made of.
import { describe, expect, test } from 'vitest';
import { Annotator, projectOf, seededRandom } from '../../src/cli/demo-annotator.ts';
import { englishNews } from '../../src/cli/demo-news.ts';
import { germanNews } from '../../src/cli/demo-news-german.ts';
import { tryApp } from '../server/try-app.ts';

const pace = async () => {};

describe('the demo’s texts', () => {
  test.each([
    ['English', englishNews, 400],
    ['German', germanNews, 100],
  ] as const)('%s: enough, in the four topics of the tutorial, and none twice', (_, news, least) => {
    expect([...news.keys()]).toEqual(['World', 'Sports', 'Business', 'Sci/Tech']);
    const texts = [...news.values()].flat();
    expect(texts.length).toBeGreaterThanOrEqual(least);
    expect(new Set(texts).size).toBe(texts.length);
    for (const text of texts) expect(text.length).toBeGreaterThan(15);
  });

  test('a quarter is held out, and the order is the same each time', () => {
    const [one, other] = [1, 2].map(() => projectOf(1, 'News', englishNews, seededRandom(7)));
    expect(one).toEqual(other);
    const { toLabel, heldOut } = one!;
    expect(heldOut.length).toBe(Math.floor((toLabel.length + heldOut.length) / 4));
    const labelled = new Set(toLabel.map(({ text }) => text));
    expect(heldOut.filter(({ text }) => labelled.has(text))).toEqual([]);
  });
});

test('what the annotator labels makes the predictions better', async () => {
  const app = tryApp();
  const random = seededRandom(7);
  const whole = projectOf(1, 'News', englishNews, random);
  const project = { ...whole, toLabel: whole.toLabel.slice(0, 160) };
  const request = async (path: string, body?: object) => {
    const answer = body === undefined ? await app.get(path) : await app.post(path, body);
    expect(answer.status).toBeLessThan(300);
    return answer.body;
  };
  const annotator = new Annotator(project, { request, random, pace });
  await annotator.connect();
  const { accuracy: before, modelVersion } = await annotator.accuracy();
  expect(modelVersion).toMatch(/^untrained-/);
  const seen: number[] = [];
  await annotator.labelAll(async (labelled) => {
    if (labelled % 40 !== 0) return;
    await app.registry.drain();
    seen.push((await annotator.accuracy()).accuracy);
  });
  expect(before).toBeLessThan(0.45);
  expect(seen[0]).toBeGreaterThan(before);
  expect(seen.at(-1)).toBeGreaterThan(0.75);
  const { annotations, acceptance } = await request('/api/projects/1');
  expect(annotations).toBe(160);
  expect(acceptance.judged).toBeGreaterThan(100);
  expect(annotator.slips.size).toBeGreaterThan(0);
});
