// A label config as a tree of elements. The XML itself is read by fast-xml-parser, after a check of our own: the
// parser is lenient where Label Studio is not, and its objects are no place for names that come from outside.
import { XMLParser } from 'fast-xml-parser';
import { messageOf, SparrowError } from '../errors.ts';
import { plain } from './quoted.ts';
import { isObject, type JsonObject } from './types.ts';
import { checkedXml, configError, MAX_BYTES, MAX_DEPTH } from './xml-check.ts';
import { attributeValue } from './xml-references.ts';

/** An element of the config; attributes in document order, values decoded. */
export interface XmlElement {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly parent: XmlElement | null;
}

const PREFIX = '@';

/** The root element of a config; throws one sentence that names the line. */
export function readXml(xml: unknown): XmlElement {
  if (typeof xml !== 'string') {
    throw new SparrowError('BAD_INPUT', `The label config must be a text of XML, not ${kindOf(xml)}.`);
  }
  if (xml.length > MAX_BYTES || Buffer.byteLength(xml) > MAX_BYTES) {
    throw new SparrowError('BAD_INPUT', `The label config is larger than ${MAX_BYTES / 1024} KiB.`);
  }
  const text = xml.startsWith('\ufeff') ? xml.slice(1) : xml;
  if (text.trim() === '') {
    throw new SparrowError('BAD_INPUT', 'The label config is empty: nothing says what is labelled, and with what.');
  }
  const checked = checkedXml(text);
  return treeOf(parse(checked), checked);
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

// Values stay raw text (no numbers, no trimming, no entities: ours are decoded after the parse), order is kept, and no
// name is renamed, for with the prefix none can meet a property of the parser's own objects.
function parse(checked: string): unknown {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: PREFIX,
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    processEntities: false,
    maxNestedTags: MAX_DEPTH,
    jPath: false,
    onDangerousProperty: (name) => name,
  });
  try {
    return parser.parse(checked);
  } catch (cause) {
    throw new SparrowError('BAD_INPUT', `The label config cannot be read: ${plain(messageOf(cause), 200)}`, { cause });
  }
}

interface Growing extends XmlElement {
  readonly children: Growing[];
}

// The parser's node is `{ View: [children], ':@': { '@name': … } }`, text is `{ '#text': … }`.
function treeOf(nodes: unknown, checked: string): XmlElement {
  const roots: Growing[] = [];
  const waiting: { node: unknown; parent: Growing | null }[] = [];
  const push = (list: unknown, parent: Growing | null): void => {
    if (!Array.isArray(list)) return;
    for (let i = list.length - 1; i >= 0; i--) waiting.push({ node: list[i], parent });
  };
  push(nodes, null);
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, parent } = next;
    if (!isObject(node)) continue;
    const tag = Object.keys(node).find((key) => key !== ':@');
    if (tag === undefined || tag === '#text') continue;
    const element: Growing = { tag, attributes: attributesOf(node), children: [], parent };
    (parent ? parent.children : roots).push(element);
    push(node[tag], element);
  }
  const root = roots[0];
  if (root && roots.length === 1) return root;
  throw configError(checked, 0, 'it must have one root tag');
}

function attributesOf(node: JsonObject): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  const raw = node[':@'];
  if (!isObject(raw)) return attributes;
  for (const [name, value] of Object.entries(raw)) {
    attributes.set(name.slice(PREFIX.length), attributeValue(String(value)));
  }
  return attributes;
}

/** An attribute by its name, in the case Label Studio's documentation has or, as its editor allows, any other. */
export function attribute(element: XmlElement, name: string): string | undefined {
  const exact = element.attributes.get(name);
  if (exact !== undefined) return exact;
  const lower = name.toLowerCase();
  for (const [key, value] of element.attributes) if (key.toLowerCase() === lower) return value;
  return undefined;
}

/** All elements in document order, the root first. */
export function* elementsOf(root: XmlElement): Generator<XmlElement> {
  const waiting: XmlElement[] = [root];
  for (let element = waiting.pop(); element; element = waiting.pop()) {
    yield element;
    for (let i = element.children.length - 1; i >= 0; i--) {
      const child = element.children[i];
      if (child) waiting.push(child);
    }
  }
}
