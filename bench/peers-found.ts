// Which peers are on this machine. Those that are not get a plain line and are left out.
import type { Learner } from './naive-bayes.ts';
import { findNatural } from './peers/natural.ts';
import { findWink } from './peers/wink.ts';
import { findCommand, findPython, peerPath, Runner, runCommand } from './runner.ts';

export interface Peers {
  /** A Python that has scikit-learn. */
  readonly python: string | undefined;
  readonly script: string;
  readonly learners: readonly { name: string; start(): Learner }[];
  /** Name to version, of those that are there. */
  readonly versions: ReadonlyMap<string, string>;
  readonly missing: readonly string[];
  has(name: string): boolean;
}

export async function findPeers(): Promise<Peers> {
  const python = findPython('sklearn');
  const script = peerPath('scikit-learn.py');
  const wink = findWink();
  const natural = findNatural();
  const candidates: [name: string, version: string | undefined][] = [
    ['scikit-learn', python && (await askVersion(python, script))],
    ['liblinear', findCommand('liblinear-train') ? packageVersion('liblinear-tools') : undefined],
    ['fastText', findCommand('fasttext') ? packageVersion('fasttext') : undefined],
    ['wink-naive-bayes-text-classifier', wink?.version],
    ['natural', natural?.version],
  ];
  const versions = new Map(candidates.flatMap(([name, version]) => (version ? [[name, version] as const] : [])));
  return {
    python,
    script,
    learners: [
      ...(wink ? [{ name: 'wink naive Bayes', start: wink.start }] : []),
      ...(natural ? [{ name: 'natural naive Bayes', start: natural.start }] : []),
    ],
    versions,
    missing: candidates.flatMap(([name, version]) => (version ? [] : [name])),
    has: (name) => versions.has(name),
  };
}

async function askVersion(python: string, script: string): Promise<string> {
  const runner = new Runner(python, [script]);
  try {
    return (await runner.ask<{ version: string }>({ op: 'hello' })).version;
  } finally {
    runner.stop();
  }
}

/** Neither program says its version; Debian's package manager does. */
function packageVersion(name: string): string {
  try {
    return runCommand('dpkg-query', ['-W', name]).trim().replace('\t', ' ');
  } catch {
    return `${name}, version unknown`;
  }
}
