// Links and pictures of the docs lead somewhere, and nothing in them names a place of one machine.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { docs } from './blocks.ts';

const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));

function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => {
    return title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  });
}

describe.each(pages)('%s', (page) => {
  const text = readFileSync(new URL(page, docs), 'utf8');

  test('has links that lead somewhere', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const lost = links.filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const file = new URL(path === '' ? page : path, docs);
      if (!existsSync(file)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
    });
    expect(lost).toEqual([]);
  });

  test('begins with one title', () => {
    const outside = text.replace(/^```[\s\S]*?^```$/gm, '');
    expect(outside.match(/^# /gm)?.length).toBe(1);
    expect(text.startsWith('# ')).toBe(true);
  });
});
