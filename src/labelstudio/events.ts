// What Label Studio tells a webhook, of every age: one shape for each thing that can have happened. A missing key is
// never an exception: the event is then ignored, with a reason that says what to do about it.
import { SparrowError } from '../errors.ts';
import { projectIdOf } from './project-id.ts';
import { plain } from './quoted.ts';
import { type Annotation, isObject, type Json, type JsonObject, type Task } from './types.ts';

/** The project of an event. Its secrets (`token`, `task_data_password`) are not in here and must go nowhere. */
export interface EventProject {
  /** Empty where the event does not say. */
  id: string;
  labelConfig?: string;
  title?: string;
}

export type LabelEvent =
  /** Each task has the annotations that changed; its `data` is null where the event did not bring it. */
  | { kind: 'annotations'; action: string; tasks: Task[]; project: EventProject }
  | { kind: 'annotations-deleted'; action: string; ids: (number | string)[]; project: EventProject }
  | { kind: 'tasks-created'; action: string; tasks: Task[]; project: EventProject }
  | { kind: 'tasks-deleted'; action: string; ids: (number | string)[]; project: EventProject }
  | { kind: 'project-updated'; action: string; project: EventProject }
  | { kind: 'project-deleted'; action: string; project: EventProject }
  | { kind: 'start-training'; action: string; project: EventProject }
  | { kind: 'ignored'; action: string; reason: string; project: EventProject }
  | { kind: 'unknown'; action: string };

/** Read the body of `POST /webhook`. Throws BAD_INPUT where it is no object or its project cannot be an id. */
export function readEvent(body: unknown, userAgent: string): LabelEvent {
  if (!isObject(body)) {
    throw new SparrowError('BAD_INPUT', 'The body of a webhook must be a JSON object with an "action".');
  }
  const action = typeof body.action === 'string' ? plain(body.action, 100) : '';
  const read = READERS.get(action);
  if (read) return read(action, body, userAgent);
  if (action.startsWith('LABEL_LINK_')) return ignored(action, body, 'links between labels change nothing to learn');
  return { kind: 'unknown', action };
}

type Reader = (action: string, body: JsonObject, userAgent: string) => LabelEvent;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['ANNOTATION_CREATED', annotationsChanged],
  ['ANNOTATION_UPDATED', annotationsChanged],
  ['ANNOTATIONS_CREATED', annotationsChanged],
  ['ANNOTATIONS_UPDATED', annotationsChanged],
  ['ANNOTATION_DELETED', annotationsDeleted],
  ['ANNOTATIONS_DELETED', annotationsDeleted],
  ['TASK_CREATED', tasksCreated],
  ['TASKS_CREATED', tasksCreated],
  ['TASK_DELETED', tasksDeleted],
  ['TASKS_DELETED', tasksDeleted],
  ['PROJECT_CREATED', projectUpdated],
  ['PROJECT_UPDATED', projectUpdated],
  ['PROJECT_DELETED', projectDeleted],
  ['START_TRAINING', (action, body) => ({ kind: 'start-training', action, project: projectOf(body) })],
]);

const NO_PAYLOAD =
  'it was sent without its payload, so there is nothing to learn from: switch "Send payload" on in the project\'s webhook';

function annotationsChanged(action: string, body: JsonObject): LabelEvent {
  const annotations = objectsIn(body.annotation, body.annotations);
  if (annotations.length === 0) return ignored(action, body, NO_PAYLOAD);
  const tasks = tasksWith(annotations, objectsIn(body.task, body.tasks));
  if (tasks.length === 0) return ignored(action, body, 'nothing in it says which task was annotated');
  return { kind: 'annotations', action, tasks, project: projectOf(body) };
}

function annotationsDeleted(action: string, body: JsonObject): LabelEvent {
  const ids = idsIn(body.annotations, body.annotation);
  if (ids.length === 0) return ignored(action, body, NO_PAYLOAD);
  return { kind: 'annotations-deleted', action, ids, project: projectOf(body) };
}

function tasksCreated(action: string, body: JsonObject): LabelEvent {
  const found = objectsIn(body.tasks, body.task).filter((task) => idOf(task) !== undefined);
  const tasks = found.map((task) => taskOf(task, annotationsIn(task)));
  if (tasks.length === 0) return ignored(action, body, NO_PAYLOAD);
  return { kind: 'tasks-created', action, tasks, project: projectOf(body) };
}

function tasksDeleted(action: string, body: JsonObject): LabelEvent {
  const ids = idsIn(body.tasks, body.task);
  if (ids.length === 0) return ignored(action, body, NO_PAYLOAD);
  return { kind: 'tasks-deleted', action, ids, project: projectOf(body) };
}

// From 1.1 to 1.7 the button "Start training" sends this action too. The bodies are alike; only who sends it differs:
// the connector to backends calls itself heartex, a webhook is sent by python-requests.
function projectUpdated(action: string, body: JsonObject, userAgent: string): LabelEvent {
  const project = projectOf(body);
  if (action === 'PROJECT_UPDATED' && /^\s*heartex\//i.test(userAgent))
    return { kind: 'start-training', action, project };
  if (!isObject(body.project)) return ignored(action, body, NO_PAYLOAD);
  return { kind: 'project-updated', action, project };
}

function projectDeleted(action: string, body: JsonObject): LabelEvent {
  const project = projectOf(body);
  return project.id === '' ? ignored(action, body, NO_PAYLOAD) : { kind: 'project-deleted', action, project };
}

function ignored(action: string, body: JsonObject, reason: string): LabelEvent {
  return { kind: 'ignored', action, reason, project: projectOf(body) };
}

// Organisation-wide webhooks and old ones leave the project out; its id then stands in the annotation or the task.
function projectOf(body: JsonObject): EventProject {
  const { project } = body;
  if (!isObject(project)) {
    const id = project ?? body.project_id ?? projectNumberIn(body.annotation, body.task, body.annotations, body.tasks);
    return { id: projectIdOf(id) };
  }
  return {
    id: projectIdOf(project),
    ...(typeof project.label_config === 'string' ? { labelConfig: project.label_config } : {}),
    ...(typeof project.title === 'string' ? { title: project.title } : {}),
  };
}

function projectNumberIn(...places: readonly unknown[]): unknown {
  for (const object of places.flatMap((place) => objectsIn(place))) {
    if (typeof object.project === 'number' || typeof object.project === 'string') return object.project;
  }
  return undefined;
}

// Singular keys hold lists and plural keys single objects, depending on the version: the first that holds any counts.
function objectsIn(...places: readonly unknown[]): JsonObject[] {
  for (const place of places) {
    const objects = (Array.isArray(place) ? place : [place]).filter(isObject);
    if (objects.length > 0) return objects;
  }
  return [];
}

function idsIn(...places: readonly unknown[]): (number | string)[] {
  for (const place of places) {
    const ids = (Array.isArray(place) ? place : [place]).flatMap((one: unknown) => {
      const id = isObject(one) ? idOf(one) : idOf({ id: one });
      return id === undefined ? [] : [id];
    });
    if (ids.length > 0) return ids;
  }
  return [];
}

function idOf(object: JsonObject): number | string | undefined {
  const { id } = object;
  return (typeof id === 'number' && Number.isFinite(id)) || (typeof id === 'string' && id !== '') ? id : undefined;
}

// Annotations name their task by id; where one does not, the task at its place in the list is meant.
function tasksWith(annotations: readonly JsonObject[], tasks: readonly JsonObject[]): Task[] {
  const byId = new Map(tasks.map((task) => [String(idOf(task)), task]));
  const grouped = new Map<string, { task: JsonObject; annotations: Annotation[] }>();
  for (const [i, annotation] of annotations.entries()) {
    const named = isObject(annotation.task) ? idOf(annotation.task) : idOf({ id: annotation.task });
    const only = annotations.length === tasks.length || tasks.length === 1 ? (tasks[i] ?? tasks[0]) : undefined;
    const id = named ?? (only && idOf(only));
    if (id === undefined) continue;
    const brought = isObject(annotation.task) && annotation.task.data !== undefined ? annotation.task : undefined;
    const group = grouped.get(String(id)) ?? { task: byId.get(String(id)) ?? brought ?? { id }, annotations: [] };
    group.annotations.push(annotation as unknown as Annotation);
    grouped.set(String(id), group);
  }
  return [...grouped.values()].map(({ task, annotations: own }) => taskOf(task, own));
}

// Only what is learnt from: a task comes with predictions of every version that ever ran.
function taskOf(task: JsonObject, annotations: Annotation[] | undefined): Task {
  const id = idOf(task);
  return {
    ...(id === undefined ? {} : { id }),
    data: task.data === undefined ? null : (task.data as Json),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function annotationsIn(task: JsonObject): Annotation[] | undefined {
  return Array.isArray(task.annotations) && task.annotations.length > 0
    ? (task.annotations.filter(isObject) as unknown as Annotation[])
    : undefined;
}
