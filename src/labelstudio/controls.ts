// What a label config says, as Label Studio's own parser reads it: controls, the objects they label, their labels.
// Equal to `parse_config` of label-studio-sdk in every field, its oddities included, because models are written
// against it; what we make of it for serving is in pairs.ts.
import { SparrowError } from '../errors.ts';
import { bareObject } from './types.ts';
import { attribute, elementsOf, readXml, type XmlElement } from './xml.ts';
import { MAX_CHOICES } from './xml-check.ts';

interface ParsedInput {
  type: string;
  valueType: string | null;
  value?: string;
  valueList?: string;
}

interface ParsedControl {
  type: string;
  to_name: string[];
  regex?: { [variable: string]: string };
  conditionals?: { type: 'tag' | 'label' | 'choice'; name: string };
  dynamic_labels?: true;
  inputs: ParsedInput[];
  labels: string[];
  labels_attrs: { [label: string]: { [attribute: string]: string } };
}

/** Control name → what is known of it. Names come from outside: the objects have no prototype. */
export interface ParsedLabelConfig {
  [fromName: string]: ParsedControl;
}

/** The config read, with the elements behind the names. */
export interface ConfigStructure {
  readonly root: XmlElement;
  readonly parsed: ParsedLabelConfig;
  /** The elements of each control; more than one where a name is used twice. The last one counts. */
  readonly controls: ReadonlyMap<string, readonly XmlElement[]>;
  readonly objects: ReadonlyMap<string, XmlElement>;
}

const LABEL_TAGS: ReadonlySet<string> = new Set(['Label', 'Choice', 'Relation']);
const NOT_CONTROLS: ReadonlySet<string> = new Set(['Filter']);
const MAX_VARIABLES = 100;
const MAX_OBJECTS = 1000;

/** Read the structure of a config; throws one sentence that says what is wrong with the XML. */
export function readStructure(xml: unknown): ConfigStructure {
  const root = readXml(xml);
  const controls = new Map<string, XmlElement[]>();
  const objects = new Map<string, XmlElement>();
  const infos = new Map<string, ParsedControl>();
  const labels = new Map<string, Map<string, XmlElement>>();
  const variables = new Set<string>();
  for (const element of elementsOf(root)) {
    addVariable(element, variables);
    const name = element.attributes.get('name');
    if (name && isControl(element)) {
      infos.set(name, controlInfo(element, variables));
      const sameName = controls.get(name);
      if (sameName) sameName.push(element);
      else controls.set(name, [element]);
    } else if (name && (element.attributes.get('value') || element.attributes.get('valueList'))) {
      objects.set(name, element);
    }
    if (LABEL_TAGS.has(element.tag)) addLabel(element, infos, labels);
  }
  for (const [name, info] of infos) complete(info, labels.get(name), objects);
  return { root, parsed: bareObject(infos), controls, objects };
}

// Each variable is looked for in each control's toName, hence the bound.
function addVariable(element: XmlElement, variables: Set<string>): void {
  const variable = element.attributes.get('indexFlag');
  if (variable === undefined) return;
  variables.add(variable);
  if (variables.size <= MAX_VARIABLES) return;
  throw new SparrowError('BAD_INPUT', `The label config has more than ${MAX_VARIABLES} different indexFlag values.`);
}

function isControl(element: XmlElement): boolean {
  return Boolean(element.attributes.get('toName')) && !NOT_CONTROLS.has(element.tag);
}

function controlInfo(element: XmlElement, variables: ReadonlySet<string>): ParsedControl {
  const names = element.attributes.get('toName') ?? '';
  const toName = names.split(',', MAX_OBJECTS + 1);
  if (toName.length > MAX_OBJECTS) {
    throw new SparrowError('BAD_INPUT', `The label config names more than ${MAX_OBJECTS} tags in one toName.`);
  }
  const info: ParsedControl = {
    type: element.tag,
    to_name: toName,
    inputs: [],
    labels: [],
    labels_attrs: bareObject(),
  };
  const repeated = [...variables].filter((variable) => !variable.includes(',') && names.includes(variable));
  if (repeated.length > 0) info.regex = bareObject(repeated.map((variable) => [variable, '.*'] as const));
  const conditionals = conditionalsOf(element);
  if (conditionals) info.conditionals = conditionals;
  const value = element.attributes.get('value') ?? '';
  if (/^\$[A-Za-z_]+$/.test(value) || element.attributes.get('apiUrl')) info.dynamic_labels = true;
  return info;
}

function conditionalsOf(element: XmlElement): ParsedControl['conditionals'] {
  if (element.attributes.get('perRegion') !== 'true') return undefined;
  const tag = element.attributes.get('whenTagName');
  if (tag) return { type: 'tag', name: tag };
  const label = element.attributes.get('whenLabelValue');
  if (label) return { type: 'label', name: label };
  const choice = element.attributes.get('whenChoiceValue');
  return choice ? { type: 'choice', name: choice } : undefined;
}

// A label belongs to the nearest tag around it whose name is that of a control, whatever that tag is.
function addLabel(
  element: XmlElement,
  infos: ReadonlyMap<string, ParsedControl>,
  labels: Map<string, Map<string, XmlElement>>,
): void {
  const label =
    element.attributes.get('alias') || element.attributes.get('value') || element.attributes.get('valueList');
  if (!label) return;
  for (let around = element.parent; around; around = around.parent) {
    const name = around.attributes.get('name');
    if (name === undefined || !infos.has(name)) continue;
    const known = labels.get(name) ?? new Map<string, XmlElement>();
    labels.set(name, known.set(label, element));
    if (known.size <= MAX_CHOICES) return;
    throw new SparrowError('BAD_INPUT', `The label config has more than ${MAX_CHOICES} choices for one control.`);
  }
}

function complete(
  info: ParsedControl,
  labels: ReadonlyMap<string, XmlElement> = new Map(),
  objects: ReadonlyMap<string, XmlElement>,
): void {
  for (const name of info.to_name) {
    const object = objects.get(name);
    if (object) info.inputs.push(parsedInput(object));
  }
  info.labels = [...labels.keys()];
  for (const [label, element] of labels) info.labels_attrs[label] = bareObject(element.attributes);
}

function parsedInput(object: XmlElement): ParsedInput {
  const input: ParsedInput = { type: object.tag, valueType: object.attributes.get('valueType') ?? null };
  const value = object.attributes.get('value');
  const list = object.attributes.get('valueList');
  if (value !== undefined) input.value = withoutDollar(value);
  else if (list !== undefined) input.valueList = withoutDollar(list);
  return input;
}

/** The expression without its leading `$` signs. */
export function withoutDollar(expression: string): string {
  let from = 0;
  while (expression.charAt(from) === '$') from++;
  return expression.slice(from);
}

/** True where an element stands inside one of the given tag, in any case of letters. */
export function isInside(element: XmlElement, tag: string): boolean {
  for (let around = element.parent; around; around = around.parent) {
    if (around.tag.toLowerCase() === tag) return true;
  }
  return false;
}

/** True where an attribute says so; Label Studio takes only `true`. */
export function isOn(element: XmlElement, name: string): boolean {
  return attribute(element, name) === 'true';
}
