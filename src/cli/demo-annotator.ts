// A person who labels in Label Studio, played by a program: asks for a prediction of each text, as Label Studio does when
// a task is opened, then sends the annotation as its webhook does. Now and then it slips, as people do.
import { SparrowError } from '../errors.ts';
import { isObject, type JsonObject } from '../labelstudio/types.ts';

export interface DemoText {
  text: string;
  label: string;
}

export interface DemoProject {
  id: number;
  title: string;
  /** Labelled one after the other. */
  toLabel: readonly DemoText[];
  /** Never labelled: what the accuracy is measured on. */
  heldOut: readonly DemoText[];
}

export interface AnnotatorOptions {
  /** Sends a request to the server; `path` begins with a slash. */
  request: (path: string, body?: object) => Promise<JsonObject>;
  /** A number from 0 to 1 that is the same in each run. */
  random: () => number;
  /** Called before each text; it may take its time. */
  pace: () => Promise<void>;
}

/** One in so many labels is a slip. */
const slipEvery = 25;

export class Annotator {
  readonly #options: AnnotatorOptions;
  readonly #project: DemoProject;
  readonly #labels: readonly string[];
  /** Tasks that were labelled wrong. */
  readonly slips = new Map<string, DemoText & { given: string }>();

  constructor(project: DemoProject, options: AnnotatorOptions) {
    this.#project = project;
    this.#options = options;
    this.#labels = [...new Set(project.heldOut.map(({ label }) => label))];
  }

  /** Connect the project, as Label Studio does. */
  async connect(): Promise<void> {
    await this.#options.request('/setup', { project: `${this.#project.id}.1700000000`, schema: this.#config });
  }

  /** Label all texts; `onStep` hears of each, and is waited for. */
  async labelAll(onStep: (labelled: number) => Promise<void>): Promise<void> {
    for (const [i, given] of this.#project.toLabel.entries()) {
      await this.#options.pace();
      await this.#labelOne(i + 1, given);
      await onStep(i + 1);
    }
  }

  /** Share of the held-out texts that are predicted right, and the version that predicted. */
  async accuracy(): Promise<{ accuracy: number; modelVersion: string }> {
    const { heldOut } = this.#project;
    const answer = await this.#predict(heldOut.map(({ text }, i) => ({ id: 100_000 + i, data: { text } })));
    const right = heldOut.filter(({ label }, i) => choiceIn(answer.results[i]) === label).length;
    return { accuracy: right / heldOut.length, modelVersion: answer.modelVersion };
  }

  async #labelOne(id: number, { text, label }: DemoText): Promise<void> {
    const { request, random } = this.#options;
    const task = { id, data: { text } };
    const { results, modelVersion } = await this.#predict([task]);
    const isSlip = random() < 1 / slipEvery;
    const given = isSlip ? (this.#labels.filter((one) => one !== label)[Math.floor(random() * 3)] ?? label) : label;
    if (given !== label) this.slips.set(String(id), { text, label, given });
    const shown = results[0];
    const time = new Date().toISOString();
    await request('/webhook', {
      action: 'ANNOTATION_CREATED',
      task,
      annotation: {
        id,
        task: id,
        result: [{ from_name: 'topic', to_name: 'news', type: 'choices', value: { choices: [given] } }],
        prediction: isObject(shown) ? { ...shown, model_version: modelVersion } : {},
        created_at: time,
        updated_at: time,
      },
      project: { id: this.#project.id, title: this.#project.title, label_config: this.#config },
    });
  }

  async #predict(tasks: readonly object[]): Promise<{ results: unknown[]; modelVersion: string }> {
    const project = `${this.#project.id}.1700000000`;
    const answer = await this.#options.request('/predict', { tasks, project, label_config: this.#config });
    if (!Array.isArray(answer.results)) throw new SparrowError('IO_FAILED', 'The server gave no predictions.');
    return { results: answer.results, modelVersion: String(answer.model_version) };
  }

  get #config(): string {
    const choices = this.#labels.map((label) => `<Choice value="${label}"/>`).join('');
    return `<View><Text name="news" value="$text"/><Choices name="topic" toName="news">${choices}</Choices></View>`;
  }
}

function choiceIn(prediction: unknown): string | null {
  if (!isObject(prediction) || !Array.isArray(prediction.result)) return null;
  const [item] = prediction.result as { value?: { choices?: string[] } }[];
  return item?.value?.choices?.[0] ?? null;
}

/** The texts of all labels in an order that is the same in each run, a quarter of them held out. */
export function projectOf(
  id: number,
  title: string,
  texts: ReadonlyMap<string, readonly string[]>,
  random: () => number,
): DemoProject {
  const all = [...texts].flatMap(([label, list]) => list.map((text) => ({ text, label })));
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  const heldOut = all.splice(0, Math.floor(all.length / 4));
  return { id, title, toLabel: all, heldOut };
}

/** The same numbers in each run, for orders and slips; nothing here is secret. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}
