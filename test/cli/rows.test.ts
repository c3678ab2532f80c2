// Reading DATA: every format, every packing, and one sentence with file and line for whatever is wrong.
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Row, readRows } from '../../src/cli/rows.ts';
import { Session } from '../../src/cli/session.ts';
import { defaultLimits, type Limits } from '../../src/cli/source.ts';
import { Desk, refusal } from './harness.ts';

const desk = new Desk();

interface ReadOptions {
  stdin?: string | Buffer | Readable;
  limits?: Partial<Limits>;
}

async function readAll(
  names: readonly string[],
  { stdin, limits }: ReadOptions = {},
): Promise<{ rows: Row[]; lines: number[] }> {
  const session = new Session(desk.io(stdin === undefined ? {} : { stdin }));
  const all = { rows: [] as Row[], lines: [] as number[] };
  const batches = readRows(names, session, { ...defaultLimits, ...limits });
  for await (const { rows, lines } of batches) {
    all.rows.push(...rows.map((row) => ({ ...row })));
    all.lines.push(...lines);
  }
  return all;
}

/** Read one file of this content. */
async function rowsOf(name: string, content: string | Buffer, options?: ReadOptions) {
  return readAll([desk.write(name, content)], options);
}

async function complaint(name: string, content: string | Buffer, options?: ReadOptions): Promise<string> {
  const { message, exit } = await refusal(rowsOf(name, content, options));
  expect(exit).toBe(2);
  return message;
}

/** Chunks of this many bytes, so that every boundary is met. */
function inChunks(content: string | Buffer, size: number): Readable {
  const bytes = Buffer.from(content as string);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  return Readable.from(chunks);
}

const two: Row[] = [
  { text: 'a "b"', label: 'x' },
  { text: 'né 😀', label: 'y' },
];

describe('JSONL', () => {
  test('rows, blank lines, CRLF, a byte order mark and a last line without its end are read', async () => {
    const content = `\ufeff{"text":"a \\"b\\"","label":"x"}\r\n\r\n  \n{"text":"né 😀","label":"y"}`;
    expect(await rowsOf('a.jsonl', content)).toEqual({ rows: two, lines: [1, 4] });
  });

  test('F160 a bad line among a thousand is named by its number', async () => {
    const lines = Array.from({ length: 1000 }, (_, i) => `{"text":"t${i}","label":"x"}`);
    lines[736] = '{"text":"t736","label":}';
    expect(await complaint('bad.jsonl', lines.join('\n'))).toMatch(
      /^bad\.jsonl:737: not valid JSON \(.+\); expected one/,
    );
  });

  test('F160 a row that is no object is named', async () => {
    expect(await complaint('list.jsonl', '{"a":1}\n[1]\n')).toBe('list.jsonl:2: expected a JSON object, found a list.');
    expect(await complaint('null.jsonl', '{"a":1}\nnull\n')).toBe('null.jsonl:2: expected a JSON object, found null.');
  });

  test('blocks larger and smaller than a row give the same rows', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({ text: `${i} ${'ü'.repeat((i * 37) % 900)}`, label: 'x' }));
    const content = rows.map((row) => JSON.stringify(row)).join('\n');
    for (const size of [7, 1000, 100_000, 10_000_000]) {
      expect((await readAll(['-'], { stdin: inChunks(content, size) })).rows).toEqual(rows);
    }
  });

  test('F160 a row beyond the limit is refused and not gathered', async () => {
    const content = `{"a":1}\n{"text":"${'x'.repeat(3 * 2 ** 20)}"}`;
    const limits = { rowBytes: 2 ** 20 };
    expect(await complaint('long.jsonl', content, { limits })).toBe('long.jsonl:2: the row is longer than 1 MiB.');
    expect(await complaint('long.json', `[\n{"text":"${'x'.repeat(3 * 2 ** 20)}"}]`, { limits })).toBe(
      'long.json:2: the row is longer than 1 MiB.',
    );
  });
});

describe('JSON array', () => {
  const tricky = [
    { text: 'braces } ] , [ { and \\" quotes \\', data: { deep: [[{}], '"]'] } },
    { text: 'é😀', empty: {}, list: [] },
    { text: '' },
  ];

  test('elements are the same however the array is laid out and cut', async () => {
    for (const content of [
      JSON.stringify(tricky),
      JSON.stringify(tricky, null, 2),
      ` \n${JSON.stringify(tricky)} \n`,
    ]) {
      for (const size of [1, 2, 3, 64, 10_000]) {
        expect((await readAll(['-'], { stdin: inChunks(content, size) })).rows).toEqual(tricky);
      }
    }
  });

  test('elements know the line they begin on', async () => {
    const { lines } = await rowsOf('lines.json', '[{"a":\n1},\n\n{"a":2}, {"a":3\n}]\n');
    expect(lines).toEqual([1, 4, 4]);
  });

  test.each([
    ['[{"a":1},\n{"a":}]', /^x\.json:2: not valid JSON/],
    ['[{"a":1}\n', /^x\.json:1: the JSON array does not end; the file is cut off\.$/],
    ['[{"a":1},\n{"a":"cut', /^x\.json:2: the JSON array does not end/],
    ['[{"a":1},\n]', /^x\.json:2: not valid JSON: an element is missing\.$/],
    ['[,{"a":1}]', /^x\.json:1: not valid JSON: an element is missing/],
    ['[{"a":1}]\n{"b":2}', /^x\.json:2: there is more behind the end of the JSON array\.$/],
    ['[{"a":1} {"b":2}]', /^x\.json:1: not valid JSON/],
    ['[{"a":1}}]', /^x\.json:1: not valid JSON: a brace closes nothing\.$/],
    ['[1]', /^x\.json:1: expected a JSON object, found a number\.$/],
    ['[]', /^x\.json: there are no rows in it\.$/],
  ])('F160 %j is refused', async (content, message) => {
    expect(await complaint('x.json', content)).toMatch(message);
  });
});

describe('CSV and TSV', () => {
  test('quotes, line ends inside quotes, CRLF, empty lines and a byte order mark are read', async () => {
    const content = '\ufefftext,label\r\n"a ""b""",x\r\n\r\n"né 😀",y\r\n"two\r\nlines, one field",z\r\nlast,w';
    const { rows, lines } = await rowsOf('a.csv', content);
    expect(rows).toEqual([...two, { text: 'two\r\nlines, one field', label: 'z' }, { text: 'last', label: 'w' }]);
    expect(lines).toEqual([2, 4, 5, 7]);
  });

  test('rows and lines are the same however the bytes are cut', async () => {
    const content = 'text,label\n\n"a\nb\n\nc",x\nplain,y\n"é\n😀",z\n';
    const whole = await readAll(['-'], { stdin: content });
    expect(whole.lines).toEqual([3, 7, 8]);
    for (const size of [1, 2, 5, 11]) expect(await readAll(['-'], { stdin: inChunks(content, size) })).toEqual(whole);
  });

  test.each([
    [',', 'a.csv'],
    ['\t', 'a.tsv'],
    [';', 'b.csv'],
    ['\t', 'c.txt'],
    ['|', 'd.txt'],
  ])('the separator %j is found in %s', async (separator, name) => {
    const { rows } = await rowsOf(name, ['text,label', 'one,x', 'two,y'].join('\n').replaceAll(',', separator));
    expect(rows).toEqual([
      { text: 'one', label: 'x' },
      { text: 'two', label: 'y' },
    ]);
  });

  test('a quote in the middle of a field is a character', async () => {
    const { rows } = await rowsOf('mid.tsv', 'text\tlabel\nhe said "hi" there\tx\n5" nails\ty\n');
    expect(rows.map(({ text }) => text)).toEqual(['he said "hi" there', '5" nails']);
  });

  test('columns may be called anything', async () => {
    const { rows } = await rowsOf('names.csv', '__proto__,constructor\na,b\n');
    expect(Object.entries(rows[0]!)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  test.each([
    ['a,b\n1,2\n3\n', 'x.csv:3: the row has 1 field, the header 2 columns ("a", "b"); a quote may be missing.'],
    ['a,b\n\n1,2,3\n', 'x.csv:3: the row has 3 fields, the header 2 columns ("a", "b"); a quote may be missing.'],
    ['a,b\n1,2\n"open,2\n3,4\n5,6\n', 'x.csv:3: a quote is opened in this row and never closed.'],
    ['a,b,a\n1,2,3\n', 'x.csv:1: the header has the column "a" twice.'],
    ['a,b\n', 'x.csv: there are no rows in it.'],
  ])('F160 %j is refused', async (content, message) => {
    expect(await complaint('x.csv', content)).toBe(message);
  });

  test('F160 an unclosed quote takes in no more than a row may have', async () => {
    const content = `text,label\na,x\n"open,x\n${'more,x\n'.repeat(400_000)}`;
    const message = await complaint('x.csv', content, { limits: { rowBytes: 2 ** 20 } });
    expect(message).toBe('x.csv:3: the row is longer than 1 MiB.');
  });

  test('columns without a name may be several', async () => {
    expect((await rowsOf('index.csv', ',text,\n0,a,\n')).rows).toEqual([{ '': '', text: 'a' }]);
  });

  test('F160 an unclosed quote in a long file is named where it opens', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => `text ${i},x`);
    rows[9000] = '"open,x';
    expect(await complaint('x.csv', `text,label\n${rows.join('\n')}\n`)).toBe(
      'x.csv:9002: a quote is opened in this row and never closed.',
    );
  });
});

describe('files', () => {
  const jsonl = '{"text":"a","label":"x"}\n';

  test('gzip is known by its first bytes and not by its name', async () => {
    expect((await rowsOf('packed.jsonl', gzipSync(jsonl))).rows).toHaveLength(1);
    expect((await rowsOf('named.csv.gz', gzipSync('text,label\na,x\n'))).rows).toHaveLength(1);
    expect((await rowsOf('plain.gz', jsonl)).rows).toHaveLength(1);
  });

  test('gzip files laid end to end are one', async () => {
    const both = Buffer.concat([gzipSync(jsonl), gzipSync(jsonl)]);
    expect((await rowsOf('two.gz', both)).rows).toHaveLength(2);
  });

  test('several files of different formats follow each other', async () => {
    desk.write('1.csv', 'text,label\na,x\n');
    desk.write('2.jsonl', '{"text":"b"}\n');
    desk.write('3.json', '[{"text":"c"}]');
    const { rows } = await readAll(['1.csv', '-', '2.jsonl', '3.json'], { stdin: '{"text":"in"}' });
    expect(rows.map(({ text }) => text)).toEqual(['a', 'in', 'b', 'c']);
  });

  test('the format is told by the content where the name says nothing', async () => {
    expect((await rowsOf('a.data', ' \n{"text":"a"}\n')).rows).toEqual([{ text: 'a' }]);
    expect((await rowsOf('b.data', '\n [{"text":"a"}]')).rows).toEqual([{ text: 'a' }]);
    expect((await rowsOf('c.data', 'text,n\na,1')).rows).toEqual([{ text: 'a', n: '1' }]);
    expect((await rowsOf('d.jsonl', '[{"text":"a"}]')).rows).toEqual([{ text: 'a' }]);
  });

  test('F160 missing, empty and directory are said in one sentence', async () => {
    expect(await refusal(readAll(['no.jsonl']))).toEqual({ message: 'no.jsonl: there is no such file.', exit: 2 });
    expect((await refusal(readAll(['.']))).message).toBe('.: this is a directory; expected a file.');
    expect(await complaint('empty.jsonl', '')).toMatch(/^empty\.jsonl: the file is empty; expected JSONL, CSV, TSV or/);
    expect(await complaint('blank.jsonl', '\n \n')).toBe('blank.jsonl: there are no rows in it.');
    expect(await complaint('empty.gz', gzipSync(''))).toMatch(/^empty\.gz: there is nothing inside/);
    expect((await refusal(readAll(['-', '-']))).message).toBe('-: standard input can be read only once.');
  });

  test('F160 text that is not UTF-8 is named by line and byte', async () => {
    const latin1 = Buffer.from('{"text":"a"}\n{"text":"caf\u00e9 au lait"}\n', 'latin1');
    const where = /^latin\.jsonl:2: not UTF-8 at byte 13 of the line \(0xE9\); save the file as UTF-8 first\.$/;
    expect(await complaint('latin.jsonl', latin1)).toMatch(where);
    expect(await complaint('latin.csv', Buffer.from('text\na\nr\u00e9sum\u00e9\n', 'latin1'))).toMatch(
      /^latin\.csv:3: not UTF-8 at byte 2/,
    );
    expect(await complaint('latin.json', Buffer.from('[{"text":\n"\u00e9t\u00e9"}]', 'latin1'))).toMatch(
      /^latin\.json:2: not UTF-8 at byte 2/,
    );
  });

  test('F160 UTF-16, archives and models are called by their name', async () => {
    for (const bytes of [
      Buffer.from(`\ufeff${jsonl}`, 'utf16le'),
      Buffer.from(jsonl, 'utf16le'),
      Buffer.from(jsonl, 'utf16le').swap16(),
    ]) {
      expect(await complaint('wide.jsonl', bytes)).toBe(
        'wide.jsonl:1: this is UTF-16 text; expected UTF-8; save it as UTF-8 first.',
      );
    }
    expect(await complaint('a.xlsx', Buffer.from('504b030414000600', 'hex'))).toMatch(
      /^a\.xlsx:1: this is a zip archive/,
    );
    const model = Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')]);
    expect(await complaint('m.safetensors', model)).toMatch(/^m\.safetensors:1: this is a model file; expected JSONL/);
  });

  test('F160 gzip that is cut off or damaged is said', async () => {
    const packed = gzipSync(Array.from({ length: 5000 }, (_, i) => `{"text":"${i * 7919}"}\n`).join(''));
    expect(await complaint('cut.gz', packed.subarray(0, packed.length >> 1))).toBe(
      'cut.gz: the gzip data ends too early; the file is cut off.',
    );
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, 2000, 2100);
    expect(await complaint('damaged.gz', damaged)).toBe('damaged.gz: the gzip data is damaged.');
  });

  test('F160 a decompression bomb is stopped', async () => {
    const bomb = gzipSync(`${'{"text":"a"}\n'.repeat(100_000)}`);
    const limits = { unpackedBytes: 2 ** 18, unpackedRatio: 50 };
    expect(await complaint('bomb.gz', bomb, { limits })).toMatch(
      /^bomb\.gz: it unpacks to more than 50 times its size/,
    );
    expect((await readAll(['bomb.gz'])).rows).toHaveLength(100_000);
  });
});
