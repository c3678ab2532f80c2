// A fit whose texts were counted, and whose outputs were solved, in several places must be the one that did it all.
import { describe, expect, test } from 'vitest';
import type { FeatureUnion } from '../../src/classifier/feature-union.ts';
import {
  type CountState,
  type FitHelp,
  type FitOptions,
  ModelFit,
  type SolveTask,
  type TextRange,
} from '../../src/classifier/fit.ts';
import { SideCounts } from '../../src/classifier/side-counts.ts';
import { SideRows } from '../../src/classifier/side-rows.ts';
import type { Solution } from '../../src/classifier/solve.ts';
import { readTargets } from '../../src/classifier/targets.ts';
import { seededRandom } from '../../src/evaluation/folds.ts';

/** Kernels beside those of the fit, in this thread: takes lots of texts as a thread that is now free and now is not. */
class OtherKernels implements FitHelp {
  readonly #random: () => number;
  #counts: SideCounts | undefined;
  readonly #ranges: TextRange[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  take(texts: readonly string[], { vectorizers, first }: CountState): boolean {
    if (this.#random() < 0.5) return false;
    this.#counts ??= new SideCounts(vectorizers);
    this.#counts.count(texts);
    this.#ranges.push({ first, count: texts.length });
    return true;
  }

  async handOver(features: FeatureUnion): Promise<TextRange[]> {
    if (!this.#counts) return [];
    const { terms, bytes } = this.#counts.finish();
    for (const [part, own] of terms.entries()) {
      const joined = features.join(part, own);
      for (let rows = this.#counts.rowsOf(part); rows; rows = this.#counts.rowsOf(part)) joined.addRows(rows);
      joined.dispose();
    }
    features.addTextBytes(bytes);
    return this.#ranges;
  }

  solve({ parts, pieces, ...setting }: SolveTask): Promise<Solution>[] {
    const rows = new SideRows(setting);
    for (const piece of pieces()) rows.add(piece);
    return parts.slice(1).map(async (_, i) => rows.solve(parts[i]!));
  }
}

/** Lots of texts: words of any length and script, none at all, lone surrogates. */
function lotsOf(random: () => number): string[][] {
  const syllables = ['ba', 'ko', 'ß', 'é', '漢', '🙂', '\ud800', 'x'.repeat(20), 'n'];
  const any = (most: number) => Math.floor(random() * most);
  const word = () => Array.from({ length: 1 + any(4) }, () => syllables[any(syllables.length)]).join('');
  const known = Array.from({ length: 40 }, word);
  const text = () => Array.from({ length: any(9) }, () => (random() < 0.2 ? word() : known[any(40)])).join(' ');
  return Array.from({ length: 2 + any(8) }, () => ['some known word', ...Array.from({ length: any(30) }, text)]);
}

async function modelOf(lots: readonly string[][], options: FitOptions, help?: FitHelp, classes = 3) {
  const fit = new ModelFit(options, help);
  for (const lot of lots) fit.count(lot);
  await fit.gather();
  const labels = lots.flat().map((text, i) => `label ${(text.length + i) % classes}`);
  const table = readTargets(labels, false, undefined);
  const { report, ...model } = await (help ? fit.finishWithHelp(table) : fit.finish(table));
  return { ...model, report: { ...report, seconds: null } };
}

describe.each<[string, FitOptions]>([
  ['characters', { analyzer: 'char', ngramRange: [1, 3] }],
  ['characters in words, the most frequent', { analyzer: 'char_wb', ngramRange: [2, 4], minDf: 2, maxFeatures: 60 }],
  ['a pattern of words', { tokenPattern: '[a-z]+', binary: true }],
  ['a fixed vocabulary', { analyzer: 'char', vocabulary: ['n', 'b', 'zz', '漢'] }],
  [
    'words beside characters',
    { features: [{ sublinearTf: true }, { analyzer: 'char', ngramRange: [2, 3], norm: 'l1' }] },
  ],
])('%s', (_, options) => {
  test.each([1, 2, 3, 4, 5])('are the same to the last bit, wherever they were counted (seed %d)', async (seed) => {
    const lots = lotsOf(seededRandom(seed));
    const model = await modelOf(lots, options, new OtherKernels(seededRandom(seed)));
    expect(model).toEqual(await modelOf(lots, options));
  });
});

test('texts that are all counted elsewhere make the same model too', async () => {
  const lots = lotsOf(seededRandom(8));
  const options = { analyzer: 'char', ngramRange: [1, 2] } as const;
  expect(await modelOf(lots, options, new OtherKernels(() => 1))).toEqual(await modelOf(lots, options));
});

test('rows are moved in pieces', async () => {
  const text = Array.from({ length: 3000 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join('');
  const lots = Array.from({ length: 4 }, (_, i) => Array.from({ length: 120 }, (_, j) => `${text.slice(i + j)} ${j}`));
  const options = { analyzer: 'char', ngramRange: [1, 1] } as const;
  expect(await modelOf(lots, options, new OtherKernels(() => 1))).toEqual(await modelOf(lots, options));
});

test.each([70, 100])('about %d outputs are solved in groups, wherever that is', async (classes) => {
  const lots = [...lotsOf(seededRandom(9)), ...lotsOf(seededRandom(10)), ...lotsOf(seededRandom(11))];
  const options = { analyzer: 'char', ngramRange: [1, 2], multiClass: 'ovr' } as const;
  const model = await modelOf(lots, options, new OtherKernels(seededRandom(9)), classes);
  expect(model.classes.length).toBeGreaterThan(64);
  expect(model).toEqual(await modelOf(lots, options, undefined, classes));
});
