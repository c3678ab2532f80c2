// Where a figure was taken, and its dated record: a figure without its machine means nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout, whether this runs from its source or from what was compiled of it. */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder));
}

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  /** Cores this process may run on; one of them means pinned. */
  readonly allowedCores: string;
  readonly isPinned: boolean;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  /** With a plus when the checkout has changes. */
  readonly commit: string | null;
}

export function describeMachine(): Machine {
  const allowedCores = /Cpus_allowed_list:\s*(\S+)/.exec(readIfThere('/proc/self/status'))?.[1] ?? 'unknown';
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    allowedCores,
    isPinned: /^\d+$/.test(allowedCores),
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}`,
    node: process.version,
    commit: commitOf(),
  };
}

/** One line for the head of a report. */
export function describePinning({ cpu, cores, isPinned, allowedCores }: Machine): string {
  const pinning = isPinned ? `pinned to core ${allowedCores}` : 'not pinned (taskset -c 0 npm run bench pins it)';
  return `${cpu}, ${cores} cores, ${pinning}`;
}

/** Write `content` to bench/record/<date>-<cpu>[-kind].json, beside earlier ones of the day, and return its path. */
export function writeRecord(machine: Machine, kind: string, content: object): string {
  const cpu = machine.cpu
    .toLowerCase()
    .replace(/\(.*?\)|@.*$/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const stem = `bench/record/${machine.date.slice(0, 10)}-${cpu}${kind === '' ? '' : `-${kind}`}`;
  let path = `${stem}.json`;
  for (let i = 2; existsSync(join(root, path)); i++) path = `${stem}-${i}.json`;
  writeInCheckout(path, `${JSON.stringify({ machine, ...content }, null, 1)}\n`);
  return path;
}

export function writeInCheckout(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function commitOf(): string | null {
  const commit = outputOf('git', ['rev-parse', '--short=12', 'HEAD']);
  return commit && outputOf('git', ['status', '--porcelain']) ? `${commit}+` : commit;
}

function outputOf(command: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
