// One record, one line: checksum, mark, JSON. The journal is readable with `tail`, and every line proves itself.
//
//   8 hex digits   1          …             1
//   ┌────────────┬────────┬───────────────┬────┐
//   │ CRC-32     │ mark   │ JSON          │ \n │   CRC-32 is that of the JSON's UTF-8
//   └────────────┴────────┴───────────────┴────┘
//
// The mark is `+` when the next line belongs to the same append, else a space: an append counts whole or not at all.
import zlib from 'node:zlib';

/** The first line of every file. A journal of another format is refused by name. */
export interface JournalHeader {
  t: 'journal';
  format: number;
  project: string;
}

export const journalFormat = 1;

const jsonStart = 9;
const space = 0x20;
const plus = 0x2b;
const lineFeed = 0x0a;

/** A line that ends its append, and the checksum in it. */
export function encodeLine(record: object): { bytes: Buffer; sum: number } {
  const json = JSON.stringify(record);
  const length = Buffer.byteLength(json);
  const bytes = Buffer.allocUnsafe(jsonStart + length + 1);
  bytes.write(json, jsonStart);
  const sum = checksumOf(bytes.subarray(jsonStart, jsonStart + length));
  bytes.write(hexOf(sum), 0, 'latin1');
  bytes[jsonStart - 1] = space;
  bytes[jsonStart + length] = lineFeed;
  return { bytes, sum };
}

/** Says whether the next line belongs to the same append. */
export function markLine(line: Uint8Array, goesOn: boolean): void {
  line[jsonStart - 1] = goesOn ? plus : space;
}

/** Reads a line (without its line feed); null when it is not whole. */
export function decodeLine(line: Buffer): { record: unknown; sum: number; goesOn: boolean } | null {
  const mark = line[jsonStart - 1];
  if (mark !== space && mark !== plus) return null;
  const json = line.subarray(jsonStart);
  const sum = checksumOf(json);
  if (line.toString('latin1', 0, jsonStart - 1) !== hexOf(sum)) return null;
  try {
    return { record: JSON.parse(json.toString()), sum, goesOn: mark === plus };
  } catch {
    return null;
  }
}

function hexOf(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}

/** CRC-32 as in zlib; Node has it since 20.15, earlier ones take the table. */
export function checksumOf(bytes: Uint8Array): number {
  return typeof zlib.crc32 === 'function' ? zlib.crc32(bytes) : tableChecksumOf(bytes);
}

const polynomial = 0xedb88320;
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
  return value;
});

export function tableChecksumOf(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (sum >>> 8) ^ table[(sum ^ byte) & 0xff]!;
  return (sum ^ 0xffffffff) >>> 0;
}
