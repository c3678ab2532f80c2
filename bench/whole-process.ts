// Whole programs against each other: a gzipped file of labelled texts in, a saved model out, and a saved model to its
// first prediction. Start-up, reading and saving count; so does memory.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { VectorizerOptions } from '../src/classifier/options.ts';
import type { Contender, Measurement } from './contender.ts';
import { root } from './machine.ts';
import { peerPath, runCommand } from './runner.ts';
import type { Stage } from './stage.ts';

interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command. */
export const commandLine = join(root, 'dist/cli.js');

/** Why whole programs cannot be compared here, or undefined. */
export function wholeProcessProblem(): string | undefined {
  return existsSync(commandLine) ? undefined : 'dist/cli.js is not built (npm run build)';
}

export function trainingContenders({ peers, folder, paths, test: { options }, expected }: Stage): Contender[] {
  const python = peers.python!;
  const model = join(folder, 'process.safetensors');
  const script = [python, peerPath('scikit-learn-process.py'), 'train', paths.train, join(folder, 'process.joblib')];
  const flags = [paths.train, '--model', model, '--json', '--force', ...flagsOf(options)];
  return [
    {
      name: 'sparrow train',
      measure: async () => {
        const measured = measure(python, [process.execPath, commandLine, 'train', ...flags]);
        const { features, nnz, objective } = JSON.parse(measured.stdout);
        if (features !== expected.n_features || nnz !== expected.nnz_train) {
          throw new Error(`sparrow train found ${features} features and ${nnz} weights`);
        }
        const optimum = expected.fits.optimum.objective;
        return { ...figuresOf(measured), objective, gap: (objective - optimum) / optimum };
      },
    },
    {
      name: 'scikit-learn, joblib',
      measure: async () => {
        const measured = measure(python, [...script, JSON.stringify(pythonOptions(options))]);
        const { features } = JSON.parse(measured.stdout);
        if (features !== expected.n_features) throw new Error(`scikit-learn found ${features} features`);
        return figuresOf(measured);
      },
    },
  ];
}

/** Needs the models that the training contenders leave. */
export function firstPredictionContenders({ peers, folder, corpus }: Stage): Contender[] {
  const python = peers.python!;
  const [text] = corpus.test.texts;
  const one = join(folder, 'one.jsonl.gz');
  writeFileSync(one, gzipSync(`${JSON.stringify({ text, label: '' })}\n`));
  const ours = [process.execPath, commandLine, 'predict', join(folder, 'process.safetensors'), one];
  const theirs = [python, peerPath('scikit-learn-process.py'), 'predict', one, join(folder, 'process.joblib')];
  return [
    { name: 'sparrow predict', measure: async () => figuresOf(measure(python, ours)) },
    { name: 'scikit-learn, joblib', measure: async () => figuresOf(measure(python, theirs)) },
  ];
}

function measure(python: string, command: readonly string[]): Measured {
  const measured = JSON.parse(runCommand(python, [peerPath('measure.py'), ...command])) as Measured;
  if (measured.status !== 0) throw new Error(`${command.join(' ')} ended with ${measured.status}: ${measured.stderr}`);
  return measured;
}

function figuresOf({ seconds, cpuSeconds, peakBytes }: Measured): Measurement {
  return { seconds, cpuSeconds, peakBytes };
}

function flagsOf({ analyzer, ngramRange, sublinearTf }: VectorizerOptions): string[] {
  return [
    ...(analyzer ? ['--analyzer', analyzer] : []),
    ...(ngramRange ? ['--ngram-range', ngramRange.join(',')] : []),
    ...(sublinearTf ? ['--sublinear-tf'] : []),
  ];
}

function pythonOptions({ analyzer, ngramRange, sublinearTf }: VectorizerOptions): object {
  return {
    ...(analyzer && { analyzer }),
    ...(ngramRange && { ngram_range: ngramRange }),
    ...(sublinearTf && { sublinear_tf: sublinearTf }),
  };
}
