// The one allocator: blocks cut from the end of linear memory, and free lists by size class for blocks given back.
// Block sizes are the caller's to remember. Running out sets `failure` and traps: the host then discards the instance.

/** Why the last trap happened, readable by the host: 0 a bug, 1 linear memory is used up. */
export let failure: i32 = 0;

/** The host's limit on linear memory in bytes; 0 means the module's own maximum of 4 GiB. */
let limitBytes: u64 = 0;

export function setMemoryLimit(bytes: f64): void {
  limitBytes = <u64>bytes;
}

//  size classes: 64 · 2^e · {4, 5, 6, 7} / 4, so that rounding up wastes at most a quarter
//
//  class   0    1    2    3    4    5    6    7    8 …
//  bytes   64   80   96   112  128  160  192  224  256 …
const smallest: usize = 64;
const nClasses: u32 = 26 * 4;
/** Bytes beyond the last block that may still be read, so that a SIMD load near the end of a block never traps. */
const SLACK: u64 = 64;
/** Memory grows by at least this. */
const leastGrowth: u64 = 32 << 20;
const freeLists = memory.data(nClasses * 4, 16);
let top: usize = (__heap_base + 63) & ~63;

function sizeClass(bytes: usize): u32 {
  if (bytes <= smallest) return 0;
  const exponent = 31 - clz<u32>(<u32>bytes - 1);
  const base = (<u64>1) << exponent;
  const quarter = <u32>(((<u64>bytes - base) * 4 + base - 1) >> exponent);
  return (exponent - 6) * 4 + quarter;
}

function classBytes(index: u32): u64 {
  return ((<u64>(4 + (index & 3))) << (6 + (index >> 2))) >> 2;
}

/** A block of at least `bytes` bytes, 16-aligned, contents undefined. Traps with `failure` = 1 when memory is used up. */
export function allocate(bytes: usize): usize {
  const index = sizeClass(bytes);
  if (index >= nClasses) {
    failure = 1;
    unreachable();
  }
  const size = classBytes(index);
  const list = freeLists + index * 4;
  const head = <usize>load<u32>(list);
  if (head != 0) {
    store<u32>(list, load<u32>(head));
    return head;
  }
  const block = top;
  const end = <u64>block + ((size + 15) & ~15);
  if (!reserve(end)) {
    failure = 1;
    unreachable();
  }
  top = <usize>end;
  return block;
}

/** Give back a block of `allocate(bytes)`. A null block is ignored. */
export function free(block: usize, bytes: usize): void {
  if (block == 0) return;
  const list = freeLists + sizeClass(bytes) * 4;
  store<u32>(block, load<u32>(list));
  store<u32>(list, <u32>block);
}

/** Bytes of linear memory cut into blocks so far, whether in use or on a free list. */
export function allocatedBytes(): f64 {
  return <f64>top;
}

/** `allocate`, filled with zeros. */
export function allocateZeroed(bytes: usize): usize {
  const fresh = top;
  const block = allocate(bytes);
  // Memory is born with zeros: writing them would only touch every page at once.
  if (block < fresh) memory.fill(block, 0, bytes);
  return block;
}

/** A larger block with the first `usedBytes` of the old one; the old one is given back. */
export function reallocate(block: usize, oldBytes: usize, usedBytes: usize, newBytes: usize): usize {
  const next = allocate(newBytes);
  memory.copy(next, block, usedBytes);
  free(block, oldBytes);
  return next;
}

/**
 * Make addresses below `top` usable and SLACK readable. Growth is rare and coarse, since each one detaches the host's
 * views and makes its collector run; pages that are never touched cost nothing.
 */
function reserve(top: u64): bool {
  const end = top + SLACK;
  const have = (<u64>memory.size()) << 16;
  if (end <= have) return true;
  const most: u64 = limitBytes != 0 ? limitBytes : ((<u64>65536) << 16) - 65536;
  if (end > most) return false;
  let target = have * 2;
  if (target < have + leastGrowth) target = have + leastGrowth;
  if (target < end) target = end;
  if (target > most) target = most;
  if (memory.grow(<i32>((target - have + 65535) >> 16)) >= 0) return true;
  return memory.grow(<i32>((end - have + 65535) >> 16)) >= 0;
}
