// Which project a request is about. Label Studio names it by number and second of creation, "7.1690000000", so two
// Label Studios, or one that was set up anew, may share the number and still be told apart.
import { projectIdOf } from '../labelstudio/project-id.ts';

export interface ProjectRef {
  /** The number, or '' where none was given. */
  id: string;
  /** Second of creation, as digits; null where the request does not say. */
  createdAt: string | null;
}

/** The project of a request's `project` field: uid, number, null, missing, or an object with an `id`. */
export function readProjectRef(value: unknown): ProjectRef {
  const id = projectIdOf(value);
  if (typeof value !== 'string') return { id, createdAt: secondOf(value) };
  const [, second = ''] = value.trim().split('.');
  return { id, createdAt: second === '' ? null : second };
}

/** Second of creation in a project object, as digits. */
export function secondOf(project: unknown): string | null {
  if (typeof project !== 'object' || project === null || !('created_at' in project)) return null;
  const milliseconds = typeof project.created_at === 'string' ? Date.parse(project.created_at) : Number.NaN;
  return Number.isFinite(milliseconds) ? String(Math.floor(milliseconds / 1000)) : null;
}

/** The project that requests without one belong to. */
const unnamed = 'default';

/** The number that a request names, by which projects are told apart first. */
export function numberIn({ id }: ProjectRef): string {
  return id === '' ? unnamed : id;
}

const mostFound = 10_000;

/** What to look up, to tell projects of one number apart. */
export interface KnownProjects {
  /** Second of creation of the project that is stored under this key; null when it is not known. */
  createdAt(key: string): Promise<string | null>;
  exists(key: string): Promise<boolean>;
}

/**
 * Gives each project a key: its number for the first one that connects, number and second for any further one of that
 * number. Only connecting makes a further one: a date alone, as webhooks bring it, is matched or passed over. Where
 * several servers share a store, a project may have connected to another one: only what is settled is remembered.
 */
export class ProjectKeys {
  readonly #known: KnownProjects;
  /** Number → second of creation of the project that has the number for its key. */
  readonly #owners = new Map<string, string>();
  /** Number → key of the project that connected last: where requests without a known date belong. */
  readonly #latest = new Map<string, string>();
  /** Number and second → key, of projects that connected. */
  readonly #found = new Map<string, string>();

  constructor(known: KnownProjects) {
    this.#known = known;
  }

  /** The key of the project that a request is about. */
  async keyOf(ref: ProjectRef): Promise<string> {
    const { createdAt } = ref;
    const number = numberIn(ref);
    if (createdAt === null) return this.#latestOf(number);
    const uid = `${number}.${createdAt}`;
    const found = this.#found.get(uid);
    if (found !== undefined) return found;
    const owner = await this.#ownerOf(number);
    if (owner === createdAt) return this.#find(uid, number);
    if (await this.#known.exists(uid)) return this.#find(uid, uid);
    return owner === null ? number : this.#latestOf(number);
  }

  /** The key of a project that connects. */
  async connect(ref: ProjectRef): Promise<string> {
    const { createdAt } = ref;
    const number = numberIn(ref);
    if (createdAt === null) return this.#latestOf(number);
    const uid = `${number}.${createdAt}`;
    let owner = await this.#ownerOf(number);
    // The number may be free again, but a project that has a key keeps it.
    if (owner === null && !(await this.#known.exists(uid))) {
      owner = this.#owners.get(number) ?? createdAt;
      this.#owners.set(number, owner);
    }
    const key = owner === createdAt ? number : uid;
    this.#latest.set(number, key);
    return key;
  }

  /** Number and key of the projects that connected last. */
  latest(): Iterable<readonly [number: string, key: string]> {
    return this.#latest;
  }

  /** Another process was connected to. */
  noteLatest(number: string, key: string): void {
    this.#latest.set(number, key);
  }

  /** Second of creation of the project under a key, to be stored with it. */
  createdAt(key: string): string | null {
    return this.#owners.get(key) ?? key.split('.')[1] ?? null;
  }

  /** The project was deleted. */
  forget(key: string): void {
    this.recheck(key);
    for (const [number, latest] of this.#latest) if (latest === key) this.#latest.delete(number);
  }

  /** Another server may have deleted the project, or let another one have its number. */
  recheck(key: string): void {
    this.#found.delete(key);
    this.#found.delete(`${key}.${this.#owners.get(key)}`);
    this.#owners.delete(key);
  }

  /** As `recheck`, of all projects. */
  recheckAll(): void {
    this.#found.clear();
    this.#owners.clear();
  }

  #latestOf(number: string): string {
    return this.#latest.get(number) ?? number;
  }

  #find(uid: string, key: string): string {
    if (this.#found.size >= mostFound) this.#found.clear();
    this.#found.set(uid, key);
    return key;
  }

  async #ownerOf(number: string): Promise<string | null> {
    const known = this.#owners.get(number);
    if (known !== undefined) return known;
    const owner = await this.#known.createdAt(number);
    // A project may have connected while the store was asked.
    const meanwhile = this.#owners.get(number);
    if (meanwhile !== undefined) return meanwhile;
    if (owner !== null) this.#owners.set(number, owner);
    return owner;
  }
}
