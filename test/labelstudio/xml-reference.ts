// A second reader of label configs, slow and plain: recursive descent over the grammar of XML 1.0 without DOCTYPE, and
// Label Studio's rules written as the sentences of the README beside the fixtures say them. It shares no line with src/.

interface Element {
  tag: string;
  attributes: [string, string][];
  children: Element[];
  parent: Element | null;
}

const NAME = /^[:A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff][-.:\w\u00b7-\u1fff]*/;
const CHARACTERS = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u;
const NAMED: { [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The parse, or null where the config must be refused. */
export function referenceParse(xml: string): unknown {
  try {
    return parsedConfig(new Reader(xml.replace(/\r\n?/g, '\n')).document());
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

class Refused extends Error {}

class Reader {
  #rest: string;

  constructor(xml: string) {
    if (!CHARACTERS.test(xml)) throw new Refused();
    this.#rest = xml;
  }

  document(): Element {
    this.#misc();
    const root = this.#element(null);
    this.#misc();
    if (this.#rest !== '') throw new Refused();
    return root;
  }

  #take(pattern: RegExp): string {
    const found = pattern.exec(this.#rest)?.[0];
    if (found === undefined) throw new Refused();
    this.#rest = this.#rest.slice(found.length);
    return found;
  }

  #skip(opening: string, closing: string): boolean {
    if (!this.#rest.startsWith(opening)) return false;
    const end = this.#rest.indexOf(closing, opening.length);
    if (end === -1) throw new Refused();
    this.#rest = this.#rest.slice(end + closing.length);
    return true;
  }

  #misc(): void {
    do this.#take(/^[ \t\n]*/);
    while (this.#skip('<!--', '-->') || this.#skip('<?', '?>'));
  }

  #element(parent: Element | null): Element {
    this.#take(/^</);
    const element: Element = { tag: this.#take(NAME), attributes: [], children: [], parent };
    while (/^[ \t\n]+[^ \t\n/>]/.test(this.#rest)) this.#attribute(element);
    this.#take(/^[ \t\n]*/);
    if (this.#take(/^\/?>/) === '/>') return element;
    while (!this.#rest.startsWith('</')) this.#content(element);
    this.#take(/^<\//);
    if (this.#take(NAME) !== element.tag) throw new Refused();
    this.#take(/^[ \t\n]*>/);
    return element;
  }

  #attribute(element: Element): void {
    this.#take(/^[ \t\n]+/);
    const name = this.#take(NAME);
    this.#take(/^[ \t\n]*=[ \t\n]*/);
    const raw = this.#take(/^(?:"[^"<]*"|'[^'<]*')/).slice(1, -1);
    if (element.attributes.some(([other]) => other === name)) throw new Refused();
    element.attributes.push([name, decoded(raw.replace(/[\t\n]/g, ' '))]);
  }

  #content(element: Element): void {
    if (this.#skip('<!--', '-->') || this.#skip('<?', '?>') || this.#skip('<![CDATA[', ']]>')) return;
    if (this.#rest.startsWith('<')) element.children.push(this.#element(element));
    else decoded(this.#take(/^[^<]+/));
  }
}

function decoded(raw: string): string {
  const pieces = raw.split('&');
  return pieces.slice(1).reduce((text, piece) => {
    const end = piece.indexOf(';');
    if (end === -1) throw new Refused();
    return text + character(piece.slice(0, end)) + piece.slice(end + 1);
  }, pieces[0] ?? '');
}

function character(name: string): string {
  const named = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  if (named !== undefined) return named;
  const digits = /^#(?:([0-9]+)|x([0-9A-Fa-f]+))$/.exec(name);
  const point = Number(digits?.[1] ?? (digits?.[2] === undefined ? Number.NaN : `0x${digits[2]}`));
  const char = point <= 0x10ffff ? String.fromCodePoint(point) : '';
  if (!CHARACTERS.test(char)) throw new Refused();
  return char;
}

function get(element: Element, name: string): string {
  return element.attributes.find(([key]) => key === name)?.[1] ?? '';
}

function has(element: Element, name: string): boolean {
  return element.attributes.some(([key]) => key === name);
}

function all(element: Element): Element[] {
  return [element, ...element.children.flatMap(all)];
}

function parsedConfig(root: Element): unknown {
  const elements = all(root);
  const isControl = (one: Element): boolean =>
    get(one, 'name') !== '' && get(one, 'toName') !== '' && one.tag !== 'Filter';
  const isObject = (one: Element): boolean =>
    !isControl(one) && get(one, 'name') !== '' && (get(one, 'value') !== '' || get(one, 'valueList') !== '');
  const names = [...new Set(elements.filter(isControl).map((one) => get(one, 'name')))];
  const controls = names.map((name) => {
    const control = elements.filter((one) => isControl(one) && get(one, 'name') === name).at(-1);
    return control ? [name, controlInfo(control, elements, isControl, isObject)] : [name, null];
  });
  return Object.fromEntries(controls);
}

function controlInfo(
  control: Element,
  elements: Element[],
  isControl: (one: Element) => boolean,
  isObject: (one: Element) => boolean,
): unknown {
  const name = get(control, 'name');
  const toName = get(control, 'toName').split(',');
  const before = elements.slice(0, elements.indexOf(control) + 1);
  const flags = before.filter((one) => has(one, 'indexFlag')).map((one) => get(one, 'indexFlag'));
  const repeated = flags.filter((flag) => toName.some((to) => to.includes(flag)));
  const objects = toName.flatMap((to) => elements.filter((one) => isObject(one) && get(one, 'name') === to).slice(-1));
  const labels = elements.filter((one) => ['Label', 'Choice', 'Relation'].includes(one.tag) && labelName(one) !== '');
  const own = labels.filter((one) => owner(one, elements, isControl) === name);
  const when = [
    ['tag', 'whenTagName'],
    ['label', 'whenLabelValue'],
    ['choice', 'whenChoiceValue'],
  ].find(([, key]) => get(control, key ?? '') !== '');
  return {
    type: control.tag,
    to_name: toName,
    ...(repeated.length > 0 ? { regex: Object.fromEntries(repeated.map((flag) => [flag, '.*'])) } : {}),
    ...(get(control, 'perRegion') === 'true' && when
      ? { conditionals: { type: when[0], name: get(control, when[1] ?? '') } }
      : {}),
    ...(/^\$[A-Za-z_]+$/.test(get(control, 'value')) || get(control, 'apiUrl') !== '' ? { dynamic_labels: true } : {}),
    inputs: objects.map((one) => ({
      type: one.tag,
      valueType: has(one, 'valueType') ? get(one, 'valueType') : null,
      ...(has(one, 'value')
        ? { value: get(one, 'value').replace(/^\$+/, '') }
        : { valueList: get(one, 'valueList').replace(/^\$+/, '') }),
    })),
    labels: [...new Set(own.map(labelName))],
    labels_attrs: Object.fromEntries(own.map((one) => [labelName(one), Object.fromEntries(one.attributes)])),
  };
}

function labelName(element: Element): string {
  return get(element, 'alias') || get(element, 'value') || get(element, 'valueList');
}

// The nearest tag around it that has the name of a control seen so far.
function owner(label: Element, elements: Element[], isControl: (one: Element) => boolean): string | null {
  const seen = elements.slice(0, elements.indexOf(label) + 1).filter(isControl);
  for (let around = label.parent; around; around = around.parent) {
    const name = get(around, 'name');
    if (has(around, 'name') && seen.some((control) => get(control, 'name') === name)) return name;
  }
  return null;
}
