// The memory room of the kernels: blocks of the arena, growable vectors, and the map from runs of bytes to numbers.
import { beforeEach, describe, expect, test } from 'vitest';
import { compile, type Kernel } from './compile.ts';

const entry = `
  export { allocate, allocateZeroed, failure, free, reallocate, setMemoryLimit } from './memory/arena';
  export { createVector, dataOf, destroyVector, lengthOf, pushU32, reserve, setLength } from './memory/vector';
  export {
    ID, SLOT_BYTES, STAMP, USER_A, USER_B, allBytes, allEnds, countOf, createMap, destroyMap, endOf, find, findOrInsert,
    firstSlot, slotsEnd, startOf
  } from './memory/byte-map';
`;

let kernel: Kernel;
beforeEach(async () => {
  kernel = await compile(entry);
});

const allocate = (bytes: number) => kernel.call('allocate', bytes) >>> 0;
const free = (block: number, bytes: number) => kernel.call('free', block, bytes);
const view = () => new DataView(kernel.memory.buffer);
const bytesAt = (at: number, length: number) => new Uint8Array(kernel.memory.buffer, at, length);
const u32 = (at: number) => view().getUint32(at, true);
const sizes = [...Array.from({ length: 600 }, (_, i) => i), 1023, 1024, 1025, 4096, 5000, 65536, 65537, 1_000_000];

describe('arena', () => {
  test('blocks are aligned to 16 bytes, hold what was asked and never overlap', () => {
    const blocks = sizes.map((bytes) => ({ bytes, at: allocate(bytes) })).sort((a, b) => a.at - b.at);
    blocks.forEach(({ bytes, at }, i) => {
      expect(at % 16).toBe(0);
      expect(at + bytes).toBeLessThanOrEqual(blocks[i + 1]?.at ?? kernel.memory.buffer.byteLength);
    });
  });

  test('rounding up to a size class wastes at most a quarter', () => {
    for (const bytes of sizes) {
      const used = -allocate(bytes) + allocate(bytes);
      expect(used).toBeLessThanOrEqual(Math.max(64, bytes * 1.25 + 15));
    }
  });

  test('a block given back is the next of its size class, the last one first', () => {
    const [first, second, other] = [allocate(100), allocate(100), allocate(200)];
    free(first, 100);
    free(second, 100);
    free(other, 200);
    expect(allocate(97)).toBe(second);
    expect(allocate(112)).toBe(first);
    expect(allocate(193)).toBe(other);
    expect([first, second, other]).not.toContain(allocate(100));
  });

  test('giving back a null block does nothing', () => {
    free(0, 100);
    expect(allocate(100)).not.toBe(0);
  });

  test('a zeroed block is zero even where an old one is used again', () => {
    const block = allocate(1000);
    bytesAt(block, 1000).fill(0xff);
    free(block, 1000);
    expect(kernel.call('allocateZeroed', 1000)).toBe(block);
    expect(bytesAt(block, 1000).every((byte) => byte === 0)).toBe(true);
  });

  test('a reallocated block keeps its used bytes and gives the old block back', () => {
    const block = allocate(64);
    bytesAt(block, 64).set(Array.from({ length: 64 }, (_, i) => i));
    const larger = kernel.call('reallocate', block, 64, 40, 1000);
    expect([...bytesAt(larger, 40)]).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(allocate(64)).toBe(block);
  });

  test('the same work over and over does not grow memory', () => {
    const work = () => {
      const blocks = sizes.map((bytes) => [allocate(bytes), bytes] as const);
      for (const [block, bytes] of blocks) free(block, bytes);
    };
    work();
    const grown = kernel.memory.buffer.byteLength;
    for (let i = 0; i < 50; i++) work();
    expect(kernel.memory.buffer.byteLength).toBe(grown);
  });

  test('beyond the limit an allocation traps and says that memory is used up', () => {
    const limit = 4 << 20;
    kernel.call('setMemoryLimit', limit);
    expect(kernel.value('failure')).toBe(0);
    expect(() => {
      for (let i = 0; i < 100; i++) allocate(100_000);
    }).toThrow(WebAssembly.RuntimeError);
    expect(kernel.value('failure')).toBe(1);
    expect(kernel.memory.buffer.byteLength).toBeGreaterThan(limit / 2);
    expect(kernel.memory.buffer.byteLength).toBeLessThanOrEqual(limit);
  });

  test('a block beyond all memory is refused, not wrapped', () => {
    for (const bytes of [2 ** 32 - 1, 2 ** 32 - 65536]) {
      expect(() => allocate(bytes | 0)).toThrow(WebAssembly.RuntimeError);
      expect(kernel.value('failure')).toBe(1);
    }
  });
});

describe('vector', () => {
  test.each([0, 4, 100])('numbers pushed to a vector of capacity %i stay through its growth', (capacity) => {
    const vector = kernel.call('createVector', capacity);
    for (let i = 0; i < 10_000; i++) kernel.call('pushU32', vector, i * 7);
    expect(kernel.call('lengthOf', vector)).toBe(40_000);
    const data = kernel.call('dataOf', vector);
    for (let i = 0; i < 10_000; i++) expect(u32(data + i * 4)).toBe(i * 7);
  });

  test('reserved room lies behind the used bytes and is not used until the length says so', () => {
    const vector = kernel.call('createVector', 16);
    kernel.call('pushU32', vector, 1);
    const room = kernel.call('reserve', vector, 1_000_000);
    expect(room).toBe(kernel.call('dataOf', vector) + 4);
    expect(kernel.call('lengthOf', vector)).toBe(4);
    kernel.call('setLength', vector, 1_000_004);
    expect(kernel.call('reserve', vector, 0)).toBe(room + 1_000_000);
    expect(u32(kernel.call('dataOf', vector))).toBe(1);
  });

  test('a destroyed vector gives its memory back', () => {
    const first = kernel.call('createVector', 5000);
    const data = kernel.call('dataOf', first);
    kernel.call('destroyVector', first);
    const second = kernel.call('createVector', 5000);
    expect([second, kernel.call('dataOf', second)]).toEqual([first, data]);
    kernel.call('destroyVector', 0);
  });
});

describe('map from runs of bytes', () => {
  let run: number;
  let map: number;
  beforeEach(() => {
    run = allocate(4096);
    map = kernel.call('createMap', 0);
  });

  /** Put a key in memory, with other bytes behind it each time, and call with it. */
  function withKey(name: 'find' | 'findOrInsert', key: Uint8Array): number {
    bytesAt(run, 128).fill(name === 'find' ? 0xff : 0x01);
    bytesAt(run, key.length).set(key);
    return kernel.call(name, map, run, key.length);
  }

  const idAt = (slot: number) => u32(slot + kernel.value('ID')) - 1;
  const name = (key: Uint8Array) => Buffer.from(key).toString('latin1');

  function keyOf(id: number): string {
    const start = kernel.call('startOf', map, id);
    return name(bytesAt(kernel.call('allBytes', map) + start, kernel.call('endOf', map, id) - start));
  }

  /** Keys of every length 0 … 40: alike but for one place, with zeros, with high bytes, and random ones. */
  function keys(): Uint8Array[] {
    const all = new Map<string, Uint8Array>();
    const add = (key: Uint8Array) => all.set(name(key), key);
    let state = 12345;
    for (let length = 0; length <= 40; length++) {
      for (const fill of [0, 0x61, 0x80, 0xff]) {
        add(new Uint8Array(length).fill(fill));
        for (let i = 0; i < length; i++) add(new Uint8Array(length).fill(fill).fill(fill ^ 1, i, i + 1));
      }
      for (let k = 0; k < 20; k++) {
        add(
          Uint8Array.from({ length }, () => {
            state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
            return state >>> 24;
          }),
        );
      }
    }
    return [...all.values()];
  }

  test('keys of every length are told apart, found again and numbered in their order', () => {
    const all = keys();
    for (const [id, key] of all.entries()) {
      expect(withKey('find', key)).toBe(0);
      expect(idAt(withKey('findOrInsert', key))).toBe(id);
      expect(idAt(withKey('findOrInsert', key))).toBe(id);
    }
    expect(kernel.call('countOf', map)).toBe(all.length);
    for (const [id, key] of all.entries()) {
      expect(idAt(withKey('find', key))).toBe(id);
      expect(keyOf(id)).toBe(name(key));
    }
  });

  test('growth keeps what the caller stored in a slot, and the walk meets each slot once', () => {
    const all = keys();
    const [stamp, a, b] = [kernel.value('STAMP'), kernel.value('USER_A'), kernel.value('USER_B')];
    for (const [id, key] of all.entries()) {
      const slot = withKey('findOrInsert', key);
      expect([u32(slot + stamp), u32(slot + a), u32(slot + b)]).toEqual([0, 0, 0]);
      view().setUint32(slot + stamp, id * 3, true);
      view().setUint32(slot + a, id * 5, true);
      view().setUint32(slot + b, id * 7, true);
    }
    const seen: number[] = [];
    const step = kernel.value('SLOT_BYTES');
    for (let slot = kernel.call('firstSlot', map); slot < kernel.call('slotsEnd', map); slot += step) {
      const id = idAt(slot);
      if (id < 0) continue;
      seen.push(id);
      expect([u32(slot + stamp), u32(slot + a), u32(slot + b)]).toEqual([id * 3, id * 5, id * 7]);
    }
    expect(seen.sort((x, y) => x - y)).toEqual(all.map((_, id) => id));
  });

  test('long keys with one and the same hash are told apart by their bytes', () => {
    const rounds = (words: bigint[]) => {
      let hash = 0x9e3779b97f4a7c15n ^ 24n;
      for (const word of words) {
        const mixed = hash ^ word;
        hash = BigInt.asUintN(64, ((mixed << 29n) | (mixed >> 35n)) & 0xffffffffffffffffn) * 0xff51afd7ed558ccdn;
        hash = BigInt.asUintN(64, hash);
      }
      return hash;
    };
    const target = rounds([1n]) ^ 2n;
    const slots = Array.from({ length: 50 }, (_, i) => {
      const first = BigInt(i + 1);
      const key = new Uint8Array(24);
      const words = new DataView(key.buffer);
      words.setBigUint64(0, first, true);
      words.setBigUint64(8, rounds([first]) ^ target, true);
      words.setBigUint64(16, 3n, true);
      const slot = withKey('findOrInsert', key);
      expect(idAt(slot)).toBe(i);
      expect(idAt(withKey('find', key))).toBe(i);
      return name(bytesAt(slot, 16));
    });
    expect(new Set(slots).size, 'the hashes are not alike: the hash of the kernel has changed').toBe(1);
  });

  test('tens of thousands of keys in a map made for few are all there', () => {
    const key = (i: number) => Buffer.from(i % 2 === 0 ? `${i}` : `a rather longer key ${i}`);
    for (let i = 0; i < 30_000; i++) withKey('findOrInsert', key(i));
    expect(kernel.call('countOf', map)).toBe(30_000);
    let wrong = 0;
    for (let i = 0; i < 30_000; i++) if (idAt(withKey('find', key(i))) !== i) wrong++;
    expect(wrong).toBe(0);
    expect(withKey('find', key(30_000))).toBe(0);
  });

  test('a destroyed map gives its memory back', () => {
    const fill = () => {
      map = kernel.call('createMap', 1000);
      for (let i = 0; i < 2000; i++) withKey('findOrInsert', Buffer.from(`key number ${i}`));
      kernel.call('destroyMap', map);
    };
    fill();
    const grown = kernel.memory.buffer.byteLength;
    for (let i = 0; i < 20; i++) fill();
    expect(kernel.memory.buffer.byteLength).toBe(grown);
  });
});
