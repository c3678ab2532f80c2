// The processes that answer predictions beside the one that keeps everything, as WORKERS asks for: started, told what has
// changed, listened to, replaced when they end, and stopped. This process holds the port and deals out its connections; one
// that was not taken yet when its process ended goes to another, and with none at hand it is answered here.
import { type ChildProcess, fork } from 'node:child_process';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../errors.ts';
import type { Direction } from '../projects/directions.ts';
import type { ProjectNote } from '../projects/registry.ts';
import type { Configuration } from './configuration.ts';
import type { RecentPredictions } from './dashboard-recent.ts';
import type { EventLog } from './event-log.ts';
import { type Receiver, refusalOf } from './listen.ts';
import type { Metrics } from './metrics.ts';
import type { OwnerAddress } from './owner-door.ts';
import type { Log } from './route.ts';
import type { News, ToOwner, ToServing } from './serving-messages.ts';

export interface ServingProcessesOptions {
  configuration: Configuration;
  backendUrl: string;
  owner: OwnerAddress;
  /** Answers here, while no process is at hand. */
  here: Receiver;
  events: EventLog;
  metrics: Metrics;
  recent: RecentPredictions;
  log: Log;
  directions(): Direction[];
  onNote(note: ProjectNote): void;
  /** Keeps values of a model with its project. */
  write(project: string, patch: { [key: string]: unknown }): Promise<void>;
}

interface Worker {
  readonly id: number;
  readonly process: ChildProcess;
  /** Connections that were sent and are not taken yet. */
  readonly sent: Map<number, Socket>;
  isServing: boolean;
}

/** One that ends sooner after its start is not replaced at once: its successor would end the same way. */
const shortLifeMs = 5000;
const longestPauseMs = 30_000;
/** What a stopped process may take beyond its grace time. */
const lastWordsMs = 500;

export class ServingProcesses {
  readonly #options: ServingProcessesOptions;
  /** The one that was given a connection last stands last. */
  readonly #workers = new Set<Worker>();
  readonly #server: Server;
  #backendUrl: string;
  #count = 0;
  #failures = 0;
  #isStopping = false;

  /** Resolves when the port is open; the processes begin to take part as they come up. */
  static async open(options: ServingProcessesOptions): Promise<ServingProcesses> {
    const { host, port, workers } = options.configuration;
    const processes = new ServingProcesses(options);
    await new Promise<void>((resolve, reject) => {
      processes.#server.once('error', (error) => reject(refusalOf(error, host, port)));
      processes.#server.listen({ host, port }, resolve);
    });
    for (let i = 0; i < workers; i++) processes.#startOne();
    return processes;
  }

  private constructor(options: ServingProcessesOptions) {
    this.#options = options;
    this.#backendUrl = options.backendUrl;
    // As Node's own HTTP server has it; whoever takes a connection is the first to read from it.
    const settings = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true };
    this.#server = createServer(settings, (socket) => this.#deal(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  changed(project: string): void {
    this.#tellAll({ kind: 'changed', project });
  }

  direct(direction: Direction): void {
    this.#tellAll({ kind: 'direction', direction });
  }

  exchange(backendUrl: string): void {
    this.#backendUrl = backendUrl;
    this.#tellAll({ kind: 'exchange', backendUrl });
  }

  /** Each process answers what has come and ends; after the grace time it is ended. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#server.close();
    const gone = [...this.#workers].map(
      ({ process: child }) => new Promise<void>((resolve) => child.once('exit', () => resolve())),
    );
    this.#tellAll({ kind: 'stop', graceMs });
    const kill = setTimeout(() => {
      for (const { process: child } of this.#workers) child.kill('SIGKILL');
    }, graceMs + lastWordsMs);
    await Promise.all([...gone, this.#options.here.close(graceMs)]);
    clearTimeout(kill);
  }

  /** To the process that has fewest connections to take, in turn. */
  #deal(socket: Socket): void {
    let chosen: Worker | null = null;
    for (const worker of this.#workers) {
      if (!worker.isServing || !worker.process.connected) continue;
      if (chosen === null || worker.sent.size < chosen.sent.size) chosen = worker;
    }
    if (chosen === null) {
      this.#options.here.take(socket);
      return;
    }
    this.#workers.delete(chosen);
    this.#workers.add(chosen);
    const id = ++this.#count;
    // Whoever leaves before is noticed by the one that reads.
    socket.on('error', () => {});
    chosen.sent.set(id, socket);
    // It stays open here until it is taken there.
    const message: ToServing = { kind: 'connection', id };
    chosen.process.send(message, socket, { keepOpen: true }, () => {});
  }

  #startOne(): void {
    const child = fork(fileURLToPath(new URL('./serving-process.js', import.meta.url)), [], {
      serialization: 'advanced',
    });
    const worker: Worker = { id: ++this.#count, process: child, sent: new Map(), isServing: false };
    const startedAt = performance.now();
    this.#workers.add(worker);
    child.on('message', (message: ToOwner) => this.#hear(worker, message));
    child.on('error', () => {}); // its end is told as well
    child.once('exit', (code, signal) => this.#replace(worker, performance.now() - startedAt, code, signal));
  }

  #begin(worker: Worker): void {
    const { configuration, owner, directions } = this.#options;
    const backendUrl = this.#backendUrl;
    this.#tell(worker, { kind: 'begin', configuration, backendUrl, owner, directions: directions() });
  }

  #replace(worker: Worker, lifeMs: number, code: number | null, signal: string | null): void {
    const { metrics, log } = this.#options;
    this.#workers.delete(worker);
    metrics.process(worker.id, null);
    for (const socket of worker.sent.values()) this.#deal(socket);
    if (this.#isStopping) return;
    this.#failures = lifeMs < shortLifeMs ? this.#failures + 1 : 0;
    const pauseMs = this.#failures === 0 ? 0 : Math.min(longestPauseMs, 100 * 2 ** this.#failures);
    const { pid } = worker.process;
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    log.warn({ pid, pauseMs }, `The serving process ${pid} ended ${how}; another takes its place.`);
    setTimeout(() => {
      if (!this.#isStopping) this.#startOne();
    }, pauseMs).unref();
  }

  #hear(worker: Worker, message: ToOwner): void {
    if (message.kind === 'taken') {
      worker.sent.get(message.id)?.destroy();
      worker.sent.delete(message.id);
    } else if (message.kind === 'news') this.#take(worker, message.news);
    else if (message.kind === 'ready') this.#begin(worker);
    else if (message.kind === 'serving') worker.isServing = true;
    else if (message.kind === 'failed') this.#options.log.error({ error: message.error }, 'a serving process failed');
    else if (message.kind === 'note') this.#options.onNote(message.note);
    else if (message.kind === 'write') {
      const answer = (error: string | null) => this.#tell(worker, { kind: 'written', id: message.id, error });
      this.#options.write(message.project, message.patch).then(
        () => answer(null),
        (error: unknown) => answer(messageOf(error)),
      );
    }
  }

  #take(worker: Worker, news: News): void {
    const { events, metrics, recent, log } = this.#options;
    for (const { event, times } of news.events) events.addRepeated(event, times);
    for (const [project, scores] of news.recent) recent.take(project, scores);
    metrics.add(news.counted);
    if (this.#workers.has(worker)) metrics.process(worker.id, news.gauges);
    for (const { level, values, message } of news.log) log[level](values, message);
  }

  #tellAll(message: ToServing): void {
    for (const worker of this.#workers) this.#tell(worker, message);
  }

  #tell(worker: Worker, message: ToServing): void {
    // One that is ending is heard of by its end.
    if (worker.process.connected) worker.process.send(message, undefined, undefined, () => {});
  }
}
