// `npm run bench -- growth`: how the cost of a training grows with documents, classes, text length and vocabulary, one
// at a time: documents (with a vocabulary that grows as it does in English), and the others at the same number of
// documents. Plots go to docs/growth-*.svg, figures to the record.
import { TextClassifier } from '../src/classifier/text-classifier.ts';
import { type Corpus, corpusPath, readCorpus } from './corpus.ts';
import type { Finding, Settings } from './finding.ts';
import { plotGrowth } from './plot.ts';
import { growthExponent, median } from './statistics.ts';
import { countWords, heapsGrowth, synthesize } from './synthesis.ts';
import { formatSeconds, formatTable } from './table.ts';

/** One quantity that grows while the others stay. */
interface Axis {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly sizes: readonly number[];
  make(size: number): Corpus;
  /** The quantity, read from what was fitted. */
  measureOf(point: Sample): number;
}

interface Sample {
  readonly docs: number;
  readonly classes: number;
  readonly features: number;
  readonly nnz: number;
  readonly textBytes: number;
  readonly modelBytes: number;
  readonly iterations: number;
  readonly vectorize: number;
  readonly fit: number;
  readonly total: number;
}

interface Growth {
  readonly axis: string;
  readonly unit: string;
  readonly points: readonly Sample[];
  readonly exponents: { readonly vectorize: number; readonly fit: number; readonly total: number };
}

export async function runGrowth({ data, isQuick, say }: Settings): Promise<Finding> {
  const news = readCorpus(corpusPath(data, 'agnews', 'train'));
  const intents = readCorpus(corpusPath(data, 'banking77', 'train'));
  const runs = isQuick ? 1 : 5;
  // The first long calls of the kernels run before they are optimised.
  measure(synthesize(news, { docs: 3000 }), 2);
  const growths: Growth[] = [];
  const drawings = new Map<string, string>();
  for (const axis of axesOf(news, intents, isQuick)) {
    say(axis.title);
    const points = axis.sizes.map((size) => measure(axis.make(size), runs));
    const exponent = (time: (point: Sample) => number): number =>
      growthExponent(points.map((point) => [axis.measureOf(point), time(point)]));
    const exponents = {
      vectorize: exponent(({ vectorize }) => vectorize),
      fit: exponent(({ fit }) => fit),
      total: exponent(({ total }) => total),
    };
    growths.push({ axis: axis.name, unit: axis.unit, points, exponents });
    drawings.set(`docs/growth-${axis.name}.svg`, plot(axis, points, exponents));
  }
  return {
    kind: 'growth',
    text: growths.map(formatGrowth).join('\n\n'),
    content: { runs, growths },
    isRight: true,
    // One run of little data is no picture to keep.
    ...(!isQuick && { drawings }),
  };
}

function axesOf(news: Corpus, intents: Corpus, isQuick: boolean): Axis[] {
  const base = isQuick ? 2500 : news.texts.length;
  const source = { texts: news.texts.slice(0, base), labels: news.labels.slice(0, base) };
  const words = countWords(source.texts);
  const newWords = (times: number): number => Math.round(words * (times - 1));
  const times = [1, 2, 4, 8];
  return [
    {
      name: 'documents',
      title: 'Training time by number of documents',
      unit: 'documents',
      sizes: times,
      make: (size) => synthesize(source, { docs: base * size, newWords: newWords(heapsGrowth(size)) }),
      measureOf: ({ docs }) => docs,
    },
    {
      name: 'classes',
      title: 'Training time by number of classes',
      unit: 'classes',
      sizes: [5, 10, 20, 40, 77],
      make: (size) => synthesize(firstClasses(intents, size), { docs: isQuick ? 2500 : 10_000 }),
      measureOf: ({ classes }) => classes,
    },
    {
      name: 'length',
      title: 'Training time by length of a text',
      unit: 'bytes of text',
      sizes: times,
      make: (size) => synthesize(source, { docs: Math.round(base / 4), length: size }),
      measureOf: ({ textBytes }) => textBytes,
    },
    {
      name: 'vocabulary',
      title: 'Training time by size of the vocabulary',
      unit: 'features',
      sizes: times,
      make: (size) => synthesize(source, { docs: base, newWords: newWords(size) }),
      measureOf: ({ features }) => features,
    },
  ];
}

function firstClasses({ texts, labels }: Corpus, count: number): Corpus {
  const kept = new Set([...new Set(labels)].sort().slice(0, count));
  const chosen = labels.flatMap((label, i) => (kept.has(label) ? [i] : []));
  return { texts: chosen.map((i) => texts[i]!), labels: chosen.map((i) => labels[i]!) };
}

function measure({ texts, labels }: Corpus, runs: number): Sample {
  const reports = Array.from({ length: runs }, () => {
    const classifier = TextClassifier.fit(texts, labels);
    return { ...classifier.report, modelBytes: classifier.save().length };
  });
  const { docs, classes, features, nnz, bytes, iterations, modelBytes } = reports[0]!;
  const vectorize = median(reports.map(({ seconds }) => seconds.vectorize));
  const fit = median(reports.map(({ seconds }) => seconds.fit));
  const total = median(reports.map(({ seconds }) => seconds.vectorize + seconds.fit));
  return { docs, classes, features, nnz, textBytes: bytes, modelBytes, iterations, vectorize, fit, total };
}

function plot(axis: Axis, points: readonly Sample[], exponents: Growth['exponents']): string {
  const line = (name: 'vectorize' | 'fit', label: string) => ({
    label: `${label} (∝ x^${exponents[name].toFixed(2)})`,
    points: points.map((point): [number, number] => [axis.measureOf(point), point[name]]),
  });
  return plotGrowth({
    title: axis.title,
    xLabel: axis.unit,
    lines: [line('vectorize', 'texts to counts'), line('fit', 'counts to weights')],
  });
}

function formatGrowth({ axis, unit, points, exponents }: Growth): string {
  const rows = points.map((point) => [
    String(point.docs),
    String(point.classes),
    String(point.features),
    String(point.textBytes),
    formatSeconds(point.vectorize),
    formatSeconds(point.fit),
    String(point.iterations),
    String(point.modelBytes),
  ]);
  const heading = [
    'docs',
    'classes',
    'features',
    'text bytes',
    'texts to counts',
    'to weights',
    'epochs',
    'model bytes',
  ];
  const { vectorize, fit, total } = exponents;
  const law = `time ∝ ${unit}^e: counts e = ${vectorize.toFixed(2)}, weights ${fit.toFixed(2)}, both ${total.toFixed(2)}`;
  return [`${axis}`, formatTable(heading, rows), law].join('\n');
}
