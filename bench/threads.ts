// `npm run bench -- threads`: the command line on one core and on all of them, in turn. What it finds must be the same.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { corpusPath, readCorpus } from './corpus.ts';
import { type Finding, nothingFound, type Settings } from './finding.ts';
import { findCommand, runCommand } from './runner.ts';
import { ratioOf, type Summary, summarize } from './statistics.ts';
import { formatRatio, formatSpread, formatTable } from './table.ts';
import { commandLine, wholeProcessProblem } from './whole-process.ts';

/** What the command prints, as far as it is looked at. */
interface Told {
  readonly seconds: Readonly<Record<string, number>>;
  readonly [key: string]: unknown;
}

interface Task {
  readonly name: string;
  readonly args: readonly string[];
  /** Keys of `seconds` that count. */
  readonly parts: readonly string[];
  /** What must be the same on any number of cores. */
  answer(told: Told): unknown;
  readonly isQuick?: boolean;
}

interface Outcome {
  readonly name: string;
  readonly one: Summary;
  readonly all: Summary;
  readonly isSame: boolean;
}

const charNgrams = ['--analyzer', 'char_wb', '--ngram-range', '2,5'];

function tasksIn(data: string, folder: string): Task[] {
  const of = (name: string) => corpusPath(data, name, 'train');
  const train = (...args: string[]) => ['train', '--force', '-m', join(folder, 'model.safetensors'), ...args];
  const manyClasses = join(folder, 'classes.jsonl');
  const { texts, labels } = readCorpus(of('20ng'));
  writeFileSync(
    manyClasses,
    texts.map((text, i) => JSON.stringify({ text, label: `${labels[i]} ${i % 8}` })).join('\n'),
  );
  const fitted = ({ features, objective, iterations }: Told) => ({ features, objective, iterations });
  const folds = ({ accuracy, logLoss }: Told) => ({ accuracy, logLoss });
  const chosen = ({ auto, objective }: Told) => ({ ...(auto as { chosen: object }).chosen, seconds: null, objective });
  const news = of('agnews');
  const counting = { parts: ['read', 'vectorize'], answer: fitted };
  const fitting = { parts: ['fit'], answer: fitted };
  const pattern = ['--token-pattern', '[a-z]+'];
  return [
    { name: '10 folds, 20 Newsgroups', args: ['evaluate', '--cv', '10', of('20ng')], parts: ['cv'], answer: folds },
    { name: '10 folds, AG News', args: ['evaluate', '--cv', '10', news], parts: ['cv'], answer: folds, isQuick: true },
    { name: 'choosing, AG News', args: train('--auto', news), parts: ['choose'], answer: chosen },
    { name: 'choosing, THUCNews', args: train('--auto', of('thucnews')), parts: ['choose'], answer: chosen },
    { name: 'counting 28 MB by characters', args: train(...charNgrams, ...Array(6).fill(news)), ...counting },
    { name: 'counting by a pattern, 20 Newsgroups', args: train(...pattern, of('20ng')), ...counting },
    {
      name: 'one against the rest, 77 classes by characters',
      args: train('--multi-class', 'ovr', ...charNgrams, of('banking77')),
      ...fitting,
      isQuick: true,
    },
    {
      name: 'one against the rest, 160 classes of long texts',
      args: train('--multi-class', 'ovr', manyClasses),
      ...fitting,
    },
  ];
}

export async function runThreads({ data, isQuick, say }: Settings): Promise<Finding> {
  const problem = wholeProcessProblem();
  if (problem) return nothingFound('threads', problem);
  if (!findCommand('taskset')) return nothingFound('threads', 'taskset: not installed');
  const cores = availableParallelism();
  if (cores < 2) return nothingFound('threads', 'there is one core');
  const folder = mkdtempSync(join(tmpdir(), 'sparrow-threads-'));
  try {
    const tasks = tasksIn(data, folder).filter((task) => task.isQuick || !isQuick);
    const outcomes = tasks.map((task) => {
      say(task.name);
      return measure(task, isQuick ? 2 : 3);
    });
    const rows = outcomes.map(({ name, one, all, isSame }) => {
      return [name, formatSpread(one), formatSpread(all), formatRatio(ratioOf(one, all)), isSame ? '' : 'DIFFERENT'];
    });
    return {
      kind: 'threads',
      text: formatTable(['', 'one core', `${cores} cores`, '', ''], rows),
      content: { cores, outcomes },
      isRight: outcomes.every(({ isSame }) => isSame),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure({ args, parts, answer, name }: Task, runs: number): Outcome {
  const seconds: [number[], number[]] = [[], []];
  const answers = new Set<string>();
  for (let run = 0; run < runs; run++) {
    for (const [i, pin] of [['-c', '0'], null].entries()) {
      const command = [process.execPath, commandLine, ...args, '--json', '-q'];
      const told = JSON.parse(
        pin ? runCommand('taskset', [...pin, ...command]) : runCommand(command[0]!, command.slice(1)),
      );
      answers.add(JSON.stringify(answer(told)));
      seconds[i]!.push(secondsOf(told, parts));
    }
  }
  return { name, one: summarize(seconds[0]), all: summarize(seconds[1]), isSame: answers.size === 1 };
}

/** The parts together; `cv` is all but reading. */
function secondsOf({ seconds }: Told, parts: readonly string[]): number {
  const known: Readonly<Record<string, number>> = { ...seconds, cv: seconds['total']! - seconds['read']! };
  return parts.reduce((sum, part) => sum + known[part]!, 0);
}
