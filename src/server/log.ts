// The log as every way of starting writes it: one JSON object a line, with the time and no name of process or host.
import { type DestinationStream, type Logger, pino } from 'pino';

/** A log of this level and above, to whatever takes its lines. */
export function createLog(level: string, output: DestinationStream): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, output);
}

/** The same to a file descriptor, without waiting for it. */
export function logTo(descriptor: number, level: string): Logger {
  return createLog(level, pino.destination({ dest: descriptor, sync: false }));
}
