// Bodies as routes want them. Every age of Label Studio is let in: an unknown field is passed over, a missing one is
// as good as null, and only what a route cannot do without is refused, by name.
import { SparrowError } from '../errors.ts';
import { isObject, type JsonObject } from '../labelstudio/types.ts';
import { type ProjectRef, readProjectRef } from '../projects/project-ref.ts';

export interface SetupRequest {
  ref: ProjectRef;
  schema: unknown;
  hostname: string | null;
  /** Label Studio's token for its own API; a secret. */
  accessToken: string | null;
}

export function readSetup(body: JsonObject): SetupRequest {
  return {
    ref: readProjectRef(body.project),
    schema: body.schema ?? body.label_config,
    hostname: originOf(body.hostname),
    accessToken: textOrNull(body.access_token),
  };
}

export interface PredictRequest {
  ref: ProjectRef;
  tasks: readonly unknown[];
  /** Null where none came: then the last one known holds. */
  labelConfig: string | null;
  context: unknown;
  params: JsonObject;
  /** The version that Label Studio believes to be current. */
  asked: string | null;
}

export function readPredict(body: JsonObject, mostTasks: number): PredictRequest {
  const { tasks, params } = body;
  if (!Array.isArray(tasks)) throw new SparrowError('BAD_INPUT', 'tasks must be a list of tasks.');
  if (tasks.length > mostTasks) {
    throw new SparrowError('TOO_LARGE', `tasks holds ${tasks.length} tasks; the most for one request is ${mostTasks}.`);
  }
  return {
    ref: readProjectRef(body.project),
    tasks,
    labelConfig: configOf(body.label_config),
    context: (isObject(params) ? params.context : null) ?? body.context ?? null,
    params: isObject(params) ? params : {},
    asked: typeof body.model_version === 'string' && body.model_version !== '' ? body.model_version : null,
  };
}

/** The text of a label config; null for none or an empty one. What is no text is left to the reader of configs. */
export function configOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const config = typeof value === 'string' ? value : JSON.stringify(value);
  return config.trim() === '' ? null : config;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** A field that must be there, as text. */
export function requiredText(body: JsonObject, field: string): string {
  const value = body[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new SparrowError('BAD_INPUT', `${field} must be a text that is not empty.`);
}

/** Label Studio's own address, for showing; credentials in it are dropped. It is never called for having come this way. */
function originOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 500 || !URL.canParse(value)) return null;
  const { protocol, host } = new URL(value);
  return protocol === 'http:' || protocol === 'https:' ? `${protocol}//${host}` : null;
}
