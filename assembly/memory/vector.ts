// A growable array of bytes or numbers in the arena, as a header that lives in the arena too.
// A pointer into a vector holds only until the next `reserve` or `push` on it.
import { allocate, free, reallocate } from './arena';

//  offset  0      4        8
//          data   length   capacity      length and capacity in bytes
const headerBytes: usize = 16;

export function createVector(capacityBytes: usize): usize {
  const vector = allocate(headerBytes);
  store<u32>(vector, <u32>allocate(capacityBytes));
  store<u32>(vector, 0, 4);
  store<u32>(vector, <u32>capacityBytes, 8);
  return vector;
}

export function destroyVector(vector: usize): void {
  if (vector == 0) return;
  free(dataOf(vector), <usize>load<u32>(vector, 8));
  free(vector, headerBytes);
}

/** Address of the first byte. */
export function dataOf(vector: usize): usize {
  return <usize>load<u32>(vector);
}

/** Used bytes. */
export function lengthOf(vector: usize): usize {
  return <usize>load<u32>(vector, 4);
}

export function setLength(vector: usize, bytes: usize): void {
  store<u32>(vector, <u32>bytes, 4);
}

/** Room for `extraBytes` more; returns the address of the first unused byte. */
export function reserve(vector: usize, extraBytes: usize): usize {
  const length = lengthOf(vector);
  const capacity = <usize>load<u32>(vector, 8);
  const needed = <u64>length + extraBytes;
  if (needed > capacity) {
    let next = <u64>capacity * 2;
    if (next < needed) next = needed;
    if (next > 0xffffff00) next = 0xffffff00;
    store<u32>(vector, <u32>reallocate(dataOf(vector), capacity, length, <usize>next));
    store<u32>(vector, <u32>next, 8);
  }
  return dataOf(vector) + length;
}

export function pushU32(vector: usize, value: u32): void {
  store<u32>(reserve(vector, 4), value);
  setLength(vector, lengthOf(vector) + 4);
}

/** Push two numbers at once. */
export function pushPair(vector: usize, first: u32, second: u32): void {
  const at = reserve(vector, 8);
  store<u32>(at, first);
  store<u32>(at, second, 4);
  setLength(vector, lengthOf(vector) + 8);
}
