// Predictions: as many results as tasks, in their order, all of one version.
import type { Context } from 'hono';
import type { JsonObject } from '../labelstudio/types.ts';
import { json } from './answer.ts';
import { readJsonObject } from './json-body.ts';
import { readPredict } from './requests.ts';
import type { PredictParts, Route } from './route.ts';

export function predictRoutes(parts: PredictParts): Route[] {
  return [{ method: 'POST', path: '/predict', access: 'credentials', handle: (c) => predict(c, parts) }];
}

async function predict(c: Context, parts: PredictParts): Promise<Response> {
  const { registry, events, metrics, limits, recent } = parts;
  const body = await readJsonObject(c.req.raw, { limitBytes: limits.bodyBytes });
  const { ref, tasks, labelConfig, context, params, asked } = readPredict(body, limits.tasks);
  const answered = await registry.predict(ref, tasks, { labelConfig, context, params });
  if (answered === null) return passedOn(c, body, parts);
  const { results, modelVersion, project, hint } = answered;
  let empty = 0;
  for (const { result } of results) if (result.length === 0) empty++;
  recent.add(project, tasks, results);
  metrics.predictedTasks += tasks.length;
  metrics.emptyPredictions += empty;
  const isOther = asked !== null && asked !== modelVersion;
  const why = [
    ...(empty > 0 ? [`No opinion on some: ${reasonsOf(results)}`] : []),
    ...(isOther ? [`Label Studio asked for ${shown(asked)}; the current version answered.`] : []),
    ...(hint !== null ? [hint] : []),
  ].join(' ');
  events.addRepeated({
    kind: 'predict',
    project,
    status: 200,
    did: 'predicted',
    modelVersion,
    tasks: tasks.length,
    ...(why !== '' && { why }),
  });
  return json({ results, model_version: modelVersion });
}

function passedOn(c: Context, body: JsonObject, { passOn }: PredictParts): Promise<Response> {
  if (passOn !== undefined) return passOn(c, body);
  throw new Error('the process that keeps everything has nobody to pass a request on to');
}

/** The first reason that a result gives for being empty. */
function reasonsOf(results: readonly { [key: string]: unknown }[]): string {
  const reason = results.find(({ reason }) => typeof reason === 'string')?.reason;
  return typeof reason === 'string' ? `${reason.slice(0, 200)}.` : 'the model gave none.';
}

function shown(version: string): string {
  return JSON.stringify(version.length > 60 ? `${version.slice(0, 60)}…` : version);
}
