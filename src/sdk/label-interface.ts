// A label config as a model wants it: which control it answers, where the text stands, what the labels are, and results in
// the form that Label Studio takes. Controls that hold no choices about a text are in `parsed`, as Label Studio reads them.
import { SparrowError } from '../errors.ts';
import { labelName, labelsOf, typeOf } from '../labelstudio/choices.ts';
import { type Pair, type ParsedLabelConfig, readConfig } from '../labelstudio/label-config.ts';
import { choiceResult, safeScore } from '../labelstudio/prediction.ts';
import { itemsOf, labelsOfItems } from '../labelstudio/result-items.ts';
import { type FetchedTexts, textOf } from '../labelstudio/task.ts';
import { type Annotation, isObject, type Prediction, type ResultItem, type Task } from '../labelstudio/types.ts';

/** One control of the config together with the text that it labels. */
export class LabelControl {
  readonly #pair: Pair;
  /** What a model may say → the label it means: the labels themselves, and what `predicted_values` of a Choice lists. */
  readonly labelMap: ReadonlyMap<string, string>;

  constructor(pair: Pair) {
    this.#pair = pair;
    this.labelMap = new Map([...pair.predictedValues, ...pair.labels.map((label) => [label, label] as const)]);
  }

  /** `name` of the control, `from_name` of its results. */
  get fromName(): string {
    return this.#pair.fromName;
  }

  /** `name` of the object that is labelled. */
  get toName(): string {
    return this.#pair.toName;
  }

  /** `Choices` or `Taxonomy`. */
  get type(): 'Choices' | 'Taxonomy' {
    return this.#pair.control;
  }

  /** `Text`, `HyperText` or `Paragraphs`. */
  get objectType(): 'Text' | 'HyperText' | 'Paragraphs' {
    return this.#pair.object;
  }

  /** The key of the text in a task's data: `text` for `value="$text"`. */
  get value(): string {
    return this.#pair.textKey;
  }

  /** In the order of the config. Where choices are nested, a label is the JSON text of the path to it. */
  get labels(): readonly string[] {
    return this.#pair.labels;
  }

  /** Whether several labels may hold at once. */
  get isMultiple(): boolean {
    return this.#pair.multiple;
  }

  /** A label in words, for people. */
  nameOf(label: string): string {
    return labelName(label, this.#pair);
  }

  /** The labels that may be chosen for a task: those of the config and, for dynamic choices, those the task brings. */
  labelsFor(task: Task): readonly string[] {
    return labelsOf(task, this.#pair);
  }

  /** The text of a task, without markup; null where it has none. `fetched` is in the context of `predict` and `fit`. */
  textOf(task: Task, fetched?: FetchedTexts): string | null {
    const reading = textOf(task, this.#pair, fetched);
    return 'text' in reading ? reading.text : null;
  }

  /** What an annotation says for this control; empty where it was skipped or says nothing. */
  labelsOf(annotation: Annotation): string[] {
    if (!isObject(annotation) || annotation.was_cancelled === true || annotation.skipped === true) return [];
    return labelsOfItems(itemsOf(annotation, this.#pair, false), this.#pair);
  }

  /** One item of a result: these labels. In interactive use give it an `id`. */
  choice(labels: string | readonly string[], id?: string): ResultItem {
    return choiceResult(this.#pair, typeof labels === 'string' ? [labels] : labels, id);
  }

  /** A whole prediction: the labels, or none, and how sure the model is, from 0 to 1. */
  prediction(labels: string | readonly string[], score: number): Prediction {
    return { result: labels.length === 0 ? [] : [this.choice(labels)], score: safeScore(score) };
  }

  /** The `type` of this control's result items, which is also the key of the labels in their `value`. */
  get resultType(): 'choices' | 'taxonomy' {
    return typeOf(this.#pair);
  }
}

/**
 * A label config, read once.
 *
 * @example
 * const label = new LabelInterface(
 *   '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="Yes"/></Choices></View>',
 * );
 * const control = label.first('Choices', 'Text');
 * console.log(control.fromName, control.toName, control.value, control.labels);
 * console.log(control.prediction('Yes', 0.9));
 */
export class LabelInterface {
  readonly labelConfig: string;
  readonly parsed: ParsedLabelConfig;
  /** Controls with choices about a text, in the order of the config. */
  readonly controls: readonly LabelControl[];
  /** Why the others are not among them, a sentence each. */
  readonly notes: readonly string[];

  /** Throws BAD_INPUT where the config cannot be read. */
  constructor(labelConfig: string) {
    const { pairs, notes, parsed } = readConfig(labelConfig);
    this.labelConfig = labelConfig;
    this.parsed = parsed;
    this.controls = pairs.map((pair) => new LabelControl(pair));
    this.notes = notes;
  }

  /** The first control of a type on an object of a type. Throws BAD_INPUT with what the config would need. */
  first(type: LabelControl['type'] = 'Choices', objectType?: LabelControl['objectType']): LabelControl {
    const isIt = (one: LabelControl) =>
      one.type === type && (objectType === undefined || one.objectType === objectType);
    const found = this.controls.find(isIt);
    if (found) return found;
    const wanted = `a ${type} on a ${objectType ?? 'text'}`;
    const why = this.notes.length > 0 ? ` ${this.notes.join(' ')}` : '';
    throw new SparrowError('BAD_INPUT', `This model needs ${wanted}, and the label config has none.${why}`);
  }

  /** The control of a name. Throws BAD_INPUT where there is none. */
  control(name: string): LabelControl {
    const found = this.controls.find((one) => one.fromName === name);
    if (found) return found;
    const names = this.controls.map((one) => JSON.stringify(one.fromName)).join(', ') || 'none';
    throw new SparrowError('BAD_INPUT', `The label config has no control ${JSON.stringify(name)}; there is ${names}.`);
  }
}
