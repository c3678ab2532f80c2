// A model as one JSON object, for programs that know nothing of ours: numbers as text, terms as strings. It comes in
// pieces, because a large model is longer than a string may be.
import type { Model } from './model-file.ts';
import { termStrings } from './vectorizer.ts';

/** Values a piece. */
const pieceLength = 10_000;

/**
 * `{ format, classes, scheme, blocks: [{ vectorizer, terms, idf }], coef, intercept, report }`: `idf` by term or null;
 * `coef` has a row for each output, its columns the terms of all blocks in turn.
 */
export function* exportJson(model: Model): Generator<string> {
  const { blocks, coef, intercept, classes, scheme, report } = model;
  yield `{"format":"sparrow-json","classes":${JSON.stringify(classes)},"scheme":"${scheme}","blocks":[`;
  for (const [i, { vectorizer, terms, idf }] of blocks.entries()) {
    const { vocabulary: _, ...options } = vectorizer;
    yield `${i === 0 ? '' : ','}{"vectorizer":${JSON.stringify(options)},"terms":`;
    yield* list(termStrings(terms), (term) => JSON.stringify(term));
    yield ',"idf":';
    if (idf) yield* list(idf, String);
    else yield 'null';
    yield '}';
  }
  yield '],"coef":[';
  const columns = coef.length / intercept.length;
  for (let k = 0; k < intercept.length; k++) {
    if (k > 0) yield ',';
    yield* list(coef.subarray(k * columns, (k + 1) * columns), rounded);
  }
  yield `],"intercept":${JSON.stringify([...intercept])},"report":${JSON.stringify(report)}}\n`;
}

function* list<T>(values: ArrayLike<T>, write: (value: T) => string): Generator<string> {
  yield '[';
  for (let from = 0; from < values.length; from += pieceLength) {
    const count = Math.min(pieceLength, values.length - from);
    const piece = Array.from({ length: count }, (_, i) => write(values[from + i]!)).join(',');
    yield from === 0 ? piece : `,${piece}`;
  }
  yield ']';
}

/** Nine digits tell a float32 from its neighbours. */
function rounded(value: number): string {
  return value === 0 ? '0' : value.toPrecision(9);
}
