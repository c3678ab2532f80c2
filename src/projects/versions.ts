// The trained versions of projects: which there are, which of them serves, and which must stay.
import { SparrowError } from '../errors.ts';
import type { ModelStore, VersionRecord } from '../store/model-store.ts';
import type { DiskWatch } from './disk-watch.ts';
import type { Project } from './project.ts';

export interface VersionsParts {
  readonly store: ModelStore;
  readonly disk: DiskWatch;
  /** Throws NOT_FOUND where nothing is known of the project. */
  readonly check: (key: string) => Promise<void>;
  /** The same, and does something with the project. */
  readonly useKnown: <T>(key: string, use: (project: Project) => Promise<T>) => Promise<T>;
}

export class Versions {
  readonly #store: ModelStore;
  readonly #disk: DiskWatch;
  readonly #check: VersionsParts['check'];
  readonly #useKnown: VersionsParts['useKnown'];

  constructor({ store, disk, check, useKnown }: VersionsParts) {
    this.#store = store;
    this.#disk = disk;
    this.#check = check;
    this.#useKnown = useKnown;
  }

  of(key: string): Promise<VersionRecord[]> {
    return this.#store.versions(key);
  }

  /** The record of the version that serves; null before the first training. */
  serving(key: string): Promise<VersionRecord | null> {
    return this.#useKnown(key, async (project) => project.record);
  }

  /** Let a version serve that was trained before, or kept as a candidate. */
  activate(key: string, version: string): Promise<VersionRecord> {
    return this.#useKnown(key, async (project) => {
      const record = (await this.of(key)).find((one) => one.version === version);
      if (!record) throw new SparrowError('NOT_FOUND', 'The project has no version of this name.');
      const { labelConfig } = project;
      const model = labelConfig === null ? null : await project.openModel(record, labelConfig);
      await this.#disk.write(() => this.#store.setCurrent(key, version));
      project.serve(record, model && labelConfig !== null ? { labelConfig, model } : null);
      // Whoever asks for a training after this wants one, though nothing was labelled since the last.
      project.lastJob = null;
      return record;
    });
  }

  /** A pinned version survives every clean-up. */
  async pin(key: string, version: string, isPinned: boolean): Promise<void> {
    await this.#check(key);
    await this.#disk.write(() => this.#store.pin(key, version, isPinned));
  }

  pinned(key: string): Promise<string[]> {
    return this.#store.pinned(key);
  }

  /** Take a version away for good; not the one that serves, nor a pinned one. */
  remove(key: string, version: string): Promise<void> {
    return this.#useKnown(key, async (project) => {
      if (project.record?.version === version) throw new SparrowError('CONFLICT', `Version ${version} serves now.`);
      await this.#disk.write(() => this.#store.remove(key, version));
    });
  }
}
