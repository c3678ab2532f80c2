// From a task to the one text that is classified, or the reason why there is none. The same reading serves training
// and prediction: a difference between them would be an error nobody sees.
import { valueAt } from './data-path.ts';
import { textOfHtml } from './markup.ts';
import type { Pair, TextInput } from './pairs.ts';
import { quoted } from './quoted.ts';
import { isObject, type Task } from './types.ts';

/** The text, or one short reason why the task has none. */
export type TaskText = { text: string } | { problem: string };

// Where Label Studio keeps the text of a project that was made without a config.
const UNDEFINED_KEY = '$undefined$';

/** What was fetched for `valueType="url"`: address as it stands in the task → what is there. */
export type FetchedTexts = ReadonlyMap<string, string>;

/**
 * The text that `pair` labels in this task. Numbers and booleans are their text; HyperText is stripped of its markup,
 * the turns of Paragraphs are lines; with `valueType="url"` there is a text only where `fetched` has it.
 */
export function textOf(task: Task, pair: Pair, fetched?: FetchedTexts): TaskText {
  const first = inputText(task, pair, fetched);
  if (!pair.more || pair.more.length === 0) return first;
  const all = [first, ...pair.more.map((input) => inputText(task, input, fetched))];
  const texts = all.flatMap((one) => ('text' in one ? [one.text] : []));
  return texts.length === 0 ? first : { text: texts.join('\n') };
}

/** The addresses that must be fetched before this task has its text; none but for `valueType="url"`. */
export function addressesOf(task: Task, pair: Pair): string[] {
  const inputs = [pair, ...(pair.more ?? [])].filter(isFetched);
  return inputs.flatMap((input) => {
    const value = isObject(task) ? rawValue(task, input) : undefined;
    return typeof value === 'string' && value.trim() !== '' ? [value] : [];
  });
}

function inputText(task: Task, input: TextInput, fetched: FetchedTexts | undefined): TaskText {
  if (!isObject(task) || !isObject(task.data)) return { problem: 'the task has no data' };
  let value = rawValue(task, input);
  if (value === undefined) return { problem: `its data has no ${quoted(input.textKey)}` };
  if (isFetched(input) && typeof value === 'string' && value.trim() !== '') {
    const text = fetched?.get(value);
    if (text === undefined) return { problem: 'its text is at an address that was not fetched' };
    value = input.object === 'Paragraphs' ? parsedOr(text) : text;
  }
  const text = input.object === 'Paragraphs' ? turnsText(value, input) : plainText(value, input);
  if (text === null) return { problem: `its ${quoted(input.textKey)} is ${kindOf(value)}, not text` };
  return text.trim() === '' ? { problem: `its ${quoted(input.textKey)} is empty` } : { text };
}

function isFetched(input: TextInput): boolean {
  return input.valueType?.toLowerCase() === 'url';
}

function rawValue(task: Task, input: TextInput): unknown {
  const value = valueAt(task.data, input.textKey);
  return value === undefined ? valueAt(task.data, UNDEFINED_KEY) : value;
}

function plainText(value: unknown, input: TextInput): string | null {
  const text = scalarText(value);
  if (text === null) return null;
  const decoded = decodedText(text, input.encoding);
  return input.object === 'HyperText' ? textOfHtml(decoded) : decoded;
}

function scalarText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function decodedText(text: string, encoding: TextInput['encoding']): string {
  if (encoding === undefined) return text;
  return Buffer.from(text, 'base64').toString(encoding === 'base64' ? 'latin1' : 'utf8');
}

// The names of the speakers are left out: they say who talks, and few labelled dialogues would be learnt by heart.
function turnsText(value: unknown, input: TextInput): string | null {
  if (!Array.isArray(value)) return scalarText(value);
  const lines: string[] = [];
  for (const turn of value) {
    const text = scalarText(isObject(turn) ? valueAt(turn, input.textSubKey ?? 'text') : turn);
    if (text !== null && text.trim() !== '') lines.push(text);
  }
  return lines.join('\n');
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
