// Models in an object store, under the names that a directory would give them. Objects of a version are written once, its
// record last and only if there is none; whoever reads one compares it with its checksum, so a cut body is never a model.
import { createHash } from 'node:crypto';
import { messageOf, SparrowError } from '../errors.ts';
import { decodeChecked, encodeChecked } from './checked-json.ts';
import type { ModelFiles, Notes } from './model-files.ts';
import { noSuchVersion, recordFile, type VersionRecord } from './model-store.ts';
import { type Book, bookFile, pointerFile, stateFile, storeFormat } from './project-folder.ts';
import { isProjectName, projectNameOf } from './project-name.ts';
import { readS3Url, type S3Address } from './s3-address.ts';
import { S3Requests, type S3RequestsOptions } from './s3-requests.ts';
import { counterOf, newestFirst } from './version-name.ts';

export interface S3StoreOptions extends S3RequestsOptions {
  /** S3_URL; its form is in s3-address.ts. */
  url: string;
  onWarning?: (message: string) => void;
}

const wrongBodies = 3;

export class S3Store implements ModelFiles {
  readonly #address: S3Address;
  readonly #requests: S3Requests;
  readonly #warn: (message: string) => void;

  static async open(options: S3StoreOptions): Promise<S3Store> {
    const address = readS3Url(options.url);
    return new S3Store(address, await S3Requests.open(address, options), options.onWarning ?? (() => {}));
  }

  private constructor(address: S3Address, requests: S3Requests, onWarning: (message: string) => void) {
    this.#address = address;
    this.#requests = requests;
    this.#warn = onWarning;
  }

  async write(record: VersionRecord, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const { project, version } = record;
    for (const [name, bytes] of files) await this.#put(pathOf(project, version, name), bytes);
    const body = encodeChecked({ format: storeFormat, ...record });
    const answer = await this.#requests.send('keep the new model', {
      method: 'PUT',
      url: this.#urlOf(pathOf(project, version, recordFile)),
      body,
      headers: { 'if-none-match': '*' },
      expected: [409, 412],
    });
    if (answer.status < 300) return;
    // Somebody was first. It may have been this request, sent again because its answer was lost.
    const there = await this.#get(pathOf(project, version, recordFile));
    if (there && Buffer.compare(there, body) === 0) return;
    throw new SparrowError('CONFLICT', `There is a version ${version} already.`);
  }

  async record(project: string, version: string): Promise<VersionRecord | null> {
    const value = await this.#checked(pathOf(project, version, recordFile));
    if (value === undefined) return null;
    const { format, ...record } = value as VersionRecord & { format: number };
    if (format === storeFormat && record.version === version) return record;
    this.#warn(`${version} of project "${project}" has format ${format}: not a version this Sparrow reads.`);
    return null;
  }

  async read({ project, version, files }: VersionRecord, file: string): Promise<Uint8Array> {
    const expected = Object.hasOwn(files, file) ? files[file] : undefined;
    const path = pathOf(project, version, file);
    for (let attempt = 1; attempt <= wrongBodies; attempt++) {
      const bytes = await this.#get(path);
      if (!bytes || !expected) throw noSuchVersion(project, version);
      if (bytes.length === expected.bytes && sha256Of(bytes) === expected.sha256) return bytes;
    }
    throw new SparrowError('BAD_MODEL', `${path} in S3_URL is damaged: its checksum is not the one in ${recordFile}.`);
  }

  /** Without its record it is no version any more, whatever becomes of the rest. */
  async remove({ project, version, files }: VersionRecord): Promise<void> {
    for (const name of [recordFile, ...Object.keys(files)]) {
      const url = this.#urlOf(pathOf(project, version, name));
      await this.#requests.send('remove a model', { method: 'DELETE', url, expected: [404] });
    }
  }

  async versions(project: string): Promise<string[]> {
    const names = await this.#list(`projects/${projectNameOf(project)}/`);
    return names.filter((name) => counterOf(name) > 0).sort(newestFirst);
  }

  async projects(): Promise<string[]> {
    const names = (await this.#list('projects/')).filter(isProjectName);
    const ids: string[] = [];
    for (const name of names) {
      const book = (await this.#checked(`projects/${name}/${bookFile}`)) as Book | undefined;
      if (book && projectNameOf(book.id) === name) ids.push(book.id);
    }
    return ids;
  }

  async notes(project: string): Promise<Notes> {
    const note = (name: string) => this.#checked(`projects/${projectNameOf(project)}/${name}`);
    const [book, pointer, state] = await Promise.all([note(bookFile), note(pointerFile), note(stateFile)]);
    return {
      book: (book as Book | undefined) ?? null,
      pointer: (pointer as { version: string } | undefined)?.version ?? null,
      state: (state as Notes['state'] | undefined) ?? {},
    };
  }

  writeBook(project: string, book: Book): Promise<void> {
    return this.#note(project, bookFile, book);
  }

  writePointer(project: string, version: string): Promise<void> {
    return this.#note(project, pointerFile, { format: storeFormat, version });
  }

  writeState(project: string, state: { [key: string]: unknown }): Promise<void> {
    return this.#note(project, stateFile, state);
  }

  async problem(): Promise<string | null> {
    try {
      await this.#page('projects/', null, 1);
      return null;
    } catch (error) {
      return messageOf(error);
    }
  }

  #note(project: string, name: string, value: unknown): Promise<void> {
    return this.#put(`projects/${projectNameOf(project)}/${name}`, encodeChecked(value));
  }

  async #put(path: string, body: Uint8Array): Promise<void> {
    await this.#requests.send('keep a file', { method: 'PUT', url: this.#urlOf(path), body });
  }

  async #get(path: string): Promise<Buffer | null> {
    const request = { method: 'GET', url: this.#urlOf(path), expected: [404] } as const;
    const { status, body } = await this.#requests.send('read a file', request);
    if (status === 404 && body.includes('NoSuchBucket')) await this.#page('', null, 1); // says it in words
    return status === 404 ? null : body;
  }

  /** The value of one of our JSON objects; undefined when it is not there, or damaged (with a warning). */
  async #checked(path: string): Promise<unknown> {
    const bytes = await this.#get(path);
    if (!bytes) return undefined;
    const value = decodeChecked(bytes);
    if (value === undefined) this.#warn(`${path} in S3_URL is damaged (wrong checksum) and is not used.`);
    return value;
  }

  /** What stands between `path` and the next slash, once each. */
  async #list(path: string): Promise<string[]> {
    const names: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = await this.#page(path, after, 1000);
      names.push(...page.names);
      after = page.next;
      if (after === null) return names;
    }
  }

  async #page(path: string, after: string | null, most: number): Promise<{ names: string[]; next: string | null }> {
    const url = new URL(this.#address.bucket);
    const prefix = this.#address.prefix + path;
    const query = { 'list-type': '2', prefix, delimiter: '/', 'max-keys': String(most), 'encoding-type': 'url' };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    if (after !== null) url.searchParams.set('continuation-token', after);
    const xml = (await this.#requests.send('list what is there', { method: 'GET', url })).body.toString();
    const found = xml.matchAll(/<CommonPrefixes>\s*<Prefix>([^<]*)<\/Prefix>/g);
    const names = [...found].map(([, key = '']) => decodeURIComponent(key).slice(prefix.length).replace(/\/$/, ''));
    const next = /<NextContinuationToken>([^<]*)<\/NextContinuationToken>/.exec(xml)?.[1] ?? null;
    return { names, next: next?.replaceAll('&amp;', '&') ?? null };
  }

  #urlOf(path: string): URL {
    return new URL(path, this.#address.base);
  }
}

/** All parts are names of our making, of which none needs encoding. */
function pathOf(project: string, version: string, file: string): string {
  return `projects/${projectNameOf(project)}/${version}/${file}`;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
