// CRC-32 (IEEE 802.3), the checksum of zip, gzip and Python's `zlib.crc32`: found in the standard library of whoever
// wants to check one of our files.

const polynomial = 0xedb88320;
let table: Uint32Array | undefined;

/** CRC-32 of `bytes`, continuing from `value`, the CRC of what stands before them. */
export function crc32(bytes: Uint8Array, value = 0): number {
  const native = globalThis.process?.getBuiltinModule?.('node:zlib')?.crc32;
  if (native) return native(bytes, value);
  table ??= makeTable();
  let crc = ~value;
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    return crc;
  });
}
