// Exact map from a run of bytes to a number: the first 15 bytes are the key itself, longer runs are found by a 64-bit
// hash and then compared byte by byte. Open addressing with linear probing, at most five eighths full: fresh memory costs
// more than a few more probes.
import { allocateZeroed, free } from './arena';
import { touch } from './touch';
import { createVector, dataOf, destroyVector, lengthOf, pushU32, reserve, setLength } from './vector';

//  slot, 32 bytes:   0            16          20       24       28
//                    key (v128)   id + 1      stamp    user a   user b       id + 1 = 0: empty
//  key of a short run: its bytes, zeros, and its length (≤ 15) plus one in the last byte, so that no key is all zeros
//  key of a long run:  hash (8 bytes), length (u32), 0, 0, 0, 0xff
export const SLOT_BYTES: usize = 32;
export const ID: usize = 16;
export const STAMP: usize = 20;
export const USER_A: usize = 24;
export const USER_B: usize = 28;
/** Runs up to this length are their own key. */
export const shortLength: u32 = 15;

//  map, 32 bytes:  0       4      8       12           16
//                  slots   bits   count   bytes (v.)   ends (v.)     ends[i]: where the bytes of id i end
const SLOTS: usize = 0;
const BITS: usize = 4;
const COUNT: usize = 8;
const BYTES: usize = 12;
const ENDS: usize = 16;

/** Sixteen bytes 0xff then sixteen 0: loaded at 16 − n it keeps the first n bytes of a block. */
const window: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0,
]);

/** True when `count` runs are too many for 2^bits slots. */
function isCrowded(count: u32, bits: u32): bool {
  return <u64>count * 8 > (<u64>5) << bits;
}

/** An empty map with room for `capacity` runs before it grows. */
export function createMap(capacity: u32): usize {
  const map = allocateZeroed(32);
  let bits: u32 = 8;
  while (isCrowded(capacity, bits) && bits < 27) bits++;
  store<u32>(map, bits, BITS);
  store<u32>(map, <u32>allocateZeroed(SLOT_BYTES << bits), SLOTS);
  store<u32>(map, <u32>createVector(4096), BYTES);
  store<u32>(map, <u32>createVector(4096), ENDS);
  return map;
}

export function destroyMap(map: usize): void {
  if (map == 0) return;
  free(<usize>load<u32>(map, SLOTS), SLOT_BYTES << load<u32>(map, BITS));
  destroyVector(<usize>load<u32>(map, BYTES));
  destroyVector(<usize>load<u32>(map, ENDS));
  free(map, 32);
}

/** Number of runs, whose ids are 0 … count − 1 in the order of their insertion. */
export function countOf(map: usize): u32 {
  return load<u32>(map, COUNT);
}

/** Bytes of all runs, one after another. */
export function allBytes(map: usize): usize {
  return dataOf(<usize>load<u32>(map, BYTES));
}

/** Ends (u32) of the runs in `allBytes`, by id. */
export function allEnds(map: usize): usize {
  return dataOf(<usize>load<u32>(map, ENDS));
}

/** Where the run with this id begins in `allBytes`. */
export function startOf(map: usize, id: u32): u32 {
  return id == 0 ? 0 : load<u32>(allEnds(map) + (<usize>id - 1) * 4);
}

export function endOf(map: usize, id: u32): u32 {
  return load<u32>(allEnds(map) + <usize>id * 4);
}

/** Where the slots are and how far a hash is shifted to number one; both hold until the next insertion. */
export function slotsOf(map: usize): usize {
  return <usize>load<u32>(map, SLOTS);
}

export function shiftOf(map: usize): u64 {
  return 64 - <u64>load<u32>(map, BITS);
}

/** The slot where a key of this hash is looked for first. */
export function firstProbe(slots: usize, shift: u64, key: v128): usize {
  return slots + ((<usize>(hashOf(key) >> shift)) << 5);
}

/** True when the slot is in use for this key: then it is the run's, if the run is short. */
export function hasKey(slot: usize, key: v128): bool {
  return i8x16.all_true(i8x16.eq(v128.load(slot), key));
}

/** Address of the slot that holds the run, or 0. Reads up to 15 bytes beyond the run. */
export function find(map: usize, run: usize, length: u32): usize {
  const slot = probe(map, keyOf(run, length), run, length);
  return load<u32>(slot, ID) == 0 ? 0 : slot;
}

/** The same from where it is looked for first, which is where a short run mostly is. */
export function findFrom(map: usize, slot: usize, key: v128, run: usize, length: u32): usize {
  return length <= shortLength && hasKey(slot, key) ? slot : find(map, run, length);
}

/** Ask memory for the slot where a run is looked for first. */
export function touchRun(map: usize, run: usize, length: u32): void {
  touch(firstProbe(slotsOf(map), shiftOf(map), keyOf(run, length)));
}

/** Address of the slot that holds the run, which is added when it is new. Addresses hold until the next insertion. */
export function findOrInsert(map: usize, run: usize, length: u32): usize {
  const key = keyOf(run, length);
  const slot = probe(map, key, run, length);
  if (load<u32>(slot, ID) != 0) return slot;
  const count = load<u32>(map, COUNT) + 1;
  const vector = <usize>load<u32>(map, BYTES);
  memory.copy(reserve(vector, length), run, length);
  setLength(vector, lengthOf(vector) + length);
  pushU32(<usize>load<u32>(map, ENDS), <u32>lengthOf(vector));
  store<u32>(map, count, COUNT);
  v128.store(slot, key);
  store<u32>(slot, count, ID);
  if (!isCrowded(count, load<u32>(map, BITS))) return slot;
  grow(map);
  return probe(map, key, run, length);
}

/** What a slot is recognised by. Reads up to 15 bytes beyond the run. */
export function keyOf(run: usize, length: u32): v128 {
  if (length <= shortLength) {
    const bytes = v128.and(v128.load(run), v128.load(window + 16 - length));
    return i8x16.replace_lane(bytes, 15, <i8>(length + 1));
  }
  return i64x2.replace_lane(i64x2.splat(hashLong(run, length)), 1, ((<u64>0xff) << 56) | <u64>length);
}

function hashLong(run: usize, length: u32): u64 {
  let hash: u64 = 0x9e3779b97f4a7c15 ^ <u64>length;
  let i: u32 = 0;
  for (; i + 8 <= length; i += 8) hash = rotl<u64>(hash ^ load<u64>(run + i), 29) * 0xff51afd7ed558ccd;
  hash = rotl<u64>(hash ^ load<u64>(run + length - 8), 29) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 32);
}

function hashOf(key: v128): u64 {
  let hash = i64x2.extract_lane(key, 0) * 0x9e3779b97f4a7c15 + i64x2.extract_lane(key, 1) * 0xc2b2ae3d27d4eb4f;
  hash ^= hash >> 32;
  return hash * 0xd6e8feb86659fd93;
}

/** The slot with this key, or the empty one where it belongs. */
function probe(map: usize, key: v128, run: usize, length: u32): usize {
  const slots = slotsOf(map);
  const end = slots + (SLOT_BYTES << load<u32>(map, BITS));
  let slot = firstProbe(slots, shiftOf(map), key);
  while (true) {
    if (hasKey(slot, key)) {
      if (length <= shortLength || isRun(map, load<u32>(slot, ID) - 1, run, length)) return slot;
    } else if (load<u32>(slot, ID) == 0) return slot;
    slot += SLOT_BYTES;
    if (slot == end) slot = slots;
  }
}

function isRun(map: usize, id: u32, run: usize, length: u32): bool {
  return sameBytes(allBytes(map) + startOf(map, id), run, length);
}

function sameBytes(a: usize, b: usize, length: u32): bool {
  return memory.compare(a, b, length) == 0;
}

function grow(map: usize): void {
  const oldBits = load<u32>(map, BITS);
  const old = <usize>load<u32>(map, SLOTS);
  const bits = oldBits + 1;
  const slots = allocateZeroed(SLOT_BYTES << bits);
  const mask = ((<u32>1) << bits) - 1;
  const end = old + (SLOT_BYTES << oldBits);
  for (let from = old; from < end; from += SLOT_BYTES) {
    if (load<u32>(from, ID) == 0) continue;
    const key = v128.load(from);
    let index = <u32>(hashOf(key) >> (64 - <u64>bits));
    while (load<u32>(slots + <usize>index * SLOT_BYTES, ID) != 0) index = (index + 1) & mask;
    memory.copy(slots + <usize>index * SLOT_BYTES, from, SLOT_BYTES);
  }
  store<u32>(map, <u32>slots, SLOTS);
  store<u32>(map, bits, BITS);
  free(old, SLOT_BYTES << oldBits);
}

/** Call for each slot in use through its address: the walk over all runs, in no order. */
export function firstSlot(map: usize): usize {
  return <usize>load<u32>(map, SLOTS);
}

export function slotsEnd(map: usize): usize {
  return <usize>load<u32>(map, SLOTS) + (SLOT_BYTES << load<u32>(map, BITS));
}
