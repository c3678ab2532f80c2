// What happens in a process that only predicts, gathered and told to the one that keeps everything a few times a second: a
// message for each request would cost more than the prediction.
import { type Known, mostTasks, scoresOf } from './dashboard-recent.ts';
import type { NewEvent } from './event-log.ts';
import { Metrics } from './metrics.ts';
import type { Log, PredictParts } from './route.ts';
import type { LogLine, News } from './serving-messages.ts';

const tellEachMs = 100;
/** Also when nothing happens: what the process takes changes by itself. */
const beatEachMs = 2000;
const mostEvents = 500;
const mostProjects = 100;
const mostLines = 10_000;

export class ServingNews {
  readonly metrics = new Metrics();
  readonly #tell: (news: News) => void;
  readonly #events = new Map<string, { event: NewEvent; times: number }>();
  /** Project → task → score. */
  readonly #recent = new Map<string, Map<string, Known | null>>();
  readonly #isDebug: boolean;
  #log: LogLine[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #beat: NodeJS.Timeout;

  constructor(tell: (news: News) => void, options: { isDebug: boolean }) {
    this.#tell = tell;
    this.#isDebug = options.isDebug;
    this.#beat = setInterval(() => this.flush(), beatEachMs).unref();
  }

  readonly events: PredictParts['events'] = {
    addRepeated: (event) => {
      const key = JSON.stringify([event.kind, event.project, event.status, event.modelVersion, event.did, event.why]);
      const known = this.#events.get(key);
      if (known) {
        known.times++;
        if (event.tasks !== undefined) known.event.tasks = (known.event.tasks ?? 0) + event.tasks;
      } else if (this.#events.size < mostEvents) this.#events.set(key, { event: { ...event }, times: 1 });
      this.#soon();
    },
  };

  readonly recent: PredictParts['recent'] = {
    add: (project, tasks, results) => {
      let scores = this.#recent.get(project);
      if (scores === undefined) {
        if (this.#recent.size >= mostProjects) return;
        scores = new Map();
        this.#recent.set(project, scores);
      }
      for (const [task, known] of scoresOf(tasks, results, scores)) {
        if (scores.size < mostTasks || scores.has(task)) scores.set(task, known);
      }
      this.#soon();
    },
  };

  readonly log: Log = {
    debug: (values, message) => {
      if (this.#isDebug) this.#line('debug', values, message);
    },
    info: (values, message) => this.#line('info', values, message),
    warn: (values, message) => this.#line('warn', values, message),
    error: (values, message) => this.#line('error', values, message),
  };

  /** Tell now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const news = {
      events: [...this.#events.values()],
      recent: [...this.#recent].map(([project, scores]) => [project, [...scores]] as const),
      counted: this.metrics.take(),
      gauges: this.metrics.gauges(),
      log: this.#log,
    };
    this.#events.clear();
    this.#recent.clear();
    this.#log = [];
    this.#tell(news);
  }

  end(): void {
    clearInterval(this.#beat);
    this.flush();
  }

  #line(level: LogLine['level'], values: object, message: string): void {
    if (this.#log.length < mostLines) this.#log.push({ level, values, message });
    else this.metrics.droppedLogLines++;
    this.#soon();
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => this.flush(), tellEachMs).unref();
  }
}
