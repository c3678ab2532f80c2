// Labelled texts from DATA arguments, whatever their format: what train, evaluate and cross-validation read.
import type { Target } from '../classifier/text-classifier.ts';
import { SparrowError } from '../errors.ts';
import { TextStore } from '../evaluation/text-store.ts';
import type { Columns } from './columns.ts';
import { defaultColumns, targetOfRow, textOfRow } from './columns.ts';
import { isTask, placeOf, type RowBatch, readRows } from './rows.ts';
import type { Session } from './session.ts';
import type { TaskReader } from './tasks.ts';

export interface LabelledBatch {
  texts: string[];
  /** Text or list of texts, as the data have it. */
  targets: Target[];
  /** Where each stands, where that was asked for. */
  places?: string[];
}

export interface LabelledTargets {
  targets: readonly Target[];
  /** Some row has a list of labels: then all targets are lists. */
  isMultiLabel: boolean;
}

export interface LabelledSet extends LabelledTargets {
  texts: TextStore;
  /** File and line of each text, or its task; only where they were asked for. */
  places?: readonly string[];
}

export interface LabelledOptions {
  columns: Columns;
  /** Label config that the tasks of an export belong to. */
  labelConfig?: string | undefined;
  /** Tell where each text stands, for whoever must find it again. */
  withPlaces?: boolean;
}

/** Read in batches, in order. */
export async function* readLabelled(
  names: readonly string[],
  { columns, labelConfig, withPlaces = false }: LabelledOptions,
  session: Session,
): AsyncGenerator<LabelledBatch> {
  const textColumn = columns.text ?? defaultColumns.text;
  const labelColumn = columns.label ?? defaultColumns.label;
  // The same few labels over and over: one string each.
  const known = new Map<string, string>();
  const shared = (label: string): string => {
    const first = known.get(label);
    if (first === undefined) known.set(label, label);
    return first ?? label;
  };
  let tasks: TaskReader | undefined;
  let count = 0;
  for await (const batch of readRows(names, session)) {
    const made: LabelledBatch = { texts: [], targets: [], ...(withPlaces && { places: [] }) };
    const taskRows: number[] = [];
    for (let i = 0; i < batch.rows.length; i++) {
      const row = batch.rows[i]!;
      const text = row[textColumn];
      const label = row[labelColumn];
      if (typeof text === 'string' && typeof label === 'string' && label !== '' && label[0] !== '[') {
        made.texts.push(text);
        made.targets.push(shared(label));
      } else if (typeof text !== 'string' && isTask(row)) taskRows.push(i);
      else {
        made.texts.push(textOfRow(batch, i, columns));
        made.targets.push(targetOfRow(batch, i, columns));
      }
      if (made.places && made.places.length < made.texts.length) made.places.push(placeOf(batch, i));
    }
    if (taskRows.length > 0) {
      tasks ??= await taskReader(columns, labelConfig, session);
      addSamples(made, tasks, batch, taskRows);
    }
    count += made.texts.length;
    if (made.texts.length > 0) yield made;
  }
  const note = tasks?.note();
  if (note) session.say(note);
  if (count === 0) throw new SparrowError('TOO_FEW_LABELS', `${names.join(', ')}: no task has a usable label.`);
}

/** Read everything into memory. */
export async function readLabelledSet(
  names: readonly string[],
  options: LabelledOptions,
  session: Session,
): Promise<LabelledSet> {
  const texts = new TextStore();
  const targets: Target[] = [];
  const places: string[] = [];
  for await (const batch of readLabelled(names, options, session)) {
    for (const text of batch.texts) texts.push(text);
    for (const target of batch.targets) targets.push(target);
    for (const place of batch.places ?? []) places.push(place);
  }
  const labelled = { texts, ...labelledTargets(targets) };
  return options.withPlaces ? { ...labelled, places } : labelled;
}

/** Targets of one kind: where one row has a list, all have. */
export function labelledTargets(targets: readonly Target[]): LabelledTargets {
  const isMultiLabel = targets.some((target) => typeof target !== 'string');
  return { targets: isMultiLabel ? targets.map(labelsOf) : targets, isMultiLabel };
}

/** A target as a list. */
function labelsOf(target: Target): readonly string[] {
  return typeof target === 'string' ? [target] : target;
}

async function taskReader(columns: Columns, config: string | undefined, session: Session): Promise<TaskReader> {
  const { pairFromConfig, TaskReader } = await import('./tasks.ts');
  return new TaskReader(columns, config === undefined ? undefined : pairFromConfig(config, columns, session));
}

function addSamples(made: LabelledBatch, tasks: TaskReader, batch: RowBatch, indices: readonly number[]): void {
  for (const { text, labels, taskId } of tasks.samples(batch, indices)) {
    made.texts.push(text);
    made.targets.push(tasks.isMultiple ? labels : labels[0]!);
    made.places?.push(taskId === undefined ? `${batch.source.name}: a task without id` : `task ${taskId}`);
  }
}
