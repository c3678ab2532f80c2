// Reads a JSON object that arrives in pieces: each element of its lists is parsed as soon as it is whole, so a body of
// hundreds of megabytes is never one string, and other requests have their turn between the pieces.
import { SparrowError } from '../errors.ts';

/** Nesting beyond this is nobody's data. */
export const deepest = 500;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Where the reader stands in the outermost object. */
type Place = 'start' | 'key' | 'colon' | 'value' | 'after' | 'end';

export class JsonObjectStream {
  /** Lists under these keys are not kept: their elements are handed over, and the object has an empty list there. */
  readonly #handedOver: ReadonlySet<string>;
  #elements = new Map<string, unknown[]>();
  readonly #decoder = new TextDecoder();
  /** Without a prototype: `__proto__` is a key like any other. */
  readonly #object: { [key: string]: unknown } = Object.create(null);
  #place: Place = 'start';
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #key = '';
  /** The list whose elements are being read, when the value is a list. */
  #list: unknown[] | null = null;
  /** A comma was read, so another key or element must come. */
  #isOwed = false;
  /** Earlier pieces of the token being read; null between tokens. */
  #pieces: Uint8Array[] | null = null;
  #offset = 0;

  constructor(handedOver: ReadonlySet<string> = new Set()) {
    this.#handedOver = handedOver;
  }

  push(chunk: Uint8Array): void {
    // Start of the current token in this chunk; -1 when there is none.
    let start = this.#pieces === null ? -1 : 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (this.#inString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === backslash) this.#isEscaped = true;
        else if (byte === quote) {
          this.#inString = false;
          if (this.#place !== 'key') continue;
          this.#key = this.#take(chunk, start, i + 1, i) as string;
          start = -1;
          this.#place = 'colon';
        }
        continue;
      }
      if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) continue;
      const isToken = this.#isTokenByte(byte, i);
      if (isToken && start === -1) {
        start = i;
        this.#pieces = [];
      } else if (!isToken && start !== -1) {
        this.#finish(this.#take(chunk, start, i, i));
        start = -1;
      }
      if (!isToken) this.#punctuate(byte, i);
    }
    if (start !== -1) this.#pieces?.push(chunk.slice(start));
    this.#offset += chunk.length;
  }

  /** The elements to hand over that became whole since the last call, by the key of their list. */
  takeElements(): ReadonlyMap<string, unknown[]> {
    const elements = this.#elements;
    if (elements.size > 0) this.#elements = new Map();
    return elements;
  }

  /** The whole object, once all of it was pushed. */
  end(): { [key: string]: unknown } {
    if (this.#place !== 'end') this.#refuse('ends too early', 0);
    return this.#object;
  }

  /** Whether the byte belongs to a key, a value or an element, rather than to the outermost structure. */
  #isTokenByte(byte: number, i: number): boolean {
    const inner = this.#list === null ? 1 : 2;
    if (this.#depth > inner) {
      this.#nest(byte, i);
      if (byte === quote) this.#inString = true;
      return true;
    }
    if (byte === quote && (this.#place === 'key' || this.#place === 'value')) {
      this.#inString = true;
      return true;
    }
    if (this.#place !== 'value' || byte === comma) return false;
    if (byte === closeBrace || byte === closeBracket) return false;
    const isListStart = byte === openBracket && this.#list === null && this.#pieces === null;
    if (isListStart) return false;
    this.#nest(byte, i);
    return true;
  }

  #nest(byte: number, i: number): void {
    if (byte === openBrace || byte === openBracket) {
      if (++this.#depth > deepest) this.#refuse(`is nested more than ${deepest} deep`, i);
    } else if (byte === closeBrace || byte === closeBracket) this.#depth--;
  }

  /** A byte of the outermost object itself, or of a list in it. */
  #punctuate(byte: number, i: number): void {
    const { ends, next } = this.#step(byte);
    if (next === null) this.#refuse('is not valid JSON', i);
    if (ends) this.#isOwed = false;
    this.#place = next;
  }

  #step(byte: number): { ends: boolean; next: Place | null } {
    const wrong = { ends: false, next: null };
    switch (byte) {
      case openBrace:
        if (this.#place !== 'start') return wrong;
        this.#depth = 1;
        return { ends: false, next: 'key' };
      case colon:
        return this.#place === 'colon' ? { ends: true, next: 'value' } : wrong;
      case comma:
        if (this.#place !== 'after') return wrong;
        this.#isOwed = true;
        return { ends: false, next: this.#list === null ? 'key' : 'value' };
      case openBracket:
        if (this.#place !== 'value' || this.#list !== null) return wrong;
        this.#list = [];
        this.#depth = 2;
        return { ends: true, next: 'value' };
      case closeBracket: {
        const isEmpty = this.#place === 'value' && this.#list?.length === 0 && !this.#isOwed;
        if (this.#list === null || !(isEmpty || this.#place === 'after')) return wrong;
        this.#object[this.#key] = this.#list;
        this.#list = null;
        this.#depth = 1;
        return { ends: true, next: 'after' };
      }
      case closeBrace: {
        const isEmpty = this.#place === 'key' && !this.#isOwed;
        if (this.#list !== null || !(isEmpty || this.#place === 'after')) return wrong;
        this.#depth = 0;
        return { ends: true, next: 'end' };
      }
      default:
        return wrong;
    }
  }

  #finish(value: unknown): void {
    if (this.#list === null) this.#object[this.#key] = value;
    else if (this.#handedOver.has(this.#key)) this.#handOver(value);
    else this.#list.push(value);
    this.#isOwed = false;
    this.#place = 'after';
  }

  #handOver(element: unknown): void {
    const elements = this.#elements.get(this.#key);
    if (elements) elements.push(element);
    else this.#elements.set(this.#key, [element]);
  }

  /** The token that ends before `end`, parsed. */
  #take(chunk: Uint8Array, start: number, end: number, i: number): unknown {
    const last = chunk.subarray(start, end);
    const pieces = this.#pieces ?? [];
    this.#pieces = null;
    const bytes = pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
    try {
      return JSON.parse(this.#decoder.decode(bytes));
    } catch {
      return this.#refuse('is not valid JSON', i);
    }
  }

  #refuse(what: string, i: number): never {
    throw new SparrowError('BAD_INPUT', `The body ${what}, at byte ${this.#offset + i}.`);
  }
}
