// Reading ahead. A loop that branches on what it reads waits for memory once a turn; where the places are known beforehand,
// a loop without branches asks for all of them first, and they come at the same time.

const sink: usize = memory.data(4, 4);

/** Ask memory for what lies at an address. The value is stored because what nobody uses is not read. */
export function touch(address: usize): void {
  store<u32>(sink, load<u32>(address));
}
