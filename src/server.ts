// `node dist/server.js`: the server with its defaults, set up by the environment. The only file besides the command
// line's that reads the environment, and the one place that names the model class which is served.
import { pino } from 'pino';
import { messageOf, SparrowError } from './errors.ts';
import { readConfiguration } from './server/configuration.ts';
import { type RunningServer, startServer } from './server/start-server.ts';

const backendUrl = new URL('./sdk/simple-text-classifier.js', import.meta.url).href;

async function main(): Promise<void> {
  const configuration = readConfiguration(process.env);
  if (configuration.redisUrl !== null || configuration.s3Url !== null) {
    throw new SparrowError('BAD_OPTION', 'REDIS_URL and S3_URL are not served by this version: leave them unset.');
  }
  const destination = pino.destination({ dest: 1, sync: false });
  // A log that nobody reads any more must not end the server.
  destination.on('error', () => {});
  const log = pino(
    { level: configuration.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
  const server = await startServer({ configuration, backendUrl, log });
  stopOnSignal(server, log);
  log.info({ host: server.host, port: server.port, urls: server.urls, modelDir: configuration.modelDir }, 'listening');
  process.stderr.write(
    `Sparrow listens on ${server.host}:${server.port}. In Label Studio connect ${server.urls.join(' or ')}\n`,
  );
}

/** The first signal ends in order, a second one at once. */
function stopOnSignal(
  server: RunningServer,
  log: { info(values: object, message: string): void; flush(): void },
): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log.info({ signal }, 'stopping');
    server.close().then(
      () => {
        log.info({}, 'stopped');
        log.flush();
        process.exit(0);
      },
      (error: unknown) => {
        process.stderr.write(`sparrow: ${messageOf(error)}\n`);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
}

main().catch((error: unknown) => {
  // A sentence is for people, a stack for whoever mends a bug.
  const isKnown = error instanceof SparrowError;
  process.stderr.write(`sparrow: ${isKnown || !(error instanceof Error) ? messageOf(error) : error.stack}\n`);
  process.exit(1);
});
