// Trainings as jobs on Redis: one queue for each server, one worker for each worker process, all in this one.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SparrowError } from '../../src/errors.ts';
import { BullmqQueue } from '../../src/training/bullmq-queue.ts';
import { BullmqWorker, type HeldWork } from '../../src/training/bullmq-worker.ts';
import type { Job, JobResult } from '../../src/training/job.ts';
import { connect, hasRedis, pause, type RedisServer, redisForTest, startRedis, until } from '../store/redis-server.ts';

const result: JobResult = { modelVersion: 'v1', isCurrent: true, trainOutput: null };

interface Run {
  job: Job;
  signal: AbortSignal;
  worker: number;
  finish(result?: JobResult): void;
  fail(error: unknown): void;
}

describe.skipIf(!hasRedis)('BullmqQueue and BullmqWorker', () => {
  let redis: RedisServer;
  let made = 0;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(() => redis.end());

  /** A queue and workers that share a prefix of their own; the test ends the work by hand. */
  async function tryQueue({ workers = 1, concurrency = 1, on = redis, lockMs = 15_000, longestPauseMs = 0 } = {}) {
    const prefix = `sparrow-${made++}`;
    const channel = `${prefix}:news`;
    const runs: Run[] = [];
    const ended: Job[] = [];
    // What happens counts here, not within which time on a machine with much else to do.
    const connection = await connect(on, { prefix, patienceMs: 2000 });
    const queue = await BullmqQueue.open({ redis: connection, channel, retryMs: 20 });
    queue.onEnd((job) => ended.push(job));
    onTestFinished(() => queue.stop());
    await connection.listen(channel, (message) => void queue.hear(JSON.parse(message)).catch(() => {}));
    const startWorker = async (worker: number) => {
      const work: HeldWork = (job, signal) =>
        new Promise<JobResult>((resolve, reject) => {
          runs.push({ job, signal, worker, finish: (one = result) => resolve(one), fail: reject });
        });
      const own = await connect(on, { prefix, patienceMs: 2000 });
      const options = { redis: own, channel, concurrency, lockMs, longestPauseMs };
      const made = await BullmqWorker.open(work, options);
      await own.listen(channel, (message) => made.hear(JSON.parse(message)));
      onTestFinished(() => made.close());
      return made;
    };
    const all: BullmqWorker[] = [];
    for (let i = 0; i < workers; i++) all.push(await startWorker(i));
    const started = (count: number) =>
      until(
        () => runs.length,
        (length) => length >= count,
      );
    return { queue, runs, ended, workers: all, started, connection };
  }

  test('a job goes from queued over started to finished, with its progress and its result, for every server', async () => {
    const { queue, runs, ended, started } = await tryQueue();
    const job = await queue.submit('7', { reason: 'a test' });
    expect(job).toMatchObject({ project: '7', reason: 'a test', endedAt: null, error: null });
    await started(1);
    expect(runs[0]?.job).toMatchObject({ id: job.id, project: '7', state: 'started' });
    runs[0]!.job.progress = { phase: 'fit', done: 1, total: 2 };
    await until(
      () => queue.job(job.id),
      (seen) => seen?.progress?.done === 1,
    );
    await until(
      () => queue.running('7'),
      (seen) => seen?.id === job.id,
    );
    runs[0]!.finish();
    await until(
      () => ended.length,
      (length) => length === 1,
    );
    expect(ended[0]).toMatchObject({ id: job.id, state: 'finished', result });
    expect(await queue.job(job.id)).toEqual(ended[0]);
    expect(queue.running('7')).toBeNull();
    expect(queue.size).toEqual({ running: 0, waiting: 0 });
  });

  test('F20 a thousand requests make one running and one waiting job, whose id all of them get', async () => {
    const { queue, runs, started } = await tryQueue();
    const first = await queue.submit('7', { reason: '' });
    await started(1);
    const automatic = Array.from({ length: 950 }, () => queue.submit('7', { reason: '', isAutomatic: true }));
    const asked = Array.from({ length: 50 }, () => queue.submit('7', { reason: '' }));
    const ids = new Set((await Promise.all([...automatic, ...asked])).map(({ id }) => id));
    expect(ids.size).toBe(1);
    const [second = ''] = ids;
    expect(second).not.toBe(first.id);
    expect(await queue.job(second)).toMatchObject({ state: 'queued', project: '7' });
    runs[0]!.finish();
    await started(2);
    expect(runs[1]!.job.id).toBe(second);
    runs[1]!.finish();
    await queue.drain();
    await pause(50);
    expect(runs).toHaveLength(2);
  });

  test('projects take turns, and one project never runs twice at a time', async () => {
    const { queue, runs, started } = await tryQueue({ workers: 2 });
    for (const project of ['a', 'a', 'b', 'c']) await queue.submit(project, { reason: '' });
    await started(2);
    await queue.submit('a', { reason: '' });
    expect(runs.map(({ job }) => job.project).sort()).toEqual(['a', 'b']);
    runs[0]!.finish();
    await started(3);
    runs[1]!.finish();
    await started(4);
    expect(runs.map(({ job }) => job.project).slice(2)).toEqual(['c', 'a']);
    for (const run of runs.slice(2)) run.finish();
    await queue.drain();
  });

  test('what fails is tried again with a pause, what is hopeless is not, and the reason is told', async () => {
    const { queue, runs, started } = await tryQueue();
    const job = await queue.submit('7', { reason: '' });
    await started(1);
    runs[0]!.fail(new SparrowError('IO_FAILED', 'The disk is away.'));
    await started(2);
    expect(runs[1]!.job.id).toBe(job.id);
    runs[1]!.fail(new SparrowError('TOO_FEW_LABELS', 'Two classes are needed.'));
    const failed = await until(
      () => queue.job(job.id),
      (seen) => seen?.state === 'failed',
    );
    expect(failed).toMatchObject({ error: 'Two classes are needed.', errorCode: 'TOO_FEW_LABELS', result: null });
    const bug = await queue.submit('8', { reason: '' });
    for (let i = 2; i < 5; i++) {
      await started(i + 1);
      runs[i]!.fail(new TypeError('x is not a function'));
    }
    const broken = await until(
      () => queue.job(bug.id),
      (seen) => seen?.state === 'failed',
    );
    expect(broken).toMatchObject({ error: 'x is not a function', errorCode: null });
  });

  test('an automatic job waits as long as the last one took; a wanted one does not', async () => {
    const { queue, runs, started } = await tryQueue({ longestPauseMs: 60_000 });
    await queue.submit('7', { reason: '' });
    await started(1);
    await pause(900);
    runs[0]!.finish();
    await queue.drain();
    const automatic = await queue.submit('7', { reason: '', isAutomatic: true });
    await pause(150);
    expect(runs).toHaveLength(1);
    expect((await queue.submit('7', { reason: '' })).id).toBe(automatic.id);
    await started(2);
    runs[1]!.finish();
  });

  test('F25 cancelling ends the running and the waiting job of the project', async () => {
    const { queue, runs, started } = await tryQueue();
    const running = await queue.submit('7', { reason: '' });
    await started(1);
    const waiting = await queue.submit('8', { reason: '' });
    await queue.cancel('8', 'The project was deleted.');
    await queue.cancel('7', 'The project was deleted.');
    const ended = await until(
      () => queue.job(running.id),
      (seen) => seen?.endedAt != null,
    );
    expect(ended).toMatchObject({ state: 'canceled', error: 'The project was deleted.', errorCode: 'GONE' });
    expect(runs[0]!.signal.aborted).toBe(true);
    expect(await queue.job(waiting.id)).toBeNull();
  });

  test('F35 a worker that is stopped puts its job back, and another one does it', async () => {
    const { queue, runs, workers, started } = await tryQueue({ workers: 2 });
    const job = await queue.submit('7', { reason: '' });
    await started(1);
    const began = performance.now();
    await workers[runs[0]!.worker]!.close();
    expect(performance.now() - began).toBeLessThan(3000);
    await started(2);
    expect(runs[1]!.job.id).toBe(job.id);
    expect(runs[1]!.worker).not.toBe(runs[0]!.worker);
    runs[1]!.finish();
    await until(
      () => queue.job(job.id),
      (seen) => seen?.state === 'finished',
    );
  });

  test('F42 a Redis that was killed comes back with each job once', async () => {
    const own = await redisForTest(['--appendonly', 'yes', '--appendfsync', 'always']);
    const { queue, runs, started, connection } = await tryQueue({ on: own });
    const first = await queue.submit('7', { reason: '' });
    await started(1);
    const second = await queue.submit('8', { reason: '' });
    await own.kill();
    await expect(queue.submit('9', { reason: '' })).rejects.toMatchObject({ code: 'BUSY' });
    await own.start();
    await until(
      () => connection.problem,
      (problem) => problem === null,
    );
    runs[0]!.finish();
    await started(2);
    runs[1]!.finish();
    for (const { id } of [first, second])
      await until(
        () => queue.job(id),
        (seen) => seen?.state === 'finished',
      );
    await pause(100);
    expect(runs).toHaveLength(2);
  });

  test('F45 a job whose lock ran out goes to another worker, and the first one hears that it lost it', async () => {
    const { queue, runs, started, connection } = await tryQueue({ workers: 2, lockMs: 600 });
    const job = await queue.submit('7', { reason: '' });
    await started(1);
    await connection.client.set(`${connection.prefix}:trainings:${job.id}:lock`, 'somebody else', 'PX', 100);
    await started(2);
    expect(runs[1]!.job.id).toBe(job.id);
    await until(
      () => runs[0]!.signal.aborted,
      (isAborted) => isAborted,
    );
    expect(runs[0]!.signal.reason).toMatchObject({ code: 'GONE' });
    runs[1]!.finish();
    await until(
      () => queue.job(job.id),
      (seen) => seen?.state === 'finished',
    );
  });

  test('ids that are not ours are unknown', async () => {
    const { queue } = await tryQueue({ workers: 0 });
    for (const id of ['', 'x', '../..', 'meta', 'wait', '0'.repeat(32)]) expect(await queue.job(id)).toBeNull();
  });

  test.each([false, true])(
    'a worker ends at once also while a connection of its own is about to be made anew (at work: %s)',
    async (isAtWork) => {
      const { queue, runs, workers, started, connection } = await tryQueue();
      if (isAtWork) {
        await queue.submit('7', { reason: '' });
        await started(1);
        await connection.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      } else {
        const waits = /id=(\d+) [^\n]*cmd=bzpopmin/;
        const list = await until(
          async () => String(await connection.client.call('CLIENT', 'LIST')),
          (clients) => waits.test(clients),
        );
        await connection.client.call('CLIENT', 'KILL', 'ID', waits.exec(list)?.[1] ?? '');
      }
      await pause(5);
      const since = performance.now();
      await workers[0]!.close();
      // What is at work is put back first, which takes as long as a new connection does.
      expect(performance.now() - since).toBeLessThan(isAtWork ? 4500 : 3000);
      expect(runs.map(({ signal }) => signal.aborted)).toEqual(isAtWork ? [true] : []);
    },
  );
});
