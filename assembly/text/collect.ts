// The terms of one text, one after another, for whoever wants to see them rather than count them.
import { createVector, dataOf, lengthOf, pushU32, reserve, setLength } from '../memory/vector';
import { analyze } from './analyzer';

const bytes = createVector(4096);
const ends = createVector(4096);

/** Analyze the text and keep its terms until the next call. */
export function collectTerms(analyzer: usize, text: usize, length: u32): void {
  setLength(bytes, 0);
  setLength(ends, 0);
  analyze(analyzer, text, length, collectSpans);
}

function collectSpans(spans: usize, nSpans: u32): void {
  for (let end = spans + <usize>nSpans * 8; spans < end; spans += 8) {
    const term = <usize>load<u32>(spans);
    const size = <usize>load<u32>(spans, 4) - term;
    memory.copy(reserve(bytes, size), term, size);
    setLength(bytes, lengthOf(bytes) + size);
    pushU32(ends, <u32>lengthOf(bytes));
  }
}

/** Number of terms collected. */
export function collectedTerms(): u32 {
  return <u32>(lengthOf(ends) >> 2);
}

/** Where each collected term ends (u32) in `collectedBytes`. */
export function collectedEnds(): usize {
  return dataOf(ends);
}

export function collectedBytes(): usize {
  return dataOf(bytes);
}
