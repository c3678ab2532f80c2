// The API as an OpenAPI 3.1 document, from a table with a line for each operation. A test holds it to the routes that
// there are, to Label Studio's recorded requests and to the answers that the server gives.
import { ref, type Schema, type Schemas } from './openapi-schema.ts';
import { type ShapeName, shapes } from './openapi-shapes.ts';

export interface Operation {
  method: 'get' | 'post' | 'delete';
  path: string;
  tag: 'Label Studio' | 'Projects' | 'Inference' | 'Operations';
  summary: string;
  description?: string;
  query?: { [name: string]: string };
  request?: ShapeName;
  answer: { status: number; shape: ShapeName; description: string };
  /** What else may come, by status. */
  errors?: { [status: number]: string };
}

const unknownProject = { 404: 'Nothing is known of the project.' };

const labelStudio: readonly Operation[] = [
  op('get', '/health', 'Is the server alive?', [200, 'Health', 'It is; open without credentials.']),
  op('get', '/', 'The same; to a browser the dashboard', [200, 'Health', 'For programs.']),
  op(
    'post',
    '/setup',
    'A project connects',
    [200, 'SetupAnswer', 'Always with the version that predicts next.'],
    'SetupRequest',
  ),
  op('post', '/predict', 'Predict tasks', [200, 'PredictAnswer', 'As many results as tasks.'], 'PredictRequest', {
    400: 'No list of tasks.',
    413: 'Too many tasks, or too large a body.',
  }),
  op(
    'post',
    '/webhook',
    'Something happened in Label Studio',
    [201, 'WebhookAnswer', 'Kept; why says why nothing follows. 200 where the event is not about training.'],
    'WebhookEvent',
    {
      400: 'The event cannot be read.',
      503: 'It could not be kept; send it again.',
    },
  ),
  op('post', '/train', 'Train on all labelled tasks', [201, 'TrainAnswer', 'The job to ask after.'], 'TrainRequest', {
    400: 'There are no annotations in it.',
  }),
  op(
    'post',
    '/job_status',
    'How a training goes',
    [200, 'JobStatus', 'As Label Studio reads it.'],
    'JobStatusRequest',
    {
      410: 'There is no such job any more.',
    },
  ),
  {
    ...op('get', '/is_training', 'Is a project being trained?', [200, 'IsTraining', '']),
    query: { project: 'The project.' },
  },
  op(
    'post',
    '/validate',
    'Can a label config be served?',
    [200, 'ValidateAnswer', 'It can be read; notes say what is not served.'],
    'ValidateRequest',
    {
      400: 'The sentence says what is wrong with it.',
    },
  ),
  {
    ...op('get', '/versions', 'Names of versions', [200, 'VersionNames', '']),
    query: { project: 'One project’s only.' },
  },
  op('post', '/versions', 'Names of versions, as older clients ask', [200, 'VersionNames', ''], 'VersionsRequest'),
  op(
    'post',
    '/delete',
    'The project is gone',
    [200, 'Empty', 'Models and journal are marked deleted.'],
    'DeleteRequest',
  ),
  op('post', '/duplicate_model', 'Start a project with another’s model', [200, 'Empty', ''], 'DuplicateRequest'),
  {
    ...op('get', '/metrics', 'Counters', [
      200,
      'Metrics',
      'JSON; Prometheus text with its Accept or ?format=prometheus.',
    ]),
    query: { format: 'prometheus for its text format.' },
  },
];

const projects: readonly Operation[] = [
  op('get', '/api/projects', 'All projects', [200, 'Projects', '']),
  op('get', '/api/projects/{id}', 'One project', [200, 'Project', ''], undefined, unknownProject),
  op('get', '/api/projects/{id}/versions', 'Its versions', [200, 'Versions', ''], undefined, unknownProject),
  op(
    'post',
    '/api/projects/{id}/activate',
    'Let a version serve (roll back)',
    [200, 'Activated', 'From the next request on.'],
    'ActivateRequest',
    unknownProject,
  ),
  op(
    'post',
    '/api/projects/{id}/versions/{version}/activate',
    'The same, with the version in the path',
    [200, 'Activated', ''],
    undefined,
    unknownProject,
  ),
  op(
    'post',
    '/api/projects/{id}/versions/{version}/pin',
    'Keep a version from every clean-up, or no longer',
    [200, 'Pinned', 'All that are pinned now.'],
    'PinRequest',
    unknownProject,
  ),
  op(
    'delete',
    '/api/projects/{id}/versions/{version}',
    'Take a version away for good',
    [200, 'VersionDeleted', ''],
    undefined,
    { ...unknownProject, 409: 'The version serves now, or is pinned.' },
  ),
  op(
    'get',
    '/api/projects/{id}/report',
    'How good the version is that serves',
    [200, 'Report', ''],
    undefined,
    unknownProject,
  ),
  op(
    'post',
    '/api/projects/{id}/explain',
    'Judge one text, and say which words carried it',
    [200, 'Explanation', ''],
    'ExplainRequest',
    {
      ...unknownProject,
      409: 'The project has no label config yet.',
    },
  ),
  op(
    'post',
    '/api/projects/{id}/sync',
    'Read the labels anew from Label Studio',
    [202, 'Syncing', 'Begun, where there is a key.'],
    undefined,
    { ...unknownProject, 400: 'There is no LABEL_STUDIO_API_KEY, or the project has no number.' },
  ),
  op(
    'get',
    '/api/projects/{id}/next',
    'Texts worth labelling next',
    [200, 'Next', 'Of those predicted lately.'],
    undefined,
    unknownProject,
  ),
  op(
    'get',
    '/api/projects/{id}/queue',
    'Texts worth labelling, in order',
    [200, 'Next', 'Of those predicted lately.'],
    undefined,
    unknownProject,
  ),
  op(
    'post',
    '/api/projects/{id}/queue',
    'Tasks of one’s own in the order in which labelling them pays',
    [200, 'Queue', 'Without those that have a label.'],
    'QueueRequest',
    { ...unknownProject, 413: 'There are more tasks than one request may hold.' },
  ),
];

const noSuchModel = { 404: 'There is no such model, or its version does not serve.' };
const inferenceErrors = {
  ...noSuchModel,
  400: 'The sentence names the field that is wrong.',
  413: 'Too many texts, or too large a body.',
  415: 'A tensor in binary, or no JSON.',
};

const inference: readonly Operation[] = [
  op('get', '/v2/health/live', 'Is the server alive?', [200, 'InferenceLive', '']),
  op('get', '/v2/health/ready', 'Does it answer?', [200, 'InferenceReady', '']),
  op('get', '/v2', 'Which server it is', [200, 'InferenceServer', '']),
  ...['/v2/models/{name}', '/v2/models/{name}/versions/{version}'].flatMap((path) => [
    op('get', path, 'What a model takes and gives', [200, 'InferenceModel', ''], undefined, noSuchModel),
    op('get', `${path}/ready`, 'Does a model answer?', [200, 'InferenceModelReady', ''], undefined, {
      ...noSuchModel,
      503: 'It has no label config yet.',
    }),
    op(
      'post',
      `${path}/infer`,
      'Label texts',
      [200, 'InferenceAnswer', 'As many values in each output as texts.'],
      'InferenceRequest',
      inferenceErrors,
    ),
  ]),
];

const operationsOnly: readonly Operation[] = [
  op('get', '/api/jobs/{id}', 'A training', [200, 'Job', ''], undefined, { 404: 'There is no such job any more.' }),
  {
    ...op('get', '/api/events', 'What happened, and why nothing was done', [
      200,
      'Events',
      'With Accept: text/event-stream each event as it happens.',
    ]),
    query: { project: 'One project’s only.', after: 'Only events with a larger seq.' },
  },
  op('get', '/ready', 'Are predictions answered, and what does not work besides?', [200, 'Ready', '']),
];

export const operations: readonly Operation[] = [
  ...labelStudio.map((one) => ({ ...one, tag: 'Label Studio' as const })),
  ...projects.map((one) => ({ ...one, tag: 'Projects' as const })),
  ...inference.map((one) => ({ ...one, tag: 'Inference' as const })),
  ...operationsOnly.map((one) => ({ ...one, tag: 'Operations' as const })),
];

function op(
  method: Operation['method'],
  path: string,
  summary: string,
  [status, shape, description]: [number, ShapeName, string],
  request?: ShapeName,
  errors: { [status: number]: string } = {},
): Operation {
  return {
    method,
    path,
    tag: 'Operations',
    summary,
    ...(request && { request }),
    answer: { status, shape, description: description || 'Done.' },
    errors,
  };
}

export interface OpenApi {
  openapi: '3.1.0';
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  tags: { name: string; description: string }[];
  paths: { [path: string]: { [method: string]: unknown } };
  components: { schemas: Schemas; securitySchemes: unknown };
  security: unknown;
}

export function openApi(): OpenApi {
  const paths: OpenApi['paths'] = {};
  for (const operation of operations) {
    const { path, method } = operation;
    paths[path] = { ...paths[path], [method]: operationJson(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sparrow',
      version: '1',
      description:
        'A Label Studio ML backend for text classification: Label Studio’s protocol, and its own API beside it.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [
      { name: 'Label Studio', description: 'What Label Studio calls. Errors are {"error": sentence}.' },
      { name: 'Projects', description: 'Projects, their versions and how good they are. Errors are problem details.' },
      {
        name: 'Inference',
        description:
          'The open inference protocol (V2) for other programs: a project is a model. Errors are {"error": sentence}.',
      },
      { name: 'Operations', description: 'What goes on in the server.' },
    ],
    paths,
    components: { schemas: shapes, securitySchemes: { basic: { type: 'http', scheme: 'basic' } } },
    // Where the server has a user and a password; otherwise nothing is asked for.
    security: [{ basic: [] }, {}],
  };
}

function operationJson({ path, tag, summary, description, query = {}, request, answer, errors = {} }: Operation) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
    return { name, in: 'path', required: true, schema: { type: 'string' } };
  });
  const inQuery = Object.entries(query).map(([name, meaning]) => {
    return { name, in: 'query', description: meaning, schema: { type: 'string' } };
  });
  const isOwn = path.startsWith('/api/');
  const failure = isOwn ? content('Problem', 'application/problem+json') : content('Error', 'application/json');
  const all = { ...errors, 401: 'The server wants a user and a password.' };
  return {
    tags: [tag],
    summary,
    ...(description && { description }),
    ...(inPath.length + inQuery.length > 0 && { parameters: [...inPath, ...inQuery] }),
    ...(request && { requestBody: { required: true, content: content(request, 'application/json') } }),
    responses: {
      [answer.status]: { description: answer.description, content: content(answer.shape, 'application/json') },
      ...Object.fromEntries(
        Object.entries(all).map(([status, meaning]) => [status, { description: meaning, content: failure }]),
      ),
    },
    ...(path === '/health' && { security: [] }),
  };
}

function content(shape: ShapeName, type: string): { [type: string]: { schema: Schema } } {
  return { [type]: { schema: ref(shape) } };
}
