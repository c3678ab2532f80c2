// Whether a label config can be read, asked before it is saved. A config that is sound but holds nothing we serve
// passes with notes: refusing it would keep Label Studio from saving a config that is meant for somebody else.
import type { Context } from 'hono';
import { parseLabelConfig, readConfig } from '../labelstudio/label-config.ts';
import { json } from './answer.ts';
import { readJsonObject } from './json-body.ts';
import { configOf } from './requests.ts';
import type { Route, RouteParts } from './route.ts';

export function validateRoutes(parts: RouteParts): Route[] {
  return [{ method: 'POST', path: '/validate', access: 'credentials', handle: (c) => validate(c, parts) }];
}

async function validate(c: Context, { limits }: RouteParts): Promise<Response> {
  const body = await readJsonObject(c.req.raw, { limitBytes: limits.bodyBytes });
  const config = configOf(body.config ?? body.label_config) ?? '';
  parseLabelConfig(config);
  const { notes } = readConfig(config);
  return json({ status: 'ok', ...(notes.length > 0 && { notes }) });
}
