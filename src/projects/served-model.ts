// One version of a model, loaded and answering. It guards what Label Studio relies on, whatever the model class does:
// one prediction for each task in order, finite scores, one version name.
import { messageOf, SparrowError } from '../errors.ts';
import { emptyPrediction, safeScore } from '../labelstudio/prediction.ts';
import { isObject, type Prediction, type Task } from '../labelstudio/types.ts';
import type { BackendContext, ControlExplanation, MLBackend, PredictContext } from '../sdk/backend.ts';
import type { BackendModule } from '../sdk/backend-module.ts';
import { modelFailure, saidWithPlace } from '../sdk/user-code.ts';

/** Tasks answered at a stretch; between two stretches other requests have their turn. */
const chunkTasks = 128;

export class ServedModel {
  readonly modelVersion: string;
  readonly #backend: MLBackend;
  readonly #log: (message: string) => void;
  readonly #url: string;
  #users = 0;
  #isRetired = false;

  private constructor(backend: MLBackend, context: BackendContext, url: string) {
    this.#backend = backend;
    this.#url = url;
    this.#log = context.log;
    this.modelVersion = context.modelVersion;
  }

  static async open({ Backend, url }: BackendModule, context: BackendContext): Promise<ServedModel> {
    try {
      const backend = new Backend(context);
      await backend.setup?.();
      return new ServedModel(backend, context, url);
    } catch (error) {
      throw modelFailure(error, `the constructor or setup() of ${Backend.name}`);
    }
  }

  /** Hold on to the model while predicting; false when it has been given back already: then ask for the new one. */
  acquire(): boolean {
    if (this.#isRetired && this.#users === 0) return false;
    this.#users++;
    return true;
  }

  release(): void {
    this.#users--;
    if (this.#isRetired && this.#users === 0) this.#backend.dispose?.();
  }

  /** Another version serves now: give back the memory once the last prediction is done. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    if (this.#users === 0) this.#backend.dispose?.();
  }

  async predict(tasks: readonly Task[], context: PredictContext): Promise<Prediction[]> {
    if (tasks.length <= chunkTasks) return this.#chunk(tasks, context);
    const predictions: Prediction[] = [];
    for (let start = 0; start < tasks.length; start += chunkTasks) {
      if (start > 0) await new Promise((resolve) => setImmediate(resolve));
      predictions.push(...(await this.#chunk(tasks.slice(start, start + chunkTasks), context)));
    }
    return predictions;
  }

  /** What each control says about a text and why; null where the model class does not say. */
  async explain(text: string): Promise<ControlExplanation[] | null> {
    try {
      return (await this.#backend.explain?.(text)) ?? null;
    } catch (error) {
      throw this.#failure(error, 'explain()');
    }
  }

  async #chunk(tasks: readonly Task[], context: PredictContext): Promise<Prediction[]> {
    try {
      return await this.#ask(tasks, context);
    } catch (error) {
      if (tasks.length === 1) throw this.#failure(error, 'predict()');
      return this.#oneByOne(tasks, context, error);
    }
  }

  /** A task that a model cannot take must not cost the others their predictions. */
  async #oneByOne(tasks: readonly Task[], context: PredictContext, first: unknown): Promise<Prediction[]> {
    const predictions: Prediction[] = [];
    let failures = 0;
    for (const task of tasks) {
      try {
        predictions.push(...(await this.#ask([task], context)));
      } catch (error) {
        failures++;
        predictions.push({
          ...emptyPrediction(this.modelVersion),
          reason: `The model failed on this task: ${messageOf(error)}`,
        });
      }
    }
    if (failures === tasks.length) throw this.#failure(first, 'predict()');
    const why = saidWithPlace(first, this.#url);
    this.#log(`The model failed on ${failures} of ${tasks.length} tasks, first with: ${why}`);
    return predictions;
  }

  #failure(error: unknown, where: string): SparrowError {
    return modelFailure(error, `${where} of ${this.#backend.constructor.name}`);
  }

  async #ask(tasks: readonly Task[], context: PredictContext): Promise<Prediction[]> {
    const answered = this.#backend.predict(tasks, context);
    const predictions: unknown = answered instanceof Promise ? await answered : answered;
    if (!Array.isArray(predictions) || predictions.length !== tasks.length) {
      const found = Array.isArray(predictions) ? predictions.length : typeof predictions;
      const name = this.#backend.constructor.name;
      throw new SparrowError(
        'BAD_MODEL',
        `${name}.predict must return a list with one prediction for each task: ${found} for ${tasks.length} tasks.`,
      );
    }
    return predictions.map((prediction: unknown) => this.#tidy(prediction));
  }

  /** What Label Studio would refuse or hide is made an empty prediction that says why. */
  #tidy(prediction: unknown): Prediction {
    if (!isObject(prediction) || !Array.isArray(prediction.result)) {
      return { ...emptyPrediction(this.modelVersion), reason: 'The model gave no list of results for this task.' };
    }
    const { result, score } = prediction;
    return {
      ...prediction,
      result,
      score: typeof score === 'number' ? safeScore(score) : 0,
      model_version: this.modelVersion,
    };
  }
}
