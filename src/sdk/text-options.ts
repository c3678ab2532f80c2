// Which vectorizer and regression options a project's texts get when nobody says: word 1–2-grams, or character
// 1–2-grams where the script does not put spaces between words.
import type { ClassifierOptions } from '../classifier/options.ts';

/** C of the reference backend: stronger than scikit-learn's 1, as the first labels should already move the model. */
const defaultC = 10;
const textsLookedAt = 200;
const charactersLookedAt = 500;
const unspaced =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Tibetan}]/gu;
const letter = /\p{L}/gu;

export function optionsFor(texts: readonly string[], C: number = defaultC): ClassifierOptions {
  const sample = texts
    .slice(0, textsLookedAt)
    .map((text) => text.slice(0, charactersLookedAt))
    .join(' ');
  const letters = sample.match(letter)?.length ?? 0;
  const unspacedLetters = sample.match(unspaced)?.length ?? 0;
  const isUnspaced = unspacedLetters * 3 > letters;
  return isUnspaced ? { analyzer: 'char', ngramRange: [1, 2], C } : { ngramRange: [1, 2], C };
}
