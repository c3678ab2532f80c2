// The JSON that Label Studio sends and takes, of every age: a field that one age lacks is optional, a field that we do
// not know passes through. All of it comes from outside, so nothing here is sure to hold at run time.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** One thing to label. Its `data` may be any JSON; null also stands for "the event did not bring it". */
export interface Task {
  id?: number | string;
  data: Json;
  annotations?: Annotation[];
  /** What annotations were called before 1.0. */
  completions?: Annotation[];
  predictions?: Json[];
  [key: string]: unknown;
}

/** One control's answer inside an annotation or a prediction. */
export interface ResultItem {
  id?: string;
  from_name: string;
  to_name: string;
  type: string;
  value: { [key: string]: Json };
  [key: string]: unknown;
}

/** What one person said about one task. */
export interface Annotation {
  id?: number | string;
  result?: ResultItem[];
  was_cancelled?: boolean;
  skipped?: boolean;
  ground_truth?: boolean;
  completed_by?: unknown;
  updated_at?: string;
  created_at?: string;
  prediction?: unknown;
  task?: number | string;
  [key: string]: unknown;
}

/** What the model says about one task; `result: []` with score 0 is "no opinion". */
export interface Prediction {
  result: ResultItem[];
  score: number;
  model_version?: string;
  [key: string]: unknown;
}

/** An object of JSON, looked at without trusting its keys. */
export interface JsonObject {
  readonly [key: string]: unknown;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object without a prototype, for keys that come from outside: `__proto__` is a key like any other in it. */
export function bareObject<Value>(entries: Iterable<readonly [string, Value]> = []): { [key: string]: Value } {
  const object: { [key: string]: Value } = Object.create(null);
  for (const [key, value] of entries) object[key] = value;
  return object;
}
