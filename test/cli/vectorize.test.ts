// `vectorize`: files from which another program can rebuild the matrix.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decodeSafetensors } from '../../src/classifier/safetensors.ts';
import { TfidfVectorizer } from '../../src/classifier/vectorizer.ts';
import { corpus, jsonl } from './corpus.ts';
import { Desk } from './harness.ts';

const desk = new Desk();
const samples = corpus(20);
desk.write('data.jsonl', jsonl(samples.map(({ text }) => ({ text }))));

test('vocabulary, idf and rows are those of the library', async () => {
  const { code, out, err } = await desk.run([
    'vectorize',
    'data.jsonl',
    '--out',
    'x',
    '--ngram-range',
    '1,2',
    '--json',
  ]);
  expect([code, err]).toEqual([0, '']);
  const summary = JSON.parse(out);
  const vectorizer = new TfidfVectorizer({ ngramRange: [1, 2] });
  const csr = vectorizer.fitTransform(samples.map(({ text }) => text));
  expect(summary).toMatchObject({ docs: 20, features: csr.shape[1], nnz: csr.data.length });
  const terms = desk.read(summary.vocabulary).trimEnd().split('\n');
  expect(terms.map((line) => JSON.parse(line))).toEqual(vectorizer.vocabulary);
  const { tensors } = decodeSafetensors(readFileSync(desk.path(summary.matrix)), 'matrix');
  expect([...tensors.get('shape')!.data]).toEqual(csr.shape);
  expect(tensors.get('indptr')!.data).toEqual(csr.indptr);
  expect(tensors.get('indices')!.data).toEqual(csr.indices);
  expect(tensors.get('data')!.data).toEqual(csr.data);
  expect(tensors.get('idf')!.data).toEqual(vectorizer.idf);
});

test('its vocabulary can be given back', async () => {
  await desk.run(['vectorize', 'data.jsonl', '--out', 'first']);
  await desk.run(['vectorize', 'data.jsonl', '--out', 'second', '--vocabulary', 'first.vocabulary.jsonl']);
  expect(desk.read('second.vocabulary.jsonl')).toBe(desk.read('first.vocabulary.jsonl'));
  expect(readFileSync(desk.path('second.safetensors'))).toEqual(readFileSync(desk.path('first.safetensors')));
});

test('F162 files that exist need --force', async () => {
  desk.write('there.safetensors', 'something');
  const { code, err } = await desk.run(['vectorize', 'data.jsonl', '--out', 'there']);
  expect([code, err]).toEqual([
    2,
    'sparrow: --out there.safetensors: the file exists; give --force to overwrite it.\n',
  ]);
  expect((await desk.run(['vectorize', 'data.jsonl', '--out', 'there', '--force'])).code).toBe(0);
});
