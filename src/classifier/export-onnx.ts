// A model as an ONNX graph of standard operators (https://onnx.ai/onnx/operators), float32 throughout:
//
//   terms → TfIdfVectorizer (counts) → binary or sublinear → × idf → ÷ norm → Gemm → softmax or sigmoid → probabilities
//
// The analyzers are beyond ONNX: no standard operator takes a text apart into characters, or lower-cases as Python does.
// So a graph begins with the analyzer's terms and is exact; only words of mostly ASCII texts can be had inside it.
import { SparrowError } from '../errors.ts';
import type { TermTable } from '../wasm/term-counts.ts';
import type { Model, ModelBlock } from './model-file.ts';
import { Graph, type GraphValue } from './onnx.ts';
import { canSplitTexts, TextSplitter } from './onnx-text.ts';
import type { CheckedVectorizerOptions } from './options.ts';

export interface OnnxOptions {
  /** What the graph is given: terms as the analyzer makes them, or whole texts. Default `terms`. */
  readonly input?: 'terms' | 'text';
}

export interface OnnxFile {
  readonly bytes: Uint8Array;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
}

/** Operators that split texts came with opset 20; all others are older. */
const versions = { terms: { opset: 13, irVersion: 7 }, text: { opset: 20, irVersion: 9 } };
/** What protocol buffers can hold, less what stands around the tensors. */
const largestFile = 2 ** 31 - 2 ** 20;
const SPACE = 0x20;

/** Write a model as ONNX. Throws BAD_OPTION where `input` is `text` and an analyzer is beyond ONNX, and TOO_LARGE. */
export function exportOnnx(model: Model, { input = 'terms' }: OnnxOptions = {}): OnnxFile {
  const { blocks, coef, intercept, classes, scheme } = model;
  checkSize(model);
  const graph = new Graph();
  const counts = input === 'text' ? countsOfTexts(graph, blocks) : countsOfTerms(graph, blocks);
  const byColumn = transposed(coef, intercept.length);
  let raw = graph.floats(Float32Array.from(intercept));
  let from = 0;
  for (const [i, block] of blocks.entries()) {
    const size = block.terms.ends.length;
    const part = byColumn.subarray(from * intercept.length, (from + size) * intercept.length);
    const weights = graph.floats(part, [size, intercept.length]);
    raw = graph.node('Gemm', [weigh(graph, counts[i]!, block), weights, raw]);
    from += size;
  }
  const probabilities = probabilitiesOf(graph, raw, scheme);
  graph.output(
    { name: 'probabilities', type: 'float', shape: ['texts', classes.length], about: 'of the classes, in their order' },
    probabilities,
  );
  if (scheme !== 'independent') {
    const best = graph.node('ArgMax', [probabilities], { axis: 1, keepdims: 0 });
    const label = graph.node('Gather', [graph.strings(classes), best]);
    graph.output({ name: 'label', type: 'string', shape: ['texts'], about: 'the most probable class' }, label);
  }
  const bytes = graph.finish({
    producer: 'sparrow',
    ...versions[input],
    about: graph.inputs.map(({ name, about }) => `${name}: ${about}`).join('\n'),
    metadata: { classes: JSON.stringify(classes), vectorizers: JSON.stringify(blocks.map(optionsOf)) },
  });
  return { bytes, inputs: graph.inputs, outputs: graph.outputs };
}

function optionsOf({
  vectorizer: { vocabulary: _, ...options },
}: ModelBlock): Omit<CheckedVectorizerOptions, 'vocabulary'> {
  return options;
}

function checkSize({ blocks, coef }: Model): void {
  const bytes = blocks.reduce((sum, { terms }) => sum + terms.bytes.length + 16 * terms.ends.length, coef.byteLength);
  if (bytes <= largestFile) return;
  throw new SparrowError(
    'TOO_LARGE',
    `The model needs ${Math.ceil(bytes / 1e6)} MB as ONNX, which can hold 2147; train with minDf or maxFeatures.`,
  );
}

/** How often each term occurs, by block: from one input a block. */
function countsOfTerms(graph: Graph, blocks: readonly ModelBlock[]): string[] {
  return blocks.map(({ vectorizer, terms }, i) => {
    const name = i === 0 ? 'terms' : `terms_${i}`;
    const [least, most] = vectorizer.ngramRange;
    const kind = `${vectorizer.analyzer} ${least === most ? least : `${least} to ${most}`}-grams`;
    const about = `the terms of each text (${kind}) in any order, repeats kept, padded with empty strings`;
    graph.input({ name, type: 'string', shape: ['texts', `${name}_of_a_text`], about });
    const pool = {
      ngram_counts: [0],
      ngram_indexes: Uint32Array.from(terms.ends.keys()),
      pool_strings: { texts: all(terms) },
    };
    return graph.node('TfIdfVectorizer', [name], { ...counting([1, 1]), ...pool });
  });
}

/** The same from the texts themselves; n-grams are the operator's own. */
function countsOfTexts(graph: Graph, blocks: readonly ModelBlock[]): string[] {
  for (const { vectorizer } of blocks) {
    if (canSplitTexts(vectorizer)) continue;
    const { analyzer, tokenPattern } = vectorizer;
    const what = analyzer === 'word' ? `the token pattern ${JSON.stringify(tokenPattern)}` : `the analyzer ${analyzer}`;
    throw new SparrowError('BAD_OPTION', `ONNX has no operators for ${what}: its input can be terms, not text.`);
  }
  const text = graph.input({ name: 'text', type: 'string', shape: ['texts'], about: 'the texts' });
  const splitter = new TextSplitter(graph, text);
  graph.output(
    { name: 'exact', type: 'bool', shape: ['texts'], about: 'whether the text was read as Sparrow reads it' },
    splitter.exactness(blocks.map(({ vectorizer }) => vectorizer)),
  );
  return blocks.map(({ vectorizer, terms }) => {
    const { ngramRange } = vectorizer;
    const words = splitter.words(vectorizer);
    return graph.node('TfIdfVectorizer', [words], { ...counting(ngramRange), ...poolOf(terms, ngramRange) });
  });
}

/** Attributes for plain counts of n-grams. */
function counting([least, most]: readonly [number, number]) {
  return { mode: 'TF', min_gram_length: least, max_gram_length: most, max_skip_count: 0 };
}

/**
 * Terms taken apart into words, all of one word first, then all of two, and so on. A term that the range does not allow is
 * never counted: it stands among the single words, of which none has a space.
 */
function poolOf({ bytes, ends }: TermTable, [least, most]: readonly [number, number]) {
  const columns: number[][] = Array.from({ length: most }, () => []);
  for (let i = 0, from = 0; i < ends.length; i++) {
    const to = ends[i]!;
    let words = 1;
    for (let at = from; at < to; at++) if (bytes[at] === SPACE) words++;
    columns[words >= least && words <= most ? words - 1 : 0]!.push(i);
    from = to;
  }
  let start = 0;
  const starts = columns.map((ofSize, i) => {
    start += ofSize.length * (i + 1);
    return start - ofSize.length * (i + 1);
  });
  return {
    ngram_counts: starts,
    ngram_indexes: Uint32Array.from(columns.flat()),
    pool_strings: { texts: inTurn({ bytes, ends }, columns) },
  };
}

/** All terms in the order of their columns. */
function* all({ bytes, ends }: TermTable): Generator<Uint8Array> {
  for (let i = 0; i < ends.length; i++) yield bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]);
}

/** The terms of one word, then the words of those of two, and so on. */
function* inTurn({ bytes, ends }: TermTable, columns: readonly (readonly number[])[]): Generator<Uint8Array> {
  for (const [i, ofSize] of columns.entries()) {
    for (const column of ofSize) {
      const term = bytes.subarray(column === 0 ? 0 : ends[column - 1], ends[column]);
      if (i === 0) yield term;
      else yield* wordsOf(term);
    }
  }
}

function* wordsOf(term: Uint8Array): Generator<Uint8Array> {
  let from = 0;
  for (let to = term.indexOf(SPACE); to >= 0; to = term.indexOf(SPACE, from)) {
    yield term.subarray(from, to);
    from = to + 1;
  }
  yield term.subarray(from);
}

/** Counts to weights, as TfidfVectorizer. */
function weigh(graph: Graph, counts: string, { vectorizer, idf }: ModelBlock): string {
  const { binary, sublinearTf, norm } = vectorizer;
  let weights = counts;
  if (binary) weights = graph.node('Sign', [counts]);
  else if (sublinearTf) {
    // 1 + ln tf where tf ≥ 1, and 0 where it is 0.
    const logs = graph.node('Log', [graph.node('Max', [counts, graph.float(1)])]);
    weights = graph.node('Add', [logs, graph.node('Sign', [counts])]);
  }
  if (idf) weights = graph.node('Mul', [weights, graph.floats(Float32Array.from(idf))]);
  if (norm === 'none') return weights;
  const columns = graph.integers([1]);
  const parts = norm === 'l1' ? weights : graph.node('Mul', [weights, weights]);
  const sum = graph.node('ReduceSum', [parts, columns], { keepdims: 1 });
  const length = norm === 'l1' ? sum : graph.node('Sqrt', [sum]);
  // Only a row of zeros is shorter, and stays one.
  return graph.node('Div', [weights, graph.node('Max', [length, graph.float(1e-30)])]);
}

function probabilitiesOf(graph: Graph, raw: string, scheme: Model['scheme']): string {
  if (scheme === 'softmax') return graph.node('Softmax', [raw], { axis: 1 });
  const each = graph.node('Sigmoid', [raw]);
  if (scheme === 'independent') return each;
  if (scheme === 'binary') return graph.node('Concat', [graph.node('Sub', [graph.float(1), each]), each], { axis: 1 });
  const sum = graph.node('ReduceSum', [each, graph.integers([1])], { keepdims: 1 });
  return graph.node('Div', [each, sum]);
}

/** (outputs, features) to (features, outputs). */
function transposed(coef: Float32Array, outputs: number): Float32Array {
  const features = coef.length / outputs;
  const result = new Float32Array(coef.length);
  for (let k = 0; k < outputs; k++) {
    for (let j = 0; j < features; j++) result[j * outputs + k] = coef[k * features + j]!;
  }
  return result;
}
