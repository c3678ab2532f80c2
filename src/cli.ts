#!/usr/bin/env node
// The entry of the `sparrow` command: hands the process's own streams to the command line and exits with its code.
// Signals abort the command while the event loop turns; around work that blocks they get back their default, which ends
// the process at once.
import { availableParallelism } from 'node:os';
import { main } from './cli/main.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;
const interruption = new AbortController();
const interrupt = (signal: NodeJS.Signals): void => interruption.abort(signal);

async function blocking<T>(work: () => T | Promise<T>): Promise<T> {
  for (const signal of signals) process.off(signal, interrupt);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.on(signal, interrupt);
  }
}

for (const signal of signals) process.on(signal, interrupt);
const code = await main(process.argv.slice(2), {
  // A getter: to open standard input takes longer than to print help.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: interruption.signal,
  blocking,
  threads: availableParallelism(),
});
// Input that nobody reads any more, or a command that was interrupted, would keep the process alive.
process.exit(code);
