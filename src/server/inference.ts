// The open inference protocol, V2 (KServe, Triton), so that what was learnt in Label Studio serves other programs too: a
// project is a model, its current version the version, one BYTES tensor of texts goes in. Tensors in binary are refused.
import type { Context } from 'hono';
import { SparrowError } from '../errors.ts';
import { labelOf } from '../labelstudio/choices.ts';
import type { Pair } from '../labelstudio/label-config.ts';
import { bareObject, isObject, type JsonObject, type Prediction, type Task } from '../labelstudio/types.ts';
import type { ModelFacts } from '../projects/registry.ts';
import { json } from './answer.ts';
import { readJsonObject } from './json-body.ts';
import type { Route, RouteParts } from './route.ts';

export function inferenceRoutes(parts: RouteParts): Route[] {
  const access = 'credentials';
  const get = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, access, handle });
  const model = '/v2/models/:name';
  const version = `${model}/versions/:version`;
  return [
    get('/v2/health/live', () => json({ live: true })),
    get('/v2/health/ready', () => json({ ready: true })),
    get('/v2', () => json({ name: 'sparrow', version: '1', extensions: [] })),
    ...[model, version].flatMap((path): Route[] => [
      get(path, async (c) => metadata(c, await factsOf(c, parts))),
      get(`${path}/ready`, (c) => readiness(c, parts)),
      { method: 'POST', path: `${path}/infer`, access, handle: (c) => infer(c, parts) },
    ]),
  ];
}

function nameOf(c: Context): string {
  return c.req.param('name') ?? '';
}

/** What is known of the model, which must be there; a version in the path must be the one that serves. */
async function factsOf(c: Context, { registry }: RouteParts): Promise<ModelFacts> {
  const facts = await registry.modelFacts(nameOf(c));
  const asked = c.req.param('version');
  if (asked === undefined || asked === facts.modelVersion) return facts;
  const why = `Of this model the version ${facts.modelVersion} serves, and no other; activate another, or name none.`;
  throw new SparrowError('NOT_FOUND', why);
}

function metadata(c: Context, { modelVersion, pairs }: ModelFacts): Response {
  const tensor = (name: string, datatype: string) => ({ name, datatype, shape: [-1] });
  return json({
    name: nameOf(c),
    versions: [modelVersion],
    platform: 'sparrow',
    inputs: [tensor('text', 'BYTES')],
    outputs: [...outputsOf([], pairs)].map(([name, { datatype }]) => tensor(name, datatype)),
  });
}

/** Ready when it has a label config that can be read: before the first training it answers too. */
async function readiness(c: Context, parts: RouteParts): Promise<Response> {
  const { isServable } = await factsOf(c, parts);
  return json({ name: nameOf(c), ready: isServable }, isServable ? 200 : 503);
}

async function infer(c: Context, parts: RouteParts): Promise<Response> {
  const { registry, limits, metrics, events } = parts;
  if (c.req.header('inference-header-content-length') !== undefined) {
    throw new SparrowError('UNSUPPORTED_TYPE', 'Tensors in binary are not taken: send the texts as JSON, in data.');
  }
  const body = await readJsonObject(c.req.raw, { limitBytes: limits.bodyBytes });
  const texts = readTexts(body, limits.tasks);
  const wanted = readOutputs(body);
  const { pairs } = await factsOf(c, parts);
  const name = nameOf(c);
  const { results, modelVersion } = await registry.infer(name, tasksOf(texts, pairs));
  metrics.predictedTasks += texts.length;
  events.addRepeated({
    kind: 'predict',
    project: name,
    status: 200,
    did: 'predicted for another program',
    modelVersion,
    tasks: texts.length,
  });
  const outputs = outputsOf(results, pairs);
  const unknown = wanted?.find((one) => !outputs.has(one));
  if (unknown !== undefined) {
    const names = [...outputs.keys()].join(', ');
    throw new SparrowError('BAD_INPUT', `This model has no output ${shown(unknown)}; it has ${names}.`);
  }
  return json({
    model_name: name,
    model_version: modelVersion,
    ...(typeof body.id === 'string' && { id: body.id }),
    outputs: (wanted ?? [...outputs.keys()]).map((one) => ({ name: one, shape: [texts.length], ...outputs.get(one) })),
  });
}

/** The texts of the one input, whether flat or in rows of one. */
function readTexts({ inputs }: JsonObject, mostTexts: number): string[] {
  if (!Array.isArray(inputs) || inputs.length !== 1) {
    throw new SparrowError('BAD_INPUT', 'inputs must be a list with one tensor, named text, of BYTES.');
  }
  const [input] = inputs as readonly unknown[];
  if (!isObject(input) || input.name !== 'text') throw new SparrowError('BAD_INPUT', 'inputs[0].name must be text.');
  if (input.datatype !== 'BYTES') throw new SparrowError('BAD_INPUT', 'inputs[0].datatype must be BYTES.');
  if (isObject(input.parameters) && input.parameters.binary_data_size !== undefined) {
    throw new SparrowError('UNSUPPORTED_TYPE', 'Tensors in binary are not taken: send the texts as JSON, in data.');
  }
  if (!Array.isArray(input.data)) throw new SparrowError('BAD_INPUT', 'inputs[0].data must be a list of texts.');
  const data = input.data.length > mostTexts ? input.data : input.data.flat();
  if (data.length > mostTexts) {
    const why = `inputs[0].data holds ${data.length} texts; the most for one request is ${mostTexts}.`;
    throw new SparrowError('TOO_LARGE', why);
  }
  const wrong = data.findIndex((text) => typeof text !== 'string');
  if (wrong !== -1) throw new SparrowError('BAD_INPUT', `inputs[0].data[${wrong}] must be a text.`);
  checkShape(input.shape, data.length);
  return data as string[];
}

function checkShape(shape: unknown, length: number): void {
  const isShape = Array.isArray(shape) && (shape.length === 1 || (shape.length === 2 && shape[1] === 1));
  if (isShape && shape[0] === length) return;
  throw new SparrowError(
    'BAD_INPUT',
    `inputs[0].shape must be [${length}] or [${length}, 1], as many as there are texts.`,
  );
}

/** The names of the outputs that are asked for; null for all. */
function readOutputs({ outputs }: JsonObject): string[] | null {
  if (outputs === undefined || outputs === null) return null;
  const names = Array.isArray(outputs) ? outputs.map((one: unknown) => (isObject(one) ? one.name : undefined)) : [];
  if (!Array.isArray(outputs) || outputs.length > mostOutputs || !names.every((name) => typeof name === 'string')) {
    throw new SparrowError('BAD_INPUT', `outputs must be a list of at most ${mostOutputs} objects with a name.`);
  }
  return names.length === 0 ? null : (names as string[]);
}

const mostOutputs = 100;

/** Texts as tasks: each stands wherever the label config looks for one. */
function tasksOf(texts: readonly string[], pairs: readonly Pair[]): Task[] {
  const keys = new Set(pairs.flatMap((pair) => [pair.textKey, ...(pair.more ?? []).map(({ textKey }) => textKey)]));
  if (keys.size === 0) keys.add('text');
  return texts.map((text, id) => ({ id, data: bareObject([...keys].map((key) => [key, text] as const)) }));
}

type Tensor = { datatype: 'BYTES'; data: string[] } | { datatype: 'FP32'; data: number[] };

/** For each control its label, where it takes several their list as JSON; the score; and the whole as Label Studio has it. */
function outputsOf(results: readonly Prediction[], pairs: readonly Pair[]): Map<string, Tensor> {
  const outputs = new Map<string, Tensor>();
  for (const pair of pairs) {
    const data = results.map(({ result }) => {
      const labels = labelsIn(result, pair);
      return pair.multiple ? JSON.stringify(labels) : (labels[0] ?? '');
    });
    outputs.set(pair.fromName, { datatype: 'BYTES', data });
  }
  outputs.set('score', { datatype: 'FP32', data: results.map(({ score }) => score) });
  outputs.set('result', { datatype: 'BYTES', data: results.map(({ result }) => JSON.stringify(result)) });
  return outputs;
}

function labelsIn(result: readonly unknown[], pair: Pair): string[] {
  const item = result.find((one) => isObject(one) && one.from_name === pair.fromName);
  const value = isObject(item) && isObject(item.value) ? (item.value.choices ?? item.value.taxonomy) : null;
  return Array.isArray(value) ? value.flatMap((entry: unknown) => labelOf(entry, pair) ?? []) : [];
}

function shown(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}
