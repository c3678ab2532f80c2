// What the process that keeps everything and the processes that only predict say to each other.
import type { Direction } from '../projects/directions.ts';
import type { ProjectNote } from '../projects/registry.ts';
import type { Configuration } from './configuration.ts';
import type { Scores } from './dashboard-recent.ts';
import type { NewEvent } from './event-log.ts';
import type { Counted, ProcessGauges } from './metrics.ts';
import type { OwnerAddress } from './owner-door.ts';
import type { Log } from './route.ts';

export interface Beginning {
  kind: 'begin';
  configuration: Configuration;
  backendUrl: string;
  owner: OwnerAddress;
  directions: readonly Direction[];
}

export type ToServing =
  | Beginning
  /** Something about the project was written. */
  | { kind: 'changed'; project: string }
  | { kind: 'direction'; direction: Direction }
  | { kind: 'exchange'; backendUrl: string }
  | { kind: 'written'; id: number; error: string | null }
  /** Comes with the connection. */
  | { kind: 'connection'; id: number }
  | { kind: 'stop'; graceMs: number };

export interface LogLine {
  level: keyof Log;
  values: object;
  message: string;
}

export type ToOwner =
  /** It hears: what is said to it before is lost. */
  | { kind: 'ready' }
  | { kind: 'serving' }
  /** The connection is the process's own from here on; nothing of it has been read before. */
  | { kind: 'taken'; id: number }
  | { kind: 'failed'; error: string }
  /** What has happened since the last time. */
  | { kind: 'news'; news: News }
  | { kind: 'note'; note: ProjectNote }
  | { kind: 'stopped' }
  /** A model keeps values with its project. */
  | { kind: 'write'; id: number; project: string; patch: { [key: string]: unknown } };

export interface News {
  /** As often as `times` says, with `tasks` of all together. */
  events: readonly { event: NewEvent; times: number }[];
  recent: readonly (readonly [project: string, scores: Scores])[];
  counted: Counted;
  gauges: ProcessGauges;
  log: readonly LogLine[];
}
