import { describe, expect, it } from 'vitest';
import { type Pair, readConfig } from '../../src/labelstudio/label-config.ts';
import { labelConfig } from './fixtures.ts';

const TEXT = '<Text name="t" value="$text"/>';

function read(inner: string): ReturnType<typeof readConfig> {
  return readConfig(`<View>${inner}</View>`);
}

function recorded(name: string): ReturnType<typeof readConfig> {
  return readConfig(labelConfig(name).xml);
}

function only(reading: { pairs: readonly Pair[] }): Pair {
  expect(reading.pairs).toHaveLength(1);
  return reading.pairs[0] as Pair;
}

describe('what is served', () => {
  it('one Choices on one Text, without a word', () => {
    const reading = recorded('01-news');
    expect(only(reading)).toMatchObject({
      fromName: 'topic',
      toName: 'news',
      control: 'Choices',
      object: 'Text',
      textKey: 'text',
      valueType: null,
      multiple: false,
      labels: ['Politics', 'Technology', 'Sport', 'Weather'],
      paths: false,
      open: false,
      dynamicKey: null,
      more: [],
    });
    expect(reading.notes).toEqual([]);
  });

  it('F86 several choices at once where the control says multiple', () => {
    expect(only(recorded('04-multiple')).multiple).toBe(true);
    expect(only(recorded('03-single-radio')).multiple).toBe(false);
  });

  it('F86 aliases in place of values, in document order', () => {
    expect(only(recorded('05-aliases')).labels).toEqual(['5', '4', 'Bad']);
  });

  it('F86 nested choices as paths where allowNested holds, as Label Studio writes them', () => {
    const pair = only(recorded('06-nested-choices'));
    expect(pair.paths).toBe(true);
    expect(pair.labels).toEqual(['["Food"]', '["Food","Fruit"]', '["Food","Fish"]', '["Drink"]']);
  });

  it('F86 of nested choices without allowNested the outer ones, which alone can be chosen', () => {
    const inner = '<Choice value="Food"><Choice value="Fruit"/></Choice><View><Choice value="Drink"/></View>';
    const pair = only(read(`${TEXT}<Choices name="c" toName="t">${inner}</Choices>`));
    expect(pair.labels).toEqual(['Food', 'Drink']);
    expect(pair.paths).toBe(false);
  });

  it('F86 a Taxonomy as paths, several at once unless maxUsages is 1', () => {
    const pair = only(recorded('15-taxonomy'));
    expect(pair).toMatchObject({ control: 'Taxonomy', multiple: true, paths: true });
    expect(pair.labels).toEqual(['["Eukarya"]', '["Eukarya","Animalia"]', '["Eukarya","Plantae"]', '["Bacteria"]']);
    const one = only(read(`${TEXT}<Taxonomy name="x" toName="t" maxUsages="1"><Choice value="a"/></Taxonomy>`));
    expect(one.multiple).toBe(false);
  });

  it('of a Taxonomy with leafsOnly the leaves', () => {
    const choices = '<Choice value="a" alias="A"><Choice value="b"/></Choice><Choice value="c"/>';
    const pair = only(read(`${TEXT}<Taxonomy name="x" toName="t" leafsOnly="true">${choices}</Taxonomy>`));
    expect(pair.labels).toEqual(['["A","b"]', '["c"]']);
  });

  it('F86 choices that each task brings', () => {
    expect(only(recorded('19-dynamic-choices'))).toMatchObject({ dynamicKey: 'options', labels: [] });
    const both = only(read(`${TEXT}<Choices name="c" toName="t" value="$a.b"><Choice value="x"/></Choices>`));
    expect(both).toMatchObject({ dynamicKey: 'a.b', labels: ['x'] });
  });

  it('a Taxonomy from an address, and one that annotators may add to, with labels that are not known yet', () => {
    expect(only(read(`${TEXT}<Taxonomy name="x" toName="t" apiUrl="http://labels.test/"/>`)).open).toBe(true);
    const added = '<Taxonomy name="x" toName="t" allowAddLabels="true"><Choice value="a"/></Taxonomy>';
    expect(only(read(`${TEXT}${added}`)).open).toBe(true);
  });

  it('F86 two Choices, each its own pair, on one text or on two', () => {
    expect(recorded('11-two-choices-one-text').pairs.map((pair) => [pair.fromName, pair.textKey])).toEqual([
      ['topic', 'text'],
      ['tone', 'text'],
    ]);
    expect(recorded('13-choices-on-two-objects-each').pairs.map((pair) => [pair.fromName, pair.textKey])).toEqual([
      ['qtype', 'question'],
      ['atype', 'answer'],
    ]);
  });

  it('F88 a list in toName: the first text is the one named in results, the others are read with it', () => {
    const pair = only(recorded('12-two-texts'));
    expect(pair).toMatchObject({ toName: 'title', textKey: 'title' });
    expect(pair.more).toMatchObject([{ toName: 'body', object: 'Text', textKey: 'body' }]);
  });

  it('F88 names in toName with spaces around them, when none is spelt so', () => {
    const pair = only(recorded('31-spaces-in-to-name'));
    expect([pair.toName, pair.more?.[0]?.toName]).toEqual(['a', 'b']);
    expect(only(recorded('37-case-and-whitespace'))).toMatchObject({ toName: ' text ', textKey: 'text' });
  });

  it('F87 paths into the data', () => {
    expect(only(recorded('07-nested-value-path')).textKey).toBe('article.body');
    expect(only(recorded('08-array-value-path')).textKey).toBe('items[0].text');
    expect(only(recorded('23-unicode')).textKey).toBe('正文');
  });

  it('HyperText and Paragraphs, with the keys of their turns', () => {
    expect(only(recorded('09-hypertext'))).toMatchObject({ object: 'HyperText', valueType: 'text' });
    expect(only(recorded('10-paragraphs'))).toMatchObject({
      object: 'Paragraphs',
      nameKey: 'author',
      textSubKey: 'text',
    });
    const own =
      '<Paragraphs name="p" value="$d" nameKey="who" textKey="said"/><Choices name="c" toName="p"><Choice value="a"/></Choices>';
    expect(only(read(own))).toMatchObject({ nameKey: 'who', textSubKey: 'said' });
  });

  it('attributes and tags in any case, as the editor takes them', () => {
    const pair = only(
      read(
        `<text name="t" value="$text"/><choices name="c" toName="t" CHOICE="multiple"><choice value="a"/></choices>`,
      ),
    );
    expect(pair).toMatchObject({ control: 'Choices', object: 'Text', multiple: true, labels: ['a'] });
  });

  it('what a model of other words would say, for the label it means', () => {
    const pair = only(recorded('22-choice-attributes'));
    expect([...pair.predictedValues]).toEqual([
      ['car', 'Car'],
      ['automobile', 'Car'],
    ]);
  });

  it('a choice that depends on another one like any', () => {
    expect(recorded('16-visible-when').pairs.map((pair) => pair.fromName)).toEqual(['relevant', 'why']);
  });

  it('text in base64', () => {
    const pair = only(
      read(
        '<Text name="t" value="$x" encoding="base64unicode"/><Choices name="c" toName="t"><Choice value="a"/></Choices>',
      ),
    );
    expect(pair.encoding).toBe('base64unicode');
  });
});

describe('what is not served is named', () => {
  it.each([
    ['14-mixed-controls', ['The Labels "spans" is not', 'The TextArea "note" is not', 'The Rating "stars" is not']],
    [
      '17-per-region',
      ['The Labels "spans" is not', 'The Choices "polarity" is not served: with perRegion', 'it needs'],
    ],
    ['18-value-type-url', ['without LABEL_STUDIO_API_KEY']],
    ['20-image-only', ['of type Image', 'it needs']],
    ['21-image-and-text', ['"animal" is not served for "img"']],
    ['26-empty-choices', ['no Choice with a value', 'it needs']],
    ['28-duplicate-names', ['is there 2 times']],
    ['29-missing-to-name', ['has no toName', 'it needs']],
    ['30-unknown-to-name', ['toName "nowhere", and no tag', 'it needs']],
    ['33-text-without-value', ['toName "text", and no tag of that name has a value', 'it needs']],
    ['34-pairwise', ['The Pairwise "pw"', 'it needs']],
    ['35-list-object', ['The Ranker "rank"', 'of type List', 'it needs']],
  ])('F86 in %s', (name, parts) => {
    const { notes } = recorded(name);
    expect(notes).toHaveLength(parts.length);
    for (const [i, part] of parts.entries()) expect(notes[i]).toContain(part);
    for (const note of notes) expect(note).toMatch(/^[A-Z].*\.$/);
  });

  it('and a config with nothing in it says what would do', () => {
    expect(read('').notes).toEqual([expect.stringContaining('<Text name="text" value="$text"/>')]);
    expect(read(TEXT).notes).toEqual([expect.stringContaining('<Choices name="label"')]);
  });

  it.each([
    ['perItem="true"', 'perItem'],
    ['perregion="true"', 'perRegion'],
  ])('a control with %s', (attributes, word) => {
    const reading = read(`${TEXT}<Choices name="c" toName="t" ${attributes}><Choice value="a"/></Choices>`);
    expect(reading.pairs).toEqual([]);
    expect(reading.notes[0]).toContain(word);
  });

  it('a control in a Repeater', () => {
    const inner =
      '<Text name="t{{idx}}" value="$u[{{idx}}]"/><Choices name="c{{idx}}" toName="t{{idx}}"><Choice value="a"/></Choices>';
    expect(read(`<Repeater on="$u" indexFlag="{{idx}}">${inner}</Repeater>`).notes[0]).toContain('Repeater');
  });

  it.each(['Title: $title', '$a $b', 'plain', '$'])('F87 a text whose value is %j', (value) => {
    const reading = read(`<Text name="t" value="${value}"/><Choices name="c" toName="t"><Choice value="a"/></Choices>`);
    expect(reading.pairs).toEqual([]);
    expect(reading.notes[0]).toContain('one name that begins with $');
  });

  it('but not without end, and on one line each', () => {
    const many = Array.from({ length: 500 }, (_, i) => `<Rating name="r&#10;${i}&#x202E;" toName="t"/>`).join('');
    const { notes } = read(`${TEXT}${many}`);
    expect(notes).toHaveLength(22);
    expect(notes[20]).toBe('There are 480 more.');
    expect(notes.join('')).not.toMatch(/[\n\u202e]/);
  });

  it('while what can be served is served: an image beside the text in one toName', () => {
    const reading = read(
      `${TEXT}<Image name="i" value="$i"/><Choices name="c" toName="i,t"><Choice value="a"/></Choices>`,
    );
    expect(only(reading).toName).toBe('t');
    expect(reading.notes[0]).toContain('"i"');
  });
});

it('a control inside another keeps its own choices', () => {
  const inner = '<Choices name="in" toName="t"><Choice value="b"/></Choices>';
  const { pairs } = read(`${TEXT}<Choices name="out" toName="t"><Choice value="a"/>${inner}</Choices>`);
  expect(pairs.map((pair) => pair.labels)).toEqual([['a'], ['b']]);
});
