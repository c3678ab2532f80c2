// Texts to words with ONNX's standard operators. They know no pattern to split at, so a text is split at one character
// after the other: at white space, then at each of ASCII's punctuation marks. All texts of a batch are split at once.
//
//   pieces (all texts' pieces, end to end)     rows (the text each one is of, ascending)
//
// Exact for texts of these characters and of letters and digits that lower-casing leaves as they are; the others cannot
// be lower-cased or split at without a table of all characters, so the graph says of each text whether it is one.
import type { Graph } from './onnx.ts';
import { type CheckedVectorizerOptions, stopWordList } from './options.ts';

/** All white space by name: what StringSplit splits at of itself differs between runtimes. */
const delimiters: readonly string[] = [...' \t\n\v\f\r!"#$%&\'()*+,-./:;<=>?@[\\]^`{|}~'];

const asciiClass = '\\t-\\r -~';
const unchangedLetters = '\\p{Ll}\\p{Lo}\\p{Nd}';

interface Pieces {
  readonly pieces: string;
  readonly rows: string;
}

/** True for an analyzer that the graph can stand for. */
export function canSplitTexts({ analyzer, tokenPattern }: CheckedVectorizerOptions): boolean {
  return analyzer === 'word' && (tokenPattern === 'two' || tokenPattern === 'one');
}

/** The part of a graph between `text` (texts) and words. */
export class TextSplitter {
  readonly #graph: Graph;
  readonly #text: string;
  readonly #split = new Map<boolean, Pieces>();

  constructor(graph: Graph, text: string) {
    this.#graph = graph;
    this.#text = text;
  }

  /** The words of each text, (texts, most words of one), padded with empty strings. */
  words(options: CheckedVectorizerOptions): string {
    const graph = this.#graph;
    let split = this.#split.get(options.lowercase);
    if (!split) {
      split = this.#pieces(options.lowercase);
      this.#split.set(options.lowercase, split);
    }
    const least = options.tokenPattern === 'two' ? '{2,}' : '+';
    let isWord = graph.node('RegexFullMatch', [split.pieces], { pattern: `[\\p{L}\\p{N}_]${least}` });
    const stopWords = stopWordList(options) ?? [];
    if (stopWords.length > 0) {
      const pattern = stopWords.map(escapePattern).join('|');
      const isStopWord = graph.node('RegexFullMatch', [split.pieces], { pattern });
      isWord = graph.node('And', [isWord, graph.node('Not', [isStopWord])]);
    }
    return this.#table({
      pieces: graph.node('Compress', [split.pieces, isWord]),
      rows: graph.node('Compress', [split.rows, isWord]),
    });
  }

  /** Of each text, whether its words are those that Sparrow finds. */
  exactness(options: readonly CheckedVectorizerOptions[]): string {
    const isChanged = options.some(({ stripAccents, normalize }) => stripAccents !== null || normalize !== null);
    const pattern = `[${asciiClass}${isChanged ? '' : unchangedLetters}]*`;
    return this.#graph.node('RegexFullMatch', [this.#text], { pattern });
  }

  #pieces(lowercase: boolean): Pieces {
    const graph = this.#graph;
    // The locale "C", which every machine has, changes the letters of ASCII only.
    const lower = { case_change_action: 'LOWER', is_case_sensitive: 1, locale: 'C' };
    let pieces = lowercase ? graph.node('StringNormalizer', [this.#text], lower) : this.#text;
    let rows = this.#upTo(graph.node('Size', [this.#text]));
    const flat = graph.integers([-1]);
    const empty = graph.strings([''], []);
    for (const delimiter of delimiters) {
      const split = graph.node('StringSplit', [pieces], { delimiter }, 2);
      const columns = graph.node('Unsqueeze', [rows, graph.integers([1])]);
      const spread = graph.node('Expand', [columns, graph.node('Shape', [split])]);
      const all = graph.node('Reshape', [split, flat]);
      const isKept = graph.node('Not', [graph.node('Equal', [all, empty])]);
      pieces = graph.node('Compress', [all, isKept]);
      rows = graph.node('Compress', [graph.node('Reshape', [spread, flat]), isKept]);
    }
    return { pieces, rows };
  }

  /** The pieces of each text in a row of its own. */
  #table({ pieces, rows }: Pieces): string {
    const graph = this.#graph;
    const texts = graph.node('Shape', [this.#text]);
    const int64 = 7;
    const zeros = graph.node('Cast', [graph.node('ConstantOfShape', [texts])], { to: int64 });
    const ones = graph.node('Expand', [graph.integers([1]), graph.node('Shape', [rows])]);
    const counts = graph.node('ScatterElements', [zeros, rows, ones], { axis: 0, reduction: 'add' });
    const starts = graph.node('CumSum', [counts, graph.integers([0], [])], { exclusive: 1 });
    const before = graph.node('Gather', [starts, rows]);
    const place = graph.node('Sub', [this.#upTo(graph.node('Size', [rows])), before]);
    const width = graph.node('Max', [graph.node('ReduceMax', [counts], { keepdims: 1 }), graph.integers([1])]);
    const shape = graph.node('Concat', [texts, width], { axis: 0 });
    const blank = graph.node('Expand', [graph.strings([''], []), shape]);
    const second = graph.integers([1]);
    const cells = graph.node(
      'Concat',
      [rows, place].map((at) => graph.node('Unsqueeze', [at, second])),
      { axis: 1 },
    );
    return graph.node('ScatterND', [blank, cells, pieces]);
  }

  /** 0, 1, … up to and without `count`. */
  #upTo(count: string): string {
    const graph = this.#graph;
    return graph.node('Range', [graph.integers([0], []), count, graph.integers([1], [])]);
  }
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
