import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { openLogs } from '../../src/server/logs.ts';

const folder = mkdtempSync(join(tmpdir(), 'sparrow-logs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function said(stream: PassThrough): string[] {
  const text = String(stream.read() ?? '');
  return messagesIn(text);
}

function messagesIn(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).msg);
}

test('LOG_DIR keeps what the server does and what trainings do apart, and standard output has both', async () => {
  const dir = join(folder, 'a/b');
  const output = new PassThrough();
  const logs = openLogs({ level: 'info', dir, output });
  logs.log.info({}, 'listening');
  logs.trainingLog.warn({ project: '7' }, 'trained');
  logs.log.debug({}, 'not asked for');
  await logs.end();
  expect(said(output)).toEqual(['listening', 'trained']);
  expect(messagesIn(readFileSync(join(dir, 'server.log'), 'utf8'))).toEqual(['listening']);
  expect(messagesIn(readFileSync(join(dir, 'training.log'), 'utf8'))).toEqual(['trained']);
  const again = openLogs({ level: 'info', dir, output: new PassThrough() });
  again.log.error({}, 'again');
  await again.end();
  expect(messagesIn(readFileSync(join(dir, 'server.log'), 'utf8'))).toEqual(['listening', 'again']);
});

test('without LOG_DIR everything is on standard output', async () => {
  const output = new PassThrough();
  const logs = openLogs({ level: 'warn', dir: null, output });
  logs.log.warn({}, 'one');
  logs.trainingLog.info({}, 'not asked for');
  await logs.end();
  expect(said(output)).toEqual(['one']);
});

test('a LOG_DIR that cannot be written stops the start with a sentence', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => openLogs({ level: 'info', dir: join(file, 'x'), output: new PassThrough() })).toThrow(
    /^LOG_DIR cannot be written: /,
  );
});
