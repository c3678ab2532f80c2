// Texts without a label that were predicted lately, with how sure the model was: the ones worth labelling next, known
// without asking Label Studio. Ids and numbers only, bounded, and gone with the process: of a text hashes of some word
// pairs, so that of two that are nearly the same one comes up.
import { pairsSketch } from '../evaluation/likeness.ts';
import { rankDiverse } from '../evaluation/rank.ts';
import { isObject } from '../labelstudio/types.ts';
import { idOf } from '../projects/records.ts';

/** A text without a label, and how sure the model was of its answer. */
export interface NextText {
  task: string;
  score: number;
  /** The task that this is nearly the same as; it comes up before, and this one last. */
  like?: string;
}

/** How sure the model was of a text, and what the text is compared by. */
export interface Known {
  score: number;
  pairs: Uint32Array;
}

/** Task → what is known of it; null where it is labelled already, or got no answer. */
export type Scores = readonly (readonly [task: string, known: Known | null])[];

/** What a text is compared by is taken from so much of it. */
const unitsLookedAt = 1000;
const mostProjects = 100;
export const mostTasks = 2000;

/** What is taken note of from the answers to a `predict`; texts that are `known` are not looked at again. */
export function scoresOf(
  tasks: readonly unknown[],
  results: readonly { score: number; result: unknown[] }[],
  known?: ReadonlyMap<string, Known | null>,
): [task: string, known: Known | null][] {
  const scores: [string, Known | null][] = [];
  for (const [i, task] of tasks.entries()) {
    const answer = results[i];
    const id = isObject(task) ? idOf(task.id) : null;
    if (id === null || !isObject(task)) continue;
    const isOpen = !isLabelled(task) && answer !== undefined && answer.result.length > 0;
    const pairs = (): Uint32Array => known?.get(id)?.pairs ?? pairsSketch(textIn(task.data));
    scores.push([id, isOpen ? { score: answer.score, pairs: pairs() } : null]);
  }
  return scores;
}

export class RecentPredictions {
  /** Project → task → score and likeness; the latest last, in both. */
  readonly #projects = new Map<string, Map<string, Known>>();

  /** Take note of the answers to a `predict`. Tasks that are labelled are forgotten. */
  add(project: string, tasks: readonly unknown[], results: readonly { score: number; result: unknown[] }[]): void {
    this.take(project, scoresOf(tasks, results, this.#projects.get(project)));
  }

  /** The same, of answers that another process gave. */
  take(project: string, given: Scores): void {
    const scores = this.#projects.get(project) ?? new Map<string, Known>();
    for (const [task, known] of given) {
      scores.delete(task);
      if (known !== null) scores.set(task, known);
    }
    dropOldest(scores, mostTasks);
    this.#projects.delete(project);
    this.#projects.set(project, scores);
    dropOldest(this.#projects, mostProjects);
  }

  /** These tasks were annotated, or are gone. */
  forget(project: string, tasks: readonly unknown[]): void {
    const scores = this.#projects.get(project);
    for (const task of tasks) scores?.delete(String(task));
  }

  forgetProject(project: string): void {
    this.#projects.delete(project);
  }

  /** The least sure first, of what is nearly the same one. */
  least(project: string, most: number): NextText[] {
    return queueOf([...(this.#projects.get(project) ?? [])].map(([task, known]) => ({ task, ...known }))).slice(
      0,
      most,
    );
  }
}

/** Tasks that were just predicted, in the order in which labelling them pays; those with a label are left out. */
export function queueOfTasks(tasks: readonly unknown[], results: readonly { score: number }[]): NextText[] {
  return queueOf(
    tasks.flatMap((task, i) => {
      const id = isObject(task) ? idOf(task.id) : null;
      if (id === null || !isObject(task) || isLabelled(task)) return [];
      return [{ task: id, score: results[i]?.score ?? 0, pairs: pairsSketch(textIn(task.data)) }];
    }),
  );
}

function queueOf(found: readonly (Known & { task: string })[]): NextText[] {
  const ranked = rankDiverse(
    found.map(({ score }) => score),
    (i) => new Set(found[i]!.pairs),
    { batch: found.length },
  );
  return ranked.map(({ index, score, like }) => {
    return { task: found[index]!.task, score, ...(like !== undefined && { like: found[like]!.task }) };
  });
}

/** What a task says, whatever its fields are called. */
function textIn(data: unknown): string {
  if (!isObject(data)) return '';
  const texts = Object.values(data).filter((value) => typeof value === 'string');
  return texts.join('\n').slice(0, unitsLookedAt);
}

function isLabelled({
  annotations,
  is_labeled: isLabeled,
  total_annotations: total,
}: {
  readonly [key: string]: unknown;
}): boolean {
  return (
    isLabeled === true ||
    (typeof total === 'number' && total > 0) ||
    (Array.isArray(annotations) && annotations.length > 0)
  );
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
