// Word pairs: the same however words are set apart and capitals are written, characters where there are no spaces.
import { describe, expect, test } from 'vitest';
import { LikenessIndex, pairsSketch, wordPairs } from '../../src/evaluation/likeness.ts';

describe('word pairs', () => {
  test('are of words, whatever stands between them', () => {
    expect(wordPairs('My card, was stolen!')).toEqual(wordPairs('my card — WAS\n“stolen”'));
    expect(wordPairs('my card was stolen').size).toBe(3);
    expect(wordPairs('card').size).toBe(1);
    expect(wordPairs('… !').size).toBe(0);
    expect(wordPairs('card my')).not.toEqual(wordPairs('my card'));
  });

  test('are of characters in scripts without spaces, and of words with their marks in others', () => {
    expect(wordPairs('今天下雨').size).toBe(3);
    expect(wordPairs('今天，下雨。')).toEqual(wordPairs('今天下雨'));
    expect(wordPairs('ฝนตก').size).toBe(3);
    expect(wordPairs('अगले महीने बारिश').size).toBe(2);
    expect(wordPairs('الشهر القادم مطر').size).toBe(2);
    expect(wordPairs('눈이 많이 온다').size).toBe(2);
  });

  test('sketched stay alike when texts are, and apart when not', () => {
    const long = Array.from({ length: 400 }, (_, i) => `word${i}`).join(' ');
    const other = Array.from({ length: 400 }, (_, i) => `other${i}`).join(' ');
    expect(pairsSketch(long)).toHaveLength(64);
    const index = new LikenessIndex(0.5);
    index.add(5, new Set(pairsSketch(long)));
    expect(index.find(new Set(pairsSketch(`${long} and more`)))).toBe(5);
    expect(index.find(new Set(pairsSketch(other)))).toBeUndefined();
  });
});
