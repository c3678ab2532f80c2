// DATA arguments as rows: objects with named fields and the line each begins on, in batches as they arrive. Formats mix
// freely between the arguments. The reader of a format is loaded when the format is met.
import type { Session } from './session.ts';
import { badInput, type Limits, openSource, type Source } from './source.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface RowBatch {
  source: Source;
  rows: Row[];
  /** Line of each row, counted from 1. */
  lines: number[];
  /** Column names in order, where the format has a header. */
  header?: readonly string[];
}

/** A batch is handed on when it has so many bytes: rows that live no longer than this never move in memory. */
export const batchBytes = 32 * 1024;

/** Read all arguments, one after the other; a file without a row is refused. */
export async function* readRows(names: readonly string[], session: Session, limits?: Limits): AsyncGenerator<RowBatch> {
  if (names.filter((name) => name === '-').length > 1) throw badInput('-', 'standard input can be read only once');
  let total = 0;
  for (const name of names) {
    const source = await openSource(name, session, limits);
    let count = 0;
    try {
      for await (const batch of batchesOf(source)) {
        count += batch.rows.length;
        session.progress.update('reading', total + count, undefined, 'rows');
        if (batch.rows.length > 0) yield batch;
        session.io.signal?.throwIfAborted();
      }
    } finally {
      await source.window.close();
    }
    if (count === 0) throw badInput(source.name, 'there are no rows in it');
    total += count;
  }
  session.progress.clear();
}

async function* batchesOf(source: Source): AsyncGenerator<RowBatch> {
  if (source.format === 'csv') yield* (await import('./csv.ts')).csvRows(source);
  else if (source.format === 'json') yield* (await import('./json-array.ts')).arrayRows(source);
  else yield* (await import('./jsonl.ts')).jsonlRows(source);
}

/** Where a row is, for a sentence about it. */
export function placeOf(batch: RowBatch, index: number): string {
  return `${batch.source.name}:${batch.lines[index]}`;
}

/** A Label Studio task: its fields stand under `data`. */
export function isTask(row: Row): boolean {
  return Object.hasOwn(row, 'data') && typeof row.data === 'object' && row.data !== null;
}

/** Parse one row's JSON, or refuse it. */
export function parseRow(json: string, source: Source, line: number): Row {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    const why = `not valid JSON (${(error as Error).message})`;
    throw badInput(`${source.name}:${line}`, `${why}; expected one JSON object`, { cause: error });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
  const what = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  throw badInput(`${source.name}:${line}`, `expected a JSON object, found ${what}`);
}
