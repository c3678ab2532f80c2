// Regular expressions of ours on input that is made to make them run back and forth, at two sizes: the time grows with
// the length, not with its square. And log lines on values that are made to break out of them.
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { annotationTime } from '../../src/labelstudio/annotation-time.ts';
import { projectIdOf } from '../../src/labelstudio/project-id.ts';
import { readProjectRef } from '../../src/projects/project-ref.ts';
import { LogOutput } from '../../src/server/log-output.ts';
import { routePathOf } from '../../src/server/route-path.ts';
import { counterOf } from '../../src/store/version-name.ts';
import { tryApp } from '../server/try-app.ts';

function answered(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

const times = (part: string) => (n: number) => part.repeat(Math.ceil(n / part.length));

const readers: readonly [name: string, read: (text: string) => unknown, shapes: ((n: number) => string)[]][] = [
  [
    'paths',
    (path) => routePathOf(new Request(`http://x/${path}`)),
    [times('a/'), times('-.'), times('%25'), (n) => `${times('a')(n)}/predict`, (n) => `${times('/a')(n)}!`],
  ],
  ['projects', readProjectRef, [times('1'), times('7.'), (n) => `${times(' ')(n)}7`, (n) => `7.${times('0')(n)}!`]],
  ['project ids', projectIdOf, [times('1'), times('.'), times('a-'), (n) => `${times(' ')(n)}!`]],
  ['versions', counterOf, [times('v000001'), (n) => `v${times('0')(n)}-`, times('-')]],
  [
    'times',
    (at) => annotationTime({ id: 1, updated_at: at }),
    [times('2026-01-02T'), (n) => `2026-01-02T03:10:00.${times('0')(n)}!`, times('+')],
  ],
];

describe('F123 patterns', () => {
  test.each(readers)('F123 that read %s take no longer than the text is long', (_, read, shapes) => {
    const timeOf = (text: string) => {
      const began = performance.now();
      answered(() => read(text));
      return performance.now() - began;
    };
    for (const shape of shapes) {
      const [short, long] = [shape(20_000), shape(160_000)];
      const least = Math.min(...[1, 2, 3].map(() => timeOf(short)));
      // Eight times as long; with the square of it, 64 times.
      expect(Math.min(...[1, 2, 3].map(() => timeOf(long)))).toBeLessThan(24 * Math.max(least, 1));
    }
  });

  test.each([
    ['authorization', (n: number) => `Basic ${' '.repeat(n)}x`],
    ['authorization', (n: number) => `Basic ${'A'.repeat(n)}!`],
    ['authorization', (n: number) => `Basic ${'A='.repeat(n / 2)}`],
    ['content-type', (n: number) => `application/json;${' '.repeat(n)}x`],
    ['content-type', (n: number) => `${' '.repeat(n)}application/json`],
    ['content-type', (n: number) => `application/json${';charset="x'.repeat(n / 11)}`],
    ['accept', (n: number) => 'text/plain;'.repeat(n / 11)],
    ['x-request-id', (n: number) => 'a'.repeat(n)],
  ])('F123 that read the header %s take no longer than it is long', async (name, shape) => {
    const app = tryApp({ auth: { user: 'me', password: 'x' } });
    const authorization = `Basic ${Buffer.from('me:x').toString('base64')}`;
    const timeOf = async (value: string) => {
      const began = performance.now();
      for (let i = 0; i < 5; i++) await app.post('/metrics', '{}', { authorization, [name]: value });
      return performance.now() - began;
    };
    await timeOf('x');
    // As long as headers may be, and longer.
    const [short, long] = [await timeOf(shape(11_000)), await timeOf(shape(88_000))];
    expect(long).toBeLessThan(24 * Math.max(short, 5));
  });
});

test('F125 line feeds and terminal escapes stay inside their log line', async () => {
  const written: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(piece: string, _, done) {
      written.push(piece);
      done();
    },
  });
  const output = new LogOutput(stream);
  const log = pino({ base: null }, output);
  const hostile = '\u001b[2J\u001b]0;title\u0007\r\n{"level":60,"msg":"forged"}\u2028\u0000\u007f\u009b31m';
  log.warn({ project: hostile, [hostile]: 1 }, hostile);
  await output.end(1000);
  const line = written.join('');
  expect(line.indexOf('\n')).toBe(line.length - 1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(line).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/);
  expect(JSON.parse(line)).toMatchObject({ msg: hostile, project: hostile });
});
