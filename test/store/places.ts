// Directories to try stores in, a clock that only moves when told, and processes that can be declared dead.
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Processes, ProcessIdentity } from '../../src/store/process-identity.ts';
import { removeAll } from './step-files.ts';

/** An empty directory that is removed after the test. */
export function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sparrow-store-'));
  onTestFinished(() => removeAll(directory));
  return directory;
}

/** A FIFO, which whoever opens it carelessly waits for. */
export function makePipe(path: string): void {
  execFileSync('sh', ['-c', 'mkfifo "$0"', path]);
}

export class Clock {
  time: number;

  constructor(time = Date.parse('2026-11-24T21:15:00Z')) {
    this.time = time;
  }

  now = (): number => this.time;

  advance(ms: number): void {
    this.time += ms;
  }
}

/** A process with a number of its own; the ones in `dead` are known to have ended, the rest to live. */
export function processNumbered(pid: number, dead: readonly number[] = [], host = 'here'): Processes {
  const self: ProcessIdentity = { pid, host, place: host, start: String(pid) };
  return { self, isAlive: (other) => (other.host === host ? !dead.includes(other.pid) : 'unknown') };
}
