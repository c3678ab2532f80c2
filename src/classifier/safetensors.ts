// The safetensors container: named tensors and text metadata in one run of bytes, readable by any safetensors library.
// Decoding trusts nothing: every tensor must lie inside the file, and together they must cover the data without a gap.
//
//   | header length N (u64, little-endian) | N bytes of JSON, padded with spaces | data of all tensors, end to end |
//
// Header and data start at multiples of 8 and wide elements come first, so tensors of our own files are never copied.
import { SparrowError } from '../errors.ts';

const lengthBytes = 8;
/** Longest header read: the format's own limit, far above any model of ours. */
const maxHeaderBytes = 100_000_000;

const arrayTypes = {
  U8: Uint8Array,
  U16: Uint16Array,
  U32: Uint32Array,
  I32: Int32Array,
  I64: BigInt64Array,
  F32: Float32Array,
  F64: Float64Array,
} as const;

export type Dtype = keyof typeof arrayTypes;

export type TypedArray =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** Numbers of one kind with their shape, in row-major order. */
export interface Tensor {
  dtype: Dtype;
  shape: readonly number[];
  data: TypedArray;
}

/** What a file holds. The arrays are views into the decoded bytes where alignment allows it, copies elsewhere. */
export interface DecodedTensors {
  tensors: Map<string, Tensor>;
  metadata: Map<string, string>;
}

interface Entry {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
  begin: number;
  end: number;
}

/** Pack tensors and metadata. The same input gives the same bytes: widest elements first, then by name. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const ordered = Object.entries(tensors).sort(
    ([nameA, a], [nameB, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || (nameA < nameB ? -1 : 1),
  );
  const fields: [string, unknown][] = [['__metadata__', metadata]];
  let dataBytes = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    if (name === '__metadata__') throw new TypeError('a tensor cannot be called __metadata__');
    if (!(data instanceof arrayTypes[dtype])) throw new TypeError(`tensor ${name}: data is not of dtype ${dtype}`);
    if (sizeOf(shape) !== data.length)
      throw new TypeError(`tensor ${name}: shape does not fit ${data.length} elements`);
    fields.push([name, { dtype, shape, data_offsets: [dataBytes, dataBytes + data.byteLength] }]);
    dataBytes += data.byteLength;
  }
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(fields)));
  const headerBytes = Math.ceil(header.length / lengthBytes) * lengthBytes;
  const file = new Uint8Array(lengthBytes + headerBytes + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, lengthBytes, lengthBytes + headerBytes);
  file.set(header, lengthBytes);
  let offset = lengthBytes + headerBytes;
  for (const [, { data }] of ordered) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

/** Read a file's bytes, or refuse them with a sentence that names `source`. */
export function decodeSafetensors(bytes: Uint8Array, source: string): DecodedTensors {
  const refuse = (why: string): never => {
    throw new SparrowError('BAD_MODEL', `${source} is not a whole safetensors file: ${why}.`);
  };
  const headerBytes = readHeaderLength(bytes, refuse);
  const dataStart = lengthBytes + headerBytes;
  const fields = Object.entries(readHeader(bytes.subarray(lengthBytes, dataStart), refuse));
  const metadata = new Map<string, string>();
  const entries: Entry[] = [];
  for (const [name, value] of fields) {
    if (name === '__metadata__') readMetadata(value, metadata, refuse);
    else entries.push(readEntry(name, value, refuse));
  }
  checkCoverage(entries, bytes.length - dataStart, refuse);
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    tensors.set(name, {
      dtype,
      shape,
      data: view(bytes, dtype, dataStart + begin, dataStart + end),
    });
  }
  return { tensors, metadata };
}

type Refuse = (why: string) => never;

function readHeaderLength(bytes: Uint8Array, refuse: Refuse): number {
  if (bytes.length < lengthBytes) refuse(`${bytes.length} bytes are too few for a header`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) refuse(`a header of ${length} bytes is above the limit of ${maxHeaderBytes}`);
  const available = bytes.length - lengthBytes;
  if (length > BigInt(available)) refuse(`the header should have ${length} bytes but ${available} are left`);
  return Number(length);
}

function readHeader(header: Uint8Array, refuse: Refuse): object {
  if (header[0] !== 0x7b) refuse('the header does not begin with "{"');
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header));
  } catch {
    refuse('the header is not JSON in UTF-8');
  }
  return isObject(parsed) ? parsed : refuse('the header is not a JSON object');
}

function readMetadata(value: unknown, metadata: Map<string, string>, refuse: Refuse): void {
  if (!isObject(value)) refuse('its metadata is not a JSON object');
  for (const [key, text] of Object.entries(value as object)) {
    if (typeof text !== 'string') refuse(`metadata ${show(key)} is not a string`);
    metadata.set(key, text);
  }
}

function readEntry(name: string, value: unknown, refuse: Refuse): Entry {
  const tensor = `tensor ${show(name)}`;
  if (!isObject(value)) refuse(`${tensor} is not described by a JSON object`);
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (!isDtype(dtype)) return refuse(`${tensor} has the unknown dtype ${show(dtype)}`);
  if (!isCounts(shape)) return refuse(`${tensor} has a shape that is not a list of counts`);
  if (!isCounts(offsets) || offsets.length !== 2) return refuse(`${tensor} does not have two offsets`);
  const [begin = 0, end = 0] = offsets;
  const size = sizeOf(shape) * arrayTypes[dtype].BYTES_PER_ELEMENT;
  if (size !== end - begin) refuse(`${tensor} has ${end - begin} bytes where its shape needs ${size}`);
  return { name, dtype, shape, begin, end };
}

/** Sorted by offset, the tensors must follow each other from the first byte of the data to the last. */
function checkCoverage(entries: readonly Entry[], dataBytes: number, refuse: Refuse): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const tensor = `tensor ${show(name)}`;
    if (end > dataBytes) refuse(`${tensor} ends at byte ${end} of ${dataBytes}`);
    if (begin < covered) refuse(`${tensor} overlaps the one before it`);
    if (begin > covered) refuse(`nothing describes the ${begin - covered} bytes before ${tensor}`);
    covered = end;
  }
  if (covered !== dataBytes) refuse(`nothing describes its last ${dataBytes - covered} bytes`);
}

function view(bytes: Uint8Array, dtype: Dtype, begin: number, end: number): TypedArray {
  const arrayType = arrayTypes[dtype];
  const isAligned = (bytes.byteOffset + begin) % arrayType.BYTES_PER_ELEMENT === 0;
  if (!isAligned) return new arrayType(new Uint8Array(bytes.subarray(begin, end)).buffer);
  return new arrayType(
    bytes.buffer as ArrayBuffer,
    bytes.byteOffset + begin,
    (end - begin) / arrayType.BYTES_PER_ELEMENT,
  );
}

/** Elements of a shape; not finite or not exact only where no file could hold them, so the size check refuses it. */
function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(arrayTypes, value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
