// Sorting in place: unsigned 64-bit numbers, and the ids of byte runs by the bytes they stand for.
import { allocate, free } from './arena';
import { allBytes, endOf, startOf } from './byte-map';

const smallRun: u32 = 24;

/** Sort `count` unsigned 64-bit numbers at `base`, ascending. */
export function sortU64(base: usize, count: u32): void {
  while (count > smallRun) {
    const split = partition(base, count);
    const right = count - split;
    if (split < right) {
      sortU64(base, split);
      base += <usize>split * 8;
      count = right;
    } else {
      sortU64(base + <usize>split * 8, right);
      count = split;
    }
  }
  for (let i: u32 = 1; i < count; i++) {
    const value = load<u64>(base + <usize>i * 8);
    let j = i;
    for (; j > 0 && load<u64>(base + <usize>(j - 1) * 8) > value; j--) {
      store<u64>(base + <usize>j * 8, load<u64>(base + <usize>(j - 1) * 8));
    }
    store<u64>(base + <usize>j * 8, value);
  }
}

/** Hoare's partition around the median of three; the left part has 1 … count − 1 numbers, none above the right's. */
function partition(base: usize, count: u32): u32 {
  const pivot = median(
    load<u64>(base),
    load<u64>(base + <usize>(count >> 1) * 8),
    load<u64>(base + <usize>(count - 1) * 8),
  );
  let i: i32 = -1;
  let j: i32 = <i32>count;
  while (true) {
    do i++;
    while (load<u64>(base + <usize>i * 8) < pivot);
    do j--;
    while (load<u64>(base + <usize>j * 8) > pivot);
    if (i >= j) break;
    const left = load<u64>(base + <usize>i * 8);
    store<u64>(base + <usize>i * 8, load<u64>(base + <usize>j * 8));
    store<u64>(base + <usize>j * 8, left);
  }
  const split = <u32>j + 1;
  return split == count ? count - 1 : split;
}

function median(a: u64, b: u64, c: u64): u64 {
  if (a > b) {
    const swap = a;
    a = b;
    b = swap;
  }
  return c < a ? a : c > b ? b : c;
}

//  Runs are compared eight bytes at a time: an item is (those bytes as a big-endian number, id), 16 bytes. Items that
//  agree on them are sorted among themselves by the next eight, a run that has ended before one that goes on.
const itemBytes: usize = 16;

/** Sort `count` ids (u32) at `ids` by the bytes of their runs in `map`; for UTF-8 that is code point order. */
export function sortRuns(map: usize, ids: usize, count: u32): void {
  const items = allocate(<usize>count * itemBytes);
  for (let i: u32 = 0; i < count; i++) store<u32>(items + <usize>i * itemBytes, load<u32>(ids + <usize>i * 4), 8);
  sortItems(map, items, count, 0);
  for (let i: u32 = 0; i < count; i++) store<u32>(ids + <usize>i * 4, load<u32>(items + <usize>i * itemBytes, 8));
  free(items, <usize>count * itemBytes);
}

function sortItems(map: usize, items: usize, count: u32, depth: u32): void {
  while (readKeys(map, items, count, depth)) {
    // All agree: go on in place, or a long common beginning would cost a stack frame for each eight bytes of it.
    depth += 8;
    const ended = endedFirst(map, items, count, depth);
    items += <usize>ended * itemBytes;
    count -= ended;
    if (count < 2) return;
  }
  quickSort(items, count);
  let from: u32 = 0;
  while (from < count) {
    const key = load<u64>(items + <usize>from * itemBytes);
    let to = from + 1;
    while (to < count && load<u64>(items + <usize>to * itemBytes) == key) to++;
    if (to - from > 1) sortItems(map, items + <usize>from * itemBytes, to - from, depth);
    from = to;
  }
}

/** Set the key of each item from the bytes at `depth` of its run; true when there are several items, all alike. */
function readKeys(map: usize, items: usize, count: u32, depth: u32): bool {
  const bytes = allBytes(map);
  let isSame = count > 1;
  let first: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const item = items + <usize>i * itemBytes;
    const id = load<u32>(item, 8);
    const start = startOf(map, id);
    const length = endOf(map, id) - start;
    const key = depth < length ? keyAt(bytes + start + depth, length - depth) : 0;
    store<u64>(item, key);
    if (i == 0) first = key;
    else if (key != first) isSame = false;
  }
  return isSame;
}

/** The next `left` (1 or more; at most 8 count) bytes as a big-endian number, zeros beyond. */
function keyAt(at: usize, left: u32): u64 {
  const key = bswap<u64>(load<u64>(at));
  return left >= 8 ? key : key & (~(<u64>0) << (64 - <u64>left * 8));
}

/** Move the runs that end at or before `depth` to the front, shorter before longer; returns how many they are. */
function endedFirst(map: usize, items: usize, count: u32, depth: u32): u32 {
  let ended: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const id = load<u32>(items + <usize>i * itemBytes, 8);
    const length = endOf(map, id) - startOf(map, id);
    if (length > depth) continue;
    let j = ended++;
    store<u32>(items + <usize>i * itemBytes, load<u32>(items + <usize>j * itemBytes, 8), 8);
    for (; j > 0; j--) {
      const before = load<u32>(items + <usize>(j - 1) * itemBytes, 8);
      if (endOf(map, before) - startOf(map, before) <= length) break;
      store<u32>(items + <usize>j * itemBytes, before, 8);
    }
    store<u32>(items + <usize>j * itemBytes, id, 8);
  }
  return ended;
}

/** Sort items by key alone. */
function quickSort(items: usize, count: u32): void {
  while (count > smallRun) {
    const pivot = median(
      load<u64>(items),
      load<u64>(items + <usize>(count >> 1) * itemBytes),
      load<u64>(items + <usize>(count - 1) * itemBytes),
    );
    let i: i32 = -1;
    let j: i32 = <i32>count;
    while (true) {
      do i++;
      while (load<u64>(items + <usize>i * itemBytes) < pivot);
      do j--;
      while (load<u64>(items + <usize>j * itemBytes) > pivot);
      if (i >= j) break;
      const left = v128.load(items + <usize>i * itemBytes);
      v128.store(items + <usize>i * itemBytes, v128.load(items + <usize>j * itemBytes));
      v128.store(items + <usize>j * itemBytes, left);
    }
    const split = <u32>j + 1 == count ? count - 1 : <u32>j + 1;
    if (split < count - split) {
      quickSort(items, split);
      items += <usize>split * itemBytes;
      count -= split;
    } else {
      quickSort(items + <usize>split * itemBytes, count - split);
      count = split;
    }
  }
  for (let i: u32 = 1; i < count; i++) {
    const item = v128.load(items + <usize>i * itemBytes);
    const key = load<u64>(items + <usize>i * itemBytes);
    let j = i;
    for (; j > 0 && load<u64>(items + <usize>(j - 1) * itemBytes) > key; j--) {
      v128.store(items + <usize>j * itemBytes, v128.load(items + <usize>(j - 1) * itemBytes));
    }
    v128.store(items + <usize>j * itemBytes, item);
  }
}
