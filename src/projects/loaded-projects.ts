// The projects in memory: loaded when first used, unloaded when others are used more. A project in use stays.
import { Project, type ProjectParts } from './project.ts';

export interface LoadedProjectsOptions {
  parts: ProjectParts;
  most: number;
  /** Whether a project must stay for another reason than a request. */
  isBusy(key: string): boolean;
}

export class LoadedProjects {
  readonly #options: LoadedProjectsOptions;
  /** Least used first. */
  readonly #projects = new Map<string, Promise<Project>>();

  constructor(options: LoadedProjectsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#projects.size;
  }

  has(key: string): boolean {
    return this.#projects.has(key);
  }

  keys(): Iterable<string> {
    return this.#projects.keys();
  }

  /** Work with a project, loading it first; it is not unloaded meanwhile. */
  async use<T>(key: string, work: (project: Project) => Promise<T>): Promise<T> {
    const loading = this.#projects.get(key) ?? this.#load(key);
    // Used last, unloaded last.
    this.#projects.delete(key);
    this.#projects.set(key, loading);
    const project = await loading;
    project.users++;
    try {
      return await work(project);
    } finally {
      project.users--;
    }
  }

  /** Another process changed something: take it over, if the project is in memory. False: it is gone, and forgotten. */
  async refresh(key: string): Promise<boolean> {
    if (!this.has(key) || (await this.use(key, (project) => project.refresh()))) return true;
    this.forget(key);
    return false;
  }

  /** Forget a project without a trace, whoever uses it: it was deleted. */
  forget(key: string): void {
    this.#projects.delete(key);
  }

  async unloadAll(): Promise<void> {
    await this.unloadModels();
    this.#projects.clear();
  }

  /** Give back the models of all projects; the next request loads them again. */
  async unloadModels(): Promise<void> {
    for (const project of await Promise.allSettled(this.#projects.values())) {
      if (project.status === 'fulfilled') project.value.unload();
    }
  }

  #load(key: string): Promise<Project> {
    const loading = Project.open(key, this.#options.parts);
    loading.then(
      () => this.#unloadLeastUsed(),
      () => this.#projects.delete(key),
    );
    return loading;
  }

  async #unloadLeastUsed(): Promise<void> {
    for (const [key, loading] of [...this.#projects]) {
      if (this.#projects.size <= this.#options.most) return;
      const project = await loading.catch(() => null);
      const stays = !project || project.users > 0 || this.#options.isBusy(key);
      if (stays || this.#projects.get(key) !== loading) continue;
      this.#projects.delete(key);
      project.unload();
    }
  }
}
