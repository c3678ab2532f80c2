// Texts that tasks only name by an address, for a prediction and for a training. Those of a training are kept with the
// version that was trained on them, so that the next one, or a restart, fetches what is new and nothing else.
import type { Task } from '../labelstudio/types.ts';
import type { Journal } from '../store/journal.ts';
import type { ModelStore, VersionRecord } from '../store/model-store.ts';
import type { Reading } from './config-readings.ts';

import type { LabelSource } from './label-source.ts';
import { hasAddresses, type TextCache } from './text-cache.ts';

export interface TextsParts {
  store: ModelStore;
  journal: Journal;
  texts: TextCache;
  source: LabelSource | null;
  signal: AbortSignal;
  onProgress(done: number, total: number): void;
  note(message: string): void;
}

/** The file of a version that holds them. */
const textsFile = 'fetched-texts.json';
const mostKeptBytes = 64 * 2 ** 20;
const longestMs = 10 * 60_000;
/** Label Studio waits 100 seconds for predictions. */
const longestWaitMs = 30_000;

/** Address → text for tasks to predict, as far as they can be had while somebody waits; null as below. */
export async function textsForPrediction(
  project: string,
  tasks: readonly Task[],
  reading: Reading | null,
  parts: Pick<TextsParts, 'texts' | 'source' | 'note'>,
): Promise<ReadonlyMap<string, string> | null> {
  const { source, note } = parts;
  if (source === null || reading === null || !hasAddresses(reading.pairs)) return null;
  const signal = AbortSignal.timeout(longestWaitMs);
  const { texts, missing, why } = await parts.texts.forTasks(project, tasks, reading.pairs, { source, signal });
  if (missing > 0) note(notFetched(missing, why));
  return texts;
}

function notFetched(missing: number, why: string | null): string {
  return `${missing === 1 ? 'A text' : `${missing} texts`} could not be fetched from Label Studio: ${why}`;
}

/** Address → text for all labelled tasks; null where the label config has no addresses or nobody may be asked. */
export async function textsForTraining(
  project: string,
  reading: Reading,
  before: VersionRecord | null,
  parts: TextsParts,
): Promise<ReadonlyMap<string, string> | null> {
  const { journal, texts, source, signal, onProgress, note } = parts;
  if (source === null || !hasAddresses(reading.pairs)) return null;
  const known = await keptTexts(project, before, parts.store);
  const time = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  const tasks = journal.tasks(project) as AsyncIterable<Task>;
  const fetched = await texts.forTasks(project, tasks, reading.pairs, { source, signal: time, known, onProgress });
  signal.throwIfAborted();
  if (fetched.missing > 0) note(notFetched(fetched.missing, fetched.why));
  return fetched.texts;
}

/** The file that keeps them with a version; none where they are too large to be kept ten times over. */
export function textsFileOf(texts: ReadonlyMap<string, string> | null): [name: string, bytes: Uint8Array][] {
  if (texts === null || texts.size === 0) return [];
  const bytes = Buffer.from(JSON.stringify([...texts]));
  return bytes.length > mostKeptBytes ? [] : [[textsFile, bytes]];
}

async function keptTexts(
  project: string,
  version: VersionRecord | null,
  store: ModelStore,
): Promise<ReadonlyMap<string, string>> {
  if (version === null || !Object.hasOwn(version.files, textsFile)) return new Map();
  try {
    const bytes = await store.read(project, version.version, textsFile);
    return new Map(JSON.parse(Buffer.from(bytes).toString()) as [string, string][]);
  } catch {
    // Damaged or gone: they are fetched again.
    return new Map();
  }
}
