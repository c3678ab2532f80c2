// What Label Studio tells by itself. It waits one second and does not ask again: what is learnt from is kept before
// the answer, and a training only asked for. Every event that is not acted on says why, in the log of events.
import type { Context } from 'hono';
import { SparrowError } from '../errors.ts';
import { type LabelEvent, readEvent } from '../labelstudio/events.ts';
import { isObject, type JsonObject } from '../labelstudio/types.ts';
import type { Outcome } from '../projects/intake.ts';
import type { ProjectDetails } from '../projects/project.ts';
import { type ProjectRef, readProjectRef } from '../projects/project-ref.ts';
import type { Registry } from '../projects/registry.ts';
import { json } from './answer.ts';
import { readJsonObject } from './json-body.ts';
import { logJob, type Route, type RouteParts } from './route.ts';

export function webhookRoutes(parts: RouteParts): Route[] {
  return [{ method: 'POST', path: '/webhook', access: 'credentials', handle: (c) => webhook(c, parts) }];
}

async function webhook(c: Context, parts: RouteParts): Promise<Response> {
  const { registry, events, limits, recent, metrics } = parts;
  const body = await readJsonObject(c.req.raw, { limitBytes: limits.bodyBytes });
  const event = readEvent(body, c.req.header('user-agent') ?? '');
  const ref = refOf(event, body);
  const { status, did, ...outcome } = await actOn(event, ref, body, registry);
  const project = event.kind === 'unknown' ? '' : await registry.keyOf(ref);
  const { why, job, judged = 0, accepted = 0 } = outcome;
  if (job) logJob(c, parts, project, job.id);
  // An annotation is counted when it is made, not each time it is changed.
  const isNew = outcome.changed > 0 && event.action.endsWith('CREATED');
  metrics.judgedPredictions += isNew ? judged : 0;
  metrics.acceptedPredictions += isNew ? accepted : 0;
  if (event.kind === 'annotations')
    recent.forget(
      project,
      event.tasks.map(({ id }) => id),
    );
  if (event.kind === 'tasks-deleted') recent.forget(project, event.ids);
  if (event.kind === 'project-deleted') recent.forgetProject(project);
  events.add({
    kind: 'webhook',
    action: event.action,
    project,
    status,
    did,
    ...(why !== null && { why }),
    ...(job && { job: job.id }),
  });
  const isUnknown = event.kind === 'unknown' || event.action.startsWith('LABEL_LINK_');
  if (isUnknown) return json({ status: 'Unknown event' }, status);
  const result = { changed: outcome.changed, job: job?.id ?? null, ...(why !== null && { why }) };
  return json({ result, status: 'ok' }, status);
}

interface Acted extends Outcome {
  /** 201 where the event is about training, 200 where it is not. */
  status: 200 | 201;
  did: string;
}

async function actOn(event: LabelEvent, ref: ProjectRef, body: JsonObject, registry: Registry): Promise<Acted> {
  const details = detailsOf(event, body);
  switch (event.kind) {
    case 'annotations':
      return about(201, 'kept the annotations', await registry.annotated(ref, event.tasks, details));
    case 'annotations-deleted':
      return about(201, 'forgot the annotations', await registry.annotationsDeleted(ref, event.ids));
    case 'tasks-deleted':
      return about(201, 'forgot the tasks', await registry.tasksDeleted(ref, event.ids));
    case 'tasks-created':
      return about(200, 'looked for texts that are waited for', await registry.tasksCreated(ref, event.tasks));
    case 'project-updated':
      return about(200, 'looked at the label config', await registry.updated(ref, details));
    case 'project-deleted':
      await registry.delete(ref);
      return { status: 200, did: 'deleted the project', changed: 1, job: null, why: null };
    case 'start-training':
      return about(201, 'started a training', {
        changed: 0,
        job: await registry.trainNow(ref, details),
        why: null,
      });
    case 'ignored':
      return { status: 200, did: 'nothing', changed: 0, job: null, why: event.reason };
    case 'unknown':
      return { status: 200, did: 'nothing', changed: 0, job: null, why: 'the action is not known' };
  }
}

function about(status: 200 | 201, did: string, outcome: Outcome): Acted {
  const isNothing = outcome.changed === 0 && outcome.job === null;
  return { status, did: isNothing ? 'nothing' : did, ...outcome };
}

/** The event's project; its date, where the event has it, tells projects of one number apart. */
function refOf(event: LabelEvent, body: JsonObject): ProjectRef {
  if (event.kind === 'unknown') return { id: '', createdAt: null };
  const { id } = event.project;
  if (id === '' && event.kind === 'start-training') {
    throw new SparrowError('BAD_INPUT', `${event.action} must say which project to train: project.id is missing.`);
  }
  return { ...readProjectRef(isObject(body.project) ? body.project : id), id };
}

function detailsOf(event: LabelEvent, body: JsonObject): ProjectDetails {
  if (event.kind === 'unknown') return {};
  const { labelConfig, title } = event.project;
  const updatedAt = isObject(body.project) ? body.project.updated_at : null;
  return { labelConfig, title, updatedAt: typeof updatedAt === 'string' ? updatedAt : null };
}
