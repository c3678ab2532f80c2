// Strings and arrays in and out of linear memory: the only place where a view of it is made. Growth detaches views, so
// one is made for each copy and never kept.
import { SparrowError } from '../errors.ts';
import type { Kernels } from './kernels.ts';

declare const isAddress: unique symbol;
/** An opaque place in linear memory. */
export type Address = number & { readonly [isAddress]: true };

/** A block in linear memory and its size, which giving it back needs. */
export interface Block {
  readonly at: Address;
  readonly bytes: number;
}

/** Bytes that kernels may read beyond a text. */
const padding = 64;
/** Longest single text: three bytes a UTF-16 unit must fit in linear memory with room to work. */
const maxTextUnits = 256 * 1024 * 1024;

type ArrayKind = Uint8ArrayConstructor | Uint32ArrayConstructor | Float32ArrayConstructor | Float64ArrayConstructor;

export function allocate(kernels: Kernels, bytes: number, isZeroed = false): Block {
  const size = Math.max(bytes, 1);
  if (size > 0xffff_0000)
    throw new SparrowError('OUT_OF_MEMORY', `One array would need ${size} bytes; 4 GiB is the most.`);
  const at = kernels.call((k) => (isZeroed ? k.allocateZeroed(size) : k.allocate(size)));
  return { at: (at >>> 0) as Address, bytes: size };
}

export function release(kernels: Kernels, ...blocks: readonly (Block | undefined)[]): void {
  if (kernels.isLost) return;
  for (const block of blocks) if (block) kernels.call((k) => k.free(block.at, block.bytes));
}

/** A view of linear memory, good until the next call into the kernels. */
export function view<T extends ArrayKind>(kernels: Kernels, kind: T, at: Address, length: number): InstanceType<T> {
  const buffer = kernels.call((k) => k.memory.buffer);
  return new kind(buffer, at, length) as InstanceType<T>;
}

/** A block that holds a copy of `source`, with readable padding behind it. */
export function copyIn(kernels: Kernels, source: Uint8Array | Uint32Array | Float32Array | Float64Array): Block {
  const block = allocate(kernels, source.byteLength + padding);
  const kind = source.constructor as ArrayKind;
  (view(kernels, kind, block.at, source.length) as Uint8Array).set(source as Uint8Array);
  return block;
}

export function addressOf(value: number): Address {
  return (value >>> 0) as Address;
}

/** Texts or tokens laid end to end in UTF-8, and where each one ends. */
export interface TextBatch {
  readonly texts: Address;
  readonly ends: Address;
  readonly count: number;
  readonly bytes: number;
}

/** A reusable place for batches of texts; a batch holds until the next one is written. */
export class TextBuffer {
  readonly #kernels: Kernels;
  #texts: Block | undefined;
  #ends: Block | undefined;

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  write(texts: readonly string[]): TextBatch {
    let units = 0;
    for (const text of texts) units += checkedLength(text);
    const writer = this.#reserve(texts.length, units * 3);
    for (const text of texts) {
      writer.put(text);
      writer.end();
    }
    return writer.batch();
  }

  /** Each text as its tokens, every token closed by a byte 0xff, which UTF-8 never contains. */
  writeTokens(texts: readonly (readonly string[])[]): TextBatch {
    let bytes = 0;
    for (const tokens of texts) for (const token of tokens) bytes += checkedLength(token) * 3 + 1;
    const writer = this.#reserve(texts.length, bytes);
    for (const tokens of texts) {
      for (const token of tokens) {
        writer.put(token);
        writer.close();
      }
      writer.end();
    }
    return writer.batch();
  }

  release(): void {
    release(this.#kernels, this.#texts, this.#ends);
    this.#texts = undefined;
    this.#ends = undefined;
  }

  #reserve(count: number, bytes: number): BatchWriter {
    this.#texts = this.#grown(this.#texts, bytes + padding);
    this.#ends = this.#grown(this.#ends, count * 4);
    return new BatchWriter(this.#kernels, this.#texts.at, this.#ends.at, bytes + padding, count);
  }

  #grown(block: Block | undefined, bytes: number): Block {
    if (block && block.bytes >= bytes) return block;
    release(this.#kernels, block);
    return allocate(this.#kernels, Math.max(bytes, 4096));
  }
}

function checkedLength(text: string): number {
  if (text.length <= maxTextUnits) return text.length;
  throw new SparrowError('TOO_LARGE', `A text of ${text.length} characters is above the limit of ${maxTextUnits}.`);
}

interface FastBuffer extends Uint8Array {
  utf8Write?(text: string, offset: number): number;
}

class BatchWriter {
  readonly #bytes: FastBuffer;
  readonly #ends: Uint32Array;
  readonly #texts: Address;
  readonly #endsAt: Address;
  #used = 0;
  #count = 0;

  constructor(kernels: Kernels, texts: Address, ends: Address, bytes: number, count: number) {
    this.#texts = texts;
    this.#endsAt = ends;
    this.#bytes = bufferOver(view(kernels, Uint8Array, texts, bytes));
    this.#ends = view(kernels, Uint32Array, ends, count);
  }

  put(text: string): void {
    this.#used += text.isWellFormed() ? this.#putUtf8(text) : putWtf8(text, this.#bytes, this.#used);
  }

  close(): void {
    this.#bytes[this.#used++] = 0xff;
  }

  end(): void {
    this.#ends[this.#count++] = this.#used;
  }

  batch(): TextBatch {
    return {
      texts: this.#texts,
      ends: this.#endsAt,
      count: this.#count,
      bytes: this.#used,
    };
  }

  #putUtf8(text: string): number {
    if (this.#bytes.utf8Write) return this.#bytes.utf8Write(text, this.#used);
    return encoder.encodeInto(text, this.#bytes.subarray(this.#used)).written;
  }
}

const encoder = new TextEncoder();

/** Node's Buffer writes UTF-8 without the objects that `encodeInto` makes; elsewhere the view itself has to do. */
function bufferOver(bytes: Uint8Array): FastBuffer {
  const { Buffer } = globalThis;
  return Buffer ? (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as FastBuffer) : bytes;
}

/** UTF-8 in which a lone surrogate keeps its code point (WTF-8), as Python's strings do. */
function putWtf8(text: string, bytes: Uint8Array, start: number): number {
  let at = start;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    if (code > 0xffff) i++;
    if (code < 0x80) bytes[at++] = code;
    else if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else {
      if (code < 0x10000) bytes[at++] = 0xe0 | (code >> 12);
      else {
        bytes[at++] = 0xf0 | (code >> 18);
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
      }
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at++] = 0x80 | (code & 0x3f);
    }
  }
  return at - start;
}

/** The text of WTF-8 bytes; lone surrogates come back as they were. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return decodeWtf8(bytes);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeWtf8(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i]!;
    const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    let code = size === 1 ? lead : lead & (0xff >> (size + 1));
    for (let j = 1; j < size; j++) code = (code << 6) | ((bytes[i + j] ?? 0x80) & 0x3f);
    text += String.fromCodePoint(Math.min(code, 0x10ffff));
    i += size;
  }
  return text;
}
