// The Unicode room of the kernels against Python's own answers, for every code point there is.
import { beforeAll, describe, expect, test } from 'vitest';
import { goldenUnicode, type Ranges } from '../golden.ts';
import { randomTexts } from '../oracle/random.ts';
import * as oracle from '../oracle/unicode.ts';
import { decodeWtf8, encodeCodePoint, encodeWtf8 } from '../oracle/wtf8.ts';
import { compile, type Kernel } from './compile.ts';

const golden = goldenUnicode();

const entry = `
  export { decode, decodeLength, encode } from './unicode/utf8';
  export { isSpace, isWord } from './unicode/classes';
  export { lowerGrowth, lowerInto } from './unicode/lowercase';
  export { accentGrowth, stripAccentsInto, stripToAsciiInto } from './unicode/accents';
`;

const nCodePoints = 0x110000;
const guard = 0xa5;
const room = 1 << 16;
let kernel: Kernel;
let bytes: Uint8Array;
let at: number;

beforeAll(async () => {
  kernel = await compile(entry);
  at = kernel.memory.grow((room * 13) >> 16) << 16;
  bytes = new Uint8Array(kernel.memory.buffer);
});

type Rewrite = 'lowerInto' | 'stripAccentsInto' | 'stripToAsciiInto';

/** The text rewritten by the kernel, whose target has exactly the room it asks for, with guards on either side. */
function rewriteBytes(name: Rewrite, given: Uint8Array): Uint8Array {
  const target = at + room;
  const most = given.length * kernel.value(name === 'lowerInto' ? 'lowerGrowth' : 'accentGrowth');
  bytes.set(given, at);
  bytes.fill(0xcc, at + given.length, at + given.length + 64);
  bytes.fill(guard, target - 64, target + most + 64);
  const length = kernel.call(name, at, given.length, target);
  expect(length).toBeLessThanOrEqual(most);
  expect(bytes.subarray(target - 64, target).every((byte) => byte === guard)).toBe(true);
  expect(bytes.subarray(target + most, target + most + 64).every((byte) => byte === guard)).toBe(true);
  return bytes.slice(target, target + length);
}

function rewrite(name: Rewrite, text: string): string {
  return decodeWtf8(rewriteBytes(name, encodeWtf8(text)));
}

function inRanges(ranges: Ranges): Uint8Array {
  const set = new Uint8Array(nCodePoints);
  for (const [from, to] of ranges) set.fill(1, from, to + 1);
  return set;
}

/** Every code point, as a list of characters for each run of `step`. */
function* runs(step: number): Generator<string[]> {
  for (let from = 0; from < nCodePoints; from += step) {
    yield Array.from({ length: step }, (_, i) => String.fromCodePoint(from + i));
  }
}

describe('code points', () => {
  test('every code point, surrogates too, is encoded and decoded again', () => {
    const wrong: number[] = [];
    for (let codePoint = 0; codePoint < nCodePoints; codePoint++) {
      const expected = encodeCodePoint(codePoint);
      bytes.fill(guard, at, at + 8);
      const size = kernel.call('encode', codePoint, at);
      const isRight =
        size === expected.length &&
        expected.every((byte, i) => bytes[at + i] === byte) &&
        bytes[at + size] === guard &&
        kernel.call('decodeLength', bytes[at]!) === size &&
        kernel.call('decode', at) === codePoint;
      if (!isRight) wrong.push(codePoint);
    }
    expect(wrong).toEqual([]);
  });

  test('a byte that begins no code point counts one and decodes to the replacement character', () => {
    for (let byte = 0x80; byte < 0x100; byte++) {
      if (byte >= 0xc0 && byte < 0xf8) continue;
      bytes[at] = byte;
      expect(kernel.call('decodeLength', byte)).toBe(1);
      expect(kernel.call('decode', at)).toBe(0xfffd);
    }
  });
});

describe('classes', () => {
  test.each(['word', 'space'] as const)('every code point is a %s character as in Python or none', (name) => {
    const expected = inRanges(golden[name]);
    const kernelName = name === 'word' ? 'isWord' : 'isSpace';
    const wrong: number[] = [];
    for (let codePoint = 0; codePoint < nCodePoints; codePoint++) {
      if (kernel.call(kernelName, codePoint) !== expected[codePoint]) wrong.push(codePoint);
    }
    expect(wrong).toEqual([]);
  });

  test('a number beyond the last code point is in no class', () => {
    for (const codePoint of [0x110000, 0x1fffff, 0xffffffff]) {
      expect(kernel.call('isWord', codePoint | 0)).toBe(0);
      expect(kernel.call('isSpace', codePoint | 0)).toBe(0);
    }
  });
});

describe('lower case', () => {
  test('F122 every code point is lower-cased as in Python', () => {
    for (const run of runs(4096)) {
      const expected = run.map((character) => golden.lower.get(character.codePointAt(0)!) ?? character);
      expect(rewrite('lowerInto', run.join(' '))).toBe(expected.join(' '));
    }
  });

  // Made with Python 3.11: [text, text.lower()].
  test.each([
    ['Σ', 'σ'],
    ['ΑΣ', 'ας'],
    ['ΑΣΑ', 'ασα'],
    ['ΣΑΣ ΣΣ', 'σας σς'],
    ['ὈΔΥΣΣΕΎΣ, ΠΟΛΎΤΡΟΠΟΣ', 'ὀδυσσεύς, πολύτροπος'],
    ['A.Σ', 'a.ς'],
    ["A'\u0301\u200bΣ\u0301'.A", "a'\u0301\u200bσ\u0301'.a"],
    ["A'\u0301\u200bΣ\u0301'. A", "a'\u0301\u200bς\u0301'. a"],
    ['1Σ', '1σ'],
    ['A1Σ', 'a1σ'],
    ['.Σ', '.σ'],
    ['AΣ1', 'aς1'],
    ['中Σ中', '中σ中'],
    ['A\ud800Σ', 'a\ud800σ'],
    ['AΣ\udc00', 'aς\udc00'],
    ['𝐀Σ', '𝐀ς'],
    ['𐐀Σ𐐀', '𐐨σ𐐨'],
    ['ʰΣ', 'ʰσ'],
    ['AʰΣ', 'aʰς'],
    ['AΣʰ', 'aςʰ'],
    ['AΣʰb', 'aσʰb'],
    ['A\u{e0100}Σ\u{e0100}', 'a\u{e0100}ς\u{e0100}'],
    ['İSTANBUL İ', 'i\u0307stanbul i\u0307'],
    ['İΣ', 'i\u0307ς'],
    ['ȺȾ', 'ⱥⱦ'],
  ])('%j becomes %j', (text, expected) => {
    expect(rewrite('lowerInto', text)).toBe(expected);
    const padding = 'X y '.repeat(5);
    expect(rewrite('lowerInto', `${padding}${text} ${padding}`)).toBe(
      `${padding.toLowerCase()}${expected} ${padding.toLowerCase()}`,
    );
  });

  test('F122 a sigma is final after a cased letter, with any case-ignorable one passed over', () => {
    const cased = inRanges(golden.cased);
    const caseIgnorable = inRanges(golden.caseIgnorable);
    for (const all of runs(2048)) {
      const plane = all[0]!.codePointAt(0)! >> 16;
      if (plane > 2 && plane !== 14) continue; // no case there: the test of every code point above covers it
      const run = all.filter((character) => character !== 'Σ');
      const expected = run.map((character) => {
        const i = character.codePointAt(0)!;
        const lower = golden.lower.get(character.codePointAt(0)!) ?? character;
        const afterIt = cased[i] ? 'ς' : 'σ';
        const afterLetterAndIt = cased[i] || caseIgnorable[i] ? 'ς' : 'σ';
        const beforeIt = cased[i] ? 'σ' : 'ς';
        return ` ${lower}${afterIt} a${lower}${afterLetterAndIt} a${beforeIt}${lower}`;
      });
      expect(rewrite('lowerInto', run.map((c) => ` ${c}Σ a${c}Σ aΣ${c}`).join(''))).toBe(expected.join(''));
    }
  });
});

describe('accents', () => {
  const isHangul = (character: string) => character >= '\uac00' && character <= '\ud7a3';
  const plain = (character: string) =>
    isHangul(character) ? character.normalize('NFKD') : (golden.plain.get(character.codePointAt(0)!) ?? character);
  const onlyAscii = (text: string) => [...text].filter((character) => character < '\x80').join('');

  test('F122 every code point loses its accents as in scikit-learn', () => {
    for (const run of runs(2048)) {
      expect(rewrite('stripAccentsInto', run.join(' '))).toBe(run.map(plain).join(' '));
    }
  });

  test('F122 every code point is brought to ASCII as in scikit-learn', () => {
    for (const run of runs(2048)) {
      expect(rewrite('stripToAsciiInto', run.join(' '))).toBe(run.map((c) => onlyAscii(plain(c))).join(' '));
    }
  });

  test.each([
    ['', ''],
    ['Ünïcödé, naïve façade and a long run of ASCII', 'Unicode, naive facade and a long run of ASCII'],
    ['e\u0301\u0327 a\u0327\u0301', 'e a'],
    ['\u0301\u0301', ''],
    ['ﷺ', 'صلى الله عليه وسلم'],
    ['한국어', '\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165'],
    ['𝐀\ud800é\udc00', 'A\ud800e\udc00'],
  ])('%j becomes %j', (text, expected) => {
    expect(rewrite('stripAccentsInto', text)).toBe(expected);
    expect(rewrite('stripToAsciiInto', text)).toBe(onlyAscii(expected));
  });

  test('the longest growth stays inside the room asked for, at every length', () => {
    for (let n = 0; n < 70; n++) {
      const text = 'ﷺ'.repeat(n);
      expect(rewrite('stripAccentsInto', text)).toBe('صلى الله عليه وسلم'.repeat(n));
      expect(rewrite('stripAccentsInto', `${text}${'a'.repeat(n)}`)).toBe(
        `${'صلى الله عليه وسلم'.repeat(n)}${'a'.repeat(n)}`,
      );
    }
  });
});

describe('rewriting', () => {
  test('text of every length around the lane width comes through with a capital at every place', () => {
    for (let n = 0; n <= 70; n++) {
      for (let i = 0; i < n; i++) {
        const text = `${'q'.repeat(i)}É${'Q'.repeat(n - i - 1)}`;
        expect(rewrite('lowerInto', text)).toBe(text.toLowerCase());
        expect(rewrite('stripAccentsInto', text)).toBe(text.replace('É', 'E'));
        expect(rewrite('stripToAsciiInto', text)).toBe(text.replace('É', 'E'));
      }
    }
  });

  test('random texts of every script come out as from the oracle', () => {
    for (const [i, text] of randomTexts(20_240, 1000).entries()) {
      expect(rewrite('lowerInto', text), `text ${i}`).toBe(oracle.lower(text));
      expect(rewrite('stripAccentsInto', text), `text ${i}`).toBe(oracle.stripAccents(text));
      expect(rewrite('stripToAsciiInto', text), `text ${i}`).toBe(oracle.stripToAscii(text));
    }
  });

  test('bytes that are no text neither hang nor run beyond the end', () => {
    const given = Uint8Array.from([0x41, 0x80, 0xff, 0xf8, 0x42, 0xe4, 0xb8]);
    expect([...rewriteBytes('lowerInto', given)]).toEqual([0x61, 0x80, 0xff, 0xf8, 0x62, 0xe4, 0xb8]);
    expect([...rewriteBytes('stripAccentsInto', given)]).toEqual([...given]);
    expect([...rewriteBytes('stripToAsciiInto', given)]).toEqual([0x41, 0x42]);
  });
});
