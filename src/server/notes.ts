// What happens by itself, put where people look: the log, the list of events, the counters.
import { accuraciesOf } from '../projects/gate.ts';
import type { ProjectNote } from '../projects/registry.ts';
import type { JobResult } from '../training/job.ts';
import type { EventLog } from './event-log.ts';
import type { Metrics } from './metrics.ts';
import type { Log } from './route.ts';

export function noteKeeper(parts: { events: EventLog; metrics: Metrics; log: Log }): (note: ProjectNote) => void {
  const { events, metrics, log } = parts;
  return ({ kind, project, message, job }) => {
    const modelVersion = job?.result?.modelVersion;
    events.add({ kind, project, did: message, ...(job && { job: job.id }), ...(modelVersion && { modelVersion }) });
    if (!job) {
      log[kind === 'sync' ? 'info' : 'warn']({ project }, message);
      return;
    }
    const seconds = job.startedAt === null || job.endedAt === null ? 0 : (job.endedAt - job.startedAt) / 1000;
    metrics.training(job.state, seconds);
    if (job.result) countModel(project, job.result, metrics);
    const values = { project, job: job.id, state: job.state, seconds };
    // Too few labels is where every project begins, and no fault.
    const isFault = job.state === 'failed' && job.errorCode !== 'TOO_FEW_LABELS';
    if (isFault) log.error(values, message);
    else log[job.result?.isCurrent === false ? 'warn' : 'info'](values, message);
  };
}

function countModel(project: string, { modelVersion, isCurrent, trainOutput }: JobResult, metrics: Metrics): void {
  if (!isCurrent) metrics.candidates++;
  // Nothing comes out of a training that found nothing new.
  if (trainOutput === null) return;
  metrics.versions++;
  const accuracies = [...accuraciesOf(trainOutput)].map(([control, { value }]) => [control, value] as const);
  metrics.model(project, { version: modelVersion, accuracies: new Map(accuracies) });
}
