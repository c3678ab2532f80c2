// The corpora: where they are, their texts and labels, and scikit-learn's figures on them. They are not part of the
// package; without them there is nothing to measure, which is no failure.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Case } from './cases.ts';
import { root } from './machine.ts';

export interface Corpus {
  readonly texts: string[];
  readonly labels: string[];
}

export interface Expected {
  readonly docs_train: number;
  readonly n_features: number;
  readonly nnz_train: number;
  readonly vocabulary_sha256: string;
  readonly fits: { readonly optimum: { readonly objective: number; readonly accuracy: number } };
}

/** The folder of the corpora, or undefined when there is none. */
export function findData(): string | undefined {
  const folder = resolve(process.env['SPARROW_DATA'] || join(root, '../shared/data'));
  return existsSync(join(folder, 'expected.json')) ? folder : undefined;
}

export const noData = 'No corpora found: set SPARROW_DATA to their folder. Nothing was measured.';

export function corpusPath(folder: string, name: string, part: 'train' | 'test'): string {
  return join(folder, `${name}.${part}.jsonl.gz`);
}

export function readCorpus(path: string): Corpus {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').split('\n');
  const texts: string[] = [];
  const labels: string[] = [];
  for (const line of lines) {
    if (line === '') continue;
    const { text, label } = JSON.parse(line) as { text: string; label: string };
    texts.push(text);
    labels.push(label);
  }
  return { texts, labels };
}

export function readExpected(folder: string, { corpus, expected }: Case): Expected {
  const all = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  return all[corpus][expected];
}
