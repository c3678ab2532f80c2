// The log as JSON lines: on standard output and, with LOG_DIR, also in files, what trainings do apart from what the server
// does. Files are only ever added to: what rotates them must copy and truncate.
import { createWriteStream, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { messageOf, SparrowError } from '../errors.ts';
import { createLog } from './log.ts';
import { LogOutput } from './log-output.ts';
import type { Log } from './route.ts';

/** Names of the files in LOG_DIR. */
const serverFile = 'server.log';
const trainingFile = 'training.log';
/** How long the last lines may take. */
const lastLinesMs = 500;

export interface Logs {
  log: Log;
  /** For what trainings and models say. */
  trainingLog: Log;
  /** Resolves when all is written, or after half a second. */
  end(): Promise<void>;
}

export interface LogsOptions {
  level: string;
  /** LOG_DIR; null for standard output alone. */
  dir: string | null;
  output: Writable;
  onDropped?: () => void;
}

export function openLogs({ level, dir, output, onDropped = () => {} }: LogsOptions): Logs {
  const standard = new LogOutput(output, { onDropped });
  const files = dir === null ? null : filesIn(dir, onDropped);
  const logTo = (file: LogOutput | undefined): Log => {
    const write = (line: string) => {
      standard.write(line);
      file?.write(line);
    };
    return createLog(level, { write });
  };
  const all = [standard, ...(files === null ? [] : [files.server, files.training])];
  return {
    log: logTo(files?.server),
    trainingLog: logTo(files?.training),
    end: async () => void (await Promise.all(all.map((one) => one.end(lastLinesMs)))),
  };
}

function filesIn(dir: string, onDropped: () => void): { server: LogOutput; training: LogOutput } {
  const open = (name: string) => {
    const fd = openSync(join(dir, name), 'a', 0o640);
    return new LogOutput(createWriteStream('', { fd, autoClose: false }), { onDropped });
  };
  try {
    mkdirSync(dir, { recursive: true });
    return { server: open(serverFile), training: open(trainingFile) };
  } catch (cause) {
    throw new SparrowError('BAD_OPTION', `LOG_DIR cannot be written: ${messageOf(cause)}`, { cause });
  }
}
