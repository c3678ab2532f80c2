// Code points in and out of UTF-8. Lone surrogates are written as three bytes like any other code point (WTF-8).
// Only the shape of the lead byte is looked at: the host writes well-formed text, anything else just must not run astray.

/** What a byte that begins no code point decodes to. */
const replacement: u32 = 0xfffd;

/** Two bits for each lead byte >> 3: the bytes that follow it. Continuation bytes and 0xf8 … 0xff have none. */
const followers: u64 = 0x3a55000000000000;

/** Bytes of the code point that begins with this byte, 1 … 4; 1 for a byte that begins none. */
export function decodeLength(leadByte: u8): u32 {
  return 1 + (<u32>(followers >> ((<u64>leadByte >> 2) & 62)) & 3);
}

/** The code point at this address. Reads up to 3 bytes beyond the first. */
export function decode(at: usize): u32 {
  const lead = <u32>load<u8>(at);
  if (lead < 0x80) return lead;
  if (lead < 0xe0) return lead < 0xc0 ? replacement : ((lead & 0x1f) << 6) | follower(at, 1);
  const two = (follower(at, 1) << 6) | follower(at, 2);
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | two;
  return lead < 0xf8 ? ((lead & 0x07) << 18) | (two << 6) | follower(at, 3) : replacement;
}

function follower(at: usize, offset: usize): u32 {
  return <u32>load<u8>(at + offset) & 0x3f;
}

/** Write a code point; returns how many bytes that took, 1 … 4. */
export function encode(codePoint: u32, at: usize): u32 {
  if (codePoint < 0x80) {
    store<u8>(at, codePoint);
    return 1;
  }
  if (codePoint < 0x800) {
    store<u8>(at, 0xc0 | (codePoint >> 6));
    store<u8>(at, 0x80 | (codePoint & 0x3f), 1);
    return 2;
  }
  if (codePoint < 0x10000) {
    store<u8>(at, 0xe0 | (codePoint >> 12));
    store<u8>(at, 0x80 | ((codePoint >> 6) & 0x3f), 1);
    store<u8>(at, 0x80 | (codePoint & 0x3f), 2);
    return 3;
  }
  store<u8>(at, 0xf0 | (codePoint >> 18));
  store<u8>(at, 0x80 | ((codePoint >> 12) & 0x3f), 1);
  store<u8>(at, 0x80 | ((codePoint >> 6) & 0x3f), 2);
  store<u8>(at, 0x80 | (codePoint & 0x3f), 3);
  return 4;
}
