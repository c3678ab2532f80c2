// `npm run bench -- refit`: a project's model after one more, one changed and one removed label, beside a fit from
// scratch; with 17,000 news and, made from them, 120,000. The two models are compared before their times.
import { Refit } from '../src/classifier/refit.ts';
import { type FitOptions, TextClassifier } from '../src/classifier/text-classifier.ts';
import { type Corpus, corpusPath, readCorpus } from './corpus.ts';
import type { Finding, Settings } from './finding.ts';
import { type Summary, summarize } from './statistics.ts';
import { heapsGrowth, synthesize } from './synthesis.ts';
import { formatSeconds, formatTable } from './table.ts';

/** What the server fits: plain words, and what wins most often where options are chosen. */
const kinds: readonly { name: string; options: FitOptions; largest: number }[] = [
  { name: 'words', options: {}, largest: 120_000 },
  {
    name: 'words + characters 2–5, refined',
    options: {
      C: 10,
      tol: 1e-5,
      features: [
        { tokenPattern: 'one', sublinearTf: true },
        { analyzer: 'char_wb', ngramRange: [2, 5], sublinearTf: true, minDf: 2 },
      ],
      refinement: { columnPower: 0.5, naiveBayes: 0.1 },
    },
    largest: 17_000,
  },
];
const sizes = [17_000, 120_000];
/** Probabilities of two fits may differ by what their tolerances leave open. */
const mostApart = 1e-2;

interface Line {
  readonly kind: string;
  readonly docs: number;
  readonly scratch: Summary;
  readonly refit: Summary;
  readonly counts: Summary;
  readonly epochs: Summary;
  readonly heldBytes: number;
  readonly apart: number;
}

export async function runRefit({ data, isQuick, say }: Settings): Promise<Finding> {
  const news = readCorpus(corpusPath(data, 'agnews', 'train'));
  const held = readCorpus(corpusPath(data, 'agnews', 'test')).texts.slice(0, 500);
  const lines: Line[] = [];
  for (const { name, options, largest } of kinds) {
    for (const docs of sizes.filter((size) => size <= (isQuick ? sizes[0]! : largest))) {
      say(`${name}, ${docs} texts`);
      lines.push(measure(name, corpusOf(news, docs + changes), docs, options, held, isQuick ? 3 : 9));
    }
  }
  return {
    kind: 'refit',
    text: format(lines),
    content: { lines },
    isRight: lines.every(({ apart }) => apart < mostApart),
  };
}

/** Texts beyond the first `docs` that come in one by one. */
const changes = 200;

function corpusOf(news: Corpus, docs: number): Corpus {
  if (docs <= news.texts.length) return news;
  const times = docs / news.texts.length;
  return synthesize(news, { docs, newWords: Math.round(30_000 * (heapsGrowth(times) - 1)) });
}

function measure(
  kind: string,
  { texts: all, labels: allLabels }: Corpus,
  docs: number,
  options: FitOptions,
  held: readonly string[],
  rounds: number,
): Line {
  const [texts, labels] = [all.slice(0, docs), allLabels.slice(0, docs)];
  const refit = new Refit(options);
  let model = refit.fit(texts, labels);
  const seconds: number[] = [];
  const counts: number[] = [];
  const epochs: number[] = [];
  // The first rounds run before the kernels' functions are optimised for them.
  for (let round = -3; round < rounds; round++) {
    const next = docs + round + 3;
    if (round % 3 === 0) add(texts, labels, all[next]!, allLabels[next]!);
    else if (round % 3 === 1) labels[round * 7] = labels[round * 7 + 1]!;
    else remove(texts, labels, 11 * (round + 4));
    const start = performance.now();
    model = refit.fit(texts, labels);
    if (round < 0) continue;
    seconds.push((performance.now() - start) / 1000);
    counts.push(model.report.seconds.vectorize);
    epochs.push(model.report.iterations);
  }
  const scratch = Array.from({ length: 3 }, () => {
    const start = performance.now();
    return { classifier: TextClassifier.fit(texts, labels, options), seconds: (performance.now() - start) / 1000 };
  });
  const own = TextClassifier.of(model).predictProba(held);
  const expected = scratch[0]!.classifier.predictProba(held);
  const line = {
    kind,
    docs,
    scratch: summarize(scratch.map((one) => one.seconds)),
    refit: summarize(seconds),
    counts: summarize(counts),
    epochs: summarize(epochs),
    heldBytes: refit.heldBytes,
    apart: own.reduce((most, p, i) => Math.max(most, Math.abs(p - expected[i]!)), 0),
  };
  refit.dispose();
  return line;
}

function add(texts: string[], labels: string[], text: string, label: string): void {
  texts.push(`${text} neverseen${texts.length}`);
  labels.push(label);
}

function remove(texts: string[], labels: string[], at: number): void {
  texts.splice(at, 1);
  labels.splice(at, 1);
}

function format(lines: readonly Line[]): string {
  const heading = ['features', 'texts', 'from scratch', 'refit', 'faster', 'rows', 'epochs', 'kernels hold', 'apart'];
  const rows = lines.map(({ kind, docs, scratch, refit, counts, epochs, heldBytes, apart }) => [
    kind,
    String(docs),
    formatSeconds(scratch.median),
    `${formatSeconds(refit.median)} (${formatSeconds(refit.min)} – ${formatSeconds(refit.max)})`,
    `${(scratch.median / refit.median).toFixed(1)}×`,
    formatSeconds(counts.median),
    String(epochs.median),
    `${Math.round(heldBytes / 2 ** 20)} MiB`,
    apart.toExponential(1),
  ]);
  return formatTable(heading, rows);
}
