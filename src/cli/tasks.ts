// Label Studio tasks among the rows. An export names its controls but not the key of the text, so without a label
// config both are taken from what stands in the tasks; every other rule is the one the server trains by.
import { readFileSync } from 'node:fs';
import { SparrowError } from '../errors.ts';
import { trainingSet } from '../labelstudio/annotation.ts';
import { type ConfigReading, type Pair, readConfig } from '../labelstudio/label-config.ts';
import { type TaskText, textOf } from '../labelstudio/task.ts';
import type { Annotation, ResultItem, Task } from '../labelstudio/types.ts';
import type { Columns } from './columns.ts';
import { placeOf, type Row, type RowBatch } from './rows.ts';
import type { Session } from './session.ts';
import { badInput, readFailure } from './source.ts';
import { counted, listed, quoted } from './visible.ts';

export interface Sample {
  text: string;
  labels: readonly string[];
  taskId?: number | string;
}

const noAnnotation = 'no annotation';

/** The pairs that a config file describes; never empty. */
export function pairsFromConfig(name: string, session: Session): readonly Pair[] {
  const { pairs, notes } = readConfigFile(name, session);
  if (pairs.length === 0) throw badInput(name, notes.join(' ').replace(/\.$/, ''));
  return pairs;
}

/** The pair whose control `--label-column` names, or the first. */
export function pairFromConfig(name: string, columns: Columns, session: Session): Pair {
  const pairs = pairsFromConfig(name, session);
  const pair = pairs.find(({ fromName }) => columns.label === undefined || fromName === columns.label);
  if (pair !== undefined) return pair;
  const names = listed(pairs.map(({ fromName }) => fromName));
  throw badInput(
    name,
    `no control ${quoted(columns.label ?? '')}: there is ${names}; --label-column names one of them`,
  );
}

function readConfigFile(name: string, session: Session): ConfigReading {
  try {
    return readConfig(readFileSync(session.path(name), 'utf8'));
  } catch (error) {
    if (error instanceof SparrowError)
      throw new SparrowError(error.code, `${name}: ${error.message}`, { cause: error });
    throw readFailure(error, name);
  }
}

/** Finds the text of tasks: by a config's pair, by `--text-column`, or as the first task suggests. */
export class TextFinder {
  readonly #column: string | undefined;
  #pair: Pair | undefined;

  constructor(columns: Columns, pair?: Pair) {
    this.#column = columns.text;
    this.#pair = pair;
  }

  textOf(row: Row, place: string): TaskText {
    const task = row as unknown as Task;
    return textOf(task, this.pairFor(task, place));
  }

  /** The pair to read texts by; tasks of one run share it. */
  pairFor(task: Task, place: string): Pair {
    this.#pair ??= textPair(task, this.#column ?? guessTextKey(task, place));
    return this.#pair;
  }
}

/** Collects the samples of tasks, batch by batch, and remembers what was left out. */
export class TaskReader {
  readonly #columns: Columns;
  readonly #config: Pair | undefined;
  readonly #finder: TextFinder;
  readonly #left = new Map<string, number>();
  #control: ResultItem | undefined;
  #isMultiple: boolean;
  #tasks = 0;

  constructor(columns: Columns, config?: Pair) {
    this.#columns = columns;
    this.#config = config;
    this.#finder = new TextFinder(columns, config);
    this.#isMultiple = config?.multiple ?? false;
  }

  /** Tasks may carry several labels: by the config, or because one did. */
  get isMultiple(): boolean {
    return this.#isMultiple;
  }

  /** Samples of the tasks at these rows of a batch. */
  samples(batch: RowBatch, indices: readonly number[]): Sample[] {
    const tasks = indices.map((index) => batch.rows[index] as unknown as Task);
    this.#tasks += tasks.length;
    const pair = this.#config ?? this.#pairOf(tasks, placeOf(batch, indices[0]!));
    if (pair === null) {
      this.#leave(noAnnotation, tasks.length);
      return [];
    }
    const { samples, report } = trainingSet(tasks, pair);
    for (const [reason, count] of Object.entries(report.left)) this.#leave(reason, count);
    this.#leave(noAnnotation, report.unlabelled);
    return samples;
  }

  /** What was left out and why, or null. */
  note(): string | null {
    if (this.#left.size === 0) return null;
    const reasons = [...this.#left].map(([reason, count]) => `${reason} ${count}`).join(', ');
    return `${counted(this.#tasks, 'task')} read; left out: ${reasons}.`;
  }

  #leave(reason: string, count: number): void {
    if (count > 0) this.#left.set(reason, (this.#left.get(reason) ?? 0) + count);
  }

  /** A pair that fits these tasks; null while no task has an annotation. */
  #pairOf(tasks: readonly Task[], place: string): Pair | null {
    const items = tasks.flatMap(choiceItems);
    const wanted = this.#columns.label;
    this.#control ??= items.find(({ from_name }) => wanted === undefined || from_name === wanted);
    const control = this.#control;
    if (control === undefined) {
      if (items.length === 0) return null;
      const names = listed([...new Set(items.map(({ from_name }) => from_name))]);
      const why = `no annotation is of the control ${quoted(wanted ?? '')}: there is ${names}`;
      throw badInput(place, `${why}; --label-column names one of them`);
    }
    const lists = items.filter(({ from_name }) => from_name === control.from_name).map(choicesOf);
    this.#isMultiple ||= lists.some((labels) => labels.length > 1);
    return {
      ...this.#finder.pairFor(tasks[0]!, place),
      fromName: control.from_name,
      toName: control.to_name,
      control: control.type === 'taxonomy' ? 'Taxonomy' : 'Choices',
      paths: lists.some((labels) => Array.isArray(labels[0])),
      multiple: this.#isMultiple,
    };
  }
}

/** A pair of which only the text is known; any label may come. */
function textPair(task: Task, textKey: string): Pair {
  const value = (task.data as Row)[textKey];
  return {
    fromName: '',
    toName: '',
    control: 'Choices',
    object: Array.isArray(value) ? 'Paragraphs' : 'Text',
    textKey,
    valueType: null,
    multiple: false,
    labels: [],
    open: true,
    dynamicKey: null,
    predictedValues: new Map(),
  };
}

function choiceItems(task: Task): ResultItem[] {
  const annotations: readonly Annotation[] = task.annotations ?? task.completions ?? [];
  if (!Array.isArray(annotations)) return [];
  const items = annotations.flatMap((annotation) => (Array.isArray(annotation?.result) ? annotation.result : []));
  return items.filter((item) => item?.type === 'choices' || item?.type === 'taxonomy');
}

function choicesOf({ type, value }: ResultItem): readonly unknown[] {
  const list = value?.[type];
  return Array.isArray(list) ? list : [];
}

/** `text` where there is one, else the only text there is. */
function guessTextKey({ data }: Task, place: string): string {
  const names = Object.entries(data as Row)
    .filter(([, value]) => typeof value === 'string' || Array.isArray(value))
    .map(([name]) => name);
  if (names.includes('text')) return 'text';
  if (names.length === 1) return names[0]!;
  const found = names.length === 0 ? 'no text' : `several texts (${listed(names)})`;
  throw badInput(place, `the task has ${found} in its data; --text-column names the right one`);
}
