// The wire format by hand: the examples of its own documentation, and every length of a number.
import { expect, test } from 'vitest';
import { Message } from '../../src/classifier/protobuf.ts';

const hex = (message: Message) => Buffer.from(message.finish()).toString('hex');

test('numbers, strings, messages and packed numbers are written as the documentation of the format shows', () => {
  expect(hex(new Message().integer(1, 150))).toBe('089601');
  expect(hex(new Message().bytes(2, 'testing'))).toBe('120774657374696e67');
  expect(hex(new Message().message(3, new Message().integer(1, 150)))).toBe('1a03089601');
  expect(hex(new Message().integers(6, [3, 270, 86942]))).toBe('3206038e029ea705');
});

test('numbers of any length are read back', () => {
  for (const value of [0, 1, 127, 128, 16383, 16384, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -1, -(2 ** 40)]) {
    const [, ...bytes] = new Message().integer(1, value).finish();
    const read = bytes.reduceRight((high, byte) => (high << 7n) | BigInt(byte & 0x7f), 0n);
    expect(BigInt.asIntN(64, read), String(value)).toBe(BigInt(value));
    expect(bytes.map((byte) => byte >> 7)).toEqual([...Array(bytes.length - 1).fill(1), 0]);
  }
});

test('a message grows as it must', () => {
  const long = 'x'.repeat(100_000);
  const message = new Message().bytes(1, long).integers(2, Array(5000).fill(1));
  expect(message.finish()).toHaveLength(1 + 3 + 100_000 + 1 + 2 + 5000);
});
