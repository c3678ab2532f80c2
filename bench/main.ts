// `npm run bench`: Sparrow against its peers on real corpora, the answers verified before the times.
//   npm run bench -- [--quick] [--json] [--only NAME]… [--runs N] [--cap SECONDS] [--no-record]
//   npm run bench -- growth | http | load        how cost grows; the server under load
//   npm run bench -- labelling                   labels that active learning saves
//   npm run bench -- refit                       a model after one more label
//   npm run bench -- scale                       many projects and several processes (docs/scaling.md)
//   npm run bench -- start                       from the start of a process to its first answer
//   npm run bench -- threads                     the command line on one core and on all
import { parseArgs } from 'node:util';
import { cases } from './cases.ts';
import { type CaseResult, runCase } from './comparisons.ts';
import { findData, noData } from './corpus.ts';
import { type Finding, publish, type Settings } from './finding.ts';
import { findPeers } from './peers-found.ts';
import { formatCase } from './report.ts';
import type { Plan } from './stage.ts';
import { wholeProcessProblem } from './whole-process.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    runs: { type: 'string' },
    cap: { type: 'string' },
    'no-record': { type: 'boolean', default: false },
  },
});

process.exitCode = await main(positionals[0] ?? 'compare');

async function main(bench: string): Promise<number> {
  const data = findData();
  if (!data) {
    console.log(flags.json ? JSON.stringify({ note: noData }) : noData);
    return 0;
  }
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const run = await loadBench(bench);
  const finding = await run({ data, isQuick: flags.quick, say });
  return publish(finding, { asJson: flags.json, isRecorded: !flags['no-record'] });
}

async function loadBench(name: string): Promise<(settings: Settings) => Promise<Finding>> {
  if (name === 'compare') return comparePeers;
  if (name === 'growth') return (await import('./growth.ts')).runGrowth;
  if (name === 'http') return (await import('./http.ts')).runHttp;
  if (name === 'load') return (await import('./load.ts')).runLoad;
  if (name === 'labelling') return (await import('./labelling.ts')).runLabelling;
  if (name === 'refit') return (await import('./refit.ts')).runRefit;
  if (name === 'scale') return (await import('./scale.ts')).runScale;
  if (name === 'start') return (await import('./start.ts')).runStart;
  if (name === 'threads') return (await import('./threads.ts')).runThreads;
  const known = 'compare, growth, http, load, labelling, refit, scale, start and threads';
  return refuse(`there is no bench ${JSON.stringify(name)}; there are ${known}`);
}

async function comparePeers({ data, isQuick, say }: Settings): Promise<Finding> {
  const plan: Plan = {
    runs: Number(flags.runs ?? (isQuick ? 3 : 5)),
    cap: Number(flags.cap ?? (isQuick ? 8 : 120)),
    budget: isQuick ? 3 : 60,
    isQuick,
    say,
  };
  const wanted = cases.filter((test) => flags.only?.includes(test.name) ?? (test.isQuick || !isQuick));
  if (wanted.length === 0) refuse(`--only knows ${cases.map(({ name }) => name).join(', ')}`);
  const peers = await findPeers();
  const results: CaseResult[] = [];
  for (const test of wanted) results.push(await runCase(test, data, peers, plan));
  const absent = [
    ...peers.missing.map((name) => `${name}: not installed`),
    ...[wholeProcessProblem()].flatMap((problem) => (problem ? [`whole programs: ${problem}`] : [])),
  ];
  return {
    kind: '',
    text: [...results.map(formatCase), absent.join('\n'), [...peers.versions.values()].join('\n')].join('\n\n'),
    content: { peers: Object.fromEntries(peers.versions), absent, results },
    isRight: results.every(({ differences }) => differences.length === 0),
  };
}

function refuse(sentence: string): never {
  process.stderr.write(`bench: ${sentence}\n`);
  process.exit(2);
}
