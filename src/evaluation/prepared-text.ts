// A text as the analyzer sees it — composed, lower-cased, stripped of accents — where every character still knows which
// part of the original it comes from. Rewriting changes lengths, so it is done a cluster (a letter with its marks) at a time.
import type { CheckedVectorizerOptions } from '../classifier/options.ts';
import { TfidfVectorizer } from '../classifier/vectorizer.ts';

/** `text`, and for each UTF-16 unit of it where its source begins and ends in the original. */
export interface PreparedText {
  readonly text: string;
  readonly from: Uint32Array;
  readonly to: Uint32Array;
}

/** A letter and the marks on it; conjoining Hangul letters, which compose with each other, stay together. */
const clusters = /[\u1100-\u11ff]+|\P{M}\p{M}*|\p{M}+/gsu;

export function prepareText(
  text: string,
  options: Pick<CheckedVectorizerOptions, 'normalize' | 'lowercase' | 'stripAccents'>,
): PreparedText {
  const { normalize, lowercase, stripAccents } = options;
  const compose = (part: string) => (normalize === 'nfc' ? part.normalize('NFC') : part);
  const parts = Array.from(text.matchAll(clusters), ({ 0: part, index }) => ({
    part: compose(part),
    index,
    size: part.length,
  }));
  const composed = parts.map(({ part }) => part).join('');
  // What comes out differently as a whole has no places smaller than the whole.
  const pieces = composed === compose(text) ? parts : [{ part: compose(text), index: 0, size: text.length }];
  const lowered = lowercase ? lower(pieces.map(({ part }) => part)) : pieces.map(({ part }) => part);
  const stripped = stripAccents === null ? lowered : strip(lowered, stripAccents);
  return join(stripped, pieces);
}

/** Lower-case each part as it is lower-cased in its place: a sigma depends on its neighbours. */
function lower(parts: readonly string[]): string[] {
  const alone = parts.map((part) => part.toLowerCase());
  const whole = parts.join('').toLowerCase();
  if (alone.join('').length !== whole.length) return alone;
  let at = 0;
  return alone.map((part) => {
    at += part.length;
    return whole.slice(at - part.length, at);
  });
}

/** The analyzer's own stripping, asked once for each different part. */
function strip(parts: readonly string[], stripAccents: 'unicode' | 'ascii'): string[] {
  const vectorizer = new TfidfVectorizer({ analyzer: 'char', ngramRange: [1, 1], lowercase: false, stripAccents });
  const known = new Map<string, string>();
  return parts.map((part) => {
    if (/^[\0-\x7f]*$/.test(part)) return part;
    let plain = known.get(part);
    if (plain === undefined) {
      plain = vectorizer.analyze(part).join('');
      known.set(part, plain);
    }
    return plain;
  });
}

function join(parts: readonly string[], pieces: readonly { index: number; size: number }[]): PreparedText {
  const text = parts.join('');
  const from = new Uint32Array(text.length);
  const to = new Uint32Array(text.length);
  let at = 0;
  for (const [i, part] of parts.entries()) {
    const { index, size } = pieces[i]!;
    from.fill(index, at, at + part.length);
    to.fill(index + size, at, at + part.length);
    at += part.length;
  }
  return { text, from, to };
}
