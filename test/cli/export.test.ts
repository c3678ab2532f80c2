// `export`: files for other programs, refused where they would overwrite something, and a summary of what they take.
import { expect, test } from 'vitest';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { corpus } from './corpus.ts';
import { Desk } from './harness.ts';

const desk = new Desk();
const samples = corpus(30);
const texts = samples.map(({ text }) => text);
const labels = samples.map(({ label }) => label);
const classifier = TextClassifier.fit(texts, labels);
desk.write('topics.safetensors', classifier.save());
desk.write('chars.model', TextClassifier.fit(texts, labels, { analyzer: 'char' }).save());

test('each format has a file named as the model', async () => {
  for (const [format, file] of [
    ['json', 'topics.json'],
    ['onnx', 'topics.onnx'],
    ['sklearn', 'topics.py'],
  ] as const) {
    const { code, out, err } = await desk.run(['export', 'topics.safetensors', '--format', format]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`^${file}: ${format}, \\d+ features, 3 classes, version [0-9a-f]{16}\n`));
    expect(desk.has(file)).toBe(true);
  }
  expect(JSON.parse(desk.read('topics.json'))).toMatchObject({ classes: classifier.classes });
  expect(desk.read('topics.py')).toContain('"topics.safetensors"');
  expect(desk.leftovers()).toEqual([]);
});

test('safetensors is the model itself, under another name', async () => {
  const argv = ['export', 'topics.safetensors', '--format', 'safetensors'];
  const { code, err } = await desk.run(argv);
  expect(code).toBe(2);
  expect(err).toContain('--out topics.safetensors: this is also the input');
  await desk.run([...argv, '--out', 'copy.safetensors']);
  expect(desk.read('copy.safetensors')).toBe(desk.read('topics.safetensors'));
});

test('an ONNX graph comes with what it takes and gives', async () => {
  const fromTerms = await desk.run(['export', 'chars.model', '--format', 'onnx', '--json']);
  const { inputs, outputs, notes, out } = JSON.parse(fromTerms.out);
  expect(out).toBe('chars.onnx');
  expect(inputs).toMatchObject([{ name: 'terms', type: 'string', shape: ['texts', 'terms_of_a_text'] }]);
  expect(outputs).toMatchObject([{ name: 'probabilities', shape: ['texts', 3] }, { name: 'label' }]);
  expect(notes[0]).not.toContain('--input text');
  const fromText = await desk.run(['export', 'topics.safetensors', '-f', 'onnx', '--input', 'text', '-o', 'text.onnx']);
  expect(fromText.out).toContain('input text: string (texts)');
  expect(fromText.out).toContain('output exact: bool (texts)');
});

test('what cannot be written is refused in a sentence', async () => {
  const refusals: [string[], string][] = [
    [
      ['chars.model', '--format', 'onnx', '--input', 'text', '--out', 'x'],
      'ONNX has no operators for the analyzer char',
    ],
    [['topics.safetensors', '--format', 'json', '--input', 'text'], '--input is for --format onnx only.'],
    [['topics.safetensors', '--format', 'pickle'], "argument 'pickle' is invalid"],
    [['topics.safetensors', '--format', 'json', '--out', 'chars.model'], 'the file exists; give --force'],
    [['topics.safetensors'], '--format <name>'],
  ];
  for (const [argv, sentence] of refusals) {
    const { code, out, err } = await desk.run(['export', ...argv]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(sentence);
  }
});
