// Text of unknown origin made safe for a terminal: it stays on its line and sends no escapes.

/** Control characters, line and paragraph separators, and marks that reverse the reading direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** The text with every unsafe character written as an escape. */
export function visible(text: string): string {
  return text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The text in quotes, shortened in the middle of a sentence. */
export function quoted(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 57)}…` : text}"`;
}

/** Names as a sentence lists them. */
export function listed(names: readonly string[], most = 12): string {
  const shown = names.slice(0, most).map(quoted).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** 1234567 as 1,234,567. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** A count with its noun: 1 document, 2 documents. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}

/** Somebody else's text on one line of a terminal: safe, not too long, and in its own reading direction. */
export function excerpt(text: string, most: number): string {
  const characters = [
    ...text
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 4 * most),
  ];
  const shown = characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('');
  return `\u2068${visible(shown)}\u2069`;
}
