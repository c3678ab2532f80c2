// `node dist/server.js`: the server with its defaults, set up by the environment. The only file besides the command
// line's that reads the environment, and the one place that names the model class which is served.
import { messageOf, SparrowError } from './errors.ts';
import { readConfiguration } from './server/configuration.ts';
import { standardOutput } from './server/log-output.ts';
import { type Logs, openLogs } from './server/logs.ts';
import { Metrics } from './server/metrics.ts';
import { type RunningServer, startServer } from './server/start-server.ts';

const backendUrl = new URL('./sdk/simple-text-classifier.js', import.meta.url).href;

async function main(): Promise<void> {
  const configuration = readConfiguration(process.env);
  const metrics = new Metrics();
  const logs = openLogs({
    level: configuration.logLevel,
    dir: configuration.logDir,
    output: standardOutput(),
    onDropped: () => metrics.droppedLogLines++,
  });
  const { log, trainingLog } = logs;
  const server = await startServer({ configuration, backendUrl, log, trainingLog, metrics });
  stopOnSignal(server, logs);
  log.info({ host: server.host, port: server.port, urls: server.urls, modelDir: configuration.modelDir }, 'listening');
  process.stderr.write(
    `Sparrow listens on ${server.host}:${server.port}. In Label Studio connect ${server.urls.join(' or ')}\n`,
  );
}

/** The whole way down, just under the ten seconds after which container engines kill. */
const longestStopMs = 9500;

/** The first signal ends in order, a second one at once, and nothing takes longer than the limit. */
function stopOnSignal(server: RunningServer, logs: Logs): void {
  const { log } = logs;
  let isStopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    setTimeout(() => process.exit(1), longestStopMs);
    log.info({ signal }, 'stopping');
    const error = await server.close().then(
      () => null,
      (reason: unknown) => reason ?? 'unknown',
    );
    if (error === null) log.info({}, 'stopped');
    else log.error({ error: messageOf(error) }, 'could not stop in order');
    await logs.end();
    process.exit(error === null ? 0 : 1);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
}

main().catch((error: unknown) => {
  // A sentence is for people, a stack for whoever mends a bug.
  const isKnown = error instanceof SparrowError;
  process.stderr.write(`sparrow: ${isKnown || !(error instanceof Error) ? messageOf(error) : error.stack}\n`);
  process.exit(1);
});
