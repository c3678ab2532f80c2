// Counters of this server, as JSON for Label Studio and as Prometheus text. Label values are names of ours (routes,
// states) or, for the models, projects of which only those trained last are told: the number of series is bounded.
import { linearMemoryBytes } from '../classifier/memory-use.ts';
import { Exposition } from './exposition.ts';

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 100];

interface Timing {
  count: number;
  seconds: number;
  /** Requests that took up to buckets[i], not cumulated. */
  upTo: Float64Array;
}

export interface Gauges {
  loadedProjects: number;
  trainingsRunning: number;
  trainingsWaiting: number;
  ready: boolean;
}

/** Counted by each process that serves, and added up by one. */
const summed = [
  'predictedTasks',
  'emptyPredictions',
  'refusedCredentials',
  'refusedBusy',
  'storeWarnings',
  'droppedLogLines',
] as const;

/** What was counted in a stretch of time. */
export interface Counted {
  requests: [route: string, status: number, timing: Timing][];
  counters: { [name in (typeof summed)[number]]: number };
}

/** What a process takes at the moment. */
export interface ProcessGauges {
  inFlight: number;
  residentBytes: number;
  heapUsedBytes: number;
  heapTotalBytes: number;
  externalBytes: number;
  linearBytes: number;
  /** Since it started. */
  cpuSeconds: number;
}

/** A version and its accuracies on texts it had not seen, by control. */
export interface TrainedModel {
  version: string;
  accuracies: ReadonlyMap<string, number>;
}

/** Projects whose models are told of. */
const mostModels = 50;
const mostControls = 10;

export class Metrics {
  /** Route → status → timing. */
  readonly #requests = new Map<string, Map<number, Timing>>();
  readonly #trainings = new Map<string, number>();
  /** Project → the version trained last and the accuracies that it reported; last trained, last in order. */
  readonly #models = new Map<string, TrainedModel>();
  readonly #startedAt = Date.now();
  /** Gauges of the other processes that serve. */
  readonly #others = new Map<number, ProcessGauges>();
  /** Processor time of those that have ended: a counter never falls. */
  #endedCpuSeconds = 0;
  inFlight = 0;
  predictedTasks = 0;
  emptyPredictions = 0;
  refusedCredentials = 0;
  /** Webhooks among them: annotations that never arrived. */
  refusedWebhooks = 0;
  /** Annotations made on a prediction, and how many of them left it as it was. */
  judgedPredictions = 0;
  acceptedPredictions = 0;
  refusedBusy = 0;
  trainingSeconds = 0;
  /** Versions that were trained and kept. */
  versions = 0;
  /** Those that do not serve: much worse, or overtaken. */
  candidates = 0;
  /** Whatever the store found wrong: damaged files, foreign ones, a lock of the dead. */
  storeWarnings = 0;
  /** Lines of the log that nobody read in time. */
  droppedLogLines = 0;

  request(route: string, status: number, seconds: number): void {
    const timing = this.#timing(route, status);
    timing.count++;
    timing.seconds += seconds;
    const bucket = buckets.findIndex((limit) => seconds <= limit);
    if (bucket >= 0) timing.upTo[bucket]!++;
  }

  /** What was counted since the last call, for another process to add. */
  take(): Counted {
    const requests = [...this.#requests].flatMap(([route, statuses]) =>
      [...statuses].map(([status, timing]): Counted['requests'][number] => [route, status, timing]),
    );
    const counters = Object.fromEntries(summed.map((name) => [name, this[name]])) as Counted['counters'];
    this.#requests.clear();
    for (const name of summed) this[name] = 0;
    return { requests, counters };
  }

  /** What another process has counted. */
  add({ requests, counters }: Counted): void {
    for (const [route, status, { count, seconds, upTo }] of requests) {
      const timing = this.#timing(route, status);
      timing.count += count;
      timing.seconds += seconds;
      for (const [i, value] of upTo.entries()) timing.upTo[i]! += value;
    }
    for (const name of summed) this[name] += counters[name];
  }

  /** What another process takes now; null when it has ended. */
  process(id: number, gauges: ProcessGauges | null): void {
    if (gauges !== null) this.#others.set(id, gauges);
    else {
      this.#endedCpuSeconds += this.#others.get(id)?.cpuSeconds ?? 0;
      this.#others.delete(id);
    }
  }

  /** What this process takes now. */
  gauges(): ProcessGauges {
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return {
      inFlight: this.inFlight,
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      heapTotalBytes: heapTotal,
      externalBytes: external,
      linearBytes: linearMemoryBytes(),
      cpuSeconds: (user + system) / 1e6,
    };
  }

  /** Of all processes together. */
  #allGauges(): ProcessGauges {
    const sum = this.gauges();
    for (const other of this.#others.values()) {
      for (const name of Object.keys(sum) as (keyof ProcessGauges)[]) sum[name] += other[name];
    }
    sum.cpuSeconds += this.#endedCpuSeconds;
    return sum;
  }

  #timing(route: string, status: number): Timing {
    let statuses = this.#requests.get(route);
    if (!statuses) {
      statuses = new Map();
      this.#requests.set(route, statuses);
    }
    let timing = statuses.get(status);
    if (!timing) {
      timing = { count: 0, seconds: 0, upTo: new Float64Array(buckets.length) };
      statuses.set(status, timing);
    }
    return timing;
  }

  training(state: string, seconds: number): void {
    this.#trainings.set(state, (this.#trainings.get(state) ?? 0) + 1);
    this.trainingSeconds += seconds;
  }

  /** A version was trained. */
  model(project: string, model: TrainedModel): void {
    this.#models.delete(project);
    this.#models.set(project, model);
    const [oldest] = this.#models.keys();
    if (this.#models.size > mostModels && oldest !== undefined) this.#models.delete(oldest);
  }

  /** One flat object: what the protocol allows. */
  json(gauges: Gauges): { [name: string]: unknown } {
    const { inFlight, residentBytes, linearBytes } = this.#allGauges();
    const requests: { [route: string]: { [status: string]: number } } = {};
    for (const [route, statuses] of this.#requests) {
      requests[route] = Object.fromEntries([...statuses].map(([status, { count }]) => [String(status), count]));
    }
    return {
      uptime_seconds: Math.round((Date.now() - this.#startedAt) / 1000),
      requests,
      requests_in_flight: inFlight,
      predicted_tasks: this.predictedTasks,
      empty_predictions: this.emptyPredictions,
      trainings: Object.fromEntries(this.#trainings),
      training_seconds: this.trainingSeconds,
      trainings_running: gauges.trainingsRunning,
      trainings_waiting: gauges.trainingsWaiting,
      loaded_projects: gauges.loadedProjects,
      refused_credentials: this.refusedCredentials,
      refused_webhooks: this.refusedWebhooks,
      judged_predictions: this.judgedPredictions,
      accepted_predictions: this.acceptedPredictions,
      refused_busy: this.refusedBusy,
      ready: gauges.ready,
      versions: this.versions,
      candidates: this.candidates,
      store_warnings: this.storeWarnings,
      dropped_log_lines: this.droppedLogLines,
      resident_memory_bytes: residentBytes,
      linear_memory_bytes: linearBytes,
      processes: 1 + this.#others.size,
    };
  }

  /** Text exposition format 0.0.4. */
  prometheus(gauges: Gauges): string {
    const text = new Exposition();
    this.#writeRequests(text);
    text.counter('sparrow_predicted_tasks_total', 'Tasks predicted.', this.predictedTasks);
    text.counter('sparrow_empty_predictions_total', 'Tasks that got no result.', this.emptyPredictions);
    text.counter(
      'sparrow_refused_credentials_total',
      'Requests with no or wrong credentials.',
      this.refusedCredentials,
    );
    text.counter('sparrow_refused_webhooks_total', 'Webhooks among them.', this.refusedWebhooks);
    text.counter('sparrow_judged_predictions_total', 'Annotations made on a prediction.', this.judgedPredictions);
    text.counter(
      'sparrow_accepted_predictions_total',
      'Annotations that left the prediction as it was.',
      this.acceptedPredictions,
    );
    text.counter('sparrow_refused_busy_total', 'Requests refused because too many ran.', this.refusedBusy);
    text.head('sparrow_trainings_total', 'counter', 'Trainings by how they ended.');
    for (const [state, count] of this.#trainings) text.sample('sparrow_trainings_total', { state }, count);
    text.counter('sparrow_training_seconds_total', 'Time spent training.', this.trainingSeconds);
    const all = this.#allGauges();
    text.gauge('sparrow_requests_in_flight', 'Requests being answered.', all.inFlight);
    text.gauge('sparrow_trainings_running', 'Trainings that run.', gauges.trainingsRunning);
    text.gauge('sparrow_trainings_waiting', 'Trainings that wait.', gauges.trainingsWaiting);
    text.gauge('sparrow_loaded_projects', 'Projects in memory.', gauges.loadedProjects);
    text.gauge('sparrow_ready', '1 when models can be kept.', gauges.ready ? 1 : 0);
    text.counter('sparrow_versions_total', 'Versions trained.', this.versions);
    text.counter('sparrow_candidates_total', 'Versions trained that do not serve.', this.candidates);
    text.counter('sparrow_store_warnings_total', 'What the store found wrong.', this.storeWarnings);
    text.counter('sparrow_dropped_log_lines_total', 'Lines of the log that nobody read.', this.droppedLogLines);
    this.#writeModels(text);
    this.#writeMemory(text, all);
    return text.toString();
  }

  #writeModels(text: Exposition): void {
    text.head('sparrow_model_info', 'gauge', 'The version trained last, of the projects trained last.');
    for (const [project, { version }] of this.#models) text.sample('sparrow_model_info', { project, version }, 1);
    text.head('sparrow_model_accuracy', 'gauge', 'Its accuracy on texts that it had not seen.');
    for (const [project, { accuracies }] of this.#models) {
      // A control each, of which a label config may hold any number.
      for (const [control, value] of [...accuracies].slice(0, mostControls)) {
        text.sample('sparrow_model_accuracy', { project, control }, value);
      }
    }
  }

  /** Sums over the processes of this server. */
  #writeMemory(text: Exposition, all: ProcessGauges): void {
    text.gauge('process_resident_memory_bytes', 'Resident memory.', all.residentBytes);
    text.gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use.', all.heapUsedBytes);
    text.gauge('nodejs_heap_size_total_bytes', 'JavaScript heap.', all.heapTotalBytes);
    text.gauge(
      'nodejs_external_memory_bytes',
      'Memory outside of the heap, linear memory included.',
      all.externalBytes,
    );
    text.gauge('sparrow_linear_memory_bytes', 'Linear memory of the kernels that serve.', all.linearBytes);
    text.gauge('sparrow_processes', 'Processes of this server.', 1 + this.#others.size);
    text.counter('process_cpu_seconds_total', 'Processor time.', all.cpuSeconds);
    text.gauge('process_start_time_seconds', 'Start time.', this.#startedAt / 1000);
  }

  #writeRequests(text: Exposition): void {
    const name = 'sparrow_request_seconds';
    text.head(name, 'histogram', 'Time to answer, by route and status.');
    for (const [route, statuses] of this.#requests) {
      for (const [code, { count, seconds, upTo }] of statuses) {
        const labels = { route, status: String(code) };
        let total = 0;
        for (const [i, limit] of buckets.entries()) {
          total += upTo[i] ?? 0;
          text.sample(`${name}_bucket`, { ...labels, le: String(limit) }, total);
        }
        text.sample(`${name}_bucket`, { ...labels, le: '+Inf' }, count);
        text.sample(`${name}_sum`, labels, seconds);
        text.sample(`${name}_count`, labels, count);
      }
    }
  }
}
