// Sets of code points in the two stages that generate.mjs writes: code point >> 7 gives a block of two 64-bit sets.
// Whatever the script, a test is two loads and a shift: no path depends on how common a character is.

/** Number of the 64-bit set that would hold the code point. The last of the `nBlocks` entries of `index` is empty. */
export function setOf(codePoint: u32, index: usize, nBlocks: u32): usize {
  return ((<usize>load<u8>(index + min(codePoint >> 7, nBlocks - 1))) << 1) | ((codePoint >> 6) & 1);
}

export function isMember(codePoint: u32, bits: usize, set: usize): bool {
  return <bool>((load<u64>(bits + (set << 3)) >> (codePoint & 63)) & 1);
}

/** Place of the value of a member: `first` (u16) of its set, and the members before it. */
export function placeOf(codePoint: u32, bits: usize, first: usize, set: usize): usize {
  const before = load<u64>(bits + (set << 3)) & (((<u64>1) << (codePoint & 63)) - 1);
  return <usize>load<u16>(first + (set << 1)) + <usize>popcnt(before);
}
