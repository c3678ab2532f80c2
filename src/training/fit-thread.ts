// A thread that does some of a fit in kernels of its own: counts some of its texts and hands over what it counted, solves
// some of its outputs.
import type { CheckedVectorizerOptions } from '../classifier/options.ts';
import { type CountedTexts, type MovedRows, SideCounts } from '../classifier/side-counts.ts';
import { type RowsSetting, SideRows } from '../classifier/side-rows.ts';
import type { Solution, Targets } from '../classifier/solve.ts';
import { answerQuestions } from '../threads/answering.ts';

/** How many lots of texts a thread has counted: what it is born with. */
export type LotsDone = Int32Array<SharedArrayBuffer>;

export type FitQuestion =
  /** How texts are counted, and then texts to count, lot by lot. */
  | { readonly vectorizers: readonly CheckedVectorizerOptions[] }
  | { readonly texts: readonly string[] }
  /** All texts are counted: tell of them, and then the rows of each vectorizer, piece by piece until there are none. */
  | 'all'
  | { readonly rowsOf: number }
  /** Rows to solve outputs of: how they came about, and then all of them, piece by piece. */
  | { readonly setting: RowsSetting }
  | { readonly rows: MovedRows }
  | { readonly part: Targets };

export type FitAnswer = CountedTexts | MovedRows | Solution | null;

answerQuestions((done: LotsDone) => {
  let counts: SideCounts | undefined;
  let sideRows: SideRows | undefined;
  return (question: FitQuestion): FitAnswer => {
    if (question === 'all') return counts!.finish();
    if ('rowsOf' in question) return counts!.rowsOf(question.rowsOf);
    if ('part' in question) return sideRows!.solve(question.part);
    if ('rows' in question) sideRows!.add(question.rows);
    else if ('setting' in question) {
      counts = undefined;
      sideRows = new SideRows(question.setting);
    } else if ('vectorizers' in question) counts = new SideCounts(question.vectorizers);
    else {
      counts!.count(question.texts);
      Atomics.add(done, 0, 1);
    }
    return null;
  };
});
