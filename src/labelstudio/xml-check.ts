// Looks at XML before the parser does. It refuses what the parser would let through (DOCTYPE, unknown references, two
// roots, `<` in a value), each with its line, and passes on the tags alone: comments, text, CDATA and processing
// instructions are checked too, but nobody reads them in a label config. One pass, linear.
import { SparrowError } from '../errors.ts';
import { plain, quoted } from './quoted.ts';
import { isXmlCharacter, referenceAt } from './xml-references.ts';

export const MAX_BYTES = 1024 * 1024;
export const MAX_DEPTH = 256;
export const MAX_CHOICES = 10_000;
const MAX_MARKUP = 25_000;
const MAX_ATTRIBUTES = 100;

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;
const SLASH = 47;
const LESS = 60;
const EQUALS = 61;
const GREATER = 62;

// https://www.w3.org/TR/xml/#NT-Name
const NAME_START =
  ':A-Z_a-z\\u{c0}-\\u{d6}\\u{d8}-\\u{f6}\\u{f8}-\\u{2ff}\\u{370}-\\u{37d}\\u{37f}-\\u{1fff}\\u{200c}-\\u{200d}\\u{2070}-\\u{218f}' +
  '\\u{2c00}-\\u{2fef}\\u{3001}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{fffd}\\u{10000}-\\u{effff}';
const NAME = new RegExp(`^[${NAME_START}][-.0-9\\u{b7}\\u{300}-\\u{36f}\\u{203f}-\\u{2040}${NAME_START}]*$`, 'u');
// The parser builds objects with these as keys, and rightly refuses; no tag of Label Studio is called so.
const REFUSED_TAGS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** An error that says in which line of the config the reader should look. */
export function configError(xml: string, at: number, what: string): SparrowError {
  let line = 1;
  for (let i = xml.indexOf('\n'); i !== -1 && i < at; i = xml.indexOf('\n', i + 1)) line++;
  return new SparrowError('BAD_INPUT', `The label config cannot be read, line ${line}: ${what}.`);
}

interface OpenTag {
  readonly name: string;
  readonly at: number;
}

/** The tags of the config, one after the other; throws what is wrong with it. */
export function checkedXml(xml: string): string {
  return new Check(xml).run();
}

class Check {
  readonly #xml: string;
  readonly #open: OpenTag[] = [];
  readonly #kept: string[] = [];
  #ampersand = -1;
  #hasRoot = false;
  #markups = 0;
  #choices = 0;

  constructor(xml: string) {
    this.#xml = xml;
  }

  run(): string {
    const xml = this.#xml;
    let at = 0;
    while (at < xml.length) {
      const next = xml.indexOf('<', at);
      const end = next === -1 ? xml.length : next;
      this.#checkText(at, end);
      if (next === -1) break;
      at = this.#markup(next);
    }
    const unclosed = this.#open.at(-1);
    if (unclosed) throw this.#error(unclosed.at, `the tag <${plain(unclosed.name, 60)}> is never closed`);
    if (!this.#hasRoot) throw this.#error(0, 'it has no tag at all');
    return this.#kept.join('');
  }

  #error(at: number, what: string): SparrowError {
    return configError(this.#xml, at, what);
  }

  #markup(at: number): number {
    const xml = this.#xml;
    this.#markups++;
    if (this.#markups > MAX_MARKUP) throw this.#error(at, `it has more than ${MAX_MARKUP} tags and comments`);
    if (xml.startsWith('<!--', at)) return this.#skip(at, 4, '-->', 'this comment');
    if (xml.startsWith('<?', at)) return this.#skip(at, 2, '?>', 'this processing instruction');
    if (xml.startsWith('<![CDATA[', at)) {
      if (this.#open.length === 0) throw this.#error(at, 'CDATA stands outside the root tag');
      return this.#skip(at, 9, ']]>', 'this CDATA section');
    }
    if (xml.startsWith('<!', at)) throw this.#error(at, 'a DOCTYPE or another declaration is not allowed');
    return this.#tag(at);
  }

  #skip(at: number, opening: number, closing: string, what: string): number {
    const found = this.#xml.indexOf(closing, at + opening);
    if (found === -1) throw this.#error(at, `${what} is never closed`);
    const end = found + closing.length;
    this.#checkCharacters(at, end);
    return end;
  }

  #tag(at: number): number {
    const xml = this.#xml;
    const isClosing = xml.charCodeAt(at + 1) === SLASH;
    const nameAt = isClosing ? at + 2 : at + 1;
    const nameEnd = this.#nameEnd(nameAt);
    const name = xml.slice(nameAt, nameEnd);
    if (name === '') throw this.#error(at, 'a "<" must begin a tag, or be written &lt;');
    if (!NAME.test(name)) throw this.#error(at, `a tag cannot be called ${quoted(name)}`);
    if (REFUSED_TAGS.has(name)) throw this.#error(at, `a tag cannot be called ${quoted(name)}`);
    const end = this.#tagEnd(at, nameEnd, isClosing);
    if (isClosing) this.#close(name, at);
    else this.#begin(name, at, xml.charCodeAt(end - 2) === SLASH);
    this.#kept.push(xml.slice(at, end));
    return end;
  }

  #nameEnd(at: number): number {
    let end = at;
    for (; end < this.#xml.length; end++) {
      const code = this.#xml.charCodeAt(end);
      if (isSpace(code) || code === GREATER || code === SLASH || code === LESS || code === EQUALS) break;
    }
    return end;
  }

  #begin(name: string, at: number, isEmpty: boolean): void {
    if (this.#open.length === 0 && this.#hasRoot) throw this.#error(at, 'there is a second root tag');
    this.#hasRoot = true;
    if (name === 'Choice' || name === 'Label') this.#choices++;
    if (this.#choices > MAX_CHOICES) throw this.#error(at, `it has more than ${MAX_CHOICES} choices`);
    if (this.#open.length >= MAX_DEPTH) throw this.#error(at, `tags are nested more than ${MAX_DEPTH} deep`);
    if (!isEmpty) this.#open.push({ name, at });
  }

  #close(name: string, at: number): void {
    const opened = this.#open.pop();
    if (!opened) throw this.#error(at, `</${plain(name, 60)}> closes a tag that was never opened`);
    if (opened.name !== name) {
      throw this.#error(at, `</${plain(name, 60)}> stands where </${plain(opened.name, 60)}> was expected`);
    }
  }

  // The position after the `>` of a tag whose name ends at `from`.
  #tagEnd(at: number, from: number, isClosing: boolean): number {
    const xml = this.#xml;
    const names = new Set<string>();
    for (let i = from; ; ) {
      const next = this.#afterSpace(i);
      const code = xml.charCodeAt(next);
      if (code === GREATER) return next + 1;
      if (code === SLASH && xml.charCodeAt(next + 1) === GREATER && !isClosing) return next + 2;
      if (next >= xml.length || code === LESS) throw this.#error(at, 'this tag is not closed by ">"');
      if (isClosing) throw this.#error(next, 'a closing tag may hold nothing but its name');
      if (next === i) throw this.#error(next, 'there must be a space before each attribute');
      i = this.#attribute(next, names);
      if (names.size > MAX_ATTRIBUTES) throw this.#error(at, `this tag has more than ${MAX_ATTRIBUTES} attributes`);
    }
  }

  #attribute(at: number, names: Set<string>): number {
    const end = this.#nameEnd(at);
    const name = this.#xml.slice(at, end);
    if (!NAME.test(name)) throw this.#error(at, `an attribute cannot be called ${quoted(name)}`);
    if (names.has(name)) throw this.#error(at, `the attribute ${quoted(name)} is there twice`);
    names.add(name);
    const equals = this.#afterSpace(end);
    const value = this.#afterSpace(equals + 1);
    const quote = this.#xml.charCodeAt(value);
    if (this.#xml.charCodeAt(equals) !== EQUALS || (quote !== DOUBLE_QUOTE && quote !== SINGLE_QUOTE)) {
      throw this.#error(at, `the attribute ${quoted(name)} must have a value in quotes`);
    }
    return this.#valueEnd(value) + 1;
  }

  #afterSpace(at: number): number {
    let i = at;
    while (isSpace(this.#xml.charCodeAt(i))) i++;
    return i;
  }

  #valueEnd(at: number): number {
    const end = this.#xml.indexOf(this.#xml.charAt(at), at + 1);
    if (end === -1) throw this.#error(at, 'the quote that begins here is never closed');
    const less = this.#xml.slice(at, end).indexOf('<');
    if (less !== -1) throw this.#error(at + less, 'a "<" in the value of an attribute must be written &lt;');
    this.#checkCharacters(at, end);
    this.#checkReferences(at, end);
    return end;
  }

  #checkText(from: number, to: number): void {
    this.#checkCharacters(from, to);
    this.#checkReferences(from, to);
    if (this.#open.length > 0) return;
    for (let i = from; i < to; i++) {
      if (isSpace(this.#xml.charCodeAt(i))) continue;
      throw this.#error(i, this.#hasRoot ? 'there is text after the root tag' : 'there is text before the first tag');
    }
  }

  #checkReferences(start: number, to: number): void {
    let from = start;
    while (this.#nextAmpersand(from) < to) {
      const at = this.#ampersand;
      if (referenceAt(this.#xml, at) === null) {
        const shown = plain(this.#xml.slice(at, at + 20).split(/[\s<"']/, 1)[0] ?? '', 20);
        throw this.#error(at, `"${shown}" is not a reference that XML knows; write "&" as &amp;`);
      }
      from = at + 1;
    }
  }

  // Remembered, or each of many short pieces of text would be searched to the end of the config.
  #nextAmpersand(from: number): number {
    if (this.#ampersand < from) {
      const found = this.#xml.indexOf('&', from);
      this.#ampersand = found === -1 ? this.#xml.length : found;
    }
    return this.#ampersand;
  }

  #checkCharacters(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const code = this.#xml.charCodeAt(i);
      if (code >= SPACE && code < 0xd800) continue;
      const point = code >= SPACE ? (this.#xml.codePointAt(i) ?? 0) : code;
      if (!isXmlCharacter(point)) throw this.#error(i, `the character U+${hex(point)} is not allowed in XML`);
      if (point > 0xffff) i++;
    }
  }
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB || code === NEWLINE || code === RETURN;
}

function hex(point: number): string {
  return point.toString(16).toUpperCase().padStart(4, '0');
}
