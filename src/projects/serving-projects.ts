// The projects of a process that only predicts. It reads label configs and models from the store and keeps nothing; what a
// prediction may change, or cannot be answered from the store alone, is left to the process that keeps everything.
import { messageOf } from '../errors.ts';
import { isObject, type Task } from '../labelstudio/types.ts';
import type { BackendSettings } from '../sdk/backend.ts';
import type { BackendModule } from '../sdk/backend-module.ts';
import { ConfigReadings } from './config-readings.ts';
import type { Direction } from './directions.ts';
import { LoadedProjects } from './loaded-projects.ts';
import type { Answered, ProjectParts, ProjectStore } from './project.ts';
import { ProjectKeys, type ProjectRef } from './project-ref.ts';
import { hasAddresses } from './text-cache.ts';

export interface ServingProjectsOptions {
  store: ProjectStore;
  backend: BackendModule;
  settings: BackendSettings;
  /** Projects kept in memory. */
  mostLoaded: number;
  log(project: string, message: string): void;
}

export interface PredictionRequest {
  labelConfig: string | null;
  context: unknown;
  params: { readonly [key: string]: unknown };
}

export class ServingProjects {
  readonly #parts: ProjectParts;
  readonly #projects: LoadedProjects;
  readonly #keys: ProjectKeys;
  readonly #waiting = new Set<string>();
  /** Project → whether it changed again while it is being taken over. */
  readonly #refreshing = new Map<string, boolean>();

  constructor({ store, backend, settings, mostLoaded, log }: ServingProjectsOptions) {
    this.#parts = { store, backend, settings, readings: new ConfigReadings(), log };
    this.#projects = new LoadedProjects({ parts: this.#parts, most: mostLoaded, isBusy: () => false });
    this.#keys = new ProjectKeys({
      createdAt: async (key) => {
        const { createdAt } = await store.getState(key);
        return typeof createdAt === 'string' ? createdAt : null;
      },
      exists: (key) => this.#exists(key),
    });
  }

  get modelClass(): string {
    return this.#parts.backend.Backend.name;
  }

  get modelUrl(): string {
    return this.#parts.backend.url;
  }

  /** The predictions, or null where they are not this process's to make. */
  async predict(
    ref: ProjectRef,
    tasks: readonly unknown[],
    { labelConfig, context, params }: PredictionRequest,
  ): Promise<(Answered & { project: string; hint: null }) | null> {
    const key = await this.#keys.keyOf(ref);
    if (this.#waiting.has(key)) return null;
    return this.#projects.use(key, async (project) => {
      const config = labelConfig ?? project.labelConfig;
      if (config !== null && hasAddresses(this.#parts.readings.of(config).pairs)) return null;
      const whole = tasks.map((task): Task => (isObject(task) ? (task as Task) : { data: null }));
      return { ...(await project.predict(whole, labelConfig, { context, params })), project: key, hint: null };
    });
  }

  follow(direction: Direction): void {
    if (direction.kind === 'latest') this.#keys.noteLatest(direction.number, direction.key);
    else if (direction.isWaiting) this.#waiting.add(direction.key);
    else this.#waiting.delete(direction.key);
  }

  loadedKeys(): string[] {
    return [...this.#projects.keys()];
  }

  recheck(): void {
    this.#keys.recheckAll();
  }

  /** Something about a project was changed: take it over, if the project is in memory. */
  async refresh(key: string): Promise<void> {
    this.#keys.recheck(key);
    if (!(await this.#projects.refresh(key))) this.#keys.forget(key);
  }

  /** As `refresh`, however many changes come at once; what cannot be taken over is said, and the old model goes on. */
  async changed(key: string): Promise<void> {
    if (this.#refreshing.has(key)) {
      this.#refreshing.set(key, true);
      return;
    }
    do {
      this.#refreshing.set(key, false);
      await this.refresh(key).catch((error: unknown) =>
        this.#parts.log(key, `A serving process could not take over what changed: ${messageOf(error)}`),
      );
    } while (this.#refreshing.get(key));
    this.#refreshing.delete(key);
  }

  /** Let another model class answer from the next request on. */
  async exchangeBackend(backend: BackendModule): Promise<void> {
    this.#parts.backend = backend;
    await this.#projects.unloadModels();
  }

  async close(): Promise<void> {
    await this.#projects.unloadAll();
  }

  async #exists(key: string): Promise<boolean> {
    if (this.#projects.has(key)) return true;
    const { store } = this.#parts;
    return Object.keys(await store.getState(key)).length > 0 || (await store.current(key)) !== null;
  }
}
