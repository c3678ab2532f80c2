// The corpora to measure on, which are not ours to ship: read where they are, or the reason why they are not there.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { VectorizerOptions } from '../src/classifier/options.ts';

const folder = process.env['SPARROW_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url));

/** True where the corpora are at hand; tests that need them are left out elsewhere, with a line that says so. */
export const hasCorpora = existsSync(join(folder, 'expected.json'));
if (!hasCorpora) console.info(`No corpora at ${folder} (set SPARROW_DATA): tests on them are left out.`);

export interface Corpus {
  readonly texts: string[];
  readonly labels: string[];
}

export function readCorpus(name: string, part: 'train' | 'test'): Corpus {
  const lines = gunzipSync(readFileSync(join(folder, `${name}.${part}.jsonl.gz`))).toString('utf8');
  const rows = lines.split('\n').flatMap((line) => (line ? [JSON.parse(line) as { text: string; label: string }] : []));
  return { texts: rows.map((row) => row.text), labels: rows.map((row) => row.label) };
}

/** scikit-learn's figures for one corpus and one set of vectorizer options. */
export interface Expected {
  readonly options: { [name: string]: unknown };
  readonly n_features: number;
  readonly nnz_train: number;
  readonly nnz_test: number;
  readonly vocabulary_sha256: string;
  readonly idf_first5: number[];
  readonly idf_sum: number;
  readonly train_sum: number;
  readonly test_sum: number;
  readonly first_row: { indices: number[]; data: number[] };
  readonly class_order: string[];
  readonly fits: { readonly optimum: ExpectedFit };
}

export interface ExpectedFit {
  readonly objective: number;
  readonly accuracy: number;
  readonly macro_f1: number;
  readonly log_loss: number;
  readonly first_test_proba: number[];
  readonly intercept: number[];
  readonly coef_frobenius: number;
}

export function expectedFigures(): { name: string; features: string; expected: Expected }[] {
  const file = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
    [name: string]: { [features: string]: Expected };
  };
  return Object.entries(file)
    .filter(([name]) => !name.startsWith('_'))
    .flatMap(([name, sets]) => Object.entries(sets).map(([features, expected]) => ({ name, features, expected })));
}

/** scikit-learn's option names in ours. */
export function vectorizerOptions(options: { [name: string]: unknown }): VectorizerOptions {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}
