// Which code points are word characters and which are spaces, as Python's `\w` and `\s` have it for str.
// A word character is a letter, a number of any kind or the underscore; a combining mark is none.
import { isMember, setOf } from './sets';
import { spaceBits, spaceBlocks, spaceIndex, wordBits, wordBlocks, wordIndex } from './tables';

export function isWord(codePoint: u32): bool {
  return isMember(codePoint, wordBits, setOf(codePoint, wordIndex, wordBlocks));
}

export function isSpace(codePoint: u32): bool {
  return isMember(codePoint, spaceBits, setOf(codePoint, spaceIndex, spaceBlocks));
}
