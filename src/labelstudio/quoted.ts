// How a name or value from outside stands inside one of our sentences: in quotes, on one line, not too long, and
// without a character that a terminal would act on.

const LONGEST = 60;

/** `text` in double quotes, fit for a log line or an error message. */
export function quoted(text: string): string {
  return `"${plain(text, LONGEST)}"`;
}

/** `text` on one line, without control characters, cut after `longest` characters. */
export function plain(text: string, longest: number): string {
  let shown = '';
  for (const char of text.slice(0, 4 * longest)) {
    if (shown.length >= longest) break;
    shown += isPrintable(char.codePointAt(0) ?? 0) ? char : ' ';
  }
  return shown.length < text.length ? `${shown}…` : shown;
}

// Controls, line and paragraph separators, and the marks that turn the direction of what follows.
function isPrintable(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
  return (
    !(code >= 0x2028 && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069) && !(code >= 0xd800 && code < 0xe000)
  );
}
