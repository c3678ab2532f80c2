// Made-up corpora are the same each time and grow as they are asked to.
import { describe, expect, test } from 'vitest';
import { plotGrowth } from '../../bench/plot.ts';
import { countWords, synthesize } from '../../bench/synthesis.ts';

const source = {
  texts: Array.from({ length: 40 }, (_, i) => `word${i} other${i % 7} thing${i % 5} common matter number${i}`),
  labels: Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? 'rare' : 'frequent')),
};

describe('synthesis', () => {
  test('the same seed makes the same texts, another seed others', () => {
    expect(synthesize(source, { docs: 20 }, 3)).toEqual(synthesize(source, { docs: 20 }, 3));
    expect(synthesize(source, { docs: 20 }, 3)).not.toEqual(synthesize(source, { docs: 20 }, 4));
  });

  test('classes keep about their shares', () => {
    const { labels } = synthesize(source, { docs: 2000 });
    const share = labels.filter((label) => label === 'rare').length / labels.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
  });

  test('halves alone bring in no word that the source has not', () => {
    const words = new Set(source.texts.flatMap((text) => text.split(' ')));
    const made = synthesize(source, { docs: 200 }).texts.flatMap((text) => text.split(' '));
    expect(made.every((word) => words.has(word))).toBe(true);
  });

  test('new words enlarge the vocabulary and leave the length', () => {
    const plain = synthesize(source, { docs: 400 });
    const enlarged = synthesize(source, { docs: 400, newWords: 200 });
    expect(countWords(enlarged.texts)).toBeGreaterThan(countWords(plain.texts) + 50);
    expect(enlarged.texts.join(' ').split(' ')).toHaveLength(plain.texts.join(' ').split(' ').length);
  });
});

describe('the plot', () => {
  test('is an image with a title and a description that says every value', () => {
    const svg = plotGrowth({
      title: 'Time & size',
      xLabel: 'documents',
      lines: [
        {
          label: 'fit',
          points: [
            [100, 0.01],
            [200, 0.02],
          ],
        },
      ],
    });
    expect(svg).toContain('<title id="title">Time &amp; size</title>');
    expect(svg).toContain('100: 10.0 ms, 200: 20.0 ms');
    expect(svg).toContain('role="img"');
    expect(svg).not.toContain('NaN');
  });
});
