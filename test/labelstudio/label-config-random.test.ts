import { expect, it } from 'vitest';
import { SparrowError } from '../../src/errors.ts';
import { readConfig } from '../../src/labelstudio/label-config.ts';
import { labelConfigs } from './fixtures.ts';
import { referenceParse } from './xml-reference.ts';

const SEED = Number(process.env.SEED ?? 20261124);
/** FUZZ=100 makes millions of configs. */
const cases = 20_000 * Number(process.env.FUZZ ?? 1);

/** Numbers in [0, n) that a seed repeats: a small linear congruential generator. */
function generator(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const NAMES = ['a', 'b', 'c', 'text', 'a,b', 'a, b', ' b', '__proto__', 'constructor', '新闻', 'r_{{i}}', ''];
const VALUES = [
  '$text',
  '$a.b',
  '$$x',
  'plain',
  ' $t ',
  'R&amp;D',
  '&#233;',
  '&#x1F600;',
  ' x ',
  'a\nb',
  "it's",
  '5',
  '',
];
const TAGS = [
  'View',
  'Text',
  'HyperText',
  'Choices',
  'Choice',
  'Label',
  'Relation',
  'Taxonomy',
  'Filter',
  'Repeater',
  'toString',
];
const ATTRIBUTES = [
  'name',
  'toName',
  'value',
  'alias',
  'valueList',
  'valueType',
  'perRegion',
  'whenTagName',
  'whenLabelValue',
  'whenChoiceValue',
  'apiUrl',
  'indexFlag',
  '__proto__',
];
const PIECES = [
  '<',
  '>',
  '/',
  '"',
  "'",
  '=',
  '&',
  ';',
  ' ',
  '\n',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?x',
  '?>',
  '&#0;',
  '&nope;',
  'x',
  '\u0001',
];

function element(random: (n: number) => number, depth: number): string {
  const pick = (list: readonly string[]): string => list[random(list.length)] ?? '';
  const tag = pick(TAGS);
  const chosen = new Set(Array.from({ length: random(5) }, () => pick(ATTRIBUTES)));
  if (random(2) === 0) chosen.add('name');
  const attributes = [...chosen].map((name) => {
    const value =
      name === 'name' || name === 'toName'
        ? pick(NAMES)
        : name === 'perRegion'
          ? pick(['true', 'false'])
          : pick(VALUES);
    return `${pick([' ', '\n  ', '\t'])}${name}${pick(['=', ' = '])}"${value}"`;
  });
  const children = Array.from({ length: depth > 4 ? 0 : random(5) }, () => content(random, depth + 1));
  if (children.length === 0) return `<${tag}${attributes.join('')}${pick(['/', ' /'])}>`;
  return `<${tag}${attributes.join('')}>${children.join('')}</${tag}${pick(['', ' '])}>`;
}

function content(random: (n: number) => number, depth: number): string {
  const kind = random(12);
  if (kind === 0) return '<!-- <Choice value="no"/> -->';
  if (kind === 1) return '<![CDATA[ <x> & ]]>';
  if (kind === 2) return ' text &amp; more ';
  if (kind === 3) return "<?pi it's ?>";
  return element(random, depth);
}

function mutated(random: (n: number) => number, xml: string): string {
  let text = xml;
  for (let i = random(3); i >= 0; i--) {
    const at = random(text.length + 1);
    const kind = random(3);
    const piece = PIECES[random(PIECES.length)] ?? '';
    text = text.slice(0, at) + (kind === 0 ? '' : piece) + text.slice(at + (kind === 1 ? 0 : random(4)));
  }
  return text;
}

it(
  `F90 generated and broken configs (seed ${SEED}) parse as the plain reader parses them, or both refuse`,
  () => {
    const random = generator(SEED);
    let read = 0;
    for (let i = 0; i < cases; i++) {
      const whole = element(random, 0);
      const xml = i % 2 === 0 ? whole : mutated(random, whole);
      const ours = parsedOrNull(xml);
      const expected = referenceParse(xml);
      if (ours !== null) read++;
      if (same(ours, expected)) continue;
      expect({ seed: SEED, i, xml, parsed: ours }).toEqual({ seed: SEED, i, xml, parsed: expected });
    }
    // Neither side may agree by refusing everything.
    expect(read).toBeGreaterThan(cases / 2);
    expect(Object.keys(Object.prototype)).toEqual([]);
  },
  60_000 + 3 * cases,
);

it('F90 the plain reader agrees with the recorded parses', () => {
  for (const { name, xml, parsed } of labelConfigs()) {
    expect({ name, parsed: referenceParse(xml) }).toEqual({ name, parsed: parsed ?? null });
  }
});

function parsedOrNull(xml: string): unknown {
  try {
    return readConfig(xml).parsed;
  } catch (error) {
    if (error instanceof SparrowError && error.code === 'BAD_INPUT') return null;
    throw error;
  }
}

// Keys in any order: where names look like numbers, objects order them by themselves.
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, sorted(one)]);
}
