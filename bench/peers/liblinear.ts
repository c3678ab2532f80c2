// liblinear's own program. It solves another problem: one classifier a class, each with a penalised intercept, and to
// its own tolerance; so its accuracy is comparable, its objective is not.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CsrMatrix } from '../../src/classifier/csr.ts';
import type { Measurement } from '../contender.ts';
import { runCommand } from '../runner.ts';

/** L2-regularised logistic regression, in the primal or in the dual. */
export const liblinearKinds = { primal: '0', dual: '7' } as const;

export interface Rows {
  readonly X: CsrMatrix;
  readonly labels: readonly string[];
}

/** Train and test rows as the program's files; prepared once, outside every measured time. */
export function prepareLiblinear(folder: string, train: Rows, test: Rows): void {
  const classes = [...new Set(train.labels)];
  writeRows(join(folder, 'train.svm'), train, classes);
  writeRows(join(folder, 'test.svm'), test, classes);
}

/** The time of training: of the whole process, less that of one which stops as soon as it has read its file. */
export function runLiblinear(folder: string, kind: keyof typeof liblinearKinds): Measurement {
  const read = train(folder, kind, '1e30');
  const whole = train(folder, kind);
  const args = [join(folder, 'test.svm'), join(folder, 'model'), join(folder, 'labels')];
  const printed = runCommand('liblinear-predict', args);
  const accuracy = Number(/Accuracy = ([\d.]+)%/.exec(printed)?.[1]) / 100;
  return { seconds: Math.max(whole - read, 0), cpuSeconds: null, accuracy };
}

function train(folder: string, kind: keyof typeof liblinearKinds, tolerance?: string): number {
  const stop = tolerance === undefined ? [] : ['-e', tolerance];
  const files = [join(folder, 'train.svm'), join(folder, 'model')];
  const start = performance.now();
  runCommand('liblinear-train', ['-q', '-s', liblinearKinds[kind], '-c', '1', '-B', '1', ...stop, ...files]);
  return (performance.now() - start) / 1000;
}

/** `class column:value …`, both counted from one. */
function writeRows(path: string, { X, labels }: Rows, classes: readonly string[]): void {
  const lines = labels.map((label, i) => {
    const cells = [String(classes.indexOf(label) + 1)];
    for (let e = X.indptr[i]!; e < X.indptr[i + 1]!; e++) cells.push(`${X.indices[e]! + 1}:${X.data[e]!}`);
    return cells.join(' ');
  });
  writeFileSync(path, `${lines.join('\n')}\n`);
}
