// Texts without a label that were predicted lately, with how sure the model was: the ones worth labelling next, known
// without asking Label Studio. Ids and numbers only, bounded, and gone with the process.
import { isObject } from '../labelstudio/types.ts';
import { idOf } from '../projects/records.ts';

/** A text without a label, and how sure the model was of its answer. */
export interface NextText {
  task: string;
  score: number;
}

const mostProjects = 100;
const mostTasks = 2000;

export class RecentPredictions {
  /** Project → task → score; the latest last, in both. */
  readonly #projects = new Map<string, Map<string, number>>();

  /** Take note of the answers to a `predict`. Tasks that are labelled are forgotten. */
  add(project: string, tasks: readonly unknown[], results: readonly { score: number; result: unknown[] }[]): void {
    const scores = this.#projects.get(project) ?? new Map<string, number>();
    for (const [i, task] of tasks.entries()) {
      const answer = results[i];
      const id = isObject(task) ? idOf(task.id) : null;
      if (id === null || !isObject(task)) continue;
      scores.delete(id);
      if (!isLabelled(task) && answer && answer.result.length > 0) scores.set(id, answer.score);
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

  /** The least sure first. */
  least(project: string, most: number): NextText[] {
    const found = [...(this.#projects.get(project) ?? [])].map(([task, score]) => ({ task, score }));
    return found.sort((a, b) => a.score - b.score).slice(0, most);
  }
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
