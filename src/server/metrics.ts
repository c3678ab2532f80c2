// Counters of this process, as JSON for Label Studio and as Prometheus text. Label values are names of ours (routes,
// states), never of users, so the number of series is bounded.

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

export class Metrics {
  /** Route → status → timing. */
  readonly #requests = new Map<string, Map<number, Timing>>();
  readonly #trainings = new Map<string, number>();
  readonly #startedAt = Date.now();
  inFlight = 0;
  predictedTasks = 0;
  emptyPredictions = 0;
  refusedCredentials = 0;
  refusedBusy = 0;
  trainingSeconds = 0;

  request(route: string, status: number, seconds: number): void {
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
    timing.count++;
    timing.seconds += seconds;
    const bucket = buckets.findIndex((limit) => seconds <= limit);
    if (bucket >= 0) timing.upTo[bucket]!++;
  }

  training(state: string, seconds: number): void {
    this.#trainings.set(state, (this.#trainings.get(state) ?? 0) + 1);
    this.trainingSeconds += seconds;
  }

  /** One flat object: what the protocol allows. */
  json(gauges: Gauges): { [name: string]: unknown } {
    const requests: { [route: string]: { [status: string]: number } } = {};
    for (const [route, statuses] of this.#requests) {
      requests[route] = Object.fromEntries([...statuses].map(([status, { count }]) => [String(status), count]));
    }
    return {
      uptime_seconds: Math.round((Date.now() - this.#startedAt) / 1000),
      requests,
      requests_in_flight: this.inFlight,
      predicted_tasks: this.predictedTasks,
      empty_predictions: this.emptyPredictions,
      trainings: Object.fromEntries(this.#trainings),
      training_seconds: this.trainingSeconds,
      trainings_running: gauges.trainingsRunning,
      trainings_waiting: gauges.trainingsWaiting,
      loaded_projects: gauges.loadedProjects,
      refused_credentials: this.refusedCredentials,
      refused_busy: this.refusedBusy,
      ready: gauges.ready,
      resident_memory_bytes: process.memoryUsage.rss(),
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
    text.counter('sparrow_refused_busy_total', 'Requests refused because too many ran.', this.refusedBusy);
    text.head('sparrow_trainings_total', 'counter', 'Trainings by how they ended.');
    for (const [state, count] of this.#trainings) text.sample('sparrow_trainings_total', { state }, count);
    text.counter('sparrow_training_seconds_total', 'Time spent training.', this.trainingSeconds);
    text.gauge('sparrow_requests_in_flight', 'Requests being answered.', this.inFlight);
    text.gauge('sparrow_trainings_running', 'Trainings that run.', gauges.trainingsRunning);
    text.gauge('sparrow_trainings_waiting', 'Trainings that wait.', gauges.trainingsWaiting);
    text.gauge('sparrow_loaded_projects', 'Projects in memory.', gauges.loadedProjects);
    text.gauge('sparrow_ready', '1 when models can be kept.', gauges.ready ? 1 : 0);
    text.gauge('process_resident_memory_bytes', 'Resident memory.', process.memoryUsage.rss());
    text.gauge('process_start_time_seconds', 'Start time.', this.#startedAt / 1000);
    return text.toString();
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

class Exposition {
  readonly #lines: string[] = [];

  head(name: string, type: string, help: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  }

  sample(name: string, labels: { [label: string]: string }, value: number): void {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    this.#lines.push(`${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`);
  }

  counter(name: string, help: string, value: number): void {
    this.head(name, 'counter', help);
    this.sample(name, {}, value);
  }

  gauge(name: string, help: string, value: number): void {
    this.head(name, 'gauge', help);
    this.sample(name, {}, value);
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
