// `sparrow vectorize DATA… --out PREFIX`: the TF-IDF matrix and its vocabulary, to be compared with scikit-learn's.
import type { Command } from 'commander';
import type { CsrMatrix } from '../classifier/csr.ts';
import { encodeSafetensors } from '../classifier/safetensors.ts';
import { TfidfVectorizer } from '../classifier/vectorizer.ts';
import { TextStore } from '../evaluation/text-store.ts';
import { addOutputFlags, addTextFlags, type CommonFlags, columnsOf, rounded, secondsSince } from './data-options.ts';
import { addVectorizerFlags, optionsFor, readFlags } from './option-flags.ts';
import { checkOutput, writeOutput } from './output-file.ts';
import type { Session } from './session.ts';
import { readTexts } from './texts.ts';
import { counted, visible } from './visible.ts';

interface VectorizeFlags extends CommonFlags {
  out: string;
  force?: boolean;
}

/** Terms a write, so that a large vocabulary is never one string. */
const termsAtOnce = 10_000;

export function configure(command: Command, session: Session): void {
  command
    .argument('<data...>', 'JSONL, CSV, TSV or Label Studio JSON files, plain or gzip; - is standard input')
    .requiredOption('-o, --out <prefix>', 'writes <prefix>.vocabulary.jsonl and <prefix>.safetensors')
    .option('--force', 'overwrite files that exist');
  addVectorizerFlags(addTextFlags(command));
  addOutputFlags(command).action((data: string[], flags: VectorizeFlags) => vectorize(data, flags, session));
}

async function vectorize(data: readonly string[], flags: VectorizeFlags, session: Session): Promise<void> {
  const start = performance.now();
  const options = readFlags({ ...flags }, session);
  const rules = { inputs: data, force: flags.force === true };
  const [vocabulary, matrix] = ['.vocabulary.jsonl', '.safetensors'].map((ending) =>
    checkOutput(flags.out + ending, '--out', session, rules),
  );
  if (flags.quiet) session.progress.hide();
  const texts = new TextStore();
  for await (const batch of readTexts(data, { columns: columnsOf(flags) }, session)) {
    for (const text of batch.texts) texts.push(text);
  }
  const read = secondsSince(start);
  const vectorizer = new TfidfVectorizer(optionsFor(options, texts.length));
  const fitStart = performance.now();
  const csr = await session.block(() => vectorizer.fitTransform(texts.drain()));
  const fitted = secondsSince(fitStart);
  const saveStart = performance.now();
  writeOutput(vocabulary!, linesOf(vectorizer.vocabulary), session);
  writeOutput(matrix!, [tensorsOf(csr, vectorizer.idf)], session);
  const save = secondsSince(saveStart);
  const seconds = rounded({ read, vectorize: fitted, save, total: secondsSince(start) });
  const [docs, features] = csr.shape;
  const files = { vocabulary: vocabulary!.name, matrix: matrix!.name };
  const summary = { docs, features, nnz: csr.data.length, ...files, seconds };
  await session.write(flags.json ? `${JSON.stringify(summary)}\n` : textOf(summary));
}

/** The matrix as SciPy's csr_matrix((data, indices, indptr), shape) takes it. */
function tensorsOf(csr: CsrMatrix, idf: Float64Array): Uint8Array {
  return encodeSafetensors(
    {
      shape: { dtype: 'U32', shape: [2], data: Uint32Array.from(csr.shape) },
      indptr: { dtype: 'U32', shape: [csr.indptr.length], data: csr.indptr },
      indices: { dtype: 'U32', shape: [csr.indices.length], data: csr.indices },
      data: { dtype: 'F64', shape: [csr.data.length], data: csr.data },
      idf: { dtype: 'F64', shape: [idf.length], data: idf },
    },
    { format: 'sparrow-csr' },
  );
}

/** One JSON string a line, in column order. */
function* linesOf(terms: readonly string[]): Generator<string> {
  for (let i = 0; i < terms.length; i += termsAtOnce) {
    const lines = terms.slice(i, i + termsAtOnce).map((term) => `${JSON.stringify(term)}\n`);
    yield lines.join('');
  }
}

interface Summary {
  docs: number;
  features: number;
  nnz: number;
  vocabulary: string;
  matrix: string;
  seconds: { total: number };
}

function textOf({ docs, features, nnz, vocabulary, matrix, seconds }: Summary): string {
  const size = `${counted(docs, 'document')}, ${counted(features, 'feature')}, ${counted(nnz, 'entry', 'entries')}`;
  return `${size} in ${seconds.total.toFixed(2)} s\n${visible(vocabulary)}\n${visible(matrix)}\n`;
}
