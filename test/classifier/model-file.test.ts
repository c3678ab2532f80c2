// The file format: read back by an independent reader, refused when it is damaged, foreign, newer or lying.
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { crc32 as ourCrc32 } from '../../src/classifier/crc32.ts';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../src/classifier/safetensors.ts';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { SparrowError } from '../../src/errors.ts';
import { randomFrom } from '../oracle/random.ts';

const classifier = TextClassifier.fit(['red apple', 'green pear', 'blue sky'], ['fruit', 'fruit', 'world']);
const file = classifier.save();

/** A reader that knows the published layout rules only. */
function readIndependently(bytes: Uint8Array) {
  const buffer = Buffer.from(bytes);
  const headerBytes = Number(buffer.readBigUInt64LE(0));
  const { __metadata__: metadata, ...entries } = JSON.parse(buffer.toString('utf8', 8, 8 + headerBytes));
  const data = buffer.subarray(8 + headerBytes);
  const slice = (name: string) => data.subarray(...(entries[name].data_offsets as [number, number]));
  return { metadata, entries, slice, headerBytes, data };
}

/** The same file with other metadata and a right checksum. */
function withMetadata(change: { [key: string]: string }, tensors?: (all: Record<string, Tensor>) => void): Uint8Array {
  const decoded = decodeSafetensors(file, 'test');
  const all = Object.fromEntries(decoded.tensors);
  tensors?.(all);
  const changed = encodeSafetensors(all, { ...Object.fromEntries(decoded.metadata), ...change, checksum: '00000000' });
  const at = Buffer.from(changed).indexOf('"checksum":"') + 12;
  changed.set(Buffer.from(crc32(changed).toString(16).padStart(8, '0')), at);
  return changed;
}

describe('model file', () => {
  it('opens with a reader that knows only the safetensors layout', () => {
    const { metadata, entries, slice, headerBytes, data } = readIndependently(file);
    expect(headerBytes % 8).toBe(0);
    expect(metadata.format).toBe('sparrow');
    expect(JSON.parse(metadata.classes)).toEqual(['fruit', 'world']);
    expect(entries.coef).toMatchObject({ dtype: 'F32', shape: [1, 6] });
    const ends = slice('vocabulary_ends');
    const terms = slice('vocabulary').toString('utf8');
    const words = Array.from({ length: 6 }, (_, i) =>
      terms.slice(i ? ends.readUInt32LE(4 * i - 4) : 0, ends.readUInt32LE(4 * i)),
    );
    expect(words).toEqual(['apple', 'blue', 'green', 'pear', 'red', 'sky']);
    const offsets = Object.values(entries as { [name: string]: { data_offsets: number[] } }).map((e) => e.data_offsets);
    expect(Math.max(...offsets.flat())).toBe(data.length);
  });

  it('F9 refuses a file with any bit of the header or of the body flipped', () => {
    const random = randomFrom(9);
    const header = Array.from({ length: 8 + Number(Buffer.from(file).readBigUInt64LE(0)) }, (_, i) => i);
    const body = Array.from({ length: 300 }, () => Math.floor(random() * file.length));
    for (const at of [...header, ...body]) {
      const damaged = file.slice();
      damaged[at]! ^= 1 << (at % 8);
      expect(() => TextClassifier.load(damaged, 'm.safetensors'), `byte ${at}`).toThrow(SparrowError);
    }
  });

  it('F10 refuses a file cut at any length', () => {
    for (let length = 0; length < file.length; length++) {
      expect(() => TextClassifier.load(file.subarray(0, length), 'm'), `${length} bytes`).toThrow(SparrowError);
    }
  });

  it('F11 refuses lying lengths even under a right checksum', () => {
    const lies: ((all: Record<string, Tensor>) => void)[] = [
      (all) => {
        all['vocabulary_ends']!.data.fill(0xffff_ffff as never);
      },
      (all) => {
        all['vocabulary_ends']!.data.reverse();
      },
      (all) => {
        all['coef'] = { dtype: 'F32', shape: [1, 2], data: new Float32Array(2) };
      },
      (all) => {
        all['coef']!.data.fill(Number.NaN as never);
      },
      (all) => {
        delete all['intercept'];
      },
      (all) => {
        all['idf'] = { dtype: 'F64', shape: [1], data: new Float64Array(1) };
      },
    ];
    for (const lie of lies) expect(() => TextClassifier.load(withMetadata({}, lie), 'm')).toThrow(/m cannot be used: /);
  });

  it('F15 refuses another format version and foreign files by name', () => {
    expect(() => TextClassifier.load(withMetadata({ format_version: '2' }), 'm')).toThrow(
      'format version 2, this Sparrow reads version 1',
    );
    expect(() => TextClassifier.load(withMetadata({ format: 'pt' }), 'm')).toThrow('not a Sparrow model');
    expect(() => TextClassifier.load(new TextEncoder().encode('{"a": 1}'), 'm.json')).toThrow(
      'm.json is not a whole safetensors file',
    );
    for (const change of [
      { classes: '[1]' },
      { scheme: 'other' },
      { classes: '{' },
      { vectorizers: '[{"norm":"l9"}]' },
    ] as { [key: string]: string }[]) {
      expect(() => TextClassifier.load(withMetadata(change), 'm')).toThrow(SparrowError);
    }
  });

  it('has a checksum that agrees with zlib, with and without its help', () => {
    const native = process.getBuiltinModule;
    const expected = crc32(file);
    expect(ourCrc32(file)).toBe(expected);
    try {
      process.getBuiltinModule = (() => undefined) as never;
      expect(ourCrc32(file.subarray(10), ourCrc32(file.subarray(0, 10)))).toBe(expected);
    } finally {
      process.getBuiltinModule = native;
    }
  });
});
