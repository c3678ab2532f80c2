// Text without accents, as scikit-learn's strip_accents has it: compatibility decomposition (NFKD), then everything with
// a canonical combining class dropped. Canonical order never shows: only what is dropped would be reordered.
import { isMember, placeOf, setOf } from './sets';
import { accentBits, accentBlocks, accentFirst, accentGrowth, accentIndex, accentOffset, accentPool } from './tables';
import { decode, decodeLength, encode } from './utf8';

/** Bytes without accents for each byte of text, at most. */
export { accentGrowth };

// Hangul syllables decompose by arithmetic: (leading * 21 + vowel) * 28 + trailing, from U+AC00 (Unicode, section 3.12).
const syllables: u32 = 0xac00;
const nSyllables: u32 = 11172;
const leadingBase: u32 = 0x1100;
const vowelBase: u32 = 0x1161;
const trailingBase: u32 = 0x11a7;
const nVowels: u32 = 21;
const nTrailing: u32 = 28;

/**
 * Write the text without accents to `target`, which holds `length * accentGrowth` bytes; returns the length written.
 * Writes nothing beyond that size (see `lowerInto`) and reads up to 2 bytes beyond the text.
 */
export function stripAccentsInto(text: usize, length: u32, target: usize): u32 {
  const end = text + length;
  let at = text;
  let to = target;
  while (at < end) {
    const lead = load<u8>(at);
    const size = decodeLength(lead);
    if (lead < 0x80 && at + 16 <= end) {
      const run = copyAscii(at, to);
      at += run;
      to += run;
      continue;
    }
    if (size === 1 || at + size > end) {
      store<u8>(to++, lead);
      at++;
      continue;
    }
    const codePoint = decode(at);
    const plain = plainOf(codePoint);
    if (plain !== 0) {
      const bytes = <usize>load<u8>(plain);
      copy(plain + 1, bytes, to);
      to += bytes;
    } else if (codePoint - syllables < nSyllables) to += writeJamo(codePoint - syllables, to);
    else {
      store<u32>(to, load<u32>(at));
      to += size;
    }
    at += size;
  }
  return <u32>(to - target);
}

/** The same, and then everything that is not ASCII dropped. */
export function stripToAsciiInto(text: usize, length: u32, target: usize): u32 {
  const end = text + length;
  let at = text;
  let to = target;
  while (at < end) {
    const lead = load<u8>(at);
    if (lead < 0x80) {
      if (at + 16 <= end) {
        const run = copyAscii(at, to);
        at += run;
        to += run;
      } else {
        store<u8>(to++, lead);
        at++;
      }
      continue;
    }
    const size = decodeLength(lead);
    if (size > 1 && at + size <= end) {
      const plain = plainOf(decode(at));
      if (plain !== 0) to += copyOnlyAscii(plain + 1, <usize>load<u8>(plain), to);
    }
    at += size;
  }
  return <u32>(to - target);
}

/** Copy 16 bytes, of which only the ASCII ones at the beginning count; returns how many those are. */
function copyAscii(at: usize, to: usize): u32 {
  const block = v128.load(at);
  v128.store(to, block);
  return ctz(i8x16.bitmask(block) | 0x10000);
}

/** Address of what the code point becomes (length, bytes), or 0 when it stays. */
function plainOf(codePoint: u32): usize {
  const set = setOf(codePoint, accentIndex, accentBlocks);
  if (!isMember(codePoint, accentBits, set)) return 0;
  const place = placeOf(codePoint, accentBits, accentFirst, set);
  return accentPool + <usize>load<u16>(accentOffset + (place << 1));
}

function copy(from: usize, bytes: usize, to: usize): void {
  for (let i: usize = 0; i < bytes; i++) store<u8>(to + i, load<u8>(from + i));
}

function copyOnlyAscii(from: usize, bytes: usize, to: usize): u32 {
  let written: u32 = 0;
  for (let i: usize = 0; i < bytes; i++) {
    const byte = load<u8>(from + i);
    if (byte < 0x80) store<u8>(to + written++, byte);
  }
  return written;
}

function writeJamo(syllable: u32, to: usize): u32 {
  const trailing = syllable % nTrailing;
  let bytes = encode(leadingBase + syllable / (nVowels * nTrailing), to);
  bytes += encode(vowelBase + (syllable % (nVowels * nTrailing)) / nTrailing, to + bytes);
  if (trailing !== 0) bytes += encode(trailingBase + trailing, to + bytes);
  return bytes;
}
