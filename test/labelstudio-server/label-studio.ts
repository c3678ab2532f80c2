// A simulated Label Studio, written from the protocol's specification: projects, tasks, annotations, its API with tokens,
// the connection to an ML backend, and webhooks. It does what the real one was seen to do, its oddities included: it asks
// for health and setup before every prediction, stamps predictions with the version of setup, and sends a webhook once.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { handleApi } from './api.ts';
import { Connection, type ConnectOptions } from './connection.ts';
import { Faults } from './faults.ts';
import { Tokens } from './tokens.ts';

export interface StudioTask {
  id: number;
  data: { [key: string]: unknown };
  annotations: StudioAnnotation[];
  predictions: StudioPrediction[];
}

export interface StudioAnnotation {
  id: number;
  task: number;
  result: object[];
  was_cancelled: boolean;
  ground_truth: boolean;
  completed_by: number;
  created_at: string;
  updated_at: string;
  prediction: object;
}

export interface StudioPrediction {
  id: number;
  result: { type: string; value: { [type: string]: unknown } }[];
  score: number;
  model_version: string;
}

export class StudioProject {
  readonly id: number;
  readonly createdAt: string;
  title: string;
  labelConfig: string;
  readonly tasks = new Map<number, StudioTask>();
  connection: Connection | null = null;

  constructor(id: number, title: string, labelConfig: string) {
    this.id = id;
    this.title = title;
    this.labelConfig = labelConfig;
    this.createdAt = new Date(Date.parse('2026-01-02T03:04:05Z') + id * 1000).toISOString();
  }

  /** How the connector names the project to a backend. */
  get uid(): string {
    return `${this.id}.${Math.floor(Date.parse(this.createdAt) / 1000)}`;
  }

  /** As the API and the webhooks show it, secrets and all. */
  toJSON(): { [key: string]: unknown } {
    return {
      id: this.id,
      title: this.title,
      label_config: this.labelConfig,
      created_at: this.createdAt,
      token: `project-token-${this.id}`,
      task_data_password: `data-password-${this.id}`,
      task_number: this.tasks.size,
    };
  }
}

export class LabelStudio {
  readonly tokens = new Tokens();
  readonly faults = new Faults();
  readonly projects = new Map<number, StudioProject>();
  /** Path → text of uploaded files. */
  readonly uploads = new Map<string, string>();
  /** Paths that its API was asked for. */
  readonly asked: string[] = [];
  readonly #server: Server;
  #lastId = 0;
  #clock = Date.parse('2026-02-01T00:00:00Z');

  private constructor() {
    this.#server = createServer((request, response) => {
      this.asked.push(request.url ?? '');
      void handleApi(this, request, response);
    });
  }

  static async start(): Promise<LabelStudio> {
    const studio = new LabelStudio();
    await new Promise<void>((resolve) => studio.#server.listen(0, '127.0.0.1', resolve));
    return studio;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    for (const { connection } of this.projects.values()) connection?.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  createProject(title: string, labelConfig: string): StudioProject {
    const project = new StudioProject(this.projects.size + 1, title, labelConfig);
    this.projects.set(project.id, project);
    return project;
  }

  importTasks(project: StudioProject, data: readonly { [key: string]: unknown }[]): StudioTask[] {
    return data.map((one) => {
      const task = { id: this.nextId(), data: one, annotations: [], predictions: [] };
      project.tasks.set(task.id, task);
      return task;
    });
  }

  /** Connect a backend and register its webhook, as the settings' pages do. Throws what the page would show. */
  async connect(project: StudioProject, options: ConnectOptions): Promise<Connection> {
    project.connection?.close();
    project.connection = new Connection(this, project, options);
    await project.connection.check();
    return project.connection;
  }

  nextId(): number {
    return ++this.#lastId;
  }

  /** Times in microseconds that grow with each call. */
  now(): string {
    this.#clock += 1000;
    return new Date(this.#clock).toISOString().replace('Z', '123Z');
  }
}
