// HTML to the text that a reader sees: tags dropped, scripts and styles with their content, references decoded. A
// single pass with a finger that never goes back, because whole web pages come through here, well-formed or not.
import { decodeEntities } from './html-entities.ts';

// Their content is not text and not markup: it runs to the closing tag of the same name.
const HIDDEN: ReadonlySet<string> = new Set(['script', 'style', 'iframe', 'noembed', 'noframes', 'template']);
// A browser begins a new line at these; around all other tags words may go on.
const BLOCKS: ReadonlySet<string> = new Set(
  (
    'address article aside blockquote body br button caption center dd details dialog dir div dl dt fieldset figcaption ' +
    'figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main menu nav ol optgroup option p pre ' +
    'section select summary table tbody td textarea tfoot th thead title tr ul video audio'
  ).split(' '),
);

const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const EQUALS = 0x3d;
const GREATER = 0x3e;
// Of the names that matter here.
const LONGEST_NAME = 12;

/** The visible text of an HTML document or fragment. */
export function textOfHtml(html: string): string {
  const text = new VisibleText();
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open === -1) break;
    const end = markupEnd(html, open);
    // "a < b": not markup.
    text.add(html.slice(at, end === -1 ? open + 1 : open));
    at = end === -1 ? open + 1 : end;
    if (end === -1) continue;
    const name = tagName(html, open);
    if (BLOCKS.has(name)) text.endLine();
    if (HIDDEN.has(name) && html.charAt(open + 1) !== '/') at = hiddenEnd(html, end, name);
  }
  text.add(html.slice(at));
  return text.toString();
}

// Laid out as a browser does: blanks run together, and a line ends only where a block does. White space that is spelt
// as a reference stays, &nbsp; above all, for references are read after the blanks.
class VisibleText {
  readonly #pieces: string[] = [];
  #gap: '' | ' ' | '\n' = '';

  add(source: string): void {
    const words = source.replace(/[ \t\r\n\f]+/g, ' ');
    if (words.startsWith(' ') && this.#gap === '') this.#gap = ' ';
    const from = words.startsWith(' ') ? 1 : 0;
    const to = words.length > from && words.endsWith(' ') ? words.length - 1 : words.length;
    if (from >= to) return;
    if (this.#pieces.length > 0) this.#pieces.push(this.#gap);
    this.#pieces.push(decodeEntities(words.slice(from, to)));
    this.#gap = to < words.length ? ' ' : '';
  }

  endLine(): void {
    this.#gap = '\n';
  }

  toString(): string {
    return this.#pieces.join('');
  }
}

// The position after the markup that begins at `open`, or -1 where that "<" is text. What never ends, ends the text.
function markupEnd(html: string, open: number): number {
  const next = html.charAt(open + 1);
  if (next === '!' && html.startsWith('--', open + 2)) return commentEnd(html, open + 4);
  if (next === '!' || next === '?') return after(html, '>', open);
  const isTag = isLetter(next) || (next === '/' && isLetter(html.charAt(open + 2)));
  if (isTag) return tagEnd(html, open);
  return next === '/' && html.charAt(open + 2) !== '' ? after(html, '>', open) : -1;
}

// `<!-->` and `<!--->` are whole comments.
function commentEnd(html: string, from: number): number {
  if (html.charAt(from) === '>') return from + 1;
  if (html.startsWith('->', from)) return from + 2;
  return after(html, '-->', from);
}

function after(html: string, what: string, from: number): number {
  const found = html.indexOf(what, from);
  return found === -1 ? html.length : found + what.length;
}

// A ">" inside a quoted value does not end the tag; a quote elsewhere than after "=" opens no value.
function tagEnd(html: string, open: number): number {
  let afterEquals = false;
  for (let i = open + 1; i < html.length; i++) {
    const code = html.charCodeAt(i);
    if (code === GREATER) return i + 1;
    if (afterEquals && (code === DOUBLE_QUOTE || code === SINGLE_QUOTE)) {
      const close = html.indexOf(html.charAt(i), i + 1);
      if (close === -1) return html.length;
      i = close;
    }
    if (!isBlank(code)) afterEquals = code === EQUALS;
  }
  return html.length;
}

function tagName(html: string, open: number): string {
  const from = html.charAt(open + 1) === '/' ? open + 2 : open + 1;
  let end = from;
  while (end - from < LONGEST_NAME && isNamePart(html.charCodeAt(end))) end++;
  return html.slice(from, end).toLowerCase();
}

function hiddenEnd(html: string, from: number, name: string): number {
  for (let at = html.indexOf('</', from); at !== -1; at = html.indexOf('</', at + 2)) {
    const end = at + 2 + name.length;
    if (html.slice(at + 2, end).toLowerCase() !== name) continue;
    if (!isNamePart(html.charCodeAt(end))) return tagEnd(html, at);
  }
  return html.length;
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d && code !== 0x0b);
}

function isLetter(char: string): boolean {
  return (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z');
}

function isNamePart(code: number): boolean {
  const lower = code | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || (code >= 0x30 && code <= 0x39);
}
