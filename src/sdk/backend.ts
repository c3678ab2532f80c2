// The base class of a model that Label Studio can ask: override `predict` and `fit`, and the server does the rest.
// A new instance is made for each version and label config, so an instance never changes under a prediction.
import type { ParsedLabelConfig } from '../labelstudio/label-config.ts';
import type { FetchedTexts } from '../labelstudio/task.ts';
import type { Json, Prediction, Task } from '../labelstudio/types.ts';
import type { LabelInterface } from './label-interface.ts';

/** What a model is told about the version it stands for. */
export interface BackendContext {
  /** Which project this is, as the server names it. */
  readonly project: string;
  /** The label config, XML as Label Studio has it. */
  readonly labelConfig: string;
  /** The same, read: control name → type, names, inputs and labels. */
  readonly parsedLabelConfig: ParsedLabelConfig;
  /** The same for a model: its controls, where their texts stand, results in the right form. */
  readonly labelInterface: LabelInterface;
  /** What `fit` returned when this version was trained; null before the first training. */
  readonly trainOutput: unknown;
  /** The name of this version, as it stands in predictions. */
  readonly modelVersion: string;
  /** Settings of the server that are meant for the model, such as `coldStart` and `C`. */
  readonly settings: BackendSettings;
  /** A file that `fit` wrote, checked against its checksum. */
  readFile(name: string): Promise<Uint8Array>;
  /** What was set under a key for this project, by any version; null for nothing. */
  get(key: string): Promise<Json>;
  /** Keep a small value (64 KiB) for this project, on disk; null forgets it. From `fit` it is kept with the version. */
  set(key: string, value: Json): Promise<void>;
  /** One line for the server's log. Never put texts or labels of tasks into it. */
  log(message: string): void;
}

export interface BackendSettings {
  readonly [name: string]: unknown;
}

/** What comes with the tasks of one `predict`. */
export interface PredictContext {
  /** In interactive use, what the annotator has done so far: `{ result, draft_id, … }`; otherwise null. */
  readonly context: unknown;
  readonly params: { readonly [key: string]: unknown };
  /** Texts that tasks name by an address only (`valueType="url"`): address as it stands in the task → text. */
  readonly fetched?: FetchedTexts;
}

/** What `fit` works with besides the tasks. */
export interface FitContext {
  /** Why there is a training, in words. */
  readonly reason?: string;
  /** Keep a file with the version; `readFile` of the next instance finds it. */
  writeFile(name: string, bytes: Uint8Array): void;
  /** Tell how far the training is; shown to the one who waits. */
  progress(phase: string, done: number, total: number): void;
  readonly fetched?: FetchedTexts;
  /** Aborted when the result is no longer wanted. */
  readonly signal?: AbortSignal;
}

/** What one control says about a text, and which words carried it. */
export interface ControlExplanation {
  /** The control's name. */
  name: string;
  /** The likeliest first. */
  labels: { label: string; probability: number }[];
  /** Words by their place in the text (UTF-16), with what they add to the log-odds of the likeliest label. */
  words: { start: number; end: number; weight: number }[];
  /** The least that would have to go from the text for another label, and what that would be; null where nothing would. */
  without?: { words: string[]; label: string; probability: number } | null;
  /** Why there is no answer, or less of one. */
  note?: string;
}

/**
 * A model behind Label Studio.
 *
 * ```ts
 * export default class Longest extends MLBackend {
 *   predict(tasks) {
 *     return tasks.map(() => ({ result: [], score: 0 }));
 *   }
 *   fit() {
 *     return { trained: true };
 *   }
 * }
 * ```
 */
export abstract class MLBackend {
  protected readonly context: BackendContext;

  constructor(context: BackendContext) {
    this.context = context;
  }

  get labelConfig(): string {
    return this.context.labelConfig;
  }

  get parsedLabelConfig(): ParsedLabelConfig {
    return this.context.parsedLabelConfig;
  }

  /** The same for a model: its controls, where their texts stand, results in the right form. */
  get labelInterface(): LabelInterface {
    return this.context.labelInterface;
  }

  get modelVersion(): string {
    return this.context.modelVersion;
  }

  /** What `fit` returned when this version was trained; null before the first training. */
  get trainOutput(): unknown {
    return this.context.trainOutput;
  }

  /** What was set under a key for this project, by any version; null for nothing. */
  get(key: string): Promise<Json> {
    return this.context.get(key);
  }

  /** Keep a small value (64 KiB) for this project, on disk; null forgets it. From `fit` it is kept with the version. */
  set(key: string, value: Json): Promise<void> {
    return this.context.set(key, value);
  }

  /** Load what `predict` needs. Called once, before the first `predict`; not before `fit`. */
  setup?(): void | Promise<void>;

  /** One prediction for each task, in the order of the tasks. */
  abstract predict(tasks: readonly Task[], context: PredictContext): Prediction[] | Promise<Prediction[]>;

  /** Learn from all labelled tasks; what it returns, JSON, is `trainOutput` from then on. */
  abstract fit(tasks: AsyncIterable<Task> | Iterable<Task>, context: FitContext): unknown | Promise<unknown>;

  /** Why a text is answered as it is, for people who try the model. Without it they are told that it is not there. */
  explain?(text: string): ControlExplanation[] | Promise<ControlExplanation[]>;

  /** Give back what `setup` took. Called when the last prediction with this instance is done. */
  dispose?(): void;
}

export type BackendClass = new (context: BackendContext) => MLBackend;
