// One DATA argument as a stream of bytes: a file, a pipe or standard input, unpacked where it is gzip. What it holds is
// told by its first bytes, not by its name; whatever cannot be read as text ends in one sentence that says what it is.
import { statSync } from 'node:fs';
import { SparrowError } from '../errors.ts';
import { type ByteReader, ByteWindow, fileReader, streamReader } from './byte-window.ts';
import type { Session } from './session.ts';

/** What no honest file reaches. */
export interface Limits {
  /** Longest row, in bytes. */
  rowBytes: number;
  /** gzip may grow without limit up to here … */
  unpackedBytes: number;
  /** … and beyond only by this factor; text rarely passes 20, a bomb reaches 1,000. */
  unpackedRatio: number;
}

export const defaultLimits: Limits = { rowBytes: 64 * 2 ** 20, unpackedBytes: 256 * 2 ** 20, unpackedRatio: 200 };

export interface Source {
  /** As the person wrote it. */
  name: string;
  format: 'jsonl' | 'json' | 'csv';
  /** Column separator that the name implies, or null. */
  separator: string | null;
  /** The text's bytes without a byte order mark; to be closed by whoever opened the source. */
  window: ByteWindow;
  limits: Limits;
}

const expectedFormats = 'JSONL, CSV, TSV or a Label Studio JSON export, plain or gzip';
/** Enough to know a file by: the length of a model header and the brace after it. */
const signatureBytes = 9;

/** Beginnings of files that are not text, to be named. */
const strangers: readonly [magic: string, what: string][] = [
  ['504b0304', 'a zip archive (or a spreadsheet)'],
  ['425a68', 'packed with bzip2'],
  ['fd377a585a00', 'packed with xz'],
  ['28b52ffd', 'packed with zstd'],
  ['50415231', 'a Parquet file'],
  ['fffe', 'UTF-16 text'],
  ['feff', 'UTF-16 text'],
];

/** White space that a file may begin with and still be known by what follows. */
const mostBlankBytes = 64 * 1024;

/** Open a file by name, or standard input by `-`. */
export async function openSource(argument: string, session: Session, limits = defaultLimits): Promise<Source> {
  const name = argument === '-' ? 'standard input' : argument;
  const raw = argument === '-' ? streamReader(session.io.stdin) : await openFile(session.path(argument), name);
  let window = new ByteWindow(named(raw, name));
  try {
    await look(window);
    if (window.bytes.length === 0) throw badInput(name, `the file is empty; expected ${expectedFormats}`);
    if (window.bytes[0] === 0x1f && window.bytes[1] === 0x8b) {
      const { gunzipReader } = await import('./gunzip.ts');
      window = new ByteWindow(gunzipReader(window, name, limits));
      await look(window);
      if (window.bytes.length === 0) throw badInput(name, `there is nothing inside; expected ${expectedFormats}`);
    }
    refuseStrangers(window.bytes, name);
    if (isMarked(window.bytes)) window.skip(3);
    const extension = /\.([a-z]+)(\.gz)?$/i.exec(name)?.[1]?.toLowerCase() ?? '';
    return { name, ...formatOf(window.bytes, extension), window, limits };
  } catch (error) {
    await window.close();
    throw error;
  }
}

/** Read until there is enough to know the format by. */
async function look(window: ByteWindow): Promise<void> {
  while (window.bytes.length < signatureBytes || isBlank(window.bytes)) {
    if (!(await window.fill())) return;
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length < mostBlankBytes && bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

async function openFile(path: string, name: string): Promise<ByteReader> {
  try {
    if (statSync(path).isDirectory()) throw badInput(name, 'this is a directory; expected a file');
    return await fileReader(path);
  } catch (error) {
    throw readFailure(error, name);
  }
}

/** The reader, with the operating system's errors as sentences. */
function named(reader: ByteReader, name: string): ByteReader {
  const read = async (target: Buffer, at: number): Promise<number> => {
    try {
      return await reader.read(target, at);
    } catch (error) {
      throw readFailure(error, name);
    }
  };
  return { read, close: () => reader.close() };
}

export function badInput(where: string, why: string, options?: ErrorOptions): SparrowError {
  return new SparrowError('BAD_INPUT', `${where}: ${why}.`, options);
}

/** The sentence for what the operating system said. */
export function readFailure(error: unknown, name: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof SparrowError || code === undefined) return error;
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    ENOTDIR: 'there is no such file',
    EACCES: 'there is no permission to read it',
    EISDIR: 'this is a directory; expected a file',
  };
  return badInput(name, reasons[code] ?? `it cannot be read (${code})`, { cause: error });
}

function refuseStrangers(head: Buffer, name: string): void {
  const hex = head.subarray(0, 8).toString('hex');
  const what = strangers.find(([magic]) => hex.startsWith(magic))?.[1] ?? withoutMagic(head);
  if (what === undefined) return;
  const advice = what.startsWith('UTF-16') ? 'expected UTF-8; save it as UTF-8 first' : `expected ${expectedFormats}`;
  throw badInput(`${name}:1`, `this is ${what}; ${advice}`);
}

function withoutMagic(head: Buffer): string | undefined {
  // A safetensors file begins with the length of its header, a JSON object: 8 bytes, then "{".
  if (head.length > 8 && head[8] === 0x7b && head.readUInt16LE(6) === 0 && head.readUInt16LE(4) === 0) {
    return 'a model file';
  }
  if (head.length >= 2 && head[0] !== 0 && head[1] === 0 && head[3] === 0) return 'UTF-16 text';
  if (head[0] === 0 && head[1] !== 0) return 'UTF-16 text';
  return head.includes(0) ? 'a binary file' : undefined;
}

function isMarked(head: Buffer): boolean {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
}

function formatOf(head: Buffer, extension: string): Pick<Source, 'format' | 'separator'> {
  if (extension === 'csv' || extension === 'tsv' || extension === 'tab') {
    return { format: 'csv', separator: extension === 'csv' ? null : '\t' };
  }
  const first = head.find((byte) => byte > 0x20);
  if (first === 0x5b) return { format: 'json', separator: null };
  const isJson = first === 0x7b || ['json', 'jsonl', 'ndjson'].includes(extension);
  return { format: isJson ? 'jsonl' : 'csv', separator: null };
}
