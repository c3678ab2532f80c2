// Everything that the comparisons of one case share: its corpus, its options, and the peers' processes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case } from './cases.ts';
import type { Effort } from './contender.ts';
import { type Corpus, corpusPath, type Expected, readCorpus, readExpected } from './corpus.ts';
import type { Peers } from './peers-found.ts';
import { Runner } from './runner.ts';

export interface Plan extends Effort {
  readonly isQuick: boolean;
  /** Seconds after which a peer's solver is stopped. */
  readonly cap: number;
  say(line: string): void;
}

export interface Stage {
  readonly test: Case;
  readonly plan: Plan;
  readonly peers: Peers;
  readonly paths: { readonly train: string; readonly test: string };
  readonly corpus: { readonly train: Corpus; readonly test: Corpus };
  readonly expected: Expected;
  /** For files of this case; removed afterwards. */
  readonly folder: string;
  readonly sparrow: Runner;
  readonly python: Runner | undefined;
}

/** Set up a case, use it, and take everything down again. */
export async function withStage<T>(
  test: Case,
  data: string,
  peers: Peers,
  plan: Plan,
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sparrow-bench-'));
  const sparrow = new Runner(process.execPath, [fileURLToPath(new URL('./peers/sparrow.js', import.meta.url))]);
  const python = peers.python ? new Runner(peers.python, [peers.script]) : undefined;
  const paths = { train: corpusPath(data, test.corpus, 'train'), test: corpusPath(data, test.corpus, 'test') };
  try {
    for (const runner of [sparrow, python]) await runner?.ask({ op: 'load', ...paths });
    const corpus = { train: readCorpus(paths.train), test: readCorpus(paths.test) };
    const expected = readExpected(data, test);
    return await use({ test, plan, peers, paths, corpus, expected, folder, sparrow, python });
  } finally {
    sparrow.stop();
    python?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
