// Labelled texts from columns and from Label Studio tasks, and what is said when a text or a label is not there.
import { describe, expect, test } from 'vitest';
import type { Columns } from '../../src/cli/columns.ts';
import { readLabelledSet } from '../../src/cli/labelled.ts';
import { Session } from '../../src/cli/session.ts';
import { corpus, exported, jsonl } from './corpus.ts';
import { type collector, Desk, refusal } from './harness.ts';

const desk = new Desk();

async function read(content: string, columns: Partial<Columns> = {}, name = 'data.jsonl', labelConfig?: string) {
  const io = desk.io();
  const session = new Session(io);
  const options = { columns: { text: undefined, label: undefined, ...columns }, labelConfig };
  const set = await readLabelledSet([desk.write(name, content)], options, session);
  const said = (io.stderr as ReturnType<typeof collector>).text;
  return { texts: [...set.texts], targets: set.targets, isMultiLabel: set.isMultiLabel, said };
}

async function complaint(...given: Parameters<typeof read>): Promise<string> {
  return (await refusal(read(...given))).message;
}

describe('columns', () => {
  test('text and label have their default names and any other by option', async () => {
    expect(await read('{"text":"a","label":"x"}')).toMatchObject({ texts: ['a'], targets: ['x'], isMultiLabel: false });
    const renamed = await read('body,class\na,x\n', { text: 'body', label: 'class' }, 'data.csv');
    expect(renamed).toMatchObject({ texts: ['a'], targets: ['x'] });
  });

  test('labels that are numbers or truth values are their text', async () => {
    expect(
      (
        await read(
          jsonl([
            { text: 'a', label: 1 },
            { text: 'b', label: true },
          ]),
        )
      ).targets,
    ).toEqual(['1', 'true']);
  });

  test('a list of labels makes the data multi-label, in JSON and in a cell of a CSV file', async () => {
    const rows = [
      { text: 'a', label: ['x', 'y', 'x'] },
      { text: 'b', label: 'x' },
      { text: 'c', label: [] },
    ];
    const expected = { targets: [['x', 'y'], ['x'], []], isMultiLabel: true };
    expect(await read(jsonl(rows))).toMatchObject(expected);
    expect(await read('text,label\na,"[""x"",""y""]"\nb,x\nc,[]\n', {}, 'data.csv')).toMatchObject(expected);
  });

  test('a label in brackets that is no JSON list is a label', async () => {
    expect((await read('text,label\na,[x]\nb,[\n', {}, 'data.csv')).targets).toEqual(['[x]', '[']);
    expect((await read(jsonl([{ text: 'a', label: '["x"]' }]))).targets).toEqual(['["x"]']);
  });

  test('texts keep every character, lone surrogates and an empty text as well', async () => {
    const texts = ['', 'é😀', 'lone \ud800 high', '\udc00', 'x'.repeat(3_000_000), 'last'];
    expect((await read(jsonl(texts.map((text) => ({ text, label: 'x' }))))).texts).toEqual(texts);
  });

  test.each([
    [
      '{"txt":"a","label":"x"}',
      'data.jsonl:1: no column "text": there is "txt", "label"; name the right one with --text-column.',
    ],
    ['{"text":"a"}', 'data.jsonl:1: no column "label": there is "text"; name the right one with --label-column.'],
    ['{}', 'data.jsonl:1: no column "text": there is no column at all; name the right one with --text-column.'],
    ['\n{"text":7,"label":"x"}', 'data.jsonl:2: "text" must be a text, not a number.'],
    ['{"text":null,"label":"x"}', 'data.jsonl:1: "text" must be a text, not null.'],
    ['{"text":"a","label":""}', 'data.jsonl:1: "label" is empty; every row needs a label.'],
    ['{"text":"a","label":null}', 'data.jsonl:1: "label" is empty; every row needs a label.'],
    [
      '{"text":"a","label":{"b":1}}',
      'data.jsonl:1: "label" must be a text, a number or a list of them, not an object.',
    ],
    ['{"text":"a","label":[["x"]]}', 'data.jsonl:1: "label" must be a text, a number or a list of them, not a list.'],
  ])('F160 %s is refused', async (content, message) => {
    expect(await complaint(content)).toBe(message);
  });

  test('a missing column of a CSV file is the fault of its header', async () => {
    expect(await complaint('body,label\na,x\n', {}, 'data.csv')).toBe(
      'data.csv:1: no column "text": there is "body", "label"; name the right one with --text-column.',
    );
  });

  test('columns called like what every object has are missing like any other', async () => {
    expect(await complaint('{"text":"a"}', { label: 'constructor' })).toMatch(
      /^data\.jsonl:1: no column "constructor"/,
    );
    expect(await complaint('{"text":"a"}', { text: '__proto__' })).toMatch(/^data\.jsonl:1: no column "__proto__"/);
  });
});

describe('Label Studio tasks', () => {
  const samples = corpus(7);
  const texts = samples.map(({ text }) => text);
  const labels = samples.map(({ label }) => label);

  test('an export is read as an array or line by line, without a config', async () => {
    expect(await read(JSON.stringify(exported(samples)), {}, 'export.json')).toMatchObject({ texts, targets: labels });
    expect(await read(jsonl(exported(samples)))).toMatchObject({ texts, targets: labels, said: '' });
  });

  test('the only text of a task is its text, whatever its key', async () => {
    expect((await read(jsonl(exported(samples, 'body')))).texts).toEqual(texts);
  });

  test('of several texts one must be named', async () => {
    const tasks = exported(samples, 'body').map((task) => ({ ...task, data: { ...task.data, title: 't' } }));
    expect(await complaint(jsonl(tasks))).toBe(
      'data.jsonl:1: the task has several texts ("body", "title") in its data; --text-column names the right one.',
    );
    expect((await read(jsonl(tasks), { text: 'body' })).texts).toEqual(texts);
  });

  test('of several controls the named one counts, else the first', async () => {
    const tasks = exported(samples).map((task, i) => {
      const [annotation] = task.annotations;
      const other = { id: 's', from_name: 'tone', to_name: 'doc', type: 'choices', value: { choices: [`t${i % 2}`] } };
      return { ...task, annotations: [{ ...annotation, result: [...annotation!.result, other] }] };
    });
    expect((await read(jsonl(tasks))).targets).toEqual(labels);
    expect((await read(jsonl(tasks), { label: 'tone' })).targets).toEqual(['t0', 't1', 't0', 't1', 't0', 't1', 't0']);
    expect(await complaint(jsonl(tasks), { label: 'mood' })).toBe(
      'data.jsonl:1: no annotation is of the control "mood": there is "topic", "tone"; --label-column names one of them.',
    );
  });

  test('what is left out is counted and said', async () => {
    const [one, two, three, ...rest] = exported(samples);
    const cancelled = { ...one!, annotations: [{ ...one!.annotations[0]!, was_cancelled: true }] };
    const bare = { ...two!, annotations: [] };
    const textless = { ...three!, data: { number: 3 } };
    const { targets, said } = await read(jsonl([...rest, cancelled, bare, textless]), { text: 'text' });
    expect(targets).toEqual(labels.slice(3));
    expect(said).toBe(
      'sparrow: 7 tasks read; left out: cancelled or skipped 1, task without usable text 1, no annotation 1.\n',
    );
  });

  test('an export without any annotation ends in a sentence', async () => {
    const { message, exit } = await refusal(read(jsonl([{ id: 1, data: { text: 'a' } }])));
    expect(message).toBe('data.jsonl: no task has a usable label.');
    expect(exit).toBe(1);
  });

  test('several choices make the data multi-label', async () => {
    const tasks = exported(samples);
    tasks[2]!.annotations[0]!.result[0]!.value.choices = ['money', 'sport'];
    const { targets, isMultiLabel } = await read(jsonl(tasks));
    expect(isMultiLabel).toBe(true);
    expect(targets[2]).toEqual(['money', 'sport']);
    expect(targets[0]).toEqual(['sport']);
  });

  test('a label config says which text, which control and which labels', async () => {
    desk.write(
      'config.xml',
      '<View><HyperText name="doc" value="$body"/><Choices name="topic" toName="doc"><Choice value="sport"/><Choice value="money"/></Choices></View>',
    );
    const tasks = exported(
      samples.map(({ text, label }) => ({ text: `<p>${text}</p>`, label })),
      'body',
    );
    const { texts: read3, targets, said } = await read(jsonl(tasks), {}, 'data.jsonl', 'config.xml');
    expect(targets).toEqual(labels.filter((label) => label !== 'weather'));
    expect(read3[0]!.trim()).toBe(texts[0]);
    expect(said).toContain('label not in the config 2');
    desk.write('empty.xml', '<View/>');
    expect(await complaint(jsonl(tasks), {}, 'data.jsonl', 'empty.xml')).toMatch(
      /^empty\.xml: Nothing in this label config/,
    );
    expect(await complaint(jsonl(tasks), {}, 'data.jsonl', 'no.xml')).toBe('no.xml: there is no such file.');
  });

  test('the short export with choices in its column is read by column', async () => {
    const rows = [
      { text: 'a', topic: 'x', id: 1 },
      { text: 'b', topic: { choices: ['x', 'y'] }, id: 2 },
    ];
    expect(await read(JSON.stringify(rows), { label: 'topic' }, 'min.json')).toMatchObject({
      texts: ['a', 'b'],
      targets: [['x'], ['x', 'y']],
    });
  });
});
