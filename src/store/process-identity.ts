// Who holds a lock, precisely enough to tell a living holder from a later process that was given the same number.
// Certainty is only to be had on one machine, since one start of it, in one container; elsewhere the answer is unknown.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  pid: number;
  host: string;
  /** Machine start and process namespace: process numbers mean the same only where this is equal. Empty if not known. */
  place: string;
  /** When the process began, in the machine's ticks. Empty if not known. */
  start: string;
}

export interface Processes {
  self: ProcessIdentity;
  /** `unknown` where this process cannot see the other one. */
  isAlive(other: ProcessIdentity): boolean | 'unknown';
}

export function systemProcesses(): Processes {
  const self: ProcessIdentity = {
    pid: process.pid,
    host: hostname(),
    place: placeOf(),
    start: startOf(process.pid),
  };
  return {
    self,
    isAlive(other) {
      if (other.host !== self.host || other.place !== self.place) return 'unknown';
      if (!isRunning(other.pid)) return false;
      return self.start === '' ? 'unknown' : startOf(other.pid) === other.start;
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // there, but another user's
  }
}

function placeOf(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/** Field 22 of /proc/<pid>/stat; the second field is a name in parentheses that may hold anything. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
