import { describe, expect, it } from 'vitest';
import { SparrowError } from '../../src/errors.ts';
import { isBlankConfig, parseLabelConfig, readConfig } from '../../src/labelstudio/label-config.ts';
import { labelConfigs } from './fixtures.ts';

function refusal(xml: unknown): SparrowError {
  try {
    parseLabelConfig(xml as string);
  } catch (error) {
    if (error instanceof SparrowError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

function withChoices(...choices: string[]): string {
  return `<View><Text name="t" value="$t"/><Choices name="c" toName="t">${choices.join('')}</Choices></View>`;
}

function labels(xml: string): readonly string[] {
  return readConfig(xml).pairs[0]?.labels ?? [];
}

describe('the recorded configs', () => {
  it.each(labelConfigs().filter((one) => !one.mustReject))('$name parses as Label Studio parses it', (config) => {
    const parsed = parseLabelConfig(config.xml);
    expect(parsed).toEqual(config.parsed);
    expect(Object.keys(parsed)).toEqual(Object.keys(config.parsed ?? {}));
    expect(() => readConfig(config.xml)).not.toThrow();
  });

  it.each(labelConfigs().filter((one) => one.mustReject))('$name is refused with one sentence', ({ xml }) => {
    const error = refusal(xml);
    expect(error.code).toBe('BAD_INPUT');
    expect(error.message).toMatch(/^The label config (is empty|cannot be read, line [12]: ).*\.$/);
  });

  it('are 45, of which 7 must be refused', () => {
    expect(labelConfigs()).toHaveLength(45);
    expect(labelConfigs().filter((one) => one.mustReject)).toHaveLength(7);
  });
});

describe('an error', () => {
  it.each([
    ['<View>\n<Choices>\n</View>', 3, 'expected'],
    ['<View>\n\n<Text name="a" value="$a">', 3, 'never closed'],
    ['<View>\n<Text name="a\n', 2, 'quote'],
    ['<View>\n<!-- open', 2, 'comment'],
    ['<View>\n<![CDATA[ open', 2, 'CDATA'],
    ['<View>\n<?pi open', 2, 'processing instruction'],
    ['<View>\n<a b=1/></View>', 2, 'in quotes'],
    ['<View>\n<a b="1"c="2"/></View>', 2, 'space'],
    ['<View>\n<a b/></View>', 2, 'must have a value'],
    ['<View>\n<a b="1" b="2"/></View>', 2, 'twice'],
    ['<View>\n<1a/></View>', 2, 'cannot be called'],
    ['<View>\n<a b="<"/></View>', 2, '&lt;'],
    ['<View>\n<a = b="1"/></View>', 2, 'cannot be called'],
    ['<View>\nR&D</View>', 2, '&amp;'],
    ['<View>\n\n<a b="&#xD800;"/></View>', 3, 'reference'],
    ['<View/>\ntext', 2, 'after the root'],
    ['<View/>\n<View/>', 2, 'second root'],
    ['<View>\n\u0000</View>', 2, 'U+0000'],
    ['<View>\n\ud800</View>', 2, 'U+D800'],
    ['<View>\n<!ELEMENT a></View>', 2, 'declaration'],
    ['<!-- only -->', 1, 'no tag'],
    ['<View>\r\n<a b="1"></View>', 2, 'expected'],
  ])('in %j names line %i', (xml, line, word) => {
    expect(refusal(xml).message).toMatch(new RegExp(`line ${line}: .*\\.$`));
    expect(refusal(xml).message).toContain(word);
  });

  it('stays on one line and shows no control characters of the config', () => {
    const { message } = refusal(`<View><a${'x'.repeat(5000)}\u0085\u001b/></View>`);
    expect(message.length).toBeLessThan(400);
    expect([...message].every((char) => char === '…' || (char >= ' ' && char < '\u007f'))).toBe(true);
  });
});

describe('hostile configs', () => {
  it.each([
    ['nested', '<!DOCTYPE v [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><View>&b;</View>'],
    ['flat', `<!DOCTYPE v [<!ENTITY a "${'x'.repeat(1000)}">]><View>${'&a;'.repeat(1000)}</View>`],
    ['external', '<!DOCTYPE v [<!ENTITY x SYSTEM "file:///etc/passwd">]><View>&x;</View>'],
    ['parameter', '<!DOCTYPE v [<!ENTITY % x SYSTEM "http://example.test/x"> %x;]><View/>'],
    ['lower case', '<!doctype v><View/>'],
    ['after the root', '<View/><!DOCTYPE v>'],
  ])('F80 an entity declaration, %s, is refused before anything is parsed', (_, xml) => {
    expect(refusal(xml).message).toContain('not allowed');
  });

  it.each([
    '&#99999999;',
    '&#x110000;',
    '&#0;',
    '&#xFFFE;',
    '&#;',
    '&#x;',
    '&#X41;',
    '&#12',
    '&#-1;',
    `&#${'9'.repeat(5000)};`,
  ])('F81 the reference %.20s is refused, not thrown on', (reference) => {
    expect(refusal(withChoices(`<Choice value="${reference}"/>`)).message).toContain('reference');
  });

  it('F81 leading zeros and any valid number are decoded', () => {
    expect(labels(withChoices('<Choice value="&#00000000000065;&#x00042;&#x1F600;"/>'))).toEqual(['AB😀']);
  });

  it.each([
    ['a million references', `<View a="${'&#65;'.repeat(1_000_000)}"/>`, '1024 KiB'],
    ['100,000 nested tags', '<View>'.repeat(100_000), 'deep'],
    ['100,000 attributes', `<View ${Array.from({ length: 100_000 }, (_, i) => `a${i}=""`).join(' ')}/>`, 'attributes'],
    ['an attribute of 10 MB', `<View a="${'x'.repeat(1e7)}"/>`, '1024 KiB'],
    ['100,000 choices', withChoices('<Choice value="a"/>'.repeat(100_000)), '1024 KiB'],
    ['10,001 choices', withChoices('<Choice value="a"/>'.repeat(10_001)), '10000 choices'],
    ['a million short tags', `<View>${'<a/>'.repeat(200_000)}</View>`, '25000'],
    ['100,000 names in toName', `<View><Choices name="c" toName="${'t,'.repeat(100_000)}"/></View>`, '1000'],
    ['200 Repeaters', `<View>${Array.from({ length: 200 }, (_, i) => `<R indexFlag="${i}"/>`).join('')}</View>`, '100'],
  ])('F82 %s are refused by a limit that is named', (_, xml, limit) => {
    expect(refusal(xml).message).toContain(limit);
  });

  it('F82 a config at the limits is read', () => {
    const choices = Array.from({ length: 10_000 }, (_, i) => `<Choice value="label ${i}"/>`);
    expect(labels(withChoices(...choices))).toHaveLength(10_000);
  });

  it.each([
    '<',
    '<<<<',
    '<>',
    '</>',
    '<View',
    '<View>',
    '<!--',
    '<![CDATA[',
    '<?',
    '<!',
    '</View>',
    '<View a="',
    '&',
    '<View =',
  ])('F83 %j alone is refused', (xml) => {
    expect(refusal(xml).code).toBe('BAD_INPUT');
  });

  it('F83 the time grows with the length, not with its square', () => {
    const shapes = [
      (n: number): string => `<View a${' '.repeat(n)}="x"/>`,
      (n: number): string => `<View>${'<!--x'.repeat(n / 5)}`,
      (n: number): string => `<View>${'a<'.repeat(n / 2)}`,
      (n: number): string => `<View>${'x '.repeat(n / 2)}&amp;</View>`,
      (n: number): string => `<View a="${"'".repeat(n)}"/>`,
    ];
    for (const shape of shapes) {
      const [short, long] = [shape(100_000), shape(800_000)];
      const least = Math.min(timeOf(short), timeOf(short), timeOf(short));
      // Eight times as long; with the square of it, 64 times.
      expect(Math.min(timeOf(long), timeOf(long))).toBeLessThan(24 * Math.max(least, 10));
    }
  });

  it('F84 names that objects have by themselves are ordinary names', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype']) {
      const xml =
        `<View ${name}="1"><Text name="${name}x" value="$${name}"/>` +
        `<Choices name="${name}" toName="${name}x"><Choice value="${name}" ${name}="y"/><Choice value="b"/></Choices></View>`;
      const { pairs, parsed } = readConfig(xml);
      expect(pairs[0]).toMatchObject({ fromName: name, toName: `${name}x`, textKey: name, labels: [name, 'b'] });
      expect(Object.keys(parsed)).toEqual([name]);
      const control = Object.entries(parsed)[0]?.[1];
      expect(control?.labels).toEqual([name, 'b']);
      expect(Object.entries(control?.labels_attrs ?? {})[0]).toEqual([name, expect.anything()]);
      expect(JSON.stringify(control?.labels_attrs)).toContain(`"${name}":{"value":"${name}","${name}":"y"}`);
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect({}).not.toHaveProperty('value');
  });

  it('F84 such a name as a tag is read or refused, and nothing is polluted', () => {
    for (const name of ['toString', 'hasOwnProperty', 'valueOf']) {
      expect(() => parseLabelConfig(`<View><${name}/></View>`)).not.toThrow();
    }
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      expect(refusal(`<View>\n<${name}/></View>`).message).toContain(`line 2: a tag cannot be called "${name}"`);
    }
    expect({}).not.toHaveProperty('@name');
  });

  it.each([
    ['JSON', '{"View": {}}'],
    ['HTML', '<!DOCTYPE html><html><body></body></html>'],
    ['HTML without a doctype', '<html><body><br></body></html>'],
    ['empty', ''],
    ['blank', ' \n\t'],
    ['null', null],
    ['a number', 7],
    ['a list', ['<View/>']],
    ['an object', { View: 1 }],
    ['undefined', undefined],
    ['16-bit text read as 8-bit', '<\u0000V\u0000i\u0000e\u0000w\u0000/\u0000>\u0000'],
  ])('F89 %s is refused with a sentence', (_, xml) => {
    expect(refusal(xml).message).toMatch(/^The label config .*\.$/);
  });

  it('F89 a byte order mark, a declaration and Windows line ends are let pass', () => {
    const xml = `\ufeff<?xml version="1.0" encoding="UTF-8"?>\r\n${withChoices('\r\n<Choice value="a"/>')}\r\n`;
    expect(labels(xml)).toEqual(['a']);
  });
});

describe('labels', () => {
  it('F85 are byte for byte what Label Studio has', () => {
    const xml = withChoices(
      '<Choice value="R&amp;D"/><Choice value="&quot;q&quot; &apos;s&apos;"/><Choice value="caf&#233;"/><Choice value="café"/>',
      '<Choice value="cafe&#x301;"/><Choice value="👩‍👩‍👧 &#x1F600;"/><Choice value="טקסט &#x202E;abc"/>',
      '<Choice value=" a "/><Choice value="a"/><Choice value="a&#xA0;"/><Choice value=\'"\'/>',
    );
    expect(labels(xml)).toEqual([
      'R&D',
      '"q" \'s\'',
      'café',
      // Composed and decomposed are two labels.
      'cafe\u0301',
      '👩‍👩‍👧 😀',
      'טקסט \u202eabc',
      ' a ',
      'a',
      'a\u00a0',
      '"',
    ]);
  });

  it('F85 are not decoded twice', () => {
    expect(
      labels(withChoices('<Choice value="&amp;amp;"/><Choice value="&amp;#65;"/><Choice value="&#38;lt;"/>')),
    ).toEqual(['&amp;', '&#65;', '&lt;']);
  });

  it('have white space as XML means it: a line end in the source is a space, one by reference stays', () => {
    expect(labels(withChoices('<Choice value="a\n\tb\r\nc"/><Choice value="a&#10;b&#9;c"/>'))).toEqual([
      'a  b c',
      'a\nb\tc',
    ]);
  });

  it('stand in comments and CDATA for nobody', () => {
    expect(
      labels(withChoices('<!-- <Choice value="x"/> --><Choice value="a"/><![CDATA[<Choice value="y"/>]]>')),
    ).toEqual(['a']);
  });
});

it('an empty config is no config; anything else is one', () => {
  expect(['', ' \n', null, undefined].map(isBlankConfig)).toEqual([true, true, true, true]);
  expect(['<View/>', 7, {}].map(isBlankConfig)).toEqual([false, false, false]);
});

it('the parse knows Repeaters, dynamic labels by address and lists of values', () => {
  const parsed = parseLabelConfig(
    '<View><Repeater on="$u" indexFlag="{{i}}"><Text name="t{{i}}" value="$u[{{i}}].t"/>' +
      '<Choices name="c{{i}}" toName="t{{i}}"><Choice value="a"/></Choices></Repeater>' +
      '<Taxonomy name="x" toName="l" apiUrl="http://example.test/"/><Image name="l" valueList="$l"/></View>',
  );
  expect(parsed['c{{i}}']).toMatchObject({
    regex: { '{{i}}': '.*' },
    labels: ['a'],
    inputs: [{ value: 'u[{{i}}].t' }],
  });
  expect(parsed.x).toMatchObject({
    dynamic_labels: true,
    inputs: [{ type: 'Image', valueList: 'l', valueType: null }],
  });
});

function timeOf(xml: string): number {
  const start = performance.now();
  try {
    readConfig(xml);
  } catch {
    // Refused or read, it is the time that is asked for.
  }
  return performance.now() - start;
}
