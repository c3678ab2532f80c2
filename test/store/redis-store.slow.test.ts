// The store in Redis keeps the common rules, with its files in a directory and in an object store.
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import type { ModelFiles } from '../../src/store/model-files.ts';
import { restoreIndex } from '../../src/store/redis-restore.ts';
import { RedisStore } from '../../src/store/redis-store.ts';
import { S3Store } from '../../src/store/s3-store.ts';
import { SharedDirectory } from '../../src/store/shared-directory.ts';
import { modelStoreSuite } from '../conformance/model-store.ts';
import { Clock, emptyDirectory } from './places.ts';
import { connect, hasRedis, type RedisServer, startRedis } from './redis-server.ts';
import { startS3 } from './s3-fake.ts';
import { StepFiles } from './step-files.ts';

describe.skipIf(!hasRedis)('RedisStore', () => {
  let redis: RedisServer;
  let made = 0;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(() => redis.end());

  async function storeOn(files: ModelFiles) {
    const prefix = `sparrow-${made++}`;
    const connection = await connect(redis, { prefix, prepare: (one) => restoreIndex(one, files) });
    const clock = new Clock();
    const store = new RedisStore({ redis: connection, files, now: clock.now });
    onTestFinished(() => store.close());
    const setTime = (ms: number) => {
      clock.time = ms;
    };
    return { store, setTime };
  }

  modelStoreSuite('Redis and a directory', () =>
    storeOn(new SharedDirectory({ dir: emptyDirectory(), files: new StepFiles() })),
  );

  modelStoreSuite('Redis and an object store', async () => {
    const s3 = await startS3();
    onTestFinished(() => s3.close());
    return storeOn(await S3Store.open({ url: s3.url }));
  });
});
