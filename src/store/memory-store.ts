// Models in memory: for tests and for dry runs. Nothing is durable; all else is as every other store does it.
import { SparrowError } from '../errors.ts';
import {
  checkExpected,
  describeVersion,
  inUse,
  type ModelStore,
  mergeState,
  type NewVersion,
  noSuchVersion,
  surplusOf,
  type VersionRecord,
} from './model-store.ts';
import { newestFirst, versionNameOf } from './version-name.ts';

interface Project {
  counter: number;
  current: string | null;
  versions: Map<string, { record: VersionRecord; files: Map<string, Uint8Array> }>;
  pinned: Set<string>;
  state: { [key: string]: unknown };
}

export class MemoryStore implements ModelStore {
  readonly #projects = new Map<string, Project>();
  readonly #now: () => number;

  constructor(options: { now?: () => number } = {}) {
    this.#now = options.now ?? Date.now;
  }

  async put(project: string, version: NewVersion): Promise<VersionRecord> {
    const { digest, ...description } = await describeVersion(version);
    const entry = this.#entry(project);
    const time = this.#now();
    entry.counter++;
    const name = versionNameOf(entry.counter, time, digest);
    const record = {
      version: name,
      project,
      createdAt: new Date(time).toISOString(),
      ...description,
    };
    const files = new Map([...version.files].map(([file, bytes]) => [file, new Uint8Array(bytes)]));
    entry.versions.set(name, { record, files });
    return structuredClone(record);
  }

  async setCurrent(project: string, version: string, expected?: string | null): Promise<void> {
    this.#version(project, version);
    const entry = this.#entry(project);
    checkExpected(project, expected, entry.current);
    entry.current = version;
  }

  async current(project: string): Promise<VersionRecord | null> {
    const version = this.#projects.get(project)?.current ?? null;
    return version === null ? null : structuredClone(this.#version(project, version).record);
  }

  async versions(project: string): Promise<VersionRecord[]> {
    const versions = [...(this.#projects.get(project)?.versions.values() ?? [])];
    return versions.map(({ record }) => structuredClone(record)).sort((a, b) => newestFirst(a.version, b.version));
  }

  async read(project: string, version: string, file: string): Promise<Uint8Array> {
    const bytes = this.#version(project, version).files.get(file);
    if (bytes) return new Uint8Array(bytes);
    throw new SparrowError('NOT_FOUND', `Version ${version} has no file ${JSON.stringify(file)}.`);
  }

  async remove(project: string, version: string): Promise<void> {
    this.#version(project, version);
    const entry = this.#entry(project);
    if (entry.current === version) throw inUse(version, 'current');
    if (entry.pinned.has(version)) throw inUse(version, 'pinned');
    entry.versions.delete(version);
  }

  async pin(project: string, version: string, isPinned: boolean): Promise<void> {
    this.#version(project, version);
    const { pinned } = this.#entry(project);
    if (isPinned) pinned.add(version);
    else pinned.delete(version);
  }

  async pinned(project: string): Promise<string[]> {
    return [...(this.#projects.get(project)?.pinned ?? [])].sort();
  }

  async prune(project: string, keep: number): Promise<string[]> {
    const entry = this.#entry(project);
    const names = [...entry.versions.keys()].sort(newestFirst);
    const surplus = surplusOf(names, keep, entry.current, [...entry.pinned]);
    for (const version of surplus) entry.versions.delete(version);
    return surplus;
  }

  async projects(): Promise<string[]> {
    const used = [...this.#projects].filter(
      ([, { versions, state }]) => versions.size > 0 || Object.keys(state).length > 0,
    );
    return used.map(([id]) => id).sort();
  }

  async deleteProject(project: string): Promise<void> {
    const { counter } = this.#entry(project); // survives, so that no name is given twice
    this.#projects.set(project, { ...emptyProject(), counter });
  }

  async copyCurrent(from: string, to: string): Promise<void> {
    const source = this.#projects.get(from)?.current ?? null;
    if (source === null) {
      throw new SparrowError('NOT_FOUND', `Project ${JSON.stringify(from)} has no current version to copy.`);
    }
    const { record, files } = this.#version(from, source);
    const copy = await this.put(to, { parent: null, meta: record.meta, files });
    await this.setCurrent(to, copy.version);
  }

  async getState(project: string): Promise<{ [key: string]: unknown }> {
    return structuredClone(this.#projects.get(project)?.state ?? {});
  }

  async setState(project: string, patch: { [key: string]: unknown }): Promise<void> {
    const entry = this.#entry(project);
    entry.state = mergeState(entry.state, patch);
  }

  async close(): Promise<void> {}

  #entry(project: string): Project {
    const entry = this.#projects.get(project) ?? emptyProject();
    this.#projects.set(project, entry);
    return entry;
  }

  #version(project: string, version: string) {
    const found = this.#projects.get(project)?.versions.get(version);
    if (!found) throw noSuchVersion(project, version);
    return found;
  }
}

function emptyProject(): Project {
  return {
    counter: 0,
    current: null,
    versions: new Map(),
    pinned: new Set(),
    state: {},
  };
}
