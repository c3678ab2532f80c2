// The server as a function, for programs that start it themselves. Options are the environment variables of the command
// line, so there is one list of them and one place that checks them. Types are said again here: the server's own would
// bring Hono's into every program that uses the library.
const defaultBackend = new URL('./sdk/simple-text-classifier.js', import.meta.url).href;

/** A logger, such as pino's: values for programs and a sentence for people. */
export interface ServeLog {
  debug(values: object, message: string): void;
  info(values: object, message: string): void;
  warn(values: object, message: string): void;
  error(values: object, message: string): void;
}

/** A server that listens. */
export interface Served {
  readonly host: string;
  readonly port: number;
  /** Addresses to type into Label Studio, the likeliest first. */
  readonly urls: readonly string[];
  /** Answer what has come, stop the trainings, keep everything; within about `graceMs`. */
  close(graceMs?: number): Promise<void>;
}

/** Each but the last two is the environment variable of its name: `modelDir` is MODEL_DIR, with the same default. */
export interface ServeOptions {
  host?: string;
  /** 0 takes any port that is free. */
  port?: number;
  modelDir?: string;
  basicAuthUser?: string;
  basicAuthPass?: string;
  labelStudioUrl?: string;
  labelStudioApiKey?: string;
  logLevel?: string;
  /** Processes that predict: above 1, this one keeps everything and starts them. */
  workers?: number;
  startTrainingEachNUpdates?: number;
  logisticRegressionC?: number;
  coldStart?: 'labels' | 'none';
  autoSeconds?: number;
  score?: 'probability' | 'margin' | 'entropy';
  maxBodyBytes?: number;
  maxDocuments?: number;
  maxVocabulary?: number;
  /**
   * Path or URL of the module whose default or only export is the model class; trainings load it a second time, in a
   * thread of their own. Default the module of SimpleTextClassifier.
   */
  backend?: string | URL;
  /** Where log lines go. Default standard error, as JSON. */
  log?: ServeLog;
}

/**
 * Start a server for Label Studio and resolve when it listens. Throws BAD_OPTION, and IO_FAILED where the port is taken.
 *
 * @example
 * const server = await serve({ host: '127.0.0.1', port: 0, modelDir: 'models' });
 * const answer = await fetch(`http://127.0.0.1:${server.port}/health`);
 * console.log(await answer.json());
 * await server.close();
 */
export async function serve({ backend, log, ...options }: ServeOptions = {}): Promise<Served> {
  const [{ readConfiguration }, { startServer }, { logTo }] = await Promise.all([
    import('./server/configuration.ts'),
    import('./server/start-server.ts'),
    import('./server/log.ts'),
  ]);
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  const configuration = readConfiguration(
    Object.fromEntries(entries.map(([name, value]) => [variableOf(name), String(value)])),
  );
  const backendUrl = backend === undefined ? defaultBackend : await moduleUrl(backend);
  return startServer({ configuration, backendUrl, log: log ?? logTo(2, configuration.logLevel) });
}

async function moduleUrl(backend: string | URL): Promise<string> {
  if (/^(file|https?|data):/i.test(String(backend))) return String(backend);
  const { pathToFileURL } = await import('node:url');
  return pathToFileURL(String(backend)).href;
}

/** modelDir to MODEL_DIR. */
function variableOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
