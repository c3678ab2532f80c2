// Runs that are looked up together: where each is looked for first is asked of memory before any is.
import { firstProbe, keyOf, shiftOf, slotsOf } from './byte-map';
import { touch } from './touch';

/** So many at a time: what one waits for, the others have asked for already. */
export const group: usize = 64;
/** What each is recognised by (16 bytes), and where it is looked for first (u32). */
const keys: usize = memory.data(1024, 16);
const places: usize = memory.data(256, 16);

/**
 * Ask for the slots of `size` runs, at most `group`, each a begin and an end (u32, addresses) at `spans`. Reads up to 15
 * bytes beyond each.
 */
export function lookAhead(map: usize, spans: usize, size: usize): void {
  const slots = slotsOf(map);
  const shift = shiftOf(map);
  for (let i: usize = 0; i < size; i++) {
    const run = <usize>load<u32>(spans + i * 8);
    const key = keyOf(run, load<u32>(spans + i * 8, 4) - <u32>run);
    const slot = firstProbe(slots, shift, key);
    v128.store(keys + i * 16, key);
    store<u32>(places + i * 4, <u32>slot);
    touch(slot);
  }
}

/** Key of run i. */
export function keyAhead(i: usize): v128 {
  return v128.load(keys + i * 16);
}

/** Slot where run i is looked for first, until the next insertion. */
export function slotAhead(i: usize): usize {
  return <usize>load<u32>(places + i * 4);
}
