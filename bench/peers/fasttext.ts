// fastText's supervised mode, one thread, its own defaults: averaged word vectors and a linear softmax, 5 epochs. It
// solves another problem; its time includes reading the texts, as a program's does.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Measurement } from '../contender.ts';
import type { Corpus } from '../corpus.ts';
import { wordsOf } from '../naive-bayes.ts';
import { runCommand } from '../runner.ts';

export function prepareFastText(folder: string, train: Corpus, test: Corpus): void {
  writeTexts(join(folder, 'train.ft'), train);
  writeTexts(join(folder, 'test.ft'), test);
}

export function runFastText(folder: string): Measurement {
  const model = join(folder, 'fasttext');
  const start = performance.now();
  run(['supervised', '-input', join(folder, 'train.ft'), '-output', model, '-thread', '1', '-verbose', '0']);
  const seconds = (performance.now() - start) / 1000;
  const accuracy = Number(/P@1\s+([\d.]+)/.exec(run(['test', `${model}.bin`, join(folder, 'test.ft')]))?.[1]);
  return { seconds, cpuSeconds: null, accuracy };
}

function run(args: readonly string[]): string {
  return runCommand('fasttext', args);
}

/** It splits at spaces only and keeps capitals apart; words are given as the others see them. */
function writeTexts(path: string, { texts, labels }: Corpus): void {
  const lines = texts.map((text, i) => {
    return `__label__${labels[i]!.replace(/\s+/g, '_')} ${wordsOf(text).join(' ')}`;
  });
  writeFileSync(path, `${lines.join('\n')}\n`);
}
