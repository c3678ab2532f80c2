// Bytes cut into blocks of whole lines, and the check that they are UTF-8. Lines are counted by whoever reads the blocks,
// because that reader looks for line ends anyway.
import { isUtf8 } from 'node:buffer';
import { badInput, type Source } from './source.ts';

const lineFeed = 0x0a;

/** Where a reader is: the line, counted from 1, that the next block begins with. */
export interface Position {
  line: number;
}

/**
 * Blocks that end at a line end, all in UTF-8; the last may lack its line feed. A block is good until the next one is
 * asked for; `position` is kept by the caller.
 */
export async function* lineBlocks(source: Source, position: Readonly<Position>): AsyncGenerator<Buffer> {
  const { window } = source;
  let searched = 0;
  do {
    const { bytes } = window;
    const end = bytes.subarray(searched).lastIndexOf(lineFeed) + 1 + searched;
    if (end > searched) {
      const block = bytes.subarray(0, end);
      checkUtf8(block, source, position.line);
      yield block;
      window.skip(end);
    }
    searched = window.bytes.length;
    if (searched > source.limits.rowBytes) throw rowTooLong(source, position.line);
  } while (await window.fill());
  const { bytes } = window;
  if (bytes.length === 0) return;
  checkUtf8(bytes, source, position.line);
  yield bytes;
}

export function rowTooLong(source: Source, line: number): Error {
  const most = `${Math.round(source.limits.rowBytes / 2 ** 20)} MiB`;
  return badInput(`${source.name}:${line}`, `the row is longer than ${most}`);
}

export function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) count++;
  return count;
}

/** Refuse bytes that are not UTF-8, by the line and the column in bytes; `firstLine` is the line they begin in. */
export function checkUtf8(bytes: Buffer, source: Source, firstLine: number): void {
  if (isUtf8(bytes)) return;
  let line = firstLine;
  for (let start = 0; start < bytes.length; line++) {
    const feed = bytes.indexOf(lineFeed, start);
    const end = feed < 0 ? bytes.length : feed;
    const text = bytes.subarray(start, end);
    if (!isUtf8(text)) {
      const column = firstBadByte(text);
      const byte = text[column]!.toString(16).toUpperCase().padStart(2, '0');
      const where = `${source.name}:${line}`;
      throw badInput(where, `not UTF-8 at byte ${column + 1} of the line (0x${byte}); save the file as UTF-8 first`);
    }
    start = end + 1;
  }
}

/** The longest sound beginning ends there; found by halving, each half decided by the fast check. */
function firstBadByte(text: Buffer): number {
  let sound = 0;
  let bad = text.length;
  while (bad - sound > 1) {
    const middle = (sound + bad) >> 1;
    // A sequence may go on beyond the middle: up to three bytes more can make it whole.
    const isSound = [0, 1, 2, 3].some((more) => isUtf8(text.subarray(0, Math.min(middle + more, text.length))));
    if (isSound) sound = middle;
    else bad = middle;
  }
  return sound;
}
