// From a label config to what we serve: pairs of a choice control and the text it labels. Whatever is not served is
// named in a note, one sentence each, that says why and, where nothing is left, what would do.
import { type ConfigStructure, isInside, isOn, withoutDollar } from './controls.ts';
import { quoted } from './quoted.ts';
import { attribute, elementsOf, type XmlElement } from './xml.ts';

/** Where the text of a task stands, and how it is wrapped. */
export interface TextInput {
  readonly toName: string;
  readonly object: 'Text' | 'HyperText' | 'Paragraphs';
  /** The path in the task's data, without `$`: `text`, `article.body`, `items[0].text`. */
  readonly textKey: string;
  /** As in the config; `url` says that the data holds an address and not the text. */
  readonly valueType: string | null;
  /** How the text is encoded: `base64` is Latin-1 in base64, `base64unicode` UTF-8. */
  readonly encoding?: 'base64' | 'base64unicode';
  /** Paragraphs: the key of the speaker in each turn. */
  readonly nameKey?: string;
  /** Paragraphs: the key of the text in each turn. */
  readonly textSubKey?: string;
}

/** One control that we predict, with the text it labels. */
export interface Pair extends TextInput {
  readonly fromName: string;
  readonly control: 'Choices' | 'Taxonomy';
  /** Further texts of a control whose toName is a list: they are read as one with the first. */
  readonly more?: readonly TextInput[];
  /** More than one label may hold at once. */
  readonly multiple: boolean;
  /** What stands in results, in document order; where `paths` holds, the JSON text of a list of strings. */
  readonly labels: readonly string[];
  /** Labels are paths through nested choices: Choices with allowNested and, where nothing is said, a Taxonomy. */
  readonly paths?: boolean;
  /** Labels that the config does not list may come (allowAddLabels, apiUrl): none is unknown. */
  readonly open?: boolean;
  /** The path in the task's data of a list of further choices, for this task only. */
  readonly dynamicKey: string | null;
  /** What a model of another vocabulary would say → the label; attribute `predicted_values`, comma separated. */
  readonly predictedValues: ReadonlyMap<string, string>;
}

const OBJECTS: ReadonlyMap<string, TextInput['object']> = new Map([
  ['text', 'Text'],
  ['hypertext', 'HyperText'],
  ['paragraphs', 'Paragraphs'],
]);
const CONTROLS: ReadonlyMap<string, Pair['control']> = new Map([
  ['choices', 'Choices'],
  ['taxonomy', 'Taxonomy'],
]);
const MAX_NOTES = 20;

/** The pairs of a config and the notes about the rest of it. */
export function pairsOf(config: ConfigStructure): { pairs: Pair[]; notes: string[] } {
  const pairs: Pair[] = [];
  const notes: string[] = [];
  for (const [name, elements] of config.controls) {
    const outcome = pairOf(name, elements, config);
    if (outcome.pair) pairs.push(outcome.pair);
    notes.push(...outcome.notes);
  }
  notes.push(...unboundControls(config));
  const kept =
    notes.length > MAX_NOTES ? [...notes.slice(0, MAX_NOTES), `There are ${notes.length - MAX_NOTES} more.`] : notes;
  if (pairs.length === 0) kept.push(whatWouldDo(config));
  return { pairs, notes: kept };
}

interface Outcome {
  readonly pair: Pair | null;
  readonly notes: readonly string[];
}

function pairOf(fromName: string, elements: readonly XmlElement[], config: ConfigStructure): Outcome {
  const element = elements.at(-1);
  if (!element) return { pair: null, notes: [] };
  const who = `The ${element.tag} ${quoted(fromName)}`;
  const control = CONTROLS.get(element.tag.toLowerCase());
  if (!control) return refused(`${who} is not served: only Choices and Taxonomy are.`);
  const reason = whyNotServed(element);
  if (reason) return refused(`${who} is not served: ${reason}.`);
  const notes: string[] = [];
  if (elements.length > 1) notes.push(`${who} is there ${elements.length} times: a control's name must be its own.`);
  const inputs = textInputs(who, config.parsed[fromName]?.to_name ?? [], config, notes);
  const [first, ...more] = inputs;
  if (!first) return { pair: null, notes };
  const pair: Pair = { ...first, fromName, control, more, ...choicesOf(control, element, elements, config) };
  if (pair.labels.length === 0 && pair.dynamicKey === null && !pair.open) {
    return { pair: null, notes: [...notes, `${who} is not served: it has no Choice with a value.`] };
  }
  return { pair, notes };
}

function refused(note: string): Outcome {
  return { pair: null, notes: [note] };
}

function whyNotServed(element: XmlElement): string | null {
  if (isOn(element, 'perRegion')) return 'with perRegion it labels regions, not whole texts';
  if (isOn(element, 'perItem')) return 'with perItem it labels items, not whole texts';
  if (isOn(element, 'labeling')) return 'with labeling it labels spans, not whole texts';
  if (isInside(element, 'repeater')) return 'inside a Repeater its name depends on the task';
  return null;
}

function textInputs(who: string, names: readonly string[], config: ConfigStructure, notes: string[]): TextInput[] {
  const inputs: TextInput[] = [];
  for (const written of new Set(names)) {
    if (notes.length > MAX_NOTES) break;
    const name = config.objects.has(written) ? written : written.trim();
    const object = config.objects.get(name);
    if (!object) {
      notes.push(`${who} has toName ${quoted(written)}, and no tag of that name has a value.`);
      continue;
    }
    const outcome = textInput(name, object);
    if (typeof outcome === 'string') notes.push(`${who} is not served for ${quoted(name)}: ${outcome}.`);
    else inputs.push(outcome);
    if (typeof outcome !== 'string' && outcome.valueType === 'url') {
      notes.push(`${who} labels text that is fetched (valueType="url"): without LABEL_STUDIO_API_KEY there is none.`);
    }
  }
  return inputs;
}

function textInput(toName: string, object: XmlElement): TextInput | string {
  const kind = OBJECTS.get(object.tag.toLowerCase());
  if (!kind) return `it is of type ${object.tag}, and only Text, HyperText and Paragraphs hold text`;
  const expression = (attribute(object, 'value') ?? '').trim();
  if (!isReference(expression))
    return `its value ${quoted(expression)} must be one name that begins with $, such as $text`;
  if (attribute(object, 'resolver')) return 'its text is behind a resolver';
  const input = {
    toName,
    object: kind,
    textKey: withoutDollar(expression),
    valueType: attribute(object, 'valueType') ?? null,
    ...encodingOf(object),
  };
  if (kind !== 'Paragraphs') return input;
  return {
    ...input,
    nameKey: attribute(object, 'nameKey') || 'author',
    textSubKey: attribute(object, 'textKey') || 'text',
  };
}

// One `$name` alone: with more text around or a second `$` Label Studio's editor fills in a template.
function isReference(expression: string): boolean {
  const key = withoutDollar(expression);
  return key !== expression && key !== '' && !key.includes('$');
}

function encodingOf(object: XmlElement): Pick<TextInput, 'encoding'> {
  const encoding = attribute(object, 'encoding');
  return encoding === 'base64' || encoding === 'base64unicode' ? { encoding } : {};
}

type ChoicesOfControl = Pick<Pair, 'multiple' | 'labels' | 'paths' | 'open' | 'dynamicKey' | 'predictedValues'>;

function choicesOf(
  control: Pair['control'],
  element: XmlElement,
  elements: readonly XmlElement[],
  config: ConfigStructure,
): ChoicesOfControl {
  const isTaxonomy = control === 'Taxonomy';
  const paths = isTaxonomy || isOn(element, 'allowNested');
  const labels = new Set<string>();
  const predictedValues = new Map<string, string>();
  for (const one of elements) {
    for (const { choice, path } of choicePaths(one, config)) {
      if (!paths && path.length > 1) continue;
      if (isOn(one, 'leafsOnly') && choice.children.some(isChoice)) continue;
      const label = paths ? JSON.stringify(path) : (path[0] ?? '');
      labels.add(label);
      for (const said of (choice.attributes.get('predicted_values') ?? '').split(',')) {
        if (said.trim() !== '') predictedValues.set(said.trim(), label);
      }
    }
  }
  const value = (attribute(element, 'value') ?? '').trim();
  const multiple = isTaxonomy
    ? attribute(element, 'maxUsages')?.trim() !== '1'
    : attribute(element, 'choice') === 'multiple';
  const open = ['allowAddLabels', 'legacy'].some((name) => isTaxonomy && isOn(element, name));
  return {
    multiple,
    labels: [...labels],
    paths,
    open: open || Boolean(attribute(element, 'apiUrl')),
    dynamicKey: isReference(value) ? withoutDollar(value) : null,
    predictedValues,
  };
}

interface ChoicePath {
  readonly choice: XmlElement;
  /** The results' values of the choices from the outermost to this one. */
  readonly path: readonly string[];
}

// Choices may stand inside Views of their control, but another control inside keeps its own.
function* choicePaths(control: XmlElement, config: ConfigStructure): Generator<ChoicePath> {
  const waiting = [...control.children].reverse().map((element) => ({ element, above: [] as readonly string[] }));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { element, above } = next;
    if (config.controls.get(element.attributes.get('name') ?? '')?.includes(element)) continue;
    const value = isChoice(element) ? element.attributes.get('alias') || element.attributes.get('value') : undefined;
    const path = value ? [...above, value] : above;
    if (value) yield { choice: element, path };
    for (const child of [...element.children].reverse()) waiting.push({ element: child, above: path });
  }
}

function isChoice(element: XmlElement): boolean {
  return element.tag.toLowerCase() === 'choice';
}

function unboundControls(config: ConfigStructure): string[] {
  const notes: string[] = [];
  for (const element of elementsOf(config.root)) {
    if (!CONTROLS.has(element.tag.toLowerCase())) continue;
    const name = element.attributes.get('name');
    if (!name) notes.push(`A ${element.tag} has no name, so it is not served.`);
    else if (!element.attributes.get('toName')) {
      notes.push(`The ${element.tag} ${quoted(name)} has no toName, so nothing says which text it labels.`);
    }
    if (notes.length > MAX_NOTES) break;
  }
  return notes;
}

function whatWouldDo(config: ConfigStructure): string {
  let hasText = false;
  for (const object of config.objects.values()) hasText ||= OBJECTS.has(object.tag.toLowerCase());
  const missing = hasText ? 'beside its text a' : 'a <Text name="text" value="$text"/> and a';
  return (
    `Nothing in this label config can be predicted: it needs ${missing} <Choices name="label" toName="…"> with one ` +
    '<Choice value="…"/> for each label.'
  );
}
