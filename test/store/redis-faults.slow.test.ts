// Redis away, silent, full, read-only, strict, or empty: what the journal and the store in it do then.
import { connect as connectTo, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MemoryJournal } from '../../src/store/memory-journal.ts';
import { RedisJournal } from '../../src/store/redis-journal.ts';
import { lostProjects, restoreIndex } from '../../src/store/redis-restore.ts';
import { RedisStore } from '../../src/store/redis-store.ts';
import { SharedDirectory } from '../../src/store/shared-directory.ts';
import { all, annotation, labels, randomFrom, randomRecords, task } from '../conformance/journal.ts';
import { codeOf, version } from '../conformance/model-store.ts';
import { emptyDirectory } from './places.ts';
import { connect, freePort, hasRedis, pause, type RedisServer, redisForTest, until } from './redis-server.ts';
import { StepFiles } from './step-files.ts';

/** Twice what is promised, as others work on the same cores. */
const everyWebhookMs = 400;

/** The error of something that must fail, and how long that took. */
async function failureOf(work: () => Promise<unknown>): Promise<{ code: string; message: string; ms: number }> {
  const started = performance.now();
  try {
    await work();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message, ms: performance.now() - started };
  }
  throw new Error('it did not fail');
}

async function openAll(redis: Pick<RedisServer, 'url'>, dir = emptyDirectory(), giveUpMs = 5000) {
  const warnings: string[] = [];
  const onWarning = (message: string) => void warnings.push(message);
  const files = new SharedDirectory({ dir, files: new StepFiles() });
  const connection = await connect(redis, {
    giveUpMs,
    onWarning,
    prepare: (one) => restoreIndex(one, files, onWarning),
  });
  const store = new RedisStore({ redis: connection, files, onWarning });
  onTestFinished(() => store.close());
  return { connection, store, journal: new RedisJournal(connection), warnings, dir };
}

/** Stands between a client and Redis, and can be slow or silent. */
async function startProxy(redisPort: number) {
  const proxy = { port: 0, delayMs: 0, isSilent: false };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connectTo(redisPort, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      let isForgotten = false;
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.on('data', (bytes) => {
        isForgotten ||= proxy.isSilent;
        if (isForgotten) return;
        if (proxy.delayMs === 0) to.write(bytes);
        else setTimeout(() => to.write(bytes), proxy.delayMs);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address !== null && typeof address !== 'string') proxy.port = address.port;
  return proxy;
}

describe.skipIf(!hasRedis)('Redis', () => {
  test('F40 not there at the start: what it holds is refused with a sentence, and it is found when it comes', async () => {
    const redis = await redisForTest();
    await redis.kill();
    const { connection, journal, store, warnings } = await openAll(redis);
    const failure = await failureOf(() => journal.append('7', [task('1')]));
    expect(failure).toMatchObject({
      code: 'BUSY',
      message: expect.stringMatching(/REDIS_URL, 127.0.0.1:\d+\) does not answer/),
    });
    expect(connection.problem).toMatch(/does not answer \(ECONNREFUSED\); check that it runs/);
    expect(warnings).toHaveLength(1);
    expect(await store.current('7')).toBeNull();
    await redis.start();
    await until(
      () => connection.problem,
      (problem) => problem === null,
    );
    await journal.append('7', [task('1'), annotation('10', '1', 0)]);
  });

  test('F41 F42 killed: appends fail at once, nothing acknowledged is lost, and all goes on by itself', async () => {
    const redis = await redisForTest();
    const { connection, journal } = await openAll(redis);
    const kept = new Set<string>();
    const refused = new Set<unknown>();
    let isKilled = false;
    const slowest = { ms: 0 };
    const writing = (async () => {
      for (let id = 0; !isKilled || connection.problem !== null; id++) {
        const started = performance.now();
        const done = journal.append('7', [task(`${id}`), annotation(`${id}`, `${id}`, 0)]);
        await done.then(
          () => kept.add(`${id}`),
          ({ code }) => refused.add(code),
        );
        slowest.ms = Math.max(slowest.ms, performance.now() - started);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    await until(
      () => kept.size,
      (size) => size > 50,
    );
    await redis.kill();
    isKilled = true;
    await until(
      () => connection.problem,
      (problem) => problem !== null,
    );
    await redis.start();
    await writing;
    expect(slowest.ms).toBeLessThan(everyWebhookMs);
    expect([...refused]).toEqual(['BUSY']);
    const found = new Set((await all(journal)).map(({ id }) => id));
    for (const id of kept) expect(found.has(id), id).toBe(true);
  });

  test('F41 F46 stopped in the middle: one call waits, the rest fail at once, reads go on from what was seen', async () => {
    const redis = await redisForTest();
    const { connection, journal, store } = await openAll(redis);
    const put = await store.put('7', version('one'));
    await store.setCurrent('7', put.version);
    await store.current('7');
    redis.signal('SIGSTOP');
    const first = await failureOf(() => journal.append('7', [task('1')]));
    expect(first).toMatchObject({ code: 'BUSY', message: expect.stringContaining('nothing came in time') });
    expect(first.ms).toBeLessThan(everyWebhookMs);
    expect((await failureOf(() => journal.append('7', [task('1')]))).ms).toBeLessThan(20);
    expect(await store.current('7')).toEqual(put);
    expect(Buffer.from(await store.read('7', put.version, 'model.safetensors')).toString()).toBe('one');
    redis.signal('SIGCONT');
    await until(
      () => connection.problem,
      (problem) => problem === null,
    );
    await journal.append('7', [task('2'), annotation('20', '2', 0)]);
    expect(await labels(journal)).toContain('2 Sport');
  });

  test('F46 a slow network, and then one that takes everything and gives nothing, count as no answer', async () => {
    const redis = await redisForTest();
    const proxy = await startProxy(redis.port);
    const { connection, journal } = await openAll({ url: `redis://127.0.0.1:${proxy.port}` }, undefined, 400);
    await journal.append('7', [task('1')]);
    proxy.delayMs = 500;
    expect((await failureOf(() => journal.append('7', [task('2')]))).ms).toBeLessThan(everyWebhookMs);
    proxy.delayMs = 0;
    await until(
      () => connection.problem,
      (problem) => problem === null,
    );
    proxy.isSilent = true;
    expect((await failureOf(() => journal.append('7', [task('3')]))).ms).toBeLessThan(everyWebhookMs);
    await pause(100);
    proxy.isSilent = false; // for new connections only: the old one has been forgotten on the way
    await until(
      () => connection.problem,
      (problem) => problem === null,
    );
    await journal.append('7', [task('4'), annotation('40', '4', 0)]);
    expect(await labels(journal)).toEqual(['4 Sport']);
  });

  test('F42 restarted with its append-only file it has everything', async () => {
    const redis = await redisForTest(['--appendonly', 'yes', '--appendfsync', 'always']);
    const { connection, journal, store } = await openAll(redis);
    await journal.append('7', [task('1'), annotation('10', '1', 0)]);
    const put = await store.put('7', version('one'));
    await store.setCurrent('7', put.version, null);
    await redis.kill();
    await redis.start();
    await until(
      () => connection.problem,
      (problem) => problem === null,
    );
    expect(await labels(journal)).toEqual(['1 Sport']);
    expect(await store.current('7')).toEqual(put);
    expect(await lostProjects(connection)).toEqual([]);
  });

  test('F43 restarted empty, models, pointers and states come back from their files, and the loss is told', async () => {
    const redis = await redisForTest(['--appendonly', 'no']);
    const { connection, journal, store, warnings } = await openAll(redis);
    expect(warnings).toEqual([expect.stringMatching(/no append-only file and loses annotations when it restarts/)]);
    const [first, second] = [await store.put('7', version('one')), await store.put('7', version('two'))];
    await store.setCurrent('7', first.version);
    await store.setState('7', { labelConfig: '<View/>' });
    await store.pin('7', second.version, true);
    await store.deleteProject('8');
    await journal.append('7', [task('1'), annotation('10', '1', 0)]);
    await store.close(); // the notes are written
    await redis.kill();
    await redis.start();
    await until(
      () => connection.problem,
      (problem) => problem === null,
    );
    expect(await store.current('7')).toEqual(first);
    expect(await store.versions('7')).toEqual([second, first]);
    expect(await store.getState('7')).toEqual({ labelConfig: '<View/>' });
    expect(await store.pinned('7')).toEqual([second.version]);
    expect(await lostProjects(connection)).toEqual(['7']);
    expect(warnings.at(-1)).toMatch(
      /1 projects were restored from their files: their models serve, their annotations are gone/,
    );
    const third = await store.put('7', version('three'));
    expect(third.version).toMatch(/^v000003-/);
  });

  test('F43 flushed under a running server, it is filled again at the next look and never shown as empty', async () => {
    const redis = await redisForTest();
    const { store } = await openAll(redis);
    const put = await store.put('7', version('one'));
    await store.setCurrent('7', put.version, null);
    await store.close();
    await redis.command('FLUSHALL');
    for (let i = 0; i < 50; i++) expect(await store.current('7')).toEqual(put);
    await until(
      () => redis.command('EXISTS', 'sparrow:format'),
      (there) => there === 1,
    );
    expect(await store.projects()).toEqual(['7']);
    await store.setCurrent('7', put.version, put.version);
  });

  test('F43 a directory of an embedded server is taken over, with its versions and its pointer', async () => {
    const { FileStore } = await import('../../src/store/file-store.ts');
    const dir = emptyDirectory();
    const embedded = await FileStore.open({ dir, files: new StepFiles() });
    const [first] = [await embedded.put('7', version('one')), await embedded.put('7', version('two'))];
    await embedded.setCurrent('7', first.version);
    await embedded.setState('7', { title: 'News' });
    await embedded.deleteProject('gone');
    await embedded.close();
    const { store } = await openAll(await redisForTest(), dir);
    expect(await store.current('7')).toEqual(first);
    expect(await store.getState('7')).toEqual({ title: 'News' });
    expect((await store.put('7', version('three'))).version).toMatch(/^v000003-/);
  });

  test.each([
    ['a wrong password', ['--requirepass', 'right'], ':wrong@', /refuses the user or password in REDIS_URL/],
    ['no password', ['--requirepass', 'right'], '', /refuses the user or password in REDIS_URL/],
    [
      'a user without rights',
      ['--user', 'weak', 'on', '>pw', '~*', '+@connection', '+info'],
      'weak:pw@',
      /does not allow the user in REDIS_URL/,
    ],
  ])('F47 %s is named, without the password, and tried again', async (_, settings, login, expected) => {
    const redis = await redisForTest(settings);
    const { connection, journal, warnings } = await openAll({ url: redis.url.replace('//', `//${login}`) });
    const failure = await failureOf(() => journal.append('7', [task('1')]));
    expect(failure.code).toBe('BUSY');
    expect([connection.problem, failure.message, ...warnings].join('\n')).toMatch(expected);
    expect([connection.problem, failure.message, ...warnings].join('\n')).not.toMatch(/wrong|right|pw/);
  });

  test('F47 no memory left is told as such, and reads go on', async () => {
    const redis = await redisForTest();
    const { connection, journal } = await openAll(redis);
    await journal.append('7', [task('1'), annotation('10', '1', 0)]);
    await redis.command('CONFIG', 'SET', 'maxmemory', '1mb');
    const failure = await failureOf(() => journal.append('7', [task('2'), annotation('20', '2', 0)]));
    expect(failure).toMatchObject({
      code: 'NO_SPACE',
      message: expect.stringMatching(/has no memory left; raise its maxmemory/),
    });
    expect(await labels(journal)).toEqual(['1 Sport']);
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    await journal.append('7', [task('2'), annotation('20', '2', 0)]);
    expect(connection.problem).toBeNull();
  });

  test('F47 a read-only replica is refused by name, and used when it becomes the primary', async () => {
    const redis = await redisForTest([
      '--replicaof',
      '127.0.0.1',
      String(await freePort()),
      '--replica-serve-stale-data',
      'yes',
    ]);
    const { connection, journal } = await openAll(redis);
    expect(connection.problem).toMatch(/is a read-only replica; let REDIS_URL name the primary/);
    await redis.command('REPLICAOF', 'NO', 'ONE');
    await until(
      () => connection.problem,
      (problem) => problem === null,
    );
    await journal.append('7', [task('1')]);
    await redis.command('REPLICAOF', '127.0.0.1', String(await freePort()));
    const failure = await failureOf(() => journal.append('7', [task('2')]));
    expect(failure).toMatchObject({ code: 'BUSY', message: expect.stringContaining('is a read-only replica') });
  });

  test('F48 a policy that drops keys is warned about', async () => {
    const redis = await redisForTest(['--appendonly', 'yes', '--maxmemory-policy', 'allkeys-lru']);
    const { warnings } = await openAll(redis);
    expect(warnings).toEqual([expect.stringMatching(/has maxmemory-policy allkeys-lru .* set it to noeviction/)]);
  });

  test('writers in several processes come to the state that one alone would', async () => {
    const redis = await redisForTest();
    for (let seed = 1; seed <= 3; seed++) {
      const random = randomFrom(seed);
      const project = `p${seed}`;
      const records = randomRecords(150, random).filter(({ t }) => t !== 'task'); // a task has no time
      const journals = await Promise.all([1, 2, 3].map(async () => new RedisJournal(await connect(redis))));
      await Promise.all(records.map((record) => journals[random(3)]!.append(project, [record])));
      const alone = new MemoryJournal();
      await alone.append(project, records);
      const expected = (await labels(alone, project)).sort();
      for (const journal of journals) {
        expect((await labels(journal, project)).sort(), `seed ${seed}`).toEqual(expected);
        expect(await journal.counts(project), `seed ${seed}`).toEqual(await alone.counts(project));
      }
    }
  });

  test('F45 a version is put and made current only by who holds the job, and not after the project was deleted', async () => {
    const redis = await redisForTest();
    const { connection, store, dir } = await openAll(redis);
    const first = await store.put('7', version('one'));
    await store.setCurrent('7', first.version);
    const fence = { lock: 'lock', token: 'mine', deletions: 0 };
    await connection.client.set('lock', 'another');
    expect(await codeOf(store.put('7', version('two'), fence))).toBe('GONE');
    await connection.client.set('lock', 'mine');
    const second = await store.put('7', version('two'), fence);
    await connection.client.set('lock', 'another');
    expect(await codeOf(store.setCurrent('7', second.version, first.version, fence))).toBe('GONE');
    expect((await store.current('7'))?.version).toBe(first.version);
    await connection.client.set('lock', 'mine');
    await store.setCurrent('7', second.version, first.version, fence);
    await store.deleteProject('7');
    expect(await codeOf(store.put('7', version('three'), fence))).toBe('GONE');
    const files = new SharedDirectory({ dir });
    expect((await files.versions('7')).filter((name) => name > second.version)).toEqual([]);
  });
});
