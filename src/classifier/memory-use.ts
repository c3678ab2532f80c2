// How much linear memory this thread's kernels hold, for whoever watches over the process.
import { Kernels } from '../wasm/kernels.ts';

/** Bytes; zero before the first model. It is used again and not given back while the thread lives. */
export function linearMemoryBytes(): number {
  return Kernels.heldBytes;
}
