// Code blocks of a page, with what its info string says of them: the language, and words of ours that a reader never sees.
import { readFileSync } from 'node:fs';

export interface Block {
  language: string;
  /** `background`: runs on while the rest is done. `output`: what the block before prints. `needs=x`: only where x is. */
  words: readonly string[];
  code: string;
  /** For messages. */
  line: number;
}

export const docs = new URL('../../docs/', import.meta.url);

export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: { info: string; lines: string[]; line: number } | null = null;
  for (const [i, line] of readFileSync(new URL(page, docs), 'utf8').split('\n').entries()) {
    if (open === null && line.startsWith('```')) open = { info: line.slice(3), lines: [], line: i + 1 };
    else if (open !== null && line === '```') {
      const [language = '', ...words] = open.info.trim().split(/\s+/);
      blocks.push({ language, words, code: open.lines.join('\n'), line: open.line });
      open = null;
    } else open?.lines.push(line);
  }
  return blocks;
}

/** Whether the printed text holds every line of what a page says is printed, in order; `…` stands for anything. */
export function isPrinted(expected: string, printed: string): boolean {
  const pattern = expected
    .split('\n')
    .map((line) => line.split('…').map(escaped).join('[^]*?'))
    .join('[^]*?');
  return new RegExp(pattern).test(printed);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
