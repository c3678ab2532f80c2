// The dashboard's routes, as a table only: the pages themselves are loaded for the first browser that asks for one, so
// that a server starts as quickly without anybody looking.
import type { Route, RouteParts } from './route.ts';

type Pages = typeof import('./dashboard.ts');
type PageName = 'showProject' | 'showVersions' | 'showEvents' | 'showConnect' | 'showReference' | 'sendAsset';

export function dashboardRoutes(parts: RouteParts): Route[] {
  const loaded = (): Promise<Pages> => import('./dashboard.ts');
  const get = (path: string, show: PageName): Route => {
    return { method: 'GET', path, access: 'credentials', handle: async (c) => (await loaded())[show](c, parts) };
  };
  return [
    get('/projects/:id', 'showProject'),
    // Not `versions`: under any path that is Label Studio's own route.
    get('/projects/:id/history', 'showVersions'),
    get('/events', 'showEvents'),
    get('/connect', 'showConnect'),
    get('/openapi', 'showReference'),
    get('/assets/:name', 'sendAsset'),
    {
      method: 'POST',
      path: '/projects/:id/activate',
      access: 'credentials',
      handle: async (c) => (await loaded()).activate(c, parts),
    },
  ];
}
