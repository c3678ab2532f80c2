// JSONL: one JSON object a line. Blank lines are passed over; a bad one is named by its number.
import { lineBlocks } from './line-blocks.ts';
import { batchBytes, parseRow, type RowBatch } from './rows.ts';
import type { Source } from './source.ts';

const lineFeed = 0x0a;
const brace = 0x7b;

export async function* jsonlRows(source: Source): AsyncGenerator<RowBatch> {
  const position = { line: 1 };
  for await (const block of lineBlocks(source, position)) {
    let batch: RowBatch = { source, rows: [], lines: [] };
    let batchEnd = batchBytes;
    for (let start = 0; start < block.length; position.line++) {
      const feed = block.indexOf(lineFeed, start);
      const end = feed < 0 ? block.length : feed;
      // Decoded line by line: one string for the block would be wide as soon as one of its characters is.
      const json = block.toString('utf8', start, end);
      if (block[start] === brace || json.trim() !== '') {
        batch.rows.push(parseRow(json, source, position.line));
        batch.lines.push(position.line);
      }
      start = end + 1;
      if (start < batchEnd) continue;
      yield batch;
      batch = { source, rows: [], lines: [] };
      batchEnd = start + batchBytes;
    }
    yield batch;
  }
}
