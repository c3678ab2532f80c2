// What goes over the wire, by name: Label Studio's shapes as far as we read or write them, and our own. Fields that
// Label Studio sends besides are not listed and do no harm.
import { inferenceShapes } from './openapi-inference.ts';
import { ref, type Schema } from './openapi-schema.ts';

const text: Schema = { type: 'string' };
const nullableText: Schema = { type: ['string', 'null'] };
const count: Schema = { type: 'integer', minimum: 0 };
const share: Schema = { type: 'number', minimum: 0, maximum: 1 };
const nullableNumber: Schema = { type: ['number', 'null'] };
const time: Schema = { type: ['string', 'null'], format: 'date-time' };
const id: Schema = { type: ['integer', 'string'] };
const anything: Schema = {};

function object(properties: { [name: string]: Schema }, required: readonly string[] = [], description = ''): Schema {
  return {
    type: 'object',
    ...(description !== '' && { description }),
    properties,
    ...(required.length > 0 && { required }),
  };
}

/** All fields are there. */
function whole(properties: { [name: string]: Schema }, description = ''): Schema {
  return object(properties, Object.keys(properties), description);
}

function list(items: Schema, description = ''): Schema {
  return { type: 'array', items, ...(description !== '' && { description }) };
}

function described(schema: Schema, description: string): Schema {
  return { ...schema, description };
}

const project: Schema = {
  type: ['string', 'integer', 'null', 'object'],
  description: 'Label Studio’s uid such as "7.1690000000", the bare number, or null.',
  examples: ['7.1690000000'],
};

const errors = {
  Error: object({ error: described(text, 'One sentence for the person who can mend it.') }, ['error']),
  Problem: object(
    {
      type: text,
      title: text,
      status: { type: 'integer' },
      detail: text,
      error: described(text, 'The same sentence as detail.'),
      code: described(text, 'Which entry of the catalogue of errors.'),
    },
    ['type', 'title', 'status', 'detail', 'error'],
    'Problem details as in RFC 9457.',
  ),
};

const protocol = {
  Health: object({ status: { enum: ['UP'] }, model_class: text, model_dir: text }, ['status', 'model_class']),
  SetupRequest: object({
    project,
    schema: described(nullableText, 'The label config, XML.'),
    hostname: described(nullableText, 'Label Studio’s own address; shown, and never called.'),
    access_token: described(nullableText, 'Not used.'),
    extra_params: anything,
    force_reload: anything,
  }),
  SetupAnswer: object({ model_version: text, notes: list(text, 'What of the config is not served.'), message: text }, [
    'model_version',
  ]),
  Task: object({
    id,
    data: anything,
    annotations: { type: ['array', 'null'] },
    completions: { type: ['array', 'null'] },
    predictions: { type: ['array', 'null'] },
  }),
  PredictRequest: object(
    {
      tasks: list(anything, 'Tasks, each with an id and data; one that is broken gets an empty result with a reason.'),
      project,
      label_config: nullableText,
      params: { type: ['object', 'null'] },
      model_version: nullableText,
    },
    ['tasks'],
  ),
  ResultItem: object({ id: text, from_name: text, to_name: text, type: text, value: { type: 'object' } }, [
    'from_name',
    'to_name',
    'type',
    'value',
  ]),
  Prediction: object(
    {
      result: list(ref('ResultItem'), 'Empty: no opinion.'),
      score: share,
      model_version: text,
      reason: described(text, 'Why the result is empty.'),
      mislabeling: described(share, 'Of a task with a label: how likely that is wrong.'),
    },
    ['result', 'score', 'model_version'],
  ),
  PredictAnswer: whole({ results: list(ref('Prediction'), 'One for each task, in their order.'), model_version: text }),
  WebhookEvent: object(
    { action: text, annotation: anything, annotations: anything, task: anything, tasks: anything, project },
    ['action'],
    'What Label Studio sends by itself; see its own documentation.',
  ),
  WebhookAnswer: object({
    result: object({ changed: count, job: nullableText, why: text }),
    status: text,
  }),
  TrainRequest: object({
    annotations: list(ref('Task'), 'All labelled tasks.'),
    completions: list(ref('Task'), 'The same, as older versions name it.'),
    project,
    label_config: nullableText,
  }),
  TrainAnswer: whole({ job: text }),
  JobStatusRequest: whole({ job: text }),
  JobStatus: object(
    {
      job_status: { enum: ['queued', 'started', 'finished', 'failed'] },
      error: nullableText,
      created_at: time,
      enqueued_at: time,
      started_at: time,
      ended_at: time,
      result: object({ model_version: text, train_output: anything }),
    },
    ['job_status', 'error', 'created_at', 'enqueued_at', 'started_at', 'ended_at'],
  ),
  IsTraining: object({ is_training: { type: 'boolean' }, backend: text, model_version: text, job_id: text }, [
    'is_training',
  ]),
  ValidateRequest: object({ config: anything, label_config: anything }),
  ValidateAnswer: object({ status: { enum: ['ok'] }, notes: list(text) }, ['status']),
  VersionNames: whole({ versions: list(text, 'Newest first.') }),
  VersionsRequest: object({ project }),
  DeleteRequest: object({ project }),
  DuplicateRequest: object({ project_src: project, project_dst: project }),
  Empty: object({}),
  Metrics: object({}, [], 'Counters of this process.'),
};

const progress: Schema = {
  anyOf: [{ type: 'null' }, whole({ phase: text, done: { type: 'number' }, total: { type: 'number' } })],
};
const state: Schema = { enum: ['queued', 'started', 'finished', 'failed', 'canceled'] };
const interval = whole({ value: share, low: share, high: share }, 'A share and its 95 % interval.');
const point = object({ x: count, y: share, low: share, high: share }, ['x', 'y'], 'Accuracy y with x labelled texts.');

const api = {
  Ready: whole({ ready: { type: 'boolean' }, training: { type: 'boolean' }, problems: list(text) }),
  Project: object(
    {
      id: text,
      title: nullableText,
      modelVersion: text,
      annotations: described(count, 'Annotations that a training would learn from now.'),
      documents: described(count, 'Tasks they belong to.'),
      labels: list(text),
      training: described({ type: 'boolean' }, 'Whether a training runs or waits.'),
      job: { anyOf: [{ type: 'null' }, whole({ id: text, state, progress })] },
      lastJob: {
        anyOf: [{ type: 'null' }, whole({ id: text, state, error: nullableText, modelVersion: nullableText })],
      },
      trainedAt: time,
      hostname: nullableText,
      labelConfig: nullableText,
      notes: list(text, 'What of the label config is not served, or why nothing is.'),
      syncedAt: described(time, 'When all labels were last read from Label Studio.'),
      webhookAt: described(time, 'When the last webhook about its annotations came, since the server started.'),
      acceptance: ref('Acceptance'),
    },
    ['id', 'title', 'modelVersion', 'annotations', 'documents', 'labels', 'training', 'job', 'lastJob', 'notes'],
  ),
  Projects: whole({ projects: list(ref('Project')) }),
  Version: whole({
    version: text,
    createdAt: text,
    isCurrent: { type: 'boolean' },
    isPinned: { type: 'boolean' },
    parent: nullableText,
    reason: nullableText,
    seconds: nullableNumber,
    trainingSet: described(nullableText, 'SHA-256 of what it learnt from: equal sets have equal digests.'),
    trainOutput: anything,
    bytes: count,
  }),
  Versions: whole({ current: text, versions: list(ref('Version'), 'Newest first.') }),
  ActivateRequest: whole({ version: { type: 'string', minLength: 1, maxLength: 200 } }),
  Syncing: whole({ job: described(text, 'The job to ask after.'), state }),
  Activated: whole({ id: text, modelVersion: text }),
  PinRequest: object({ pinned: { type: 'boolean', description: 'False takes the pin away. Default true.' } }),
  Pinned: whole({ id: text, pinned: list(text) }),
  VersionDeleted: whole({ id: text, deleted: text }),
  ExplainRequest: whole({ text: { type: 'string', maxLength: 100_000, description: 'The text to judge.' } }),
  Explanation: whole({
    modelVersion: text,
    controls: list(
      object(
        {
          name: described(text, 'The control.'),
          labels: list(whole({ label: text, probability: share }), 'The likeliest first.'),
          words: list(
            whole({ start: count, end: count, weight: { type: 'number' } }),
            'Places in the text (UTF-16) and what they add to the log-odds of the likeliest label.',
          ),
          without: {
            anyOf: [{ type: 'null' }, whole({ words: list(text), label: text, probability: share })],
            description: 'The least that would have to go from the text for another label.',
          },
          note: text,
        },
        ['name', 'labels', 'words'],
      ),
    ),
  }),
  Quality: whole({
    docs: described(count, 'Texts that were judged.'),
    method: described(text, 'How they were judged.'),
    accuracy: interval,
    macroF1: nullableNumber,
    logLoss: nullableNumber,
    ece: described(nullableNumber, 'Expected calibration error.'),
    perClass: list(whole({ label: text, precision: share, recall: share, f1: share, support: count })),
    confusion: {
      type: ['array', 'null'],
      description: 'Rows are the truth, columns the answers, in the order of perClass.',
    },
    calibration: list(whole({ confidence: share, accuracy: share, docs: count })),
    learningCurve: list(point),
    nextHint: nullableText,
    notes: list(text),
  }),
  ControlReport: whole({
    name: text,
    reason: described(nullableText, 'Why this control is not trained.'),
    fit: { type: ['object', 'null'] },
    quality: { anyOf: [{ type: 'null' }, ref('Quality')], description: 'Null: not measured.' },
    topTerms: list(whole({ label: text, terms: list(whole({ term: text, weight: { type: 'number' } })) })),
    suspicious: list(
      whole({
        task: nullableText,
        given: text,
        suggested: text,
        change: { enum: ['replace', 'add', 'remove'] },
        probability: nullableNumber,
      }),
      'Labels that look wrong, worst first.',
    ),
    agreement: {
      anyOf: [
        { type: 'null' },
        whole({
          items: described(count, 'Texts with labels of several people.'),
          alpha: described(nullableNumber, 'Krippendorff’s alpha.'),
          annotators: list(whole({ annotator: text, shared: count, agreement: share })),
        }),
      ],
      description: 'Null: no two people labelled the same text.',
    },
    selection: list(
      whole({
        name: text,
        C: { type: 'number' },
        docs: count,
        accuracy: share,
        logLoss: { type: 'number' },
        verdict: text,
      }),
      'What the options of the model were chosen among.',
    ),
  }),
  Report: whole({ modelVersion: text, controls: list(ref('ControlReport')) }),
  Acceptance: whole({
    judged: described(count, 'Annotations that began with a prediction.'),
    accepted: described(count, 'Of these, the ones that left it as it was.'),
    byVersion: list(whole({ version: text, judged: count, accepted: count }), 'Newest first.'),
    byLabel: list(whole({ label: text, judged: count, accepted: count }), 'By the label that was predicted.'),
  }),
  QueueRequest: whole({ tasks: list({ type: 'object' }, 'As Label Studio has them: `id`, `data`, `annotations`.') }),
  Next: whole({ tasks: list(ref('NextText'), 'The least sure first; what is like one before it last.') }),
  Queue: whole({
    modelVersion: text,
    tasks: list(ref('NextText'), 'The least sure first; what is like one before it last.'),
  }),
  NextText: object({ task: text, score: share, like: described(text, 'The task that it is nearly the same as.') }, [
    'task',
    'score',
  ]),
  Job: whole({
    id: text,
    project: text,
    state,
    reason: text,
    createdAt: time,
    startedAt: time,
    endedAt: time,
    progress,
    error: nullableText,
    result: { type: ['object', 'null'] },
  }),
  Event: object(
    {
      seq: count,
      at: text,
      kind: { enum: ['setup', 'predict', 'webhook', 'train', 'change', 'refused', 'training', 'model'] },
      project: text,
      action: text,
      status: { type: 'integer' },
      did: described(text, 'What was done.'),
      why: described(text, 'Why nothing was done.'),
      job: text,
      modelVersion: text,
      tasks: count,
      times: described(count, 'How often the same came in a row.'),
    },
    ['seq', 'at', 'kind', 'project', 'did', 'times'],
  ),
  Events: whole({ events: list(ref('Event'), 'Newest first.') }),
};

export const shapes = { ...errors, ...protocol, ...api, ...inferenceShapes } satisfies { [name: string]: Schema };

export type ShapeName = keyof typeof shapes;
