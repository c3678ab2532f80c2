// `sparrow start [DIR]`: the server from the command line. Flags are the environment's variables by other names and win
// over them; DIR holds a model of the user's own. It runs until it is interrupted and then ends in order.
import type { Command } from 'commander';
import { messageOf } from '../errors.ts';
import { reloadUrl } from '../sdk/backend-module.ts';
import type { Environment } from '../server/configuration.ts';
import type { Log } from '../server/route.ts';
import type { RunningServer } from '../server/start-server.ts';
import { modelFiles, modelIn, settingsIn } from './own-model.ts';
import type { Session } from './session.ts';
import { watchSources } from './watched-sources.ts';

export interface StartFlags {
  port?: string;
  host?: string;
  modelDir?: string;
  basicAuthUser?: string;
  basicAuthPass?: string;
  logLevel?: string;
  debug?: boolean;
  reload?: boolean;
}

/** Flag → variable. */
const variables = {
  port: 'PORT',
  host: 'HOST',
  modelDir: 'MODEL_DIR',
  basicAuthUser: 'BASIC_AUTH_USER',
  basicAuthPass: 'BASIC_AUTH_PASS',
  logLevel: 'LOG_LEVEL',
} as const satisfies { [flag in keyof StartFlags]?: string };

const ownModel = new URL('../sdk/simple-text-classifier.js', import.meta.url).href;

export function configure(command: Command, session: Session): void {
  addServerFlags(command)
    .argument('[dir]', `directory with a model of your own (${modelFiles.join(', ')})`)
    .option('--debug', 'log everything (LOG_LEVEL=debug)')
    .option('--no-reload', 'do not load the model anew when a file of its directory changes')
    .action((dir: string | undefined, flags: StartFlags) => start(dir, flags, session));
}

/** The flags of whatever serves; `sparrow doctor` looks at the same settings. */
export function addServerFlags(command: Command): Command {
  return command
    .option('-p, --port <number>', 'port to listen on (PORT, default 9090)')
    .option('--host <address>', 'address to listen on (HOST, default 0.0.0.0)')
    .option('--model-dir <dir>', 'where models and annotations are kept (MODEL_DIR, default models)')
    .option('--basic-auth-user <name>', 'user that everybody must give (BASIC_AUTH_USER)')
    .option('--basic-auth-pass <password>', 'and the password (BASIC_AUTH_PASS)')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent (LOG_LEVEL, default info)');
}

/** The environment with the flags put over it. */
export function environmentOf(flags: StartFlags, session: Session, dir?: string): Environment {
  const given = Object.entries(variables).flatMap(([flag, variable]) => {
    const value = flags[flag as keyof typeof variables];
    return value === undefined ? [] : [[variable, value] as const];
  });
  const debug = flags.debug && flags.logLevel === undefined ? { LOG_LEVEL: 'debug' } : {};
  const own = dir === undefined ? {} : settingsIn(session.path(dir));
  return { ...own, ...session.io.env, ...debug, ...Object.fromEntries(given) };
}

async function start(dir: string | undefined, flags: StartFlags, session: Session): Promise<void> {
  const backendUrl = backendIn(dir, session);
  // Loaded here, so that other commands and help do not wait for them.
  const [{ readConfiguration }, { startServer }, { openLogs }] = await Promise.all([
    import('../server/configuration.ts'),
    import('../server/start-server.ts'),
    import('../server/logs.ts'),
  ]);
  const configuration = readConfiguration(environmentOf(flags, session, dir));
  const modelDir = session.path(configuration.modelDir);
  const logDir = configuration.logDir === null ? null : session.path(configuration.logDir);
  const logs = openLogs({ level: configuration.logLevel, dir: logDir, output: session.io.stdout });
  const said = (log: Log) => (dir === undefined ? log : alsoSaid(log, session));
  const server = await startServer({
    configuration: { ...configuration, modelDir },
    backendUrl,
    log: said(logs.log),
    trainingLog: said(logs.trainingLog),
  });
  const [first = '', ...others] = server.urls;
  session.say(`listening on ${server.host}:${server.port}, keeping everything in ${modelDir}.`);
  session.say(`the dashboard and the address for Label Studio: ${first}${others.map((url) => ` or ${url}`).join('')}`);
  if (dir !== undefined && flags.reload !== false) reloadOnChange(server, { dir, backendUrl, modelDir }, session);
  await interruptionOf(session);
  session.say('stopping, after what has come is answered.');
  await server.close();
  await logs.end();
}

/** URL of the module with the model class: in a user's directory, or our own. */
export function backendIn(dir: string | undefined, session: Session): string {
  return dir === undefined ? ownModel : modelIn(session.path(dir), dir);
}

/** Whoever writes a model sees what is wrong with it without reading through the log. */
function alsoSaid(log: Log, session: Session): Log {
  return {
    debug: (values, message) => log.debug(values, message),
    info: (values, message) => log.info(values, message),
    warn: (values, message) => log.warn(values, message),
    error: (values, message) => {
      log.error(values, message);
      const { error, at, request } = values as { [key: string]: unknown };
      const where = typeof at === 'string' ? `${at}: ` : '';
      session.say(error === undefined ? message : `${where}${error} (request ${request})`);
    },
  };
}

/** Development: the model is loaded anew when one of its files changes; while it cannot be, the one before it serves. */
function reloadOnChange(
  server: RunningServer,
  { dir, backendUrl, modelDir }: { dir: string; backendUrl: string; modelDir: string },
  session: Session,
): void {
  let round = 0;
  const reload = async () => {
    try {
      await server.exchange(reloadUrl(backendUrl, ++round));
      session.say(`${dir} has changed: the new model answers.`);
    } catch (error) {
      session.say(`${messageOf(error)} The model before the change goes on answering.`);
    }
  };
  const { signal = new AbortController().signal } = session.io;
  void watchSources({ path: session.path(dir), without: modelDir }, signal, reload);
}

/** Resolves when somebody wants the command to end. */
export function interruptionOf({ io: { signal } }: Session): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}
