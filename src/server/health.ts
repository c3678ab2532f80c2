// Liveness for Label Studio and for orchestrators. Open to all, and quick whatever else goes on.
import type { Context } from 'hono';
import { json } from './answer.ts';
import type { PredictParts, Route, RouteParts } from './route.ts';

/** The three keys are those of all ages: today's are the first two, the tutorial's first and last. */
function health({ registry, modelDir }: Pick<PredictParts, 'registry' | 'modelDir'>): Response {
  return json({ status: 'UP', model_class: registry.modelClass, model_dir: modelDir });
}

/** Liveness alone. */
export function healthRoute(parts: Pick<PredictParts, 'registry' | 'modelDir'>): Route {
  return { method: 'GET', path: '/health', access: 'open', handle: () => health(parts) };
}

export function healthRoutes(parts: RouteParts): Route[] {
  // Loaded for the first browser that comes: most requests are Label Studio's.
  const home = async (c: Context) => {
    const isBrowser = c.req.header('accept')?.includes('text/html') ?? false;
    return isBrowser ? (await import('./dashboard.ts')).home(c, parts) : health(parts);
  };
  return [
    healthRoute(parts),
    { method: 'GET', path: '/', access: 'credentials', handle: home },
    { method: 'GET', path: '/ready', access: 'credentials', handle: () => readiness(parts) },
  ];
}

/** Ready means that predictions are answered; `problems` says what does not work besides, such as keeping models. */
async function readiness({ registry, storeProblem }: RouteParts): Promise<Response> {
  const problems = new Set([registry.problem, await storeProblem()]);
  problems.delete(null);
  return json({ ready: true, training: problems.size === 0, problems: [...problems] });
}
