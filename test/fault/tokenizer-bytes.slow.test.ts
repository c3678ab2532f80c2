// The tokenizer on bytes that are no UTF-8 at all: cut, mixed up, beyond Unicode. Nothing outside of the text's room is
// touched, nothing traps in the build that checks itself, terms are the oracle's wherever the bytes are text, and what
// comes after is not disturbed. FUZZ multiplies the cases: FUZZ=500 makes millions.
import { beforeAll, describe, expect, test } from 'vitest';
import { compile, type Kernel } from '../assembly/compile.ts';
import type { GoldenOptions } from '../golden.ts';
import { analyze } from '../oracle/analyzer.ts';
import { randomFrom, randomTexts } from '../oracle/random.ts';
import { decodeWtf8, encodeWtf8 } from '../oracle/wtf8.ts';

const factor = Number(process.env.FUZZ ?? 1);
const seed = Number(process.env.SEED ?? 20_261_125);
const cases = 1500 * factor;

const entry = `
  export { allocate } from './memory/arena';
  export { createAnalyzer, destroyAnalyzer } from './text/analyzer';
  export { collectTerms, collectedBytes, collectedEnds, collectedTerms } from './text/collect';
`;
/** Bytes that kernels may read beyond a text. */
const padding = 64;
const roomBytes = 1 << 14;
const guardBytes = 4096;
const guard = 0xa5;
const guarded = new Uint8Array(roomBytes + 2 * guardBytes).fill(guard);

const combinations: readonly { options: GoldenOptions; arguments: number[] }[] = [
  { options: {}, arguments: [0, 1, 1, 1, 0, 2] },
  { options: { tokenPattern: 'one', ngramRange: [1, 3], stripAccents: 'unicode' }, arguments: [0, 1, 3, 1, 1, 1] },
  { options: { analyzer: 'char', ngramRange: [1, 3] }, arguments: [1, 1, 3, 1, 0, 2] },
  { options: { analyzer: 'char_wb', ngramRange: [2, 4], stripAccents: 'ascii' }, arguments: [2, 2, 4, 1, 2, 2] },
];

let kernel: Kernel;
let room: number;
let text: number;
beforeAll(async () => {
  kernel = await compile(entry);
  room = kernel.call('allocate', roomBytes + 2 * guardBytes);
  text = room + guardBytes;
}, 60_000);

const lead = [0x00, 0x41, 0x20, 0x7f, 0x80, 0xbf, 0xc0, 0xc3, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xf8, 0xff];

/** Random bytes, or a text with some of its bytes changed, left out or doubled. */
function hostileBytes(random: () => number, texts: readonly string[]): Uint8Array {
  const below = (n: number) => Math.floor(random() * n);
  const length = below(80);
  if (random() < 0.3) return Uint8Array.from({ length }, () => below(256));
  if (random() < 0.3) return Uint8Array.from({ length }, () => lead[below(lead.length)]!);
  const bytes = [...encodeWtf8(texts[below(texts.length)]!)].slice(0, 2000);
  for (let changes = 1 + below(4); changes > 0 && bytes.length > 0; changes--) {
    const at = below(bytes.length);
    const kind = below(4);
    if (kind === 0) bytes.splice(at, 1);
    else if (kind === 1) bytes.splice(at, 0, below(256));
    else if (kind === 2) bytes[at] = below(256);
    else bytes.length = at;
  }
  return Uint8Array.from(bytes);
}

function run(analyzer: number, bytes: Uint8Array): Uint8Array[] {
  const memory = new Uint8Array(kernel.memory.buffer);
  memory.set(guarded, room);
  memory.set(bytes, text);
  kernel.call('collectTerms', analyzer, text, bytes.length);
  const after = new Uint8Array(kernel.memory.buffer, room, guarded.length);
  const end = guardBytes + bytes.length;
  expect(Buffer.compare(after.subarray(0, guardBytes), guarded.subarray(0, guardBytes)), 'before the text').toBe(0);
  expect(Buffer.compare(after.subarray(guardBytes, end), bytes), 'the text itself').toBe(0);
  expect(Buffer.compare(after.subarray(end), guarded.subarray(end)), 'behind the text').toBe(0);
  return collected();
}

function collected(): Uint8Array[] {
  const view = new DataView(kernel.memory.buffer);
  const bytes = kernel.call('collectedBytes');
  const ends = kernel.call('collectedEnds');
  let start = 0;
  return Array.from({ length: kernel.call('collectedTerms') }, (_, i) => {
    const end = view.getUint32(ends + i * 4, true);
    const term = new Uint8Array(kernel.memory.buffer, bytes + start, end - start).slice();
    start = end;
    return term;
  });
}

describe(`arbitrary bytes (seed ${seed})`, () => {
  test.each(combinations)(
    'F121 F124 with $options neither trap nor run astray',
    ({ options, arguments: settings }) => {
      const random = randomFrom(seed);
      const texts = randomTexts(seed, 200);
      const analyzer = kernel.call('createAnalyzer', ...settings);
      const widest = 4 * (options.ngramRange?.[1] ?? 1);
      for (let i = 0; i < cases; i++) {
        const bytes = hostileBytes(random, texts);
        const terms = run(analyzer, bytes);
        // Lower-casing and decomposing make a code point longer, eighteen-fold at the most; a word n-gram has blanks.
        const most = (bytes.length + padding) * 18 + widest;
        expect(
          terms.every((term) => term.length <= most),
          `case ${i}`,
        ).toBe(true);
        expect(terms.length, `case ${i}`).toBeLessThanOrEqual((bytes.length + 2) * widest);
        if (i % 10 !== 0) continue;
        // The next text is not the worse for it.
        const next = texts[i % texts.length]!.slice(0, 500);
        expect(run(analyzer, encodeWtf8(next)).map(decodeWtf8), `after case ${i}`).toEqual(analyze(next, options));
      }
      kernel.call('destroyAnalyzer', analyzer);
    },
    60_000 * Math.max(1, factor),
  );

  test.each(combinations)(
    'F124 texts with $options give the terms of the plain tokenizer',
    ({ options, arguments: settings }) => {
      const analyzer = kernel.call('createAnalyzer', ...settings);
      for (const [i, value] of randomTexts(seed + 1, 500 * factor).entries()) {
        if (value.length * 3 > roomBytes) continue;
        expect(run(analyzer, encodeWtf8(value)).map(decodeWtf8), `text ${i}`).toEqual(analyze(value, options));
      }
      kernel.call('destroyAnalyzer', analyzer);
    },
    60_000 * Math.max(1, factor),
  );
});
