// The progress line: for a terminal that can redraw, within its width, and nowhere else.
import { PassThrough } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { Progress } from '../../src/cli/progress.ts';
import { Session } from '../../src/cli/session.ts';
import { collector } from './harness.ts';

interface Terminal {
  isTTY?: boolean;
  columns?: number;
  env?: Record<string, string>;
  isQuiet?: boolean;
}

/** What standard error shows of a fit in ten steps of 60 ms. */
function shown({ isTTY = true, columns = 80, env = { TERM: 'xterm' }, isQuiet = false }: Terminal = {}): string {
  const stderr = Object.assign(collector(), { isTTY, columns });
  let nowMs = 0;
  const progress = new Progress({ stderr, env }, () => nowMs);
  if (isQuiet) progress.hide();
  for (let step = 1; step <= 10; step++) {
    nowMs += 60;
    if (step < 5) progress.update('reading', step * 1000, undefined, 'rows');
    else progress.update('vectorizing', step, 10, 'texts');
  }
  progress.clear();
  return stderr.text;
}

describe('Progress', () => {
  test('a terminal shows one line that is redrawn every tenth of a second and taken away', () => {
    const lines = shown().split('\r\u001b[K');
    expect(lines).toEqual([
      '',
      'reading 2,000',
      'reading 4,000',
      'vectorizing ████████████░░░░░░░░  60 %',
      'vectorizing ████████████████░░░░  80 %',
      'vectorizing ████████████████████ 100 %',
      '',
    ]);
  });

  test.each([{ NO_COLOR: '1', TERM: 'xterm' }, { TERM: 'dumb' }])('F163 with %j there are no control codes', (env) => {
    expect(shown({ env })).toBe('');
  });

  test('F163 without a terminal, or when quiet is asked for, there is none', () => {
    expect(shown({ isTTY: false })).toBe('');
    expect(shown({ isQuiet: true })).toBe('');
  });

  test.each([40, 24, 12, 1])('F163 a terminal of %i columns is never overrun', (columns) => {
    for (const line of shown({ columns }).split('\r\u001b[K')) expect(line.length).toBeLessThan(columns);
  });

  test('a long phase tells how fast it goes and how long it still takes', () => {
    const stderr = Object.assign(collector(), { isTTY: true, columns: 100 });
    let nowMs = 0;
    const progress = new Progress({ stderr, env: { TERM: 'xterm' } }, () => nowMs);
    for (nowMs = 0; nowMs <= 4000; nowMs += 1000) progress.update('vectorizing', nowMs * 2, 20_000, 'texts');
    for (; nowMs <= 8000; nowMs += 1000) progress.update('reading', nowMs, undefined, 'rows');
    const lines = stderr.text.split('\r\u001b[K');
    expect(lines).toContain('vectorizing ████████░░░░░░░░░░░░  40 %  2,000 texts/s  6 s left');
    expect(lines.at(-1)).toBe('reading 8,000  1,000 rows/s');
  });

  test('F163 without a terminal a plain line comes every ten seconds', () => {
    const stderr = collector();
    let nowMs = 0;
    const progress = new Progress({ stderr, env: {} }, () => nowMs);
    for (nowMs = 0; nowMs <= 150_000; nowMs += 5000) progress.update('fitting', nowMs, 300_000);
    const lines = stderr.text.trimEnd().split('\n');
    expect(lines).toHaveLength(15);
    expect(lines[0]).toBe('sparrow: fitting 3 %, 4 min 50 s left');
    expect(lines.at(-1)).toBe('sparrow: fitting 50 %, 2 min 30 s left');
    progress.hide();
    nowMs += 60_000;
    progress.update('fitting', nowMs, 300_000);
    expect(stderr.text.trimEnd().split('\n')).toHaveLength(15);
  });

  test('a sentence takes the line away first', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const stderr = Object.assign(collector(), { isTTY: true });
    const session = new Session({ stdin: new PassThrough(), stdout: collector(), stderr, env: {}, cwd: '/' });
    vi.advanceTimersByTime(200);
    session.progress.update('reading', 7);
    session.say('no.');
    vi.useRealTimers();
    expect(stderr.text).toBe('\r\u001b[Kreading 7\r\u001b[Ksparrow: no.\n');
  });
});
