// Puts a worker together from the settings that a server has: the stores that all share, a training thread, no port.
import { openTrainingWorker } from '../projects/production.ts';
import { loadBackendModule } from '../sdk/backend-module.ts';
import type { Job } from '../training/job.ts';
import { ThreadRunner } from '../training/thread-runner.ts';
import { settingsOf, sharedPlacesOf } from './configuration.ts';
import type { StartOptions } from './start-server.ts';
import { studioOf } from './studio.ts';

export interface StartWorkerOptions extends Omit<StartOptions, 'metrics'> {
  /** How long a killed worker keeps its job, at most twice. Default 15 s. */
  lockMs?: number;
}

export async function startWorker(options: StartWorkerOptions): Promise<{ close(): Promise<void> }> {
  const { configuration, backendUrl, log, lockMs } = options;
  const shared = sharedPlacesOf(configuration);
  const onEnd = (job: Job, why: string | null) => {
    const { project, id, state, error, result } = job;
    const values = { project, job: id, state, ...(result && { modelVersion: result.modelVersion }) };
    if (state === 'queued') log.warn(values, `The training failed and will be tried again: ${why}`);
    else if (state === 'failed' && job.errorCode !== 'TOO_FEW_LABELS')
      log.error(values, `The training failed: ${error}`);
    else log.info(values, result?.note ?? error ?? 'The training is done.');
  };
  return openTrainingWorker({
    stores: shared,
    backend: await loadBackendModule(backendUrl),
    settings: settingsOf(configuration),
    runner: new ThreadRunner({
      workerUrl: new URL('../training/worker.js', import.meta.url),
      data: { backendUrl, shared },
    }),
    source: (await studioOf(configuration)).source,
    keptVersions: configuration.keptVersions,
    hasGate: configuration.hasGate,
    eachUpdates: configuration.trainEachUpdates,
    jobs: {
      concurrency: configuration.workers,
      timeLimitMs: configuration.trainingTimeLimitMs,
      onEnd,
      ...(lockMs !== undefined && { lockMs }),
    },
    log: (project, message) => log.warn(project === '' ? {} : { project }, message),
  });
}
