// The pages for browsers: each handler gathers what a page shows and hands it to its template. Everything shown comes
// through the registry, so a page knows no more than the API does.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { SparrowError } from '../errors.ts';
import type { ProjectSummary } from '../projects/summary.ts';
import { asset, page, seeOther } from './answer.ts';
import { addressesOf } from './dashboard-addresses.ts';
import { assets } from './dashboard-assets.ts';
import { checkLabelStudio } from './dashboard-check.ts';
import { type ControlView, controlsOf } from './dashboard-report.ts';
import type { EventLog } from './event-log.ts';
import { openApi } from './openapi.ts';
import { connectPage, type Seen } from './pages-connect.ts';
import { eventsPage } from './pages-events.ts';
import { problemPage } from './pages-problem.ts';
import { projectPage } from './pages-project.ts';
import { projectsPage } from './pages-projects.ts';
import { referencePage } from './pages-reference.ts';
import { type VersionLine, versionsPage } from './pages-versions.ts';
import type { RouteParts } from './route.ts';

const projectsOnPage = 40;
const mostEvents = 200;
const mostRecent = 12;
const mostNext = 30;
const formBytes = 4096;
const cookieName = 'sparrow_form';

/** The projects; where there are none yet, how to connect one. */
export async function home(c: Context, parts: RouteParts): Promise<Response> {
  const { registry, storeProblem } = parts;
  const keys = await registry.projects();
  if (keys.length === 0) return showConnect(c, parts);
  const pages = Math.ceil(keys.length / projectsOnPage);
  const current = Math.min(pages, Math.max(1, Math.floor(Number(c.req.query('page') ?? 1)) || 1));
  const projects = [];
  for (const key of keys.slice((current - 1) * projectsOnPage, current * projectsOnPage)) {
    const summary = await registry.summary(key);
    const accuracy = (await currentControls(summary, parts)).find((one) => one.quality)?.quality?.accuracy ?? null;
    projects.push({ summary, accuracy });
  }
  const problems = [registry.problem, await storeProblem()].filter((one) => one !== null);
  const view = {
    projects,
    total: keys.length,
    page: current,
    pages,
    problems: [...new Set(problems)],
    now: Date.now(),
  };
  return page(projectsPage(view), 200, { vary: 'accept' });
}

export function showProject(c: Context, parts: RouteParts): Promise<Response> {
  return orProblem('../', async () => {
    const { registry, events, recent, site } = parts;
    const summary = await registry.summary(idOf(c));
    const { id } = summary;
    const view = {
      summary,
      controls: await currentControls(summary, parts),
      next: recent.least(id, mostNext),
      events: events.recent({ project: id }).slice(0, mostRecent),
      labelStudio: summary.hostname ?? (site.labelStudio.url && new URL(site.labelStudio.url).origin),
      now: Date.now(),
    };
    return page(projectPage(view));
  });
}

export function showVersions(c: Context, { registry }: RouteParts): Promise<Response> {
  return orProblem('../../', async () => {
    const summary = await registry.summary(idOf(c));
    const records = await registry.versions.of(summary.id);
    const versions = records.map((record) => ({ record, controls: controlsOf(record.meta) }));
    const find = (field: string) => versions.find(({ record }) => record.version === c.req.query(field));
    const [a, b] = [find('a'), find('b')];
    const pair = a && b && a !== b ? inOrder(a, b) : null;
    const to = c.req.query('to');
    const switched = to === undefined ? null : { to, from: c.req.query('from') ?? null };
    const token = tokenIn(c) ?? randomBytes(18).toString('base64url');
    const view = { summary, versions, compared: pair, switched, token, now: Date.now() };
    const cookie = { 'set-cookie': `${cookieName}=${token}; HttpOnly; SameSite=Strict; Path=/` };
    return page(versionsPage(view), 200, tokenIn(c) === token ? {} : cookie);
  });
}

/** The form of the versions page: let a version serve, and go back there. */
export function activate(c: Context, { registry, events }: RouteParts): Promise<Response> {
  return orProblem('../../', async () => {
    const form = await readForm(c);
    const cookie = tokenIn(c);
    const token = form.get('token') ?? '';
    if (cookie === null || !isSame(cookie, token)) {
      return page(
        problemPage('../../', 'This form did not come from a page of this server. Go back, reload, and try again.'),
        403,
      );
    }
    const key = idOf(c);
    const version = form.get('version') ?? '';
    const before = await registry.modelVersion(key);
    await registry.versions.activate(key, version);
    events.add({ kind: 'change', project: key, status: 200, did: `let ${version} serve`, modelVersion: version });
    return seeOther(`history?${new URLSearchParams({ to: version, from: before })}`);
  });
}

export async function showEvents(_: Context, { events }: RouteParts): Promise<Response> {
  return page(eventsPage({ events: events.recent().slice(0, mostEvents), now: Date.now() }));
}

export async function showConnect(c: Context, { registry, events, site }: RouteParts): Promise<Response> {
  const { host, port, hasAuth, labelStudio } = site;
  const isAsked = c.req.query('check') !== undefined;
  const view = {
    urls: addressesOf(host, port, c.req.header('host') ?? null),
    hasAuth,
    seen: seenIn(events),
    checks: isAsked ? await checkLabelStudio(labelStudio) : null,
    isFirstRun: (await registry.projects()).length === 0,
  };
  return page(connectPage(view), 200, { vary: 'accept' });
}

export async function showReference(_: Context): Promise<Response> {
  return page(referencePage(openApi()));
}

export async function sendAsset(c: Context): Promise<Response> {
  const found = assets.get(c.req.param('name') ?? '');
  if (!found) throw new SparrowError('NOT_FOUND', 'There is no such file.');
  return asset(found.body, found.type);
}

/** What the version that serves says about itself. */
async function currentControls(summary: ProjectSummary, { registry }: RouteParts): Promise<ControlView[]> {
  const record = await registry.versions.serving(summary.id);
  return record ? controlsOf(record.meta) : [];
}

function seenIn(events: EventLog): Seen {
  const all = events.recent();
  const asked = all.find(({ kind }) => kind === 'setup' || kind === 'predict')?.at ?? null;
  const webhooks = all.filter(({ kind }) => kind === 'webhook');
  const isEmpty = ({ why }: { why?: string }) => why?.includes('payload') ?? false;
  return {
    asked,
    webhook: webhooks.find((event) => !isEmpty(event))?.at ?? null,
    emptyWebhook: webhooks.some(isEmpty),
    refused: all.some(({ kind }) => kind === 'refused'),
  };
}

/** What a person may have caused is told on a page; everything else goes its usual way. */
async function orProblem(root: string, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SparrowError)) throw error;
    return page(problemPage(root, error.message), error.status);
  }
}

async function readForm(c: Context): Promise<URLSearchParams> {
  const length = Number(c.req.header('content-length') ?? Number.NaN);
  const isForm = c.req.header('content-type')?.startsWith('application/x-www-form-urlencoded') ?? false;
  if (!isForm) throw new SparrowError('UNSUPPORTED_TYPE', 'The body must be a form.');
  if (!(length <= formBytes))
    throw new SparrowError('TOO_LARGE', 'The form is larger than a page of this server sends.');
  return new URLSearchParams(await c.req.raw.text());
}

function tokenIn(c: Context): string | null {
  const pairs = (c.req.header('cookie') ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1) || null;
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function inOrder(a: VersionLine, b: VersionLine): [VersionLine, VersionLine] {
  return a.record.version < b.record.version ? [a, b] : [b, a];
}

function idOf(c: Context): string {
  return c.req.param('id') ?? '';
}
