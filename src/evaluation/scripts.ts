// Which scripts texts are written in, by their share of characters: some have no spaces between words, so that words
// cannot be told apart; some write vowels as marks that belong inside words.

/** Shares of the letters and marks of a sample of texts. */
export interface ScriptShares {
  /** In scripts without spaces between words: Han, kana, Thai, Lao, Khmer, Burmese, Tibetan and relatives. */
  readonly unspaced: number;
  /** Combining marks. */
  readonly marks: number;
  /** Texts, of those looked at, that are written mostly without spaces, in part, or not at all. */
  readonly spacing: 'spaced' | 'unspaced' | 'mixed';
}

const unspaced =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}\p{scx=Yiii}\p{scx=Java}\p{scx=Bali}\p{scx=Lana}\p{scx=Talu}\p{scx=Tavt}]/gu;
const letters = /[\p{L}\p{M}]/gu;
const marks = /\p{M}/gu;

/** Characters looked at of one text, and texts looked at: plenty for a share. */
const sampledUnits = 2000;
const sampledTexts = 1000;
/** Below and above these shares of unspaced characters texts count as one kind. */
const mostlySpaced = 0.05;
const mostlyUnspaced = 0.6;

export function scriptShares(texts: readonly string[]): ScriptShares {
  const step = Math.max(1, Math.floor(texts.length / sampledTexts));
  const counts = { letters: 0, unspaced: 0, marks: 0 };
  for (let i = 0; i < texts.length; i += step) {
    const sample = texts[i]!.slice(0, sampledUnits);
    counts.letters += count(sample, letters);
    counts.unspaced += count(sample, unspaced);
    counts.marks += count(sample, marks);
  }
  const share = counts.letters === 0 ? 0 : counts.unspaced / counts.letters;
  return {
    unspaced: share,
    marks: counts.letters === 0 ? 0 : counts.marks / counts.letters,
    spacing: share < mostlySpaced ? 'spaced' : share > mostlyUnspaced ? 'unspaced' : 'mixed',
  };
}

function count(text: string, what: RegExp): number {
  let found = 0;
  for (const _ of text.matchAll(what)) found++;
  return found;
}
