// What a project's annotations come to: how many a training would use, why it would leave the others, and how often
// predictions were accepted. All of them must be read for it, so the answer is kept until something changes.
import { rulesOf, trainingSet } from '../labelstudio/annotation.ts';
import type { Task } from '../labelstudio/types.ts';
import type { Journal, LabelledTask } from '../store/journal.ts';
import { type Acceptance, AcceptanceTally } from './acceptance.ts';
import type { Reading } from './config-readings.ts';
import type { Project } from './project.ts';
import { hasAddresses } from './text-cache.ts';

export interface Examination {
  /** Annotations that a training would learn from now, and the tasks they belong to. */
  annotations: number;
  documents: number;
  acceptance: Acceptance;
}

interface Kept {
  key: string;
  at: number;
  examination: Promise<Examination>;
}

/** Other processes may change what this one knows, so nothing is believed for longer; many annotations take longer. */
const freshMs = 5000;
const largeFreshMs = 60_000;
const large = 5000;
const atATime = 200;

export class Examinations {
  readonly #journal: Journal;
  readonly #agreement: unknown;
  readonly #kept = new WeakMap<Project, Kept>();

  constructor(journal: Journal, agreement: unknown) {
    this.#journal = journal;
    this.#agreement = agreement;
  }

  async of(project: Project, reading: Reading | null): Promise<Examination> {
    const live = await this.#journal.counts(project.key);
    const isLarge = live.annotations > large;
    // Reading many over and over, while annotations keep coming, would take more than it tells.
    const counted = isLarge ? '' : `${project.revision} ${live.annotations} ${live.tasks}`;
    const key = `${counted} ${project.labelConfig}`;
    const known = this.#kept.get(project);
    const age = known ? Date.now() - known.at : Number.POSITIVE_INFINITY;
    if (known?.key === key && age < (isLarge ? largeFreshMs : freshMs)) return known.examination;
    const examination = this.#examine(project.key, reading, live);
    this.#kept.set(project, { key, at: Date.now(), examination });
    examination.catch(() => this.#kept.delete(project));
    return examination;
  }

  async #examine(
    project: string,
    reading: Reading | null,
    live: { annotations: number; tasks: number },
  ): Promise<Examination> {
    const pairs = reading?.pairs ?? [];
    const rules = rulesOf(reading?.parsed ?? null, this.#agreement);
    const used = pairs.map(() => 0);
    const documents = new Set<unknown>();
    const tally = new AcceptanceTally();
    for await (const batch of batches(this.#journal.tasks(project))) {
      for (const { annotations } of batch) for (const annotation of annotations) tally.add(annotation);
      for (const [i, pair] of pairs.entries()) {
        const { samples, report } = trainingSet(batch as Task[], pair, rules);
        used[i] = (used[i] ?? 0) + report.used;
        for (const { taskId } of samples) documents.add(taskId);
      }
    }
    const acceptance = tally.result();
    // Texts that must be fetched are not there to be looked at.
    const isExact = pairs.length > 0 && !hasAddresses(pairs);
    if (!isExact) return { annotations: live.annotations, documents: live.tasks, acceptance };
    return { annotations: Math.max(0, ...used), documents: documents.size, acceptance };
  }
}

/** Some at a time, with a turn for others after each. */
async function* batches(tasks: AsyncIterable<LabelledTask>): AsyncGenerator<LabelledTask[]> {
  let batch: LabelledTask[] = [];
  for await (const task of tasks) {
    batch.push(task);
    if (batch.length < atATime) continue;
    yield batch;
    batch = [];
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (batch.length > 0) yield batch;
}
