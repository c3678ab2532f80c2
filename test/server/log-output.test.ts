import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { LogOutput } from '../../src/server/log-output.ts';

/** A stream whose reader takes the next piece when the test says so. */
function slowStream() {
  const pieces: string[] = [];
  let release = () => {};
  const stream = new Writable({
    decodeStrings: false,
    write(piece: string, _, done) {
      pieces.push(piece);
      release = done;
    },
  });
  return { stream, pieces, release: () => release() };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('LogOutput', () => {
  test('writes the lines of one turn together, and the next when those are gone', async () => {
    const { stream, pieces, release } = slowStream();
    const output = new LogOutput(stream);
    output.write('a\n');
    output.write('b\n');
    await turn();
    output.write('c\n');
    output.write('d\n');
    await turn();
    expect(pieces).toEqual(['a\nb\n']);
    release();
    expect(pieces).toEqual(['a\nb\n', 'c\nd\n']);
  });

  test('F157 drops and counts what nobody reads, and goes on when somebody does', async () => {
    const { stream, pieces, release } = slowStream();
    let dropped = 0;
    const output = new LogOutput(stream, { mostBytes: 10, onDropped: () => dropped++ });
    for (let i = 0; i < 1000; i++) output.write('12345\n');
    expect(dropped).toBe(999);
    await turn();
    release();
    output.write('again\n');
    await turn();
    expect(pieces).toEqual(['12345\n', 'again\n']);
    expect(dropped).toBe(999);
  });

  test('F157 a reader that is gone costs the lines and nothing else', async () => {
    let dropped = 0;
    const stream = new Writable({ write: (_, __, done) => done(new Error('EPIPE')) });
    const output = new LogOutput(stream, { onDropped: () => dropped++ });
    output.write('lost\n');
    await turn();
    await turn();
    output.write('lost too\n');
    expect(dropped).toBe(1);
    await output.end(10_000);
  });

  test('ends when all is written, or when its time is over', async () => {
    const { stream, pieces, release } = slowStream();
    const output = new LogOutput(stream);
    output.write('a\n');
    await output.end(1);
    expect(pieces).toEqual(['a\n']);
    const ended = output.end(10_000);
    release();
    await ended;
  });
});
