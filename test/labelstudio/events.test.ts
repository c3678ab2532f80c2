import { describe, expect, it } from 'vitest';
import { type EventProject, type LabelEvent, readEvent } from '../../src/labelstudio/events.ts';
import { exchange, exchanges, recordedTraffic } from './fixtures.ts';

const WEBHOOK = 'python-requests/2.28.1';
const CONNECTOR = 'heartex/1.6.0';

function recorded(name: string, userAgent = WEBHOOK): LabelEvent {
  return readEvent(exchange(`webhook-${name}`).request, userAgent);
}

describe('F67 the recorded events', () => {
  it('an annotation with its task', () => {
    const event = recorded('annotation-created');
    expect(event).toMatchObject({ kind: 'annotations', action: 'ANNOTATION_CREATED' });
    if (event.kind !== 'annotations') return;
    expect(event.project).toEqual({ id: '7', title: 'News', labelConfig: expect.stringContaining('<Choices') });
    expect(event.tasks).toHaveLength(1);
    expect(event.tasks[0]).toMatchObject({ id: 101, data: { text: 'Rain will spread from the west by evening' } });
    expect(event.tasks[0]?.annotations).toMatchObject([{ id: 501, updated_at: '2026-01-02T03:10:00.000000Z' }]);
  });

  it('an annotation without its task: the id is there, the data is null', () => {
    expect(recorded('annotation-created-without-task')).toMatchObject({
      kind: 'annotations',
      tasks: [{ id: 102, data: null, annotations: [{ id: 502 }] }],
    });
  });

  it('a list of annotations under the singular key', () => {
    expect(recorded('annotations-created')).toMatchObject({
      kind: 'annotations',
      tasks: [
        { id: 103, data: { text: expect.any(String) }, annotations: [{ id: 503 }] },
        { id: 104, data: { text: expect.any(String) }, annotations: [{ id: 504 }] },
      ],
    });
  });

  it('a skipped task is an annotation like any', () => {
    expect(recorded('cancelled')).toMatchObject({
      kind: 'annotations',
      tasks: [{ annotations: [{ was_cancelled: true }] }],
    });
  });

  it('F70 deleted annotations, of which only the ids are known', () => {
    expect(recorded('annotations-deleted')).toMatchObject({
      kind: 'annotations-deleted',
      ids: [503, 999],
      project: { id: '7' },
    });
  });

  it('one without payload is ignored, with what to do about it', () => {
    const event = recorded('action-only');
    expect(event).toMatchObject({ kind: 'ignored', action: 'ANNOTATION_CREATED', project: { id: '' } });
    expect(event.kind === 'ignored' && event.reason).toContain('Send payload');
  });

  it('F68 PROJECT_UPDATED is the button of old when the connector sends it, and a change of settings otherwise', () => {
    expect(recorded('project-updated')).toMatchObject({
      kind: 'project-updated',
      project: { id: '7', labelConfig: expect.stringContaining('Health') },
    });
    expect(recorded('project-updated', CONNECTOR)).toMatchObject({ kind: 'start-training', project: { id: '7' } });
    expect(recorded('project-updated', 'heartex/')).toMatchObject({ kind: 'start-training' });
    expect(recorded('project-updated', '')).toMatchObject({ kind: 'project-updated' });
    expect(recorded('project-updated', 'not heartex/1')).toMatchObject({ kind: 'project-updated' });
  });

  it('START_TRAINING has no annotation and no task', () => {
    expect(recorded('start-training', CONNECTOR)).toMatchObject({ kind: 'start-training', project: { id: '7' } });
  });

  it('links between labels are ignored by name', () => {
    expect(recorded('unknown')).toMatchObject({ kind: 'ignored', action: 'LABEL_LINK_CREATED' });
  });

  it('never carry the secrets of the project', () => {
    for (const { name, request } of exchanges('webhook')) {
      const event = readEvent(request, CONNECTOR);
      expect(JSON.stringify({ name, event })).not.toMatch(/must-not-be-logged|task_data_password|"token"/);
    }
  });
});

it('F67 a whole recorded session reads as what happened in it', () => {
  const events = recordedTraffic()
    .filter((request) => request.path === '/webhook')
    .map((request) => readEvent(request.body, request.headers['user-agent'] ?? ''));
  expect(events.map((event) => event.kind)).toEqual([
    'project-updated',
    'annotations',
    'annotations',
    'start-training',
    'annotations',
    'annotations-deleted',
    'annotations',
  ]);
  const tasks = events.flatMap((event) => (event.kind === 'annotations' ? event.tasks : []));
  expect(tasks.map((task) => [task.id, task.annotations?.[0]?.id])).toEqual([
    [1, 1],
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
});

describe('events of every age', () => {
  const project = { id: 7, label_config: '<View/>' };
  const seven: EventProject = { id: '7' };

  it.each(['ANNOTATION_DELETED', 'ANNOTATIONS_DELETED'])('%s, with one id or several', (action) => {
    expect(readEvent({ action, annotation: { id: 5 }, project }, WEBHOOK)).toMatchObject({ ids: [5] });
    expect(readEvent({ action, annotations: [5, { id: '6' }, null, {}], project }, WEBHOOK)).toMatchObject({
      ids: [5, '6'],
    });
    expect(readEvent({ action, project }, WEBHOOK)).toMatchObject({ kind: 'ignored', action });
  });

  it.each(['TASK_CREATED', 'TASKS_CREATED'])('%s, without what is not learnt from', (action) => {
    const task = { id: 1, data: { text: 'x' }, predictions: [{ score: 1 }], project: 7 };
    expect(readEvent({ action, tasks: [task] }, WEBHOOK)).toEqual({
      kind: 'tasks-created',
      action,
      tasks: [{ id: 1, data: { text: 'x' } }],
      project: seven,
    });
  });

  it.each(['TASK_DELETED', 'TASKS_DELETED'])('%s', (action) => {
    expect(readEvent({ action, tasks: [{ id: 1 }, { id: 2 }], project }, WEBHOOK)).toMatchObject({
      kind: 'tasks-deleted',
      ids: [1, 2],
    });
    expect(readEvent({ action, task: { id: 1 }, project }, WEBHOOK)).toMatchObject({ kind: 'tasks-deleted', ids: [1] });
  });

  it('projects that come and go', () => {
    expect(readEvent({ action: 'PROJECT_CREATED', project }, WEBHOOK)).toMatchObject({ kind: 'project-updated' });
    expect(readEvent({ action: 'PROJECT_CREATED', project }, CONNECTOR)).toMatchObject({ kind: 'project-updated' });
    expect(readEvent({ action: 'PROJECT_DELETED', project: { id: 7 } }, WEBHOOK)).toMatchObject({
      kind: 'project-deleted',
      project: { id: '7' },
    });
  });

  it('a project by its number, in the event, in the annotation or in the task', () => {
    const annotation = { id: 1, task: 5, result: [] };
    const read = (extra: object): string => {
      const event = readEvent({ action: 'ANNOTATION_CREATED', annotation, ...extra }, WEBHOOK);
      return event.kind === 'annotations' ? event.project.id : event.kind;
    };
    expect(read({ project: 7 })).toBe('7');
    expect(read({ project: '7.169' })).toBe('7');
    expect(read({ annotation: { ...annotation, project: 8 } })).toBe('8');
    expect(read({ task: { id: 5, data: {}, project: 9 } })).toBe('9');
    expect(read({})).toBe('');
  });

  it('an annotation that names its task by object, or not at all', () => {
    const read = (annotation: object, task?: object): unknown => {
      const event = readEvent({ action: 'ANNOTATION_UPDATED', annotation, task, project }, WEBHOOK);
      return event.kind === 'annotations' ? event.tasks.map((one) => [one.id, one.data]) : event.kind;
    };
    expect(read({ id: 1, task: { id: 5, data: { text: 'x' } } })).toEqual([[5, { text: 'x' }]]);
    expect(read({ id: 1 }, { id: 6, data: { text: 'y' } })).toEqual([[6, { text: 'y' }]]);
    expect(read({ id: 1 })).toBe('ignored');
  });

  it('several annotations of one task stand together', () => {
    const annotation = [
      { id: 1, task: 5 },
      { id: 2, task: 6 },
      { id: 3, task: 5 },
    ];
    const task = [
      { id: 6, data: { text: 'six' } },
      { id: 5, data: { text: 'five' } },
    ];
    expect(readEvent({ action: 'ANNOTATIONS_CREATED', annotation, task, project }, WEBHOOK)).toMatchObject({
      tasks: [
        { id: 5, data: { text: 'five' }, annotations: [{ id: 1 }, { id: 3 }] },
        { id: 6, data: { text: 'six' }, annotations: [{ id: 2 }] },
      ],
    });
  });

  it('every action alone is no exception', () => {
    const actions = exchanges('webhook').map(({ request }) => String(request.action));
    for (const action of [...actions, 'TASKS_CREATED', 'TASKS_DELETED', 'PROJECT_DELETED', 'PROJECT_UPDATED']) {
      expect(readEvent({ action }, WEBHOOK).kind).toMatch(/^(ignored|start-training)$/);
    }
    expect(readEvent({ action: 'START_TRAINING' }, CONNECTOR)).toMatchObject({
      kind: 'start-training',
      project: { id: '' },
    });
  });

  it.each(['REVIEW_CREATED', '', 'annotation_created', '__proto__', 'constructor', 'toString'])(
    '%j is unknown',
    (action) => {
      expect(readEvent({ action, project }, WEBHOOK)).toEqual({ kind: 'unknown', action });
    },
  );

  it('an action that is no text, or hostile text, is unknown and fit for a log', () => {
    expect(readEvent({ action: 7 }, WEBHOOK)).toEqual({ kind: 'unknown', action: '' });
    expect(readEvent({}, WEBHOOK)).toEqual({ kind: 'unknown', action: '' });
    const event = readEvent({ action: `\u001b[31m\n${'x'.repeat(500)}` }, WEBHOOK);
    expect(event.kind === 'unknown' && event.action.length).toBe(101);
    expect(JSON.stringify(event)).not.toContain('\\u001b');
  });

  it.each([null, [], 'text', 7])('a body that is %j is refused', (body) => {
    expect(() => readEvent(body, WEBHOOK)).toThrow(/must be a JSON object/);
  });

  it('F137 a project that cannot be one is refused', () => {
    expect(() => readEvent({ action: 'START_TRAINING', project: { id: '../x' } }, WEBHOOK)).toThrow(
      /^The project must be/,
    );
  });
});
