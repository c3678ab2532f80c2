// `sparrow worker [DIR]`: does the trainings that servers on the same REDIS_URL ask for, until it is interrupted; what it was
// at is put back and done by another worker. Any number may run, on any machines that reach Redis and the models' files.
import type { Command } from 'commander';
import { SparrowError } from '../errors.ts';
import type { Session } from './session.ts';
import { backendIn, environmentOf, interruptionOf } from './start.ts';

interface WorkerFlags {
  workers?: string;
  modelDir?: string;
  logLevel?: string;
}

export function configure(command: Command, session: Session): void {
  command
    .argument('[dir]', 'directory with a model of your own, as for sparrow start')
    .option('-w, --workers <number>', 'trainings at one time (WORKERS, default 1)')
    .option('--model-dir <dir>', 'where models are kept, the same for all (MODEL_DIR, default models)')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent (LOG_LEVEL, default info)')
    .addHelpText('after', '\nRedis is named by REDIS_URL, an object store in place of the directory by S3_URL.')
    .action((dir: string | undefined, flags: WorkerFlags) => work(dir, flags, session));
}

async function work(dir: string | undefined, { workers, ...flags }: WorkerFlags, session: Session): Promise<void> {
  const backendUrl = backendIn(dir, session);
  const [{ readConfiguration }, { startWorker }, { openLogs }] = await Promise.all([
    import('../server/configuration.ts'),
    import('../server/start-worker.ts'),
    import('../server/logs.ts'),
  ]);
  const environment = environmentOf(flags, session, dir);
  const configuration = readConfiguration(workers === undefined ? environment : { ...environment, WORKERS: workers });
  if (configuration.redisUrl === null) {
    throw new SparrowError('BAD_OPTION', 'sparrow worker needs REDIS_URL, the same as the servers have.');
  }
  const modelDir = session.path(configuration.modelDir);
  const logDir = configuration.logDir === null ? null : session.path(configuration.logDir);
  const logs = openLogs({ level: configuration.logLevel, dir: logDir, output: session.io.stdout });
  const log = logs.trainingLog;
  const worker = await startWorker({ configuration: { ...configuration, modelDir }, backendUrl, log });
  session.say(`waiting for trainings, ${configuration.workers} at one time.`);
  await interruptionOf(session);
  session.say('stopping; what is not done is put back.');
  await worker.close();
  await logs.end();
}
