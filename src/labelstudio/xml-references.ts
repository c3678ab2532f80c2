// Character references of XML without a DOCTYPE: five names, and numbers within what XML allows. Anything else is not a
// reference here, and is refused by the one who meets it.

const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** The value of an attribute as XML means it: white space is a space, references stand for their characters. */
export function attributeValue(raw: string): string {
  const value = raw.replace(/[\t\n\r]/g, ' ');
  let decoded = '';
  let from = 0;
  for (let i = value.indexOf('&'); i !== -1; i = value.indexOf('&', i + 1)) {
    const reference = referenceAt(value, i);
    if (reference === null) continue;
    decoded += value.slice(from, i) + reference.text;
    from = reference.end;
  }
  return decoded + value.slice(from);
}

/** What a reference stands for, and where the text goes on after it. */
interface Reference {
  readonly text: string;
  readonly end: number;
}

/** The reference that begins with the `&` at this place; null where XML knows none such. */
export function referenceAt(xml: string, at: number): Reference | null {
  if (xml.charAt(at + 1) === '#') return numericReferenceAt(xml, at);
  const end = xml.slice(at, at + 8).indexOf(';');
  if (xml.charAt(at) !== '&' || end === -1) return null;
  const text = NAMED.get(xml.slice(at + 1, at + end));
  return text === undefined ? null : { text, end: at + end + 1 };
}

// Leading zeros may be many, so the length says nothing; the value is capped while it grows.
function numericReferenceAt(xml: string, at: number): Reference | null {
  const isHex = xml.charAt(at + 2) === 'x';
  const base = isHex ? 16 : 10;
  const from = at + (isHex ? 3 : 2);
  let point = 0;
  let i = from;
  for (; i < xml.length; i++) {
    const digit = digitOf(xml.charCodeAt(i));
    if (digit < 0 || digit >= base) break;
    point = Math.min(point * base + digit, 0x110000);
  }
  if (i === from || xml.charAt(i) !== ';' || !isXmlCharacter(point)) return null;
  return { text: String.fromCodePoint(point), end: i + 1 };
}

function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  if (code >= 65 && code <= 70) return code - 55;
  return -1;
}

/** True for the code points that XML allows: https://www.w3.org/TR/xml/#charsets */
export function isXmlCharacter(point: number): boolean {
  if (point < 0x20) return point === 0x09 || point === 0x0a || point === 0x0d;
  return point < 0xd800 || (point >= 0xe000 && point < 0xfffe) || (point >= 0x10000 && point <= 0x10ffff);
}
