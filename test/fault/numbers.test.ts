// Holds docs/fault-tests.md and the names of the tests together: the lists under its numbers are made from them.
// `npx vitest run --config .vitest.config.ts test/fault/numbers.test.ts -u` makes them anew.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const tests = fileURLToPath(new URL('../', import.meta.url));
const page = readFileSync(new URL('../../docs/fault-tests.md', import.meta.url), 'utf8');
const numbered = /^### F(\d+) /;

/** Numbers and the rest of the strings that begin with numbers. */
function namesIn(source: string): { numbers: number[]; name: string }[] {
  const strings = source.matchAll(/(['"`])((?:F\d+ )+)((?:\\.|(?!\1)[^\\])*)\1/g);
  return [...strings].map(([, , numbers = '', name = '']) => ({
    numbers: [...numbers.matchAll(/F(\d+)/g)].map(([, number]) => Number(number)),
    name: name.replaceAll(/\\(.)/g, '$1').replaceAll('|', '\\|'),
  }));
}

/** Number → a line for each test that bears it. */
function testsByNumber(): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const entry of readdirSync(tests, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const path = join(entry.parentPath, entry.name);
    const file = relative(tests, path).replaceAll('\\', '/');
    for (const { numbers, name } of namesIn(readFileSync(path, 'utf8'))) {
      for (const number of numbers) found.set(number, [...(found.get(number) ?? []), `- \`${file}\`: ${name}`]);
    }
  }
  for (const lines of found.values()) lines.sort();
  return found;
}

/** The page in parts, each of which begins with a heading. */
function partsOf(text: string): string[] {
  return text.split(/^(?=##)/m);
}

function numberOf(part: string): number | null {
  const [, number] = numbered.exec(part) ?? [];
  return number === undefined ? null : Number(number);
}

/** What people wrote: all but the list. */
function writtenIn(part: string): string {
  return part
    .split('\n')
    .filter((line) => !line.startsWith('- '))
    .join('\n')
    .trim();
}

test('under each number stand the tests that bear it', async () => {
  const found = testsByNumber();
  const parts = partsOf(page);
  const current = parts.map((part) => {
    const number = numberOf(part);
    const lines = number === null ? undefined : found.get(number);
    if (number === null) return part;
    return `${[writtenIn(part), ...(lines ? [lines.join('\n')] : [])].join('\n\n')}\n\n`;
  });
  await expect(`${current.join('').trim()}\n`).toMatchFileSnapshot('../../docs/fault-tests.md');
  const listed = new Set(parts.map(numberOf));
  expect([...found.keys()].filter((number) => !listed.has(number))).toEqual([]);
});

test('every number stands once, with a test or with the reason why not', () => {
  const parts = partsOf(page).filter((part) => numberOf(part) !== null);
  expect(parts.length).toBeGreaterThan(120);
  expect(new Set(parts.map(numberOf)).size).toBe(parts.length);
  const bare = parts.filter((part) => !part.includes('\n- ') && !writtenIn(part).includes('\n'));
  expect(bare).toEqual([]);
});
