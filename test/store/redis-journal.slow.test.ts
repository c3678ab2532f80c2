// The journal in Redis keeps the common rules, also when several processes write, and loses nothing that was acknowledged.
import { afterAll, beforeAll, describe } from 'vitest';
import { RedisJournal } from '../../src/store/redis-journal.ts';
import { journalSuite } from '../conformance/journal.ts';
import { connect, hasRedis, type RedisServer, startRedis } from './redis-server.ts';

describe.skipIf(!hasRedis)('RedisJournal', () => {
  let redis: RedisServer;
  let made = 0;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(() => redis.end());

  journalSuite('Redis journal', async () => {
    const prefix = `sparrow-${made++}`;
    // Within which time is for redis-faults.slow.test.ts; here what is kept counts, also on a machine with much else to do.
    const open = async () => new RedisJournal(await connect(redis, { prefix, patienceMs: 2000 }));
    return { journal: await open(), reopen: open };
  });
});
