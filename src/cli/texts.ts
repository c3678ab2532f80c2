// Texts to predict, from rows or tasks, with what they came from; no label is asked for.
import type { Columns } from './columns.ts';
import { defaultColumns, textOfRow } from './columns.ts';
import { isTask, placeOf, type Row, type RowBatch, readRows } from './rows.ts';
import type { Session } from './session.ts';
import { badInput } from './source.ts';
import type { TextFinder } from './tasks.ts';

export interface TextBatch {
  texts: string[];
  rows: Row[];
}

export interface TextOptions {
  columns: Columns;
  /** Finds the text of a task; without it the key is taken from the first task. */
  finder?: TextFinder;
  /** What to predict where a task has no text; without it that is an error. */
  missingText?: string;
}

/** Read in batches of at most `batchRows`, in order, as fast as they are asked for. */
export async function* readTexts(
  names: readonly string[],
  options: TextOptions,
  session: Session,
  batchRows = Number.POSITIVE_INFINITY,
): AsyncGenerator<TextBatch> {
  let { finder } = options;
  for await (const batch of readRows(names, session)) {
    for (let start = 0; start < batch.rows.length; start += batchRows) {
      const end = Math.min(batch.rows.length, start + batchRows);
      const texts: string[] = [];
      for (let i = start; i < end; i++) {
        if (
          !isTask(batch.rows[i]!) ||
          typeof batch.rows[i]![options.columns.text ?? defaultColumns.text] === 'string'
        ) {
          texts.push(textOfRow(batch, i, options.columns));
          continue;
        }
        finder ??= new (await import('./tasks.ts')).TextFinder(options.columns);
        texts.push(textOfTask(finder, batch, i, options.missingText));
      }
      yield { texts, rows: batch.rows.slice(start, end) };
    }
  }
}

function textOfTask(finder: TextFinder, batch: RowBatch, index: number, missing: string | undefined): string {
  const found = finder.textOf(batch.rows[index]!, placeOf(batch, index));
  if ('text' in found) return found.text;
  if (missing !== undefined) return missing;
  throw badInput(placeOf(batch, index), `the task has no usable text (${found.problem})`);
}
