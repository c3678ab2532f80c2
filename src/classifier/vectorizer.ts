// Documents to weighted sparse rows inside the kernels: scikit-learn's TfidfVectorizer.
import { SparrowError } from '../errors.ts';
import { Analyzer, type AnalyzerSettings } from '../wasm/analyzer.ts';
import { Kernels } from '../wasm/kernels.ts';
import { decodeText } from '../wasm/memory.ts';
import { batches, TermCounts, type TermTable, type Weighing } from '../wasm/term-counts.ts';
import type { CsrMatrix } from './csr.ts';
import {
  type CheckedVectorizerOptions,
  checkVectorizerOptions,
  stopWordList,
  type VectorizerOptions,
} from './options.ts';
import { compileTokenPattern } from './token-pattern.ts';

/** What the kernels' analyzer needs of the options. */
export function analyzerSettings(options: CheckedVectorizerOptions): AnalyzerSettings {
  const { analyzer, ngramRange, lowercase, stripAccents, normalize, tokenPattern } = options;
  const stopWords = stopWordList(options) ?? [];
  return {
    analyzer,
    ngramRange,
    lowercase,
    stripAccents,
    normalize,
    stopWords,
    tokens: tokensOf(tokenPattern),
  };
}

function tokensOf(pattern: string): AnalyzerSettings['tokens'] {
  return pattern === 'two' || pattern === 'one' ? pattern : compileTokenPattern(pattern);
}

/** Columns chosen from counted terms, and their idf, null when it is not used. */
export interface LearnedColumns {
  readonly terms: TermTable;
  readonly idf: Float64Array | null;
}

/** Counts ready for `texts`: of any term, or of a fixed vocabulary. */
export function startCounts(kernels: Kernels, analyzer: Analyzer, options: CheckedVectorizerOptions): TermCounts {
  return TermCounts.of(kernels, analyzer, options.vocabulary ? termTable(options.vocabulary) : undefined);
}

/** Choose the columns of counted documents, as scikit-learn does, or refuse with its reasons. */
export function learnColumns(counts: TermCounts, options: CheckedVectorizerOptions): LearnedColumns {
  const { documents } = counts;
  if (options.vocabulary) counts.selectAll();
  else {
    const least = isShare(options.minDf, false) ? options.minDf * documents : options.minDf;
    const most = isShare(options.maxDf, true) ? options.maxDf * documents : options.maxDf;
    if (most < least) {
      throw new SparrowError(
        'BAD_INPUT',
        `With ${documents} documents maxDf allows at most ${most} of them, which is below minDf's ${least}.`,
      );
    }
    const columns = counts.select(least, most, options.maxFeatures, options.binary);
    if (columns === 0) {
      const why = documents === 0 ? 'there are no documents' : 'no document has a term that the options keep';
      throw new SparrowError('BAD_INPUT', `The vocabulary is empty: ${why}.`);
    }
  }
  return {
    terms: counts.terms(),
    idf: options.useIdf ? counts.computeIdf(options.smoothIdf) : null,
  };
}

/** minDf 1 is a count, maxDf 1 a share: both then leave nothing out. */
function isShare(value: number, isOneShare: boolean): boolean {
  return value < 1 || (isOneShare && value === 1);
}

const encoder = new TextEncoder();

/** Terms of strings, in the order given. */
export function termTable(terms: readonly string[]): TermTable {
  const parts = terms.map((term) => encoder.encode(term));
  const ends = new Uint32Array(terms.length);
  let total = 0;
  for (const [i, part] of parts.entries()) {
    total += part.length;
    ends[i] = total;
  }
  const bytes = new Uint8Array(total);
  for (const [i, part] of parts.entries()) bytes.set(part, ends[i]! - part.length);
  return { bytes, ends };
}

/** The terms as strings. */
export function termStrings({ bytes, ends }: TermTable): string[] {
  return Array.from(ends, (end, i) => decodeText(bytes.subarray(i === 0 ? 0 : ends[i - 1], end)));
}

/**
 * Texts to TF-IDF rows with scikit-learn's semantics and, but for rounding, its values.
 *
 * @example
 * const vectorizer = new TfidfVectorizer({ ngramRange: [1, 2] });
 * const X = vectorizer.fitTransform(['the cat sat', 'the dog ran']);
 * console.log(X.shape, vectorizer.vocabulary, vectorizer.idf);
 */
export class TfidfVectorizer {
  readonly options: CheckedVectorizerOptions;
  #columns: LearnedColumns | undefined;
  #vocabulary: string[] | undefined;

  /** Throws BAD_OPTION for what scikit-learn would refuse. */
  constructor(options: VectorizerOptions = {}) {
    this.options = checkVectorizerOptions(options);
  }

  /** Terms in column order, which is code point order unless the vocabulary was given. */
  get vocabulary(): readonly string[] {
    this.#vocabulary ??= termStrings(this.#fitted().terms);
    return this.#vocabulary;
  }

  /** Inverse document frequency by column; all ones without `useIdf`. */
  get idf(): Float64Array {
    const { idf, terms } = this.#fitted();
    return idf ?? new Float64Array(terms.ends.length).fill(1);
  }

  /** Learn vocabulary and idf. */
  fit(texts: Iterable<string>): this {
    this.fitTransform(texts);
    return this;
  }

  /** Learn vocabulary and idf, and return the documents' rows. */
  fitTransform(texts: Iterable<string>): CsrMatrix {
    return this.#run((kernels, analyzer) => {
      const counts = startCounts(kernels, analyzer, this.options);
      for (const batch of batches(texts)) counts.count(batch);
      this.#columns = learnColumns(counts, this.options);
      this.#vocabulary = undefined;
      return counts;
    });
  }

  /** The rows of other documents in the learnt columns; unknown terms count for nothing. */
  transform(texts: Iterable<string>): CsrMatrix {
    const { terms, idf } = this.#fitted();
    return this.#run((kernels, analyzer) => {
      const counts = TermCounts.of(kernels, analyzer, terms);
      counts.selectAll();
      if (idf) counts.setIdf(idf);
      for (const batch of batches(texts)) counts.count(batch);
      return counts;
    });
  }

  /** The analyzer's terms of one text, in order, repeats kept. */
  analyze(text: string): string[] {
    const analyzer = new Analyzer(Kernels.serving, analyzerSettings(this.options));
    const terms = analyzer.terms(text);
    analyzer.dispose();
    return terms;
  }

  #run(prepare: (kernels: Kernels, analyzer: Analyzer) => TermCounts): CsrMatrix {
    const kernels = Kernels.borrow();
    const analyzer = new Analyzer(kernels, analyzerSettings(this.options));
    const counts = prepare(kernels, analyzer);
    const rows = counts.takeRows(weighing(this.options));
    counts.dispose();
    analyzer.dispose();
    Kernels.giveBack(kernels);
    return { shape: [rows.indptr.length - 1, this.#fitted().terms.ends.length], ...rows };
  }

  #fitted(): LearnedColumns {
    if (!this.#columns) throw new Error('the vectorizer is not fitted yet: call fit or fitTransform first');
    return this.#columns;
  }
}

/** How the options weigh counts. */
export function weighing({ binary, sublinearTf, norm }: CheckedVectorizerOptions): Weighing {
  return { binary, sublinearTf, norm };
}
