// The environment, checked once: a record of strings in, a configuration out, or one sentence that names the variable.
// Names are the reference backend's where it has one.
import { SparrowError } from '../errors.ts';
import type { SharedPlaces } from '../store/shared-stores.ts';

export interface Configuration {
  host: string;
  port: number;
  modelDir: string;
  auth: { user: string; password: string } | null;
  /** What a webhook may show in place of user and password; null for none. */
  webhookSecret: string | null;
  /** Where Label Studio is, and the key to read labelled tasks from it; null without a key. */
  labelStudio: { url: string; apiKey: string } | null;
  /** Where Label Studio is, with or without a key. */
  labelStudioUrl: string | null;
  logLevel: LogLevel;
  /** Where the log is also kept in files; null for standard output alone. */
  logDir: string | null;
  /** Processes that predict; of a worker, the trainings at one time. */
  workers: number;
  /** Changed annotations until a training starts by itself; 0: only by button. */
  trainEachUpdates: number;
  /** C of the logistic regression; null leaves it to the model. */
  C: number | null;
  coldStart: 'labels' | 'none';
  /** Time for choosing features and regression by cross-validation; 0: fixed ones. */
  autoMs: number;
  /** What the score of a prediction is. */
  score: 'probability' | 'margin' | 'entropy';
  /** Whose word counts where several annotators labelled a task. */
  agreement: 'majority' | 'each' | 'latest';
  /** Versions kept of each project, the current and the pinned besides. */
  keptVersions: number;
  /** Projects in memory at one time. */
  mostLoaded: number;
  /** Labelled tasks that a project's training learns from, the newest; null for all. */
  mostDocuments: number | null;
  /** Terms that a model knows, the most frequent; null for all. */
  mostTerms: number | null;
  /** A training that takes longer is stopped. */
  trainingTimeLimitMs: number;
  /** Whether a model that is much worse than the one that serves is kept from serving. */
  hasGate: boolean;
  limits: { bodyBytes: number; trainBodyBytes: number };
  redisUrl: string | null;
  s3Url: string | null;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
type LogLevel = (typeof logLevels)[number];

/** Python's names for the same, as the reference takes them. */
const otherLevels: ReadonlyMap<string, LogLevel> = new Map([
  ['warning', 'warn'],
  ['critical', 'fatal'],
  ['notset', 'trace'],
]);

const MiB = 2 ** 20;
const defaultBodyBytes = 64 * MiB;
/** All labelled tasks of a project come in one body; it is read as a stream. */
const defaultTrainBodyBytes = 512 * MiB;

export type Environment = { readonly [name: string]: string | undefined };

export function readConfiguration(environment: Environment): Configuration {
  const read = new Reader(environment);
  const bodyBytes = read.wholeNumber('MAX_BODY_BYTES', null, 1024, 2 ** 40);
  const auth = readAuth(read);
  return {
    host: read.text('HOST') ?? '0.0.0.0',
    port: read.wholeNumber('PORT', 9090, 0, 65_535),
    modelDir: read.text('MODEL_DIR') ?? 'models',
    auth,
    webhookSecret: readWebhookSecret(read, auth),
    ...readLabelStudio(read),
    logLevel: readLogLevel(read),
    logDir: read.text('LOG_DIR'),
    workers: read.wholeNumber('WORKERS', 1, 1, 64),
    trainEachUpdates: readUpdates(read),
    C: read.positive('LOGISTIC_REGRESSION_C'),
    coldStart: read.oneOf('COLD_START', ['labels', 'none']) ?? 'labels',
    autoMs: read.wholeNumber('AUTO_SECONDS', 2, 0, 3600) * 1000,
    score: read.oneOf('SCORE', ['probability', 'margin', 'entropy']) ?? 'probability',
    agreement: read.oneOf('AGREEMENT', ['majority', 'each', 'latest']) ?? 'majority',
    keptVersions: read.wholeNumber('KEEP_VERSIONS', 10, 1, 100_000),
    mostDocuments: read.wholeNumber('MAX_DOCUMENTS', null, 2, 2 ** 31),
    mostTerms: read.wholeNumber('MAX_VOCABULARY', null, 1, 2 ** 31),
    mostLoaded: read.wholeNumber('MAX_LOADED_PROJECTS', 100, 1, 100_000),
    trainingTimeLimitMs: read.wholeNumber('TRAINING_TIMEOUT_SECONDS', 1800, 1, 86_400) * 1000,
    hasGate: read.oneOf('MODEL_GATE', ['on', 'off']) !== 'off',
    limits: { bodyBytes: bodyBytes ?? defaultBodyBytes, trainBodyBytes: bodyBytes ?? defaultTrainBodyBytes },
    redisUrl: read.url('REDIS_URL', ['redis:', 'rediss:']),
    s3Url: read.url('S3_URL', ['s3:', 'https:', 'http:']),
  };
}

/** What the model class is told of the settings. */
export function settingsOf(configuration: Configuration): { [name: string]: unknown } {
  const { coldStart, C, agreement, autoMs, score, mostDocuments, mostTerms } = configuration;
  return {
    coldStart,
    agreement,
    autoMs,
    score,
    ...(C !== null && { C }),
    ...(mostDocuments !== null && { maxDocuments: mostDocuments }),
    ...(mostTerms !== null && { maxVocabulary: mostTerms }),
  };
}

/** Where servers and workers keep what they share; throws where they share nothing. */
export function sharedPlacesOf({ redisUrl, s3Url, modelDir }: Configuration): SharedPlaces {
  if (redisUrl !== null) return { redisUrl, s3Url, modelDir };
  throw new SparrowError(
    'BAD_OPTION',
    'S3_URL is set, so REDIS_URL must be set too: an object store has no place for annotations.',
  );
}

/** Reads one variable at a time. An empty value is as good as none: that is how compose files unset one. */
class Reader {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  text(name: string): string | null {
    const value = this.#environment[name]?.trim() ?? '';
    return value === '' ? null : value;
  }

  /** As it stands: a password may begin or end with a space. */
  raw(name: string): string | null {
    const value = this.#environment[name] ?? '';
    return value === '' ? null : value;
  }

  wholeNumber<Default extends number | null>(
    name: string,
    fallback: Default,
    least: number,
    most: number,
  ): number | Default {
    const text = this.text(name);
    if (text === null) return fallback;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw wrong(name, text, `a whole number from ${least} to ${most}`);
  }

  positive(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = Number(text);
    if (Number.isFinite(value) && value > 0) return value;
    throw wrong(name, text, 'a number above 0, such as 10');
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | null {
    const text = this.text(name);
    if (text === null) return null;
    const found = allowed.find((one) => one === text.toLowerCase());
    if (found) return found;
    throw wrong(name, text, `one of ${allowed.join(', ')}`);
  }

  /** The value may hold a password, so an error does not repeat it. */
  url(name: string, protocols: readonly string[]): string | null {
    const text = this.text(name);
    if (text === null) return null;
    if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return text;
    throw new SparrowError('BAD_OPTION', `${name} must be an address that begins with ${protocols.join('// or ')}//.`);
  }
}

function wrong(name: string, value: string, expected: string): SparrowError {
  const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value;
  return new SparrowError('BAD_OPTION', `${name} must be ${expected}, not ${JSON.stringify(shown)}.`);
}

function readAuth(read: Reader): Configuration['auth'] {
  const user = read.text('BASIC_AUTH_USER');
  const password = read.raw('BASIC_AUTH_PASS');
  if (user === null && password === null) return null;
  if (user === null)
    throw new SparrowError('BAD_OPTION', 'BASIC_AUTH_PASS is set, so BASIC_AUTH_USER must be set too.');
  if (password === null) {
    throw new SparrowError('BAD_OPTION', 'BASIC_AUTH_USER is set, so BASIC_AUTH_PASS must be set too.');
  }
  if (user.includes(':')) throw new SparrowError('BAD_OPTION', 'BASIC_AUTH_USER must not contain a colon.');
  return { user, password };
}

/**
 * `WEBHOOK_SECRET`: Label Studio's webhook knows no user and password, but sends the headers that its settings list. With
 * the header `X-Webhook-Secret: <secret>` there, the webhook, and nothing else, is let in without them.
 */
function readWebhookSecret(read: Reader, auth: Configuration['auth']): string | null {
  const secret = read.text('WEBHOOK_SECRET');
  if (secret === null || auth !== null) return secret;
  throw new SparrowError(
    'BAD_OPTION',
    'WEBHOOK_SECRET is set, so BASIC_AUTH_USER and BASIC_AUTH_PASS must be set too: without them everybody is let in.',
  );
}

function readLabelStudio(read: Reader): Pick<Configuration, 'labelStudio' | 'labelStudioUrl'> {
  const name = read.text('LABEL_STUDIO_URL') === null ? 'LABEL_STUDIO_HOST' : 'LABEL_STUDIO_URL';
  const url = read.url(name, ['http:', 'https:']);
  const apiKey = read.text('LABEL_STUDIO_API_KEY');
  if (apiKey !== null && url === null) {
    throw new SparrowError(
      'BAD_OPTION',
      'LABEL_STUDIO_API_KEY is set, so LABEL_STUDIO_URL must say where it is valid.',
    );
  }
  return { labelStudio: url === null || apiKey === null ? null : { url, apiKey }, labelStudioUrl: url };
}

function readLogLevel(read: Reader): LogLevel {
  const other = otherLevels.get(read.text('LOG_LEVEL')?.toLowerCase() ?? '');
  return other ?? read.oneOf('LOG_LEVEL', logLevels) ?? 'info';
}

function readUpdates(read: Reader): number {
  const text = read.text('START_TRAINING_EACH_N_UPDATES')?.toLowerCase();
  if (text === 'false') return 0;
  if (text === 'true') return 1;
  return read.wholeNumber('START_TRAINING_EACH_N_UPDATES', 1, 0, 1_000_000);
}
