import { describe, expect, test } from 'vitest';
import { EventLog, type NewEvent } from '../../src/server/event-log.ts';

function predicted(project: string, modelVersion = 'v1'): NewEvent {
  return { kind: 'predict', project, status: 200, did: 'predicted', modelVersion, tasks: 2 };
}

function webhook(project: string): NewEvent {
  return { kind: 'webhook', action: 'ANNOTATION_CREATED', project, did: 'kept the annotations' };
}

describe('EventLog', () => {
  test('answers newest first, by project and after a number', () => {
    const log = new EventLog({ now: () => 0 });
    for (const project of ['7', '8', '7']) log.add(webhook(project));
    expect(log.recent().map(({ seq }) => seq)).toEqual([3, 2, 1]);
    expect(log.recent({ project: '7' }).map(({ seq }) => seq)).toEqual([3, 1]);
    expect(log.recent({ after: 2 }).map(({ seq }) => seq)).toEqual([3]);
    expect(log.recent()[0]).toMatchObject({ at: '1970-01-01T00:00:00.000Z', times: 1 });
  });

  test('F71 counts requests that come over and over in place of listing them', () => {
    const log = new EventLog();
    for (let i = 0; i < 1000; i++) {
      log.addRepeated({ kind: 'setup', project: '7', did: 'answered with v1', modelVersion: 'v1' });
      log.addRepeated(predicted('7'));
    }
    expect(log.recent()).toMatchObject([
      { kind: 'predict', times: 1000, tasks: 2000 },
      { kind: 'setup', times: 1000 },
    ]);
  });

  test('starts a new count when the version changes or something else happened to the project', () => {
    const log = new EventLog();
    log.addRepeated(predicted('7'));
    log.addRepeated(predicted('7', 'v2'));
    log.add(webhook('8'));
    log.addRepeated(predicted('7', 'v2'));
    log.add(webhook('7'));
    log.addRepeated(predicted('7', 'v2'));
    expect(log.recent({ project: '7' }).map(({ kind, times }) => [kind, times])).toEqual([
      ['predict', 1],
      ['webhook', 1],
      ['predict', 2],
      ['predict', 1],
    ]);
  });

  test('keeps the last ones only, and does not count into one that is gone', () => {
    const log = new EventLog({ most: 3 });
    log.addRepeated(predicted('7'));
    for (let i = 0; i < 3; i++) log.add(webhook('8'));
    log.addRepeated(predicted('7'));
    expect(log.recent().map(({ seq, times }) => [seq, times])).toEqual([
      [5, 1],
      [4, 1],
      [3, 1],
    ]);
  });

  test('tells listeners of new entries until they leave', () => {
    const log = new EventLog();
    const heard: number[] = [];
    const stop = log.listen(({ seq }) => heard.push(seq));
    log.add(webhook('7'));
    log.addRepeated(predicted('7'));
    log.addRepeated(predicted('7'));
    stop();
    log.add(webhook('7'));
    expect(heard).toEqual([1, 2]);
  });
});
