// The named character references of HTML 4 (and apos), and what HTML makes of numbers 128 to 159. The two thousand
// rarer names of HTML 5 are left as they stand: no text of a task was seen with one.

// Names of the characters from U+00A0 to U+00FF, in order. These HTML also takes without the semicolon.
const LATIN_1 =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para ' +
  'middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave ' +
  'Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc ' +
  'Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc ' +
  'iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml';

const OTHERS =
  '" quot & amp < lt > gt \' apos Œ OElig œ oelig Š Scaron š scaron Ÿ Yuml ƒ fnof ˆ circ ˜ tilde ' +
  'Α Alpha Β Beta Γ Gamma Δ Delta Ε Epsilon Ζ Zeta Η Eta Θ Theta Ι Iota Κ Kappa Λ Lambda Μ Mu Ν Nu Ξ Xi Ο Omicron Π Pi ' +
  'Ρ Rho Σ Sigma Τ Tau Υ Upsilon Φ Phi Χ Chi Ψ Psi Ω Omega α alpha β beta γ gamma δ delta ε epsilon ζ zeta η eta θ theta ' +
  'ι iota κ kappa λ lambda μ mu ν nu ξ xi ο omicron π pi ρ rho ς sigmaf σ sigma τ tau υ upsilon φ phi χ chi ψ psi ω omega ' +
  'ϑ thetasym ϒ upsih ϖ piv – ndash — mdash ‘ lsquo ’ rsquo ‚ sbquo “ ldquo ” rdquo „ bdquo † dagger ‡ Dagger • bull ' +
  '… hellip ‰ permil ′ prime ″ Prime ‹ lsaquo › rsaquo ‾ oline ⁄ frasl € euro ℑ image ℘ weierp ℜ real ™ trade ℵ alefsym ' +
  '← larr ↑ uarr → rarr ↓ darr ↔ harr ↵ crarr ⇐ lArr ⇑ uArr ⇒ rArr ⇓ dArr ⇔ hArr ∀ forall ∂ part ∃ exist ∅ empty ∇ nabla ' +
  '∈ isin ∉ notin ∋ ni ∏ prod ∑ sum − minus ∗ lowast √ radic ∝ prop ∞ infin ∠ ang ∧ and ∨ or ∩ cap ∪ cup ∫ int ∴ there4 ' +
  '∼ sim ≅ cong ≈ asymp ≠ ne ≡ equiv ≤ le ≥ ge ⊂ sub ⊃ sup ⊄ nsub ⊆ sube ⊇ supe ⊕ oplus ⊗ otimes ⊥ perp ⋅ sdot ⌈ lceil ' +
  '⌉ rceil ⌊ lfloor ⌋ rfloor ⟨ lang ⟩ rang ◊ loz ♠ spades ♣ clubs ♥ hearts ♦ diams';

// Spaces and marks that one cannot see in a table.
const INVISIBLE: readonly (readonly [string, number])[] = [
  ['ensp', 0x2002],
  ['emsp', 0x2003],
  ['thinsp', 0x2009],
  ['zwnj', 0x200c],
  ['zwj', 0x200d],
  ['lrm', 0x200e],
  ['rlm', 0x200f],
];

const bareNames: ReadonlyMap<string, string> = new Map([
  ...LATIN_1.split(' ').map((name, i) => [name, String.fromCodePoint(0xa0 + i)] as const),
  ['quot', '"'],
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
]);

const names: ReadonlyMap<string, string> = new Map([
  ...bareNames,
  ...pairsIn(OTHERS.split(' ')),
  ...INVISIBLE.map(([name, point]) => [name, String.fromCodePoint(point)] as const),
]);

// Numbers 128 to 159 mean the characters of Windows-1252, where it has one.
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const REPLACEMENT = '\ufffd';
const LONGEST_NAME = 8;

function pairsIn(words: readonly string[]): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) pairs.push([words[i + 1] ?? '', words[i] ?? '']);
  return pairs;
}

/** `text` with its character references replaced, in one pass; what is no reference stays. */
export function decodeEntities(text: string): string {
  let decoded = '';
  let from = 0;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) {
    const found = text.charAt(at + 1) === '#' ? numberAt(text, at + 2) : nameAt(text, at + 1);
    if (!found) continue;
    decoded += text.slice(from, at) + found.text;
    from = found.end;
  }
  return from === 0 ? text : decoded + text.slice(from);
}

interface Found {
  readonly text: string;
  readonly end: number;
}

function nameAt(text: string, from: number): Found | null {
  let end = from;
  while (end - from <= LONGEST_NAME && /[A-Za-z0-9]/.test(text.charAt(end))) end++;
  const name = text.slice(from, end);
  const isClosed = text.charAt(end) === ';';
  const value = (isClosed ? names : bareNames).get(name);
  return value === undefined ? null : { text: value, end: isClosed ? end + 1 : end };
}

function numberAt(text: string, at: number): Found | null {
  const isHex = text.charAt(at) === 'x' || text.charAt(at) === 'X';
  const from = isHex ? at + 1 : at;
  let end = from;
  let point = 0;
  for (; end < text.length; end++) {
    const digit = Number.parseInt(text.charAt(end), isHex ? 16 : 10);
    if (Number.isNaN(digit)) break;
    point = Math.min(point * (isHex ? 16 : 10) + digit, 0x110000);
  }
  if (end === from) return null;
  return { text: characterOf(point), end: text.charAt(end) === ';' ? end + 1 : end };
}

function characterOf(point: number): string {
  if (point >= 0x80 && point < 0xa0) return WINDOWS_1252.charAt(point - 0x80);
  const isCharacter = point > 0 && point <= 0x10ffff && (point < 0xd800 || point >= 0xe000);
  return isCharacter ? String.fromCodePoint(point) : REPLACEMENT;
}
