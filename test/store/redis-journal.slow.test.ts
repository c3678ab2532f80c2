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
    const journal = new RedisJournal(await connect(redis, { prefix }));
    return { journal, reopen: async () => new RedisJournal(await connect(redis, { prefix })) };
  });
});
