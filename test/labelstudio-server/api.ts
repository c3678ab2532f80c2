// Label Studio's own API, as far as a backend reads it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LabelStudio, StudioProject, StudioTask } from './label-studio.ts';

export async function handleApi(
  studio: LabelStudio,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', studio.url);
  const path = url.pathname.replace(/\/$/, '');
  const body = await bodyOf(request);
  if (studio.faults.meets(request.url ?? '', response)) return;
  if (path === '/api/token/refresh') return refresh(studio, body, response);
  if (!studio.tokens.isAuthorized(request.headers.authorization)) {
    if (path.startsWith('/data/') || path.startsWith('/tasks/')) return toLogin(response);
    return send(response, 401, { detail: 'Invalid token.' });
  }
  const answer = read(studio, path, url.searchParams);
  if (answer === null) return send(response, 404, { detail: 'Not found.' });
  if (typeof answer !== 'string') return send(response, 200, answer);
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(answer);
}

function refresh(studio: LabelStudio, body: string, response: ServerResponse): void {
  const { refresh: personal } = JSON.parse(body || '{}') as { refresh?: unknown };
  const access = studio.tokens.exchange(personal);
  if (access === null) send(response, 401, { detail: 'Token is blacklisted', code: 'token_not_valid' });
  else send(response, 200, { access });
}

/** The answer of a route: JSON, a text, or null for 404. */
function read(studio: LabelStudio, path: string, query: URLSearchParams): object | string | null {
  if (path === '/api/current-user/whoami') return { id: 1, email: 'annotator@example.com' };
  if (path === '/api/tasks') return tasksPage(studio, query);
  const upload = studio.uploads.get(path);
  if (upload !== undefined) return upload;
  const [, kind, id, rest] = /^\/(?:api\/)?(projects|tasks)\/(\d+)(\/[a-z]+)?$/.exec(path) ?? [];
  const project = studio.projects.get(Number(id));
  const task = findTask(studio, Number(id));
  if (kind === 'projects' && project && rest === undefined) return project.toJSON();
  if (kind === 'projects' && project && rest === '/export') return exported(project, query);
  if (kind === 'tasks' && task && rest === undefined) return task;
  if (kind === 'tasks' && task && rest === '/resolve') return resolved(studio, query);
  return null;
}

/** A page past the end is not there. */
function tasksPage(studio: LabelStudio, query: URLSearchParams): object | null {
  const project = studio.projects.get(Number(query.get('project')));
  if (!project) return null;
  const [page, size] = [Number(query.get('page') ?? 1), Number(query.get('page_size') ?? 100)];
  const all = [...project.tasks.values()];
  const tasks = all.slice((page - 1) * size, page * size);
  if (tasks.length === 0 && page > 1) return null;
  const total_annotations = all.reduce((sum, { annotations }) => sum + annotations.length, 0);
  return { tasks, total: all.length, total_annotations, total_predictions: 0 };
}

function exported(project: StudioProject, query: URLSearchParams): StudioTask[] | null {
  if (query.get('exportType') !== 'JSON') return null;
  const all = [...project.tasks.values()];
  return query.get('download_all_tasks') === 'true' ? all : all.filter(({ annotations }) => annotations.length > 0);
}

function resolved(studio: LabelStudio, query: URLSearchParams): string | null {
  const uri = Buffer.from(query.get('fileuri') ?? '', 'base64url').toString();
  return studio.uploads.get(uri) ?? null;
}

function findTask(studio: LabelStudio, id: number): StudioTask | undefined {
  for (const project of studio.projects.values()) {
    const task = project.tasks.get(id);
    if (task) return task;
  }
  return undefined;
}

/** Files, unlike the API, send whoever is not logged in to a page. */
function toLogin(response: ServerResponse): void {
  response.writeHead(302, { location: '/user/login/' });
  response.end();
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}
