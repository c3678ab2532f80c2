// Makes the context of a model: for the server, for the training thread, and for whoever tries a model class by hand.
import { SparrowError } from '../errors.ts';
import type { Json } from '../labelstudio/types.ts';
import type { BackendContext } from './backend.ts';
import { LabelInterface } from './label-interface.ts';

/** Where a model keeps small things of its project. */
export interface ValueStore {
  /** Everything that is kept; keys that are not the model's own are looked over. */
  read(): Promise<{ readonly [key: string]: unknown }>;
  write(patch: { [key: string]: unknown }): Promise<void>;
}

export interface ContextParts extends Pick<BackendContext, 'labelConfig'> {
  project?: string;
  trainOutput?: unknown;
  modelVersion?: string;
  settings?: BackendContext['settings'];
  readFile?: BackendContext['readFile'];
  log?: BackendContext['log'];
  /** Without it what is set is kept as long as the context. */
  values?: ValueStore;
}

const mostKeyLength = 100;
const mostValueBytes = 65_536;
/** Keeps a model's keys apart from what the server knows of the project. */
const prefix = 'own:';

/**
 * The context of a model class, with defaults for what is not given: enough to try the class without a server.
 *
 * @example
 * const labelConfig =
 *   '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="Yes"/></Choices></View>';
 * const context = createContext({ labelConfig });
 * console.log(context.labelInterface.first().labels);
 */
export function createContext(parts: ContextParts): BackendContext {
  const { labelConfig, values = valuesInMemory() } = parts;
  const labelInterface = new LabelInterface(labelConfig);
  return {
    project: parts.project ?? '1',
    labelConfig,
    parsedLabelConfig: labelInterface.parsed,
    labelInterface,
    trainOutput: parts.trainOutput ?? null,
    modelVersion: parts.modelVersion ?? 'untrained',
    settings: parts.settings ?? {},
    readFile:
      parts.readFile ??
      ((name) => Promise.reject(new SparrowError('NOT_FOUND', `There is no file ${name}: nothing is trained yet.`))),
    log: parts.log ?? (() => {}),
    get: async (key) => {
      const value = (await values.read())[ownKey(key)];
      return value === undefined ? null : (value as Json);
    },
    set: async (key, value) => values.write({ [ownKey(key)]: value === null ? undefined : checkedValue(key, value) }),
  };
}

/** Values that nothing outlives but what is done with `changes`. */
export function valuesInMemory(
  before: () => Promise<{ readonly [key: string]: unknown }> = async () => ({}),
): ValueStore & {
  readonly changes: { readonly [key: string]: unknown };
} {
  const changes: { [key: string]: unknown } = {};
  return {
    changes,
    read: async () => ({ ...(await before()), ...changes }),
    write: async (patch) => void Object.assign(changes, patch),
  };
}

function ownKey(key: string): string {
  if (typeof key === 'string' && key !== '' && key.length <= mostKeyLength) return `${prefix}${key}`;
  throw new SparrowError('BAD_INPUT', `The key of a value must be a text of 1 to ${mostKeyLength} characters.`);
}

function checkedValue(key: string, value: Json): Json {
  const text: unknown = JSON.stringify(value);
  if (typeof text !== 'string') {
    throw new SparrowError('BAD_INPUT', `The value of ${JSON.stringify(key)} must be plain JSON.`);
  }
  if (Buffer.byteLength(text) <= mostValueBytes) return JSON.parse(text) as Json;
  const limit = `${mostValueBytes / 1024} KiB`;
  throw new SparrowError('BAD_INPUT', `The value of ${JSON.stringify(key)} is over ${limit}: what is large is a file.`);
}
