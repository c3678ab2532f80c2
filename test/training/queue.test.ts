import { describe, expect, test } from 'vitest';
import { SparrowError } from '../../src/errors.ts';
import type { Job, JobResult } from '../../src/training/job.ts';
import { type QueueOptions, TrainingQueue } from '../../src/training/queue.ts';
import { FakeClock } from './fake-clock.ts';

const result: JobResult = { modelVersion: 'v1', isCurrent: true, trainOutput: null };

interface Run {
  job: Job;
  signal: AbortSignal;
  finish(result?: JobResult): void;
  fail(error: unknown): void;
}

/** A queue whose work the test ends by hand. */
function tryQueue(options: QueueOptions = {}) {
  const clock = new FakeClock();
  const runs: Run[] = [];
  const ended: Job[] = [];
  const work = (job: Job, signal: AbortSignal) =>
    new Promise<JobResult>((resolve, reject) => {
      runs.push({ job, signal, finish: (one = result) => resolve(one), fail: reject });
    });
  const queue = new TrainingQueue(work, { clock, onEnd: (job) => ended.push(job), ...options });
  return { queue, clock, runs, ended };
}

/** Let what is already decided take place. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await null;
}

describe('TrainingQueue', () => {
  test('goes from queued over started to finished, with times and result', async () => {
    const { queue, clock, runs, ended } = tryQueue();
    const job = await queue.submit('7', { reason: 'a test' });
    expect(job).toMatchObject({ project: '7', reason: 'a test', createdAt: 0, endedAt: null });
    await settle();
    expect(job.state).toBe('started');
    expect(queue.running('7')).toBe(job);
    clock.pass(50);
    runs[0]?.finish();
    await settle();
    expect(job).toMatchObject({ state: 'finished', startedAt: 0, endedAt: 50, error: null, result });
    expect(await queue.job(job.id)).toBe(job);
    expect(queue.running('7')).toBeNull();
    expect(ended).toEqual([job]);
  });

  test('F20 a thousand requests make one running and one waiting training', async () => {
    const { queue, runs } = tryQueue();
    const first = await queue.submit('7', { reason: '' });
    await settle();
    const jobs = await Promise.all(Array.from({ length: 1000 }, () => queue.submit('7', { reason: '' })));
    expect(new Set(jobs).size).toBe(1);
    expect(jobs[0]).not.toBe(first);
    expect(queue.size).toEqual({ running: 1, waiting: 1 });
    runs[0]?.finish();
    await settle();
    runs[1]?.finish();
    await settle();
    expect(queue.size).toEqual({ running: 0, waiting: 0 });
    expect(runs).toHaveLength(2);
  });

  test('projects take turns', async () => {
    const { queue, runs } = tryQueue();
    await queue.submit('a', { reason: '' });
    await queue.submit('b', { reason: '' });
    await queue.submit('a', { reason: '' });
    await queue.submit('c', { reason: '' });
    for (let i = 0; i < 4; i++) {
      await settle();
      runs[i]?.finish();
    }
    await settle();
    expect(runs.map(({ job }) => job.project)).toEqual(['a', 'b', 'a', 'c']);
  });

  test('runs several projects at once when told to, but never one project twice', async () => {
    const { queue, runs } = tryQueue({ concurrency: 2 });
    for (const project of ['a', 'a', 'b', 'c']) {
      await queue.submit(project, { reason: '' });
      await settle();
    }
    expect(runs.map(({ job }) => job.project)).toEqual(['a', 'b']);
    runs[1]?.finish();
    await settle();
    expect(runs.map(({ job }) => job.project)).toEqual(['a', 'b', 'c']);
    expect(queue.waiting('a')).not.toBeNull();
  });

  test('F26 a failing project leaves the others alone', async () => {
    const { queue, runs } = tryQueue({ concurrency: 2 });
    const bad = await queue.submit('bad', { reason: '' });
    const good = await queue.submit('good', { reason: '' });
    await settle();
    runs[0]?.fail(new SparrowError('NO_SPACE', 'The disk is full.'));
    runs[1]?.finish();
    await settle();
    expect(bad).toMatchObject({ state: 'failed', error: 'The disk is full.', errorCode: 'NO_SPACE' });
    expect(good.state).toBe('finished');
  });

  test('a bug fails the job with its message and without a code', async () => {
    const { queue, runs } = tryQueue();
    const job = await queue.submit('7', { reason: '' });
    await settle();
    runs[0]?.fail(new TypeError('x is not a function'));
    await settle();
    expect(job).toMatchObject({ state: 'failed', error: 'x is not a function', errorCode: null });
  });

  test('F28 a training that never ends is stopped at the time limit, and the next one starts', async () => {
    const { queue, clock, runs } = tryQueue({ timeLimitMs: 60_000 });
    const job = await queue.submit('7', { reason: '' });
    await settle();
    await queue.submit('8', { reason: '' });
    clock.pass(60_000);
    await settle();
    expect(job).toMatchObject({ state: 'failed', error: 'The training was stopped at its time limit of 1 min.' });
    expect(runs[0]?.signal.aborted).toBe(true);
    expect(runs[1]?.job.project).toBe('8');
  });

  test('F37 a clock that jumps neither ends a training early nor keeps one for ever', async () => {
    const { queue, clock } = tryQueue({ timeLimitMs: 60_000 });
    const job = await queue.submit('7', { reason: '' });
    await settle();
    clock.jump(365 * 24 * 3600_000);
    await settle();
    expect(job.state).toBe('started');
    clock.jump(-2 * 365 * 24 * 3600_000);
    clock.pass(60_000);
    await settle();
    expect(job.state).toBe('failed');
  });

  test('F37 a pause between trainings ends when the clock jumps back', async () => {
    const { queue, clock, runs } = tryQueue();
    await queue.submit('7', { reason: '' });
    await settle();
    clock.pass(5000);
    runs[0]?.finish();
    await settle();
    await queue.submit('7', { reason: '', isAutomatic: true });
    clock.jump(-3600_000);
    clock.pass(5000);
    await settle();
    expect(runs).toHaveLength(2);
  });

  test('F28 a training that hangs holds up nobody for longer than a minute, and hanging ones do not pile up', async () => {
    const { queue, clock, runs } = tryQueue();
    for (const project of ['hangs', 'b', 'c', 'd']) {
      await queue.submit(project, { reason: '' });
      await settle();
    }
    expect(runs).toHaveLength(1);
    clock.pass(60_000);
    await settle();
    expect(runs.map(({ job }) => job.project)).toEqual(['hangs', 'b']);
    runs[1]?.finish();
    await settle();
    clock.pass(60_000);
    await settle();
    expect(runs.map(({ job }) => job.project)).toEqual(['hangs', 'b', 'c']);
    expect(queue.size).toEqual({ running: 2, waiting: 1 });
  });

  test('F27 a project whose trainings break takes ever less of the time, until one does not', async () => {
    const { queue, clock, runs } = tryQueue({ longestFailurePauseMs: 60_000 });
    const pauses: number[] = [];
    for (let i = 0; i < 8; i++) {
      await queue.submit('poison', { reason: '', isAutomatic: true });
      const before = clock.now();
      for (; runs.length === i; clock.pass(1000)) await settle();
      pauses.push(Math.max(0, clock.now() - before - 1000) / 1000);
      if (i === 6) runs[i]?.finish();
      else runs[i]?.fail(new SparrowError('OUT_OF_MEMORY', 'Too much.'));
      await settle();
    }
    // The one that ended well took as long as this loop's last step.
    expect(pauses).toEqual([0, 2, 4, 8, 16, 32, 60, 1]);
  });

  test('F25 cancelling ends the running and the waiting training of the project', async () => {
    const { queue, ended } = tryQueue();
    const running = await queue.submit('7', { reason: '' });
    await settle();
    const waiting = await queue.submit('7', { reason: '' });
    queue.cancel('7', 'The project was deleted.');
    await settle();
    for (const job of [running, waiting]) {
      expect(job).toMatchObject({ state: 'canceled', error: 'The project was deleted.', errorCode: 'GONE' });
    }
    expect(ended).toHaveLength(2);
  });

  test('an automatic training waits as long as the last one took; a wanted one does not', async () => {
    const { queue, clock, runs } = tryQueue();
    await queue.submit('7', { reason: '' });
    await settle();
    clock.pass(5000);
    runs[0]?.finish();
    await settle();
    const automatic = await queue.submit('7', { reason: '', isAutomatic: true });
    await settle();
    expect(automatic.state).toBe('queued');
    clock.pass(4999);
    await settle();
    expect(automatic.state).toBe('queued');
    clock.pass(1);
    await settle();
    expect(automatic.state).toBe('started');
    clock.pass(5000);
    runs[1]?.finish();
    await settle();
    const paused = await queue.submit('7', { reason: '', isAutomatic: true });
    expect(await queue.submit('7', { reason: '' })).toBe(paused);
    await settle();
    expect(paused.state).toBe('started');
  });

  test('drain does what waits, without pauses', async () => {
    const clock = new FakeClock();
    const seen: string[] = [];
    const queue = new TrainingQueue(
      async ({ project }) => {
        seen.push(project);
        clock.pass(1000);
        return result;
      },
      { clock },
    );
    await queue.submit('7', { reason: '' });
    await queue.drain();
    await queue.submit('7', { reason: '', isAutomatic: true });
    await queue.submit('8', { reason: '', isAutomatic: true });
    await queue.drain();
    expect(seen.sort()).toEqual(['7', '7', '8']);
  });

  test('refuses more waiting projects than it is meant for', async () => {
    const { queue } = tryQueue({ mostWaiting: 2 });
    await queue.submit('a', { reason: '' });
    await queue.submit('b', { reason: '' });
    await queue.submit('c', { reason: '' });
    await expect(queue.submit('d', { reason: '' })).rejects.toMatchObject({ code: 'BUSY' });
    await queue.submit('b', { reason: '' });
  });

  test('forgets the oldest ended jobs, never one that is not over', async () => {
    const queue = new TrainingQueue(async () => result, { mostKept: 3 });
    const jobs: Job[] = [];
    for (let i = 0; i < 5; i++) {
      jobs.push(await queue.submit(String(i), { reason: '' }));
      await queue.drain();
    }
    const kept = await Promise.all(jobs.map(({ id }) => queue.job(id)));
    expect(kept.map((job) => job?.project ?? null)).toEqual([null, null, '2', '3', '4']);
  });

  test('F35 stop ends what runs, starts nothing more and takes no new work', async () => {
    const { queue, runs } = tryQueue();
    const running = await queue.submit('7', { reason: '' });
    await settle();
    const waiting = await queue.submit('8', { reason: '' });
    await queue.stop();
    expect([running.state, waiting.state]).toEqual(['canceled', 'canceled']);
    expect(runs).toHaveLength(1);
    await expect(queue.submit('9', { reason: '' })).rejects.toMatchObject({ code: 'BUSY' });
  });
});
