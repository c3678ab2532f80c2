// Sparrow as a peer: the same requests as the others', and `check`, which says what was computed so that it can be
// compared before any time counts.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CsrMatrix } from '../../src/classifier/csr.ts';
import type { Model } from '../../src/classifier/model-file.ts';
import type { VectorizerOptions } from '../../src/classifier/options.ts';
import { TextClassifier } from '../../src/classifier/text-classifier.ts';
import { TfidfVectorizer } from '../../src/classifier/vectorizer.ts';
import { type Corpus, readCorpus } from '../corpus.ts';
import { root } from '../machine.ts';
import { quantile } from '../statistics.ts';

interface Request {
  readonly op: string;
  readonly train: string;
  readonly test: string;
  readonly options: VectorizerOptions;
  readonly optimum: number;
  readonly count: number;
}

interface Spent {
  readonly seconds: number;
  readonly cpuSeconds: number | null;
}

class Peer {
  #train: Corpus = { texts: [], labels: [] };
  #test: Corpus = { texts: [], labels: [] };
  #classifier: TextClassifier | undefined;

  answer(request: Request): object {
    if (request.op === 'hello') return { version: versionOf() };
    if (request.op === 'load') return this.#load(request);
    if (request.op === 'check') return this.#check(request);
    if (request.op === 'vectorize') return this.#vectorize(request);
    if (request.op === 'rows') return this.#rows(request);
    if (request.op === 'fit' || request.op === 'train') return this.#fit(request);
    if (request.op === 'predict') return this.#predict();
    if (request.op === 'one') return this.#one(request);
    throw new Error(`no such request: ${request.op}`);
  }

  #load({ train, test }: Request): object {
    this.#train = readCorpus(train);
    this.#test = readCorpus(test);
    return {};
  }

  /** The vocabulary, and the objective summed again from rows and coefficients in plain f64. */
  #check({ options }: Request): object {
    const { texts, labels } = this.#train;
    const classifier = TextClassifier.fit(texts, labels, options);
    const vectorizer = new TfidfVectorizer(options);
    const X = vectorizer.fitTransform(texts);
    const targets = Uint32Array.from(labels, (label) => classifier.classes.indexOf(label));
    return {
      docs: X.shape[0],
      features: X.shape[1],
      nnz: X.data.length,
      vocabularySha256: createHash('sha256').update(vectorizer.vocabulary.join('\n')).digest('hex'),
      objective: objectiveOf(classifier.model, X, targets),
      reportedObjective: classifier.report.objective,
      certifiedGap: classifier.report.gap,
      accuracy: this.#accuracy(classifier),
    };
  }

  #vectorize({ options }: Request): object {
    const clock = startClock();
    const X = new TfidfVectorizer(options).fitTransform(this.#train.texts);
    return { ...clock(), features: X.shape[1], nnz: X.data.length };
  }

  /** Texts to weighted rows in the kernels' memory, as every training does first. */
  #rows({ options }: Request): object {
    const { texts, labels } = this.#train;
    const clock = startClock();
    let cpuSeconds: number | null = null;
    const { report } = TextClassifier.fit(texts, labels, {
      ...options,
      onProgress: ({ phase }) => {
        if (phase === 'fit') cpuSeconds ??= clock().cpuSeconds;
      },
    });
    return { seconds: report.seconds.vectorize, cpuSeconds, features: report.features, nnz: report.nnz };
  }

  /** From texts; `fit` reports the part after the vocabulary is known, `train` all of it. */
  #fit({ op, options, optimum }: Request): object {
    const { texts, labels } = this.#train;
    let fitClock = startClock();
    const clock = startClock();
    const classifier = TextClassifier.fit(texts, labels, {
      ...options,
      onProgress: ({ phase }) => {
        // Processor time is not in the report; counted from the last text on it includes choosing the columns.
        if (phase === 'vectorize') fitClock = startClock();
      },
    });
    const whole = clock();
    const { seconds, objective, iterations, solver } = classifier.report;
    const fitted: Spent = { seconds: seconds.fit, cpuSeconds: fitClock().cpuSeconds };
    this.#classifier?.dispose();
    this.#classifier = classifier;
    return {
      ...(op === 'fit' ? fitted : whole),
      objective,
      gap: optimum === undefined ? undefined : (objective - optimum) / optimum,
      iterations,
      solver,
      accuracy: this.#accuracy(classifier),
    };
  }

  #predict(): object {
    const classifier = this.#classifier!;
    const clock = startClock();
    classifier.predictProba(this.#test.texts);
    return { ...clock(), accuracy: this.#accuracy(classifier) };
  }

  #one({ count }: Request): object {
    const classifier = this.#classifier!;
    const texts = this.#test.texts.slice(0, count).map((text) => [text]);
    const times = texts.map((text) => {
      const start = process.hrtime.bigint();
      classifier.predictProba(text);
      return Number(process.hrtime.bigint() - start) / 1e9;
    });
    return { seconds: quantile(times, 0.5), p99: quantile(times, 0.99), cpuSeconds: null };
  }

  #accuracy(classifier: TextClassifier): number {
    const { texts, labels } = this.#test;
    const right = classifier.predict(texts).filter((label, i) => label === labels[i]).length;
    return right / labels.length;
  }
}

/** Wall and processor time since the call, all threads of the process counted. */
function startClock(): () => Spent {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  return () => {
    const seconds = (performance.now() - wall) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { seconds, cpuSeconds: (user + system) / 1e6 };
  };
}

/** C·Σloss + ½‖W‖² at C = 1, by the definition. */
function objectiveOf({ coef, intercept, scheme }: Model, X: CsrMatrix, targets: Uint32Array): number {
  const [samples, features] = X.shape;
  let loss = 0;
  for (let i = 0; i < samples; i++) {
    const raw = intercept.slice();
    for (let e = X.indptr[i]!; e < X.indptr[i + 1]!; e++) {
      for (let k = 0; k < raw.length; k++) raw[k]! += X.data[e]! * coef[k * features + X.indices[e]!]!;
    }
    const target = targets[i]!;
    if (scheme === 'binary') {
      const margin = target === 1 ? raw[0]! : -raw[0]!;
      loss += Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
    } else {
      const largest = Math.max(...raw);
      loss += largest + Math.log(raw.reduce((sum, value) => sum + Math.exp(value - largest), 0)) - raw[target]!;
    }
  }
  return loss + coef.reduce((sum, value) => sum + value * value, 0) / 2;
}

function versionOf(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return `Sparrow ${version}, Node ${process.version}`;
}

const peer = new Peer();
for await (const line of createInterface(process.stdin)) {
  let answer: object;
  try {
    answer = peer.answer(JSON.parse(line));
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
