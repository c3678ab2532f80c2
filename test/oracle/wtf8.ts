// UTF-8 that also carries lone surrogates, each as three bytes (WTF-8): what kernels read and golden digests are made of.

export function encodeWtf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const character of text) bytes.push(...encodeCodePoint(character.codePointAt(0)!));
  return Uint8Array.from(bytes);
}

export function encodeCodePoint(codePoint: number): number[] {
  const last = (shift: number) => 0x80 | ((codePoint >> shift) & 0x3f);
  if (codePoint < 0x80) return [codePoint];
  if (codePoint < 0x800) return [0xc0 | (codePoint >> 6), last(0)];
  if (codePoint < 0x10000) return [0xe0 | (codePoint >> 12), last(6), last(0)];
  return [0xf0 | (codePoint >> 18), last(12), last(6), last(0)];
}

/** The text of well-formed WTF-8. */
export function decodeWtf8(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i]!;
    const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    let codePoint = size === 1 ? lead : lead & (0x7f >> size);
    for (let k = 1; k < size; k++) codePoint = (codePoint << 6) | (bytes[i + k]! & 0x3f);
    text += String.fromCodePoint(codePoint);
    i += size;
  }
  return text;
}
