// One project's connection to an ML backend: the connector, with its time-outs and its name, and the webhook, which waits
// one second, is sent once, and knows no credentials but those in its own address and headers.
import { Agent, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps, Agent as TlsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { LabelStudio, StudioAnnotation, StudioPrediction, StudioProject, StudioTask } from './label-studio.ts';

export interface ConnectOptions {
  /** Where the backend is; may have a path. */
  url: string;
  user?: string;
  password?: string;
  /** By default the address with `/webhook`; null for none. */
  webhookUrl?: string | null;
  webhookHeaders?: { [name: string]: string };
  isPayloadSent?: boolean;
  /** How many times longer than Label Studio it waits, for tests that are not about time. */
  patience?: number;
  /** Resolves every host name to this machine, as the names of containers are. */
  isNameLocal?: boolean;
}

export interface BackendAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes
  body: any;
  ms: number;
}

/** What is sent, and who it says it is. */
interface Sending {
  body?: unknown;
  agent: string;
  timeoutMs: number;
  headers?: { [name: string]: string };
  authorization?: string | undefined;
}

const connectorAgent = 'heartex/1.22.0';
const webhookAgent = 'python-requests/2.28.1';

export class Connection {
  readonly #studio: LabelStudio;
  readonly #project: StudioProject;
  readonly #options: ConnectOptions;
  readonly #agents: { http: Agent; https: TlsAgent };
  /** What setup answered last: stamped on predictions. */
  modelVersion = '';
  /** Each webhook's answer, in order; the status is 0 where none came in time. */
  readonly webhooks: { action: string; status: number; ms: number }[] = [];

  constructor(studio: LabelStudio, project: StudioProject, options: ConnectOptions) {
    this.#studio = studio;
    this.#project = project;
    this.#options = options;
    const lookup: LookupFunction = (_, { all }, done) => {
      if (all) (done as (error: null, addresses: object[]) => void)(null, [{ address: '127.0.0.1', family: 4 }]);
      else done(null, '127.0.0.1', 4);
    };
    const common = { keepAlive: true, ...(options.isNameLocal && { lookup }) };
    // Label Studio is told not to verify certificates of its own network.
    this.#agents = { http: new Agent(common), https: new TlsAgent({ ...common, rejectUnauthorized: false }) };
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /** Health, then setup: what decides between "Connected" and an error. */
  async check(): Promise<string> {
    const health = await this.call('GET', 'health', undefined, 1000);
    if (health.status !== 200) throw new Error(`Disconnected: ${health.status} ${JSON.stringify(health.body)}`);
    const { labelConfig, uid } = this.#project;
    const body = {
      project: uid,
      schema: labelConfig,
      hostname: this.#studio.url,
      access_token: this.#studio.tokens.legacy,
      extra_params: null,
      force_reload: false,
    };
    const setup = await this.call('POST', 'setup', body, 3000);
    if (setup.status >= 400) throw new Error(`Error: ${setup.body?.error ?? JSON.stringify(setup.body)}`);
    if (typeof setup.body.model_version !== 'string') throw new Error('model_version must be a string');
    this.modelVersion = setup.body.model_version;
    return this.modelVersion;
  }

  /** Predictions for tasks, stored with them; health and setup come first, as always. */
  async predict(tasks: readonly StudioTask[], context: object | null = null): Promise<StudioPrediction[]> {
    await this.check();
    return this.#predict(tasks, context);
  }

  async #predict(tasks: readonly StudioTask[], context: object | null): Promise<StudioPrediction[]> {
    const { labelConfig, uid } = this.#project;
    const params = { login: this.#options.user ?? null, password: this.#options.password ?? null, context };
    const body = { tasks, project: uid, label_config: labelConfig, params, model_version: this.modelVersion };
    const answer = await this.call('POST', 'predict', body, 100_000);
    const results = answer.body?.results;
    if (answer.status !== 200 || !Array.isArray(results)) throw new Error(`predict: ${JSON.stringify(answer.body)}`);
    if (results.length !== tasks.length) throw new Error(`${results.length} results for ${tasks.length} tasks`);
    return results.map((result: StudioPrediction, i) => {
      const prediction = { ...result, id: this.#studio.nextId() };
      tasks[i]?.predictions.push(prediction);
      return prediction;
    });
  }

  /** An annotator opens a task: predictions are asked for where there are none of the present version. */
  async open(task: StudioTask): Promise<StudioPrediction> {
    await this.check();
    const stored = task.predictions.find(({ model_version }) => model_version === this.modelVersion);
    const [prediction] = stored ? [stored] : await this.#predict([task], null);
    if (!prediction) throw new Error('no prediction');
    return prediction;
  }

  /** The annotator submits, or skips; `seen` is the prediction that was shown. */
  async annotate(
    task: StudioTask,
    result: object[],
    seen?: StudioPrediction,
    isSkipped = false,
  ): Promise<StudioAnnotation> {
    const now = this.#studio.now();
    const annotation: StudioAnnotation = {
      id: this.#studio.nextId(),
      task: task.id,
      result: isSkipped ? [] : result,
      was_cancelled: isSkipped,
      ground_truth: false,
      completed_by: 1,
      created_at: now,
      updated_at: now,
      prediction: seen ?? {},
    };
    task.annotations.push(annotation);
    await this.webhook('ANNOTATION_CREATED', { annotation, task });
    return annotation;
  }

  async update(task: StudioTask, annotation: StudioAnnotation, result: object[]): Promise<void> {
    Object.assign(annotation, { result, updated_at: this.#studio.now() });
    await this.webhook('ANNOTATION_UPDATED', { annotation, task });
  }

  async remove(task: StudioTask, annotation: StudioAnnotation): Promise<void> {
    task.annotations.splice(task.annotations.indexOf(annotation), 1);
    await this.webhook('ANNOTATIONS_DELETED', { annotations: [{ id: annotation.id }] });
  }

  /** The settings change the label config: the webhook tells, then setup is asked again. */
  async configure(labelConfig: string): Promise<void> {
    this.#project.labelConfig = labelConfig;
    await this.webhook('PROJECT_UPDATED', {});
    await this.check();
  }

  /** The button: sent by the connector, with its credentials, to the same route as webhooks. */
  startTraining(): Promise<BackendAnswer> {
    const body = { action: 'START_TRAINING', project: this.#project.toJSON() };
    return this.call('POST', 'webhook', body, 30_000);
  }

  /** Sent once; whatever becomes of it, the annotator goes on. */
  async webhook(action: string, content: object): Promise<BackendAnswer | null> {
    const {
      url,
      webhookUrl = `${url.replace(/\/$/, '')}/webhook`,
      webhookHeaders,
      isPayloadSent = true,
    } = this.#options;
    if (webhookUrl === null) return null;
    const target = new URL(webhookUrl);
    const authorization = basic(decodeURIComponent(target.username), decodeURIComponent(target.password));
    const body = isPayloadSent ? { action, ...content, project: this.#project.toJSON() } : { action };
    const sending = { body, agent: webhookAgent, timeoutMs: 1000, headers: webhookHeaders ?? {}, authorization };
    const answer = await this.#send('POST', target, sending).catch(() => null);
    this.webhooks.push({ action, status: answer?.status ?? 0, ms: answer?.ms ?? Number.POSITIVE_INFINITY });
    return answer;
  }

  /** A call of the connector, which joins the route's name to the address. */
  call(method: 'GET' | 'POST', route: string, body: unknown, timeoutMs: number): Promise<BackendAnswer> {
    const { url, user, password } = this.#options;
    const target = new URL(`${url.replace(/\/$/, '')}/${route}`);
    const authorization = user === undefined ? undefined : basic(user, password ?? '');
    return this.#send(method, target, { body, agent: connectorAgent, timeoutMs, authorization });
  }

  #send(
    method: string,
    target: URL,
    { body, agent, timeoutMs, headers, authorization }: Sending,
  ): Promise<BackendAnswer> {
    const isTls = target.protocol === 'https:';
    const text = body === undefined ? '' : JSON.stringify(body);
    const options: RequestOptions = {
      method,
      agent: isTls ? this.#agents.https : this.#agents.http,
      headers: {
        'user-agent': agent,
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...(authorization !== undefined && { authorization }),
        ...headers,
      },
    };
    target.username = '';
    target.password = '';
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const request = (isTls ? requestHttps : requestHttp)(target, options, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          clearTimeout(timer);
          const said = Buffer.concat(pieces).toString();
          const isJson = response.headers['content-type']?.includes('json') ?? false;
          const ms = performance.now() - startedAt;
          resolve({ status: response.statusCode ?? 0, body: isJson ? JSON.parse(said) : said, ms });
        });
      });
      const patienceMs = timeoutMs * (this.#options.patience ?? 1);
      const giveUp = () => request.destroy(new Error(`no answer within ${patienceMs} ms`));
      const timer = setTimeout(giveUp, patienceMs);
      request.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      request.end(text);
    });
  }
}

function basic(user: string, password: string): string | undefined {
  return user === '' ? undefined : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
