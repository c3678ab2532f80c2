// The text and the label of a row, by the names of their columns, and what to say when they are not there.
import type { Target } from '../classifier/text-classifier.ts';
import { placeOf, type Row, type RowBatch } from './rows.ts';
import { badInput } from './source.ts';
import { listed, quoted } from './visible.ts';

/** Columns as the options name them; undefined where nobody said. */
export interface Columns {
  text: string | undefined;
  label: string | undefined;
}

export const defaultColumns = { text: 'text', label: 'label' } as const;

/** The text of a row that is not a task. */
export function textOfRow(batch: RowBatch, index: number, columns: Columns): string {
  const column = columns.text ?? defaultColumns.text;
  const text = ownField(batch.rows[index]!, column);
  if (typeof text === 'string') return text;
  if (text === undefined) throw missingColumn(batch, index, column, '--text-column');
  throw badInput(placeOf(batch, index), `${quoted(column)} must be a text, not ${kindOf(text)}`);
}

/** The label of a row that is not a task: a text, or several of them as a list. */
export function targetOfRow(batch: RowBatch, index: number, columns: Columns): Target {
  const column = columns.label ?? defaultColumns.label;
  const value = ownField(batch.rows[index]!, column);
  if (value === undefined) throw missingColumn(batch, index, column, '--label-column');
  const target = targetOf(value, batch.source.format === 'csv');
  if (target !== null && target !== '') return target;
  const why = value === '' || value === null ? 'is empty; every row needs a label' : notLabel(value);
  throw badInput(placeOf(batch, index), `${quoted(column)} ${why}`);
}

function ownField(row: Row, name: string): unknown {
  return Object.hasOwn(row, name) ? row[name] : undefined;
}

/** A label from what stands in its column; null where it cannot be one. */
function targetOf(value: unknown, mayBeJson: boolean): Target | null {
  if (typeof value === 'string') return (mayBeJson && value.startsWith('[') && listFrom(value)) || value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return labelList(value);
  // Label Studio's short export writes several choices of one task so.
  if (typeof value === 'object' && value !== null && 'choices' in value) return targetOf(value.choices, false);
  return null;
}

/** The list that a cell's JSON text stands for; null where it is an ordinary label in brackets. */
function listFrom(cell: string): readonly string[] | null {
  try {
    const value: unknown = JSON.parse(cell);
    return Array.isArray(value) ? labelList(value) : null;
  } catch {
    return null;
  }
}

function labelList(values: readonly unknown[]): readonly string[] | null {
  const labels = new Set<string>();
  for (const value of values) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
    labels.add(String(value));
  }
  return [...labels];
}

function notLabel(value: unknown): string {
  return `must be a text, a number or a list of them, not ${kindOf(value)}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function missingColumn(batch: RowBatch, index: number, column: string, option: string): Error {
  // In a file with a header the fault is the header's.
  const place = batch.header === undefined ? placeOf(batch, index) : `${batch.source.name}:1`;
  const names = batch.header ?? Object.keys(batch.rows[index]!);
  const found = names.length === 0 ? 'there is no column at all' : `there is ${listed(names)}`;
  return badInput(place, `no column ${quoted(column)}: ${found}; name the right one with ${option}`);
}
