// A thread that counts some of a fit's texts, in kernels of its own, and hands over what it counted.
import type { CheckedVectorizerOptions } from '../classifier/options.ts';
import { type CountedTexts, type MovedRows, SideCounts } from '../classifier/side-counts.ts';
import { answerQuestions } from '../threads/answering.ts';

/** What the thread is born with. */
export interface CountThreadData {
  readonly vectorizers: readonly CheckedVectorizerOptions[];
  /** How many lots of texts have been counted. */
  readonly done: Int32Array<SharedArrayBuffer>;
}

/** Count texts; when all are: tell of them, and then the rows of each vectorizer, piece by piece until there are none. */
export type CountQuestion = { readonly texts: readonly string[] } | 'all' | { readonly rowsOf: number };

export type CountAnswer = CountedTexts | MovedRows | null;

answerQuestions(({ vectorizers, done }: CountThreadData) => {
  const counts = new SideCounts(vectorizers);
  return (question: CountQuestion): CountAnswer => {
    if (question === 'all') return counts.finish();
    if ('rowsOf' in question) return counts.rowsOf(question.rowsOf);
    counts.count(question.texts);
    Atomics.add(done, 0, 1);
    return null;
  };
});
