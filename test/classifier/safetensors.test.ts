// The safetensors container: round trips, the layout rules read back by hand, and files that lie.
import { describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../src/classifier/safetensors.ts';
import { SparrowError } from '../../src/errors.ts';

const everyDtype: Record<string, Tensor> = {
  bytes: { dtype: 'U8', shape: [5], data: Uint8Array.of(0, 1, 127, 128, 255) },
  shorts: { dtype: 'U16', shape: [3], data: Uint16Array.of(0, 1, 65535) },
  words: { dtype: 'U32', shape: [1], data: Uint32Array.of(0xffffffff) },
  signed: { dtype: 'I32', shape: [2, 1], data: Int32Array.of(-1, 2 ** 31 - 1) },
  wide: { dtype: 'I64', shape: [2], data: BigInt64Array.of(-(2n ** 63n), 5n) },
  singles: { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1.5, -0, Number.NaN, Number.POSITIVE_INFINITY) },
  doubles: { dtype: 'F64', shape: [1, 2], data: Float64Array.of(Math.PI, 5e-324) },
  scalar: { dtype: 'F64', shape: [], data: Float64Array.of(7) },
  none: { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) },
};

/** A file made by hand, so that the header may say anything. */
function forge(header: unknown, dataBytes = 0, headerLength?: bigint): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerLength ?? BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}

function refusal(bytes: Uint8Array): string {
  try {
    decodeSafetensors(bytes, 'm.safetensors');
  } catch (error) {
    expect(error).toBeInstanceOf(SparrowError);
    expect((error as SparrowError).code).toBe('BAD_MODEL');
    return (error as SparrowError).message;
  }
  throw new Error('the file was accepted');
}

describe('round trip', () => {
  test('every dtype, an empty tensor, a scalar and metadata come back', () => {
    const metadata = { format: 'x', 'naïve "key"': 'line\nbreak 😀' };
    const decoded = decodeSafetensors(encodeSafetensors(everyDtype, metadata), 'm');
    expect(Object.fromEntries(decoded.tensors)).toEqual(everyDtype);
    expect(Object.fromEntries(decoded.metadata)).toEqual(metadata);
  });

  test('nothing at all is a valid file', () => {
    const decoded = decodeSafetensors(encodeSafetensors({}, {}), 'm');
    expect(decoded.tensors.size).toBe(0);
    expect(decoded.metadata.size).toBe(0);
  });

  test('names such as __proto__ are ordinary names', () => {
    const tensors = Object.fromEntries([['__proto__', { dtype: 'U8', shape: [1], data: Uint8Array.of(9) } as const]]);
    const decoded = decodeSafetensors(encodeSafetensors(tensors, Object.fromEntries([['__proto__', 'x']])), 'm');
    expect(decoded.tensors.get('__proto__')?.data).toEqual(Uint8Array.of(9));
    expect(decoded.metadata.get('__proto__')).toBe('x');
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
  });

  test('bytes at an odd address are copied and still right', () => {
    const file = encodeSafetensors(everyDtype, {});
    for (let shift = 0; shift < 8; shift++) {
      const moved = new Uint8Array(file.length + shift);
      moved.set(file, shift);
      const decoded = decodeSafetensors(moved.subarray(shift), 'm');
      expect(Object.fromEntries(decoded.tensors)).toEqual(everyDtype);
    }
  });

  test('the order in which tensors are given changes no byte', () => {
    const reversed = Object.fromEntries(Object.entries(everyDtype).reverse());
    expect(encodeSafetensors(reversed, {})).toEqual(encodeSafetensors(everyDtype, {}));
  });
});

test('the layout is the one the format describes', () => {
  const file = encodeSafetensors(everyDtype, { a: 'b' });
  const headerBytes = Number(new DataView(file.buffer).getBigUint64(0, true));
  expect((8 + headerBytes) % 8).toBe(0);
  const header = JSON.parse(Buffer.from(file.subarray(8, 8 + headerBytes)).toString());
  expect(header.__metadata__).toEqual({ a: 'b' });
  const [begin, end] = header.singles.data_offsets;
  expect(end - begin).toBe(16);
  const data = new DataView(file.buffer, 8 + headerBytes);
  expect(data.getFloat32(begin, true)).toBe(1.5);
  expect(data.getBigInt64(header.wide.data_offsets[0], true)).toBe(-(2n ** 63n));
  expect(data.getUint16(header.shorts.data_offsets[0] + 4, true)).toBe(65535);
});

test('a tensor that contradicts its own description is a bug of the caller', () => {
  expect(() => encodeSafetensors({ a: { dtype: 'F32', shape: [1], data: new Float64Array(1) } }, {})).toThrow(
    TypeError,
  );
  expect(() => encodeSafetensors({ a: { dtype: 'F64', shape: [2], data: new Float64Array(1) } }, {})).toThrow(
    TypeError,
  );
});

describe('refused', () => {
  const u8 = (begin: number, end: number, shape = [end - begin]) => ({
    dtype: 'U8',
    shape,
    data_offsets: [begin, end],
  });

  test('a file cut anywhere, or with a byte too many', () => {
    const file = encodeSafetensors(everyDtype, { a: 'b' });
    for (let length = 0; length < file.length; length++) {
      expect(refusal(file.subarray(0, length))).toMatch(/^m\.safetensors is not a whole safetensors file: .+\.$/);
    }
    expect(refusal(Buffer.concat([file, Buffer.alloc(1)]))).toContain('nothing describes its last 1 bytes');
  });

  test.each([
    ['a header length of 2^64 - 1', forge({}, 0, 2n ** 64n - 1n), 'above the limit'],
    ['a header length of 2^63', forge({}, 0, 2n ** 63n), 'above the limit'],
    ['a header longer than the file', forge({}, 0, 3n), 'the header should have 3 bytes but 2 are left'],
    ['no header', forge('', 0), 'does not begin'],
    ['a list as header', forge([], 0), 'does not begin'],
    ['leading spaces', forge(' {}', 0), 'does not begin'],
    ['half a header', forge('{"a":', 0), 'not JSON'],
    [
      'bytes that are not UTF-8',
      Buffer.concat([forge('', 0, 3n), Buffer.from([0x7b, 0xff, 0x7d])]),
      'not JSON in UTF-8',
    ],
    ['metadata that is no object', forge({ __metadata__: 'x' }), 'metadata'],
    ['metadata that is no string', forge({ __metadata__: { a: 1 } }), 'metadata "a"'],
    ['a tensor that is null', forge({ a: null }), 'tensor "a"'],
    ['a tensor that is a number', forge({ a: 3 }), 'tensor "a"'],
    ['an unknown dtype', forge({ a: { ...u8(0, 1), dtype: 'F8' } }, 1), 'unknown dtype "F8"'],
    ['a dtype from Object.prototype', forge({ a: { ...u8(0, 1), dtype: 'toString' } }, 1), 'unknown dtype'],
    ['no dtype', forge({ a: { shape: [1], data_offsets: [0, 1] } }, 1), 'unknown dtype undefined'],
    ['a negative length', forge({ a: u8(0, 1, [-1]) }, 1), 'list of counts'],
    ['a fraction as length', forge({ a: u8(0, 1, [0.5, 2]) }, 1), 'list of counts'],
    ['a length beyond exact numbers', forge({ a: u8(0, 1, [2 ** 53]) }, 1), 'list of counts'],
    ['a shape whose size overflows', forge({ a: u8(0, 0, [2 ** 52, 2 ** 52, 2 ** 52]) }), 'where its shape needs'],
    ['a shape of 2^31 features', forge({ a: u8(0, 4, [2 ** 31]) }, 4), 'where its shape needs 2147483648'],
    ['a shape that is no list', forge({ a: { dtype: 'U8', shape: '1', data_offsets: [0, 1] } }, 1), 'list of counts'],
    ['one offset', forge({ a: { dtype: 'U8', shape: [1], data_offsets: [0] } }, 1), 'two offsets'],
    ['negative offsets', forge({ a: { dtype: 'U8', shape: [1], data_offsets: [-1, 0] } }, 1), 'two offsets'],
    ['offsets the wrong way round', forge({ a: { dtype: 'U8', shape: [1], data_offsets: [1, 0] } }, 1), 'needs 1'],
    ['data beyond the end', forge({ a: u8(0, 9) }, 8), 'ends at byte 9 of 8'],
    ['two tensors that overlap', forge({ a: u8(0, 5), b: u8(4, 8) }, 8), 'tensor "b" overlaps'],
    ['the same bytes twice', forge({ a: u8(0, 8), b: u8(0, 8) }, 8), 'overlaps'],
    ['a hole in the middle', forge({ a: u8(0, 3), b: u8(4, 8) }, 8), 'the 1 bytes before tensor "b"'],
    ['a hole at the start', forge({ a: u8(1, 8) }, 8), 'the 1 bytes before tensor "a"'],
    ['data that nothing describes', forge({}, 8), 'its last 8 bytes'],
    ['a header nested 50,000 deep', forge(`{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`), 'tensor "a"'],
    ['a very long name', forge({ ['n'.repeat(5000)]: 1 }), '…'],
  ])('%s', (_name, bytes, reason) => {
    const message = refusal(bytes);
    expect(message).toContain(reason);
    expect(message.length).toBeLessThan(250);
  });

  test('random damage to the header never ends in another kind of error', () => {
    const file = encodeSafetensors(everyDtype, { a: 'b' });
    const headerEnd = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
    for (let at = 0; at < headerEnd; at++) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const damaged = file.slice();
        damaged[at] = (damaged[at] ?? 0) ^ mask;
        try {
          decodeSafetensors(damaged, 'm');
        } catch (error) {
          expect(error).toBeInstanceOf(SparrowError);
        }
      }
    }
  });
});
