// The exchanges in test/protocol as typed values: one file there is one request with what a good backend answers.
// What must hold beside the status is optional, as in the files.
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../protocol/', import.meta.url);

type JsonBody = { [key: string]: unknown };

export type Route = 'setup' | 'predict' | 'webhook' | 'train' | 'job-status';

/** One exchange: `POST /<route>` with `request` is answered with `status`. */
export interface Exchange {
  /** The file's name without `.json`. */
  readonly name: string;
  readonly route: Route;
  readonly request: JsonBody;
  readonly status: number;
  readonly note?: string;
  /** How many results the answer has. */
  readonly results?: number;
  /** Where, among the results, there is no opinion: `result: []`, score 0. */
  readonly emptyResultsAt?: readonly number[];
  /** How many samples the training set has after it. */
  readonly samples?: number;
  /** Key of the answer → `typeof` of its value. */
  readonly responseKeys?: { readonly [key: string]: string };
  readonly addsToTrainingSet?: number;
}

interface ExchangeFile {
  request: JsonBody;
  status: number;
  note?: string;
  results?: number;
  empty_results_at?: number[];
  samples?: number;
  response_keys?: { [key: string]: string };
  adds_to_training_set?: number;
}

/** A label config and what Label Studio's own parser makes of it; `parsed` is undefined where it must be refused. */
export interface LabelConfigCase {
  /** `NN-name`, as the files are called. */
  readonly name: string;
  readonly xml: string;
  readonly mustReject: boolean;
  readonly parsed: JsonBody | undefined;
}

/** One recorded request of a real Label Studio 1.6; `body` is an empty text where there was none. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: JsonBody | string;
}

/** The exchange of one file, such as `exchange('predict-one')`. */
export function exchange(name: string): Exchange {
  const file = JSON.parse(readText(`${name}.json`)) as ExchangeFile;
  return {
    name,
    route: routeOf(name),
    request: file.request,
    status: file.status,
    ...(file.note === undefined ? {} : { note: file.note }),
    ...(file.results === undefined ? {} : { results: file.results }),
    ...(file.empty_results_at === undefined ? {} : { emptyResultsAt: file.empty_results_at }),
    ...(file.samples === undefined ? {} : { samples: file.samples }),
    ...(file.response_keys === undefined ? {} : { responseKeys: file.response_keys }),
    ...(file.adds_to_training_set === undefined ? {} : { addsToTrainingSet: file.adds_to_training_set }),
  };
}

/** All exchanges, or those of one route, by name. */
export function exchanges(route?: Route): Exchange[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => exchange(file.slice(0, -'.json'.length)))
    .filter((one) => route === undefined || one.route === route);
}

/** All label configs with their expected parses, by number. */
export function labelConfigs(): LabelConfigCase[] {
  return readdirSync(new URL('label_configs/', folder))
    .filter((file) => file.endsWith('.xml'))
    .sort()
    .map((file) => labelConfig(file.slice(0, -'.xml'.length)));
}

/** One label config, such as `labelConfig('01-news')`. */
export function labelConfig(name: string): LabelConfigCase {
  const expected = JSON.parse(readText(`label_configs/${name}.expected.json`)) as JsonBody;
  const mustReject = expected.mustReject === true;
  const parsed = mustReject ? undefined : (expected.parsed as JsonBody);
  return { name, xml: readText(`label_configs/${name}.xml`), mustReject, parsed };
}

/** The recorded requests, in the order in which they came. */
export function recordedTraffic(): RecordedRequest[] {
  return readText('real-traffic.jsonl')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedRequest);
}

function readText(path: string): string {
  return readFileSync(new URL(path, folder), 'utf8');
}

function routeOf(name: string): Route {
  const route = (['setup', 'predict', 'webhook', 'train', 'job-status'] as const).find((one) => name.startsWith(one));
  if (!route) throw new Error(`the exchange ${name} is of no known route`);
  return route;
}
